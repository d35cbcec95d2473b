"""From boxes to pixels, and from pixels back to better boxes.

Xiao 2020, section 2.2.3. What is learnt from all boxes of a tube decides each frame by a cut, is learnt anew from what
was decided, and so on until nothing changes; then colours, which unlike features are exact to the pixel, have a last
word. Ours learns from some frames spread over the tube and passes over the others once, so that memory does not grow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.propagation.cells import to_pixels
from engines.propagation.colour_model import ColourModel
from engines.proposals.boxes import Boxes
from engines.proposals.cut import border_prices, cut
from engines.proposals.hypercolumns import PixelView, hypercolumns
from engines.proposals.pixel_model import PixelModel
from engines.proposals.region import Region, region_of

LEARNT_FROM = 12
"""Frames of a tube, spread evenly, that its pixel model is learnt from."""
MOST_ROUNDS = 4
_SETTLED = 0.005
"""Share of cells that may still change: the thesis waits for none, and never says for how long."""

_CELLS_PER_FRAME = 1500
_BAND_PX = 16.0
"""In working pixels; 32 of the thesis's."""
_DEPTH_WEIGHT = 1.0
"""Log-odds of a cell in the middle of the box; outside it they fall by as much for each half side."""
_BORDERS = (6.0, 3.0)
"""What a border costs where there is no edge, and how fast that falls with one; see `border_prices`."""
_EDGE_LAB = 25.0
"""Difference of neighbouring cells in Lab that is a full edge."""
_COLOUR_WEIGHT = 1.4
_COMPONENT_SHARE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What a tube's pixels look like; made by `learnt_from`, used by `segmented`."""

    model: PixelModel | None
    level: float = 0.0


@dataclass(slots=True, eq=False)
class _Lesson:
    """One frame that is learnt from."""

    region: Region
    values: NDArray[np.float16]
    prices: NDArray[np.float32]
    label: NDArray[np.bool_]
    counts: NDArray[np.bool_]  # which cells are learnt from


def learnt_from(
    frames: Sequence[int],
    boxes: Sequence[Boxes],
    view_of: Callable[[int], PixelView],
    fill: float,
    rounds: int = MOST_ROUNDS,
) -> Learnt:
    """Return what is learnt from a tube's boxes, (4,) each in working pixels, on `frames`; see `LEARNT_FROM`.

    `fill` is the share of a box that its object fills. Boxes hold background too, which a classifier learns as if it
    were the object: its odds are lowered until no more than this is left, and learning goes on from there. `rounds` 1
    learns from the boxes and no more.
    """
    lessons = [lesson for frame, box in zip(frames, boxes, strict=True) if (lesson := _lesson(view_of(frame), box))]
    model: PixelModel | None = None
    level = 0.0
    for number in range(rounds):
        learnt = _model_of(lessons)
        if learnt is None:
            break
        model = learnt
        odds = [model.log_odds(lesson.values.astype(np.float32)) for lesson in lessons]
        held = np.concatenate([each[lesson.region.inside] for each, lesson in zip(odds, lessons, strict=True)])
        level = float(np.quantile(held, 1 - fill))
        if number == rounds - 1:
            break
        n_changed = 0
        for lesson, each in zip(lessons, odds, strict=True):
            new = cut(each - level + _DEPTH_WEIGHT * _prior(lesson.region), lesson.prices) > 0.5
            n_changed += int(np.count_nonzero(new != lesson.label))
            lesson.label, lesson.counts = new, np.ones_like(new)
        if n_changed <= _SETTLED * sum(lesson.label.size for lesson in lessons):
            break
    return Learnt(model, level)


