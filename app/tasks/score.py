"""How well predicted masks match the truth: J and F for every object of two folders of PNGs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.label_pictures import frame_pictures
from app.formats.mask_png import VOID_VALUE, read_mask
from engines.metrics.davis import ObjectScore, boundary_f, mean_score, region_similarity, statistics

FOREGROUND = 255
"""The only value in a truth that does not tell objects apart, as in DAVIS 2016: black and white pictures."""
ANY = 0
"""In the place of a predicted id: whatever is not background."""
MIN_FRAMES = 3
"""The first and the last frame do not count, and something has to."""


@dataclass(frozen=True, slots=True)
class MaskScore:
    """J and F of every object in the truth, by id, and what a person should know about the comparison."""

    objects: dict[int, ObjectScore]
    n_frames: int
    notes: tuple[str, ...]

    @property
    def mean(self) -> tuple[float, float]:
        """Mean J and mean F over the objects."""
        return mean_score(list(self.objects.values()))


def score_masks(truth: Path, prediction: Path) -> Iterator[tuple[int, int] | MaskScore]:
    """Compare two folders of PNGs frame by frame: yields (done, total) for each, then the `MaskScore`.

    The truth's files say which frames count; the prediction needs all of them and may have more.
    Where each side shows one object only, its ids need not agree; a truth of 0 and 255 is compared with
    all objects of the prediction as one. Pixels that are void in the truth are left out, as DAVIS does: 255 where
    there are other values. One pair of pictures in memory at a time.
    Raises UserError, naming the file, for what does not fit.
    """
    pairs = _pairs(truth, prediction)
    ids, has_void = _ids(truth_file for truth_file, _ in pairs)
    predicted_ids, _ = _ids(other for _, other in pairs)
    if not ids:
        raise UserError(f"{truth} shows no object: every pixel of every frame is 0", "give a truth with objects in it")
    matches, notes = _matches(ids, predicted_ids)
    n_more = len(frame_pictures(prediction)) - len(pairs)
    if n_more:
        notes += (f"The truth has {len(pairs)} frames; {n_more} more of the prediction were not scored.",)
    if has_void:
        notes += (f"Pixels of the value {VOID_VALUE} in the truth are void and were left out.",)
    rows: dict[int, list[tuple[float, float]]] = {object_id: [] for object_id in ids}
    for n_done, (truth_file, predicted_file) in enumerate(pairs, 1):
        true_values, values = _read_pair(truth_file, predicted_file)
        counts = true_values != VOID_VALUE if has_void else np.True_
        for object_id, other_id in matches.items():
            seen = (true_values == object_id, values > 0 if other_id == ANY else values == other_id)
            pair = (seen[0] & counts, seen[1] & counts)
            rows[object_id].append((region_similarity(*pair), boundary_f(*pair)))
        yield n_done, len(pairs)
    yield MaskScore({object_id: _object_score(row) for object_id, row in rows.items()}, len(pairs), notes)


def _matches(ids: list[int], predicted_ids: list[int]) -> tuple[dict[int, int], tuple[str, ...]]:
    """Return which id of the prediction (or `ANY`) stands for each id of the truth, and a note on what is not plain."""
    strangers = [object_id for object_id in predicted_ids if object_id not in ids]
    if not strangers:
        return {object_id: object_id for object_id in ids}, ()
    if ids == [FOREGROUND]:
        return {FOREGROUND: ANY}, ("The truth is foreground against background, so objects were scored as one.",)
    if len(ids) == len(predicted_ids) == 1:
        note = f"Object {strangers[0]} of the prediction was taken for object {ids[0]} of the truth."
        return {ids[0]: strangers[0]}, (note,)
    note = f"The truth has no object {', '.join(map(str, strangers))}; what the prediction says is left out."
    return {object_id: object_id for object_id in ids}, (note,)


def _pairs(truth: Path, prediction: Path) -> list[tuple[Path, Path]]:
    """Return the files to compare, in frame order."""
    for path in (truth, prediction):
        if path.is_file():
            raise UserError(f"{path} is one file, but a score needs a folder of frames", "give the folder it lies in")
    true_files, predicted_files = frame_pictures(truth), frame_pictures(prediction)
    missing = sorted(set(true_files) - set(predicted_files))
    if missing:
        raise UserError(
            f"{prediction} lacks {len(missing)} of the truth's {len(true_files)} frames, first {missing[0]:05d}.png",
            "give a prediction for every frame, empty ones included",
        )
    if len(true_files) < MIN_FRAMES:
        raise UserError(
            f"{truth} has {len(true_files)} frames, and the first and the last do not count",
            f"give at least {MIN_FRAMES}",
        )
    return [(file, predicted_files[frame]) for frame, file in sorted(true_files.items())]


def _ids(files: Iterator[Path]) -> tuple[list[int], bool]:
    """Return the object ids that occur in any of `files`, rising, and whether there is void beside them."""
    seen = np.zeros(256, bool)
    for file in files:
        seen |= np.bincount(read_mask(file).values.ravel(), minlength=256) > 0
    ids = [int(value) for value in np.flatnonzero(seen) if value]
    has_void = VOID_VALUE in ids and len(ids) > 1
    return [value for value in ids if not (has_void and value == VOID_VALUE)], has_void


def _read_pair(truth: Path, prediction: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the values of two pictures of one size."""
    true_values, values = read_mask(truth).values, read_mask(prediction).values
    if true_values.shape != values.shape:
        (height, width), (true_height, true_width) = values.shape, true_values.shape
        raise UserError(
            f"{prediction} is {width} x {height} pixels, but {truth} is {true_width} x {true_height}",
            "score masks of the same size",
        )
    return true_values, values


def _object_score(rows: list[tuple[float, float]]) -> ObjectScore:
    """Return the score from (J, F) of every frame, the first and the last left out of the statistics."""
    j_frames, f_frames = np.array(rows, np.float64).T
    return ObjectScore(statistics(j_frames[1:-1]), statistics(f_frames[1:-1]), j_frames, f_frames)
