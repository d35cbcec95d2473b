"""Quality and speed of carrying points, beside classical ways, on animals whose joints people have placed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.bounded import fields, read_json, reading, text
from app.formats.mask_png import read_mask
from app.formats.points_file import LabelledPoints, read_points
from app.media.clip import open_clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import figure, markdown_table
from app.tasks.score_points import PointScore, compare
from engines.frame_source import FrameSource
from engines.propagation.point_peers import PEERS, Peer, interpolated
from engines.propagation.point_stretches import PointAnchor, PointTracks
from engines.propagation.types import Direction

SEQUENCES = ("camel", "horsejump-high", "bear")
"""Measured by themselves; the first labelled frame is given."""
PAIR = "sleap-flies-clip"
"""Two animals, every frame labelled: where identities may be switched."""
PAIR_FRAMES = 300
PAIR_WAYS = ("learned", "stay", "lucas-kanade", "template")
"""Those that take minutes for frames of 1024 x 1024 are left out."""
ENGINES = ("learned", "thesis")
JOINED, ONWARD, STRAIGHT = "learned, joined", "learned, forward only", "straight lines"

Way = Callable[[FrameSource], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class PointRow:
    """One way on one sequence, `n_given` labelled frames being given; frames/s from the frame's file on."""

    sequence: str
    method: str
    n_given: int
    score: PointScore
    frames_per_s: float


