"""Which labels are whose: objects swapped, merged and split, with everything that a person marked kept.

A label moves with its sources, so what has become stale follows by itself: a derived label is fresh where the
anchors beside it are those that it was carried from, whichever object they belong to by now.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.project import pending, verbs
from app.project.edits import Edit, Span, Swap
from app.project.label_table import LabelTable
from app.project.model import NO_ANCHOR, Kind, Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.project.verbs import CARRIED_KINDS
from engines.labels.parts import divided
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

MaskOf = Callable[[int], RleMask]
"""From a `mask_id` to its mask."""

_SUREST_FIRST = (Presence.VISIBLE, Presence.UNCERTAIN, Presence.OCCLUDED, Presence.OUT_OF_FRAME)
"""Of several objects that are one, the first of these that any of them is."""


def swap_objects(project: Project, first_id: int, second_id: int, frames: range) -> Edit:
    """Exchange all labels and proposals of two objects on `frames`, a rising range without gaps.

    Where the swap begins after the clip's first frame or ends before its last one, what is seen there
    of the two becomes an anchor: the person has said who is who, and the next run starts from it instead of mixing
    them up again. Raises ValueError where one of them is locked, both are one, or they are not labelled alike: both
    with masks, or with points of the same skeleton.
    """
    first, second = chosen = _chosen(project, (first_id, second_id), kinds=CARRIED_KINDS)
    if (first.kind, first.skeleton) != (second.kind, second.skeleton):
        raise ValueError(f"{first.name} and {second.name} are not labelled alike")
    seams = {frames.start, frames.stop - 1} - {0, project.clip.n_frames - 1}
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    held = {
        found.object_id: (project.labels_of(found.object_id), project.proposals_of(found.object_id)) for found in chosen
    }
    for frame in sorted({frame for tables in held.values() for table in tables for frame in table} & set(frames)):
        for mine, other in ((first, second), (second, first)):
            key = (mine.object_id, frame)
            label, proposal = (table.get(frame) for table in held[other.object_id])
            if frame in seams:
                label, proposal = _as_anchor(project, other.object_id, frame), None
            _put(labels, key, project.label(*key), label)
            _put(proposals, key, project.proposal(*key), proposal)
    moved = tuple((found.object_id, frames) for found in chosen)
    return Edit(f"swap {first.name} and {second.name}", labels=labels, proposals=proposals, moved=moved)


def merge_objects(project: Project, kept_id: int, other_ids: Iterable[int]) -> Regrouping:
    """Make one object, `kept_id`, of several: on each frame it gets the masks of all of them, united.

    Where any of them has an anchor, what is seen of all becomes one. Where all labels of a frame were derived from
    anchors of the same frames and fresh, the united one is fresh; else it is stale. Raises ValueError where one of
    them is locked or not labelled with masks, or only one is given.
    """
    kept, *others = chosen = _chosen(project, (kept_id, *other_ids))
    names = others[0].name if len(others) == 1 else f"{len(others)} objects"
    return Regrouping(
        project,
        f"merge {names} into {kept.name}",
        tuple(found.object_id for found in chosen),
        range(project.clip.n_frames),
        {found.object_id: Swap(found, None) for found in others},
        lambda held, mask: _merged(held, mask, kept_id),
    )


def split_object(project: Project, object_id: int, frame: int, part: RleMask) -> Regrouping:
    """Give the pixels of `part` to a new object from `frame` on; it is the one new object of the edit.

    On `frame` both become anchors. On later frames every label, anchors too, is divided between the two by where they
    were on the frame before: see `divided`. No pixel is lost or doubled. Raises ValueError where the object is locked
    or not labelled with masks, and where nothing would go or nothing would stay.
    """
    (found,) = _chosen(project, (object_id,), least=1)
    shown = pending.shown(project, object_id, frame)
    whole = RleMask.empty(part.width, part.height) if shown is None else project.mask(shown[0].mask_id)
    stays = whole.minus(part)
    goes = whole.minus(stays)
    if goes.area == 0 or stays.area == 0:
        what = "nothing of it would go" if goes.area == 0 else "nothing of it would stay"
        raise ValueError(f"{found.name} cannot be split on frame {frame}: {what}")
    adding = verbs.add_object(project, _next_name(project, found.name), class_name=found.class_name)
    ((new_id, _),) = adding.objects.items()
    return Regrouping(
        project,
        f"split {found.name}",
        (object_id,),
        range(frame, project.clip.n_frames),
        adding.objects,
        lambda held, mask: _split(held, mask, frame, (object_id, new_id), (stays, goes)),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A label, or a proposal, as it will be. `mask` is new, or None where the label's own `mask_id` stands.

    With `follows_anchors` its sources are the anchors that will be its neighbours.
    """

    object_id: int
    frame: int
    label: Label
    mask: RleMask | None = None
    is_proposal: bool = False
    follows_anchors: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The labels and proposals that a regrouping begins with, frozen. Any thread."""

    object_ids: tuple[int, ...]
    labels: LabelTable
    proposals: LabelTable

    @classmethod
    def of(cls, project: Project, object_ids: Sequence[int], frames: range) -> Held:
        """Copy what `project` holds of some objects on `frames`. The project's thread."""
        tables = (project.labels_of, project.proposals_of)
        labels, proposals = (
            LabelTable({i: {frame: label for frame, label in of(i).items() if frame in frames} for i in object_ids})
            for of in tables
        )
        return cls(tuple(object_ids), labels, proposals)

    def items(self, *, of_proposals: bool) -> dict[LabelKey, Label]:
        """Return the labels, or the proposals, by object and frame."""
        table = self.proposals if of_proposals else self.labels
        return {(i, frame): label for i in self.object_ids for frame, label in table.of(i).items()}

    def frames(self) -> list[int]:
        """Return the frames that have a label or proposal, rising."""
        return sorted(
            {frame for i in self.object_ids for table in (self.labels, self.proposals) for frame in table.of(i)}
        )

    def shown(self, object_id: int, frame: int) -> Label | None:
        """Return what is seen there: anchor, else proposal, else derived label."""
        label = self.labels.get(object_id, frame)
        if label is not None and label.provenance is Provenance.ANCHOR:
            return label
        return self.proposals.get(object_id, frame) or label

    def is_fresh(self, object_id: int, frame: int, label: Label) -> bool:
        """Return whether a derived label was carried from the anchors that are its neighbours."""
        return label.sources == _sources(self.labels, object_id, frame)


