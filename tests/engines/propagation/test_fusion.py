import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.labels.presence import Presence
from engines.propagation.fusion import CroppedLabel, absent, crop_label, fuse
from engines.propagation.spool import LabelSpool
from engines.propagation.types import Carried, Stretch


def soft_label(seed, confidence=0.8):
    rng = np.random.default_rng(seed)
    soft = np.zeros((20, 30), np.float32)
    left, top = rng.integers(0, 15), rng.integers(0, 10)
    soft[top : top + 8, left : left + 12] = rng.random((8, 12))
    return Carried(soft, confidence, Presence.VISIBLE)


def whole(label):
    soft = np.zeros((20, 30), np.uint8)
    left, top, right, bottom = label.box
    soft[top:bottom, left:right] = label.soft
    return soft


def hidden(distance):
    return absent(distance, Presence.OCCLUDED)


seeds = st.integers(0, 10_000)


@given(seeds)
def test_cropping_keeps_the_label(seed):
    carried = soft_label(seed)
    assert np.abs(whole(crop_label(carried)) / 255 - carried.soft).max() <= 0.5 / 255 + 1e-6


@settings(deadline=None)
@given(seeds, seeds, st.integers(1, 50), st.integers(1, 50))
def test_fusing_is_symmetric_and_between(seed_a, seed_b, from_a, from_b):
    a, b = crop_label(soft_label(seed_a, 0.9)), crop_label(soft_label(seed_b, 0.6))
    ab, ba = fuse(a, b, from_a, from_b), fuse(b, a, from_b, from_a)
    assert np.abs(whole(ab).astype(int) - whole(ba)).max() <= 1
    assert ab.confidence == pytest.approx(ba.confidence)
    low, high = np.minimum(whole(a), whole(b)).astype(int), np.maximum(whole(a), whole(b)).astype(int)
    assert (whole(ab) >= low - 1).all() and (whole(ab) <= high + 1).all()
    assert min(a.confidence, b.confidence) <= ab.confidence <= 1


@given(seeds)
def test_two_sides_that_agree_stay_what_they_are(seed):
    label = crop_label(soft_label(seed))
    fused = fuse(label, label, 3, 9)
    assert np.abs(whole(fused).astype(int) - whole(label)).max() <= 1
    assert fused.confidence == pytest.approx((0.8 + 1 - 0.2**2) / 2)


def test_the_nearer_side_decides():
    here = CroppedLabel((2, 2, 6, 6), np.full((4, 4), 255, np.uint8), 0.8, Presence.VISIBLE)
    near, far = fuse(here, hidden(9), 1, 9), fuse(here, hidden(1), 9, 1)
    assert (whole(near) > 127).sum() == 16 and near.presence is Presence.VISIBLE
    assert (whole(far) > 127).sum() == 0 and far.presence is Presence.OCCLUDED


def test_two_sides_that_see_nothing():
    for absence in (Presence.OCCLUDED, Presence.OUT_OF_FRAME):
        fused = fuse(absent(3, absence), absent(4, absence), 3, 4)
        assert fused.soft.size == 0 and fused.presence is absence


def test_spool_is_a_stack_for_each_stretch():
    a, b = Stretch(1, 1, 5, 0, 6), Stretch(2, 1, 5, 0, 6)
    labels = [crop_label(soft_label(seed, seed / 7)) for seed in range(6)]
    with LabelSpool() as spool:
        for stretch, label in zip([a, b, a, b, b, a], labels, strict=True):
            spool.push(stretch, label)
        for stretch, n in [(a, 5), (b, 4), (b, 3), (a, 2), (a, 0), (b, 1)]:
            label = spool.pop(stretch)
            assert (label.box, label.confidence, label.presence) == (labels[n].box, labels[n].confidence, "visible")
            assert np.array_equal(label.soft, labels[n].soft)
        with pytest.raises(KeyError):
            spool.pop(a)
