"""Masks as COCO's run lengths: column by column over the whole picture, background first, packed into text.

Written out here rather than left to `pycocotools`, whose C code reads past the end of a text that is cut short;
tests compare both. The packing is that of `rleToString` in `maskApi.c` of the COCO API.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import RleMask

Counts = NDArray[np.int64]

_BITS, _MORE, _SIGN = 5, 0x20, 0x10
_ZERO = 48
_MAX_DIGITS = 7
"""35 bits: more than any picture has pixels."""


def counts_of(mask: RleMask) -> Counts:
    """Return the run lengths of `mask`, int64 (n,), background first."""
    left, top, right, bottom = mask.box
    n_pixels = mask.width * mask.height
    if right == left:
        return np.array([n_pixels])
    columns = np.zeros((right - left, mask.height), bool)
    columns[:, top:bottom] = mask.crop().T
    flat = columns.ravel()
    start = left * mask.height
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1 + start
    ends = ([0], [start] if flat[0] else [], changes, [right * mask.height] if flat[-1] else [], [n_pixels])
    counts = np.diff(np.concatenate([np.asarray(end, np.int64) for end in ends]))
    return counts[:-1] if flat[-1] and right == mask.width else counts


def mask_of(counts: Counts, width: int, height: int) -> RleMask:
    """Return the mask with these run lengths. Raises ValueError where they do not fill the picture."""
    if counts.size == 0 or counts.min() < 0 or counts.max() > width * height or counts.sum() != width * height:
        raise ValueError(f"run lengths do not fill {width} x {height}")
    ends = np.cumsum(counts)
    n_set = int(counts[1::2].sum())
    if n_set == 0:
        return RleMask.empty(width, height)
    is_set = counts[1::2] > 0
    first = int(ends[::2][: len(is_set)][is_set][0]) // height
    last = (int(ends[1::2][is_set][-1]) - 1) // height + 1
    values = np.zeros(len(counts), bool)
    values[1::2] = True
    bounds = np.clip(np.concatenate(([0], ends)), first * height, last * height)
    columns = np.repeat(values, np.diff(bounds)).reshape(last - first, height)
    return RleMask.encode_crop(np.ascontiguousarray(columns.T), (first, 0), width, height)


def packed(counts: Counts) -> str:
    """Return run lengths as COCO's text: five bits a letter, from the fourth on differences to the last but one."""
    rest = counts.copy()
    rest[3:] -= counts[1:-2]
    letters = []
    while True:
        low = rest & (2**_BITS - 1)
        rest = rest >> _BITS
        done = np.where(low & _SIGN, rest == -1, rest == 0)
        letters.append((low, done))
        if done.all():
            break
    digits = np.stack([low for low, _ in letters], axis=1)  # (n, digits)
    n_digits = np.argmax(np.stack([done for _, done in letters], axis=1), axis=1) + 1
    place = np.arange(digits.shape[1])
    digits += np.where(place < n_digits[:, None] - 1, _MORE, 0) + _ZERO
    return digits[place < n_digits[:, None]].astype(np.uint8).tobytes().decode("ascii")


def unpacked(text: str) -> Counts:
    """Return the run lengths in COCO's text. Raises ValueError for text that is none."""
    digits = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - _ZERO
    if digits.size == 0 or digits.min() < 0 or digits.max() >= 2 * _MORE or digits[-1] & _MORE:
        raise ValueError("run lengths are damaged")
    ends = np.flatnonzero(~digits & _MORE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    n_digits = ends - starts + 1
    if n_digits.max() > _MAX_DIGITS:
        raise ValueError("run lengths are damaged")
    place = np.arange(len(digits)) - np.repeat(starts, n_digits)
    values = np.add.reduceat((digits & (_MORE - 1)) << (_BITS * place), starts)
    values -= np.where(digits[ends] & _SIGN, np.int64(1) << (_BITS * n_digits), 0)
    for first in (1, 2):
        values[first::2] = np.cumsum(values[first::2])
    return values
