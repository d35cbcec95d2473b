"""Pictures that people painted, one file a frame: what textures and colour have in common as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.id_pictures import pictures_in
from app.formats.interface import FileContent, Found, FrameIdentity
from app.media.clip import Clip
from app.media.picture_file import probe_picture, read_picture, read_picture_with_alpha
from app.project.model import Object
from engines.labels.alpha import multiplied
from engines.labels.painting import Painting

MAX_FILES = 1_000_000


def read_series(series: Sequence[tuple[Object, Path]], folder: Path, clip: Clip, *, needs_alpha: bool) -> FileContent:
    """Return the labels of objects whose pictures are given, each a PNG or a folder of them, a frame at a time.

    Raises UserError, naming the file, for one that is damaged or of another size than the clip, or that has no alpha
    though that `needs_alpha`.
    """
    by_frame: dict[FrameIdentity, list[tuple[int, Path]]] = {}
    for found, path in series:
        for identity, file in pictures_in(path):
            by_frame.setdefault(identity, []).append((found.object_id, file))
    if sum(map(len, by_frame.values())) > MAX_FILES:
        raise UserError(f"{folder} holds too many pictures", f"give at most {MAX_FILES:,}")
    frames = tuple(sorted(by_frame, key=lambda identity: identity.name))

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place, identity in enumerate(frames):
            files = by_frame[identity]
            yield place, tuple(Found(object_id, _painting(file, clip, needs_alpha)) for object_id, file in files)

    return FileContent(tuple(found for found, _ in series), frames, labels(), folder)


def _painting(file: Path, clip: Clip, needs_alpha: bool) -> Painting:
    facts = probe_picture(file)
    if facts is None:
        raise UserError(f"{file} is no picture", "give PNG files")
    if (facts.width, facts.height) != (clip.width, clip.height):
        raise UserError(
            f"{file} is {facts.width} x {facts.height} pixels, but the clip is {clip.width} x {clip.height}",
            "give pictures of the clip's own size",
        )
    try:
        rgba = read_picture_with_alpha(file)
        if rgba is None and not needs_alpha:
            rgba = _opaque(read_picture(file))
    except ValueError as error:
        raise UserError(f"{file} is damaged or cut short ({error})", "give a whole PNG file") from error
    if rgba is None:
        raise UserError(f"{file} does not say where it is painted", "give PNG files with alpha")
    return Painting.encode(multiplied(rgba))


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack((rgb, np.full(rgb.shape[:2], 255, np.uint8)))
