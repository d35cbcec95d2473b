"""How exactly a texture stays where it was painted, on rendered sheets whose truth is known, and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tasks.markdown import markdown_table
from engines.frame_source import FrameSource
from engines.propagation.point_peers import PEERS
from engines.propagation.types import Quality
from engines.texture.draw import draw_texture, uv_map
from engines.texture.mesh import Placement, Texture, mesh_over
from engines.training.scene import Scene, SceneFrames
from engines.training.sheet import PICTURES, SHEET_ID, sheet_scene, true_places

N_FRAMES = 60
OURS = "mesh"
WAYS = (OURS, "dis-chain", "stay")
_RIM = np.ones((5, 5), np.uint8)
_FASTEST = 1e4
"""Frames a second beyond which a way does nothing."""


@dataclass(frozen=True, slots=True)
class TextureRow:
    """One way on one scene, or the mean of all.

    `seen_px` and `hidden_px` are the mean distances of the mesh's vertices from their truth on frames after the first,
    where the picture shows them and where it does not; `end_px` that of shown ones on the last ten frames, after they
    were hidden. Of the pixels that truly show paint, `mapped` is the share whose place on the painted frame is known,
    `map_px` how far that is off; `false` the share of mapped pixels that show no paint. NaN for ways that draw nothing.
    """

    scene: str
    way: str
    seen_px: float
    end_px: float
    hidden_px: float
    map_px: float
    mapped: float
    false: float
    frames_per_s: float
    draws_per_s: float
    processor_s: float
    """Of all cores, for a frame, drawing left out: other work on the machine does not count."""


def bench_texture(number: int, n_frames: int = N_FRAMES, quality: Quality = "normal") -> Iterator[TextureRow]:
    """Yield a row for each of `WAYS` on one of the scenes of `engines.training.sheet`."""
    scene = sheet_scene(number, n_frames=n_frames)
    frames = _Rendered(scene)
    region = cv2.erode((scene.ids(0) == SHEET_ID).astype(np.uint8), _RIM) > 0
    picture = np.array(frames.image(0))
    paint = np.dstack([picture, region.astype(np.uint8) * np.uint8(255)])
    texture = Texture(0, paint, picture, mesh_over(region))
    truth = _Truth(scene, texture, region)
    for way in WAYS:
        if way == OURS:
            yield _ours(texture, region, frames, truth, quality)
            continue
        started_s, used_s = time.perf_counter(), time.process_time()
        found = PEERS[way](frames, range(n_frames), texture.mesh.vertices.astype(np.float64))
        seconds, used_s = time.perf_counter() - started_s, time.process_time() - used_s
        nothing, n_steps = float("nan"), n_frames - 1
        errors = truth.errors(dict(enumerate(found)))
        speeds = (n_steps / seconds, nothing, used_s / n_steps)
        yield TextureRow(truth.name, way, *errors, nothing, nothing, nothing, *speeds)


def _ours(
    texture: Texture, region: NDArray[np.bool_], frames: FrameSource, truth: _Truth, quality: Quality
) -> TextureRow:
    from engines.texture.carry import carry_texture  # SciPy's solvers, for which other verbs need not wait

    started_s, used_s = time.perf_counter(), time.process_time()
    placed: dict[int, Placement] = {
        each.frame: each for each in carry_texture(frames, texture, region, quality=quality)
    }
    seconds, used_s = time.perf_counter() - started_s, time.process_time() - used_s
    errors = truth.errors({frame: each.vertices.astype(np.float64) for frame, each in placed.items()})
    maps = [truth.map_errors(each, frames.image(frame)) for frame, each in placed.items()]
    off, n_mapped, n_true, n_false = (float(np.sum(column)) for column in zip(*maps, strict=True))
    started_s = time.perf_counter()
    for frame in placed:
        draw_texture(texture, placed[frame], frames.image(frame))
    drawing = time.perf_counter() - started_s
    return TextureRow(
        truth.name,
        OURS,
        *errors,
        off / max(n_mapped, 1),
        n_mapped / max(n_true, 1),
        n_false / max(n_false + n_mapped, 1),
        len(placed) / seconds,
        len(placed) / drawing,
        used_s / len(placed),
    )


class _Truth:
    """Where a sheet truly is."""

    def __init__(self, scene: Scene, texture: Texture, region: NDArray[np.bool_]) -> None:
        self._scene, self._texture, self._region = scene, texture, region
        self.name = PICTURES[scene.look.seed][0]
        at = np.rint(texture.mesh.vertices).astype(int)
        size = scene.width, scene.height
        self._inner = _shows(region, at, size)

    def errors(self, found: Mapping[int, NDArray[np.float64]]) -> tuple[float, float, float]:
        """Return the mean distances of vertices that are shown, of those at the end, and of hidden ones."""
        seen, end, hidden = [], [], []
        size = self._scene.width, self._scene.height
        for frame in range(1, self._scene.n_frames):
            true = true_places(self._scene, 0, self._texture.mesh.vertices, frame)
            off = np.hypot(*(found[frame] - true).T)
            shown = _shows(self._scene.ids(frame) == SHEET_ID, np.rint(true).astype(int), size)
            seen.append(off[self._inner & shown])
            hidden.append(off[self._inner & ~shown])
            if frame >= self._scene.n_frames - 10:
                end.append(seen[-1])
        means = (np.concatenate(each) for each in (seen, end, hidden))
        one, two, three = (float(each.mean()) if each.size else float("nan") for each in means)
        return one, two, three

    def map_errors(self, placement: Placement, image: NDArray[np.uint8]) -> tuple[float, int, int, int]:
        """Return the sum of a map's errors over pixels that show paint, how many those are, of how many, and others."""
        found = uv_map(self._texture, placement, image)
        rows, columns = np.nonzero(self._scene.ids(placement.frame) == SHEET_ID)
        here = np.column_stack([columns, rows]).astype(np.float32)
        true = true_places(self._scene, placement.frame, here, 0)
        size = self._scene.width, self._scene.height
        painted = _shows(self._region, np.rint(true).astype(int), size)
        told = found[rows, columns]
        known = np.isfinite(told[:, 0])
        off = np.hypot(*(told - true).T)[known & painted]
        n_false = int(np.isfinite(found[..., 0]).sum()) - int(known.sum())  # the rim may be either
        return float(off.sum()), len(off), int(painted.sum()), n_false


