"""Where a carried label is likely wrong: the chance of each pixel that a person would have labelled it otherwise.

Made of what every engine gives: how near a pixel's soft label is to one half, in a fused label so also where the two
sides contradict each other; how far the pixel lies from the label's edge; and how sure the engine is of the label as a
whole, in which flow, features, colours and the distance to anchors have spoken already. A logistic model of these for
pixels inside the label and one for those around it, made from rendered scenes alone by ``docs/calibrate_doubt.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.doubt import MOST_CELLS, DoubtMap
from engines.labels.rle import Box
from engines.propagation.fusion import CroppedLabel
from engines.propagation.soft_labels import surroundings_px

WEIGHTS = np.array([[-2.743, -0.160, 0.527, -0.580], [0.267, -0.198, 1.205, -0.233]], np.float32)
"""Outside and inside the label: the weights of the rows of `inputs`. On scenes left out a wrong pixel of the learned
engine has more doubt than a right one 88 times in 100, and doubt is off by 0.01 in the mean; of flow 90 and 0.04, of
copying 82 and 0.05 (ten scenes)."""

MOST_SIGNS = 192
"""The longer side of what is looked at."""

_LEAST_SOFT = 1 / 255
_LEAST_AWAY, _MOST_AWAY = 0.01, 0.5
_LEAST_CONFIDENCE = 0.02
"""What lies beyond says no more."""


@dataclass(frozen=True, slots=True, eq=False)
class DoubtSigns:
    """What tells a right pixel from a wrong one, each float32 (h, w) over `box`; none of them knows the truth.

    `margin`: the log-odds of the soft label, away from 0; `away`: the distance to the label's edge in square roots of
    its area; `inside` is bool. `confidence` is that of the label.
    """

    box: Box
    margin: NDArray[np.float32]
    away: NDArray[np.float32]
    inside: NDArray[np.bool_]
    confidence: float


def signs_of(label: CroppedLabel, width: int, height: int) -> DoubtSigns | None:
    """Return the signs of a label in a picture of `width` x `height`, None for a label of nothing."""
    if label.soft.size == 0:
        return None
    area = max(50, int(np.count_nonzero(label.soft > 127)))
    room = math.ceil(surroundings_px(area))
    left, top, right, bottom = label.box
    box = max(0, left - room), max(0, top - room), min(width, right + room), min(height, bottom + room)
    soft = cv2.copyMakeBorder(
        label.soft, top - box[1], box[3] - bottom, left - box[0], box[2] - right, cv2.BORDER_CONSTANT, value=0
    )
    shrink = min(1.0, MOST_SIGNS / max(soft.shape))
    soft = cv2.resize(soft, _scaled(soft.shape, shrink), interpolation=cv2.INTER_AREA)
    inside = soft > 127
    edge = [cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 3) for side in (inside, ~inside)]
    away = (edge[0] + edge[1] - 0.5) / np.float32(shrink * math.sqrt(area))
    p = np.clip(np.arange(256, dtype=np.float32) / 255, _LEAST_SOFT, 1 - _LEAST_SOFT)
    return DoubtSigns(box, np.abs(np.log(p / (1 - p)))[soft], away, inside, label.confidence)


def inputs(signs: DoubtSigns) -> NDArray[np.float32]:
    """Return what the model adds up for each pixel, float32 (4, h, w)."""
    confidence = min(max(signs.confidence, _LEAST_CONFIDENCE), 1 - _LEAST_CONFIDENCE)
    unsure = np.float32(math.log(1 / confidence - 1))
    away = np.log(np.clip(signs.away, _LEAST_AWAY, _MOST_AWAY))
    ones = np.ones_like(away)
    return np.stack([ones, signs.margin, ones * unsure, away])


def chances_of(signs: DoubtSigns) -> NDArray[np.float32]:
    """Return the chance that each pixel's label is wrong, float32 (h, w)."""
    rows = inputs(signs)
    odds = np.where(signs.inside, *(np.tensordot(weights, rows, 1) for weights in WEIGHTS[::-1]))
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def doubt_of(label: CroppedLabel, width: int, height: int) -> DoubtMap | None:
    """Return where `label`, of a picture of `width` x `height`, is likely wrong; None for a label of nothing.

    About a millisecond, whatever the picture's size.
    """
    signs = signs_of(label, width, height)
    if signs is None:
        return None
    chances = chances_of(signs)
    shrink = min(1.0, MOST_CELLS / max(chances.shape))
    cells = cv2.resize(chances, _scaled(chances.shape, shrink), interpolation=cv2.INTER_AREA)
    return DoubtMap.encode(cells, signs.box)


def _scaled(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """Return the (width, height) of an array's `shape` times `scale`, at least 1."""
    return max(1, round(scale * shape[1])), max(1, round(scale * shape[0]))
