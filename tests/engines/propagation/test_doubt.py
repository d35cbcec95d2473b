"""Doubt by pixel is higher where labels are wrong, costs little, and asks nothing of an engine."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.labels.doubt import MOST_CELLS
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.metrics.calibration import rank_area
from engines.propagation.carry import carry
from engines.propagation.copy import CopyEngine
from engines.propagation.doubt import chances_of, doubt_of, signs_of
from engines.propagation.flow import FlowEngine
from engines.propagation.fusion import CroppedLabel, absent, fuse
from engines.propagation.schedule import stretches_of
from engines.propagation.types import MaskAnchor
from engines.training.pictures import default_pictures
from engines.training.synthetic import random_scene

WIDTH, HEIGHT = 200, 120


def label(confidence=0.8, box=(60, 40, 120, 90), value=255):
    return CroppedLabel(box, np.full((box[3] - box[1], box[2] - box[0]), value, np.uint8), confidence, Presence.VISIBLE)


class Rendered:
    """A clip whose truth is exact."""

    fingerprint = "rendered"

    def __init__(self, n_frames=7):
        self.scene = random_scene(5, 224, 128, n_frames, default_pictures(), 3)
        self.width, self.height, self.n_frames = 224, 128, n_frames

    def __len__(self):
        return self.n_frames

    def image(self, frame):
        return self.scene.render(frame).image

    def truth(self, object_id, frame):
        return self.scene.ids(frame) == object_id


class Demo:
    """The demo clip's masks, without its pictures."""

    fingerprint = "demo"

    def __init__(self, n_frames=20):
        folder = Path(__file__).parents[3] / "resources" / "demo" / "masks"
        self.masks = [cv2.imread(str(folder / f"{frame:05d}.png"), -1) for frame in range(n_frames)]
        self.masks = [mask if mask.ndim == 2 else mask[..., 0] for mask in self.masks]
        self.height, self.width = self.masks[0].shape

    def __len__(self):
        return len(self.masks)

    def image(self, frame):
        raise AssertionError("copying looks at no picture")

    def truth(self, object_id, frame):
        values = np.unique(self.masks[0])
        return self.masks[frame] == values[object_id]


def doubt_and_wrong(engine, clip, object_id, places):
    """Return the doubt of all cells of all labels, and the share of their pixels that are wrong."""
    anchors = [MaskAnchor(object_id, frame, RleMask.encode(clip.truth(object_id, frame))) for frame in places]
    stretches = stretches_of(object_id, places, len(clip), "both")
    doubt, wrong = [], []
    for result in carry(engine, clip, anchors, stretches, "both"):
        if result.is_final and result.doubt is not None:
            left, top, right, bottom = result.doubt.box
            differs = (clip.truth(object_id, result.frame) != result.mask.decode())[top:bottom, left:right]
            chances = result.doubt.chances()
            doubt.append(chances.ravel())
            size = chances.shape[::-1]
            wrong.append(cv2.resize(differs.astype(np.float32), size, interpolation=cv2.INTER_AREA).ravel())
    return np.concatenate(doubt), np.concatenate(wrong)


@pytest.mark.parametrize("places", [[0], [0, 6]])
def test_doubt_is_higher_where_flow_went_wrong_on_a_rendered_scene(places):
    clip = Rendered()
    object_id = max(range(1, 4), key=lambda number: np.count_nonzero(clip.truth(number, 0)))
    doubt, wrong = doubt_and_wrong(FlowEngine(), clip, object_id, places)
    assert 0 < wrong.mean() < 0.5
    assert rank_area(doubt, wrong) > 0.8


@pytest.mark.parametrize("places", [[0], [0, 19]])
def test_doubt_is_higher_where_copies_are_wrong_on_the_demo_clip(places):
    doubt, wrong = doubt_and_wrong(CopyEngine(), Demo(), 1, places)
    assert wrong.mean() > 0.02
    assert rank_area(doubt, wrong) > 0.7


def test_less_confidence_and_less_margin_are_more_doubt():
    sure, unsure = (chances_of(signs_of(label(confidence), WIDTH, HEIGHT)) for confidence in (0.95, 0.5))
    assert (unsure > sure).all()
    crisp, soft = (chances_of(signs_of(label(value=value), WIDTH, HEIGHT)) for value in (255, 140))
    assert (soft >= crisp).all() and (soft > crisp).any()


def test_the_edge_is_more_doubtful_than_what_lies_away_from_it():
    found = doubt_of(label(), WIDTH, HEIGHT)
    assert found.at(61, 65) > found.at(90, 65)
    assert found.at(58, 65) > found.at(found.box[0] + 1, 65)
    assert found.at(5, 5) == 0


def test_where_two_sides_contradict_each_other_is_doubtful():
    left, right = label(box=(60, 40, 120, 90)), label(box=(60, 40, 150, 90))
    found = doubt_of(fuse(left, right, 5, 5), WIDTH, HEIGHT)
    assert found.at(135, 65) > 2 * found.at(90, 65)


def test_a_label_of_nothing_has_none():
    assert doubt_of(absent(3, Presence.OCCLUDED), WIDTH, HEIGHT) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 150), st.integers(0, 100), st.integers(1, 60), st.integers(1, 60), st.integers(1, 255))
def test_a_map_lies_in_the_picture_around_its_label_and_is_small(left, top, width, height, value):
    box = (left, top, min(WIDTH, left + width), min(HEIGHT, top + height))
    found = doubt_of(label(box=box, value=value), WIDTH, HEIGHT)
    around = found.box
    assert 0 <= around[0] <= box[0] and 0 <= around[1] <= box[1]
    assert box[2] <= around[2] <= WIDTH and box[3] <= around[3] <= HEIGHT
    chances = found.chances()
    assert max(chances.shape) <= MOST_CELLS and chances.min() >= 0 and chances.max() <= 1
    assert len(found.to_bytes()) < 4096


def test_a_label_of_one_side_of_a_large_picture_takes_no_more():
    soft = np.random.default_rng(0).integers(0, 256, (2160, 3840)).astype(np.uint8)
    found = doubt_of(CroppedLabel((0, 0, 3840, 2160), soft, 0.5, Presence.VISIBLE), 3840, 2160)
    assert found.columns == MOST_CELLS and len(found.to_bytes()) < 4096
