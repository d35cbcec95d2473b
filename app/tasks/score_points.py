"""How well predicted points match the truth: PCK by two sizes, and what TAP-Vid measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.label_pictures import frame_pictures
from app.formats.mask_png import read_mask
from app.formats.points_file import LabelledPoints, read_points
from engines.metrics.points import TapScore, box_size, errors_px, identity_switches, mask_size, tap_score

SHARES = (0.1, 0.2)
"""Of an animal's size, that a joint may be off and still count as correct."""


@dataclass(frozen=True, slots=True)
class PointScore:
    """PCK by size ("box", and "mask" where there are masks) and share, all joints of all frames together.

    `joints` has PCK@0.2 by the box of each joint that was judged; `n_points` and `n_frames` say how much that was.
    `median_px` is the middle error. `switches` and `n_swapped` are those of `identity_switches`, None for one animal.
    `tap` counts visibility too, where the picture's size is known.
    """

    pck: dict[str, dict[float, float]]
    joints: dict[str, float]
    n_points: int
    n_frames: int
    median_px: float
    switches: int | None
    n_swapped: int | None
    tap: TapScore | None


def score_points(truth: Path, prediction: Path, given: Path | None = None, masks: Path | None = None) -> PointScore:
    """Compare two files of points.

    Judged are joints that the truth shows, on its labelled frames but those that were given: the frames of the file
    `given`, or else the truth's first. `masks` is a folder of PNGs of the animals (not 0), for BADJA's size. Raises
    UserError for what does not fit.
    """
    true, predicted = read_points(truth), read_points(prediction)
    order = _order(true, predicted, truth, prediction)
    were_given = set(read_points(given).frames if given is not None else true.frames[:1])
    judged = [frame for frame in true.frames if frame not in were_given]
    if not judged:
        raise UserError(f"{truth} has no labelled frame that was not given", "give a truth with more frames")
    missing = [frame for frame in judged if frame not in predicted.positions]
    if missing:
        raise UserError(
            f"{prediction} lacks {len(missing)} of the truth's frames, first {missing[0]:05d}",
            "give a prediction for every labelled frame",
        )
    areas = None if masks is None else _areas(masks, judged)
    guesses = {frame: predicted.positions[frame][:, order] for frame in judged}
    shown = {frame: predicted.visible[frame][:, order] for frame in judged}
    return compare(true, judged, guesses, shown, areas)


def compare(
    true: LabelledPoints,
    judged: list[int],
    guesses: Mapping[int, NDArray[np.float64]],
    shown: Mapping[int, NDArray[np.bool_]],
    areas: Mapping[int, float] | None = None,
) -> PointScore:
    """Return how well `guesses` and `shown`, (instances, joints, 2) and (instances, joints), match on `judged` frames.

    `areas` are those of the animals' masks in pixels.
    """
    hits: dict[str, dict[float, list[NDArray[np.bool_]]]] = {"box": {share: [] for share in SHARES}}
    if areas is not None:
        hits["mask"] = {share: [] for share in SHARES}
    of_joint: dict[str, list[bool]] = {}
    errors: list[NDArray[np.float64]] = []
    for frame in judged:
        for positions, visible, guess in zip(true.positions[frame], true.visible[frame], guesses[frame], strict=True):
            counts = visible & ~np.isnan(positions).any(1)
            off = errors_px(positions, guess)[counts]
            errors.append(off)
            size = box_size(positions[counts])
            for share in SHARES:
                hits["box"][share].append(off <= share * size)
                if areas is not None:
                    hits["mask"][share].append(off <= share * mask_size(areas[frame]))
            for joint, is_right in zip(np.flatnonzero(counts), off <= SHARES[-1] * size, strict=True):
                of_joint.setdefault(true.names[joint], []).append(bool(is_right))
    every = np.concatenate(errors)
    if len(every) == 0:
        raise UserError("The truth shows no joint on the frames that are judged", "give a truth with joints to see")
    truths, predictions = (np.stack([source[frame] for frame in judged]) for source in (true.positions, guesses))
    switches, n_swapped = identity_switches(truths, predictions) if len(true.ids) > 1 else (None, None)
    tap = None
    if true.size is not None:
        flat = (len(judged), -1)
        placed = ~np.isnan(truths).any(-1)
        tap = tap_score(
            truths.reshape(*flat, 2),
            np.stack([true.visible[frame] for frame in judged]).reshape(flat),
            predictions.reshape(*flat, 2),
            np.stack([shown[frame] for frame in judged]).reshape(flat),
            placed.reshape(flat),
            true.size,
        )
    return PointScore(
        {by: {share: float(np.concatenate(of).mean()) for share, of in table.items()} for by, table in hits.items()},
        {name: float(np.mean(found)) for name, found in of_joint.items()},
        len(every),
        len(judged),
        float(np.median(every)) if np.isfinite(every).any() else math.inf,
        switches,
        n_swapped,
        tap,
    )


def _order(true: LabelledPoints, predicted: LabelledPoints, truth: Path, prediction: Path) -> list[int]:
    """Return which joint of the prediction is each of the truth's."""
    missing = [name for name in true.names if name not in predicted.names]
    if missing:
        raise UserError(f"{prediction} has no joint called {missing[0]}, but {truth} has", "score the same joints")
    if true.ids != predicted.ids:
        ids, others = ", ".join(map(str, true.ids)), ", ".join(map(str, predicted.ids))
        raise UserError(f"{truth} has the instances {ids}, but {prediction} has {others}", "score the same animals")
    return [predicted.names.index(name) for name in true.names]


def _areas(masks: Path, frames: list[int]) -> dict[int, float]:
    """Return the area of what is not 0 on each of `frames`."""
    files = frame_pictures(masks)
    missing = [frame for frame in frames if frame not in files]
    if missing:
        raise UserError(f"{masks} has no mask of frame {missing[0]:05d}", "give a mask for every labelled frame")
    return {frame: float(np.count_nonzero(read_mask(files[frame]).values)) for frame in frames}
