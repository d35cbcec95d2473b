"""The learned engine, and the published recipes, against scenes whose truth is exact. Hand-made features will do."""

import numpy as np
import pytest

from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.carry import carry, cost
from engines.propagation.masks import OURS, LearnedEngine
from engines.propagation.recipes import RECIPES
from engines.propagation.schedule import stretches_of
from engines.propagation.types import MaskAnchor
from engines.training.scene import Layer, Scene, SceneFrames
from tests.engines.propagation.clips import CountingClip
from tests.engines.propagation.test_flow import HEIGHT, WIDTH, line, moving_disc, still, texture, true_mask

CPU = pick_compute("cpu", half=False)


def engine(recipe=OURS, cache=None):
    return LearnedEngine(FeatureExtractor(HandmadeEncoder(), "handmade", CPU, cache), recipe)


def run(scene, anchor_frames, direction="forward", quality="normal", numbers=(1,), recipe=OURS):
    frames = SceneFrames(scene)
    anchors = [MaskAnchor(k, f, RleMask.encode(true_mask(scene, f, k))) for k in numbers for f in anchor_frames]
    stretches = [s for k in numbers for s in stretches_of(k, anchor_frames, len(frames), direction)]
    results = list(carry(engine(recipe), frames, anchors, stretches, direction, quality))
    return {(r.object_id, r.frame): r for r in results if r.is_final}


def good(scene, found, least):
    for (number, frame), result in found.items():
        assert region_similarity(true_mask(scene, frame, number), result.mask.decode()) > least


@pytest.mark.parametrize("quality", ["draft", "normal", "final"])
def test_follows_what_moves_and_turns(quality):
    scene = moving_disc(line((40, 45), (3, 1.5), 6), turn=0.05)
    found = run(scene, [0], quality=quality)
    assert len(found) == 5
    good(scene, found, 0.9)
    assert all(r.presence is Presence.VISIBLE and 0 < r.confidence < 1 for r in found.values())


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_published_recipes_follow_as_far_as_their_cells_allow(recipe):
    scene = moving_disc(line((40, 45), (3, 1.5), 5))
    found = run(scene, [0], recipe=recipe)
    good(scene, found, 0.7)


def test_says_when_the_object_is_covered_and_finds_it_again():
    n_frames = 16
    base = moving_disc(line((80, 60), (0, 0), n_frames), size=40)
    curtain = still(n_frames)
    curtain.affine[:, 0, 2] = -110 + 16 * np.arange(n_frames)
    front = Layer(texture(3, 90, 120, (60, 180, 90)), np.ones((120, 90), np.float32), curtain)
    scene = Scene(WIDTH, HEIGHT, (*base.layers, front), base.look)
    gone = [f for f in range(n_frames) if true_mask(scene, f).sum() == 0]
    assert gone and gone[-1] < n_frames - 3 and true_mask(scene, n_frames - 1).sum() > 1000
    found = run(scene, [0])
    last_gone = found[1, gone[-1]]
    assert last_gone.presence is Presence.OCCLUDED and last_gone.mask.area == 0
    again = found[1, n_frames - 1]
    assert again.presence is Presence.VISIBLE
    assert region_similarity(true_mask(scene, n_frames - 1), again.mask.decode()) > 0.8


def test_both_sides_backward_and_several_objects():
    base = moving_disc(line((40, 45), (3, 1), 6))
    other = moving_disc(line((110, 80), (-2, 0), 6), size=36)
    scene = Scene(WIDTH, HEIGHT, (*base.layers, other.layers[1]), base.look)
    for direction, anchors in (("both", [0, 5]), ("backward", [5])):
        found = run(scene, anchors, direction, numbers=(1, 2))
        assert set(found) == {(k, f) for k in (1, 2) for f in set(range(6)) - set(anchors)}
        good(scene, found, 0.85)


@pytest.mark.parametrize("recipe", [OURS, "crw"])
def test_the_second_run_gives_the_same_masks(recipe):
    clip = CountingClip([texture(f // 3, 64, 48, (200, 150, 100)) for f in range(4)])
    anchor = MaskAnchor(1, 0, RleMask.encode(np.arange(64)[None].repeat(48, 0) < 30))
    cache = FeatureCache(1 << 24)
    first, second = (
        list(carry(engine(recipe, cache), clip, [anchor], stretches_of(1, [0], 4, "forward"), "forward"))
        for _ in range(2)
    )
    assert first == second
    if recipe != OURS:
        assert clip.read == [0, 1, 2, 3]


def test_reads_each_frame_once_and_none_while_nothing_is_held():
    clip = CountingClip([texture(f, 64, 48, (200, 200, 200)) for f in range(6)])
    tracker = engine().begin(clip, [], "normal", range(4))
    assert tracker.move_to(0) == {} and tracker.move_to(1) == {} and clip.read == []
    tracker.hold(1, np.arange(64)[None].repeat(48, 0) < 30)
    for frame in (2, 3):
        (carried,) = tracker.move_to(frame).values()
        assert carried.soft.shape == (48, 64) and carried.soft.dtype == np.float32
        assert 0 <= carried.soft.min() <= carried.soft.max() <= 1
    assert clip.read == [1, 2, 3]
    tracker.release(1)
    tracker.release(2)
    assert tracker.move_to(4) == {} and clip.read == [1, 2, 3]
    tracker.close()


@pytest.mark.parametrize("recipe", [OURS, "thesis"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (17, 9)])
def test_any_size_of_picture(size, recipe):
    width, height = size
    clip = CountingClip([texture(1, max(width, 8), max(height, 8), (250, 250, 250))[:height, :width]] * 3)
    mask = np.zeros((height, width), bool)
    mask[height // 2, width // 2] = True
    anchor = MaskAnchor(1, 0, RleMask.encode(mask))
    results = list(carry(engine(recipe), clip, [anchor], stretches_of(1, [0], 3, "forward"), "forward"))
    assert [r.frame for r in results] == [1, 2]


@pytest.mark.parametrize("recipe", [OURS, *sorted(RECIPES)])
def test_says_what_it_will_cost(recipe):
    told = [
        cost(engine(recipe), 854, 480, stretches_of(1, [0], n, "forward"), "forward", "normal") for n in (101, 10_001)
    ]
    assert told[1].seconds == pytest.approx(100 * told[0].seconds, rel=0.01)
    assert told[0].peak_bytes == told[1].peak_bytes < 1e9


def test_a_recipe_must_be_known():
    with pytest.raises(ValueError, match=r"'nonsense'.*ours, thesis, crw, dino"):
        engine("nonsense")
