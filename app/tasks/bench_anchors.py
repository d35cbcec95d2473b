"""How good masks become with every anchor, by who chooses the frames.

Anchors are taken from the truth, as a person would make them, and stand for themselves: they count as right. The first
is on frame 0 whoever chooses. As in the window, a new anchor re-runs only the two stretches that it touches.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.media.clip import Clip
from app.tasks.bench_engines import Entrant, read_sequence
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import markdown_table
from app.tasks.propagate import MaskRun, propagate_masks
from app.tasks.suggest import no_confidences, suggest_frames, take
from engines.labels.rle import RleMask
from engines.metrics.davis import boundary_f, region_similarity
from engines.propagation.schedule import stretches_of
from engines.propagation.types import MaskAnchor, MaskResult, Stretch

WAYS = ("suggest", "uniform", "random")
"""Who chooses the frames: `suggest` one after the other, from what the last run was sure of; evenly; by chance."""

ASKED = 0.90
"""J&F that corrections are counted to."""


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """J and F in [0, 1] of one sequence with these anchors. `seed` is that of chance, 0 for the other ways."""

    sequence: str
    engine: str
    way: str
    seed: int
    anchors: tuple[int, ...]
    j: float
    f: float

    @property
    def j_and_f(self) -> float:
        """Mean of both."""
        return (self.j + self.f) / 2


class Sitting:
    """One clip while anchors are given one after the other: what was carried from them so far, and its scores."""

    def __init__(
        self, clip: Clip, truth: Sequence[RleMask], entrant: Entrant, engines: EngineLoader, device: str
    ) -> None:
        self._clip, self._truth = clip, truth
        self._entrant, self._engines, self._device = entrant, engines, device
        self._stretches: frozenset[Stretch] = frozenset()
        self.anchors: tuple[MaskAnchor, ...] = ()
        self.j, self.f = np.zeros(len(truth)), np.zeros(len(truth))
        self.results: dict[int, MaskResult] = {}
        """What was carried, by frame; of a frame that became an anchor what it was before."""
        self.confidences = no_confidences([MaskAnchor(1, 0, truth[0])], len(truth))

    def copy(self) -> Sitting:
        """Return another one that begins where this one stands."""
        other = Sitting(self._clip, self._truth, self._entrant, self._engines, self._device)
        other._stretches, other.anchors = self._stretches, self.anchors
        other.j, other.f, other.results = self.j.copy(), self.f.copy(), dict(self.results)
        other.confidences = {object_id: values.copy() for object_id, values in self.confidences.items()}
        return other

    def label(self, frames: Sequence[int]) -> None:
        """Give anchors on `frames` and run over what they touch."""
        self.anchors += tuple(MaskAnchor(1, frame, self._truth[frame]) for frame in frames)
        places = [anchor.frame for anchor in self.anchors]
        self.j[places] = self.f[places] = 1
        self.confidences[1][places] = np.nan
        now = frozenset(stretches_of(1, places, len(self._truth), "both"))
        stale, self._stretches = tuple(sorted(now - self._stretches, key=lambda each: each.first)), now
        how = self._entrant
        run = MaskRun(how.engine, "both", how.quality, self.anchors, stale, how.weights, self._device)
        for result in propagate_masks(self._clip, run, engines=self._engines):
            take(self.confidences, result)
            if result.is_final:
                self.results[result.frame] = result
                pair = (self._truth[result.frame].decode(), result.mask.decode())
                self.j[result.frame], self.f[result.frame] = region_similarity(*pair), boundary_f(*pair)

    def suggestion(self) -> int | None:
        """Return the frame to label next, None where nothing more is to be won."""
        found = suggest_frames(self.anchors, self.confidences, 1)
        return found[0][1].frame if found else None


def bench_anchors(
    data: Path,
    sequence: str,
    entrant: Entrant,
    engines: EngineLoader,
    device: str = "auto",
    *,
    counts: Sequence[int] = (1, 2, 3, 5, 8),
    ways: Sequence[str] = WAYS,
    seeds: Sequence[int] = range(5),
    most: int | None = None,
) -> Iterator[AnchorRow]:
    """Yield a row for each of `ways`, each of `seeds` (of chance) and each of `counts` on one sequence.

    `suggest` has a row for every number up to the largest of `counts`, and goes on to `most` anchors while J&F stays
    below `ASKED`. As DAVIS has it, the first and the last frame do not count. Counts beyond the clip's length are left
    out.
    """
    clip, truth = read_sequence(data, sequence)
    counts = [count for count in sorted(set(counts)) if count <= len(truth)]
    first = Sitting(clip, truth, entrant, engines, device)
    first.label([0])

    def row(sitting: Sitting, way: str, seed: int) -> AnchorRow:
        anchors = tuple(sorted(anchor.frame for anchor in sitting.anchors))
        j, f = float(sitting.j[1:-1].mean()), float(sitting.f[1:-1].mean())
        return AnchorRow(sequence, entrant.name, way, seed, anchors, j, f)

    if "suggest" in ways:
        sitting = first.copy()
        yield row(sitting, "suggest", 0)
        for number in range(2, max(most or 0, *counts) + 1):
            if number > max(counts) and row(sitting, "suggest", 0).j_and_f >= ASKED:
                break
            frame = sitting.suggestion()
            if frame is None:
                break
            sitting.label([frame])
            yield row(sitting, "suggest", 0)
    if "uniform" in ways:
        for count in counts:
            sitting = first.copy()
            if count > 1:
                sitting.label(even_frames(len(truth), count)[1:])
            yield row(sitting, "uniform", 0)
    for seed in seeds if "random" in ways else ():
        rng = np.random.default_rng((seed, zlib.crc32(sequence.encode())))
        order = 1 + rng.permutation(len(truth) - 1)
        sitting, n_given = first.copy(), 1
        for count in counts:
            if count > n_given:
                sitting.label([int(frame) for frame in order[n_given - 1 : count - 1]])
                n_given = count
            yield row(sitting, "random", seed)


def even_frames(n_frames: int, count: int) -> list[int]:
    """Return `count` frames from the first to the last, evenly spread."""
    return [0] if count == 1 else [round(float(frame)) for frame in np.linspace(0, n_frames - 1, count)]


def read_rows(file: Path) -> list[AnchorRow]:
    """Return the rows that earlier pieces left in `file`, none where it is not there yet. Raises UserError."""
    if not file.exists():
        return []
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [AnchorRow(**{**line, "anchors": tuple(line["anchors"])}) for line in lines]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{file} holds no rows of `bench anchors`", "give --rows another file") from error


def add_rows(file: Path, rows: Sequence[AnchorRow]) -> None:
    """Add `rows` to `file`."""
    with file.open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def area_under(rows: Sequence[AnchorRow]) -> float:
    """Return the mean height of J over the number of anchors, from the fewest to the most of one way's `rows`."""
    points = sorted((len(row.anchors), row.j) for row in rows)
    x, y = np.array(points, float).T
    return float(np.trapezoid(y, x) / (x[-1] - x[0])) if len(x) > 1 else float(y[0])


