"""Points carried through scenes whose truth is exact. Hand-made features will do."""

import numpy as np
import pytest

from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.propagation.point_peers import PEERS, interpolated
from engines.propagation.point_recipes import PointRecipeEngine
from engines.propagation.point_registry import POINT_ENGINES, load_point_engine
from engines.propagation.point_stretches import PointAnchor, PointTracks
from engines.propagation.points import PointEngine
from engines.training.scene import Layer, Scene, SceneFrames
from tests.engines.propagation.clips import CountingClip
from tests.engines.propagation.test_flow import HEIGHT, WIDTH, line, moving_disc, still, texture

EXTRACTOR = FeatureExtractor(HandmadeEncoder(), "handmade", pick_compute("cpu", half=False))
JOINTS = np.array([[14.0, 14], [30, 14], [22, 22], [14, 30], [30, 30]])
ONE = np.zeros(len(JOINTS), np.int64)


def with_joints(scene):
    sky, ball, *rest = scene.layers
    ball = Layer(ball.picture, ball.matte, ball.motion, JOINTS)
    return Scene(scene.width, scene.height, (sky, ball, *rest), scene.look)


def truth_of(scene):
    frames = [scene.render(frame) for frame in range(scene.n_frames)]
    return np.stack([f.points[1] for f in frames]), np.stack([f.visible[1] for f in frames])


def anchors_on(scene, *frames):
    positions, visible = truth_of(scene)
    return [PointAnchor(frame, positions[frame], visible[frame]) for frame in frames]


def run(scene, anchors, direction="both", engine=None, groups=ONE):
    engine = engine or PointEngine(EXTRACTOR)
    *steps, tracks = engine.carry(SceneFrames(scene), anchors, groups, direction)
    assert isinstance(tracks, PointTracks)
    assert [step.n_done for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.n_total == len(steps) for step in steps)
    return tracks


def errors(tracks, truth):
    return np.hypot(*np.moveaxis(tracks.positions - truth, -1, 0))


def covered(n_frames=16):
    """A disc that stands still while a curtain goes over it and away again."""
    base = with_joints(moving_disc(line((80, 60), (0, 0), n_frames), size=44))
    motion = still(n_frames)
    motion.affine[:, 0, 2] = np.linspace(-110, 170, n_frames)
    motion.affine[:, 1, 2] = 10
    curtain = Layer(texture(9, 70, 100, (60, 160, 70)), np.ones((100, 70), np.float32), motion)
    return Scene(WIDTH, HEIGHT, (*base.layers, curtain), base.look)


def test_follows_to_a_fraction_of_a_pixel_without_drifting():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 14)))
    truth, _ = truth_of(scene)
    tracks = run(scene, anchors_on(scene, 0))
    assert errors(tracks, truth).max() < 1
    assert np.median(errors(tracks, truth)[-1]) < 0.3
    assert tracks.visible.all()
    assert ((tracks.confidence > 0) & (tracks.confidence <= 1)).all()


def test_follows_what_turns():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 12), turn=0.06))
    truth, _ = truth_of(scene)
    assert errors(run(scene, anchors_on(scene, 0)), truth).max() < 4


def test_backward_is_as_good_as_forward():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 8)))
    truth, _ = truth_of(scene)
    assert errors(run(scene, anchors_on(scene, 7), "backward"), truth).max() < 1
    assert errors(run(scene, anchors_on(scene, 3)), truth).max() < 1


def test_a_direction_that_reaches_nothing_fills_nothing():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 5)))
    tracks = run(scene, anchors_on(scene, 2), "forward")
    assert np.isnan(tracks.positions[:2]).all()
    assert not tracks.visible[:2].any()
    assert not tracks.confidence[:2].any()
    assert np.isfinite(tracks.positions[2:]).all()


def test_anchors_come_out_as_they_are():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 7)))
    given = anchors_on(scene, 0, 4)
    wrong = PointAnchor(4, given[1].positions + 9, ~given[1].visible)
    tracks = run(scene, [given[0], wrong])
    assert np.array_equal(tracks.positions[4], wrong.positions)
    assert np.array_equal(tracks.visible[4], wrong.visible)
    assert (tracks.confidence[[0, 4]] == 1).all()


def test_says_when_points_are_covered_and_finds_them_again():
    scene = covered()
    truth, visible = truth_of(scene)
    hidden = ~visible.any(1)
    assert hidden.sum() >= 3
    tracks = run(scene, anchors_on(scene, 0))
    assert tracks.visible[hidden][-2:].mean() < 0.2  # right at the edge of the disc its other parts still look alike
    assert errors(tracks, truth)[-1].max() < 1
    assert tracks.visible[-1].all()
    assert tracks.confidence[hidden].mean() < tracks.confidence[visible.all(1)].mean()


def test_a_way_between_two_anchors_joins_both():
    """Half of a disc's way is hidden: from one side nobody knows where it is, between two it must come out right."""
    scene = covered()
    truth, _ = truth_of(scene)
    tracks = run(scene, anchors_on(scene, 0, scene.n_frames - 1))
    assert np.median(errors(tracks, truth)) < 1
    assert errors(tracks, truth)[[1, -2]].max() < 1


def test_points_may_have_different_anchors():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 8)))
    truth, _ = truth_of(scene)
    first, last = anchors_on(scene, 0, 7)
    early, late = first.positions.copy(), last.positions.copy()
    early[3:] = np.nan
    late[:2] = np.nan
    tracks = run(scene, [PointAnchor(0, early, first.visible), PointAnchor(7, late, last.visible)])
    assert errors(tracks, truth).max() < 1
    assert (tracks.confidence[0, 3:] < 1).all()  # found, not given


