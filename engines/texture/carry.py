"""Textures carried from the frame that they are painted on, both ways in time.

Forward and backward a mesh is followed from its own frame (`sweep`). Between two frames on which a person has put it in
place, and where it was lost and is found again, it is also followed back from the later one, and both are joined: each
says more near where it comes from and where it is surer.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.propagation.types import Direction, Quality
from engines.texture.mesh import Pins, Placement, Texture, at_rest
from engines.texture.sweep import MeshSweep

_MOST_HELD = 500
"""Frames that are held back while a surface is lost: after that they come out as they are."""
_FAINTEST = 1e-3
"""Confidence that counts where there is none."""


def carry_texture(
    frames: FrameSource,
    texture: Texture,
    region: NDArray[np.bool_],
    pins: Sequence[Pins] = (),
    direction: Direction = "both",
    quality: Quality = "normal",
    wanted: range | None = None,
) -> Generator[Placement]:
    """Yield where the mesh of `texture` lies on every frame but its own, each once, in no particular order.

    Parameters
    ----------
    frames
        The clip; read by the caller's thread.
    texture
        What is painted on which frame. Only its mesh and picture count, not its paint.
    region
        bool (H, W), what of that frame shows the surface: where paint is, or better the mask of the object.
    pins
        A person's corrections on other frames, at most one for each: pinned vertices come out where they are, on that
        frame exactly, and frames around it are joined with it.
    direction
        ``forward`` goes to later frames only, ``backward`` to earlier ones.
    quality
        How fine the chart is on which frames are compared.
    wanted
        The frames to go to, rising, the texture's own among or beside them; all by default. Several paintings of one
        texture are carried one by one, each to its neighbours, and cross-faded by `draw.shares`.

    Memory has a bound but for a kilobyte or some for each frame up to the last one with pins. Closing it cancels.
    Raises ValueError where texture, region and clip do not fit.
    """
    shape = frames.height, frames.width
    if not 0 <= texture.frame < len(frames) or texture.picture.shape[:2] != shape or region.shape != shape:
        raise ValueError("the texture does not fit the clip")
    wanted = range(len(frames)) if wanted is None else wanted
    by_frame = {each.frame: each for each in pins if each.frame != texture.frame}
    for step, is_asked in ((1, direction != "backward"), (-1, direction != "forward")):
        path = range(texture.frame + step, wanted.stop if step > 0 else wanted.start - 1, step)
        if is_asked and len(path):
            sweep = MeshSweep(frames, texture, region, quality)
            yield from _along(sweep, path, by_frame, at_rest(texture.mesh, texture.frame))


def _along(sweep: MeshSweep, path: range, pins: Mapping[int, Pins], start: Placement) -> Generator[Placement]:
    """Yield what is found along `path`, which goes on from `start`."""
    sweep.start(start)
    held: list[Placement] = []
    last_pinned = max((place for place, frame in enumerate(path) if frame in pins), default=-1)
    for place, frame in enumerate(path):
        found = sweep.advance(frame, pins.get(frame))
        waits = place < last_pinned
        if frame in pins or (held and sweep.is_found and not waits):
            yield from _joined(sweep, held, found)
            held = []
            yield found
        elif waits or held or sweep.is_lost:
            held.append(found)
            if len(held) >= _MOST_HELD and not waits:
                yield from held
                held = []
        else:
            yield found
    yield from held


def _joined(sweep: MeshSweep, held: Sequence[Placement], end: Placement) -> Generator[Placement]:
    """Yield the `held` placements joined with what is found on the way back from `end`, and put the sweep there."""
    if not held:
        return
    sweep.start(end)
    for number in range(len(held) - 1, -1, -1):
        onward = held[number]
        back = sweep.advance(onward.frame, looks_for_lost=False)
        share = (number + 1) / (len(held) + 1)
        weight = share * (back.confidence + _FAINTEST)
        weight /= weight + (1 - share) * (onward.confidence + _FAINTEST)
        part = np.float32(weight)
        yield Placement(
            onward.frame,
            (1 - part) * onward.vertices + part * back.vertices,
            (1 - part) * onward.visible + part * back.visible,
            (1 - weight) * onward.confidence + weight * back.confidence,
        )
    sweep.start(end)
