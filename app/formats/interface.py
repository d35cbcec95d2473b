"""What a dataset format is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.formats.look import Look
from app.media.clip import Clip
from app.project.model import PICTURE_KINDS, Kind, Label, Object, Provenance
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask


class Trait(StrEnum):
    """Something that labels have and a format may have no place for. The value is its name in a sentence."""

    OVERLAP = "overlap"
    VOID = "void"
    IDENTITY = "which labels belong to one object"
    NAMES = "names and colours"
    CLASSES = "classes"
    NOT_HERE = "labels that say “not here”"
    PRESENCE = "presence"
    CONFIDENCE = "confidence"
    PROVENANCE = "which labels a person made"
    TIMES = "time stamps"
    JOINTS = "names of joints"
    VISIBILITY = "which joints are hidden"
    JOINT_CONFIDENCE = "the confidence of single joints"
    BONES = "bones"
    SIDES = "which joints are left and right of a pair"


ALL_TRAITS = frozenset(Trait)


@dataclass(frozen=True, slots=True)
class Format:
    """A row in the table of formats. `module` holds a `Writer`, a `Reader` or both, loaded when wanted.

    `holds` says what other programs find in the files. What is missing from it is kept in the side-car
    (see `side_car`), but for overlap and void, which are lost. `pictures` is where pictures that go along
    belong, with `{video}`, `{frame}` and `{number}` (from 1) to be filled in, "" where there is no place for them.
    `options` are names in `look.OPTIONS`, of what a person may choose.
    """

    name: str
    title: str
    summary: str
    kinds: frozenset[Kind]
    holds: frozenset[Trait]
    can_read: bool
    can_write: bool
    module: str
    pictures: str = ""
    options: tuple[str, ...] = ()
    fills: bool = False
    """Whether a frame without any label is told by the files, or by their silence, as one with nothing on it."""


@dataclass(frozen=True, slots=True, eq=False)
class TexturedFrame:
    """A frame with its textures.

    `image` RGB uint8 (H, W, 3) is the frame with all of them on it, `layer` RGBA uint8 (H, W, 4) the paint alone,
    straight alpha. `uv` float32 (H, W, 2) is which x, y of the painted frame each pixel shows, NaN where it shows no
    paint, and `source` int32 (H, W) the number of that frame, -1 there.
    """

    frame: int
    image: NDArray[np.uint8]
    layer: NDArray[np.uint8]
    uv: NDArray[np.float32]
    source: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many labels of an object a person should know of before they export."""

    proposals: int = 0
    """Wait for review and so are left out."""
    stale: int = 0
    """Go along, carried from anchors that have changed since."""
    left_out: int = 0
    """Are accepted, and the person chose to leave them out."""


