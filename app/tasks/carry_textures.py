"""Carry the textures of a project's objects through its clip: the counterpart of `propagate_masks`.

The engine knows one painting with its mesh. Here an object's anchors become its paintings, each carried as far as it
shows, the corrections by dragged vertices, and the frames on which the object is not, across which nothing is carried.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.tasks.carry_points import Tick
from app.tasks.propagate import Seen, WatchedFrames, unseen
from app.tasks.texture_clip import presence_of
from engines.frame_source import FrameSource
from engines.labels.alpha import straight
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.labels.sheets import Sheet, Sheets
from engines.propagation.fusion import absent
from engines.propagation.types import Direction, PaintAnchor, PaintResult, Quality, Stretch
from engines.texture.draw import shares
from engines.texture.mesh import Mesh, Pins, Placement, Texture, mesh_over

_IN_MEMORY_BYTES = 8 << 20
_INSIDE = 0.9
"""Of what is painted that has to lie in an object's mask for that mask to be its surface."""
_NEAR_SHARE = 1.0
"""Of the spacing of a mesh: how near a vertex of another mesh has to be to say where this one's is."""

Key = tuple[int, int]
"""An object and a frame."""


@dataclass(frozen=True, slots=True)
class TextureRun:
    """A run of textures, frozen when it is asked for."""

    direction: Direction
    quality: Quality
    anchors: tuple[PaintAnchor, ...] = ()
    """All anchors of the objects concerned."""
    stretches: tuple[Stretch, ...] = ()
    surfaces: Mapping[int, tuple[RleMask, ...]] = field(default_factory=dict)
    """By frame, the masks of the clip's objects there: what is painted inside one lies on that object's surface."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A texture on the frames between two on which it is not."""

    object_id: int
    painted: tuple[PaintAnchor, ...]
    corrections: tuple[PaintAnchor, ...]
    wanted: frozenset[int]
    beside: tuple[int, ...]
    """The frames around it on which it is not."""


def carry_textures(
    clip: Clip, run: TextureRun, damaged: set[int], seen: Seen = unseen
) -> Generator[PaintResult | Tick]:
    """Yield where the paint of `run` lies on each frame that is wanted, and how far the run is.

    A frame on which two paintings fade into one another comes twice, at first as one of them has it. Frames that are
    damaged are added to `damaged`; what was found on them is not believed. Closing it cancels.
    """
    parts = _parts(run, clip.n_frames)
    for part in parts:
        if not part.painted:
            yield from (_absent(part, frame) for frame in sorted(part.wanted))
    parts = [part for part in parts if part.painted]
    shown = [_shown_on(part, run.direction) for part in parts]
    total = sum(
        len(_path(part, here, anchor)) for part, here in zip(parts, shown, strict=True) for anchor in part.painted
    )
    n_done = 0
    with clip.open() as reader:
        frames = WatchedFrames(reader, damaged, seen)
        for part, here in zip(parts, shown, strict=True):
            with closing(_carried(frames, run, part, here)) as results:
                for result in results:
                    if result is None:
                        n_done += 1
                        yield Tick(n_done, max(n_done, total))
                    else:
                        yield _judged(result, damaged)


def _carried(
    frames: FrameSource, run: TextureRun, part: _Part, shown: Mapping[int, Mapping[int, float]]
) -> Generator[PaintResult | None]:
    """Yield the results of a part, and None for each frame gone through."""
    from engines.texture.carry import carry_texture  # its solvers take a while to load

    size = frames.width, frames.height
    told: set[int] = set()
    with _Kept() as kept:
        for anchor in part.painted:
            path = _path(part, shown, anchor)
            if not path:
                continue
            assert isinstance(anchor.content, Painting)
            paint = straight(anchor.content.decode())
            region = _region(paint[..., 3] > 0, run.surfaces.get(anchor.frame, ()))
            mesh = mesh_over(region)
            texture = Texture(anchor.frame, paint, np.array(frames.image(anchor.frame)), mesh)
            pins = [found for each in part.corrections if (found := _pins(mesh, each, anchor.frame)) is not None]
            wanted = range(min(path), max(path) + 1)
            steps = carry_texture(frames, texture, region, pins, run.direction, run.quality, wanted)
            with closing(steps) as placements:
                for placement in placements:
                    yield None
                    parts_here = shown.get(placement.frame, {})
                    if placement.frame not in part.wanted or anchor.frame not in parts_here:
                        continue
                    here = [(_sheet(anchor.frame, mesh, placement, parts_here[anchor.frame]), placement.confidence)]
                    here += kept.take(placement.frame)
                    is_final = len(here) == len(parts_here)
                    if not is_final:
                        kept.put(placement.frame, here)
                    else:
                        told.add(placement.frame)
                    yield _result(part, placement.frame, here, size, is_final)
    for frame in sorted(part.wanted - told):
        yield _absent(part, frame)


