"""Colour in the window: drafts are edits, the newest picture is seen, samples come one by one."""

import numpy as np
import pytest

from app.errors import UserError
from app.project import paint_verbs, verbs
from app.project.colour_draft import ColourAnswer, ColourDraft
from app.project.model import Kind, Provenance
from engines.labels.painting import Painting
from engines.labels.rle import RleMask
from tests.app.colours import PretendColourer


@pytest.fixture
def colouring(workspace):
    made = workspace.colouring
    made.made = []

    def make(clip):
        made.made.append(PretendColourer(clip))
        return made.made[-1]

    made.make_colourer = make
    workspace.clip_changed.emit()
    workspace.deliver()
    return made


def take_tool(workspace, qtbot):
    workspace.view.tool = "colour"
    qtbot.waitUntil(lambda: not workspace.colouring.is_late)


def told(workspace, frame=0):
    picture = workspace.colouring.picture(frame)
    return None if picture is None else tuple(int(value) for value in picture[0, 0])


def test_with_the_tool_in_hand_a_frame_is_seen_in_colour(workspace, colouring, qtbot):
    assert told(workspace) is None
    take_tool(workspace, qtbot)
    assert told(workspace) == (0, 1, 0)
    workspace.view.tool = "brush"
    assert told(workspace) is None


