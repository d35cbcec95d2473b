"""When a command can be used, and if not, why: a sentence for its tooltip. Reads the workspace, changes nothing.

Every method named in `ActionSpec.needs` returns "" where the command can be used. All are asked together
after every change, so each costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from app.project.model import Label, Object, Provenance
from app.workspace import Workspace

OPEN_FIRST = "Open a clip first."
SELECT_FIRST = "Select an object first."
SHORT = 36
"""A menu row gets no longer than this many letters of an edit's text."""


class Conditions:
    """Answers for the open project as it is now. `why_not_run` and `has_unsure` come from the panels that know."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        why_not_run: Callable[[], str],
        has_unsure: Callable[[], bool],
        is_panel_shown: Callable[[str], bool],
    ) -> None:
        self._workspace = workspace
        self._why_not_run = why_not_run
        self._has_unsure = has_unsure
        self.is_panel_shown = is_panel_shown

    @property
    def _object(self) -> Object | None:
        project, object_id = self._workspace.project, self._workspace.view.object_id
        return project.objects.get(object_id) if project is not None and object_id is not None else None

    # needs

    def clip(self) -> str:
        """Require: a clip is open."""
        return "" if self._workspace.clip is not None else OPEN_FIRST

    def moving_clip(self) -> str:
        """Require: the clip has more than one frame."""
        clip = self._workspace.clip
        if clip is None:
            return OPEN_FIRST
        return "" if clip.n_frames > 1 else "A still has only one frame."

    def inspecting(self) -> str:
        """Require: the Inspect tool is in hand."""
        return self.clip() or ("" if self._workspace.inspection.is_on else "Take the Inspect tool first (Q).")

    def object(self) -> str:
        """Require: an object is selected."""
        return self.clip() or ("" if self._object is not None else SELECT_FIRST)

    def editable_object(self) -> str:
        """Require: an object is selected and not locked."""
        found = self._object
        if found is None:
            return self.object()
        return f"{found.name} is locked." if found.is_locked else ""

    def nth_object(self, number: int) -> str:
        """Require: there are at least `number` objects."""
        project = self._workspace.project
        if project is None:
            return OPEN_FIRST
        return "" if len(project.objects) >= number else f"There is no object {number}."

    def label_here(self) -> str:
        """Require: the selected, unlocked object has something on this frame that can be removed."""
        return self.editable_object() or ("" if self._label_here() else "It has no label on this frame.")

    def derived_here(self) -> str:
        """Require: the selected, unlocked object has a derived label or proposal on this frame."""
        if reason := self.editable_object():
            return reason
        shown = self._shown_here()
        if shown is None:
            return "It has no label on this frame."
        return "It is an anchor already." if shown.provenance is Provenance.ANCHOR else ""

    def shown_here(self) -> str:
        """Require: the selected object is to be seen on this frame."""
        return self.object() or ("" if self._shown_here() is not None else "It has no label on this frame.")

    def _label_here(self) -> bool:
        project, found = self._workspace.project, self._object
        if project is None or found is None:
            return False
        frame = self._workspace.view.frame
        return (project.label(found.object_id, frame) or project.proposal(found.object_id, frame)) is not None

    def _shown_here(self) -> Label | None:
        found = self._object
        shown = self._workspace.shown(found.object_id, self._workspace.view.frame) if found is not None else None
        return shown[0] if shown is not None else None

    def labels(self) -> str:
        """There is at least one label."""
        project = self._workspace.project
        if project is None:
            return OPEN_FIRST
        return "" if any(project.labels_of(object_id) for object_id in project.objects) else "There is no label yet."

    def anchors(self) -> str:
        """Require: the selected object has an anchor."""
        project, found = self._workspace.project, self._object
        if project is None or found is None:
            return self.object()
        return "" if project.anchor_frames(found.object_id) else f"{found.name} has no anchor yet."

    def range(self) -> str:
        """Require: frames are selected."""
        return self.clip() or ("" if self._workspace.view.range is not None else "Shift-drag in the timeline first.")

    def editable_range(self) -> str:
        """Require: frames and an unlocked object are selected."""
        return self.editable_object() or self.range()

    def undo(self) -> str:
        """Require: there is something to undo."""
        return "" if self._workspace.undo_stack.canUndo() else "There is nothing to undo."

    def redo(self) -> str:
        """Require: there is something to redo."""
        return "" if self._workspace.undo_stack.canRedo() else "There is nothing to redo."

    def running(self) -> str:
        """Require: a run goes on."""
        return "" if self._workspace.runner.active is not None else "No run is going on."

    def run(self) -> str:
        """Require: the run panel's settings have something to do."""
        return self.clip() or self._why_not_run()

    def unsure(self) -> str:
        """Require: the review list is not empty."""
        below = self._workspace.view.unsure_below
        return self.clip() or ("" if self._has_unsure() else f"No run was less sure of any frame than {below:.2f}.")

    def proposal(self) -> str:
        """Require: a finished run proposes something."""
        project = self._workspace.project
        if project is None:
            return OPEN_FIRST
        if self._workspace.runner.active is not None:
            return "Wait for the run, or cancel it."
        has_any = any(project.proposals_of(object_id) for object_id in project.objects)
        return "" if has_any else "No run proposes anything."

    def proposal_of_object(self) -> str:
        """Require: a finished run proposes something for the selected object."""
        project, found = self._workspace.project, self._object
        if reason := self.proposal() or self.object():
            return reason
        assert project is not None and found is not None
        return "" if project.proposals_of(found.object_id) else f"Nothing is proposed for {found.name}."

    def proposal_here(self) -> str:
        """Require: something is proposed for the selected object on this frame."""
        if reason := self.proposal_of_object():
            return reason
        project, found = self._workspace.project, self._object
        assert project is not None and found is not None
        has_one = project.proposal(found.object_id, self._workspace.view.frame) is not None
        return "" if has_one else f"Nothing is proposed for {found.name} on this frame."

    def proposal_in_range(self) -> str:
        """Require: a finished run proposes something, and frames are selected."""
        return self.proposal() or self.range()

    # shows

    def field(self, name: str) -> bool:
        """Return a field of the view state."""
        return bool(getattr(self._workspace.view, name))

    def is_playing(self) -> bool:
        """Return whether the clip plays."""
        return self._workspace.view.is_playing

    def is_hidden(self) -> bool:
        """Return whether the selected object is hidden."""
        return self._object is not None and self._object.is_hidden

    def is_locked(self) -> bool:
        """Return whether the selected object is locked."""
        return self._object is not None and self._object.is_locked

    def is_tool(self, name: str) -> bool:
        """Return whether `name` is the tool in hand."""
        return self._workspace.view.tool == name

    def is_compared_by(self, way: str) -> bool:
        """Return whether what is proposed is compared by `way` with what was."""
        view = self._workspace.view
        return view.tool == "compare" and view.compare_by == way

    def is_other_pinned(self) -> bool:
        """Return whether the frame to compare with stays."""
        return self._workspace.view.other_mode == "pinned"

    def is_theme(self, name: str) -> bool:
        """Return whether `name` is the chosen theme."""
        return self._workspace.view.theme == name

    # says

    def undo_text(self) -> str:
        """Return "Undo paint car"."""
        return _with_step("Undo", self._workspace.undo_stack.undoText())

    def redo_text(self) -> str:
        """Return "Redo paint car"."""
        return _with_step("Redo", self._workspace.undo_stack.redoText())

    def run_text(self) -> str:
        """Return what running would do now."""
        active = self._workspace.runner.active
        return "Go on with the run" if active is not None and active.is_paused else "Run"

    def nth_object_text(self, number: int) -> str:
        """Return the name of an object by its place."""
        project = self._workspace.project
        names = [found.name for found in project.objects.values()] if project is not None else []
        return names[number - 1] if number <= len(names) else f"Object {number}"


def _with_step(verb: str, step: str) -> str:
    shortened = step if len(step) <= SHORT else f"{step[: SHORT - 1]}…"
    return f"{verb} {shortened}".rstrip()
