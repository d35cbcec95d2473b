"""Labels as a person sees them on a frame: visible objects only, proposals before what they would replace."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Slot

from app.desk.desk import Desk
from app.errors import UserError
from app.project import pending, verbs
from app.project.model import Kind, Label, Object, Provenance
from engines.labels.doubt import DoubtMap
from engines.labels.points import Points
from engines.labels.rle import RleMask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ShownMask:
    """One visible object's label on a frame, as a person sees it."""

    object: Object
    label: Label
    mask: RleMask
    is_proposal: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ShownPoints:
    """One visible object's points on a frame, as a person sees them."""

    object: Object
    label: Label
    points: Points
    is_proposal: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ShownDoubt:
    """Where one visible object's label on a frame is likely wrong; `doubt` is None where its run did not say."""

    object_id: int
    doubt: DoubtMap | None


class SeenLabels(QObject):
    """Reads what is to be seen of the open project. What its file does not give back whole is told once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._unreadable: set[int] = set()
        desk.clip_changed.connect(self._on_clip_changed)

    def masks(self, frame: int) -> list[ShownMask]:
        """Return the masks of the visible objects on `frame`, bottom to top."""
        return self._masks(frame, self._desk.shown)

    def doubts(self, frame: int) -> list[ShownDoubt]:
        """Return how doubtful the masks on `frame` are where, bottom to top; anchors are left out."""
        project = self._desk.project
        if project is None:
            return []
        return [
            ShownDoubt(shown.object.object_id, self._readable(project.doubt, shown.label.mask_id))
            for shown in self.masks(frame)
            if shown.label.provenance is Provenance.DERIVED
        ]

    def compared(self, frame: int) -> tuple[list[ShownMask], list[ShownMask]]:
        """Return the masks on `frame` before its proposals were made, and those proposed, as `masks` does.

        The two are alike where nothing is proposed.
        """
        project = self._desk.project
        if project is None:
            return [], []
        before, proposed = partial(pending.before, project), partial(pending.shown, project)
        return self._masks(frame, before), self._masks(frame, proposed)

    def points(self, frame: int) -> list[ShownPoints]:
        """Return the points of the visible objects on `frame`, bottom to top."""
        project = self._desk.project
        if project is None:
            return []
        read = partial(self._readable, project.points)
        found = [(*seen, read(seen[1].mask_id)) for seen in self._seen(frame, self._desk.shown, (Kind.POINTS,))]
        return [ShownPoints(one, label, points, *how) for one, label, *how, points in found if points is not None]

    def points_of(self, object_id: int | None, frame: int) -> Points:
        """Return the points that a person sees of an object, none where it has none there."""
        project = self._desk.project
        shown = None if object_id is None else self._desk.shown(object_id, frame)
        found = None if project is None or object_id is None else project.objects.get(object_id)
        if project is None or shown is None or found is None or found.kind is not Kind.POINTS:
            return Points()
        return self._readable(project.points, shown[0].mask_id) or Points()

    def _masks(self, frame: int, look: Callable[[int, int], tuple[Label, bool] | None]) -> list[ShownMask]:
        """Return the masks of the visible objects that `look` finds, by object id and frame."""
        project = self._desk.project
        if project is None:
            return []
        read = partial(self._readable, project.mask)
        found = [(*seen, read(seen[1].mask_id)) for seen in self._seen(frame, look, verbs.PAINTED_KINDS)]
        return [ShownMask(one, label, mask, *how) for one, label, *how, mask in found if mask is not None]

    def _seen(
        self, frame: int, look: Callable[[int, int], tuple[Label, bool] | None], kinds: Container[Kind]
    ) -> Iterator[tuple[Object, Label, bool, bool]]:
        """Yield the visible objects of some kinds that `look` finds on a frame: label, is it proposed, is it stale."""
        project = self._desk.project
        assert project is not None
        for found in project.objects.values():
            shown = None if found.is_hidden or found.kind not in kinds else look(found.object_id, frame)
            if shown is not None:
                yield found, *shown, project.is_label_stale(found.object_id, frame, shown[0])

    def _readable(self, look_up: Callable[[int], T], mask_id: int) -> T | None:
        """Return what `look_up` knows of a mask, or None where the file is damaged there, which is told once."""
        try:
            return look_up(mask_id)
        except UserError as error:
            if mask_id not in self._unreadable:
                self._unreadable.add(mask_id)
                self._desk.failed.emit(error)
            return None

    @Slot()
    def _on_clip_changed(self) -> None:
        self._unreadable.clear()
