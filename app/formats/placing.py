"""What a file holds brought onto a clip: its frames matched with the clip's, its side-car heard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS
from app.formats.interface import FileContent, Found, FrameIdentity, is_empty
from app.formats.joints import told_joints, told_skeleton
from app.formats.side_car import Said, SideCar, read_side_car
from app.media.clip import Clip
from app.project.model import ABSENT, PICTURE_KINDS, Kind, Object, Provenance
from app.project.verbs import MAX_NAME
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

_OF_MASKS = frozenset({Kind.MASK, Kind.BOX, Kind.VOID})
_LAST_NUMBER = re.compile(r"(\d{1,9})(?!.*\d)", re.ASCII)
_MAX_TOLD = 80
"""Letters of a name that are told to a person."""


class Match(StrEnum):
    """By what frames of a file and of the clip are brought together."""

    AUTO = "auto"
    NUMBER = "number"
    NAME = "name"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A label read from a file, on a frame of the clip."""

    object_id: int
    frame: int
    mask: RleMask | Points | Painting
    presence: Presence
    confidence: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class LabelsRead:
    """What there is to import: `objects`, and `labels` to go through once, in `n_steps` steps."""

    objects: tuple[Object, ...]
    n_steps: int
    labels: Iterator[tuple[PlacedLabel, ...]]
    notes: tuple[str, ...] = ()


def placed(content: FileContent, clip: Clip, match: Match = Match.AUTO) -> LabelsRead:
    """Return the labels of `content` on the frames of `clip`.

    Raises UserError where frames cannot be matched, two of the file fall on one of the clip, or the
    side-car is no good.
    """
    side_car = read_side_car(content.folder)
    ours = dict(side_car.objects)
    strangers = [found for found in content.objects if found.object_id not in ours]
    if len(strangers) > MAX_OBJECTS:
        raise UserError(f"{content.folder} holds {len(strangers)} objects", f"give at most {MAX_OBJECTS}")
    objects = tuple(
        replace(found, name=_clean(found.name) or f"object {found.object_id}", class_name=_clean(found.class_name))
        for found in (*ours.values(), *strangers)
    )
    as_read = {found.object_id: found for found in content.objects}
    told = [_as_read(found, as_read.get(found.object_id)) for found in objects]
    objects = tuple(
        replace(found, position=place)
        for place, found in enumerate(told)
        if found.kind is not Kind.POINTS or found.skeleton is not None
    )
    by_name = {row.name: row for row, _ in side_car.frames.values() if row.name}
    by_id = {found.object_id: found for found in objects}
    voids = {found.object_id for found in objects if found.kind is Kind.VOID}
    known = [_known_frame(identity, side_car, by_name) for identity in content.frames]
    numbers = {identity.number for identity in known}
    beyond = [
        (identity, labels)
        for number, (identity, labels) in side_car.frames.items()
        if number not in numbers and any(said.is_empty for said in labels.values())
    ]
    places, notes = matched([*known, *(identity for identity, _ in beyond)], clip, match)
    rows = [side_car.frames.get(-1 if identity.number is None else identity.number) for identity in known]
    said_of = [None if row is None else row[1] for row in rows]

    def labels() -> Iterator[tuple[PlacedLabel, ...]]:
        for place, found in content.labels:
            labels_there = _labels_on(places[place], _joined(found), said_of[place], clip, by_id)
            yield tuple(label for label in labels_there if label.object_id not in voids or not is_empty(label.mask))
        for frame, (_, said) in zip(places[len(known) :], beyond, strict=True):
            yield tuple(_labels_on(frame, (), said, clip, by_id))

    n_silent = clip.n_frames - len(places)
    if n_silent and len(places) > 1:  # a single frame is meant to be carried on
        notes += (f"The file says nothing of {n_silent} of the clip's {clip.n_frames} frames: they get no label.",)
    return LabelsRead(objects, len(known) + len(beyond), labels(), (*content.notes, *notes))