def needed(rows: Sequence[AnchorRow]) -> int | None:
    """Return the least number of anchors with which J&F is `ASKED`, None where it is never reached."""
    return min((len(row.anchors) for row in rows if row.j_and_f >= ASKED), default=None)


def anchors_table(rows: Sequence[AnchorRow], counts: Sequence[int]) -> str:
    """Return two Markdown tables: means over sequences (and seeds) for each way, and anchors to reach `ASKED`."""
    by_way = sorted(rows, key=lambda row: (row.engine, WAYS.index(row.way)))
    means = []
    for (engine, way), group in groupby(by_way, key=lambda row: (row.engine, row.way)):
        own = [row for row in group if len(row.anchors) in counts]
        cells = []
        for count in counts:
            here = [row for row in own if len(row.anchors) == count]
            j_and_jf = [np.mean([row.j for row in here]), np.mean([row.j_and_f for row in here])] if here else []
            cells.append(", ".join(f"{mean:.3f}" for mean in j_and_jf) or "–")
        area = np.mean([area_under(sitting) for sitting in _sittings(own)])
        n_sequences = len({row.sequence for row in own})
        means.append([f"{engine}, {way} ({n_sequences})", *cells, f"{area:.4f}"])
    reached = []
    for sitting in _sittings([row for row in rows if row.way == "suggest"]):
        n_needed, last = needed(sitting), max(sitting, key=lambda row: len(row.anchors))
        then = last if n_needed is None else next(row for row in sitting if len(row.anchors) == n_needed)
        told = f"more than {len(last.anchors)}" if n_needed is None else n_needed
        reached.append((f"{last.sequence}, {last.engine}", told, f"{then.j_and_f:.3f}"))
    return "\n\n".join(
        (
            markdown_table(["J, J&F with anchors", *counts, "area under J"], means),
            markdown_table((f"anchors to J&F {ASKED:.2f}, by suggest", "anchors", "J&F then"), reached),
        )
    )


def _sittings(rows: Sequence[AnchorRow]) -> list[list[AnchorRow]]:
    """Return the rows of each engine, way, sequence and seed."""

    def key(row: AnchorRow) -> tuple[str, str, str, int]:
        return row.engine, row.way, row.sequence, row.seed

    return [list(group) for _, group in groupby(sorted(rows, key=key), key=key)]
