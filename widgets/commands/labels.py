"""Commands on the selected object's labels. Each is one edit of the workspace."""

from __future__ import annotations

from app.desk.workspace import Workspace
from app.project import verbs
from app.project.model import ABSENT, Kind, Provenance
from engines.labels.presence import Presence


class LabelCommands:
    """Targets of the Edit menu; the action table sees to it that there is an unlocked object. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def confirm(self) -> None:
        """Make an anchor of what is shown on this frame."""
        project, view = self._workspace.project, self._workspace.view
        if project is not None and view.object_id in project.objects:
            self._workspace.do(verbs.confirm(project, (view.object_id,), (view.frame,)))

    def set_presence(self, presence: str) -> None:
        """Say where the object is on this frame, which makes an anchor; a painted mask that goes with it is told."""
        project, view, said = self._workspace.project, self._workspace.view, Presence(presence)
        if project is None or view.object_id not in project.objects:
            return
        name, before = project.objects[view.object_id].name, project.label(view.object_id, view.frame)
        try:
            self._workspace.do(verbs.set_presence(project, view.object_id, view.frame, said))
        except ValueError as error:  # a run may have called an empty mask uncertain
            is_points = project.objects[view.object_id].kind is Kind.POINTS
            self._workspace.say(f"{error}; {'place them' if is_points else 'paint it'} first.")
            return
        was_painted = before is not None and before.provenance is Provenance.ANCHOR and before.presence not in ABSENT
        if said in ABSENT and was_painted:
            kind = project.objects[view.object_id].kind
            what = "joints are" if kind is Kind.POINTS else f"{verbs.CONTENT_WORDS.get(kind, 'mask')} is"
            words = f"{name} is marked as {said.words} on frame {view.frame}, and its anchor's {what} gone"
            self._workspace.say(f"{words}; Ctrl+Z brings it back.")

    def clear(self) -> None:
        """Remove the label on this frame."""
        project, view = self._workspace.project, self._workspace.view
        if project is not None and view.object_id in project.objects:
            self._workspace.do(verbs.clear_label(project, view.object_id, view.frame))

    def clear_range(self) -> None:
        """Remove the labels on the selected frames."""
        project, view = self._workspace.project, self._workspace.view
        if project is not None and view.object_id in project.objects and view.range is not None:
            frames = range(view.range[0], view.range[1] + 1)
            self._workspace.do(verbs.clear_labels(project, (view.object_id,), frames))
