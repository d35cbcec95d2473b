"""The flow engine against scenes whose truth is exact."""

import tracemalloc

import cv2
import numpy as np
import pytest

from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.carry import carry, cost
from engines.propagation.flow import FlowEngine
from engines.propagation.flow_settings import SETTINGS, working_size
from engines.propagation.schedule import stretches_of
from engines.propagation.types import MaskAnchor
from engines.training.scene import Layer, Look, Motion, Scene, SceneFrames
from engines.training.synthetic import place, polygon_matte
from tests.engines.propagation.clips import CountingClip

WIDTH, HEIGHT = 160, 120


def texture(seed, width, height, colour):
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 6 + 1, width // 6 + 1), np.float32)
    grain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.array(colour) * (0.5 + 0.7 * grain[..., None]), 0, 255).astype(np.uint8)


def still(n_frames, x=0.0, y=0.0):
    affine = np.tile(np.eye(2, 3), (n_frames, 1, 1))
    affine[:, :, 2] += (x, y)
    return Motion(affine, np.zeros((0, 8, 8, 2), np.float32), np.zeros((n_frames, 0)))


def disc(size):
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return polygon_matte(size / 2 + 0.45 * size * np.column_stack([np.cos(angle), np.sin(angle)]), size, size)


def moving_disc(centres, size=44, turn=0.0):
    """A disc whose centre goes through `centres` (n, 2), over a sky that stands still."""
    centres = np.array(centres, np.float64)
    n_frames = len(centres)
    affine = place(centres, turn * np.arange(n_frames), np.ones(n_frames), ((size - 1) / 2, (size - 1) / 2))
    motion = Motion(affine, np.zeros((0, size, size, 2), np.float32), np.zeros((n_frames, 0)))
    sky = Layer(texture(1, 200, 160, (70, 120, 200)), np.ones((160, 200), np.float32), still(n_frames, -10, -10))
    ball = Layer(texture(2, size, size, (230, 110, 60)), disc(size), motion)
    return Scene(WIDTH, HEIGHT, (sky, ball), Look(np.ones(n_frames)))


def line(start, step, n_frames):
    return np.array(start) + np.outer(np.arange(n_frames), step)


def true_mask(scene, frame, number=1):
    return scene.ids(frame) == number


def run(scene, anchor_frames, direction="forward", quality="normal", numbers=(1,)):
    frames = SceneFrames(scene)
    anchors = [MaskAnchor(k, f, RleMask.encode(true_mask(scene, f, k))) for k in numbers for f in anchor_frames]
    stretches = [s for k in numbers for s in stretches_of(k, anchor_frames, len(frames), direction)]
    results = list(carry(FlowEngine(), frames, anchors, stretches, direction, quality))
    return {(r.object_id, r.frame): r for r in results if r.is_final}


@pytest.mark.parametrize("quality", ["draft", "normal", "final"])
def test_follows_what_moves_and_turns(quality):
    scene = moving_disc(line((40, 45), (3, 1.5), 12), turn=0.05)
    found = run(scene, [0], quality=quality)
    assert len(found) == 11
    for (_, frame), result in found.items():
        assert region_similarity(true_mask(scene, frame), result.mask.decode()) > 0.9
        assert result.presence is Presence.VISIBLE and 0 < result.confidence < 1


def test_what_stands_still_keeps_its_mask():
    scene = moving_disc(line((80, 60), (0, 0), 10))
    for result in run(scene, [0]).values():
        assert region_similarity(true_mask(scene, 0), result.mask.decode()) > 0.96


def test_both_sides_and_backward():
    scene = moving_disc(line((40, 45), (3, 1.5), 10))
    for direction, anchors in (("both", [0, 9]), ("backward", [9])):
        found = run(scene, anchors, direction)
        assert {f for _, f in found} == set(range(10)) - set(anchors)
        for (_, frame), result in found.items():
            assert region_similarity(true_mask(scene, frame), result.mask.decode()) > 0.9


def test_says_when_the_object_has_left_the_frame():
    scene = moving_disc(line((120, 60), (8, 0), 12))
    found = run(scene, [0])
    assert true_mask(scene, 11).sum() == 0
    assert found[1, 11].presence is Presence.OUT_OF_FRAME and found[1, 11].mask.area == 0


def test_says_when_the_object_is_covered():
    n_frames = 12
    base = moving_disc(line((80, 60), (0, 0), n_frames), size=30)
    curtain = still(n_frames)
    curtain.affine[:, 0, 2] = -90 + 12 * np.arange(n_frames)
    front = Layer(texture(3, 100, 120, (60, 180, 90)), np.ones((120, 100), np.float32), curtain)
    scene = Scene(WIDTH, HEIGHT, (*base.layers, front), base.look)
    assert true_mask(scene, 8).sum() == 0 and true_mask(scene, 0).sum() > 300
    found = run(scene, [0])
    assert found[1, 8].presence is Presence.OCCLUDED and found[1, 8].mask.area == 0


