"""What is learned on a clip: a map that makes what is one thing more alike, and nothing else of features."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engines.correspondence.adaptation import Adaptation
from engines.correspondence.adapting import Cycles, anchor_cells, find_cycles, fit, from_cycles
from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader
from engines.correspondence.frame_features import FrameFeatures
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from tests.engines.propagation.clips import CountingClip

C, ROWS, COLUMNS, N_FRAMES = 12, 16, 20, 6
TELLING = 6
"""Channels that say what a cell shows; the others change from frame to frame."""


def whole(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def world(noise=0.7, seed=0):
    """Return a clip's features: what a cell shows stays, the other channels mean nothing."""
    rng = torch.Generator().manual_seed(seed)
    shown = torch.randn(ROWS, COLUMNS, TELLING, generator=rng)
    frames = [
        torch.cat([shown, noise * torch.randn(ROWS, COLUMNS, C - TELLING, generator=rng)], -1) for _ in range(N_FRAMES)
    ]
    return [F.normalize(frame, dim=-1).half() for frame in frames]


def right(frames, matrix):
    """Return the share of cells of the last frame whose best match on the first is themselves."""
    mapped = [F.normalize(frames[number].float().flatten(0, 1) @ matrix, dim=-1) for number in (-1, 0)]
    return float(((mapped[0] @ mapped[1].T).argmax(1) == torch.arange(ROWS * COLUMNS)).float().mean())


def cells_of(frames, frame, label, object_id=1):
    return anchor_cells(object_id, frame, frames[frame], label, np.ones(label.shape, bool))


def learn(frames, anchors=()):
    return whole(fit(whole(find_cycles(frames.__getitem__, len(frames))), anchors))


def test_cycles_that_close_join_what_is_one_thing():
    rng = torch.Generator().manual_seed(0)
    still = F.normalize(torch.randn(ROWS, COLUMNS, C, generator=rng), dim=-1)
    cycles = whole(find_cycles([still, still, still].__getitem__, 3))
    assert torch.equal(cycles.here, cycles.there)
    assert len(cycles.here) > 1000


def test_on_a_clip_of_two_frames_cycles_go_from_one_to_the_other():
    frames = world()[:2]
    asked = []
    whole(find_cycles(lambda frame: asked.append(frame) or frames[frame], 2))
    assert set(asked) == {0, 1}


def test_what_changes_from_frame_to_frame_counts_less():
    frames = world()
    matrix = learn(frames)
    loud = matrix[TELLING:].norm()
    assert loud < matrix[:TELLING].norm()
    assert right(frames, matrix) > right(frames, torch.eye(C)) + 0.05
    assert matrix.norm().item() == pytest.approx(C**0.5, rel=1e-4)


def test_where_nothing_changes_nothing_is_learned_from_cycles():
    cells = F.normalize(torch.randn(50, C), dim=-1)
    assert torch.equal(from_cycles(Cycles(cells, cells)), torch.eye(C))
    nothing = torch.zeros(0, C)
    assert torch.equal(from_cycles(Cycles(nothing, nothing)), torch.eye(C))


def test_contrast_brings_an_object_together_on_a_frame_that_was_no_anchor():
    rng = torch.Generator().manual_seed(1)
    label = np.zeros((ROWS, COLUMNS), np.float32)
    label[4:12, 5:14] = 1
    # One weak channel says what is the object; all others differ from cell to cell and from frame to frame.
    frames = []
    for _ in range(N_FRAMES):
        frame = torch.randn(ROWS, COLUMNS, C, generator=rng)
        frame[..., 0] = 1.0 * torch.from_numpy(2 * label - 1) + 0.3 * torch.randn(ROWS, COLUMNS, generator=rng)
        frames.append(F.normalize(frame, dim=-1))
    same = torch.from_numpy(label).flatten() > 0.5

    def likeness(matrix):
        here, there = (F.normalize(frames[number].flatten(0, 1) @ matrix, dim=-1) for number in (0, 5))
        alike = here @ there.T
        return float(alike[same][:, same].mean() - alike[same][:, ~same].mean())

    matrix = learn(frames, [cells_of(frames, frame, label) for frame in (0, 2)])
    assert likeness(matrix) > likeness(learn(frames)) + 0.05


