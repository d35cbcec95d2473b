"""Learning on one clip: what its own cycles and the anchors say of how features should be compared there.

Two terms and a pull. Cells of one frame are sought on another and back again; where the cycle closes, both ends
show one thing, and what still tells their features apart is of no use on this clip. The linear map that makes the ends
most alike, kept from shrinking everything by its distance from the identity (in the LogDet divergence; Davis et al.,
"Information-theoretic metric learning", 2007), is found in closed form: the root of (S + r I)^-1, S being the scatter
of these differences. Contrast on the anchors then pulls cells of one object nearer to one another than to their
surroundings, across anchors: the vote of a softmax over matches is to say the anchor's label (Goldberger et al.,
"Neighbourhood components analysis", 2004), while the map is held near that of the cycles.

After the cycles of Wang's thesis, section 2.2: matching in place of its tracker, hard matches in place of soft. Walks
through a thousand cells a frame, as `training.walk` has them, came no further in ten times the time, and those through
a few hundred made matching worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

_GAPS = (1, 2, 4, 8)
"""Frames from one end of a cycle to the other."""
_N_CYCLES = 12
"""Pairs of frames, and of cells asked on each: some ten thousand close, for 64 x 64 numbers to be found."""
_N_CELLS = 1000
_HOME = 1
"""Cells that a way back may end beside where it began."""
_RIDGE = 0.2
"""In mean variances: how far the differences of cycles are trusted against the identity."""

_STEPS = 200
_RATE = 1e-2
_N_ASKED, _N_KEYS = 256, 1024
_CONTRAST = 0.05
_PULL = 0.05
_TEMPERATURE = 0.07
"""That of matching."""
_BESIDE = 2
"""Within one anchor, cells so near the one that is asked do not answer: what lies beside it is too easy."""
STEPS_AT_ONCE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """Features of cells, float32 (n, C), of which row by row `here` and `there` show one thing."""

    here: Tensor
    there: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class AnchorCells:
    """The cells of an object and around it on an anchor: features (n, C), label (n) in [0, 1], (row, column) (n, 2)."""

    object_id: int
    frame: int
    values: Tensor
    label: Tensor
    places: Tensor


def find_cycles(read: Callable[[int], Tensor], n_frames: int, seed: int = 0) -> Generator[None, None, Cycles]:
    """Return the cells of a clip whose way to another frame and back closes; yields after each pair of frames.

    `read` gives a frame's coarse features (rows, columns, C), unit vectors; `n_frames` is 2 or more.
    """
    rng = np.random.default_rng(seed)
    here, there = [], []
    for _ in range(_N_CYCLES):
        gap = min(int(rng.choice(_GAPS)), n_frames - 1)
        frame = int(rng.integers(n_frames - gap))
        first, second = read(frame).float().cpu(), read(frame + gap).float().cpu()
        n_columns = first.shape[1]
        own, other = first.flatten(0, 1), second.flatten(0, 1)
        asked = torch.from_numpy(rng.permutation(len(own))[:_N_CELLS])
        found = (own[asked] @ other.T).argmax(1)
        back = (other[found] @ own.T).argmax(1)
        down, across = (back // n_columns - asked // n_columns).abs(), (back % n_columns - asked % n_columns).abs()
        is_home = torch.maximum(down, across) <= _HOME
        here.append(own[asked[is_home]])
        there.append(other[found[is_home]])
        yield
    return Cycles(torch.cat(here), torch.cat(there))


def anchor_cells(
    object_id: int, frame: int, coarse: Tensor, label: NDArray[np.float32], around: NDArray[np.bool_]
) -> AnchorCells:
    """Return the cells `around` an object, bool (rows, columns), with its `label` (rows, columns) in [0, 1]."""
    chosen = torch.from_numpy(around)
    values = coarse.float().cpu()[chosen]
    return AnchorCells(object_id, frame, values, torch.from_numpy(label)[chosen].float(), chosen.nonzero())


def fit(cycles: Cycles, anchors: Sequence[AnchorCells], seed: int = 0) -> Generator[None, None, Tensor]:
    """Return the map, float32 (C, C), that `cycles` and `anchors` teach; yields every `STEPS_AT_ONCE` steps.

    The same bit for bit for the same inputs, seed and number of threads. Anchors that show only an object or only
    surroundings teach nothing.
    """
    begun = from_cycles(cycles)
    both_sides = [cells for cells in anchors if cells.label.min() < 0.5 < cells.label.max()]
    if not both_sides:
        return begun
    pairs = [(asked, keys) for asked in both_sides for keys in both_sides if asked.object_id == keys.object_id]
    rng = np.random.default_rng(seed)
    matrix = begun.clone().requires_grad_(True)
    first, second = torch.zeros_like(begun), torch.zeros_like(begun)
    for step in range(_STEPS):
        asked, keys = pairs[int(rng.integers(len(pairs)))]
        loss = _CONTRAST * _contrast(matrix, asked, keys, rng) + _PULL * (matrix - begun).square().sum()
        (slope,) = torch.autograd.grad(loss, matrix)
        # Adam (Kingma and Ba, 2015), annealed. Torch's own would load its compiler: seconds that the window waits for.
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope.square()
        rate = _RATE * 0.5 * (1 + math.cos(math.pi * step / _STEPS))
        update = first / (1 - 0.9 ** (step + 1)) / ((second / (1 - 0.999 ** (step + 1))).sqrt() + 1e-8)
        matrix = (matrix.detach() - rate * update).requires_grad_(True)
        if step % STEPS_AT_ONCE == STEPS_AT_ONCE - 1:
            yield
    return matrix.detach()


def from_cycles(cycles: Cycles) -> Tensor:
    """Return the map, float32 (C, C), that makes the two ends of cycles most alike, of the identity's size."""
    n_channels = cycles.here.shape[1]
    apart = (cycles.here - cycles.there).double()
    scatter = apart.T @ apart / max(1, len(apart))
    values, vectors = torch.linalg.eigh(scatter)
    mean = float(values.clamp(min=0).mean())
    if mean < 1e-9:  # nothing moves or changes: nothing to be learned
        return torch.eye(n_channels)
    scales = (values.clamp(min=0) / mean + _RIDGE).rsqrt()
    matrix = vectors @ torch.diag(scales) @ vectors.T
    return (matrix * (math.sqrt(n_channels) / matrix.norm())).float()


def _contrast(matrix: Tensor, asked: AnchorCells, keys: AnchorCells, rng: np.random.Generator) -> Tensor:
    """Return how badly the keys' vote, mapped, says the labels of those asked; object and surroundings count alike."""
    some = torch.from_numpy(rng.permutation(len(asked.values))[:_N_ASKED])
    others = torch.from_numpy(rng.permutation(len(keys.values))[:_N_KEYS])
    queries = F.normalize(asked.values[some] @ matrix, dim=-1)
    logits = queries @ F.normalize(keys.values[others] @ matrix, dim=-1).T / _TEMPERATURE
    if asked is keys:
        apart = (asked.places[some][:, None] - keys.places[others][None]).abs().amax(-1)
        logits = logits.masked_fill(apart <= _BESIDE, -1e4)
    vote = (logits.softmax(-1) * keys.label[others]).sum(-1).clamp(1e-4, 1 - 1e-4)
    label = asked.label[some]
    is_object = label > 0.5
    share = is_object.float().mean().clamp(0.05, 0.95)
    weight = torch.where(is_object, 0.5 / share, 0.5 / (1 - share))
    return (weight * F.binary_cross_entropy(vote, label, reduction="none")).mean()
