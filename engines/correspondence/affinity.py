"""Which cells of other frames a cell looks like: the affinity, in tiles, never stored whole.

Features are unit vectors, so a score is a cosine. Only the best few scores of each query are kept, jointly over
all the keys that it is compared with, with the number of the key each belongs to. However large the maps, no more
than `TILE_SCORES` scores exist at a time on each thread: see `match_bytes`. Tiles are made of different queries, so
they may be done in any order and at once, and are the same however they are: see `Spread`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engines.spread import MOST_THREADS, Spread, in_turn

TILE_SCORES = 1 << 20
"""Scores in memory at a time, on each of up to `MOST_THREADS`; float32."""

_GROUP = 8
"""Scores of which only the largest is looked at before the best are sought; see `top_of`."""

_SIDE = 4
"""Of the squares of queries that are compared with one box of keys, in cells. Larger ones waste more of each box."""

_SLACK = 2
"""By how many cells centres within a square may differ from their median without windows' being cut."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which keys a query is compared with: those within `radius` cells of its centre.

    A ``square`` holds the offsets of at most `radius` either way (DINO, VFS on squares), a ``circle`` those nearer
    than `radius` (the contrastive random walk).
    """

    radius: int
    shape: Literal["square", "circle"] = "square"

    @property
    def reach(self) -> int:
        """The largest offset in it."""
        return self.radius if self.shape == "square" else max(0, self.radius - 1)

    def holds(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Return which offsets lie in it, bool (..., m, n), from those of rows (..., m) and columns (..., n)."""
        if self.shape == "square":
            return (rows.abs() <= self.radius)[..., :, None] & (columns.abs() <= self.radius)[..., None, :]
        return (rows**2)[..., :, None] + (columns**2)[..., None, :] < self.radius**2


class TopMatches:
    """The `k` best keys of each query so far, over everything that was added.

    `scores` is float32 (queries, k), ``-inf`` where there were fewer keys; `index` int64 (queries, k), the keys'
    numbers, 0 where there is none. In no particular order.
    """

    def __init__(self, n_queries: int, k: int, device: torch.device | None = None) -> None:
        self.scores = torch.full((n_queries, k), -torch.inf, device=device)
        self.index = torch.zeros((n_queries, k), dtype=torch.int64, device=device)

    @property
    def k(self) -> int:
        """How many are kept."""
        return self.scores.shape[1]

    def add(self, queries: slice | Tensor, scores: Tensor, index: Tensor) -> None:
        """Take in `scores` (q, n) of the queries numbered `queries` with the keys numbered `index` (n) or (q, n)."""
        if scores.shape[1] > self.k:
            scores, places = top_of(scores, self.k)
            index = index[places] if index.ndim == 1 else index.gather(1, places)
        elif index.ndim == 1:
            index = index.expand(len(scores), -1)
        scores = torch.cat([self.scores[queries], scores], 1)
        index = torch.cat([self.index[queries], index], 1)
        kept, places = scores.topk(self.k, dim=1, sorted=False)
        self.scores[queries] = kept
        self.index[queries] = index.gather(1, places)

    def copy(self) -> TopMatches:
        """Return another with the same matches."""
        other = TopMatches(len(self.scores), self.k, self.scores.device)
        other.scores.copy_(self.scores)
        other.index.copy_(self.index)
        return other

    def weights(self, temperature: float) -> Tensor:
        """Return the softmax of the scores over what was kept, (queries, k), 0 for a query without any key."""
        best = self.scores.amax(1, keepdim=True).clamp(min=-2)  # a cosine is at least -1: no -inf minus -inf
        raised = ((self.scores - best) / temperature).exp()
        return raised / raised.sum(1, keepdim=True).clamp(min=1e-30)


