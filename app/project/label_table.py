"""Labels in memory, indexed so that no question needs a look at all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from types import MappingProxyType

from app.project.edits import Swap
from app.project.model import Label, LabelKey, Provenance

_NONE: Mapping[int, Label] = MappingProxyType({})


class LabelTable:
    """At most one label for each object and frame, with the anchors' frames kept sorted.

    A million labels take about 250 MB: their masks are elsewhere.
    """

    def __init__(self, by_object: dict[int, dict[int, Label]] | None = None) -> None:
        """Take over `by_object`, labels by frame by object id."""
        self._labels = by_object or {}
        self._anchors = {
            object_id: sorted(frame for frame, label in labels.items() if label.provenance is Provenance.ANCHOR)
            for object_id, labels in self._labels.items()
        }

    def get(self, object_id: int, frame: int) -> Label | None:
        """Return the label there, if any."""
        labels = self._labels.get(object_id)
        return None if labels is None else labels.get(frame)

    def of(self, object_id: int) -> Mapping[int, Label]:
        """Return an object's labels by frame, in no order: a view, to be read before the next change."""
        labels = self._labels.get(object_id)
        return _NONE if labels is None else MappingProxyType(labels)

    def anchor_frames(self, object_id: int) -> list[int]:
        """Return the frames of an object's anchors, rising; the list is the caller's."""
        return list(self._anchors.get(object_id, ()))

    def neighbours(self, object_id: int, frame: int) -> tuple[int | None, int | None]:
        """Return the frames of the nearest anchors before and after `frame`, an anchor on it left out."""
        anchors = self._anchors.get(object_id, ())
        before, after = bisect_left(anchors, frame), bisect_right(anchors, frame)
        return (anchors[before - 1] if before else None, anchors[after] if after < len(anchors) else None)

    def misfits(self, swaps: Mapping[LabelKey, Swap[Label]]) -> list[LabelKey]:
        """Return the keys at which something else stands than what the swap there replaces."""
        # Nearly always it is the very same label, which is quick to see.
        return [
            (object_id, frame)
            for (object_id, frame), (old, _) in swaps.items()
            if (standing := self._labels.get(object_id, _NONE).get(frame)) is not old and standing != old
        ]

    def swap(self, swaps: Mapping[LabelKey, Swap[Label]]) -> None:
        """Set the new labels; None removes one."""
        anchor = Provenance.ANCHOR
        for (object_id, frame), (_, label) in swaps.items():
            labels = self._labels.get(object_id)
            if labels is None:
                labels = self._labels[object_id] = {}
            if label is None:
                old = labels.pop(frame, None)
            else:
                old = labels.get(frame)
                labels[frame] = label
            is_anchor = label is not None and label.provenance is anchor
            if is_anchor != (old is not None and old.provenance is anchor):
                anchors = self._anchors.setdefault(object_id, [])
                if is_anchor:
                    insort(anchors, frame)
                else:
                    del anchors[bisect_left(anchors, frame)]