def test_objects_do_not_touch_each_other():
    base = moving_disc(line((40, 45), (3, 1), 8))
    other = moving_disc(line((110, 80), (-2, 0), 8), size=36)
    scene = Scene(WIDTH, HEIGHT, (*base.layers, other.layers[1]), base.look)
    alone = [run(scene, [0], numbers=(k,)) for k in (1, 2)]
    assert run(scene, [0], numbers=(1, 2)) == alone[0] | alone[1]


def test_reads_each_frame_once_and_none_while_nothing_is_held():
    clip = CountingClip([texture(f, 64, 48, (200, 200, 200)) for f in range(8)])
    tracker = FlowEngine().begin(clip, [], "normal", range(5))
    assert tracker.move_to(0) == {} and tracker.move_to(1) == {}
    assert clip.read == []
    tracker.hold(1, np.arange(64)[None].repeat(48, 0) < 30)
    for frame in (2, 3, 4):
        (carried,) = tracker.move_to(frame).values()
        assert carried.soft.shape == (48, 64) and carried.soft.dtype == np.float32
        assert 0 <= carried.soft.min() <= carried.soft.max() <= 1
    assert clip.read == [1, 2, 3, 4]
    tracker.release(1)
    tracker.release(2)
    assert tracker.move_to(5) == {}
    assert clip.read == [1, 2, 3, 4]
    tracker.close()


def test_a_mask_must_have_its_frame():
    with pytest.raises(ValueError, match="place the tracker"):
        FlowEngine().begin(CountingClip.blank(2), [], "normal", range(2)).hold(1, np.ones((30, 40), bool))


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (17, 9), (64, 64)])
def test_any_size_of_picture(size):
    width, height = size
    clip = CountingClip([texture(1, max(width, 8), max(height, 8), (250, 250, 250))[:height, :width]] * 3)
    mask = np.zeros((height, width), bool)
    mask[height // 2, width // 2] = True
    anchor = MaskAnchor(1, 0, RleMask.encode(mask))
    results = list(carry(FlowEngine(), clip, [anchor], stretches_of(1, [0], 3, "forward"), "forward"))
    assert [r.frame for r in results] == [1, 2]


def test_a_small_object_in_a_large_picture():
    clip = CountingClip([texture(1, 1920, 1080, (250, 250, 250))] * 2)
    mask = np.zeros((1080, 1920), bool)
    mask[500:540, 700:740] = True
    anchor = MaskAnchor(1, 0, RleMask.encode(mask))
    (result,) = carry(FlowEngine(), clip, [anchor], stretches_of(1, [0], 2, "forward"), "forward")
    assert region_similarity(mask, result.mask.decode()) > 0.7


@pytest.mark.parametrize("quality", list(SETTINGS))
def test_the_working_size_is_bounded(quality):
    settings = SETTINGS[quality]
    for width, height in [(320, 240), (854, 480), (1280, 720), (3840, 2160), (100_000, 40)]:
        w, h = working_size(width, height, settings)
        assert w * h <= 1.05 * max(settings.most_pixels, 16 * w) and w <= width
    assert working_size(64, 48, settings) == (64, 48)


@pytest.mark.parametrize(("quality", "n_objects"), [("draft", 1), ("normal", 3), ("final", 2)])
def test_memory_stays_under_what_the_cost_says(quality, n_objects):
    width, height = 420, 300
    n_frames = max(SETTINGS[quality].steps) + 2  # by then it remembers as much as it ever will
    pictures = [texture(f, width, height, (200, 180, 160)) for f in range(2)]
    clip = CountingClip([pictures[f % 2] for f in range(n_frames)])
    mask = np.zeros((height, width), bool)
    mask[50:250, 50:400] = True
    anchors = [MaskAnchor(k, 0, RleMask.encode(mask)) for k in range(1, n_objects + 1)]
    stretches = [s for a in anchors for s in stretches_of(a.object_id, [0], n_frames, "forward")]
    told = cost(FlowEngine(), width, height, stretches, "forward", quality)
    tracemalloc.start()
    try:
        for _ in carry(FlowEngine(), clip, anchors, stretches, "forward", quality):
            pass
        assert tracemalloc.get_traced_memory()[1] < told.peak_bytes
    finally:
        tracemalloc.stop()
    assert told.seconds > 0 and told.n_frames == n_frames - 1