Work = Callable[[Held, MaskOf], Iterator[list[Piece]]]


class Regrouping:
    """Labels that come to belong to other objects, worked out frame by frame, and the edit that comes of it.

    Made and ended on the project's thread; `pieces` may be gone through on another one meanwhile, because a long
    clip takes seconds. Nothing is changed before the edit is applied.
    """

    def __init__(
        self,
        project: Project,
        text: str,
        object_ids: tuple[int, ...],
        frames: range,
        objects: Mapping[int, Swap[Object]],
        work: Work,
    ) -> None:
        """Freeze what `project` holds of `object_ids` on `frames`; `objects` is what comes and goes with the edit."""
        self._project = project
        self._text = text
        self._frames = frames
        self._objects = objects
        self._work = work
        self._held = Held.of(project, object_ids, frames)
        self.moved: tuple[Span, ...] = tuple((object_id, frames) for object_id in object_ids)
        """What runs under way must not bring any more."""
        self.n_steps = len(self._held.frames())
        """How many lists `pieces` yields."""

    @property
    def title(self) -> str:
        """What is done, as the start of a sentence: "Merge dog into car"."""
        return self._text[0].upper() + self._text[1:]

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what a frame's labels will be, frame by frame. Any thread; raises UserError for a damaged mask."""
        yield from self._work(self._held, self._project.mask)

    def placed(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Put the new masks of `pieces` into the project's store and return them with the ids. The project's thread."""
        return [
            piece
            if piece.mask is None
            else replace(piece, label=replace(piece.label, mask_id=self._project.add_mask(piece.mask)), mask=None)
            for piece in pieces
        ]

    def edit(self, pieces: Iterable[Piece]) -> Edit:
        """Return the edit that puts `pieces`, all of them, in the place of what stood there.

        Raises ValueError where the project has changed there since.
        """
        project, object_ids = self._project, self._held.object_ids
        is_there = all(change.old is not None or i not in project.objects for i, change in self._objects.items())
        if not is_there or not all(i in project.objects and not project.objects[i].is_locked for i in object_ids):
            raise ValueError("the objects have changed meanwhile")
        now = Held.of(project, object_ids, self._frames)
        if any(now.items(of_proposals=what) != self._held.items(of_proposals=what) for what in (False, True)):
            raise ValueError("the labels have changed meanwhile")
        after: tuple[dict[LabelKey, Label], dict[LabelKey, Label]] = ({}, {})
        following = []
        for piece in self.placed(pieces):
            key = (piece.object_id, piece.frame)
            after[piece.is_proposal][key] = piece.label
            if piece.follows_anchors:
                following.append((piece.is_proposal, key))
        by_object: dict[int, dict[int, Label]] = {}
        for (object_id, frame), label in after[False].items():
            by_object.setdefault(object_id, {})[frame] = label
        anchors = LabelTable(by_object)
        for is_proposal, key in following:
            after[is_proposal][key] = replace(after[is_proposal][key], sources=_sources(anchors, *key))
        labels, proposals = (_swaps(self._held.items(of_proposals=what), after[what]) for what in (False, True))
        return Edit(self._text, self._objects, labels, proposals, self.moved)


def worked_out(regrouping: Regrouping) -> Edit:
    """Return the edit of a regrouping, all of it worked out here and now."""
    return regrouping.edit([piece for pieces in regrouping.pieces() for piece in pieces])


def _merged(held: Held, mask: MaskOf, kept_id: int) -> Iterator[list[Piece]]:
    """Yield the labels of one object made of all in `held`."""
    for frame in held.frames():
        labels = {i: label for i in held.object_ids if (label := held.labels.get(i, frame)) is not None}
        shown = {i: label for i in held.object_ids if (label := held.shown(i, frame)) is not None}
        has_proposal = any(held.proposals.get(i, frame) is not None for i in held.object_ids)
        if any(label.provenance is Provenance.ANCHOR for label in labels.values()):
            yield [_united(held, mask, kept_id, frame, shown, Provenance.ANCHOR)]
            continue
        pieces = [_united(held, mask, kept_id, frame, labels, Provenance.DERIVED)] if labels else []
        if has_proposal:
            pieces.append(replace(_united(held, mask, kept_id, frame, shown, Provenance.DERIVED), is_proposal=True))
        yield pieces


def _united(
    held: Held, mask: MaskOf, kept_id: int, frame: int, labels: Mapping[int, Label], provenance: Provenance
) -> Piece:
    """Return one label with the pixels of `labels`, by object: at least one."""
    if len(labels) == 1:
        (label,) = labels.values()
        return Piece(kept_id, frame, label)
    some = list(labels.values())
    mask_ids = list(dict.fromkeys(label.mask_id for label in some if mask(label.mask_id).area))
    pixels = None
    if len(mask_ids) > 1:
        pixels = mask(mask_ids[0])
        for mask_id in mask_ids[1:]:
            pixels = pixels.plus(mask(mask_id))
    label = Label(
        provenance,
        mask_ids[0] if mask_ids else some[0].mask_id,
        min((label.presence for label in some), key=_SUREST_FIRST.index),
    )
    if provenance is Provenance.ANCHOR:
        return Piece(kept_id, frame, label, pixels)
    run_ids = {one.run_id for one in some}
    label = replace(
        label, confidence=min(one.confidence for one in some), run_id=run_ids.pop() if len(run_ids) == 1 else 0
    )
    same_frames = len({held.labels.neighbours(i, frame) for i in labels}) == 1
    follows = same_frames and all(held.is_fresh(i, frame, one) for i, one in labels.items())
    return Piece(kept_id, frame, label, pixels, follows_anchors=follows)


def _split(
    held: Held, mask: MaskOf, first: int, ids: tuple[int, int], parts: tuple[RleMask, RleMask]
) -> Iterator[list[Piece]]:
    """Yield the labels of the object that stays and the one that goes, `ids`, which are `parts` on frame `first`."""
    object_id = ids[0]
    for frame in held.frames():
        shown = held.shown(object_id, frame)
        if frame == first:
            assert shown is not None
            anchor = Label(Provenance.ANCHOR, shown.mask_id, _seen(shown.presence))
            yield [Piece(i, frame, anchor, part) for i, part in zip(ids, parts, strict=True)]
            continue
        pieces = []
        followed = parts
        for is_proposal, table in enumerate((held.labels, held.proposals)):
            label = table.get(object_id, frame)
            if label is None:
                continue
            whole = mask(label.mask_id)
            halves = divided(whole, *parts)
            pieces += [
                Piece(i, frame, label, None if half == whole else half, bool(is_proposal))
                for i, half in zip(ids, halves, strict=True)
                if half.area or not whole.area  # "not here" holds for both; a half without pixels is no label
            ]
            if label is shown:
                followed = (halves[0] if halves[0].area else parts[0], halves[1] if halves[1].area else parts[1])
        parts = followed
        yield pieces


def _seen(presence: Presence) -> Presence:
    """Return the presence of an anchor that has pixels and was made of a label of `presence`."""
    return Presence.UNCERTAIN if presence is Presence.UNCERTAIN else Presence.VISIBLE


def _sources(labels: LabelTable, object_id: int, frame: int) -> tuple[int, int]:
    """Return the mask ids of the anchors beside a frame."""
    anchors = (None if at is None else labels.get(object_id, at) for at in labels.neighbours(object_id, frame))
    left, right = (NO_ANCHOR if anchor is None else anchor.mask_id for anchor in anchors)
    return left, right


def _as_anchor(project: Project, object_id: int, frame: int) -> Label | None:
    """Return what is seen of an object on a frame as an anchor."""
    shown = pending.shown(project, object_id, frame)
    if shown is None:
        return None
    mask_id = verbs.owned(project, project.objects[object_id], shown[0])
    return Label(Provenance.ANCHOR, mask_id, shown[0].presence)


def _chosen(
    project: Project, object_ids: Iterable[int], least: int = 2, kinds: Container[Kind] = (Kind.MASK,)
) -> list[Object]:
    """Return the objects, which have to be different, unlocked and labelled with one of `kinds`."""
    chosen = [project.objects[object_id] for object_id in dict.fromkeys(object_ids)]
    if len(chosen) < least:
        raise ValueError(f"{chosen[0].name} is one object, and it takes two")
    for found in chosen:
        if found.is_locked:
            raise ValueError(f"{found.name} is locked")
        if found.kind not in kinds:
            raise ValueError(f"{found.name} is labelled with {found.kind}, not with masks")
    return chosen


def _next_name(project: Project, name: str) -> str:
    """Return "car 2", "car 3", …: the first that is not taken."""
    taken = {found.name for found in project.objects.values()}
    number = 2
    while f"{name} {number}" in taken:
        number += 1
    return f"{name} {number}"


def _put(swaps: dict[LabelKey, Swap[Label]], key: LabelKey, old: Label | None, new: Label | None) -> None:
    if old != new:
        swaps[key] = Swap(old, new)


def _swaps(before: Mapping[LabelKey, Label], after: Mapping[LabelKey, Label]) -> dict[LabelKey, Swap[Label]]:
    """Return what takes `before` to `after`."""
    swaps: dict[LabelKey, Swap[Label]] = {}
    for key in before.keys() | after.keys():
        _put(swaps, key, before.get(key), after.get(key))
    return swaps
