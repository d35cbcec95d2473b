"""How well proposed tubes cover the objects of a truth: boxes and masks, best of the first so many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.bounded import fields, finite, read_json, read_text, reading, rows
from app.formats.label_pictures import frame_pictures
from app.formats.mask_png import VOID_VALUE, read_mask
from app.tasks.propose import MASKS, RESULT
from app.tasks.score import FOREGROUND
from engines.labels.rle import bounding_box
from engines.metrics.davis import region_similarity
from engines.metrics.tubes import TubeScore, box_overlap, tube_score


@dataclass(frozen=True, slots=True)
class TubeScores:
    """Scores of boxes and of masks, None where the prediction has none; how much there was to compare."""

    boxes: TubeScore
    masks: TubeScore | None
    n_objects: int
    n_tubes: int
    n_frames: int


def score_tubes(truth: Path, prediction: Path) -> Iterator[TubeScores | None]:
    """Compare the tubes that `propose` wrote with a truth: yields after each frame, then the `TubeScores`.

    `truth` is a folder of PNGs, value = object id, whose frames are those that count, or OTB's text of one box a frame.
    `prediction` is the folder of `propose`. One frame's pictures in memory at a time. Raises UserError.
    """
    tubes = read_tubes(prediction / RESULT if prediction.is_dir() else prediction)
    if truth.is_file():
        boxes = {1: read_rects(truth)}
        yield _scores(boxes, tubes, None, len(boxes[1]))
        return
    files = frame_pictures(truth)
    n_frames = 1 + max(files)
    folders = [(prediction / MASKS / str(rank)) for rank in range(len(tubes))]
    has_masks = prediction.is_dir() and all(folder.is_dir() for folder in folders)
    found: dict[int, dict[int, NDArray[np.float64]]] = {}
    overlaps: dict[int, list[list[float]]] = {}
    for frame, file in sorted(files.items()):
        values = read_mask(file).values
        guesses = [_mask(folder / f"{frame:05d}.png", values) for folder in folders] if has_masks else []
        ids = [int(value) for value in np.unique(values) if value]
        for object_id in (value for value in ids if value != VOID_VALUE or ids == [FOREGROUND]):
            mask = values == object_id
            found.setdefault(object_id, {})[frame] = np.array(bounding_box(mask), np.float64)
            each = overlaps.setdefault(object_id, [[] for _ in guesses])
            for places, guess in zip(each, guesses, strict=True):
                places.append(region_similarity(mask, guess))
        yield None
    if not found:
        raise UserError(f"{truth} shows no object: every pixel of every frame is 0", "give a truth with objects in it")
    true_boxes = {}
    for object_id, by_frame in found.items():
        true_boxes[object_id] = np.full((n_frames, 4), np.nan)
        for frame, box in by_frame.items():
            true_boxes[object_id][frame] = box
    means = [[float(np.mean(places)) for places in overlaps[object_id]] for object_id in found]
    yield _scores(true_boxes, tubes, means if has_masks else None, n_frames)


def read_tubes(file: Path) -> list[NDArray[np.float64]]:
    """Return the boxes of the tubes in a file that `propose` wrote, by rank, (frames, 4), left, top, right, bottom.

    NaN where a tube has none. Raises UserError, naming the file.
    """
    with reading(file, "tubes"):
        return [_boxes(rows(fields(tube)["boxes"])) for tube in rows(fields(read_json(file))["tubes"])]


def read_rects(file: Path) -> NDArray[np.float64]:
    """Return OTB's boxes, a line ``x,y,width,height`` for each frame, (frames, 4), left, top, right, bottom."""
    with reading(file, "OTB"):
        lines = read_text(file).replace(",", " ").splitlines()
        rects = np.array([[float(number) for number in line.split()] for line in lines if line.strip()])
        if rects.ndim != 2 or rects.shape[1] != 4:
            raise ValueError("a line has other than four numbers")
        return _corners(rects)


def _boxes(listed: list[Any]) -> NDArray[np.float64]:
    rects = np.full((len(listed), 4), np.nan)
    for frame, box in enumerate(listed):
        if box is not None:
            rects[frame] = [finite(side) for side in rows(box)]
    return _corners(rects)


def _corners(rects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y, width and height as corners."""
    return np.hstack([rects[:, :2], rects[:, :2] + rects[:, 2:]])


def _mask(file: Path, like: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return a tube's mask on one frame."""
    if not file.is_file():
        raise UserError(f"There is no {file}", "give the whole folder that `propose` wrote")
    values = read_mask(file).values
    if values.shape != like.shape:
        raise UserError(f"{file} is not of the size of the truth", "score tubes of the same clip")
    return values > 0


def _scores(
    truth: dict[int, NDArray[np.float64]],
    tubes: list[NDArray[np.float64]],
    masks: list[list[float]] | None,
    n_frames: int,
) -> TubeScores:
    """Return the scores of boxes, and of `masks` by object and tube."""
    short = next((tube for tube in tubes if len(tube) < n_frames), None)
    if short is not None:
        raise UserError(
            f"The tubes have {len(short)} frames, but the truth has {n_frames}", "score tubes of the same clip"
        )
    boxes = [[box_overlap(true, tube[: len(true)]) for tube in tubes] for true in truth.values()]
    return TubeScores(tube_score(boxes), None if masks is None else tube_score(masks), len(truth), len(tubes), n_frames)