def test_each_change_of_hints_is_a_step_and_makes_another_picture(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    hand = colouring.hand
    hand.add([(3, 4)], 1)
    hand.add([(5, 4), (9, 4)], 5)
    qtbot.waitUntil(lambda: told(workspace) == (2, 1, 0))
    hand.move(0, [(7, 8)])
    hand.take((50, 11, 12))
    assert hand.hints[0].points == ((7, 8),) and hand.hints[0].chroma == (11, 12)
    hand.set_reach(0.7)
    assert hand.hint.reach == workspace.view.colour_reach == 0.7
    hand.delete()
    assert len(hand.hints) == 1
    for _ in range(6):
        workspace.undo_stack.undo()
    assert hand.hints == () and workspace.project.colour_drafts == {}
    qtbot.waitUntil(lambda: told(workspace) == (0, 1, 0))
    workspace.undo_stack.redo()
    assert len(hand.hints) == 1


def test_a_colour_in_hand_changes_no_hint_while_none_is_selected(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    hand = colouring.hand
    hand.add([(3, 4)], 1)
    before = hand.hints
    hand.select(None)
    hand.take((50, 1, 2))
    assert hand.hints == before and hand.colour == (50, 1, 2)
    hand.select(0)
    assert hand.colour[1:] == before[0].chroma


def test_hints_belong_to_their_frame(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    colouring.hand.add([(3, 4)], 1)
    workspace.view.frame = 2
    qtbot.waitUntil(lambda: told(workspace, 2) == (0, 1, 0))
    assert colouring.hand.hints == () and colouring.hand.selected is None
    workspace.view.frame = 0
    qtbot.waitUntil(lambda: told(workspace) == (1, 1, 0))


def test_hints_within_an_object_go_with_its_mask(workspace, colouring, qtbot):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 0)
    take_tool(workspace, qtbot)
    workspace.view.colour_inside = True
    colouring.hand.add([(8, 8)], 1)
    assert colouring.hand.hints[0].object_id == object_id
    qtbot.waitUntil(lambda: told(workspace) == (1, 1, 0))
    assert set(colouring.made[-1].requests[-1].regions) == {object_id}
    n_before = len(colouring.made[-1].requests)
    workspace.anchor(object_id, 0, left=10)  # another mask is another picture
    qtbot.waitUntil(lambda: len(colouring.made[-1].requests) > n_before)


def test_samples_come_one_after_the_other_and_one_is_chosen(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    workspace.view.colour_samples = 3
    colouring.draw()
    assert colouring.is_sampling
    qtbot.waitUntil(lambda: not colouring.is_sampling)
    assert [drawn.answer.kind for drawn in colouring.samples] == ["network", "sample", "sample", "sample"]
    colouring.hand.use(colouring.samples[2].answer)
    qtbot.waitUntil(lambda: told(workspace) == (0, 2, 0))
    mask = np.zeros((48, 64), bool)
    mask[:9] = True
    colouring.hand.mix(colouring.samples[3].answer, RleMask.encode(mask))
    qtbot.waitUntil(lambda: told(workspace) == (0, 2, 1))
    colouring.hand.start_anew()
    assert workspace.project.colour_drafts == {}


def test_an_urgent_question_does_not_lose_the_samples(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    workspace.view.colour_samples = 8
    colouring.draw()
    for number in range(5):
        colouring.hand.add([(number, 4)], 1)
    qtbot.waitUntil(lambda: not colouring.is_sampling and told(workspace) == (5, 1, 0))
    assert [drawn.answer.number for drawn in colouring.samples if drawn.answer.kind == "sample"] == list(range(8))


def test_where_to_mix_is_what_was_painted_else_the_selected_object(workspace, colouring, qtbot):
    assert colouring.region() is None
    object_id = workspace.add("car")
    workspace.anchor(object_id, 0)
    mask = colouring.region()
    assert mask is not None and mask.area == 320
    painted = np.zeros((48, 64), bool)
    painted[:2] = True
    colouring.hand.paint_region(RleMask.encode(painted))
    assert colouring.region().area == 128
    workspace.view.frame = 1
    assert colouring.hand.region is None


def test_likely_colours_and_classes_are_those_of_the_frame(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    colouring.look_for_likely(3, 4)
    workspace.view.show_classes = True
    qtbot.waitUntil(lambda: colouring.likely is not None and colouring.class_map is not None)
    assert colouring.likely.colours[0][3] == 0.6
    workspace.view.frame = 1
    assert colouring.likely is None
    qtbot.waitUntil(lambda: colouring.class_map.frame == 1)


def test_a_kept_frame_is_an_anchor_and_seen_without_the_tool(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    colouring.hand.add([(3, 4)], 1)
    n_steps = workspace.undo_stack.count()
    colouring.keep()
    qtbot.waitUntil(lambda: bool(workspace.project.objects))
    (found,) = workspace.project.objects.values()
    assert found.kind is Kind.COLOUR and workspace.undo_stack.count() == n_steps + 1
    label = workspace.project.label(found.object_id, 0)
    assert label.provenance is Provenance.ANCHOR
    assert workspace.project.painting(label.mask_id).decode()[0, 0].tolist() == [1, 1, 0, 255]
    workspace.view.tool = "select"
    qtbot.waitUntil(lambda: told(workspace) == (0, 200, 0))
    workspace.do(verbs.set_hidden(workspace.project, found.object_id, True))
    assert told(workspace) is None
    workspace.undo_stack.undo()
    colouring.keep()
    qtbot.waitUntil(lambda: not colouring._lane.is_busy)
    assert len(workspace.project.objects) == 1
    workspace.undo_stack.undo()
    assert workspace.project.objects == {}


def test_a_frame_that_has_colours_is_where_hints_begin(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    colouring.keep()
    qtbot.waitUntil(lambda: bool(workspace.project.objects))
    assert colouring.hand.draft(0) == ColourDraft(ColourAnswer("label"))
    qtbot.waitUntil(lambda: told(workspace) == (0, 200, 0))
    colouring.hand.add([(3, 4)], 1)
    assert colouring.hand.draft(0).answer.kind == "label"


def test_what_cannot_be_done_is_said_until_it_can(workspace, colouring, qtbot, monkeypatch):
    def fail(self, request):
        raise UserError("There is no picture x.png", "check the name")
        yield

    monkeypatch.setattr(PretendColourer, "look", fail)
    take_tool(workspace, qtbot)
    qtbot.waitUntil(lambda: "no picture x.png" in colouring.why_not)
    monkeypatch.undo()
    colouring.hand.add([(3, 4)], 1)
    qtbot.waitUntil(lambda: told(workspace) == (1, 1, 0))
    assert colouring.why_not == ""


def test_a_missing_network_is_known(workspace, colouring, qtbot):
    colouring.make_colourer = lambda clip: PretendColourer(clip, why_no_network="There are no weights.")
    take_tool(workspace, qtbot)
    assert colouring.why_no_network == "There are no weights."


def test_another_clip_lets_go_of_everything(workspace, colouring, qtbot):
    take_tool(workspace, qtbot)
    made = colouring.made[-1]
    workspace.close()
    qtbot.waitUntil(lambda: made.is_closed)
    assert colouring.samples == [] and colouring.picture(0) is None


@pytest.fixture
def coloured_clip(workspace, colouring):
    """Three frames that are anchors of colour, seen without the tool."""
    workspace.view.tool = "select"
    object_id = workspace.add_object(kind=Kind.COLOUR)
    rgba = np.full((48, 64, 4), 255, np.uint8)
    for frame in range(3):
        workspace.do(paint_verbs.paint_picture(workspace.project, object_id, frame, Painting.encode(rgba)))
    return colouring


def test_the_frame_that_comes_next_is_coloured_ahead(workspace, coloured_clip, qtbot):
    qtbot.waitUntil(lambda: told(workspace) is not None and not coloured_clip._lane.is_busy)
    made = coloured_clip.made[-1]
    assert [request.frame for request in made.requests[-2:]] == [0, 1] or made.requests[-1].frame == 1
    n_made = len(made.requests)
    workspace.view.frame = 1
    assert told(workspace, 1) == (0, 200, 0)
    qtbot.waitUntil(lambda: not coloured_clip._lane.is_busy)
    assert [request.frame for request in made.requests[n_made:]] == [2]


def test_while_the_clip_plays_frames_are_made_quickly_and_the_last_one_stays(workspace, coloured_clip, qtbot):
    qtbot.waitUntil(lambda: told(workspace) is not None and not coloured_clip._lane.is_busy)
    made = coloured_clip.made[-1]
    workspace.view.is_playing = True
    workspace.view.frame = 2
    assert told(workspace, 2) is not None  # that of the frame before, until its own comes
    qtbot.waitUntil(lambda: not coloured_clip._lane.is_busy)
    assert made.requests[-1].frame == 2 and made.requests[-1].is_quick
    workspace.view.is_playing = False
    qtbot.waitUntil(lambda: not made.requests[-1].is_quick)
    qtbot.waitUntil(lambda: coloured_clip.pictures.at(2).is_final)
