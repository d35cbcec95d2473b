"""Questions about labels agree with a plain look at all of them, and edits are done wholly or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.label_table import LabelTable
from app.project.model import NO_ANCHOR, Label, Object, Provenance
from tests.app.project.material import N_FRAMES, add_object, block, paint, snapshot

ANCHOR = Label(Provenance.ANCHOR, 1)
DERIVED = Label(Provenance.DERIVED, 2)
OTHER = Label(Provenance.DERIVED, 3)
PUTS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 9), st.sampled_from([ANCHOR, DERIVED, None])))


@given(PUTS, st.integers(-1, 10))
def test_the_index_of_anchors_agrees_with_the_labels(puts, frame):
    table, plain = LabelTable(), {}
    for object_id, at, label in puts:
        swap = {(object_id, at): Swap(table.get(object_id, at), label)}
        assert table.misfits(swap) == []
        assert table.misfits({(object_id, at): Swap(OTHER, label)}) == [(object_id, at)]
        table.swap(swap)
        plain[object_id, at] = label
    for object_id in (1, 2, 3):
        labels = {at: label for (of, at), label in plain.items() if of == object_id and label is not None}
        anchors = sorted(at for at, label in labels.items() if label is ANCHOR)
        assert dict(table.of(object_id)) == labels
        assert table.anchor_frames(object_id) == anchors
        assert LabelTable({object_id: labels}).anchor_frames(object_id) == anchors
        before = max((at for at in anchors if at < frame), default=None)
        after = min((at for at in anchors if at > frame), default=None)
        assert table.neighbours(object_id, frame) == (before, after)


def test_objects_come_in_list_order_whatever_their_ids(project):
    ids = [add_object(project) for _ in range(3)]
    project.apply(verbs.move_object(project, ids[0], 2))
    assert list(project.objects) == [ids[1], ids[2], ids[0]]
    for object_id in reversed(ids):
        paint(project, object_id, 4, block(0, 0, 2, 2), exclusive_over=False)
    assert list(project.labels_on(4)) == [ids[1], ids[2], ids[0]]
    assert project.labels_on(5) == {}


def test_sources_are_the_masks_of_the_neighbouring_anchors(project):
    car = add_object(project)
    paint(project, car, 2, block(0, 0, 2, 2))
    paint(project, car, 6, block(0, 0, 3, 3))
    left, right = (project.label(car, frame).mask_id for frame in (2, 6))
    assert [project.sources(car, frame) for frame in (0, 2, 4, 6, 9)] == [
        (NO_ANCHOR, left),
        (NO_ANCHOR, right),
        (left, right),
        (left, NO_ANCHOR),
        (right, NO_ANCHOR),
    ]


def test_ids_of_objects_are_never_used_again(project):
    edit = verbs.add_object(project)
    project.apply(edit)
    project.apply(edit.inverse())
    second = add_object(project)
    project.apply(verbs.delete_object(project, second))
    assert (second, project.next_object_id()) == (2, 3)


def misfits(project):
    """Return edits that do not fit a project with object 1 and its anchor on frame 0."""
    car, anchor = project.objects[1], project.label(1, 0)
    stranger = Object(9, "stranger", (0, 0, 0))
    other = Label(Provenance.ANCHOR, anchor.mask_id, confidence=0.5)
    return {
        "object has changed since": Edit("", {1: Swap(stranger, car)}),
        "object is there already": Edit("", {1: Swap(None, car)}),
        "object under another's id": Edit("", {2: Swap(None, stranger)}),
        "label has changed since": Edit("", labels={(1, 0): Swap(other, None)}),
        "label is there already": Edit("", labels={(1, 0): Swap(None, anchor)}),
        "label is gone": Edit("", labels={(1, 1): Swap(anchor, None)}),
        "label of nobody": Edit("", labels={(9, 0): Swap(None, anchor)}),
        "proposal of nobody": Edit("", proposals={(9, 0): Swap(None, anchor)}),
        "label of an object that goes": Edit("", {1: Swap(car, None)}, {(1, 0): Swap(anchor, other)}),
        "object goes, label stays": Edit("", {1: Swap(car, None)}),
        "frame past the end": Edit("", labels={(1, N_FRAMES): Swap(None, anchor)}),
        "frame before the start": Edit("", labels={(1, -1): Swap(None, anchor)}),
        "mask that was never added": Edit("", labels={(1, 1): Swap(None, Label(Provenance.ANCHOR, 77))}),
        "no mask": Edit("", labels={(1, 1): Swap(None, Label(Provenance.ANCHOR, 0))}),
        "the last of many": Edit(
            "", labels={(1, 5): Swap(None, anchor), (1, 6): Swap(None, anchor), (1, 0): Swap(None, anchor)}
        ),
    }


def test_an_edit_that_does_not_fit_changes_nothing(project):
    add_object(project)
    paint(project, 1, 0, block(0, 0, 2, 2))
    before, revision = snapshot(project), project.revision
    for name, edit in misfits(project).items():
        with pytest.raises(ValueError):
            project.apply(edit)
            pytest.fail(name)
        assert (snapshot(project), project.revision) == (before, revision), name


def test_an_edit_leaves_proposals_alone_that_a_run_has_replaced_since(project):
    car = add_object(project)
    paint(project, car, 0, block(0, 0, 2, 2))
    older, newer, painted = (
        Label(Provenance.DERIVED, project.add_mask(block(0, 0, side, side)), run_id=1) for side in (3, 4, 5)
    )
    project.apply(Edit("", proposals={(car, 1): Swap(None, newer)}))
    anchor = Label(Provenance.ANCHOR, painted.mask_id)
    change = project.apply(Edit("", labels={(car, 1): Swap(None, anchor)}, proposals={(car, 1): Swap(older, None)}))
    assert project.proposal(car, 1) == newer
    assert project.label(car, 1) == anchor
    assert change.frames == {1}


def test_a_change_names_what_was_touched_and_an_empty_edit_nothing(project):
    edit = verbs.add_object(project)
    change = project.apply(edit)
    assert (change.object_ids, change.frames, change.objects_changed) == ({1}, set(), True)
    change = project.apply(verbs.paint_mask(project, 1, 3, block(0, 0, 2, 2)))
    assert (change.object_ids, change.frames, change.objects_changed) == ({1}, {3}, False)
    revision = project.revision
    change = project.apply(Edit("nothing"))
    assert (change.object_ids, change.frames, change.objects_changed, project.revision) == (
        set(),
        set(),
        False,
        revision,
    )
