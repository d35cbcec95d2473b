"""A project's anchors as runs take them: what is labelled there, and whether it is there at all."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from app.project.model import ABSENT, PICTURE_KINDS, Kind, Label
from app.project.project import Project
from app.project.verbs import PAINTED_KINDS
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheets
from engines.propagation.types import MaskAnchor, PaintAnchor, PointsAnchor


def mask_anchors(project: Project, object_ids: Iterable[int]) -> tuple[MaskAnchor, ...]:
    """Return all anchors of those objects that have masks. Raises UserError as `Project.mask` does."""
    return tuple(
        MaskAnchor(object_id, frame, project.mask(label.mask_id), _absence(label))
        for object_id, frame, label in _anchored(project, object_ids, PAINTED_KINDS)
    )


def points_anchors(project: Project, object_ids: Iterable[int]) -> tuple[PointsAnchor, ...]:
    """Return all anchors of those objects that have points, as `mask_anchors` does."""
    return tuple(
        PointsAnchor(object_id, frame, project.points(label.mask_id), label.presence not in ABSENT)
        for object_id, frame, label in _anchored(project, object_ids, (Kind.POINTS,))
    )


def paint_anchors(project: Project, object_ids: Iterable[int]) -> tuple[PaintAnchor, ...]:
    """Return all anchors of those objects that are textures or colour, as `mask_anchors` does."""
    return tuple(
        PaintAnchor(object_id, frame, content, label.presence not in ABSENT)
        for object_id, frame, label in _anchored(project, object_ids, PICTURE_KINDS)
        if isinstance(content := project.content(label.mask_id), Painting | Sheets | ChromaMap)
    )


def _anchored(project: Project, object_ids: Iterable[int], kinds: Container[Kind]) -> Iterator[tuple[int, int, Label]]:
    """Yield the anchors of those objects that are of some kinds: object, frame, label."""
    for object_id in object_ids:
        if project.objects[object_id].kind in kinds:
            labels = project.labels_of(object_id)
            for frame in project.anchor_frames(object_id):
                yield object_id, frame, labels[frame]


def _absence(label: Label) -> Presence:
    """Return what a run is to call an object that is not seen: what this anchor says, or the likeliest."""
    return label.presence if label.presence in ABSENT else Presence.OUT_OF_FRAME