@dataclass(frozen=True, slots=True)
class LabelSource:
    """What a project has to export, frozen when the export is asked for.

    `objects` are in drawing order, bottom first; void, where there is any, lies on top. `labels` maps a
    frame to the label of each object on it: anchors and accepted labels. `mask` resolves a label's `mask_id`, of
    objects of points `points` does; a writer gets the kinds that its format holds. Any thread that they allow.
    """

    clip: Clip
    objects: tuple[Object, ...]
    labels: Mapping[int, Mapping[int, Label]]
    mask: Callable[[int], RleMask]
    points: Callable[[int], Points]
    counts: Mapping[int, Counts] = field(default_factory=dict)
    """By object; one without labels to be told of may be missing."""
    look: Look = field(default_factory=Look)
    """What formats for looking are to look like."""
    dress: Callable[[LabelSource, int, NDArray[np.uint8]], TexturedFrame] | None = None
    """Draws the colour and the textures of a frame on its picture; one thread at a time."""

    def dressed(self, frame: int, picture: NDArray[np.uint8]) -> TexturedFrame | None:
        """Return `picture`, RGB uint8 (H, W, 3) of `frame`, in its colours and with its textures.

        None where no object is of these kinds.
        """
        has_any = self.dress is not None and any(found.kind in PICTURE_KINDS for found in self.objects)
        return self.dress(self, frame, picture) if has_any and self.dress is not None else None

    @property
    def told(self) -> Counts:
        """The counts of all objects together."""
        of_objects = [self.counts.get(found.object_id, Counts()) for found in self.objects]
        return Counts(
            sum(each.proposals for each in of_objects),
            sum(each.stale for each in of_objects),
            sum(each.left_out for each in of_objects),
        )

    @property
    def video(self) -> str:
        """The name by which datasets of several videos know the clip."""
        return self.clip.path.name if self.clip.kind == "sequence" else self.clip.path.stem

    @property
    def things(self) -> tuple[Object, ...]:
        """The objects but for void."""
        return tuple(found for found in self.objects if found.kind is not Kind.VOID)

    @property
    def frames(self) -> list[int]:
        """The frames that have a label, rising."""
        return sorted(frame for frame, on_frame in self.labels.items() if on_frame)

    def points_on(self, frame: int) -> Iterator[tuple[Object, Label, Points]]:
        """Yield the objects of points that have a label on `frame` with it and them, bottom first."""
        return ((found, label, self.points(label.mask_id)) for found, label in self._on(frame, (Kind.POINTS,)))

    def labels_on(self, frame: int) -> Iterator[tuple[Object, Label, RleMask]]:
        """Yield the painted objects that have a label on `frame` with it and its mask, bottom first."""
        return (
            (found, label, self.mask(label.mask_id))
            for found, label in self._on(frame, (Kind.MASK, Kind.VOID, Kind.BOX))
        )

    def covering_on(self, frame: int) -> list[tuple[Object, Label, RleMask]]:
        """Return what `labels_on` does in the order in which one covers the other where no two may share a pixel.

        Anchors lie over labels that were carried or found, lest what a person drew be lost below those; void over all.
        """
        return sorted(self.labels_on(frame), key=_rank)

    def pictures_on(self, frame: int) -> Iterator[tuple[Object, Label]]:
        """Yield the objects of texture and colour that have a label on `frame` with it, bottom first."""
        return self._on(frame, PICTURE_KINDS)

    def _on(self, frame: int, kinds: Container[Kind]) -> Iterator[tuple[Object, Label]]:
        labels = self.labels.get(frame, {})
        for found in self.objects:
            label = labels.get(found.object_id)
            if label is not None and found.kind in kinds:
                yield found, label


def _rank(found: tuple[Object, Label, RleMask]) -> tuple[bool, bool]:
    item, label, _ = found
    return item.kind is Kind.VOID, label.provenance is Provenance.ANCHOR


@dataclass(frozen=True, slots=True)
class Plan:
    """What a writer would write: the path of each file below the folder, and what is lost, a sentence each.

    `n_steps` is how often it yields.
    """

    files: tuple[str, ...]
    n_steps: int
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameIdentity:
    """What a file says about which frame it means; at least one of the three is known.

    `number` counts from 0. `name` is a file name without its ending.
    """

    number: int | None = None
    name: str = ""
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A label in a file: of which object, and what is said about it; None where nothing is."""

    object_id: int
    mask: RleMask | Points | Painting
    presence: Presence | None = None
    confidence: float | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """What files hold, in their own terms.

    `labels` is to be gone through once: pairs of a place in `frames` and the labels there, each place at most
    once. It may raise UserError, as files that are read only then prove bad. `folder` is where a side-car may lie.
    """

    objects: tuple[Object, ...]
    frames: tuple[FrameIdentity, ...]
    labels: Iterator[tuple[int, tuple[Found, ...]]]
    folder: Path
    notes: tuple[str, ...] = ()
    """Sentences on how the files were understood where a person may have meant otherwise."""


def is_empty(content: RleMask | Points | Painting) -> bool:
    """Return whether a mask or a picture has no pixel, or points no joint."""
    return content.is_nothing


class Writer(Protocol):
    """The writing half of a format's module."""

    def plan(self, source: LabelSource) -> Plan:
        """Return what `write` would write, and what gets lost beyond the traits that the format does not hold."""

    def write(self, source: LabelSource, folder: Path) -> Iterator[None]:
        """Write `source` into the empty `folder`; yields at least once a frame.

        Raises UserError for what it cannot hold at all.
        """


class Reader(Protocol):
    """The reading half of a format's module."""

    def read(self, path: Path, clip: Clip) -> FileContent:
        """Read `path`; masks are of the clip's size. Raises UserError, naming the file, where it does not fit."""
