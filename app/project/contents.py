"""What a project holds, in memory: questions about it, and the one way of changing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from app.project.colour_draft import ColourDraft
from app.project.edits import Change, Edit, Swap
from app.project.label_table import LabelTable
from app.project.model import NO_ANCHOR, ClipRecord, Label, LabelKey, Object, Provenance


class Contents:
    """Objects, labels and proposals of one clip. One thread.

    Views that are returned follow later changes; read them at once and keep none.
    """

    def __init__(
        self,
        clip: ClipRecord,
        objects: Iterable[Object],
        labels: LabelTable,
        proposals: LabelTable,
        drafts: Mapping[int, ColourDraft] = MappingProxyType({}),
    ) -> None:
        self.clip = clip
        self._objects = _in_list_order(objects)
        self._labels = labels
        self._proposals = proposals
        self._drafts = dict(drafts)
        self._replaced: dict[tuple[int, LabelKey], Label] = {}  # by run and place; known until the project closes

    @property
    def objects(self) -> Mapping[int, Object]:
        """Objects by id, in list order, which is drawing order."""
        return MappingProxyType(self._objects)

    @property
    def colour_drafts(self) -> Mapping[int, ColourDraft]:
        """How a person colours frames, by frame."""
        return MappingProxyType(self._drafts)

    def label(self, object_id: int, frame: int) -> Label | None:
        """Return the anchor or derived label there."""
        return self._labels.get(object_id, frame)

    def proposal(self, object_id: int, frame: int) -> Label | None:
        """Return what a run proposes there."""
        return self._proposals.get(object_id, frame)

    def replaced(self, object_id: int, frame: int) -> Label | None:
        """Return what was proposed there before the run did whose proposal stands there now, None where nothing was."""
        proposal = self._proposals.get(object_id, frame)
        return None if proposal is None else self._replaced.get((proposal.run_id, (object_id, frame)))

    def labels_of(self, object_id: int) -> Mapping[int, Label]:
        """Return an object's labels by frame, in no order."""
        return self._labels.of(object_id)

    def proposals_of(self, object_id: int) -> Mapping[int, Label]:
        """Return an object's proposals by frame, in no order."""
        return self._proposals.of(object_id)

    def labels_on(self, frame: int) -> dict[int, Label]:
        """Return the labels of a frame by object id, in list order."""
        return self._on(self._labels, frame)

    def proposals_on(self, frame: int) -> dict[int, Label]:
        """Return the proposals of a frame by object id, in list order."""
        return self._on(self._proposals, frame)

    def anchor_frames(self, object_id: int) -> list[int]:
        """Return the frames of an object's anchors, rising."""
        return self._labels.anchor_frames(object_id)

    def neighbours(self, object_id: int, frame: int) -> tuple[int | None, int | None]:
        """Return the frames of the nearest anchors before and after `frame`, an anchor on it left out."""
        return self._labels.neighbours(object_id, frame)

    def sources(self, object_id: int, frame: int) -> tuple[int, int]:
        """Return the mask ids of the neighbouring anchors as they are now."""
        left, right = self._labels.neighbours(object_id, frame)
        return self._anchor_mask_id(object_id, left), self._anchor_mask_id(object_id, right)

    def is_label_stale(self, object_id: int, frame: int, label: Label) -> bool:
        """Return whether `label`, of that place, was carried from anchors that are no longer its neighbours."""
        return label.provenance is Provenance.DERIVED and label.sources != self.sources(object_id, frame)

    def is_stale(self, object_id: int, frame: int) -> bool:
        """Return whether what is to be seen there (a proposal, else the label) is stale; anchors never are."""
        label = self.label(object_id, frame)
        if label is None or label.provenance is Provenance.DERIVED:
            label = self.proposal(object_id, frame) or label
        return label is not None and self.is_label_stale(object_id, frame, label)

    def _on(self, table: LabelTable, frame: int) -> dict[int, Label]:
        found = ((object_id, table.get(object_id, frame)) for object_id in self._objects)
        return {object_id: label for object_id, label in found if label is not None}

    def _anchor_mask_id(self, object_id: int, frame: int | None) -> int:
        anchor = None if frame is None else self._labels.get(object_id, frame)
        return NO_ANCHOR if anchor is None else anchor.mask_id

    def _used_among(self, mask_ids: Iterable[int]) -> set[int]:
        """Return those of `mask_ids` that a label or proposal points to. Looks at every label."""
        wanted = set(mask_ids)
        tables = (self._labels, self._proposals)
        return {
            label.mask_id
            for table in tables
            for object_id in self._objects
            for label in table.of(object_id).values()
            if label.mask_id in wanted
        }

    # changing

    def _fitting(self, edit: Edit) -> Edit:
        """Return the part of `edit` that can be done: all of it but proposals that a run has replaced since.

        Those can be computed again. Objects and labels cannot: raises ValueError where one of them
        is not what the edit says it was, or the edit would leave something impossible behind.
        """
        for object_id, change in edit.objects.items():
            if self._objects.get(object_id) != change.old:
                raise ValueError(f"edit does not fit: object {object_id} has changed since")
            if change.new is not None and change.new.object_id != object_id:
                raise ValueError(f"object {change.new.object_id} under the id {object_id}")
            if change.new is None:
                self._check_nothing_left(object_id, edit)
        for object_id, frame in self._labels.misfits(edit.labels):
            raise ValueError(f"edit does not fit: the label of object {object_id} on frame {frame} has changed since")
        for frame in (frame for frame, (old, _) in edit.drafts.items() if self._drafts.get(frame) != old):
            raise ValueError(f"edit does not fit: the colours asked for on frame {frame} have changed since")
        replaced = set(self._proposals.misfits(edit.proposals))
        if replaced:
            left = {key: swap for key, swap in edit.proposals.items() if key not in replaced}
            edit = replace(edit, proposals=left)
        self._check_places(edit.labels, edit)
        self._check_places(edit.proposals, edit)
        return edit

    def _check_places(self, swaps: Mapping[LabelKey, Swap[Label]], edit: Edit) -> None:
        """Raise ValueError where a new label has no frame or no object to belong to."""
        places = [key for key, (_, label) in swaps.items() if label is not None]
        for object_id in {object_id for object_id, _ in places}:
            change = edit.objects.get(object_id)
            if (object_id not in self._objects) if change is None else (change.new is None):
                raise ValueError(f"label of object {object_id}, which is not there")
        n_frames = self.clip.n_frames
        for frame in (frame for frame in [*(frame for _, frame in places), *edit.drafts] if not 0 <= frame < n_frames):
            raise ValueError(f"label on frame {frame} of a clip of {n_frames} frames")

    def _check_nothing_left(self, object_id: int, edit: Edit) -> None:
        """Raise ValueError where an object goes and a label of it would stay."""
        for frame in self._labels.of(object_id):
            swap = edit.labels.get((object_id, frame))
            if swap is None or swap.new is not None:
                raise ValueError(f"object {object_id} goes, but its label on frame {frame} stays")

    def _swap(self, edit: Edit) -> Change:
        """Do an edit that fits."""
        for table, swaps in ((self._labels, edit.labels), (self._proposals, edit.proposals)):
            table.swap(swaps)
        if edit.objects:
            self._objects = _in_list_order(_after(self._objects, edit.objects))
        for frame, (_, draft) in edit.drafts.items():
            if draft is None:
                self._drafts.pop(frame, None)
            else:
                self._drafts[frame] = draft
        keys = {*edit.labels, *edit.proposals}
        return Change(
            frozenset({object_id for object_id, _ in keys} | set(edit.objects)),
            frozenset({frame for _, frame in keys} | set(edit.drafts)),
            bool(edit.objects),
        )


def _after(objects: Mapping[int, Object], changes: Mapping[int, Swap[Object]]) -> list[Object]:
    """Return the objects that there are after `changes`."""
    kept = [found for object_id, found in objects.items() if object_id not in changes]
    return kept + [change.new for change in changes.values() if change.new is not None]


def _in_list_order(objects: Iterable[Object]) -> dict[int, Object]:
    return {found.object_id: found for found in sorted(objects, key=lambda found: (found.position, found.object_id))}
