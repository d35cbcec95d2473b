"""What verbs make of a project: each as one edit that its inverse takes back."""

import pytest

from app.project import verbs
from app.project.model import Label, Provenance, RunState
from app.project.skeleton import skeleton_of
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.project.material import HEIGHT, N_FRAMES, WIDTH, add_object, block, paint, result, snapshot
from tests.app.project.runs import begin, propose

EMPTY = RleMask.empty(WIDTH, HEIGHT)


def mask_of(project, object_id, frame):
    return project.mask(project.label(object_id, frame).mask_id)


def test_a_new_object_lies_on_top_with_a_name_and_a_colour_of_its_own(project):
    first, second = add_object(project), add_object(project, name="  the\nred car ", class_name="car")
    one, two = (project.objects[object_id] for object_id in (first, second))
    assert (one.name, two.name, two.class_name) == ("Object 1", "the red car", "car")
    assert one.colour != two.colour
    assert two.position > one.position


@pytest.mark.parametrize(
    ("verb", "value", "field", "expected"),
    [
        (verbs.rename_object, " a  dog ", "name", "a dog"),
        (verbs.rename_object, "x" * 5000, "name", "x" * verbs.MAX_NAME),
        (verbs.rename_object, "bad \udcff name", "name", "bad ? name"),
        (verbs.recolour_object, (1, 2, 3), "colour", (1, 2, 3)),
        (verbs.set_class, "animal", "class_name", "animal"),
        (verbs.set_hidden, True, "is_hidden", True),
        (verbs.set_locked, True, "is_locked", True),
    ],
)
def test_an_object_is_changed_in_one_field_and_back(project, verb, value, field, expected):
    car = add_object(project)
    before = project.objects[car]
    edit = verb(project, car, value)
    project.apply(edit)
    assert getattr(project.objects[car], field) == expected
    assert not verb(project, car, value), "doing it again is nothing"
    project.apply(edit.inverse())
    assert project.objects[car] == before


def test_an_empty_name_changes_nothing(project):
    assert not verbs.rename_object(project, add_object(project), " \n ")


@pytest.mark.parametrize(("object_id", "position", "order"), [(1, 2, [2, 3, 1]), (3, 0, [3, 1, 2]), (2, 1, [1, 2, 3])])
def test_an_object_moves_to_its_place_in_the_list(project, object_id, position, order):
    for _ in range(3):
        add_object(project)
    edit = verbs.move_object(project, object_id, position)
    project.apply(edit)
    assert list(project.objects) == order
    project.apply(edit.inverse())
    assert list(project.objects) == [1, 2, 3]


def test_deleting_an_object_takes_everything_of_it_and_undo_brings_all_back(project):
    car, dog = add_object(project), add_object(project)
    for object_id in (car, dog):
        paint(project, object_id, 0, block(object_id, 0, object_id + 3, 3), exclusive_over=False)
        propose(project, object_id, range(1, 5))
    project.apply(verbs.accept(project, [car], [1, 2]))
    before = snapshot(project)
    edit = verbs.delete_objects(project, [car, dog, car])
    project.apply(edit)
    assert snapshot(project) == ({}, {}, {})
    project.apply(edit.inverse())
    assert snapshot(project) == before