def matched(identities: Sequence[FrameIdentity], clip: Clip, how: Match) -> tuple[list[int], tuple[str, ...]]:
    """Return the frame of the clip that each identity means, and notes. Raises UserError where one means none."""
    notes: tuple[str, ...] = ()
    if how is Match.AUTO:
        how = _best_match(identities, clip)
    if how is Match.NUMBER:
        found, notes = _by_number(identities, clip)
    elif how is Match.NAME:
        found = _by_name(identities, clip)
    else:
        found = _by_time(identities, clip)
    seen: dict[int, FrameIdentity] = {}
    for frame, identity in zip(found, identities, strict=True):
        if frame in seen:
            raise UserError(
                f"{_told(seen[frame])} and {_told(identity)} of the file fall on the same frame of the clip, {frame}",
                "match frames in another way, or check that the labels belong to this clip",
            )
        seen[frame] = identity
    return found, notes


def _best_match(identities: Sequence[FrameIdentity], clip: Clip) -> Match:
    """Return the way that all identities allow: numbers that were meant as such before names, names before times."""
    if all(identity.number is not None for identity in identities):
        return Match.NUMBER
    stems = {Path(name).stem for name in clip.names}
    if all(identity.name in stems for identity in identities):
        return Match.NAME
    if all(identity.time_s is not None for identity in identities):
        return Match.TIME
    return Match.NUMBER


def _by_number(identities: Sequence[FrameIdentity], clip: Clip) -> tuple[list[int], tuple[str, ...]]:
    frames = []
    guessed = ""
    for identity in identities:
        number = identity.number
        if number is None:
            digits = _LAST_NUMBER.search(identity.name)
            if digits is None:
                raise UserError(f"{_told(identity)} of the file has no number", "match frames by name or by time")
            number = int(digits[1])
            guessed = guessed or f"{_told(identity)} was taken for frame {number}, because frames are counted from 0."
        if number >= clip.n_frames:
            raise UserError(
                f"The file has labels on {_told(identity)}, frame {number}, but {clip.path.name} has frames 0 to "
                f"{clip.n_frames - 1}",
                "check that the labels belong to this clip, or match frames by name or by time",
            )
        frames.append(number)
    shifted = _shifted(identities, frames, clip)
    return frames, tuple(note for note in (shifted or guessed,) if note)


def _shifted(identities: Sequence[FrameIdentity], frames: Sequence[int], clip: Clip) -> str:
    """Return a note on the first frame that a reader of file names would take for another one, "" where none is."""
    named = {Path(name).stem: frame for frame, name in enumerate(clip.names)}
    for identity, frame in zip(identities, frames, strict=True):
        if named.get(identity.name, frame) != frame:
            return (
                f"{_told(identity)} was taken for frame {frame}, which is {clip.names[frame]}, "
                f"because frames are counted from 0 and {clip.names[0]} is frame 0."
            )
    return ""


def _by_name(identities: Sequence[FrameIdentity], clip: Clip) -> list[int]:
    numbers = {Path(name).stem: frame for frame, name in enumerate(clip.names)}
    found = [numbers.get(identity.name) for identity in identities]
    if None in found:
        missing = _told(identities[found.index(None)])
        raise UserError(f"No frame of {clip.path.name} is named like {missing}", "match frames by number or by time")
    return [frame for frame in found if frame is not None]


def _by_time(identities: Sequence[FrameIdentity], clip: Clip) -> list[int]:
    times_s = clip.times_s
    reach_s = 0.5 / clip.rate_fps
    found = []
    for identity in identities:
        if identity.time_s is None:
            raise UserError(f"{_told(identity)} of the file has no time stamp", "match frames by number or by name")
        frame = int(np.abs(times_s - identity.time_s).argmin())
        if abs(float(times_s[frame]) - identity.time_s) > reach_s:
            raise UserError(
                f"{clip.path.name} has no frame at {identity.time_s:.3f} s", "match frames by number or by name"
            )
        found.append(frame)
    return found


