"""Carry masks through a clip: the verb behind the window's runs and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.media.picture import Picture
from app.media.reader import FrameReader
from app.tasks.engine_loader import EngineLoader
from engines.labels.presence import Presence
from engines.propagation.carry import carry, cost
from engines.propagation.schedule import stretches_of
from engines.propagation.types import Cost, Direction, MaskAnchor, MaskResult, Quality, Stretch

Seen = Callable[[int], Picture | None]
"""Returns the picture of a frame, where it is at hand. Any thread."""


def unseen(frame: int) -> Picture | None:
    """Return None: no picture is at hand."""


@dataclass(frozen=True, slots=True)
class MaskRun:
    """Everything that a run of masks depends on but the clip, frozen when it is asked for."""

    engine: str
    direction: Direction
    quality: Quality
    anchors: tuple[MaskAnchor, ...]
    """All anchors of the objects concerned; an engine may look at any of them."""
    stretches: tuple[Stretch, ...]
    weights: str = ""
    """A name or a file, for engines that need weights; "" is the default."""
    device: str = "auto"
    learned: bytes = b""
    """What was learned on the clip, an `Adaptation` as bytes; where it is for other weights it changes nothing."""
    near: int | None = None
    """The frame whose neighbours are wanted first."""


def whole_clip_run(
    n_frames: int,
    anchors: tuple[MaskAnchor, ...],
    engine: str,
    direction: Direction,
    quality: Quality,
    weights: str = "",
    device: str = "auto",
) -> MaskRun:
    """Return the run that labels every frame that `direction` reaches, for every object that has an anchor."""
    anchored: dict[int, list[int]] = {}
    for anchor in anchors:
        anchored.setdefault(anchor.object_id, []).append(anchor.frame)
    stretches = tuple(
        stretch
        for object_id, frames in sorted(anchored.items())
        for stretch in stretches_of(object_id, frames, n_frames, direction)
    )
    return MaskRun(engine, direction, quality, anchors, stretches, weights, device)


def run_cost(clip: Clip, run: MaskRun, engines: EngineLoader | None = None) -> Cost:
    """Return what `run` will take on this machine, decoding left out. Any thread; no frame is read.

    Raises UserError where the weights or the device of `run` cannot be used.
    """
    engines = engines or EngineLoader()
    how = (run.engine, run.weights, run.device)
    told = cost(engines.load(*how), clip.width, clip.height, run.stretches, run.direction, run.quality)
    kept = engines.feature_bytes(*how, (clip.width, clip.height), clip.n_frames)
    return replace(told, peak_bytes=told.peak_bytes + kept)


class WatchedFrames:
    """A clip's frames for an engine, which remember those that could not be decoded whole. Any one thread at a time."""

    def __init__(self, frames: FrameReader, damaged: set[int], seen: Seen = unseen) -> None:
        self._frames = frames
        self._seen = seen
        self.width, self.height, self.fingerprint = frames.width, frames.height, frames.fingerprint
        self.damaged = damaged

    def __len__(self) -> int:
        return len(self._frames)

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return a picture, or what stands in for a damaged one."""
        picture = self._seen(frame) or self._frames.read(frame)
        if picture.damage:
            self.damaged.add(frame)
        return picture.image

    def judged(self, result: MaskResult) -> MaskResult:
        """Return `result`; on a damaged frame nothing was seen, so it is uncertain and first in line for review."""
        if result.frame not in self.damaged:
            return result
        return replace(result, confidence=0.0, presence=Presence.UNCERTAIN)


def propagate_masks(
    clip: Clip,
    run: MaskRun,
    damaged: set[int] | None = None,
    engines: EngineLoader | None = None,
    seen: Seen = unseen,
) -> Generator[MaskResult]:
    """Yield the results of `run` as they come; see `engines.propagation.carry.carry`.

    `engines` keeps networks and features from run to run. Raises UserError where weights or device cannot be used.
    Frames that the engine looked at and that are damaged are added to `damaged`; their results are uncertain.
    `seen` knows pictures of the clip that need not be decoded again; it is asked on any thread.
    Opens its own decoder and closes it, also when the generator is closed early, which cancels the
    run at a frame boundary. Belongs to the one thread that goes through it; engines may have more until it ends.
    """
    engine = (engines or EngineLoader()).load(run.engine, run.weights, run.device, run.learned)
    with clip.open() as reader:
        frames = WatchedFrames(reader, set() if damaged is None else damaged, seen)
        how = (run.direction, run.quality, run.near)
        with closing(carry(engine, frames, run.anchors, run.stretches, *how)) as results:
            for result in results:
                yield frames.judged(result)
