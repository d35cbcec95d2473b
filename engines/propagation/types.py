"""What a propagation engine is asked and what it answers.

The words are the house's: an anchor is a label that a person made, a stretch the frames between
two neighbouring anchors of one object. Everything here is frozen, so that a run's inputs cannot
change under it while the person goes on working.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.labels.chroma import ChromaMap
from engines.labels.doubt import DoubtMap
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.labels.sheets import Sheets

Direction = Literal["forward", "backward", "both"]
Quality = Literal["draft", "normal", "final"]


@dataclass(frozen=True, slots=True)
class MaskAnchor:
    """A person's mask of one object on one frame; an empty one says that it is not here, and by `absence` where it is.

    `absence` is occluded or out of frame.
    """

    object_id: int
    frame: int
    mask: RleMask
    absence: Presence = Presence.OUT_OF_FRAME


@dataclass(frozen=True, slots=True)
class PointsAnchor:
    """Where a person put the joints of one object on one frame.

    Joints that are not placed are carried through from elsewhere; with `is_here` False nothing is: it is not there.
    """

    object_id: int
    frame: int
    points: Points
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class PaintAnchor:
    """What a person painted of one texture, or of the clip's colour, on one frame, or accepted there.

    What was accepted, or corrected by dragging vertices, is as a run finds it: sheets of a texture, chroma of colour.
    With `is_here` False nothing is carried from or across that frame.
    """

    object_id: int
    frame: int
    content: Painting | Sheets | ChromaMap
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `first` to `last` (both included) of one object, between its anchors.

    `left` and `right` are the frames of the neighbouring anchors, None before the first and
    after the last one. Neither anchor lies inside the stretch; at least one exists.
    """

    object_id: int
    first: int
    last: int
    left: int | None
    right: int | None

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class MaskResult:
    """A derived mask with how sure the engine is of it.

    `confidence` lies in [0, 1]: the engine's estimate of the IoU with what a person would draw.
    A stretch carried from both sides yields each frame twice: first as seen from the near pass, with
    `is_final` False, then fused, with `is_final` True. The later result replaces the earlier. `doubt` says which of
    its pixels are likely wrong, None where the mask is of nothing.
    """

    object_id: int
    frame: int
    mask: RleMask
    confidence: float
    presence: Presence
    is_final: bool = True
    doubt: DoubtMap | None = None

    @property
    def content(self) -> RleMask:
        """What the label shows."""
        return self.mask


@dataclass(frozen=True, slots=True)
class PointsResult:
    """Derived points of one object with how sure the engine is of them: the mean over its joints.

    With `is_final` False a better one of the same frame follows.
    """

    object_id: int
    frame: int
    points: Points
    confidence: float
    presence: Presence
    is_final: bool = True

    @property
    def content(self) -> Points:
        """What the label shows."""
        return self.points


@dataclass(frozen=True, slots=True)
class PaintResult:
    """Where paint lies on a frame, or the colour it has, with how sure the engine is of it.

    With `is_final` False a better one of the same frame follows.
    """

    object_id: int
    frame: int
    content: Sheets | ChromaMap
    confidence: float
    presence: Presence
    is_final: bool = True


LabelResult = MaskResult | PointsResult | PaintResult


@dataclass(frozen=True, slots=True)
class Carried:
    """One object's label as a tracker carried it to the frame it stands on.

    `soft` is float32 (H, W) in [0, 1], the probability that a pixel shows the object. Objects are
    independent: where anchors overlap, labels do.
    """

    soft: NDArray[np.float32]
    confidence: float
    presence: Presence


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run will take on this machine, told before it starts."""

    n_frames: int
    seconds: float
    peak_bytes: int


class MaskTracker(Protocol):
    """Carries soft masks along one sweep. One thread; holds bounded memory, and threads of its own until closed."""

    def move_to(self, frame: int) -> dict[int, Carried]:
        """Carry every held object to `frame`, a neighbour of the present one, and return them by id.

        The first call only places the tracker and returns an empty dict.
        """

    def hold(self, object_id: int, mask: NDArray[np.bool_]) -> None:
        """Take `mask`, bool (H, W), as the truth of an object on the present frame."""

    def release(self, object_id: int) -> None:
        """Stop carrying an object."""

    def close(self) -> None:
        """End the sweep: from now on nothing is read or computed."""


class MaskEngine(Protocol):
    """A way of carrying masks: what the registry names and a run asks for."""

    def cost(self, width: int, height: int, n_objects: int, n_frames: int, quality: Quality) -> Cost:
        """Estimate one pass of `n_frames` over pictures of this size with `n_objects` at a time."""

    def begin(self, frames: FrameSource, anchors: Iterable[MaskAnchor], quality: Quality, path: range) -> MaskTracker:
        """Start a sweep along `path`, the frames that the tracker will be moved to, forward or backward.

        `anchors` are all that the person made, for engines that remember them all. Until the tracker is closed it may
        read frames of the path ahead of time, on other threads but one at a time, and anchors' frames.
        """
