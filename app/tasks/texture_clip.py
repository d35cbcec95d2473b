"""Draw what is painted on a frame on every other frame of a clip, as if it lay on what moves there."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.formats.label_pictures import frame_pictures
from app.media.clip import Clip
from app.media.npz_writer import add_array, streamed_array
from app.media.picture_file import read_picture_with_alpha
from app.tasks.propagate import WatchedFrames
from app.whole_folder import Mark, whole_folder
from engines.frame_source import FrameSource
from engines.labels.presence import Presence
from engines.propagation.types import Direction, Quality
from engines.texture.draw import draw_textures, shares, uv_map
from engines.texture.mesh import Placement, Texture, at_rest, mesh_over

_MADE_BY = "throughline propagate --texture"
_MARK = Mark("texture.json", f'"made_by": "{_MADE_BY}"'.encode())
_LAYERS, _UV, _TABLE = "layers", "uv.npz", "confidence.csv"
_SHOWN = 0.02
"""Share of a mesh that has to be seen for a texture to count as visible."""


@dataclass(frozen=True, slots=True)
class TextureWish:
    """How textures are to be carried."""

    direction: Direction = "both"
    quality: Quality = "normal"


def painted_frames(path: Path, frame: int | None, clip: Clip) -> dict[int, NDArray[np.uint8]]:
    """Return the paint in `path`, a picture for `frame` or a folder of them by number, RGBA uint8. Raises UserError."""
    if path.is_dir() and frame is not None:
        raise UserError(f"{path} is a folder, whose pictures say their frames themselves", "leave --frame out")
    files = frame_pictures(path) if path.is_dir() else {frame or 0: path}
    return {number: _paint(file, number, clip) for number, file in sorted(files.items())}


def _paint(file: Path, frame: int, clip: Clip) -> NDArray[np.uint8]:
    if not 0 <= frame < clip.n_frames:
        raise UserError(
            f"{file} is for frame {frame}, but {clip.path.name} has {clip.n_frames}, counted from 0",
            "give another --frame, or name it by another",
        )
    if not file.is_file():
        raise UserError(f"There is no picture {file}", "check the name")
    try:
        paint = read_picture_with_alpha(file)
    except ValueError as error:
        raise UserError(f"{file} cannot be read as a picture ({error})", "give a PNG with alpha") from error
    if paint is None:
        raise UserError(
            f"{file} has no alpha, which says where it is painted",
            "save it as an RGBA PNG, transparent where nothing is painted",
        )
    if paint.shape[:2] != (clip.height, clip.width):
        raise UserError(
            f"{file} is {paint.shape[1]} x {paint.shape[0]} pixels, but {clip.path.name} is "
            f"{clip.width} x {clip.height}",
            "paint on a frame of the clip in its own size",
        )
    if not paint[..., 3].any():
        raise UserError(f"Nothing is painted in {file}: its alpha is 0 everywhere", "paint on it")
    return paint


def textures_of(frames: FrameSource, painted: Mapping[int, NDArray[np.uint8]]) -> list[Texture]:
    """Return what is painted, RGBA uint8 (H, W, 4) by frame, on meshes over it, by rising frame."""
    return [
        Texture(frame, paint, np.array(frames.image(frame)), mesh_over(paint[..., 3] > 0))
        for frame, paint in sorted(painted.items())
    ]


def n_steps(painted: Sequence[int], n_frames: int, direction: Direction) -> int:
    """Return how many steps `texture_clip` takes."""
    reached = sum(
        len(range(frame + 1, after)) * (direction != "backward")
        + len(range(before + 1, frame)) * (direction != "forward")
        for frame, before, after in _neighbours(sorted(painted), n_frames)
    )
    return reached + n_frames


def texture_clip(
    clip: Clip, painted: Mapping[int, NDArray[np.uint8]], wish: TextureWish, out: Path, damaged: set[int]
) -> Iterator[None]:
    """Write the clip with textures on it; yields for each step, see `n_steps`.

    Gives ``%05d.png``, the frames with paint on them, ``layers/%05d.png``, the paint alone (RGBA), and ``uv.npz`` with
    `uv` float32 (frames, H, W, 2), which x and y of the painted frame a pixel shows, NaN where it shows no paint, and
    `painted` int32 (frames,), which frame that is; ``confidence.csv`` and ``texture.json``. Frames that no paint
    reaches come out as they are. All or nothing, see `whole_folder`; memory does not grow with the clip.
    """
    names = [f"{frame:05d}.png" for frame in range(clip.n_frames)]
    files = [_MARK.name, _UV, _TABLE, *names, *(f"{_LAYERS}/{name}" for name in names)]
    with whole_folder(out, _MARK, files) as folder, clip.open() as reader:
        frames = WatchedFrames(reader, damaged)
        textures = textures_of(frames, painted)
        with _Placements(textures, clip.n_frames) as places:
            yield from _carried(frames, textures, wish, places)
            (folder / _LAYERS).mkdir()
            with (
                streamed_array(folder / _UV, "uv", (clip.n_frames, clip.height, clip.width, 2)) as maps,
                (folder / _TABLE).open("w", newline="", encoding="utf-8") as file,
            ):
                table = csv.writer(file, lineterminator="\n")
                table.writerow(("frame", "confidence", "presence"))
                anchors = []
                for frame in range(clip.n_frames):
                    image = frames.image(frame)
                    shown = places.shown(frame)
                    drawn = draw_textures(shown, image)
                    Image.fromarray(drawn.image).save(folder / names[frame])
                    Image.fromarray(drawn.layer).save(folder / _LAYERS / names[frame])
                    most = max(shown, key=lambda each: each[2], default=None)
                    nothing = np.full((clip.height, clip.width, 2), np.nan, np.float32)
                    maps.write(nothing if most is None else uv_map(most[0], most[1], image))
                    anchors.append(-1 if most is None else most[0].frame)
                    believed = None if most is None or frame in damaged else most[1]
                    table.writerow((frame, *_told(believed, clip)))
                    yield None
            add_array(folder / _UV, "painted", np.array(anchors, np.int32))
        facts = {
            "made_by": _MADE_BY,
            "frames": clip.n_frames,
            "painted": sorted(painted),
            "direction": wish.direction,
            "quality": wish.quality,
        }
        (folder / _MARK.name).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _carried(
    frames: FrameSource, textures: Sequence[Texture], wish: TextureWish, places: _Placements
) -> Generator[None]:
    """Put the placements of all textures into `places`, each as far as its neighbours."""
    from engines.texture.carry import carry_texture  # SciPy's solvers, for which other verbs need not wait

    neighbours = _neighbours([texture.frame for texture in textures], len(frames))
    for number, (texture, (_, before, after)) in enumerate(zip(textures, neighbours, strict=True)):
        region = texture.paint[..., 3] > 0
        wanted = range(before + 1, after)
        with closing(carry_texture(frames, texture, region, (), wish.direction, wish.quality, wanted)) as placements:
            for placement in placements:
                places.put(number, placement)
                yield None


def _neighbours(painted: Sequence[int], n_frames: int) -> list[tuple[int, int, int]]:
    """Return each painted frame with those before and after it, -1 and `n_frames` where there is none."""
    around = [-1, *painted, n_frames]
    return [(here, before, after) for (before, here), (_, after) in pairwise(pairwise(around))]


def _told(placement: Placement | None, clip: Clip) -> tuple[str, str]:
    """Return the confidence and presence of a placement as the table has them."""
    if placement is None:
        return "0.0000", Presence.UNCERTAIN.value
    presence = presence_of(placement.vertices, placement.visible, (clip.width, clip.height))
    return f"{placement.confidence:.4f}", presence.value


def presence_of(vertices: NDArray[np.floating], visible: NDArray[np.floating], size: tuple[int, int]) -> Presence:
    """Return where a surface is whose `vertices` (V, 2) are seen by `visible` (V,), in a picture of (width, height)."""
    if (visible >= 0.5).mean() >= _SHOWN:
        return Presence.VISIBLE
    inside = ((vertices >= 0) & (vertices <= (size[0] - 1, size[1] - 1))).all(1)
    return Presence.OCCLUDED if inside.any() else Presence.OUT_OF_FRAME


class _Placements:
    """Where textures lie on all frames, on disk: some kilobytes for each. Use it in a ``with`` statement."""

    def __init__(self, textures: Sequence[Texture], n_frames: int) -> None:
        self._textures, self._n_frames = textures, n_frames

    def __enter__(self) -> _Placements:
        self._file = tempfile.TemporaryFile()
        self._starts = np.cumsum([0, *(3 * len(texture.mesh.vertices) + 1 for texture in self._textures)])
        self._known = np.zeros((len(self._textures), self._n_frames), bool)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, number: int, placement: Placement) -> None:
        """Take note of where a texture lies."""
        values = np.column_stack([placement.vertices, placement.visible]).astype(np.float32)
        self._file.seek(self._place(number, placement.frame))
        self._file.write(np.append(values.ravel(), np.float32(placement.confidence)).astype(np.float32).tobytes())
        self._known[number, placement.frame] = True

    def shown(self, frame: int) -> list[tuple[Texture, Placement, float]]:
        """Return the textures that show on a frame, where they lie, and by what share."""
        here = [
            texture.frame
            for number, texture in enumerate(self._textures)
            if texture.frame == frame or self._known[number, frame]
        ]
        parts = shares(frame, here)
        found = []
        for number, texture in enumerate(self._textures):
            share = parts.get(texture.frame, 0.0)
            if share > 0:
                own = texture.frame == frame
                found.append((texture, at_rest(texture.mesh, frame) if own else self._get(number, frame), share))
        return found

    def _get(self, number: int, frame: int) -> Placement:
        n_vertices = len(self._textures[number].mesh.vertices)
        self._file.seek(self._place(number, frame))
        read = np.frombuffer(self._file.read(4 * (3 * n_vertices + 1)), np.float32)
        values = read[:-1].reshape(n_vertices, 3)
        return Placement(frame, values[:, :2].copy(), values[:, 2].copy(), float(read[-1]))

    def _place(self, number: int, frame: int) -> int:
        return 4 * (frame * int(self._starts[-1]) + int(self._starts[number]))
