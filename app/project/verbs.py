"""What a person can do to a project, as pure functions from it to an `Edit`.

Nothing changes until the edit is applied. An edit that would change nothing is empty. Tools leave a
locked object alone: verbs that paint or clear refuse it with ValueError, and reviewing passes it over.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from app.project import pending
from app.project.edits import Edit, Swap
from app.project.model import ABSENT, PICTURE_KINDS, Kind, Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.project.skeleton import Skeleton
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

COLOURS: tuple[tuple[int, int, int], ...] = (
    (230, 75, 60),
    (60, 140, 230),
    (75, 185, 85),
    (245, 170, 40),
    (160, 95, 215),
    (40, 190, 190),
    (235, 95, 165),
    (165, 190, 45),
    (140, 100, 70),
    (110, 125, 205),
    (205, 120, 35),
    (90, 150, 120),
)
"""Given to new objects in turn; neighbours in the table differ in hue by a third of the circle or so."""

MAX_NAME = 200

VOID_NAME, VOID_COLOUR = "Void", (150, 150, 150)
PAINTED_KINDS = (Kind.MASK, Kind.VOID)
"""What brushes paint."""
CARRIED_KINDS = (Kind.MASK, Kind.POINTS, *PICTURE_KINDS)
"""What runs carry: things in the clip, which may be hidden or out of the frame."""

CONTENT_WORDS = {Kind.MASK: "mask", Kind.POINTS: "points", Kind.TEXTURE: "paint", Kind.COLOUR: "colour"}
"""What an object has on a frame, by its kind."""


def add_object(
    project: Project,
    name: str = "",
    colour: tuple[int, int, int] | None = None,
    class_name: str = "",
    kind: Kind = Kind.MASK,
    skeleton: Skeleton | None = None,
) -> Edit:
    """Add an object on top of the others; it is the one key of the edit's `objects`.

    With a `skeleton` it is one of points, whatever the `kind`; without, it cannot be one.
    """
    kind = kind if skeleton is None else Kind.POINTS
    if kind is Kind.POINTS and skeleton is None:
        raise ValueError("an object of points without a skeleton")
    object_id = project.next_object_id()
    position = max((found.position for found in project.objects.values()), default=-1) + 1
    new = Object(
        object_id,
        _cleaned(name) or f"{'Texture' if kind is Kind.TEXTURE else 'Object'} {object_id}",
        colour or COLOURS[(object_id - 1) % len(COLOURS)],
        _cleaned(class_name),
        kind,
        position=position,
        skeleton=skeleton,
    )
    return Edit(f"add {new.name}", {object_id: Swap(None, new)})


def add_void(project: Project) -> Edit:
    """Add an object that holds the pixels to be left out of scores, frame by frame."""
    return add_object(project, VOID_NAME, VOID_COLOUR, kind=Kind.VOID)


def rename_object(project: Project, object_id: int, name: str) -> Edit:
    """Give an object another name; an empty one changes nothing."""
    found = project.objects[object_id]
    return _change(f"rename {found.name}", found, replace(found, name=_cleaned(name) or found.name))


def recolour_object(project: Project, object_id: int, colour: tuple[int, int, int]) -> Edit:
    """Give an object another colour, RGB from 0 to 255."""
    found = project.objects[object_id]
    return _change(f"recolour {found.name}", found, replace(found, colour=colour))


def set_class(project: Project, object_id: int, class_name: str) -> Edit:
    """Say which class an object belongs to, "" for none."""
    found = project.objects[object_id]
    return _change(f"set class of {found.name}", found, replace(found, class_name=_cleaned(class_name)))


def set_hidden(project: Project, object_id: int, is_hidden: bool) -> Edit:
    """Hide or show an object."""
    found = project.objects[object_id]
    return _change(f"{'hide' if is_hidden else 'show'} {found.name}", found, replace(found, is_hidden=is_hidden))


def set_locked(project: Project, object_id: int, is_locked: bool) -> Edit:
    """Lock or unlock an object."""
    found = project.objects[object_id]
    return _change(f"{'lock' if is_locked else 'unlock'} {found.name}", found, replace(found, is_locked=is_locked))


def move_object(project: Project, object_id: int, position: int) -> Edit:
    """Put an object at place `position` of the list, 0 at the bottom of the drawing order."""
    moved = project.objects[object_id]
    others = [found for found in project.objects.values() if found.object_id != object_id]
    order = [*others[:position], moved, *others[position:]]
    changes = {
        found.object_id: Swap(found, replace(found, position=place))
        for place, found in enumerate(order)
        if found.position != place
    }
    return Edit(f"move {moved.name}", changes)


def delete_object(project: Project, object_id: int) -> Edit:
    """Delete an object with all its labels and proposals. For one frame's label there is `clear_label`."""
    return delete_objects(project, (object_id,))


