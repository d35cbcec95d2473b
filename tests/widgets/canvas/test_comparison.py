"""What is proposed beside what was: by the mouse and by waiting, and it changes nothing but what is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from PySide6.QtGui import QColor

from app.desk.seen_labels import ShownMask
from app.project.edits import Edit, Swap
from app.project.model import Label, Object, Provenance
from engines.labels.rle import RleMask
from tests.gestures import click, drag, move, press, release
from tests.widgets.canvas.pretend import HEIGHT, WIDTH
from widgets.canvas.comparison import ADDED_RGB, REMOVED_RGB, differences

MASKS = arrays(bool, (6, 9))


def shown(mask, object_id=1):
    label = Label(Provenance.DERIVED, 1)
    return ShownMask(Object(object_id, "car", (255, 0, 0)), label, RleMask.encode(mask), False, False)


@settings(deadline=None)
@given(MASKS, MASKS)
def test_what_was_less_what_is_removed_and_with_what_is_added_is_what_is_proposed(before, proposed):
    found = differences([shown(before)], [shown(proposed)])
    assert bool(found) == bool((before != proposed).any())
    for each in found:
        assert (each.added.decode() == (proposed & ~before)).all()
        assert (each.removed.decode() == (before & ~proposed)).all()


def test_an_object_that_was_not_seen_is_added_whole():
    (found,) = differences([shown(np.ones((6, 9), bool), 2)], [shown(np.ones((6, 9), bool))])
    assert (found.object.object_id, found.added.area, found.removed.area) == (1, 54, 0)


def band(top, bottom):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, 20:140] = True
    return mask


KEPT, ADDED, REMOVED, NEITHER = 55, 75, 35, 10
"""Rows of the picture by what the proposal does to them."""


@pytest.fixture
def compared(canvas, workspace):
    """A canvas with the Compare tool; an accepted band of rows 30 to 60, and one of rows 50 to 90 proposed."""
    object_id = workspace.view.object_id
    was, proposed = (
        Label(Provenance.DERIVED, workspace.project.add_mask(RleMask.encode(mask)), confidence=0.5)
        for mask in (band(30, 60), band(50, 90))
    )
    edit = Edit("run", labels={(object_id, 0): Swap(None, was)}, proposals={(object_id, 0): Swap(None, proposed)})
    workspace.do(edit)
    workspace.view.opacity, workspace.view.outline = 1.0, False
    workspace.view.tool = "compare"
    return canvas


def tinted(canvas, x, rows=(REMOVED, ADDED)):
    """Return for each row whether the picture is covered around `x`, if only by stripes."""
    grabbed, span = canvas.grab().toImage(), range(x - 4, x + 5)
    return tuple(
        bool((np.abs(row_of(grabbed, canvas, row, span) - canvas.image[row, list(span)]) > 30).any()) for row in rows
    )


def row_of(grabbed, canvas, row, span):
    """Return the colours that are seen on pixels of the picture, int (n, 3)."""
    places = [canvas.image_to_view(x, row).toPoint() for x in span]
    return np.array([QColor(grabbed.pixel(place)).getRgb()[:3] for place in places])


def test_left_of_the_line_is_what_was_and_right_of_it_what_is_proposed(compared):
    assert tinted(compared, 60) == (True, False)
    assert tinted(compared, 100) == (False, True)


def test_the_line_is_dragged_by_the_mouse(compared, workspace):
    drag(compared, [(80, 20), (95, 20), (119.5, 20)])
    assert workspace.view.swipe_at == pytest.approx(0.75)
    assert tinted(compared, 100) == (True, False)
    assert tinted(compared, 130) == (False, True)
    press(compared, 40, 20)
    assert tinted(compared, 60) == (False, True), "the line comes to where the button goes down"
    move(compared, -30, 20)
    release(compared, -30, 20)
    assert workspace.view.swipe_at == 0, "it stays on the picture"
    assert tinted(compared, 30) == (False, True)


def test_the_line_stays_on_the_same_pixels_of_the_picture(compared):
    compared.look_at(7.0, 80, 60)
    assert tinted(compared, 70, (35, 75)) == (True, False)
    assert tinted(compared, 90, (35, 75)) == (False, True)


def test_blinking_shows_one_after_the_other_and_a_click_alternates(compared, workspace, qtbot):
    workspace.view.compare_by = "blink"
    compared.layers.comparison.timer.stop()  # on a slow machine it would come in between
    looks = [tinted(compared, 60)]
    click(compared, 60, 20)
    looks.append(tinted(compared, 60))
    click(compared, 60, 20)
    looks.append(tinted(compared, 60))
    assert looks == [(True, False), (False, True), (True, False)]
    compared.layers.comparison.timer.start(1)
    with qtbot.waitSignal(workspace.view.changed):
        pass
    workspace.view.compare_by = "swipe"
    assert not compared.layers.comparison.timer.isActive() and not workspace.view.shows_before


def test_the_difference_has_colours_of_its_own_and_is_counted(compared, workspace):
    workspace.view.compare_by = "difference"
    compared.layers.comparison.changed_pixels.opacity = 1.0
    grabbed = compared.grab().toImage()
    seen = {row: row_of(grabbed, compared, row, range(30, 130)) for row in (KEPT, ADDED, REMOVED, NEITHER)}
    assert (np.abs(seen[ADDED] - ADDED_RGB).max(axis=1) < 12).all()
    is_orange = np.abs(seen[REMOVED] - REMOVED_RGB).max(axis=1) < 12
    assert is_orange.any() and not is_orange.all(), "removed pixels are striped"
    for row in (KEPT, NEITHER):
        assert (np.abs(seen[row] - compared.image[row, 30:130]).max(axis=1) < 12).all()
    (found,) = compared.layers.comparison.differences
    assert (found.added.area, found.removed.area) == (30 * 120, 20 * 120)


def test_the_difference_is_pushed_by_dragging(compared, workspace):
    workspace.view.compare_by = "difference"
    before = compared.image_to_view(10, 10)
    drag(compared, [(10, 10), (30, 20)])
    assert compared.image_to_view(10, 10) != before


def test_comparing_changes_nothing_and_another_tool_ends_it(compared, workspace):
    n_steps, proposal = workspace.undo_stack.count(), workspace.project.proposal(1, 0)
    drag(compared, [(80, 20), (20, 20)])
    workspace.view.compare_by = "blink"
    click(compared, 60, 20)
    workspace.view.tool = "brush"
    assert (workspace.undo_stack.count(), workspace.project.proposal(1, 0)) == (n_steps, proposal)
    assert not compared.layers.comparison.timer.isActive()
    assert tinted(compared, 30) == tinted(compared, 130) == (False, True)


def test_hidden_proposals_are_compared_all_the_same(compared, workspace):
    workspace.view.show_proposals = False
    assert tinted(compared, 100) == (False, True)
    workspace.view.tool = "brush"
    assert tinted(compared, 100) == (True, False)


def test_accepting_ends_the_difference_and_undo_brings_it_back(compared, workspace):
    workspace.accept()
    assert not compared.layers.comparison.differences
    assert tinted(compared, 60) == tinted(compared, 100) == (False, True)
    workspace.undo_stack.undo()
    assert tinted(compared, 60) == (True, False)
    workspace.reject()
    assert tinted(compared, 60) == tinted(compared, 100) == (True, False)


def test_what_changes_on_other_frames_paints_nothing_again(compared, workspace):
    assert not compared.layers.comparison.read(0)
    workspace.accept()
    workspace.undo_stack.undo()
    assert not compared.layers.comparison.read(0), "the canvas has read it already"
    assert compared.layers.comparison.read(1)


def test_a_clip_that_is_closed_leaves_nothing_to_compare(compared, workspace):
    clip, workspace.clip = workspace.clip, None
    workspace.clip_changed.emit()
    assert not compared.layers.comparison.differences and not compared.layers.comparison.before.shown
    workspace.clip = clip