def top_of(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the `k` largest of `scores` (..., n) and where they are, both (..., k), in no particular order.

    As `torch.topk`, five times faster on a processor: the best k lie in the k groups that have the largest maxima,
    and among the few scores that are in no group.
    """
    n_scores = scores.shape[-1]
    if n_scores <= 2 * _GROUP * k:
        return scores.topk(k, sorted=False)
    length = n_scores // _GROUP
    grouped = scores[..., : _GROUP * length].unflatten(-1, (_GROUP, length))
    _, chosen = top_of(grouped.amax(-2), k)
    offsets = length * torch.arange(_GROUP, device=scores.device)
    left_over = torch.arange(_GROUP * length, n_scores, device=scores.device).expand(*scores.shape[:-1], -1)
    places = torch.cat([(chosen[..., None, :] + offsets[:, None]).flatten(-2), left_over], -1)
    best, among = scores.gather(-1, places).topk(k, sorted=False)
    return best, places.gather(-1, among)


def mix(index: Tensor, weights: Tensor, labels: Tensor) -> Tensor:
    """Return each query's labels, ``sum over k of weights * labels[index]``, (queries, L), from `labels` (keys, L)."""
    return functional.embedding_bag(index, labels.float(), mode="sum", per_sample_weights=weights)


def match_everywhere(
    queries: Tensor, keys: Tensor, best: TopMatches, numbers: Tensor, spread: Spread = in_turn
) -> None:
    """Compare `queries` (q, C) with all `keys` (n, C), whose `numbers` int64 (n) they have in `best`."""

    def match(rows: slice) -> None:
        best.add(rows, queries[rows] @ keys.T, numbers)

    spread([partial(match, rows) for rows in _slices(len(queries), max(1, TILE_SCORES // max(1, len(keys))))])


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """A map of unit vectors (h', w', C) to compare with; `first` is its first key's number, the rest follow by rows.

    `centres`, int64 (h, w, 2), is the row and column on it that each query's window is centred on, anywhere; None is
    the query's own place.
    """

    cells: Tensor
    first: int = 0
    centres: Tensor | None = None


def match_windows(
    queries: Tensor,
    references: Sequence[Keys],
    window: Window,
    best: TopMatches,
    wanted: Tensor | None = None,
    spread: Spread = in_turn,
) -> None:
    """Compare each cell of `queries` (h, w, C) with the cells of each of `references` in a window.

    Parameters
    ----------
    queries
        Map of unit vectors.
    references
        Other such maps, of any sizes. Queries that lie together (in squares of 4 x 4) share a box of keys around the
        median of their shifts, with room for windows 2 cells off: where centres differ by more, windows are cut.
    window
        Which keys count, around each query's centre.
    best
        Where the matches go; queries are numbered row by row.
    wanted
        bool (h, w), the queries that are asked for, None for all; others may be answered too.
    spread
        What does the tiles.
    """
    height, width, n_channels = queries.shape
    flat_queries = queries.reshape(-1, n_channels)
    numbers = _squares(height, width, queries.device)
    if wanted is not None:
        numbers = numbers[wanted.reshape(-1)[numbers].any(1)]
    box = _SIDE + 2 * (window.reach + _SLACK)
    per_square = box**2 * max(_SIDE**2 * len(references), n_channels)

    def match(tiles: slice) -> None:
        own = numbers[tiles]  # (t, side^2)
        place = torch.stack([own // width, own % width], -1)
        compared = [_compare(flat_queries[own], own, place, keys, window) for keys in references]
        scores, index = torch.cat([part[0] for part in compared], 2), torch.cat([part[1] for part in compared], 1)
        # All references at once: to sort out the best of many takes little longer than of a quarter of them.
        scores, places = top_of(scores, min(best.k, scores.shape[2]))
        index = index[:, None].expand(-1, _SIDE**2, -1).gather(2, places)
        best.add(own.flatten(), scores.flatten(0, 1), index.flatten(0, 1))

    spread([partial(match, tiles) for tiles in _slices(len(numbers), max(1, TILE_SCORES // per_square))])


def _compare(queries: Tensor, own: Tensor, place: Tensor, keys: Keys, window: Window) -> tuple[Tensor, Tensor]:
    """Return the scores (t, side^2, box^2) of squares of queries (t, side^2, C) with a box of keys, and those' numbers.

    `own` (t, side^2) are the queries' numbers and `place` (t, side^2, 2) their rows and columns.
    """
    key_rows, key_columns = keys.cells.shape[:2]
    room = window.reach + (0 if keys.centres is None else _SLACK)
    if keys.centres is None:
        start = place[:, 0] - room
    else:
        shifts = keys.centres.reshape(-1, 2)[own] - place
        start = place[:, 0] + shifts.median(1).values - room  # (t, 2)
        place = place + shifts
    offsets = torch.arange(_SIDE + 2 * room, device=queries.device)
    at_row, at_column = start[:, :1] + offsets, start[:, 1:] + offsets  # (t, box)
    index = at_row.clamp(0, key_rows - 1)[:, :, None] * key_columns + at_column.clamp(0, key_columns - 1)[:, None]
    index = index.flatten(1)  # (t, box^2)
    scores = torch.bmm(queries, keys.cells.flatten(0, 1)[index].transpose(1, 2))  # (t, side^2, box^2)
    counts = window.holds(at_row[:, None] - place[..., :1], at_column[:, None] - place[..., 1:])
    there_row, there_column = _is_in(at_row, key_rows), _is_in(at_column, key_columns)
    counts &= (there_row[:, :, None] & there_column[:, None])[:, None]
    return scores.masked_fill_(~counts.flatten(2), -torch.inf), index + keys.first


def match_full_softmax(queries: Tensor, keys: Tensor, k: int, temperature: float) -> tuple[Tensor, Tensor]:
    """Return the `k` largest weights of the softmax over all keys and their index, both (q, k).

    The weights are not made to add up to 1 again, as in the thesis; what is missing is what the other keys had. The
    sum below the fraction is gathered tile by tile as its logarithm: no softmax is ever stored.
    """
    best = TopMatches(len(queries), min(k, len(keys)), queries.device)
    log_sum = torch.empty(len(queries), device=queries.device)
    for rows in _slices(len(queries), max(1, TILE_SCORES // max(1, len(keys)))):
        scores = queries[rows] @ keys.T
        best.add(rows, scores, torch.arange(len(keys), device=keys.device))
        log_sum[rows] = (scores / temperature).logsumexp(1)
    return (best.scores / temperature - log_sum[:, None]).exp(), best.index


def match_bytes(n_queries: int, n_keys: int, n_channels: int, k: int) -> int:
    """Return a bound of the memory that matching takes beside the features themselves."""
    tile = max(MOST_THREADS * TILE_SCORES, n_keys, 64**2 * max(_SIDE**2, n_channels))
    # A tile's scores, what masks and selects them, and the keys that it gathers; scores and numbers of what is kept.
    return 32 * tile + 4 * n_queries * k * 12


def _squares(height: int, width: int, device: torch.device) -> Tensor:
    """Return the numbers of a map's cells in squares, (squares, side^2); cells outside repeat those at the edge."""
    in_square = torch.arange(_SIDE, device=device)
    rows = torch.arange(0, height, _SIDE, device=device)[:, None] + in_square
    columns = torch.arange(0, width, _SIDE, device=device)[:, None] + in_square
    rows, columns = rows.clamp(max=height - 1), columns.clamp(max=width - 1)
    return (rows[:, None, :, None] * width + columns[None, :, None, :]).reshape(-1, _SIDE**2)


def _is_in(places: Tensor, size: int) -> Tensor:
    return (places >= 0) & (places < size)


def _slices(length: int, step: int) -> Iterator[slice]:
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