def delete_objects(project: Project, object_ids: Iterable[int]) -> Edit:
    """Delete objects with all their labels and proposals. Raises ValueError for a locked object."""
    gone = [unlocked(project, object_id) for object_id in dict.fromkeys(object_ids)]
    return Edit(
        f"delete {_names(gone)}",
        {found.object_id: Swap(found, None) for found in gone},
        {
            (found.object_id, frame): Swap(label, None)
            for found in gone
            for frame, label in project.labels_of(found.object_id).items()
        },
        {
            (found.object_id, frame): Swap(label, None)
            for found in gone
            for frame, label in project.proposals_of(found.object_id).items()
        },
    )


def paint_mask(
    project: Project,
    object_id: int,
    frame: int,
    mask: RleMask,
    *,
    text: str = "",
    exclusive_over: bool = True,
    presence: Presence | None = None,
) -> Edit:
    """Make `mask`, of the clip's size, the object's anchor on a frame.

    An empty mask is an anchor too and says that the object is not here: `presence` says why, out of
    the frame where not given. With `exclusive_over` the pixels that are new, not seen as the object's
    before, are taken from what is seen of the visible, unlocked other objects; whose doing those labels are
    stays what it was. Pixels that a run gave the object are nobody's stroke and take nothing from an anchor.
    Void takes nothing from anybody, and void without a pixel is no label.
    Raises ValueError for a locked object, one that is not labelled with masks, or a mask of another size.
    """
    found = unlocked(project, object_id)
    if found.kind not in PAINTED_KINDS:
        raise ValueError(f"mask painted on {found.name}, which is labelled with {found.kind}")
    key = (object_id, int(frame))
    before = project.label(*key)
    if presence is None:
        presence = _presence_after(before, mask)
    anchor = Label(Provenance.ANCHOR, project.add_mask(mask), presence)
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    _set(labels, key, before, None if found.kind is Kind.VOID and mask.area == 0 else anchor)
    _set(proposals, key, project.proposal(*key), None)
    if exclusive_over and found.kind is Kind.MASK:
        _take_from_others(project, key, mask, labels, proposals)
    return Edit(text or f"paint {found.name}", labels=labels, proposals=proposals)


def set_presence(project: Project, object_id: int, frame: int, presence: Presence) -> Edit:
    """Say where an object is on a frame, which makes an anchor of what is seen there.

    Occluded and out of the frame mean that nothing of it is to be seen: the anchor's mask is empty, and runs
    carry nothing from there. Visible and uncertain keep the mask that is seen, and with it all labels around as they
    are. With points and pictures it is the same. Raises ValueError for a locked object, one that is labelled with none
    of them, and where there is nothing to keep.
    """
    found = unlocked(project, object_id)
    if found.kind not in CARRIED_KINDS:
        raise ValueError(f"{found.name} is labelled with {found.kind}, which has no presence")
    text = f"mark {found.name} as {presence.words}"
    shown = pending.shown(project, object_id, frame)
    if presence in ABSENT and found.kind is Kind.MASK:
        empty = RleMask.empty(project.clip.width, project.clip.height)
        return paint_mask(project, object_id, frame, empty, text=text, presence=presence)
    if presence in ABSENT:
        nothing = Points() if found.kind is Kind.POINTS else Painting.empty(project.clip.width, project.clip.height)
        mask_id = project.add_mask(nothing)
    elif shown is None or project.content(shown[0].mask_id).is_nothing:
        raise ValueError(f"{found.name} has no {CONTENT_WORDS[found.kind]} on frame {frame}")
    else:
        mask_id = owned(project, found, shown[0])
    key = (object_id, int(frame))
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    _set(labels, key, project.label(*key), Label(Provenance.ANCHOR, mask_id, presence))
    _set(proposals, key, project.proposal(*key), None)
    return Edit(text, labels=labels, proposals=proposals)


def clear_label(project: Project, object_id: int, frame: int) -> Edit:
    """Delete what there is of an object on one frame: anchor, derived label and proposal."""
    return clear_labels(project, (object_id,), range(frame, frame + 1))


def clear_labels(project: Project, object_ids: Iterable[int], frames: Iterable[int] | None = None) -> Edit:
    """Delete what there is of objects on `frames`, None for all of them. Raises ValueError for a locked object."""
    chosen = [unlocked(project, object_id) for object_id in object_ids]
    wanted = _lookup(project, frames)
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    for found in chosen:
        for swaps, table in (
            (labels, project.labels_of(found.object_id)),
            (proposals, project.proposals_of(found.object_id)),
        ):
            swaps.update(
                ((found.object_id, frame), Swap(label, None)) for frame, label in table.items() if frame in wanted
            )
    return Edit(f"clear {_names(chosen)}", labels=labels, proposals=proposals)


