"""Swapping, merging, splitting, presence and void: what becomes stale follows, and undo restores all of it."""

import pytest

from app.project import identity, pending, verbs
from app.project.anchors import mask_anchors
from app.project.model import Kind, Provenance, RunState
from engines.labels.presence import Presence
from tests.app.project.material import N_FRAMES, add_object, block, paint, result, snapshot
from tests.app.project.runs import begin, propose

LEFT, RIGHT = block(0, 0, 4, 4), block(10, 0, 14, 4)


@pytest.fixture
def pair(project):
    """Two objects with an anchor on frame 0 each, carried to the end and accepted."""
    car, dog = add_object(project, name="car"), add_object(project, name="dog")
    for object_id, mask in ((car, LEFT), (dog, RIGHT)):
        paint(project, object_id, 0, mask)
        propose(project, object_id, range(1, N_FRAMES), mask)
    project.apply(verbs.accept(project))
    return car, dog


def masks(project, object_id):
    """Return what is seen of an object by frame."""
    shown = {frame: pending.shown(project, object_id, frame) for frame in range(N_FRAMES)}
    return {frame: project.mask(found[0].mask_id) for frame, found in shown.items() if found is not None}


def stale_frames(project, object_id):
    return [frame for frame in range(N_FRAMES) if project.is_stale(object_id, frame)]


def done_and_undone(project, edit):
    """Apply an edit, see that undo restores everything bit for bit, and do it again."""
    before = snapshot(project)
    project.apply(edit)
    after = snapshot(project)
    project.apply(edit.inverse())
    assert snapshot(project) == before
    project.apply(edit)
    assert snapshot(project) == after


def test_a_swap_from_here_on_exchanges_what_comes_after_and_keeps_what_was(project, pair):
    car, dog = pair
    done_and_undone(project, identity.swap_objects(project, car, dog, range(4, N_FRAMES)))
    assert masks(project, car) == {frame: LEFT if frame < 4 else RIGHT for frame in range(N_FRAMES)}
    assert masks(project, dog) == {frame: RIGHT if frame < 4 else LEFT for frame in range(N_FRAMES)}


def test_the_frame_of_a_swap_becomes_an_anchor_so_only_the_stretches_beside_it_are_stale(project, pair):
    car, dog = pair
    for object_id, mask in ((car, LEFT), (dog, RIGHT)):
        paint(project, object_id, 7, mask)
        carried = mask.minus(block(0, 0, 16, 1))  # an anchor of the same pixels would be the same to those around it
        propose(project, object_id, [1, 2, 3, 4, 5, 6, 8, 9], carried)
    project.apply(verbs.accept(project))
    assert stale_frames(project, car) == []
    project.apply(identity.swap_objects(project, car, dog, range(4, N_FRAMES)))
    assert project.anchor_frames(car) == project.anchor_frames(dog) == [0, 4, 7]
    assert stale_frames(project, car) == stale_frames(project, dog) == [1, 2, 3, 5, 6]


def test_a_swap_within_a_range_has_an_anchor_at_both_ends(project, pair):
    car, dog = pair
    done_and_undone(project, identity.swap_objects(project, car, dog, range(3, 6)))
    assert [frame for frame, mask in masks(project, car).items() if mask == RIGHT] == [3, 4, 5]
    assert project.anchor_frames(dog) == [0, 3, 5]


def test_a_swap_of_the_whole_clip_makes_no_anchor_and_nothing_stale(project, pair):
    car, dog = pair
    project.apply(identity.swap_objects(project, car, dog, range(N_FRAMES)))
    assert project.anchor_frames(car) == [0]
    assert stale_frames(project, car) == stale_frames(project, dog) == []


def test_a_merge_unites_masks_and_is_fresh_where_its_parts_were_carried_from_the_same_frames(project, pair):
    car, dog = pair
    done_and_undone(project, identity.worked_out(identity.merge_objects(project, car, [dog])))
    assert list(project.objects) == [car]
    assert set(masks(project, car).values()) == {LEFT.plus(RIGHT)}
    assert project.anchor_frames(car) == [0]
    assert stale_frames(project, car) == []


