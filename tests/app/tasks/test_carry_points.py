"""Objects of points as an engine sees them, and what it says as results for objects. The engine here is pretended."""

import numpy as np
import pytest

from app.media.clip import open_clip
from app.tasks.carry_points import Tick, carry_points
from app.tasks.propagate_points import PointRun
from engines.labels.points import Joint, Points
from engines.labels.presence import Presence
from engines.propagation.point_stretches import Known, PointStep, given, stretches_between
from engines.propagation.schedule import stretches_of
from engines.propagation.types import PointsAnchor
from tests.app.clips import write_frames

N_FRAMES = 9
HERE = Points.of([Joint(1, 2), Joint(3, 4, False)])
RUN = PointRun("learned", "both", "normal")


class Engine:
    """Puts every point where its stretch starts, a pixel further right for every frame."""

    def __init__(self, tells=True):
        self.tells = tells
        self.looked_at = []

    def load_points(self, *_how):
        return self

    def carry(self, frames, anchors, groups, direction, quality, wanted):
        tracks = given(anchors, len(frames), len(groups))
        found = stretches_between(anchors, len(frames), direction, wanted)
        total = sum(stretch.n_visits for stretch in found)
        n_done = 0
        for stretch in found:
            for frame in stretch.frames:
                self.looked_at.append(frame)
                frames.image(frame)
                far = abs(frame - stretch.start.frame)
                tracks.positions[frame, stretch.points] = stretch.start.positions + np.array([far, 0])
                tracks.visible[frame, stretch.points] = stretch.start.visible
                tracks.confidence[frame, stretch.points] = 0.5
                n_done += 1
                known = Known(tracks, range(frame, frame + 1), stretch.points, is_final=False)
                yield PointStep(n_done, total, known if self.tells else None)
            known = Known(tracks, stretch.frames, stretch.points, is_final=True)
            yield PointStep(total, total, known if self.tells else None)
        yield tracks


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return open_clip(write_frames(tmp_path_factory.mktemp("clip") / "frames", N_FRAMES))


def carried(clip, anchors, engine=None, run=RUN, damaged=None, only=None):
    by_object = {}
    for anchor in anchors:
        by_object.setdefault(anchor.object_id, []).append(anchor.frame)
    stretches = [
        stretch
        for object_id, frames in by_object.items()
        for stretch in stretches_of(object_id, frames, N_FRAMES, run.direction)
        if only is None or only in range(stretch.first, stretch.last + 1)
    ]
    damaged = set() if damaged is None else damaged
    found = list(carry_points(clip, run, anchors, stretches, damaged, engine or Engine()))
    results = [each for each in found if not isinstance(each, Tick)]
    final = {(each.object_id, each.frame): each for each in results if each.is_final}
    assert len(final) == sum(each.is_final for each in results)
    wanted = {(each.object_id, frame) for each in stretches for frame in range(each.first, each.last + 1)}
    assert final.keys() == wanted
    return final, results, [each for each in found if isinstance(each, Tick)]


@pytest.mark.parametrize("tells", [True, False])
def test_every_frame_that_is_wanted_comes_once_for_good(clip, tells):
    two = [PointsAnchor(3, 0, HERE), PointsAnchor(3, 5, HERE), PointsAnchor(8, 2, Points.of([None, None, Joint(9, 9)]))]
    final, _, ticks = carried(clip, two, Engine(tells))
    assert final[3, 2].points == Points.of([Joint(3, 2, True, 0.5), Joint(5, 4, False, 0.5)])
    assert final[3, 2].confidence == 0.5
    assert final[8, 0].points == Points.of([None, None, Joint(11, 9, True, 0.5)])
    assert ticks[-1].n_done == ticks[-1].n_total


def test_frames_come_for_the_time_being_first(clip):
    _, results, _ = carried(clip, [PointsAnchor(1, 0, HERE)])
    early = [each.frame for each in results if not each.is_final]
    assert early == list(range(1, N_FRAMES))


def test_a_joint_is_carried_through_an_anchor_that_does_not_place_it(clip):
    anchors = [PointsAnchor(1, 0, HERE), PointsAnchor(1, 4, Points.of([Joint(50, 50)]))]
    final, _, _ = carried(clip, anchors)
    assert final[1, 6].points == Points.of([Joint(52, 50, True, 0.5), Joint(9, 4, False, 0.5)])


def test_nothing_is_carried_across_an_absence(clip):
    gone = PointsAnchor(1, 4, Points(), is_here=False)
    final, _, _ = carried(clip, [PointsAnchor(1, 0, HERE), gone])
    assert final[1, 3].points.joints
    assert all(not final[1, frame].points.joints for frame in range(5, N_FRAMES))
    assert final[1, 5].presence is Presence.OCCLUDED
    assert final[1, 5].confidence > final[1, 8].confidence > 0.5
    final, _, _ = carried(clip, [PointsAnchor(1, 0, HERE), gone, PointsAnchor(1, 8, HERE)])
    assert final[1, 6].points == Points.of([Joint(3, 2, True, 0.5), Joint(5, 4, False, 0.5)])


def test_only_the_stretches_that_are_wanted_are_gone_through(clip):
    engine = Engine()
    anchors = [PointsAnchor(1, 0, HERE), PointsAnchor(1, 3, HERE), PointsAnchor(1, 6, HERE)]
    carried(clip, anchors, engine, only=4)
    assert set(engine.looked_at) == {4, 5}


def test_a_damaged_frame_is_not_believed(clip):
    final, _, _ = carried(clip, [PointsAnchor(1, 0, HERE)], damaged={2})
    assert (final[1, 2].confidence, final[1, 2].presence) == (0.0, Presence.UNCERTAIN)
    assert not any(joint.is_visible for joint in final[1, 2].points.placed)
    assert final[1, 3].presence is Presence.VISIBLE
