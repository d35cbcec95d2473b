"""Reviewing: unsure frames first, a click goes there, and any portion can be accepted or rejected in one step."""

import pytest
from PySide6.QtGui import QAction

from app.project import verbs
from widgets.panels.review import ReviewCommands, ReviewPanel
from widgets.panels.review_list import ReviewList
from widgets.timeline.tracks import Tracks


@pytest.fixture
def entries(workspace):
    return ReviewList(workspace, Tracks(workspace, workspace))


@pytest.fixture
def commands(workspace, entries):
    return ReviewCommands(workspace, entries)


@pytest.fixture
def panel(workspace, entries, commands, qtbot):
    names = [
        f"{verdict}_{portion}" for verdict in ("accept", "reject") for portion in ("frame", "range", "object", "all")
    ]
    names += [f"compare_{way}" for way in ("swipe", "blink", "difference")] + ["next_suggested"]
    actions = {name: QAction(name) for name in names}
    made = ReviewPanel(workspace, entries, commands, actions)
    made.actions_kept = actions
    qtbot.addWidget(made)
    return made


@pytest.fixture
def proposed(workspace, entries, qtbot):
    """Two objects with proposals on all frames but the anchors."""
    ids = []
    for name, frame in (("car", 0), ("tree", 39)):
        ids.append(workspace.add(name))
        workspace.anchor(ids[-1], frame)
    workspace.run(qtbot)
    entries.rank()
    return ids


def proposals(workspace, object_id):
    return set(workspace.project.proposals_of(object_id))


def test_the_list_is_empty_before_a_run_and_says_so(panel, commands):
    assert not commands.has_unsure()
    assert panel.heading.text() == "What a run proposes is reviewed here."


def test_least_sure_frames_come_first_and_the_heading_counts(panel, entries, proposed):
    confidences = [entry[2] for entry in entries.entries]
    assert confidences == sorted(confidences) and len(confidences) > 5
    assert panel.heading.text() == "78 labels proposed for 2 objects. Least sure first:"
    assert "less than 5 apart" in panel.heading.toolTip()


def test_a_click_goes_to_the_frame_and_selects_its_object(panel, entries, workspace, proposed):
    panel.table.clicked.emit(entries.index(3, 0))
    assert (workspace.view.object_id, workspace.view.frame) == entries.entries[3][:2]
    assert panel.table.currentIndex().row() == 3


def test_the_key_goes_down_the_list_and_starts_at_its_top(entries, commands, workspace, proposed):
    workspace.request_frame(39)
    workspace.view.object_id = proposed[1]
    for row in (0, 1, 2):
        commands.next_unsure()
        assert (workspace.view.object_id, workspace.view.frame) == entries.entries[row][:2]
    commands.previous_unsure()
    assert entries.row_here() == 1
    workspace.view.object_id = None
    commands.next_unsure()
    assert entries.row_here() == 0


@pytest.mark.parametrize("portion", ["frame", "range", "object", "all"])
def test_portions_are_accepted_as_one_step_and_undone_as_one(portion, commands, workspace, proposed):
    car, tree = proposed
    before = proposals(workspace, car), proposals(workspace, tree)
    workspace.view.object_id, workspace.view.range = car, (5, 8)
    workspace.request_frame(6)
    steps = workspace.undo_stack.index()
    commands.accept(portion)
    gone = {
        "frame": ({6}, set()),
        "range": ({5, 6, 7, 8}, {5, 6, 7, 8}),
        "object": (before[0], set()),
        "all": before,
    }[portion]
    for object_id, was, accepted in zip((car, tree), before, gone, strict=True):
        assert proposals(workspace, object_id) == was - accepted
        assert set(workspace.project.labels_of(object_id)) >= accepted
    assert workspace.undo_stack.index() == steps + 1
    workspace.undo_stack.undo()
    assert (proposals(workspace, car), proposals(workspace, tree)) == before


def test_rejecting_drops_proposals_and_touches_no_label(commands, workspace, proposed):
    car, _ = proposed
    labels = dict(workspace.project.labels_of(car))
    workspace.view.object_id = car
    commands.reject("object")
    assert proposals(workspace, car) == set()
    assert dict(workspace.project.labels_of(car)) == labels


def test_once_all_is_accepted_the_unsure_labels_themselves_are_listed(panel, entries, commands, proposed):
    commands.accept("all")
    entries.rank()
    assert not entries.is_about_proposals and entries.entries
    assert panel.heading.text().startswith("Nothing proposed.")


def test_ranking_waits_until_changes_pause(workspace, entries, qtbot):
    workspace.anchor(workspace.add("car"), 0)
    with qtbot.waitSignal(entries.modelReset):
        workspace.run(qtbot)
    qtbot.waitUntil(lambda: bool(entries.entries))


def test_a_lower_threshold_lists_fewer_frames_and_says_when_there_are_none(panel, entries, workspace, proposed, qtbot):
    n_listed = len(entries.entries)
    panel.unsure_box.setValue(0.3)
    assert workspace.view.unsure_below == 0.3
    qtbot.waitUntil(lambda: len(entries.entries) < n_listed)
    assert entries.entries and all(confidence < 0.3 for _, _, confidence in entries.entries)
    workspace.view.unsure_below = 0.0
    qtbot.waitUntil(lambda: not entries.entries)
    assert panel.unsure_box.value() == 0.0
    assert panel.heading.text() == "78 labels proposed for 2 objects, none of them unsure."