def test_a_merge_is_stale_where_one_part_was_carried_from_elsewhere(project, pair):
    car, dog = pair
    paint(project, dog, 6, RIGHT)
    propose(project, dog, [1, 2, 3, 4, 5, 7, 8, 9], RIGHT)
    project.apply(verbs.accept(project))
    project.apply(identity.worked_out(identity.merge_objects(project, car, [dog])))
    assert project.anchor_frames(car) == [0, 6]
    assert stale_frames(project, car) == [1, 2, 3, 4, 5, 7, 8, 9]


def test_what_is_proposed_for_one_is_merged_with_what_is_seen_of_the_other(project, pair):
    car, dog = pair
    run = begin(project, [car])
    project.add_results(run.run_id, [result(car, 3, block(0, 6, 4, 10))])
    project.end_run(run.run_id, RunState.FINISHED)
    project.apply(identity.worked_out(identity.merge_objects(project, car, [dog])))
    assert project.mask(project.label(car, 3).mask_id) == LEFT.plus(RIGHT)
    assert project.mask(project.proposal(car, 3).mask_id) == block(0, 6, 4, 10).plus(RIGHT)


def test_a_split_takes_the_part_along_through_moving_masks_and_anchors(project):
    car = add_object(project, name="car")
    both = [block(frame, 0, frame + 3, 4).plus(block(frame, 7, frame + 3, 11)) for frame in range(N_FRAMES)]
    paint(project, car, 0, both[0])
    paint(project, car, 6, both[6])
    propose(project, car, [1], both[1])
    propose(project, car, [2, 3, 4, 5], both[2])
    run = begin(project)
    project.add_results(run.run_id, [result(car, frame, both[frame]) for frame in (1, 2, 3, 4, 5, 7, 8, 9)])
    project.end_run(run.run_id, RunState.FINISHED)
    edit = identity.worked_out(identity.split_object(project, car, 2, block(0, 6, 16, 12)))
    done_and_undone(project, edit)
    (part,) = edit.objects
    assert project.objects[part].name == "car 2"
    assert masks(project, part) == {frame: block(frame, 7, frame + 3, 11) for frame in range(2, N_FRAMES)}
    assert masks(project, car) == {
        frame: both[frame] if frame < 2 else block(frame, 0, frame + 3, 4) for frame in range(N_FRAMES)
    }
    assert (project.anchor_frames(car), project.anchor_frames(part)) == ([0, 2, 6], [2, 6])
    assert stale_frames(project, part) == [3, 4, 5, 7, 8, 9]
    assert stale_frames(project, car) == [1, 3, 4, 5, 7, 8, 9]


def test_not_here_holds_for_both_halves(project):
    car = add_object(project)
    paint(project, car, 0, LEFT.plus(RIGHT))
    project.apply(verbs.set_presence(project, car, 5, Presence.OCCLUDED))
    edit = identity.worked_out(identity.split_object(project, car, 0, RIGHT))
    project.apply(edit)
    (part,) = edit.objects
    assert [project.label(i, 5).presence for i in (car, part)] == [Presence.OCCLUDED] * 2


@pytest.mark.parametrize("part", [block(5, 5, 6, 6), LEFT])
def test_a_split_needs_something_to_go_and_something_to_stay(project, pair, part):
    with pytest.raises(ValueError, match="cannot be split"):
        identity.split_object(project, pair[0], 0, part)


def test_locked_objects_and_void_are_refused_with_a_reason(project, pair):
    car, dog = pair
    project.apply(verbs.set_locked(project, dog, True))
    for verb in (
        lambda: identity.swap_objects(project, car, dog, range(N_FRAMES)),
        lambda: identity.merge_objects(project, car, [dog]),
        lambda: identity.split_object(project, dog, 0, RIGHT),
        lambda: verbs.set_presence(project, dog, 0, Presence.OCCLUDED),
        lambda: verbs.delete_object(project, dog),
    ):
        with pytest.raises(ValueError, match="dog is locked"):
            verb()
    edit = verbs.add_void(project)
    project.apply(edit)
    (void,) = edit.objects
    with pytest.raises(ValueError, match="void"):
        identity.merge_objects(project, car, [void])
    with pytest.raises(ValueError, match="it takes two"):
        identity.merge_objects(project, car, [car])


