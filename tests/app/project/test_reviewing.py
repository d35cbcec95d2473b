"""A run can be refused: what is left is what was before it, and each verdict can be taken back bit for bit."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.project import pending, verbs
from app.project.model import RunState
from app.project.project import Project
from tests.app.project.material import CLIP, N_FRAMES, add_object, block, paint, pattern, result, snapshot
from tests.app.project.runs import begin, propose

FRAMES = st.sets(st.integers(0, N_FRAMES - 1))
PORTIONS = st.tuples(st.none() | st.just([1]) | st.just([2]), st.none() | FRAMES)
VERDICTS = st.sampled_from([verbs.accept, verbs.reject])
RUNS = st.lists(st.tuples(st.integers(1, 2), st.integers(1, N_FRAMES - 1), st.integers(1, 1 << 60)), max_size=12)


def run(project, places):
    """Run and end; some places are given twice, as from both sides."""
    record = begin(project)
    for object_id, frame, number in places:
        project.add_results(record.run_id, [result(object_id, frame, pattern(number))])
    project.end_run(record.run_id, RunState.FINISHED)


@settings(deadline=None, max_examples=60)
@given(RUNS, PORTIONS, VERDICTS, RUNS, PORTIONS, VERDICTS)
def test_verdicts_are_taken_back_and_a_refused_run_leaves_what_was(runs, portion, verdict, more, last, final):
    with tempfile.TemporaryDirectory() as folder, Project.create(Path(folder) / "a.throughline", CLIP) as project:
        for object_id in (add_object(project), add_object(project)):
            paint(project, object_id, 0, pattern(object_id))
        run(project, runs)
        project.apply(verdict(project, *portion))
        before = snapshot(project)
        run(project, more)
        proposed = snapshot(project)
        edit = final(project, *last)
        project.apply(edit)
        project.apply(edit.inverse())
        assert snapshot(project) == proposed
        for object_ids, frames in (([1], range(5)), ([1], range(5, N_FRAMES)), ([2], None)):  # in any portions
            refused = [key for key in _changed(before, proposed) if key[0] in object_ids]
            chosen = [frame for _, frame in refused if frames is None or frame in frames]
            project.apply(verbs.reject(project, object_ids, chosen))
        assert snapshot(project) == before


def _changed(before, after):
    return [key for key, value in after[2].items() if before[2].get(key) != value]


@pytest.fixture
def twice(project):
    """A car with an anchor and an accepted label, proposed for by one run and then by another."""
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    propose(project, car, [1], block(0, 0, 4, 4))
    project.apply(verbs.accept(project))
    propose(project, car, [1, 2], block(0, 0, 5, 5))
    propose(project, car, [1, 2, 3], block(0, 0, 6, 6))
    return car


def seen(project, look, object_id, frame):
    found = look(project, object_id, frame)
    return None if found is None else (project.mask(found[0].mask_id).area, found[1])


def test_what_was_is_the_earlier_proposal_or_else_the_label(project, twice):
    was = [seen(project, pending.before, twice, frame) for frame in range(5)]
    now = [seen(project, pending.shown, twice, frame) for frame in range(5)]
    assert was == [(9, False), (25, True), (25, True), None, None]
    assert now == [(9, False), (36, True), (36, True), (36, True), None]


def test_rejecting_goes_back_run_by_run(project, twice):
    areas = []
    while edit := verbs.reject(project):
        project.apply(edit)
        areas.append([seen(project, pending.shown, twice, frame) for frame in range(1, 4)])
    assert areas == [[(25, True), (25, True), None], [(16, False), None, None]]


def test_results_from_both_sides_of_one_run_are_refused_together(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    propose(project, car, [1], block(0, 0, 4, 4))
    run(project, [(car, 1, 1), (car, 1, 3)])
    project.apply(verbs.reject(project))
    assert seen(project, pending.shown, car, 1) == (16, True)


def test_a_run_of_an_earlier_day_is_refused_to_the_label(project, twice):
    path = project.path
    project.close()
    with Project.open(path) as again:
        again.apply(verbs.reject(again))
        assert seen(again, pending.shown, twice, 1) == (16, False)
        assert not again.proposals_of(twice)
