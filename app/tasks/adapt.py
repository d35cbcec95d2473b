"""Learn on a clip, and find out from its anchors whether that helps.

Judged by leaving anchors out: for each in turn, learn from the others alone, carry the object to its frame with what
was learned and without, and compare both with what the person drew. Only then is it learned from all anchors.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np

from app.errors import UserError
from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader, torch_told
from app.tasks.propagate import MaskRun, WatchedFrames, propagate_masks
from app.tasks.weights import weights_told
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.registry import ENGINES
from engines.propagation.schedule import n_results, stretches_of
from engines.propagation.types import MaskAnchor, Stretch

T = TypeVar("T")

if TYPE_CHECKING:
    from engines.correspondence.adapting import AnchorCells
    from engines.correspondence.feature_reader import FeatureReader

MOST_LEFT_OUT = 3
"""Frames whose anchors are left out one after the other."""
MOST_FRAMES = 600
"""That are gone through, once with and once without, for all of them together: some two minutes on two cores."""
LEAST_GAIN = 0.01
MOST_LOSS = 0.01
"""It is taken in where the mean IoU rises by the one and that of no anchor falls by more than the other: with .005 for
the one, `parkour` (+.007 there) came out lower by .001."""
_AROUND = 6
"""Cells around an object that count as its surroundings."""
_LEARNING = 20
"""What finding cycles, and each learning, counts as in progress, in frames carried."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An anchor that was left out: the IoU with it of what was carried there, without and with what was learned."""

    object_id: int
    frame: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What leaving anchors out said."""

    trials: tuple[Trial, ...]
    seconds: float

    @property
    def before(self) -> float:
        """Mean IoU without."""
        return float(np.mean([trial.before for trial in self.trials]))

    @property
    def after(self) -> float:
        """Mean IoU with what was learned."""
        return float(np.mean([trial.after for trial in self.trials]))

    @property
    def is_better(self) -> bool:
        """Return whether what was learned is to be taken in; see `LEAST_GAIN`."""
        is_safe = all(trial.after >= trial.before - MOST_LOSS for trial in self.trials)
        return is_safe and self.after - self.before >= LEAST_GAIN

    def __str__(self) -> str:
        """Return for example ``IoU on 3 left-out anchors .810 → .840: taken in``."""
        n = len(self.trials)
        what = f"IoU on {n} left-out anchor{'' if n == 1 else 's'} {_short(self.before)} → {_short(self.after)}"
        return f"{what}: {'taken in' if self.is_better else 'no better, discarded'}"


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning on a clip; where `verdict` says that it is no better, it is to be discarded."""

    verdict: Verdict
    weights: str
    """The fingerprint of the weights that it is for."""
    data: bytes
    """The `Adaptation`."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """A frame whose anchors are left out, what is left, and what is carried to see how they come out."""

    frame: int
    left_out: dict[int, RleMask]
    anchors: tuple[MaskAnchor, ...]
    stretches: tuple[Stretch, ...]

    @property
    def n_frames(self) -> int:
        """Frames gone through, objects being carried together; between two anchors both ways are gone to the end."""
        return max(n_results((stretch,), "both") for stretch in self.stretches)


def why_not_learn(anchors: Iterable[MaskAnchor], n_frames: int) -> str:
    """Return why nothing can be learned from `anchors` of a clip, a sentence, or "" where something can."""
    folds = _all_folds(tuple(anchors), n_frames)
    if not folds:
        return "Learning on a clip takes two anchors of one object: without a second one nothing tells if it helps."
    if folds[0].n_frames > MOST_FRAMES:
        return f"All anchors lie further apart than can be tried, {MOST_FRAMES} frames: label one in between."
    return ""


def adapt(clip: Clip, run: MaskRun, engines: EngineLoader) -> Generator[float, None, Learned]:
    """Learn on `clip` from the anchors of `run`, for its engine, weights and quality; yields the share that is done.

    Closing the generator ends it within a frame. Deterministic. Raises UserError where nothing can be learned,
    and as `propagate_masks` does.
    """
    started_s = time.perf_counter()
    if ENGINES[run.engine].recipe != "ours":
        raise UserError(f"{ENGINES[run.engine].title} does not learn on a clip", "choose Learned correspondence")
    if reason := why_not_learn(run.anchors, clip.n_frames):
        raise UserError(reason.rstrip("."), "label another frame first")
    folds = _folds(run.anchors, clip.n_frames)
    total = _LEARNING * (2 + len(folds)) + 2 * sum(fold.n_frames for fold in folds)
    done = 0.0
    info = engines.weights_of(run.engine, run.weights)
    assert info is not None
    with weights_told(), torch_told():
        from engines.correspondence.adaptation import Adaptation
        from engines.correspondence.adapting import find_cycles, fit
        from engines.correspondence.feature_reader import FeatureReader

        extractor = engines.extractor(info, run.device)
    with clip.open() as frames:
        reader = FeatureReader(WatchedFrames(frames, set()), extractor)
        finding = find_cycles(lambda frame: reader.at(frame).coarse, clip.n_frames)
        cycles = yield from _said(finding, done, total)
        done += _LEARNING
        cells = []
        for anchor in run.anchors:
            cells.append(_cells(reader, anchor))
            yield done / total
    trials: list[Trial] = []
    for fold in folds:
        left = [each for each in cells if (each.object_id, each.frame) not in _keys(fold)]
        matrix = yield from _said(fit(cycles, left), done, total)
        done += _LEARNING
        found: list[dict[int, float]] = []
        for data in (b"", Adaptation(matrix, info.fingerprint).to_bytes()):
            how = replace(run, anchors=fold.anchors, stretches=fold.stretches, direction="both", learned=data)
            found.append((yield from _said(_overlaps(clip, how, fold, engines), done, total)))
            done += fold.n_frames
        before, after = found
        trials += [Trial(object_id, fold.frame, before[object_id], after[object_id]) for object_id in before]
    matrix = yield from _said(fit(cycles, cells), done, total)
    verdict = Verdict(tuple(trials), time.perf_counter() - started_s)
    return Learned(verdict, info.fingerprint, Adaptation(matrix, info.fingerprint).to_bytes())


def _said(steps: Generator[None, None, T], done: float, total: float) -> Generator[float, None, T]:
    """Go through `steps`, yielding the share of `total` that was done before, and return what they return."""
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                return stop.value
            yield done / total


def _cells(reader: FeatureReader, anchor: MaskAnchor) -> AnchorCells:
    from engines.correspondence.adapting import anchor_cells
    from engines.propagation.cells import to_cells

    label = to_cells(anchor.mask.decode().astype(np.float32), reader.grid())
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _AROUND + 1,) * 2)
    around = cv2.dilate((label > 0).astype(np.uint8), disc) > 0
    return anchor_cells(anchor.object_id, anchor.frame, reader.at(anchor.frame).coarse, label, around)


def _overlaps(clip: Clip, run: MaskRun, fold: _Fold, engines: EngineLoader) -> Generator[None, None, dict[int, float]]:
    """Return, by object, the IoU of what `run` carries to a fold's frame with what was left out there."""
    found: dict[int, float] = {}
    with closing(propagate_masks(clip, run, engines=engines)) as results:
        for result in results:
            if result.frame == fold.frame and result.is_final:
                truth = fold.left_out[result.object_id]
                found[result.object_id] = region_similarity(truth.decode(), result.mask.decode())
                if len(found) == len(fold.left_out):
                    break
            yield
    return found


