"""What a project consists of, as frozen values. Changes are made of them; see `edits`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from app.project.skeleton import Skeleton
from engines.labels.presence import Presence
from engines.propagation.types import Stretch

LabelKey = tuple[int, int]
"""``(object_id, frame)``"""

ABSENT = (Presence.OCCLUDED, Presence.OUT_OF_FRAME)
"""Nothing of the object is to be seen."""

NO_ANCHOR = 0
"""In `Label.sources`: there was no anchor on that side."""


class Kind(StrEnum):
    """What sort of thing an object is labelled with."""

    MASK = "mask"
    POINTS = "points"
    TEXTURE = "texture"
    COLOUR = "colour"
    BOX = "box"
    VOID = "void"
    """Pixels that are left out of scores. Painted like a mask, but no thing in the clip: nothing carries it,
    it takes no pixel from an object and loses none to one."""


PICTURE_KINDS = (Kind.TEXTURE, Kind.COLOUR)
"""Anchors of these are pictures that a person painted."""


class Provenance(StrEnum):
    """Who made a label: a person (or a person accepted it), or a run."""

    ANCHOR = "anchor"
    DERIVED = "derived"


class RunState(StrEnum):
    """How far a run got. `INTERRUPTED` is found on opening a project whose program was killed."""

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Object:
    """A thing in the clip. `object_id` starts at 1 and is never used again, not even after deletion."""

    object_id: int
    name: str
    colour: tuple[int, int, int]
    """RGB, 0 to 255."""
    class_name: str = ""
    kind: Kind = Kind.MASK
    is_hidden: bool = False
    is_locked: bool = False
    """Tools and runs leave a locked object alone."""
    position: int = 0
    """Place in the list, and so in drawing order: later ones lie on top."""
    skeleton: Skeleton | None = None
    """Which joints an object of points has; None for all other kinds."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one object on one frame.

    `mask_id` points into the project's append-only store: to a mask, or to what else the object's kind is labelled
    with (`Content`). A derived label also says how
    sure the run was (`confidence` in [0, 1]; 1 for anchors), which run made it, and in `sources` the `mask_id`
    of the anchors to its left and right at the time (`NO_ANCHOR` where there was none): it is
    stale as soon as those are no longer its neighbours. Nothing has to be flagged, and undo makes it fresh again.
    """

    provenance: Provenance
    mask_id: int
    presence: Presence = Presence.VISIBLE
    confidence: float = 1.0
    run_id: int = 0
    sources: tuple[int, int] = (NO_ANCHOR, NO_ANCHOR)


@dataclass(frozen=True, slots=True)
class UsedWeights:
    """Which weights a run used: what they are called, and what tells them from others called so."""

    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One job of one engine over some stretches."""

    run_id: int
    engine: str
    direction: str
    quality: str
    state: RunState
    base_revision: int
    started_at: str
    """ISO 8601, UTC."""
    stretches: tuple[Stretch, ...] = field(default=())
    weights: UsedWeights | None = None
    """None for an engine that needs none, and for runs of which it was not recorded yet."""


@dataclass(frozen=True, slots=True)
class LearnedOnClip:
    """What was learned on the clip for the weights of a fingerprint, `weights`, and what left-out anchors said of it.

    `data` is an `engines.correspondence.adaptation.Adaptation`.
    """

    weights: str
    told: str
    data: bytes

    @property
    def fingerprint(self) -> str:
        """Return 16 hex digits that tell it, with the weights that it is for, from any other."""
        return hashlib.sha256(self.data).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """How a project remembers its clip, so that a moved or changed one is recognised, never guessed."""

    relative_path: str
    absolute_path: str
    fingerprint: str
    width: int
    height: int
    n_frames: int