def segmented(view: PixelView, box: Boxes, learnt: Learnt) -> NDArray[np.float32]:
    """Return the object's share of each working pixel, float32 (h, w) in [0, 1]; the box where nothing was learnt."""
    height, width = view.picture.grey.shape
    soft = np.zeros((height, width), np.float32)
    region = _cell_region(view, box)
    pixels = region_of(box, width, height, _BAND_PX)
    window = (pixels.rows, pixels.columns)
    if learnt.model is None or region is None:
        soft[window] = pixels.inside
        return soft
    # Decided on cells first, a quarter of the pixels: only colours know more than these.
    odds = np.full((view.grid.rows, view.grid.columns), np.float32(-6))
    odds[region.rows, region.columns] = learnt.model.log_odds(hypercolumns(view, region)) - learnt.level
    odds[region.rows, region.columns] += _DEPTH_WEIGHT * _prior(region)
    share = np.zeros_like(odds)
    cell_window = (region.rows, region.columns)
    share[cell_window] = cut(
        odds[cell_window], border_prices(edges_between(_cell_lab(view)[cell_window]), *_BORDERS), 40
    )
    fine = to_pixels(odds, view.grid, width, height)[window]
    first = np.clip(to_pixels(share, view.grid, width, height)[window], 0, 1)
    if min(np.count_nonzero(first > 0.5), np.count_nonzero(first <= 0.5)) > 0:
        cells = view.picture.cells[window]
        fine += _COLOUR_WEIGHT * ColourModel(cells, first, np.ones(first.shape, bool)).log_odds(cells)
    soft[window] = cut(fine, border_prices(edges_between(view.picture.lab[window]), *_BORDERS), 40)
    return soft


def refined_box(mask: NDArray[np.bool_], box: Boxes) -> Boxes | None:
    """Return the box around the large pieces of `mask`, bool (h, w), that touch `box`; None where there is none."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    corner, end = stats[:, :2], stats[:, :2] + stats[:, 2:4]
    touches = (corner < box[2:]).all(1) & (end > box[:2]).all(1)
    touches[0] = False
    if not touches.any():
        return None
    chosen = touches & (stats[:, 4] >= _COMPONENT_SHARE * stats[touches, 4].max())
    return np.hstack([corner[chosen].min(0), end[chosen].max(0)]).astype(np.float32)


def _lesson(view: PixelView, box: Boxes) -> _Lesson | None:
    region = _cell_region(view, box)
    if region is None or not region.inside.any() or not region.outside.any():
        return None
    prices = border_prices(edges_between(_cell_lab(view)[region.rows, region.columns]), *_BORDERS)
    values = hypercolumns(view, region).astype(np.float16)
    return _Lesson(region, values, prices, region.inside.copy(), region.inside | region.outside)


def _model_of(lessons: Sequence[_Lesson]) -> PixelModel | None:
    """Return what is learnt from the lessons' present labels, None where they have one side only."""
    values, labels = [], []
    rng = np.random.default_rng(0)
    for lesson in lessons:
        chosen = np.flatnonzero(lesson.counts)
        if len(chosen) > _CELLS_PER_FRAME:
            chosen = rng.choice(chosen, _CELLS_PER_FRAME, replace=False)
        values.append(lesson.values.reshape(-1, lesson.values.shape[-1])[chosen].astype(np.float32))
        labels.append(lesson.label.ravel()[chosen])
    label = np.concatenate(labels) if labels else np.zeros(0, bool)
    if min(np.count_nonzero(label), np.count_nonzero(~label)) < 10:
        return None
    return PixelModel(np.concatenate(values), label)


def _cell_region(view: PixelView, box: Boxes) -> Region | None:
    """Return the region of `box` on the grid of cells, None where it is not on the picture."""
    grid = view.grid
    first = np.array([grid.first_x, grid.first_y] * 2, np.float32)
    steps = np.array([grid.step_x, grid.step_y] * 2, np.float32)
    on_grid = ((box - 0.5 - first) / steps + 0.5).astype(np.float32)
    try:
        return region_of(on_grid, grid.columns, grid.rows, _BAND_PX / grid.step_x)
    except ValueError:
        return None


def _cell_lab(view: PixelView) -> NDArray[np.float32]:
    """Return the colours of the cells, float32 (rows, columns, 3)."""
    return cv2.resize(view.picture.lab, (view.grid.columns, view.grid.rows), interpolation=cv2.INTER_AREA)


def _prior(region: Region) -> NDArray[np.float32]:
    """Return the log-odds of being the object by the place in the box alone."""
    return np.clip(region.depth, -4, 1)


def edges_between(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much each cell of `lab`, float32 (h, w, 3), differs from those around it, float32 (h, w) in [0, 1]."""
    right = np.abs(np.diff(lab, axis=1, append=lab[:, -1:])).sum(-1)
    down = np.abs(np.diff(lab, axis=0, append=lab[-1:])).sum(-1)
    return np.minimum(np.maximum(right, down) / np.float32(_EDGE_LAB), 1)