class _Rendered:
    """A scene drawn once, so that no way is slower for the drawing."""

    def __init__(self, scene: Scene) -> None:
        first = SceneFrames(scene)
        self.width, self.height, self.fingerprint = first.width, first.height, first.fingerprint
        self._pictures = [scene.render(frame).image for frame in range(scene.n_frames)]

    def __len__(self) -> int:
        return len(self._pictures)

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`."""
        return self._pictures[frame]


def _shows(region: NDArray[np.bool_], at: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which of the pixels `at` (n, 2) lie in `region`."""
    inside = (at >= 0).all(1) & (at < size).all(1)
    found = np.zeros(len(at), bool)
    found[inside] = region[at[inside, 1], at[inside, 0]]
    return found


def mean_textures(rows: Sequence[TextureRow]) -> list[TextureRow]:
    """Return the mean of each way over all scenes."""
    means = []
    for way in WAYS:
        own = [row for row in rows if row.way == way]
        if own:
            names = [name for name in TextureRow.__slots__ if name not in ("scene", "way")]
            means.append(TextureRow("mean", way, *(float(np.mean([getattr(row, n) for row in own])) for n in names)))
    return means


def texture_table(rows: Sequence[TextureRow]) -> str:
    """Return `rows` as a Markdown table."""
    head = ["sheet", "way", "shown px", "last ten frames px", "hidden px", "map px", "mapped", "false"]
    head += ["frames/s", "drawn/s", "processor s/frame"]
    lines = []
    for row in rows:
        cells = [row.scene, row.way]
        cells += [_told(value, 2) for value in (row.seen_px, row.end_px, row.hidden_px, row.map_px)]
        cells += [_told(value, 3) for value in (row.mapped, row.false)]
        cells += [_told(value, 1) for value in (row.frames_per_s, row.draws_per_s)]
        lines.append([*cells, f"{row.processor_s:.3f}"])
    return markdown_table(head, lines)


def _told(value: float, digits: int) -> str:
    return "–" if np.isnan(value) or value > _FASTEST else f"{value:.{digits}f}"