@pytest.mark.parametrize("verb", ["swap", "merge", "split"])
def test_what_a_run_still_finds_of_moved_labels_is_dropped_also_after_undo(project, pair, verb):
    car, dog = pair
    paint(project, dog, 0, RIGHT.plus(block(10, 6, 12, 8)))
    run = begin(project)
    edit = {
        "swap": lambda: identity.swap_objects(project, car, dog, range(4, N_FRAMES)),
        "merge": lambda: identity.worked_out(identity.merge_objects(project, car, [dog])),
        "split": lambda: identity.worked_out(identity.split_object(project, dog, 0, RIGHT)),
    }[verb]()
    for each in (edit, edit.inverse()):
        project.apply(each)
        before = snapshot(project)
        project.add_results(run.run_id, [result(dog, frame, block(0, 0, 9, 9)) for frame in range(1, N_FRAMES)])
        assert snapshot(project) == before


def test_a_run_goes_on_for_objects_and_stretches_that_a_swap_leaves_alone(project, pair):
    car, dog = pair
    bird = add_object(project)
    paint(project, bird, 0, block(0, 8, 2, 10))
    for object_id, mask in ((car, LEFT), (dog, RIGHT)):
        paint(project, object_id, 3, mask)
    run = begin(project)
    project.apply(identity.swap_objects(project, car, dog, range(6, N_FRAMES)))
    places = [(car, 1), (car, 5), (car, 8), (bird, 8)]
    project.add_results(run.run_id, [result(*place, block(0, 0, 2, 2)) for place in places])
    assert [place for place in places if project.proposal(*place) is not None] == [(car, 1), (bird, 8)]


def test_what_was_changed_while_it_was_worked_out_is_not_overwritten(project, pair):
    car, dog = pair
    regrouping = identity.merge_objects(project, car, [dog])
    pieces = [piece for frame in regrouping.pieces() for piece in frame]
    paint(project, dog, 5, LEFT)
    before = snapshot(project)
    with pytest.raises(ValueError, match="changed meanwhile"):
        regrouping.edit(pieces)
    assert snapshot(project) == before


@pytest.mark.parametrize("presence", [Presence.OCCLUDED, Presence.OUT_OF_FRAME])
def test_saying_that_an_object_is_not_to_be_seen_makes_an_empty_anchor(project, pair, presence):
    car, _ = pair
    done_and_undone(project, verbs.set_presence(project, car, 5, presence))
    label = project.label(car, 5)
    assert (label.provenance, label.presence, project.mask(label.mask_id).area) == (Provenance.ANCHOR, presence, 0)
    assert stale_frames(project, car) == [1, 2, 3, 4, 6, 7, 8, 9]
    assert [anchor.absence for anchor in mask_anchors(project, [car]) if anchor.frame == 5] == [presence]


def test_uncertain_keeps_the_mask_and_what_was_carried_from_it_and_a_stroke_keeps_uncertain(project, pair):
    car, _ = pair
    done_and_undone(project, verbs.set_presence(project, car, 0, Presence.UNCERTAIN))
    assert stale_frames(project, car) == []
    paint(project, car, 0, block(0, 0, 5, 5))
    assert project.label(car, 0).presence is Presence.UNCERTAIN
    project.apply(verbs.set_presence(project, car, 0, Presence.VISIBLE))
    assert project.label(car, 0).presence is Presence.VISIBLE


def test_there_must_be_a_mask_to_call_visible(project, pair):
    car, _ = pair
    project.apply(verbs.set_presence(project, car, 5, Presence.OCCLUDED))
    with pytest.raises(ValueError, match="has no mask on frame 5"):
        verbs.set_presence(project, car, 5, Presence.VISIBLE)


def test_void_takes_nothing_from_objects_nor_loses_to_them_and_is_gone_when_erased(project, pair):
    car, _ = pair
    edit = verbs.add_void(project)
    project.apply(edit)
    (void,) = edit.objects
    assert project.objects[void].kind is Kind.VOID
    before = snapshot(project)
    painted = verbs.paint_mask(project, void, 0, block(0, 0, 16, 12))
    done_and_undone(project, painted)
    assert masks(project, car)[0] == LEFT
    paint(project, car, 0, block(0, 0, 8, 8))
    assert masks(project, void)[0] == block(0, 0, 16, 12)
    paint(project, car, 0, LEFT)
    paint(project, void, 0, block(0, 0, 0, 0))
    assert snapshot(project) == before
