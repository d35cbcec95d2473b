"""The result of a run of masks as a folder: one PNG a frame, and how sure the engine is of each."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.formats.label_pictures import LabelPictures
from app.formats.mask_png import VOID_VALUE, grey_palette, read_mask, write_mask
from app.media.clip import Clip
from app.whole_folder import Mark, whole_folder
from engines.labels.presence import Presence
from engines.propagation.types import MaskResult

_PRESENCES = tuple(Presence)
_TABLE = "confidence.csv"
_DOUBT = "doubt"
_COLUMNS = ("frame", "object", "confidence", "presence")
_MARK = Mark(_TABLE, ",".join(_COLUMNS).encode())


class ConfidenceTable:
    """Confidence and presence of every object on every frame, a few bytes for each."""

    def __init__(self, object_ids: Iterable[int], n_frames: int) -> None:
        """Start with what is true of a frame that nothing was carried to: no confidence, uncertain."""
        unknown = _PRESENCES.index(Presence.UNCERTAIN)
        self._confidence = {object_id: array("f", bytes(4 * n_frames)) for object_id in object_ids}
        self._presence = {object_id: bytearray([unknown]) * n_frames for object_id in self._confidence}
        self._n_frames = n_frames

    def put(self, object_id: int, frame: int, confidence: float, presence: Presence) -> None:
        """Set one entry."""
        self._confidence[object_id][frame] = confidence
        self._presence[object_id][frame] = _PRESENCES.index(presence)

    def rows(self) -> Iterator[tuple[int, int, str, str]]:
        """Yield (frame, object, confidence, presence), by frame, then by object."""
        for frame in range(self._n_frames):
            for object_id, confidence in self._confidence.items():
                presence = _PRESENCES[self._presence[object_id][frame]]
                yield frame, object_id, f"{confidence[frame]:.4f}", presence.value


def write_masks(
    clip: Clip, labels: LabelPictures, results: Iterable[MaskResult], out: Path, *, with_doubt: bool = False
) -> Iterator[None]:
    """Write anchors and `results` to the folder `out`; yields once for each result taken.

    Gives ``%05d.png`` for every frame, value = object id, in the palette of `labels`, and ``confidence.csv``.
    Anchors come out as they went in, void too. Where derived masks of several objects cover a pixel, the
    highest id takes it. `with_doubt` adds ``doubt/%05d.png``: the chance that a pixel is labelled wrong, times 255, the
    most of all objects; 0 where nothing was carried, as on anchors. Memory does not grow with the clip: a frame is on
    disk as soon as the results move on to another. All or nothing, see `whole_folder`.
    """
    table = ConfidenceTable(labels.object_ids, clip.n_frames)
    names = [f"{frame:05d}.png" for frame in range(clip.n_frames)]
    files = [_TABLE, *names, *(f"{_DOUBT}/{name}" for name in names if with_doubt)]
    with whole_folder(out, _MARK, files) as folder:
        canvas = FrameCanvas(folder, clip, labels.palette)
        doubts = FrameCanvas(folder / _DOUBT, clip, grey_palette()) if with_doubt else None
        for anchor in sorted(labels.anchors, key=lambda anchor: anchor.frame):
            canvas.paint(anchor.frame, anchor.mask.decode() * np.uint8(anchor.object_id))
            presence = Presence.VISIBLE if anchor.mask.area else anchor.absence
            table.put(anchor.object_id, anchor.frame, 1.0, presence)
        for frame, void in sorted(labels.void.items()):
            canvas.paint(frame, void.decode() * np.uint8(VOID_VALUE))
        for result in results:
            if result.is_final:
                canvas.paint(result.frame, result.mask.decode() * np.uint8(result.object_id))
                if doubts is not None and result.doubt is not None:
                    doubts.paint(result.frame, result.doubt.picture(clip.width, clip.height))
                table.put(result.object_id, result.frame, result.confidence, result.presence)
            yield
        canvas.finish()
        if doubts is not None:
            doubts.finish()
        with (folder / _TABLE).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows(table.rows())


class FrameCanvas:
    """The frames of a mask folder while objects are painted into them, one frame in memory at a time.

    The highest value on a pixel stays, so the order in which objects arrive does not matter. The folder is made.
    """

    def __init__(self, folder: Path, clip: Clip, palette: NDArray[np.uint8]) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._clip = clip
        self._palette = palette
        self._frame: int | None = None
        self._values = np.zeros((clip.height, clip.width), np.uint8)

    def paint(self, frame: int, values: NDArray[np.uint8]) -> None:
        """Give pixels `values`, uint8 (H, W), where they have no higher ones."""
        if frame != self._frame:
            self._put_away()
            path = self._path(frame)
            self._frame = frame
            self._values = read_mask(path).values if path.exists() else np.zeros_like(self._values)
        np.maximum(self._values, values, out=self._values)

    def finish(self) -> None:
        """Write what is still in memory, and an empty picture for every frame that nothing was painted on."""
        self._put_away()
        nothing = np.zeros_like(self._values)
        for frame in range(self._clip.n_frames):
            if not self._path(frame).exists():
                write_mask(self._path(frame), nothing, self._palette)

    def _put_away(self) -> None:
        if self._frame is not None:
            write_mask(self._path(self._frame), self._values, self._palette)

    def _path(self, frame: int) -> Path:
        return self._folder / f"{frame:05d}.png"
