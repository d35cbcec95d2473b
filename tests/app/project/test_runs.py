"""Runs bring proposals, marked with the anchors they came from; never more than was asked for."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.project import verbs
from app.project.model import NO_ANCHOR, Provenance, RunState, UsedWeights
from app.project.project import Project
from engines.labels.presence import Presence
from engines.propagation.types import Stretch
from tests.app.project.material import add_object, block, paint, result, snapshot
from tests.app.project.runs import begin, propose


@pytest.fixture
def car(project):
    """An object with anchors on frames 2 and 6."""
    object_id = add_object(project)
    paint(project, object_id, 2, block(0, 0, 2, 2))
    paint(project, object_id, 6, block(0, 0, 3, 3))
    return object_id


def test_results_become_proposals_and_the_edit_says_so(project, car):
    run = begin(project)
    before = snapshot(project)
    edit, change = project.add_results(run.run_id, [result(car, 3, block(1, 1, 4, 4), 0.25)])
    proposal = project.proposal(car, 3)
    assert project.mask(proposal.mask_id) == block(1, 1, 4, 4)
    assert (proposal.provenance, proposal.confidence, proposal.run_id) == (Provenance.DERIVED, 0.25, run.run_id)
    assert proposal.sources == project.sources(car, 3)
    assert project.label(car, 3) is None
    assert (change.object_ids, change.frames) == ({car}, {3})
    project.apply(edit.inverse())
    assert snapshot(project) == before


def test_a_later_result_replaces_the_earlier_in_one_batch_or_two(project, car):
    run = begin(project)
    project.add_results(run.run_id, [result(car, 3, block(0, 0, side, 1)) for side in (1, 2)])
    assert project.mask(project.proposal(car, 3).mask_id) == block(0, 0, 2, 1)
    edit, _ = project.add_results(run.run_id, [result(car, 3, block(0, 0, 3, 1))])
    assert project.mask(project.proposal(car, 3).mask_id) == block(0, 0, 3, 1)
    assert project.mask(edit.proposals[car, 3].old.mask_id) == block(0, 0, 2, 1)


@pytest.mark.parametrize("is_accepted", [False, True])
@pytest.mark.parametrize(("confidence", "is_final", "takes"), [(0.7, False, 0), (0.9, False, 1), (0.7, True, 1)])
def test_a_result_from_one_side_replaces_only_what_is_less_sure(project, car, is_accepted, confidence, is_final, takes):
    propose(project, car, [3], confidence=0.8)
    if is_accepted:
        project.apply(verbs.accept(project))
    before, run = snapshot(project), begin(project)
    edit, _ = project.add_results(run.run_id, [result(car, 3, block(0, 0, 9, 9), confidence, is_final)])
    assert len(edit.proposals) == takes
    if takes:
        assert project.mask(project.proposal(car, 3).mask_id) == block(0, 0, 9, 9)
    else:
        assert snapshot(project) == before
    project.apply(verbs.reject(project, [car], [3]) if takes else edit.inverse())
    assert snapshot(project) == before, "what was there before the run is there again"


def test_beside_a_correction_a_result_from_one_side_is_seen_at_once(project, car):
    propose(project, car, [3, 5], confidence=0.8)
    paint(project, car, 2, block(0, 0, 5, 5))
    results = [result(car, frame, block(0, 0, 9, 9), 0.7, is_final=False) for frame in (3, 5)]
    edit, _ = project.add_results(begin(project).run_id, results)
    assert set(edit.proposals) == {(car, 3)}, "that on frame 5 came from the anchor beside it, which is as it was"


def test_a_result_from_one_side_replaces_a_label_of_nothing(project, car):
    gone = replace(result(car, 3, block(0, 0, 0, 0), 0.9), presence=Presence.OUT_OF_FRAME)
    project.add_results(begin(project).run_id, [gone])
    project.add_results(begin(project).run_id, [result(car, 3, block(0, 0, 9, 9), 0.3, is_final=False)])
    assert project.mask(project.proposal(car, 3).mask_id) == block(0, 0, 9, 9)


def test_a_result_for_a_frame_that_became_an_anchor_is_dropped(project, car):
    run = begin(project)
    paint(project, car, 4, block(5, 5, 6, 6))
    before, revision = snapshot(project), project.revision
    edit, change = project.add_results(run.run_id, [result(car, 4, block(0, 0, 9, 9))])
    assert not edit
    assert not change.frames
    assert (snapshot(project), project.revision) == (before, revision)


def test_a_result_carried_from_an_anchor_that_changed_since_is_stale_at_once(project, car):
    run = begin(project)
    project.add_results(run.run_id, [result(car, 3, block(0, 0, 1, 1))])
    assert not project.is_stale(car, 3)
    stroke = paint(project, car, 2, block(0, 0, 5, 5))
    project.add_results(run.run_id, [result(car, 4, block(0, 0, 1, 1)), result(car, 7, block(0, 0, 1, 1))])
    assert [project.is_stale(car, frame) for frame in (3, 4, 7)] == [True, True, False]
    project.apply(stroke.inverse())
    assert not any(project.is_stale(car, frame) for frame in (3, 4, 7)), "undo makes them fresh again"


def test_staleness_follows_what_is_seen(project, car):
    propose(project, car, [3])
    project.apply(verbs.accept(project))
    paint(project, car, 5, block(0, 0, 7, 7))
    assert project.is_stale(car, 3)
    propose(project, car, [3])
    assert not project.is_stale(car, 3), "the fresh proposal is what is seen"
    assert project.is_label_stale(car, 3, project.label(car, 3))
    assert not project.is_stale(car, 5)
    assert not project.is_stale(car, 9)


def test_results_for_an_object_that_is_gone_or_locked_are_dropped(project, car):
    dog = add_object(project)
    paint(project, dog, 0, block(9, 9, 10, 10))
    run = begin(project)
    project.apply(verbs.delete_object(project, dog))
    project.apply(verbs.set_locked(project, car, True))
    edit, _ = project.add_results(run.run_id, [result(dog, 1, block(0, 0, 1, 1)), result(car, 3, block(0, 0, 1, 1))])
    assert not edit


@pytest.mark.parametrize(
    ("object_id", "frame", "confidence", "says"),
    [
        (1, 2, 0.5, "not asked"),
        (1, 8, 0.5, "not asked"),
        (2, 3, 0.5, "not asked"),
        (1, -1, 0.5, "not asked"),
        (1, 3, float("nan"), "confidence"),
        (1, 3, 1.5, "confidence"),
    ],
)
def test_a_result_that_was_not_asked_for_is_refused_with_its_batch(project, car, object_id, frame, confidence, says):
    stretch = Stretch(car, 3, 5, 2, 6)
    run = project.begin_run("flow", "both", "normal", [stretch])
    before = snapshot(project)
    with pytest.raises(ValueError, match=says):
        project.add_results(
            run.run_id,
            [result(car, 4, block(0, 0, 1, 1)), result(object_id, frame, block(0, 0, 1, 1), confidence)],
        )
    assert snapshot(project) == before


def test_results_of_a_run_that_ended_or_never_was_are_refused(project, car):
    run = begin(project)
    project.end_run(run.run_id, RunState.CANCELLED)
    for run_id in (run.run_id, 99):
        with pytest.raises(ValueError, match="not going on"):
            project.add_results(run_id, [result(car, 3, block(0, 0, 1, 1))])
    with pytest.raises(ValueError, match="cannot end"):
        project.end_run(run.run_id, RunState.FINISHED)
    assert project.runs[run.run_id].state is RunState.CANCELLED


@pytest.mark.parametrize(
    "change",
    [
        {"first": 1},
        {"first": 2},
        {"last": 6},
        {"last": 7},
        {"left": None},
        {"right": None},
        {"left": 1},
        {"first": 5, "last": 4},
        {"object_id": 7},
        {"first": 7, "last": 10, "left": 6, "right": None},
    ],
)
def test_a_run_whose_stretch_does_not_lie_between_its_anchors_is_refused(project, car, change):
    stretch = replace(Stretch(car, 3, 5, 2, 6), **change)
    with pytest.raises(ValueError, match=r"stretch|Stretch|not there"):
        project.begin_run("flow", "both", "normal", [stretch])
    assert not project.runs


def test_a_part_of_a_stretch_knows_the_anchors_of_the_whole(project, car):
    run = project.begin_run("flow", "forward", "normal", [Stretch(car, 8, 9, 6, None), Stretch(car, 4, 4, 2, 6)])
    project.add_results(run.run_id, [result(car, 4, block(0, 0, 1, 1)), result(car, 9, block(0, 0, 1, 1))])
    left, right = (project.label(car, frame).mask_id for frame in (2, 6))
    assert project.proposal(car, 4).sources == (left, right)
    assert project.proposal(car, 9).sources == (right, NO_ANCHOR)


def test_numbers_from_numpy_are_saved_as_any_others(project, car):
    run = begin(project)
    project.add_results(run.run_id, [result(np.int64(car), np.int64(3), block(0, 0, 1, 1), np.float32(0.5))])
    before = snapshot(project)
    project.close()
    with Project.open(project.path) as again:
        assert snapshot(again) == before


def test_runs_are_remembered(project, car):
    stretches = [Stretch(car, 3, 5, 2, 6), Stretch(car, 0, 1, None, 2)]
    run = project.begin_run("flow", "both", "final", stretches, UsedWeights("small", "71bf48171717e7c3"))
    project.end_run(run.run_id, RunState.FINISHED)
    runs = dict(project.runs)
    project.close()
    with Project.open(project.path) as again:
        found = again.runs[run.run_id]
        assert set(found.stretches) == set(run.stretches)
        assert replace(found, stretches=()) == replace(runs[run.run_id], stretches=())
        assert found.weights == UsedWeights("small", "71bf48171717e7c3")
        assert again.begin_run("flow", "both", "final", []).run_id == run.run_id + 1
        again.end_run(run.run_id + 1, RunState.FAILED)


def test_a_run_that_was_interrupted_is_told_of_once(project, car):
    propose(project, car, [9])
    run = begin(project)
    project.add_results(run.run_id, [result(car, frame, block(0, 0, 1, 1)) for frame in (0, 1, 3)])
    before = snapshot(project)
    project.close()
    clock = datetime.fromisoformat(run.started_at).astimezone().strftime("%H:%M")
    with Project.open(project.path) as again:
        (notice,) = again.notices
        assert notice == (
            f"The run with 'copy' of {clock} was interrupted after 3 of 8 frames; its results are kept as a proposal."
        )
        assert again.runs[run.run_id].state is RunState.INTERRUPTED
        assert snapshot(again) == before
    with Project.open(project.path) as again:
        assert again.notices == []


@pytest.mark.parametrize("started", ["yesterday", "never"])
def test_an_interrupted_run_of_another_day_is_told_with_its_date(project, car, started):
    begin(project)
    project.close()
    moment = datetime.now(UTC) - timedelta(days=1)
    with closing(sqlite3.connect(project.path)) as file, file:
        file.execute("UPDATE runs SET started_at = ?", (moment.isoformat() if started == "yesterday" else "?",))
    expected = moment.astimezone().strftime("of %Y-%m-%d") if started == "yesterday" else "of an unknown time"
    with Project.open(project.path) as again:
        assert expected in again.notices[0]
        assert "after 0 of 8 frames; it had no results yet" in again.notices[0]