def _folds(anchors: tuple[MaskAnchor, ...], n_frames: int) -> list[_Fold]:
    """Return the cheapest folds, within `MOST_LEFT_OUT` and `MOST_FRAMES`, in the order of their frames."""
    chosen: list[_Fold] = []
    for fold in _all_folds(anchors, n_frames)[:MOST_LEFT_OUT]:
        if sum(each.n_frames for each in (*chosen, fold)) <= MOST_FRAMES:
            chosen.append(fold)
    return sorted(chosen, key=lambda fold: fold.frame)


def _all_folds(anchors: tuple[MaskAnchor, ...], n_frames: int) -> list[_Fold]:
    """Return a fold for each frame with an anchor of an object that is shown on another one too, the cheapest first."""
    shown: dict[int, dict[int, RleMask]] = {}
    for anchor in anchors:
        if anchor.mask.area:
            shown.setdefault(anchor.object_id, {})[anchor.frame] = anchor.mask
    folds = []
    for frame in sorted({anchor.frame for anchor in anchors}):
        out = {number: masks[frame] for number, masks in shown.items() if frame in masks and len(masks) > 1}
        left = tuple(anchor for anchor in anchors if anchor.frame != frame or anchor.object_id not in out)
        if out:
            folds.append(_Fold(frame, out, left, tuple(_way_to(frame, number, left, n_frames) for number in out)))
    return sorted(folds, key=lambda fold: (fold.n_frames, fold.frame))


def _way_to(frame: int, object_id: int, anchors: tuple[MaskAnchor, ...], n_frames: int) -> Stretch:
    """Return what is carried of an object to see it on `frame`: from one side no further than that frame."""
    frames = [anchor.frame for anchor in anchors if anchor.object_id == object_id]
    stretches = stretches_of(object_id, frames, n_frames, "both")
    found = next(stretch for stretch in stretches if stretch.first <= frame <= stretch.last)
    first = frame if found.left is None else found.first
    return replace(found, first=first, last=frame if found.right is None else found.last)


def _keys(fold: _Fold) -> set[tuple[int, int]]:
    return {(object_id, fold.frame) for object_id in fold.left_out}


def _short(share: float) -> str:
    """Return a share as ``.810``."""
    return f"{share:.3f}".removeprefix("0")