def test_clearing_a_frame_leaves_the_object_and_its_other_frames(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    propose(project, car, range(1, 5))
    project.apply(verbs.accept(project, frames=[1]))
    propose(project, car, range(1, 5))
    project.apply(verbs.clear_label(project, car, 1))
    assert (project.label(car, 1), project.proposal(car, 1)) == (None, None)
    assert project.proposal(car, 2) is not None
    project.apply(verbs.clear_labels(project, [car], range(3)))
    assert sorted(project.labels_of(car)) == []
    assert sorted(project.proposals_of(car)) == [3, 4]
    project.apply(verbs.clear_labels(project, [car]))
    assert not project.proposals_of(car)


def test_painting_makes_an_anchor_and_drops_the_proposal(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    propose(project, car, [1])
    before = snapshot(project)
    edit = paint(project, car, 1, block(1, 1, 4, 4), text="erase car")
    assert edit.text == "erase car"
    assert project.label(car, 1).provenance is Provenance.ANCHOR
    assert mask_of(project, car, 1) == block(1, 1, 4, 4)
    assert project.proposal(car, 1) is None
    project.apply(edit.inverse())
    assert snapshot(project) == before


def test_painting_the_same_again_is_nothing(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    assert not verbs.paint_mask(project, car, 0, block(0, 0, 3, 3))


@pytest.mark.parametrize(
    ("mask", "given", "presence"),
    [
        (EMPTY, None, Presence.OUT_OF_FRAME),
        (EMPTY, Presence.OCCLUDED, Presence.OCCLUDED),
        (block(0, 0, 1, 1), None, Presence.VISIBLE),
        (block(0, 0, 1, 1), Presence.UNCERTAIN, Presence.UNCERTAIN),
    ],
)
def test_an_empty_mask_says_not_here(project, mask, given, presence):
    car = add_object(project)
    paint(project, car, 0, mask, presence=given)
    assert project.label(car, 0) == Label(Provenance.ANCHOR, project.label(car, 0).mask_id, presence)


def test_exclusive_paint_takes_the_pixels_that_are_seen_of_others(project):
    painted, anchored, derived, proposed, hidden, locked, absent = (add_object(project) for _ in range(7))
    wide, stroke, rest = block(0, 0, 8, 4), block(4, 0, 12, 4), block(0, 0, 4, 4)
    for object_id in (derived, proposed):
        paint(project, object_id, 0, wide, exclusive_over=False)
        propose(project, object_id, [3], mask=wide)
        project.apply(verbs.accept(project))
    propose(project, proposed, [3], mask=wide)
    for object_id in (anchored, hidden, locked):
        paint(project, object_id, 3, wide, exclusive_over=False)
    project.apply(verbs.set_hidden(project, hidden, True))
    project.apply(verbs.set_locked(project, locked, True))
    before = snapshot(project)
    edit = paint(project, painted, 3, stroke)

    assert mask_of(project, painted, 3) == stroke
    assert [mask_of(project, object_id, 3) for object_id in (anchored, derived)] == [rest, rest]
    assert [project.label(object_id, 3).provenance for object_id in (anchored, derived)] == ["anchor", "derived"]
    assert project.mask(project.proposal(proposed, 3).mask_id) == rest
    assert mask_of(project, proposed, 3) == wide, "what is under a proposal is not seen"
    assert [mask_of(project, object_id, 3) for object_id in (hidden, locked)] == [wide, wide]
    assert project.label(absent, 3) is None
    old = before[1][derived, 3][0]
    new = project.label(derived, 3)
    assert (new.run_id, new.sources, new.confidence) == (old.run_id, old.sources, old.confidence)
    project.apply(edit.inverse())
    assert snapshot(project) == before


def test_only_new_pixels_are_taken_from_others(project):
    one, two = add_object(project), add_object(project)
    marked = block(2, 0, 8, 4)
    paint(project, two, 0, marked)
    paint(project, one, 5, block(0, 0, 4, 4))
    propose(project, one, [0], mask=block(0, 0, 4, 4))  # a run's pixels lie over what a person marked
    paint(project, one, 0, block(0, 0, 4, 8))  # the stroke adds rows below
    assert mask_of(project, two, 0) == marked


def test_paint_may_overlap_when_told_so(project):
    one, two = add_object(project), add_object(project)
    paint(project, one, 0, block(0, 0, 8, 4))
    paint(project, two, 0, block(4, 0, 12, 4), exclusive_over=False)
    assert mask_of(project, one, 0) == block(0, 0, 8, 4)


def test_painting_a_locked_object_or_a_wrong_thing_is_refused(project):
    car, skeleton = add_object(project), add_object(project, skeleton=skeleton_of("stick", ["head", "tail"]))
    project.apply(verbs.set_locked(project, car, True))
    before = snapshot(project)
    with pytest.raises(ValueError, match="locked"):
        verbs.paint_mask(project, car, 0, EMPTY)
    with pytest.raises(ValueError, match="locked"):
        verbs.clear_label(project, car, 0)
    with pytest.raises(ValueError, match="locked"):
        verbs.confirm(project, [car], [0])
    with pytest.raises(ValueError, match="points"):
        verbs.paint_mask(project, skeleton, 0, EMPTY)
    project.apply(verbs.set_locked(project, car, False))
    with pytest.raises(ValueError, match="16 x 12"):
        verbs.paint_mask(project, car, 0, RleMask.empty(WIDTH + 1, HEIGHT))
    with pytest.raises(ValueError, match="frame"):
        project.apply(verbs.paint_mask(project, car, N_FRAMES, EMPTY))
    assert snapshot(project)[1:] == before[1:]


def test_confirming_makes_anchors_of_what_is_seen(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    propose(project, car, [1, 2])
    project.apply(verbs.accept(project, frames=[1]))
    seen = {
        frame: label.mask_id for frame, label in (*project.labels_of(car).items(), *project.proposals_of(car).items())
    }
    edit = verbs.confirm(project, [car], range(N_FRAMES))
    project.apply(edit)
    assert project.anchor_frames(car) == [0, 1, 2]
    assert {frame: label.mask_id for frame, label in project.labels_of(car).items()} == seen
    assert {label.confidence for label in project.labels_of(car).values()} == {1.0}
    assert not project.proposals_of(car)
    assert not verbs.confirm(project, [car], range(N_FRAMES))


def test_accepting_and_rejecting_go_by_object_and_frame(project):
    car, dog, locked = (add_object(project) for _ in range(3))
    for object_id in (car, dog, locked):
        paint(project, object_id, 0, block(object_id, 0, object_id + 1, 3))
        propose(project, object_id, [1, 2, 3])
    project.apply(verbs.set_locked(project, locked, True))
    project.apply(verbs.accept(project, [car], range(2, 9)))
    project.apply(verbs.reject(project, [dog], [1]))
    assert (sorted(project.labels_of(car)), sorted(project.proposals_of(car))) == ([0, 2, 3], [1])
    assert (sorted(project.labels_of(dog)), sorted(project.proposals_of(dog))) == ([0], [2, 3])
    project.apply(verbs.accept(project))
    assert (sorted(project.labels_of(car)), sorted(project.labels_of(dog))) == ([0, 1, 2, 3], [0, 2, 3])
    assert sorted(project.proposals_of(locked)) == [1, 2, 3], "tools leave a locked object alone"
    assert not verbs.accept(project)
    assert not verbs.reject(project)


def test_a_proposal_under_an_anchor_never_becomes_its_label(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    run = begin(project)
    stroke = paint(project, car, 1, block(5, 5, 6, 6))
    project.apply(stroke.inverse())
    project.add_results(run.run_id, [result(car, 1, block(0, 0, 4, 4))])
    project.end_run(run.run_id, RunState.FINISHED)
    project.apply(stroke)  # redone: it knows nothing of the proposal, which stays
    assert project.proposal(car, 1) is not None
    project.apply(verbs.accept(project))
    assert mask_of(project, car, 1) == block(5, 5, 6, 6)
    assert project.label(car, 1).provenance is Provenance.ANCHOR