def _parts(run: TextureRun, n_frames: int) -> list[_Part]:
    """Return what is to be carried: objects in rising order, each part by part."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for stretch in run.stretches:
        wanted[stretch.object_id].update(range(stretch.first, stretch.last + 1))
    parts = []
    for object_id, frames in sorted(wanted.items()):
        own = sorted((each for each in run.anchors if each.object_id == object_id), key=lambda each: each.frame)
        gone = [each.frame for each in own if not each.is_here]
        for before, after in pairwise([-1, *gone, n_frames]):
            inside = frozenset(frame for frame in frames if before < frame < after)
            here = [each for each in own if before < each.frame < after]
            painted = tuple(each for each in here if isinstance(each.content, Painting))
            corrections = tuple(each for each in here if isinstance(each.content, Sheets))
            beside = tuple(frame for frame in (before, after) if frame in gone)
            if inside:
                parts.append(_Part(object_id, painted, corrections, inside, beside))
    return parts


def _shown_on(part: _Part, direction: Direction) -> dict[int, dict[int, float]]:
    """Return which paintings show on each frame that is wanted, by what share; none where none reaches it."""
    painted = [anchor.frame for anchor in part.painted]
    found = {}
    for frame in part.wanted:
        reaching = [
            at
            for at in painted
            if not (direction == "forward" and at > frame) and not (direction == "backward" and at < frame)
        ]
        found[frame] = shares(frame, reaching)
    return found


def _path(part: _Part, shown: Mapping[int, Mapping[int, float]], anchor: PaintAnchor) -> list[int]:
    """Return the frames on which a painting shows."""
    return sorted(frame for frame in part.wanted if anchor.frame in shown[frame])


def _region(painted: NDArray[np.bool_], surfaces: Iterable[RleMask]) -> NDArray[np.bool_]:
    """Return what of a frame shows the surface that is painted on: the smallest mask around it, or the paint alone."""
    n_painted = np.count_nonzero(painted)
    for mask in sorted(surfaces, key=lambda mask: mask.area):
        if mask.area >= _INSIDE * n_painted:
            whole = mask.decode()
            if np.count_nonzero(whole & painted) >= _INSIDE * n_painted:
                return whole | painted
    return painted


def _pins(mesh: Mesh, correction: PaintAnchor, frame: int) -> Pins | None:
    """Return what a correction says of the mesh of the painting on `frame`, None where it says nothing."""
    assert isinstance(correction.content, Sheets)
    for sheet in correction.content.sheets:
        if sheet.frame == frame:
            # What was painted may have changed since: what a vertex of the old mesh did, the nearest new one does.
            apart = np.hypot(*(mesh.vertices[:, None] - sheet.rest[None]).transpose(2, 0, 1))
            nearest = apart.argmin(1)
            spacing = np.hypot(*(sheet.rest[sheet.triangles[:, 0]] - sheet.rest[sheet.triangles[:, 1]]).T).mean()
            which = np.flatnonzero(apart.min(1) <= _NEAR_SHARE * spacing)
            way = sheet.vertices - sheet.rest
            aims = (mesh.vertices[which] + way[nearest[which]]).astype(np.float32)
            visible = (sheet.visible[nearest[which]] / 255).astype(np.float32)
            return Pins(correction.frame, which.astype(np.int32), aims, visible) if len(which) else None
    return None


def _sheet(frame: int, mesh: Mesh, placement: Placement, share: float) -> Sheet:
    visible = np.rint(255 * placement.visible).astype(np.uint8)
    return Sheet(frame, mesh.vertices, mesh.triangles.astype(np.uint16), placement.vertices, visible, float(share))


def _result(
    part: _Part, frame: int, here: Sequence[tuple[Sheet, float]], size: tuple[int, int], is_final: bool
) -> PaintResult:
    sheets = Sheets.of(sheet for sheet, _ in sorted(here, key=lambda each: each[0].frame))
    weight = sum(sheet.share for sheet, _ in here)
    confidence = sum(sheet.share * chance for sheet, chance in here) / weight if weight else 0.0
    top = max(here, key=lambda each: each[0].share)[0]
    presence = presence_of(top.vertices, top.visible / 255, size)
    return PaintResult(part.object_id, frame, sheets, float(np.clip(confidence, 0, 1)), presence, is_final)


def _judged(result: PaintResult, damaged: set[int]) -> PaintResult:
    """Return `result`; on a damaged frame nothing was seen."""
    if result.frame not in damaged:
        return result
    return PaintResult(result.object_id, result.frame, result.content, 0.0, Presence.UNCERTAIN, result.is_final)


def _absent(part: _Part, frame: int) -> PaintResult:
    """Return what frames say that no paint reaches."""
    distance = min((abs(frame - other) for other in part.beside), default=len(part.wanted))
    told = absent(distance, Presence.OCCLUDED)
    return PaintResult(part.object_id, frame, Sheets(), told.confidence, told.presence)


class _Kept:
    """Sheets of one painting on frames where another one shows too, until that is known: on disk when they are many."""

    def __enter__(self) -> _Kept:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)
        self._places: dict[int, tuple[int, int, list[float]]] = {}
        self._end = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, frame: int, here: Sequence[tuple[Sheet, float]]) -> None:
        """Keep what is known of a frame."""
        data = Sheets.of(sheet for sheet, _ in here).to_bytes()
        self._file.seek(self._end)
        self._file.write(data)
        self._places[frame] = self._end, len(data), [chance for _, chance in here]
        self._end += len(data)

    def take(self, frame: int) -> Iterator[tuple[Sheet, float]]:
        """Yield what was kept of a frame, and keep it no longer."""
        start, n_bytes, chances = self._places.pop(frame, (0, 0, []))
        if chances:
            self._file.seek(start)
            yield from zip(Sheets.from_bytes(self._file.read(n_bytes)).sheets, chances, strict=True)