def test_comparing_takes_the_tool_and_blinking_again_shows_the_other_one(commands, workspace):
    commands.compare("difference")
    assert (workspace.view.tool, workspace.view.compare_by) == ("compare", "difference")
    commands.compare("blink")
    was = workspace.view.shows_before
    commands.compare("blink")
    assert (workspace.view.compare_by, workspace.view.shows_before) == ("blink", not was)


def test_accepting_what_is_stale_says_how_much_of_it(commands, workspace, proposed):
    car, _ = proposed
    workspace.anchor(car, 30, left=9)
    commands.accept("all")
    assert workspace.sayings[-1].startswith("Accepted labels that are stale")
    assert ": 38 of 77. Run again (R)" in workspace.sayings[-1]


def test_accepting_what_is_fresh_says_nothing(commands, workspace, proposed):
    commands.accept("all")
    assert workspace.sayings == []


def test_rejecting_a_second_run_brings_the_first_ones_proposals_back_and_says_so(commands, workspace, proposed, qtbot):
    car, _ = proposed
    first = dict(workspace.project.proposals_of(car))
    workspace.run(qtbot, scope="all")
    assert dict(workspace.project.proposals_of(car)) != first
    workspace.view.object_id = car
    commands.reject("object")
    assert dict(workspace.project.proposals_of(car)) == first
    assert "reject again" in workspace.sayings[-1]
    workspace.undo_stack.undo()
    commands.accept("object")
    assert not workspace.project.proposals_of(car)


def suggested(entries):
    return [found.frame for _, found in entries.suggestions]


def test_where_an_anchor_is_worth_most_is_said_with_the_reason(panel, entries, workspace, proposed):
    frame = suggested(entries)[0]
    assert 10 < frame < 30, "one object's anchor is on the first frame, the other's on the last"
    assert panel.suggested.text() == f"Label frame {frame}" and not panel.suggested.isHidden()
    name = workspace.project.objects[entries.suggestions[0][0]].name
    assert panel.why.text() == f"mends {name} most"
    assert len(panel.why.toolTip().splitlines()) == 5 and "is unsure on" in panel.why.toolTip()


def test_enough_is_said_where_little_is_to_be_won(panel, entries, commands, workspace, proposed, qtbot):
    for object_id in proposed:
        for frame in range(0, 40, 2):
            workspace.anchor(object_id, frame)
    workspace.run(qtbot)
    entries.rank()
    assert panel.why.text() == "enough is labelled"
    assert panel.why.toolTip().splitlines()[0].startswith("Enough is labelled")
    commands.next_suggested()
    assert workspace.sayings[-1].startswith("Enough is labelled")


def test_reasons_call_unsure_what_the_person_does(entries, workspace, proposed, qtbot):
    assert "is unsure on" in entries.suggestions[0][1].reason
    workspace.view.unsure_below = 0.0
    qtbot.waitUntil(lambda: not entries.entries)
    assert all("is sure on all" in found.reason for _, found in entries.suggestions)


def test_the_key_for_suggestions_goes_from_the_best_to_the_next(entries, commands, workspace, proposed):
    for object_id, found in (*entries.suggestions, entries.suggestions[0]):
        commands.next_suggested()
        assert (workspace.view.object_id, workspace.view.frame) == (object_id, found.frame)
        assert workspace.sayings[-1] == f"Label frame {found.frame}: {found.reason}."


def test_the_whole_ranking_is_listed_with_reasons_and_leads_to_each_frame(panel, entries, workspace, proposed):
    menu = panel.ranking.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == [
        f"Frame {found.frame}: {found.reason}" for _, found in entries.suggestions
    ]
    object_id, last = entries.suggestions[-1]
    menu.actions()[-1].trigger()
    assert (workspace.view.object_id, workspace.view.frame) == (object_id, last.frame)
    assert workspace.sayings[-1] == f"Label frame {last.frame}: {last.reason}."


def test_suggestions_follow_edits_and_runs(entries, workspace, proposed, qtbot):
    before = suggested(entries)
    for object_id in proposed:
        workspace.anchor(object_id, before[0])
    qtbot.waitUntil(lambda: before[0] not in suggested(entries))
    edited = suggested(entries)
    workspace.run(qtbot)
    entries.rank()
    assert suggested(entries) and before[0] not in suggested(entries)
    assert {*edited, *suggested(entries)} <= set(range(40))


def test_what_is_hidden_locked_or_not_begun_is_not_suggested(panel, entries, commands, workspace, proposed):
    for object_id in proposed:
        workspace.do(verbs.set_locked(workspace.project, object_id, True))
    workspace.add("begun with nothing")
    entries.rank()
    assert not commands.has_suggestion() and panel.suggested.isHidden() and panel.why.isHidden()
    commands.next_suggested()
    assert workspace.view.frame == 0
