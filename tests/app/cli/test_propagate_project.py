"""`propagate PROJECT`: the window's run without a window, on masks and points."""

import pytest

from app.media.clip import open_clip
from app.project import point_verbs, verbs
from app.project.clip_location import record_of
from app.project.project import Project
from app.project.skeleton import skeleton_of
from app.tasks import propagate_objects
from engines.labels.points import Joint, Points
from engines.labels.rle import RleMask
from engines.propagation.types import PointsResult
from tests.app.clips import square, write_frames

STICK = skeleton_of("stick", ["head", "tail"])
PLACED = Points.of([Joint(8, 9), Joint(12, 13, False)])


@pytest.fixture
def project(tmp_path):
    """A mask and an animal, each with an anchor on frame 0."""
    clip = open_clip(write_frames(tmp_path / "clip"))
    path = tmp_path / "work.throughline"
    with Project.create(path, record_of(clip, path)) as made:
        made.apply(verbs.add_object(made, "car"))
        made.apply(verbs.add_object(made, "animal", skeleton=STICK))
        made.apply(verbs.paint_mask(made, 1, 0, RleMask.encode(square(0))))
        made.apply(point_verbs.place_points(made, 2, 0, PLACED))
    return path


@pytest.fixture
def pretended(monkeypatch):
    """Points that stay where they are, in place of a network."""

    def stay(clip, run, anchors, stretches, damaged, engines, seen):
        (anchor,) = anchors
        for stretch in stretches:
            for frame in range(stretch.first, stretch.last + 1):
                yield PointsResult(stretch.object_id, frame, anchor.points, 0.5, anchor.points.presence)

    monkeypatch.setattr(propagate_objects, "carry_points", stay)
    monkeypatch.setattr(propagate_objects, "propagate_masks", lambda *_how: (_ for _ in ()))


def test_masks_and_points_are_carried_into_a_copy_as_proposals(run, project, pretended, tmp_path):
    before = project.read_bytes()
    told = run("propagate", project, "--scope", "missing", "--json", "--out", tmp_path / "new")
    assert told.code == 0
    assert told.facts["objects"] == [1, 2]
    assert project.read_bytes() == before
    with Project.open(tmp_path / "new.throughline") as made:
        assert sorted(made.proposals_of(2)) == [1, 2, 3, 4, 5]
        assert made.points(made.proposal(2, 3).mask_id) == PLACED
        assert made.anchor_frames(2) == [0]


def test_they_are_accepted_where_that_is_asked_for(run, project, pretended, tmp_path):
    run("propagate", project, "--scope", "missing", "--accept", "--out", tmp_path / "new.throughline")
    with Project.open(tmp_path / "new.throughline") as made:
        assert not made.proposals_of(2)
        assert sorted(made.labels_of(2)) == [0, 1, 2, 3, 4, 5]
    told = run("propagate", tmp_path / "new.throughline", "--scope", "stale", "--out", tmp_path / "newer")
    assert told.code == 1
    assert "nothing to carry" in told.err
    assert not (tmp_path / "newer.throughline").exists()


def test_an_engine_for_masks_leaves_points_alone(run, project, tmp_path):
    told = run("propagate", project, "--scope", "all", "--engine", "copy", "--json", "--out", tmp_path / "new")
    assert told.facts["objects"] == [1]
    with Project.open(tmp_path / "new.throughline") as made:
        assert len(made.proposals_of(1)) == 5


def test_a_clip_is_no_project(run, tmp_path):
    clip = write_frames(tmp_path / "clip")
    told = run("propagate", clip, "--scope", "all", "--out", tmp_path / "new")
    assert told.code == 1
    assert "is no project" in told.err
