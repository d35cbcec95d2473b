"""Corrections: edits that made anchors, and which labels hang on those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.desk.undo import EditCommand
from app.project import pending
from app.project.contents import Contents
from app.project.edits import Edit, Span
from app.project.model import Label, Provenance
from engines.propagation.types import Direction, Stretch


@dataclass(frozen=True, slots=True)
class Correction:
    """An edit that made anchors, on the undo stack, and between which frames of which objects labels hang on them."""

    command: EditCommand
    spans: tuple[Span, ...]
    near: int
    """The frame whose neighbours are wanted first."""

    def stretches(self, contents: Contents, direction: Direction) -> tuple[Stretch, ...]:
        """Return what of the spans is stale now; an object that is locked or gone has nothing."""
        frames: dict[int, set[int]] = {}
        for object_id, span in self.spans:
            found = contents.objects.get(object_id)
            if found is not None and not found.is_locked:
                frames.setdefault(object_id, set()).update(span)
        return tuple(
            stretch
            for object_id, wanted in sorted(frames.items())
            for part in _parts(wanted)
            for stretch in pending.stretches(contents, (object_id,), part, direction, "stale")
        )


def touched_by(contents: Contents, edit: Edit) -> Iterator[tuple[int, Span]]:
    """Yield the frame of each anchor that `edit` made or gave another mask, and what lies between its neighbours."""
    for (object_id, frame), (old, new) in edit.labels.items():
        if _mask_of_anchor(new) not in (None, _mask_of_anchor(old)):
            left, right = contents.neighbours(object_id, frame)
            first, stop = 0 if left is None else left + 1, contents.clip.n_frames if right is None else right
            yield frame, (object_id, range(first, stop))


def _mask_of_anchor(label: Label | None) -> int | None:
    return label.mask_id if label is not None and label.provenance is Provenance.ANCHOR else None


def _parts(frames: set[int]) -> Iterator[range]:
    """Yield the ranges that `frames` consist of, rising."""
    start = None
    for frame in sorted(frames):
        if start is None:
            start = stop = frame
        elif frame != stop:
            yield range(start, stop)
            start = frame
        stop = frame + 1
    if start is not None:
        yield range(start, stop)
