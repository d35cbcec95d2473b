"""When a command on objects and their labels can be used, and if not, why: the part of `Conditions` about them."""

from __future__ import annotations

from collections.abc import Sequence

from app.desk.workspace import Workspace
from app.project.model import ABSENT, Kind, Label, Object, Provenance
from app.project.verbs import CARRIED_KINDS, CONTENT_WORDS

OPEN_FIRST = "Open a clip first."
SELECT_FIRST = "Select an object first."
MARK_FIRST = "Mark another object first: Ctrl+click it in the list or, with the Select tool, on the picture."


_MISSING = {
    Kind.MASK: "mask on this frame; paint it",
    Kind.POINTS: "joints on this frame; place them",
    Kind.TEXTURE: "paint on this frame; paint it",
    Kind.COLOUR: "colour on this frame; colour it",
}


class ObjectConditions:
    """Answers about the selected object, those marked, and the labels on the frame in view. Changes nothing."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def _object(self) -> Object | None:
        project, object_id = self._workspace.project, self._workspace.view.object_id
        return project.objects.get(object_id) if project is not None and object_id is not None else None

    def clip(self) -> str:
        """Require: a clip is open."""
        return "" if self._workspace.clip is not None else OPEN_FIRST

    def moving_clip(self) -> str:
        """Require: the clip has more than one frame."""
        clip = self._workspace.clip
        if clip is None:
            return OPEN_FIRST
        return "" if clip.n_frames > 1 else "A still has only one frame."

    def object(self) -> str:
        """Require: an object is selected."""
        return self.clip() or ("" if self._object is not None else SELECT_FIRST)

    def editable_object(self) -> str:
        """Require: an object is selected and not locked."""
        found = self._object
        if found is None:
            return self.object()
        return f"{found.name} is locked." if found.is_locked else ""

    def thing(self) -> str:
        """Require: an unlocked object is selected that is a thing in the clip, labelled with masks or points."""
        if reason := self.editable_object():
            return reason
        found = self._object
        is_thing = found is not None and found.kind in CARRIED_KINDS
        return "" if found is None or is_thing else f"{found.name} is no object of the clip."

    def thing_here(self) -> str:
        """Require: of the selected, unlocked object something is seen on this frame."""
        if reason := self.thing():
            return reason
        shown = self._shown_here()
        if shown is not None and shown.presence not in ABSENT:
            return ""
        what = _MISSING[Kind.MASK if self._object is None else self._object.kind]
        return f"It has no {what}."

    def points_object(self) -> str:
        """Require: an object of points is selected."""
        if reason := self.object():
            return reason
        found = self._object
        is_points = found is not None and found.kind is Kind.POINTS
        return "" if found is None or is_points else f"{found.name} has no joints; add an object of points (Shift+N)."

    def texture_object(self) -> str:
        """Require: an unlocked texture is selected."""
        if reason := self.editable_object():
            return reason
        found = self._object
        is_texture = found is not None and found.kind is Kind.TEXTURE
        return "" if found is None or is_texture else f"{found.name} is no texture; add one (Shift+B)."

    def points_here(self) -> str:
        """Require: an unlocked object of points is selected, and its skeleton has two sides."""
        if reason := self.points_object() or self.thing_here():
            return reason
        skeleton = None if self._object is None else self._object.skeleton
        return "" if skeleton is None or skeleton.pairs else "Its skeleton has no left and right."

    def mask_object(self) -> str:
        """Require: an unlocked object that is labelled with masks is selected."""
        if reason := self.editable_object():
            return reason
        return self._why_no_masks(self._object)

    def mask_here(self) -> str:
        """Require: the selected, unlocked object has a mask on this frame."""
        if reason := self.mask_object():
            return reason
        shown = self._shown_here()
        has_mask = shown is not None and shown.presence not in ABSENT
        return "" if has_mask else "It has no mask on this frame; paint it."

    def partners(self) -> str:
        """Require: other objects are marked, and none of them nor the selected one is locked."""
        if reason := self.mask_object():
            return reason
        others = self._marked
        reason = next((reason for found in others if (reason := self._why_no_masks(found))), "")
        return self._locked_among(others) or reason or ("" if others else MARK_FIRST)

    def partner(self) -> str:
        """Require: one other object is marked, like the selected one, and neither of the two is locked."""
        if reason := self.thing():
            return reason
        others, found = self._marked, self._object
        if reason := self._locked_among(others):
            return reason
        if len(others) != 1:
            return "Mark one other object only: two can be swapped." if others else MARK_FIRST
        other = others[0]
        if other.kind is Kind.VOID:
            return f"{other.name} is no object of the clip."
        is_alike = found is not None and (found.kind, found.skeleton) == (other.kind, other.skeleton)
        return "" if is_alike else f"{other.name} is not labelled like it: masks, or points of the same skeleton."

    def partner_in_range(self) -> str:
        """Require: one other object is marked, and frames are selected."""
        return self.partner() or self.range()

    @property
    def _marked(self) -> list[Object]:
        project = self._workspace.project
        return [] if project is None else [project.objects[object_id] for object_id in self._workspace.marked_ids]

    @staticmethod
    def _locked_among(others: Sequence[Object]) -> str:
        return next((f"{found.name} is locked." for found in others if found.is_locked), "")

    @staticmethod
    def _why_no_masks(found: Object | None) -> str:
        if found is None or found.kind is Kind.MASK:
            return ""
        is_void = found.kind is Kind.VOID
        if is_void:
            return f"{found.name} is no object of the clip."
        return f"{found.name} has {CONTENT_WORDS[found.kind]}, not masks."

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

    def is_hidden(self) -> bool:
        """Return whether the selected object is hidden."""
        return self._object is not None and self._object.is_hidden

    def is_locked(self) -> bool:
        """Return whether the selected object is locked."""
        return self._object is not None and self._object.is_locked

    def is_marked(self) -> bool:
        """Return whether the selected object is marked."""
        return self._object is not None and self._object.object_id in self._workspace.view.marked

    def is_void(self) -> bool:
        """Return whether void is selected."""
        return self._object is not None and self._object.kind is Kind.VOID

    def is_presence(self, name: str) -> bool:
        """Return whether `name` is the presence of the selected object on this frame."""
        found, shown = self._object, self._shown_here()
        return found is not None and found.kind in CARRIED_KINDS and shown is not None and shown.presence.value == name

    def nth_object_text(self, number: int) -> str:
        """Return the name of an object by its place."""
        project = self._workspace.project
        names = [found.name for found in project.objects.values()] if project is not None else []
        return names[number - 1] if number <= len(names) else f"Object {number}"
