"""When a command can be used, and if not, why: a sentence for its tooltip. Reads the workspace, changes nothing.

Every method named in `ActionSpec.needs` returns "" where the command can be used. All are asked together
after every change, so each costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from app.desk.workspace import Workspace
from widgets.colour_conditions import ColourConditions
from widgets.object_conditions import OPEN_FIRST

SHORT = 36
"""A menu row gets no longer than this many letters of an edit's text."""


class Conditions(ColourConditions):
    """Answers for the open project as it is now. The callables come from the panels that know."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        why_not_run: Callable[[], str],
        has_unsure: Callable[[], bool],
        has_suggestion: Callable[[], bool],
        is_panel_shown: Callable[[str], bool],
    ) -> None:
        super().__init__(workspace)
        self._why_not_run = why_not_run
        self._has_unsure = has_unsure
        self._has_suggestion = has_suggestion
        self.is_panel_shown = is_panel_shown

    # needs

    def inspecting(self) -> str:
        """Require: the Inspect tool is in hand."""
        return self.clip() or ("" if self._workspace.inspection.is_on else "Take the Inspect tool first (Q).")

    def labels(self) -> str:
        """There is at least one label."""
        project = self._workspace.project
        if project is None:
            return OPEN_FIRST
        return "" if any(project.labels_of(object_id) for object_id in project.objects) else "There is no label yet."

    def undo(self) -> str:
        """Require: there is something to undo."""
        return "" if self._workspace.undo_stack.canUndo() else "There is nothing to undo."

    def redo(self) -> str:
        """Require: there is something to redo."""
        return "" if self._workspace.undo_stack.canRedo() else "There is nothing to redo."

    def running(self) -> str:
        """Require: a run goes on, or objects are looked for."""
        is_running = self._workspace.runner.active is not None or self._workspace.proposer.has_to_do
        return "" if is_running else "No run is going on."

    def run(self) -> str:
        """Require: the run panel's settings have something to do."""
        return self.clip() or self._why_not_run()

    def learn(self) -> str:
        """Require: something can be learned on the clip now."""
        return self.clip() or self._workspace.learner.why_not()

    def learned(self) -> str:
        """Require: something was learned on the clip for the weights of the next run."""
        has_any = self._workspace.learner.kept is not None
        return self.clip() or ("" if has_any else "Nothing was learned on this clip for these weights.")

    def unsure(self) -> str:
        """Require: the review list is not empty."""
        below = self._workspace.view.unsure_below
        return self.clip() or ("" if self._has_unsure() else f"No run was less sure of any frame than {below:.2f}.")

    def suggested(self) -> str:
        """Require: an anchor is worth while somewhere."""
        return self.clip() or ("" if self._has_suggestion() else "No object is carried, or every frame is an anchor.")

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

    def is_flow_seen(self, look: str) -> bool:
        """Return whether flow to the other frame is looked at in this way."""
        return bool(self._workspace.view.flow_look == look)

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


def _with_step(verb: str, step: str) -> str:
    shortened = step if len(step) <= SHORT else f"{step[: SHORT - 1]}…"
    return f"{verb} {shortened}".rstrip()