def confirm(project: Project, object_ids: Iterable[int], frames: Iterable[int]) -> Edit:
    """Make anchors of the derived labels and proposals that are seen there. Raises ValueError for a locked object."""
    frames = list(frames)
    chosen = [unlocked(project, object_id) for object_id in object_ids]
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    for found in chosen:
        for frame in frames:
            shown = pending.shown(project, found.object_id, frame)
            if shown is None or shown[0].provenance is Provenance.ANCHOR:
                continue
            key = (found.object_id, frame)
            anchor = Label(Provenance.ANCHOR, owned(project, found, shown[0]), shown[0].presence)
            _set(labels, key, project.label(*key), anchor)
            _set(proposals, key, project.proposal(*key), None)
    return Edit(f"confirm {_names(chosen)}", labels=labels, proposals=proposals)


def owned(project: Project, found: Object, label: Label) -> int:
    """Return the id of what a label shows as a person's: of points it is known how sure a run was of each."""
    if found.kind is not Kind.POINTS:
        return label.mask_id
    return project.add_mask(project.points(label.mask_id).owned())


def accept(project: Project, object_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None) -> Edit:
    """Make derived labels of proposals, None standing for all. An anchor stays what it is."""
    labels: dict[LabelKey, Swap[Label]] = {}
    proposals: dict[LabelKey, Swap[Label]] = {}
    for key, proposal in _reviewed(project, object_ids, frames):
        proposals[key] = Swap(proposal, None)
        standing = project.label(*key)
        if standing is None or (standing.provenance is not Provenance.ANCHOR and standing != proposal):
            labels[key] = Swap(standing, proposal)
    return Edit("accept results", labels=labels, proposals=proposals)


def reject(project: Project, object_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None) -> Edit:
    """Drop proposals, None standing for all: what was there before their run is there again.

    That is the label that it lay beside, or an earlier run's proposal that it replaced since the project was opened.
    """
    reviewed = _reviewed(project, object_ids, frames)
    return Edit("reject results", proposals={key: Swap(proposal, project.replaced(*key)) for key, proposal in reviewed})


def _reviewed(
    project: Project, object_ids: Iterable[int] | None, frames: Iterable[int] | None
) -> Iterator[tuple[LabelKey, Label]]:
    """Yield the proposals of the unlocked objects asked for."""
    chosen = project.objects if object_ids is None else dict.fromkeys(object_ids)
    wanted = _lookup(project, frames)
    for object_id in chosen:
        if not project.objects[object_id].is_locked:
            for frame, proposal in project.proposals_of(object_id).items():
                if frame in wanted:
                    yield (object_id, frame), proposal


def _take_from_others(
    project: Project,
    key: LabelKey,
    mask: RleMask,
    labels: dict[LabelKey, Swap[Label]],
    proposals: dict[LabelKey, Swap[Label]],
) -> None:
    """Take the pixels of `mask` that were not seen as the object's before from what is seen of the others."""
    painted_id, frame = key
    before = pending.shown(project, painted_id, frame)
    fresh = mask if before is None else mask.minus(project.mask(before[0].mask_id))
    for other in project.objects.values():
        if other.object_id == painted_id or other.is_hidden or other.is_locked or other.kind is not Kind.MASK:
            continue
        shown = pending.shown(project, other.object_id, frame)
        if shown is None:
            continue
        label, is_proposal = shown
        mask_before = project.mask(label.mask_id)
        left = mask_before.minus(fresh)
        if left != mask_before:
            mask_id = project.add_mask(left, project.doubt(label.mask_id))
            swaps = proposals if is_proposal else labels
            _set(swaps, (other.object_id, frame), label, replace(label, mask_id=mask_id))


def _presence_after(before: Label | None, mask: RleMask) -> Presence:
    """Return the presence that a stroke says: an anchor that was called uncertain stays so while it has pixels."""
    if mask.area == 0:
        return Presence.OUT_OF_FRAME
    if before is not None and (before.provenance, before.presence) == (Provenance.ANCHOR, Presence.UNCERTAIN):
        return Presence.UNCERTAIN
    return Presence.VISIBLE


def _set(swaps: dict[LabelKey, Swap[Label]], key: LabelKey, old: Label | None, new: Label | None) -> None:
    if old != new:
        swaps[key] = Swap(old, new)


def _change(text: str, old: Object, new: Object) -> Edit:
    return Edit(text, {} if old == new else {old.object_id: Swap(old, new)})


def unlocked(project: Project, object_id: int) -> Object:
    """Return an object. Raises ValueError where it is locked."""
    found = project.objects[object_id]
    if found.is_locked:
        raise ValueError(f"{found.name} is locked")
    return found


def _lookup(project: Project, frames: Iterable[int] | None) -> Container[int]:
    if frames is None:
        return range(project.clip.n_frames)
    return frames if isinstance(frames, range) else frozenset(frames)


def _names(objects: list[Object]) -> str:
    return objects[0].name if len(objects) == 1 else f"{len(objects)} objects"


def _cleaned(name: str) -> str:
    """Return `name` on one line, of a length and in characters that can be saved."""
    return " ".join(name.encode("utf-8", "replace").decode().split())[:MAX_NAME]
