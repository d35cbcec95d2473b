"""How much colours change from frame to frame where the picture does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tasks.colour_levels import ColourLabel
from engines.cie_lab import to_lab
from engines.frame_source import FrameSource
from engines.labels.chroma import ChromaMap
from engines.metrics.colour import flicker

Chroma = Callable[[int, tuple[int, int]], NDArray[np.float32]]
"""Returns a and b (h, w, 2) of a frame at a size, (width, height)."""


@dataclass(frozen=True, slots=True)
class FlickerStep:
    """How far measuring is."""

    n_done: int
    n_total: int


@dataclass(frozen=True, slots=True)
class Flicker:
    """The mean over a clip, in units of Lab, and the frame where it is most; of no neighbours the mean is NaN."""

    mean: float
    frame: int = -1
    most: float = float("nan")


def flickers(frames: Iterable[int], chroma: Chroma, clip: FrameSource) -> Iterator[tuple[int, float]]:
    """Yield each frame whose neighbour before is among `frames` too, with the change along the clip's flow."""
    from engines.propagation.flow_settings import SETTINGS, pixel_linker, working_size
    from engines.propagation.pixel_links import working_picture

    settings = SETTINGS["normal"]
    size = working_size(clip.width, clip.height, settings)
    linker = pixel_linker(*size, settings)
    known = sorted(frames)
    for frame, last in zip(known[1:], known, strict=False):
        if last == frame - 1:
            here, there = (working_picture(clip.image(each), *size) for each in (frame, last))
            link = linker.link(here, there)
            after, before = (np.ascontiguousarray(chroma(each, size)) for each in (frame, last))
            yield frame, flicker(before, after, link.positions, link.weight)


def mean_flicker(pictures: Mapping[int, NDArray[np.uint8]], clip: FrameSource) -> float:
    """Return the mean over the clip of how much the colours of pictures, RGB uint8 (H, W, 3), change."""

    def chroma(frame: int, size: tuple[int, int]) -> NDArray[np.float32]:
        return to_lab(cv2.resize(pictures[frame], size, interpolation=cv2.INTER_AREA))[..., 1:]

    return float(np.nanmean([value for _, value in flickers(pictures, chroma, clip)]))


def measured_flicker(
    labels: Mapping[int, Callable[[], ColourLabel]], clip: FrameSource
) -> Iterator[FlickerStep | Flicker]:
    """Yield how far it is after each frame, then the flicker of `labels`, read when they are needed."""

    def chroma(frame: int, size: tuple[int, int]) -> NDArray[np.float32]:
        label = labels[frame]()
        found = label.decode()[0] if isinstance(label, ChromaMap) else to_lab(label.decode()[..., :3])[..., 1:]
        return cv2.resize(np.ascontiguousarray(found), size, interpolation=cv2.INTER_AREA)

    n_total = sum(frame - 1 in labels for frame in labels)
    found: dict[int, float] = {}
    for frame, value in flickers(labels, chroma, clip):
        found[frame] = value
        yield FlickerStep(len(found), n_total)
    known = {frame: value for frame, value in found.items() if np.isfinite(value)}
    if not known:
        yield Flicker(float("nan"))
        return
    worst = max(known, key=lambda frame: known[frame])
    yield Flicker(float(np.mean(list(known.values()))), worst, known[worst])