def test_an_anchor_that_shows_one_side_only_teaches_nothing():
    frames = world()
    cycles = whole(find_cycles(frames.__getitem__, len(frames)))
    full = cells_of(frames, 0, np.ones((ROWS, COLUMNS), np.float32))
    assert torch.equal(whole(fit(cycles, [full])), from_cycles(cycles))


def test_learning_twice_is_learning_the_same():
    frames = world()
    label = np.zeros((ROWS, COLUMNS), np.float32)
    label[2:8, 3:9] = 1
    anchors = [cells_of(frames, frame, label) for frame in (0, 5)]
    assert torch.equal(learn(frames, anchors), learn(frames, anchors))


def test_learning_can_be_left_off_between_steps():
    frames = world()
    label = np.zeros((ROWS, COLUMNS), np.float32)
    label[2:8, 3:9] = 1
    assert len(list(find_cycles(frames.__getitem__, len(frames)))) > 5
    cycles = whole(find_cycles(frames.__getitem__, len(frames)))
    assert len(list(fit(cycles, [cells_of(frames, 0, label)]))) > 5


def made(seed=0, weights="w"):
    return Adaptation(torch.randn(C, C, generator=torch.Generator().manual_seed(seed)), weights)


def test_only_coarse_features_are_mapped_and_stay_unit_vectors():
    coarse, fine = world()[0], torch.rand(4, 5, 3).half()
    found = made().applied(FrameFeatures(coarse, fine))
    assert found.fine is fine
    assert found.coarse.shape == coarse.shape
    assert found.coarse.dtype == torch.float16
    assert torch.allclose(found.coarse.float().norm(dim=-1), torch.ones(ROWS, COLUMNS), atol=2e-3)
    unchanged = Adaptation(torch.eye(C), "w").applied(FrameFeatures(coarse, None))
    assert torch.allclose(unchanged.coarse.float(), coarse.float(), atol=1e-3)


def test_bytes_give_it_back_and_tell_it_from_others():
    one = made()
    again = Adaptation.from_bytes(one.to_bytes())
    assert torch.equal(again.matrix, one.matrix)
    assert (again.weights, again.to_bytes()) == ("w", one.to_bytes())
    assert len({one.to_bytes(), made(1).to_bytes(), made(weights="other").to_bytes()}) == 3


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80\x04N.", made().to_bytes()[:-5], Adaptation(torch.full((3, 3), torch.nan), "w").to_bytes(),
     Adaptation(torch.ones(2, 3), "w").to_bytes(), Adaptation(torch.ones(2, 2).half(), "w").to_bytes()],
    ids=["nothing", "a pickle", "cut short", "no numbers", "not square", "another precision"],
)  # fmt: skip
def test_what_is_no_adaptation_is_refused(data):
    with pytest.raises(ValueError, match="what was learned on the clip"):
        Adaptation.from_bytes(data)


def test_a_reader_gives_mapped_features_and_keeps_those_that_were_encoded():
    images = [np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)]
    cache, compute, encoder = FeatureCache(1 << 20), pick_compute("cpu", half=False), HandmadeEncoder()
    clip, extractor = CountingClip(images), FeatureExtractor(encoder, "w", compute, cache)
    turn = torch.linalg.qr(torch.randn(encoder.n_channels, encoder.n_channels))[0] * torch.rand(encoder.n_channels)
    mapped = FeatureReader(clip, extractor, adaptation=Adaptation(turn, "w")).at(0)
    plain = FeatureReader(clip, extractor).at(0)
    assert clip.read == [0]
    assert torch.equal(mapped.coarse, Adaptation(turn, "w").applied(plain).coarse)
    assert not torch.equal(mapped.coarse, plain.coarse)