def test_a_point_that_is_nowhere_given_stays_unknown():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 4)))
    (anchor,) = anchors_on(scene, 0)
    anchor.positions[2] = np.nan
    tracks = run(scene, [anchor])
    assert np.isnan(tracks.positions[:, 2]).all()
    assert np.isfinite(tracks.positions[:, [0, 1, 3, 4]]).all()


def test_a_hidden_anchor_says_where_but_not_how_it_looks():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 6)))
    truth, _ = truth_of(scene)
    (anchor,) = anchors_on(scene, 0)
    anchor.visible[2] = False
    tracks = run(scene, [anchor])
    assert not tracks.visible[:, 2].any()
    assert errors(tracks, truth)[:, 2].max() < 5  # it goes where its neighbours go


def test_a_point_that_leaves_the_picture_is_not_seen():
    scene = with_joints(moving_disc(line((120, 60), (6, 0), 14)))
    _truth, visible = truth_of(scene)
    tracks = run(scene, anchors_on(scene, 0))
    assert not visible[-1].any()
    assert tracks.visible[-1].mean() < 0.5
    assert tracks.visible[1].all()


@pytest.mark.parametrize("recipe", ["thesis", "crw", "dino"])
def test_published_recipes_follow_as_far_as_their_cells_allow(recipe):
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 5)))
    truth, _ = truth_of(scene)
    engine = PointRecipeEngine(EXTRACTOR, recipe=recipe)
    tracks = run(scene, anchors_on(scene, 0), engine=engine)
    assert np.median(errors(tracks, truth)[1:]) < 8
    assert np.array_equal(tracks.positions[0], truth[0])
    backward = run(scene, anchors_on(scene, 4), engine=engine)
    assert np.median(errors(backward, truth)[:4]) < 8


@pytest.mark.parametrize("name", ["dis-chain", "lucas-kanade", "template"])
def test_peers_follow_what_moves_little(name):
    scene = with_joints(moving_disc(line((40, 45), (2, 1), 5)))
    truth, _ = truth_of(scene)
    found = PEERS[name](SceneFrames(scene), range(1, 5), truth[1])
    assert found.shape == truth[1:].shape
    assert np.median(np.hypot(*np.moveaxis(found - truth[1:], -1, 0))) < 1.5


def test_staying_and_straight_lines():
    start = np.array([[1.0, 2], [3, 4]])
    frames = CountingClip.blank(4)
    assert (PEERS["stay"](frames, range(4), start) == start).all()
    between = interpolated(np.array([0, 2]), np.stack([start, start + 2]), range(4))
    assert np.array_equal(between, np.stack([start, start + 1, start + 2, start + 2]))


def test_the_same_twice_gives_the_same():
    scene = with_joints(moving_disc(line((40, 45), (3, 1.5), 5)))
    first, second = (run(scene, anchors_on(scene, 0)) for _ in range(2))
    assert np.array_equal(first.positions, second.positions)
    assert np.array_equal(first.confidence, second.confidence)


def test_engines_by_name():
    for name in POINT_ENGINES:
        assert load_point_engine(name, EXTRACTOR)
    with pytest.raises(ValueError, match="flow"):
        load_point_engine("flow", EXTRACTOR)


def test_anchors_that_do_not_fit():
    engine = PointEngine(EXTRACTOR)
    outside = PointAnchor(9, JOINTS, np.ones(len(JOINTS), bool))
    with pytest.raises(ValueError, match="frame 9"):
        next(engine.carry(CountingClip.blank(3), [outside], ONE))
    few = PointAnchor(0, JOINTS[:2], np.ones(2, bool))
    with pytest.raises(ValueError, match="2 of 5"):
        next(engine.carry(CountingClip.blank(3), [few], ONE))


def steps_of(scene, anchors, direction="both", wanted=None):
    engine = PointEngine(EXTRACTOR)
    *steps, _ = engine.carry(SceneFrames(scene), anchors, ONE, direction, wanted=wanted)
    return steps


def test_what_is_known_comes_frame_by_frame_and_then_for_good():
    scene = with_joints(moving_disc(line((60, 60), (2, 0), 7), size=44))
    known = [step.known for step in steps_of(scene, anchors_on(scene, 0, 6)) if step.known is not None]
    assert [(list(each.frames), each.is_final) for each in known] == [
        *(([frame], False) for frame in range(1, 6)),
        (list(range(1, 6)), True),
    ]
    for each in known:
        assert np.isfinite(each.tracks.positions[list(each.frames)]).all()


@pytest.mark.parametrize(
    ("anchored", "direction", "frames", "visits"),
    [
        ((0,), "both", range(2, 4), 3),  # the way there is gone through, what lies behind is not
        ((6,), "both", range(4, 5), 2),
        ((0, 3, 6), "both", range(4, 6), 5),
        ((0, 3, 6), "forward", range(4, 5), 1),
        ((0, 3, 6), "backward", range(4, 6), 2),
        ((3,), "forward", range(2), 0),
    ],
)
def test_only_what_is_wanted_is_gone_through(anchored, direction, frames, visits):
    scene = with_joints(moving_disc(line((60, 60), (2, 0), 7), size=44))
    wanted = np.zeros((7, len(JOINTS)), bool)
    wanted[frames.start : frames.stop] = True
    steps = steps_of(scene, anchors_on(scene, *anchored), direction, wanted)
    assert len(steps) == visits
    if visits:
        assert steps[-1].n_total == visits
        assert set(frames) <= set(steps[-1].known.frames)
        assert steps[-1].known.is_final
