"""Commands on objects. Each change is one edit of the workspace."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QColor

from app.desk.workspace import Workspace
from app.project import identity, verbs
from app.project.model import Kind, Object
from engines.labels.parts import connected_parts
from widgets.dialogs.ask import Ask


class ObjectCommands:
    """Targets of the Object menu; an object id of None means the selected object. GUI thread only."""

    def __init__(self, workspace: Workspace, ask: Ask) -> None:
        self._workspace = workspace
        self._ask = ask

    def _found(self, object_id: int | None) -> Object | None:
        project = self._workspace.project
        wanted = self._workspace.view.object_id if object_id is None else object_id
        return project.objects.get(wanted) if project is not None and wanted is not None else None

    @property
    def _ids(self) -> list[int]:
        project = self._workspace.project
        return list(project.objects) if project is not None else []

    def add(self) -> None:
        """Add an object and select it: one of points or a texture where such a one is selected, with its skeleton."""
        found = self._found(None)
        is_texture = found is not None and found.kind is Kind.TEXTURE
        kind = Kind.TEXTURE if is_texture else Kind.MASK
        self._workspace.add_object(None if found is None else found.skeleton, kind)

    def select(self, number: int) -> None:
        """Select the object in place `number` of the list, counted from 1."""
        self._workspace.view.object_id = self._ids[number - 1]

    def select_by(self, step: int) -> None:
        """Select the object `step` rows further down, stopping at the ends."""
        ids = self._ids
        if not ids:
            return
        selected = self._workspace.view.object_id
        place = ids.index(selected) + step if selected in ids else 0
        self._workspace.view.object_id = ids[min(len(ids) - 1, max(0, place))]

    def move(self, step: int) -> None:
        """Move the selected object `step` rows further down the list."""
        project, found = self._workspace.project, self._found(None)
        if project is not None and found is not None:
            place = min(len(self._ids) - 1, max(0, self._ids.index(found.object_id) + step))
            self._workspace.do(verbs.move_object(project, found.object_id, place))

    def toggle_hidden(self, object_id: int | None = None) -> None:
        """Hide an object, or show it again."""
        project, found = self._workspace.project, self._found(object_id)
        if project is not None and found is not None:
            self._workspace.do(verbs.set_hidden(project, found.object_id, not found.is_hidden))

    def toggle_locked(self, object_id: int | None = None) -> None:
        """Lock an object, or unlock it."""
        project, found = self._workspace.project, self._found(object_id)
        if project is not None and found is not None:
            self._workspace.do(verbs.set_locked(project, found.object_id, not found.is_locked))

    def recolour(self, object_id: int | None = None) -> None:
        """Ask for another colour."""
        found = self._found(object_id)
        if found is not None:
            then = partial(self._recolour, found.object_id)
            self._ask.colour(QColor(*found.colour), f"Colour of {found.name}", then)

    def _recolour(self, object_id: int, colour: QColor) -> None:
        project = self._workspace.project
        if project is not None and object_id in project.objects:  # it may be gone by the time of the answer
            rgb = (colour.red(), colour.green(), colour.blue())
            self._workspace.do(verbs.recolour_object(project, object_id, rgb))

    def paint_void(self) -> None:
        """Select the void, adding it where there is none, and take the brush."""
        project, view = self._workspace.project, self._workspace.view
        if project is None:
            return
        void = next((found for found in project.objects.values() if found.kind is Kind.VOID), None)
        if void is None:
            edit = verbs.add_void(project)
            self._workspace.do(edit)
            view.object_id = next(iter(edit.objects))
        else:
            view.object_id = void.object_id
        view.tool = "brush"

    # whose labels are whose

    def toggle_mark(self, object_id: int | None = None) -> None:
        """Mark an object, to be swapped or merged with the selected one, or take its mark away."""
        found = self._found(object_id)
        if found is not None:
            self._workspace.toggle_mark(found.object_id)

    def swap(self) -> None:
        """Swap the selected object and the marked one from this frame on."""
        clip, view = self._workspace.clip, self._workspace.view
        if clip is not None:
            self._swap(range(view.frame, clip.n_frames))

    def swap_in_range(self) -> None:
        """Swap the selected object and the marked one on the selected frames."""
        chosen = self._workspace.view.range
        if chosen is not None:
            self._swap(range(chosen[0], chosen[1] + 1))

    def _swap(self, frames: range) -> None:
        project, found, marked = self._workspace.project, self._found(None), self._workspace.marked_ids
        if project is None or found is None or len(marked) != 1:
            return
        other = project.objects[marked[0]]
        edit = identity.swap_objects(project, found.object_id, other.object_id, frames)
        if not edit:
            self._workspace.say(f"Neither {found.name} nor {other.name} has a label on these frames.")
            return
        self._workspace.do(edit)
        self._workspace.view.marked = ()
        self._workspace.say(
            f"Swapped {found.name} and {other.name} on frames {frames[0]} to {frames[-1]}. What is hatched is stale."
        )

    def merge(self) -> None:
        """Merge the marked objects into the selected one."""
        found, marked = self._found(None), self._workspace.marked_ids
        if found is not None and marked:
            self._workspace.regrouper.start(lambda project: identity.merge_objects(project, found.object_id, marked))

    def split_parts(self) -> None:
        """Give all but the largest of the parts that the object has on this frame to a new object, from here on."""
        project, found, frame = self._workspace.project, self._found(None), self._workspace.view.frame
        shown = self._workspace.shown(found.object_id, frame) if found is not None else None
        if project is None or found is None or shown is None:
            return
        whole = project.mask(shown[0].mask_id)
        parts = connected_parts(whole)
        if len(parts) < 2:
            self._workspace.say(f"{found.name} is in one piece on this frame; cut it with the Split tool (S).")
            return
        rest = whole.minus(parts[0])
        self._workspace.regrouper.start(lambda project: identity.split_object(project, found.object_id, frame, rest))

    def delete(self) -> None:
        """Delete the selected object with all its labels and select its neighbour."""
        project, found = self._workspace.project, self._found(None)
        if project is None or found is None:
            return
        place = self._ids.index(found.object_id)
        self._workspace.do(verbs.delete_object(project, found.object_id))
        left = self._ids
        self._workspace.view.object_id = left[min(place, len(left) - 1)] if left else None
        self._workspace.say(f"Deleted {found.name}. Undo brings it back with all its labels.")