def _as_read(told: Object, read: Object | None) -> Object:
    """Return an object that a side-car has told of as the format's own file has it, where it has it."""
    if read is None:
        return told if told.kind is Kind.POINTS else replace(told, skeleton=None)
    if read.skeleton is None or told.kind is not Kind.POINTS:
        kind = told.kind if {read.kind, told.kind} <= _OF_MASKS else read.kind
        return replace(told, kind=kind, skeleton=read.skeleton)
    return replace(told, skeleton=told_skeleton(read.skeleton, told.skeleton))


def _known_frame(identity: FrameIdentity, side_car: SideCar, by_name: Mapping[str, FrameIdentity]) -> FrameIdentity:
    """Return `identity` with what the side-car adds: its number by its name, and then all the rest."""
    if identity.number is None and identity.name in by_name:
        identity = by_name[identity.name]
    row = side_car.frames.get(identity.number) if identity.number is not None else None
    if row is None:
        return identity
    return FrameIdentity(identity.number, row[0].name or identity.name, row[0].time_s)


def _labels_on(
    frame: int,
    found: Sequence[Found],
    said_of: Mapping[int, Said] | None,
    clip: Clip,
    objects: Mapping[int, Object],
) -> Iterator[PlacedLabel]:
    """Yield what was found on a frame with what the side-car says of it, and the empty labels that only it knows.

    The side-car does not make shapes: a label that it has and the file has not is gone, unless it was empty.
    """
    for label in found:
        said = None if said_of is None else said_of.get(label.object_id)
        mask, skeleton = label.mask, objects[label.object_id].skeleton
        if said is not None and skeleton is not None and isinstance(mask, Points):
            mask = told_joints(mask, skeleton, said.hidden, said.sure)
        shows_nothing = is_empty(mask)
        if said_of is not None and shows_nothing and (said is None or not said.is_empty):
            continue  # a format that cannot leave an object out of a frame, or one that let another cover it
        presence = said.presence if said else label.presence
        if isinstance(mask, Points) and not shows_nothing:
            presence = presence if presence is Presence.UNCERTAIN else mask.presence
        elif presence is None or (presence in ABSENT and not shows_nothing):
            presence = Presence.OUT_OF_FRAME if shows_nothing else Presence.VISIBLE
        confidence = said.confidence if said else label.confidence
        provenance = said.provenance if said else label.provenance
        yield PlacedLabel(
            label.object_id,
            frame,
            mask,
            presence,
            1.0 if confidence is None else confidence,
            provenance or Provenance.ANCHOR,
        )
    there = {label.object_id for label in found}
    for object_id, said in (said_of or {}).items():
        if said.is_empty and object_id in objects and object_id not in there:
            nothing = _nothing(objects[object_id].kind, clip)
            yield PlacedLabel(object_id, frame, nothing, said.presence, said.confidence, said.provenance)


def _nothing(kind: Kind, clip: Clip) -> RleMask | Points | Painting:
    """Return what a label of an object of this kind shows that shows nothing."""
    if kind is Kind.POINTS:
        return Points()
    return (Painting if kind in PICTURE_KINDS else RleMask).empty(clip.width, clip.height)


def _joined(found: Sequence[Found]) -> Sequence[Found]:
    """Return one label for each object: parts that a file has as several labels are put together."""
    if len({label.object_id for label in found}) == len(found):
        return found
    joined: dict[int, Found] = {}
    for label in found:
        first = joined.get(label.object_id)
        if first is not None:
            if not (isinstance(first.mask, RleMask) and isinstance(label.mask, RleMask)):
                raise UserError(f"The file has object {label.object_id} twice on a frame", "take one of them out")
            label = replace(first, mask=first.mask.plus(label.mask))
        joined[label.object_id] = label
    return list(joined.values())


def _told(identity: FrameIdentity) -> str:
    if identity.name:
        return identity.name if len(identity.name) <= _MAX_TOLD else f"{identity.name[:_MAX_TOLD]}…"
    return f"frame {identity.number}" if identity.number is not None else f"{identity.time_s} s"


def _clean(name: str) -> str:
    """Return `name` on one line, of a length and in characters that a project can hold."""
    return " ".join(name.encode("utf-8", "replace").decode().split())[:MAX_NAME]
