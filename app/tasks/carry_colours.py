"""Carry the colours of a project's objects through its clip: the counterpart of `propagate_masks`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.tasks.carry_points import Tick
from app.tasks.colorize import Colours
from app.tasks.colorize_clip import ClipWish, filled, filler
from app.tasks.colour_levels import label_picture
from app.tasks.engine_loader import EngineLoader, pick_device, torch_told
from app.tasks.propagate import Seen, WatchedFrames, unseen
from app.tasks.weights import chosen_weights, weights_told
from engines.frame_source import FrameSource
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.propagation.schedule import feeding_sides
from engines.propagation.types import Direction, PaintAnchor, PaintResult, Quality, Stretch

if TYPE_CHECKING:
    from engines.colour.carry import CarriedColour


@dataclass(frozen=True, slots=True)
class ColourRun:
    """A run of colours, frozen when it is asked for."""

    direction: Direction
    quality: Quality
    anchors: tuple[PaintAnchor, ...] = ()
    """All anchors of the objects concerned."""
    stretches: tuple[Stretch, ...] = ()
    weights: str = ""
    """By whose features colours are found again: a name or a file, "" for the default."""
    device: str = "auto"


def carry_colours(
    clip: Clip, run: ColourRun, damaged: set[int], engines: EngineLoader, seen: Seen = unseen
) -> Generator[PaintResult | Tick]:
    """Yield the colours of `run` on each frame that is wanted, once, and how far the run is.

    Where nothing was seen on any anchor the shipped network fills in, if there is one; `ChromaMap` says where. How sure
    a result is, is the mean of how sure its cells are. Frames that are damaged are added to `damaged`; what was found
    on them is not believed. Closing it cancels. Raises UserError where weights or device cannot be used.
    """
    with weights_told(), torch_told():
        compute = pick_device(run.device)
        how = engines.encoder(chosen_weights(run.weights), compute), compute, run.quality, run.direction
    from engines.colour.carry import carry_colour  # after `pick_device`, which would be the first to load torch

    fill = filler(ClipWish(device=run.device))
    n_done = n_total = 0
    by_object: defaultdict[int, list[Stretch]] = defaultdict(list)
    for stretch in run.stretches:
        by_object[stretch.object_id].append(stretch)
        n_total += len(stretch) * _n_sides(stretch, run.direction)
    with clip.open() as reader:
        frames = WatchedFrames(reader, damaged, seen)
        for object_id, stretches in sorted(by_object.items()):
            coloured = {
                anchor.frame: _picture(frames, anchor)
                for anchor in run.anchors
                if anchor.object_id == object_id and anchor.is_here
            }
            if not coloured:
                continue
            sides = {
                frame: _n_sides(stretch, run.direction)
                for stretch in stretches
                for frame in range(stretch.first, stretch.last + 1)
            }
            with closing(carry_colour(frames, coloured, *how, sides)) as carried:
                for found in carried:
                    yield _result(object_id, found, frames, fill)
                    n_done += sides[found.frame]
                    yield Tick(n_done, n_total)


def _result(object_id: int, found: CarriedColour, frames: WatchedFrames, fill: Colours | None) -> PaintResult:
    """Return what was carried to a frame as a result of an object."""
    chroma = filled(found, frames.image(found.frame), fill)
    is_damaged = found.frame in frames.damaged
    confidence = 0.0 if is_damaged else float(np.clip(found.seen.mean(), 0, 1))
    presence = Presence.UNCERTAIN if is_damaged else Presence.VISIBLE
    return PaintResult(object_id, found.frame, ChromaMap.encode(chroma, found.seen), confidence, presence)


def _picture(frames: FrameSource, anchor: PaintAnchor) -> NDArray[np.uint8]:
    """Return an anchor's frame in its colours, RGB uint8 (H, W, 3)."""
    content = anchor.content
    assert isinstance(content, Painting | ChromaMap)
    return label_picture(frames.image(anchor.frame), content)


def _n_sides(stretch: Stretch, direction: Direction) -> int:
    """Return from how many sides a stretch is carried."""
    return sum(feeding_sides(stretch, direction))
