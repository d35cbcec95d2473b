"""What features remember of objects: where on a new frame is what was seen on the anchors and on late frames.

Flow follows pixels and drifts with them; features tell what a place looks like, whenever it was last seen. A cell of
a new frame is compared with the anchor frames (near the object everywhere, elsewhere thinned out: whatever the
motion, it is found) and with recent frames (in a window around where flow says that it was). Its best matches over
all of these vote on its label. One affinity serves all objects. Only cells near an object's edge are asked; an object
that was lost is searched for all over the picture (`search.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.affinity import Keys, TopMatches, Window, match_everywhere, match_windows, mix
from engines.correspondence.frame_features import CellGrid
from engines.propagation.anchor_check import anchor_odds
from engines.propagation.cells import reached, thinned, to_cells, to_pixels
from engines.propagation.experts import LabelledCells, explained_by_matching, heard
from engines.propagation.learned_confidence import MOST_WAVERING, wavering
from engines.propagation.match_settings import MatchSettings
from engines.propagation.pixel_links import PixelLink
from engines.propagation.remembered_frames import RememberedFrames, SeenFrame, keys_near
from engines.propagation.search import found_again
from engines.propagation.soft_labels import log_odds, near
from engines.propagation.targets import Reader, Targets
from engines.propagation.types import MaskAnchor
from engines.propagation.witness import Testimony
from engines.spread import Spread, in_turn

_LONG_AGO = 0.05
"""Taken off the scores of anchors and far frames, since looks change: where late frames match well, they decide."""

_JUDGED = 4
"""Anchors, the nearest ones, on which matching is judged where an object is set down; each costs some 10 ms."""


class FeatureMemory:
    """A `Witness` that matches features. One thread, that of its reader; holds a few frames' features."""

    def __init__(
        self,
        reader: Reader,
        size: tuple[int, int],
        settings: MatchSettings,
        anchors: Iterable[MaskAnchor],
        spread: Spread = in_turn,
    ) -> None:
        """Remember `anchors`; `size` is the (width, height) of the working pictures; `spread` does the matching."""
        self._spread = spread
        self._size = size
        self._settings = settings
        given = {(anchor.object_id, anchor.frame): anchor for anchor in anchors}
        self._frames = RememberedFrames(reader, size, settings, given)
        self._grid = self._frames.grid
        self._likeness: dict[int, float] = {}  # by id, how well it matched the anchors when last seen, a mean cosine
        self._heard: dict[int, list[float]] = {}  # by id, how much matching and its target model count
        self._set_down: dict[int, int] = {}  # by id, its anchor's frame, until it was carried to another one
        self._moved_on: dict[int, int] = {}  # likewise, until its experts are judged
        self._targets = Targets(reader, size, given)

    def hold(self, object_id: int, frame: int, soft: NDArray[np.float32]) -> None:
        """Take `soft`, float32 (h, w) at the working size, as the truth of an object on `frame`."""
        self._likeness[object_id] = 1.0
        self._frames.hold(object_id, frame, to_cells(soft, self._grid))
        self._targets.hold(object_id, frame, soft)
        self._heard[object_id] = [1.0, 1.0]
        self._set_down[object_id] = frame

    def release(self, object_id: int) -> None:
        """Forget an object."""
        self._likeness.pop(object_id, None)
        self._heard.pop(object_id, None)
        self._set_down.pop(object_id, None)
        self._moved_on.pop(object_id, None)
        self._targets.release(object_id)

    def testify(
        self, frame: int, moved: Mapping[int, NDArray[np.float32]], links: Sequence[tuple[int, PixelLink]]
    ) -> dict[int, Testimony]:
        """Return what is known of each object on `frame`; see `Witness`."""
        # The frame beside a correction is not kept waiting for more anchors than it needs.
        is_urgent = self._set_down.keys() >= self._likeness.keys()
        references = self._frames.references(frame, self._likeness, is_urgent=is_urgent)
        self._judge_experts(references)
        followed = {object_id: soft for object_id, soft in moved.items() if (soft > 0.5).any()}
        told = self._follow(frame, followed, links, references) if followed else {}
        for object_id in moved.keys() - followed.keys():
            told[object_id] = self._search(object_id, frame, moved[object_id], references)
        return told

    def _follow(
        self,
        frame: int,
        moved: Mapping[int, NDArray[np.float32]],
        links: Sequence[tuple[int, PixelLink]],
        references: list[SeenFrame],
    ) -> dict[int, Testimony]:
        """Return what is known of objects that flow has not lost."""
        settings, grid = self._settings, self._grid
        queries = self._frames.cells(frame).float()
        expected = {object_id: to_cells(soft, grid) for object_id, soft in moved.items()}
        counted = {object_id: near(soft).astype(np.float32) for object_id, soft in moved.items()}
        around = {object_id: reached(pixels, grid) for object_id, pixels in counted.items()}
        asked = {object_id: self._asked(expected[object_id], around[object_id]) for object_id in moved}
        every = np.logical_or.reduce(list(asked.values()))
        checked = every | (np.logical_or.reduce(list(around.values())) & thinned(every.shape))
        best = TopMatches(grid.rows * grid.columns, settings.k, queries.device)
        from_anchors = self._match_anchors(queries, every, checked, references, best)
        self._match_recent(queries, every, references, links, frame, best)
        labels = torch.cat([_stacked(place, list(moved), grid) for place in references]).to(queries.device)
        votes = self._votes(best, labels, np.ones_like(checked))
        by_anchors = self._votes(from_anchors, labels, checked)
        likeness = np.zeros(every.shape, np.float32)
        likeness[checked] = from_anchors.scores.amax(1).cpu().numpy()
        evidence: dict[int, Testimony] = {}
        for number, (object_id, told) in enumerate(expected.items()):
            share = np.where(asked[object_id], _share(votes, number, told), told)
            inside = asked[object_id] & (share > 0.5)
            if inside.any():
                self._likeness[object_id] = float(likeness[inside].mean())
            is_known = checked & (by_anchors[..., 2 * number + 1] > 0)
            lasting = anchor_odds(_share(by_anchors, number, told), is_known, told > 0.5, around[object_id])
            places = self._mended(share, told, self._heard[object_id][0]) + to_pixels(lasting, grid, *self._size)
            weight = np.float32(settings.target_weight * self._heard[object_id][1])
            looks = weight * self._targets.odds(object_id, frame, counted[object_id])
            evidence[object_id] = Testimony(places, looks, wavering(share, asked[object_id], float(told.sum())))
        return evidence

    def _search(
        self, object_id: int, frame: int, soft: NDArray[np.float32], references: Sequence[SeenFrame]
    ) -> Testimony:
        """Return what is known of an object that flow has lost, `soft` being what is left of it."""
        anchors = self._frames.anchors_of(object_id, references)
        if not anchors:
            return Testimony(np.zeros_like(soft), np.zeros_like(soft), MOST_WAVERING)
        shape = self._grid.rows, self._grid.columns
        cells = [_labelled(seen, object_id, keys_near([seen.labels[object_id]], shape)) for seen in anchors]
        how = self._likeness[object_id], self._settings.k, self._settings.temperature
        share = found_again(self._frames.cells(frame).float(), cells, *how)
        if (share > 0.5).any():
            self._heard[object_id] = [1.0, 1.0]  # what it grows from again is what matches
        places = self._mended(share, to_cells(soft, self._grid))  # heard in full: it is asked where flow says nothing
        return Testimony(places, np.zeros_like(soft), MOST_WAVERING)

    def _mended(self, share: NDArray[np.float32], told: NDArray[np.float32], heard: float = 1.0) -> NDArray[np.float32]:
        """Return what the votes `share` of cells, `heard` so much, add to the log-odds of pixels, float32 (h, w).

        Less what flow `told` of the cell as a whole: else cells that hold little of a thin object would argue against
        it, and the surer the better they match.
        """
        found, before = (log_odds(to_pixels(cells, self._grid, *self._size)) for cells in (share, told))
        return np.float32(self._settings.weight * heard) * (found - before)

    def learn(self, frame: int, softs: Mapping[int, NDArray[np.float32]]) -> None:
        """Take note of what was decided on `frame`."""
        labels = {object_id: to_cells(soft, self._grid) for object_id, soft in softs.items()}
        self._frames.learn(frame, labels)
        for object_id, soft in softs.items():
            self._targets.learn(object_id, frame, soft)

    def _votes(self, matches: TopMatches, labels: Tensor, checked: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return what `matches` of the cells `checked` say of `labels` (keys, L), float32 (h, w, L), 0 elsewhere."""
        votes = np.zeros((*checked.shape, labels.shape[1]), np.float32)
        votes[checked] = mix(matches.index, matches.weights(self._settings.temperature), labels).cpu().numpy()
        return votes

    def _asked(self, told: NDArray[np.float32], around: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the cells that are asked about an object, bool (h, w)."""
        inside = (told > 0.5).astype(np.uint8)
        if not inside.any():
            return around
        band = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self._settings.band + 1,) * 2)
        return (cv2.dilate(inside, band) > 0) & (cv2.erode(inside, band, borderValue=1) == 0) & around

    def _judge_experts(self, references: Sequence[SeenFrame]) -> None:
        """Look at other anchors of objects that were carried one frame: the first one is not kept waiting for it."""
        for object_id, frame in self._moved_on.items():
            by_target = self._targets.look_around(object_id, frame)
            anchors = self._frames.anchors_of(object_id, references)
            cells = [_labelled(seen, object_id, self._frames.keys_of(seen)) for seen in anchors[:_JUDGED]]
            by_matching = explained_by_matching(cells, self._settings.k, self._settings.temperature)
            self._heard[object_id] = heard([by_matching, by_target])
        self._moved_on, self._set_down = self._set_down, {}

    def _match_anchors(
        self,
        queries: Tensor,
        asked: NDArray[np.bool_],
        checked: NDArray[np.bool_],
        references: list[SeenFrame],
        best: TopMatches,
    ) -> TopMatches:
        """Compare the cells `asked` with the anchors' and far frames' keys; return what anchors say of those `checked`.

        All cells that are asked are checked too.
        """
        n_cells = self._grid.rows * self._grid.columns
        chosen = torch.from_numpy(np.flatnonzero(checked)).to(queries.device)
        own = queries.flatten(0, 1)[chosen]
        found = TopMatches(len(chosen), best.k, queries.device)
        from_anchors = found
        long_ago = [(number, seen) for number, seen in enumerate(references) if self._frames.is_long_ago(seen)]
        for number, seen in sorted(long_ago, key=lambda place: not self._frames.is_anchor(place[1])):  # anchors first
            if from_anchors is found and not self._frames.is_anchor(seen):
                from_anchors = found.copy()
            self._match_keys(own, seen, number * n_cells, found)
        is_asked = torch.from_numpy(asked.ravel()).to(queries.device)[chosen]
        best.scores[chosen[is_asked]] = found.scores[is_asked] - _LONG_AGO
        best.index[chosen[is_asked]] = found.index[is_asked]
        return from_anchors

    def _match_keys(self, queries: Tensor, seen: SeenFrame, first: int, best: TopMatches) -> None:
        """Compare `queries` (q, C) with the keys of an anchor or far frame, whose cells are numbered from `first`."""
        keys = self._frames.keys_of(seen)
        match_everywhere(queries, seen.cells.flatten(0, 1)[keys].float(), best, keys + first, self._spread)

    def _match_recent(
        self,
        queries: Tensor,
        banded: NDArray[np.bool_],
        references: list[SeenFrame],
        links: Sequence[tuple[int, PixelLink]],
        frame: int,
        best: TopMatches,
    ) -> None:
        """Compare the cells in `banded` with recent frames, in windows where flow says that they were."""
        n_cells = self._grid.rows * self._grid.columns
        recent = [
            Keys(seen.cells.float(), number * n_cells, self._centres(abs(frame - seen.frame), links))
            for number, seen in enumerate(references)
            if not self._frames.is_long_ago(seen)
        ]
        if recent:
            wanted = torch.from_numpy(banded).to(queries.device)
            match_windows(queries, recent, Window(self._settings.radius), best, wanted, self._spread)

    def _centres(self, distance: int, links: Sequence[tuple[int, PixelLink]]) -> Tensor | None:
        """Return where flow says that each cell was `distance` frames ago, int64 (h, w, 2), from the longest link."""
        known = [(step, link) for step, link in links if step <= distance]
        if not known:
            return None
        grid = self._grid
        step, link = max(known, key=lambda pair: pair[0])
        rows, columns = np.meshgrid(np.arange(grid.rows), np.arange(grid.columns), indexing="ij")
        x, y = (to_cells(np.ascontiguousarray(link.positions[..., axis]), grid) for axis in (0, 1))
        # Cells whose centres lie outside the picture see its edge: what counts is how far flow goes, not where it ends.
        height, width = link.positions.shape[:2]
        from_x = np.clip(grid.step_x * columns + grid.first_x, 0, width - 1)
        from_y = np.clip(grid.step_y * rows + grid.first_y, 0, height - 1)
        there_row = rows + np.rint((y - from_y) / grid.step_y * (distance / step))
        there_column = columns + np.rint((x - from_x) / grid.step_x * (distance / step))
        return torch.from_numpy(np.stack([there_row, there_column], -1).astype(np.int64))


def _share(votes: NDArray[np.float32], number: int, otherwise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share (h, w) of `votes` (see `_stacked`) for an object; where nobody knows it, that is `otherwise`."""
    yes, known = votes[..., 2 * number], votes[..., 2 * number + 1]
    return np.where(known > 0, yes / np.maximum(known, np.float32(1e-6)), otherwise).astype(np.float32)


def _labelled(seen: SeenFrame, object_id: int, keys: Tensor) -> LabelledCells:
    """Return the cells of an anchor numbered `keys`, and an object's label there."""
    return LabelledCells(seen.cells.flatten(0, 1)[keys], seen.labels[object_id].ravel()[keys.cpu().numpy()])


def _stacked(seen: SeenFrame, object_ids: Sequence[int], grid: CellGrid) -> Tensor:
    """Return for each object its label and whether there is one, side by side, (cells, 2 objects)."""
    columns = np.zeros((grid.rows * grid.columns, 2 * len(object_ids)), np.float32)
    for number, object_id in enumerate(object_ids):
        label = seen.labels.get(object_id)
        if label is not None:
            columns[:, 2 * number] = label.ravel()
            columns[:, 2 * number + 1] = 1
    return torch.from_numpy(columns)