class FirstFrames:
    """The first frames of a clip."""

    def __init__(self, frames: FrameSource, n_frames: int) -> None:
        self._frames = frames
        self._n_frames = n_frames
        self.width, self.height, self.fingerprint = frames.width, frames.height, frames.fingerprint

    def __len__(self) -> int:
        return self._n_frames

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`."""
        return self._frames.image(frame)


def find_point_sequences(data: Path, names: Sequence[str] | None) -> list[str]:
    """Return which of the sequences are in `data`/keypoints, or those `names` that are. Raises UserError for none."""
    known = [*SEQUENCES, PAIR]
    found = [name for name in known if (data / "keypoints" / name / "keypoints.json").is_file()]
    wanted = [name for name in found if names is None or name in names]
    if not wanted:
        raise UserError(
            f"There are no labelled points to measure by in {data / 'keypoints'}", f"look for {', '.join(known)}"
        )
    return wanted


def bench_points(data: Path, sequence: str, engines: EngineLoader, device: str = "auto") -> Iterator[PointRow]:
    """Yield a row for each way on one sequence. Raises UserError where it cannot be read."""
    folder = data / "keypoints" / sequence
    labels = read_points(folder / "keypoints.json")
    clip = open_clip(_pictures(folder))
    n_frames = min(labels.frames[-1] + 1, PAIR_FRAMES if sequence == PAIR else clip.n_frames, clip.n_frames)
    frames = [frame for frame in labels.frames if frame < n_frames]
    areas = _areas(data, sequence, frames)
    for n_given in (1,) if sequence == PAIR else (1, 3):
        given = [frames[round(place)] for place in np.linspace(0, len(frames) - 1, n_given if n_given > 1 else 2)]
        given = given[:n_given]
        ways = _ways(labels, given, n_frames, engines, device)
        for method in PAIR_WAYS if sequence == PAIR else ways:
            started_s = time.perf_counter()
            with clip.open() as reader:
                positions = ways[method](FirstFrames(reader, n_frames)).reshape(n_frames, len(labels.ids), -1, 2)
            seconds = time.perf_counter() - started_s
            judged = [frame for frame in frames if frame not in given]
            guesses = {frame: positions[frame] for frame in judged}
            shown = {frame: np.isfinite(positions[frame]).all(-1) for frame in judged}
            score = compare(labels, judged, guesses, shown, areas)
            yield PointRow(sequence, method, n_given, score, (n_frames - given[0] - 1) / seconds)


def n_ways(sequence: str) -> int:
    """Return how many rows `bench_points` yields for a sequence."""
    return len(PAIR_WAYS) if sequence == PAIR else len(ENGINES) + len(PEERS) + 3


def _ways(
    labels: LabelledPoints, given: Sequence[int], n_frames: int, engines: EngineLoader, device: str
) -> dict[str, Way]:
    """Return the ways that are compared, by what they are called."""
    anchors = [
        PointAnchor(frame, labels.positions[frame].reshape(-1, 2), labels.visible[frame].reshape(-1)) for frame in given
    ]
    start = anchors[0].positions
    path = range(given[0], n_frames)
    groups = np.repeat(np.arange(len(labels.ids)), len(labels.names))

    def carried(engine: str, direction: Direction) -> Way:
        def way(frames: FrameSource) -> NDArray[np.float64]:
            for step in engines.load_points(engine, "", device).carry(frames, anchors, groups, direction):
                if isinstance(step, PointTracks):
                    tracks = step
            return tracks.positions

        return way

    def later(follow: Callable[[FrameSource], NDArray[np.float64]]) -> Way:
        before = np.full((given[0], *start.shape), np.nan)
        return lambda frames: np.concatenate([before, follow(frames)])

    def onwards(peer: Peer) -> Way:
        known = np.isfinite(start).all(1)

        def follow(frames: FrameSource) -> NDArray[np.float64]:
            found = np.full((len(path), *start.shape), np.nan)
            found[:, known] = peer(frames, path, start[known])
            return found

        return later(follow)

    if len(given) > 1:
        between = np.stack([anchor.positions for anchor in anchors])
        return {
            JOINED: carried("learned", "both"),
            ONWARD: carried("learned", "forward"),
            STRAIGHT: later(lambda frames: interpolated(np.array(given), between, path)),
        }
    return {engine: carried(engine, "forward") for engine in ENGINES} | {
        name: onwards(peer) for name, peer in PEERS.items()
    }


def _pictures(folder: Path) -> Path:
    """Return where the pictures of a sequence lie."""
    file = folder / "keypoints.json"
    with reading(file, "points"):
        content = fields(read_json(file))
        return folder / text(content["frames_dir"] if "frames_dir" in content else content["video"])


def _areas(data: Path, sequence: str, frames: Sequence[int]) -> Mapping[int, float] | None:
    """Return the area of the animal's mask on each frame, None where there are no masks."""
    files = {frame: data / "Annotations" / "480p" / sequence / f"{frame:05d}.png" for frame in frames}
    if not all(file.is_file() for file in files.values()):
        return None
    return {frame: float(np.count_nonzero(read_mask(file).values)) for frame, file in files.items()}


def point_facts(row: PointRow) -> dict[str, Any]:
    """Return a row for a program."""
    return {
        "sequence": row.sequence,
        "method": row.method,
        "given": row.n_given,
        "PCK": {by: {str(share): value for share, value in table.items()} for by, table in row.score.pck.items()},
        "median_px": row.score.median_px,
        "identity_switches": row.score.switches,
        "swapped": row.score.n_swapped,
        "fps": row.frames_per_s,
    }


def points_table(rows: Sequence[PointRow]) -> str:
    """Return `rows` as Markdown tables: one for each number of given frames, and one for two animals."""
    alone = [row for row in rows if row.sequence != PAIR]
    pair = [row for row in rows if row.sequence == PAIR]
    tables = [_table([row for row in alone if row.n_given == n]) for n in sorted({row.n_given for row in alone})]
    if pair:
        head = [f"{PAIR}, {PAIR_FRAMES} frames", "PCK@0.1", "PCK@0.2", "identity switches", "on another animal"]
        lines = []
        for row in pair:
            pck = [f"{row.score.pck['box'][share]:.3f}" for share in (0.1, 0.2)]
            lines.append([row.method, *pck, row.score.switches, row.score.n_swapped, f"{row.frames_per_s:.1f}"])
        tables.append(markdown_table([*head, "frames/s"], lines))
    return "\n\n".join(tables)


def _table(rows: Sequence[PointRow]) -> str:
    """Return rows with one number of given frames: a line for each way, columns for each sequence and the mean."""
    sequences = list(dict.fromkeys(row.sequence for row in rows))
    head = [f"frames given: {rows[0].n_given}"]
    for name in [*sequences, "mean"]:
        head += [f"{name} box @.1", "@.2", "mask @.1", "@.2"]
    lines = []
    for method in dict.fromkeys(row.method for row in rows):
        own = {row.sequence: row for row in rows if row.method == method}
        cells = [[_cell(own[name], by, share) for by in ("box", "mask") for share in (0.1, 0.2)] for name in sequences]
        means = [
            float(np.mean(known)) if (known := [value for value in column if value is not None]) else None
            for column in zip(*cells, strict=True)
        ]
        figures = [figure(value, 3) for of_sequence in [*cells, means] for value in of_sequence]
        speed = float(np.mean([row.frames_per_s for row in own.values()]))
        lines.append([method, *figures, f"{speed:.1f}"])
    return markdown_table([*head, "frames/s"], lines)


def _cell(row: PointRow, by: str, share: float) -> float | None:
    return row.score.pck.get(by, {}).get(share)
