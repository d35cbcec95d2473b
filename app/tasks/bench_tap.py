"""TAP-Vid's measures of following points, on rendered scenes whose truth is exact, visibility included."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import markdown_table
from engines.frame_source import FrameSource
from engines.metrics.points import TAP_SIDE_PX, tap_score
from engines.propagation.point_peers import PEERS
from engines.propagation.point_stretches import PointAnchor, PointTracks
from engines.training.scene import Scene, SceneFrames
from engines.training.synthetic import random_scene

ENGINES = ("learned", "thesis")
WAYS = (*ENGINES, *PEERS)
FIRST_SEED = 700
"""Far from those that encoders are trained and judged on."""
N_SCENES, N_FRAMES, N_OBJECTS = 5, 40, 4


@dataclass(frozen=True, slots=True)
class TapRow:
    """One way on one scene, or on all of them; see `TapScore`. Frames/s from the picture on."""

    scene: str
    way: str
    average_jaccard: float
    position_accuracy: float
    occlusion_accuracy: float
    frames_per_s: float


class _Drawn:
    """A scene whose frames are drawn once, so that drawing does not count."""

    def __init__(self, scene: Scene) -> None:
        frames = SceneFrames(scene)
        self.width, self.height, self.fingerprint = scene.width, scene.height, frames.fingerprint
        self._images = [frames.image(frame) for frame in range(scene.n_frames)]

    def __len__(self) -> int:
        return len(self._images)

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`."""
        return self._images[frame]


def bench_tap(number: int, engines: EngineLoader, device: str = "auto", n_frames: int = N_FRAMES) -> Iterator[TapRow]:
    """Yield a row for each way on scene `number`, from 0.

    Points of objects that are seen on the first frame are given there, and judged on all others ("first").
    """
    scene = random_scene(FIRST_SEED + number, TAP_SIDE_PX, TAP_SIDE_PX, n_frames, n_objects=N_OBJECTS)
    true = [scene.render(frame) for frame in range(n_frames)]
    truth = np.stack([np.concatenate(frame.points[1:]) for frame in true])  # (frames, points, 2)
    visible = np.stack([np.concatenate(frame.visible[1:]) for frame in true])
    groups = np.repeat(np.arange(N_OBJECTS), [len(points) for points in true[0].points[1:]])
    given = visible[0]
    truth, visible, groups = truth[:, given], visible[:, given], groups[given]
    counts = np.repeat(np.arange(n_frames)[:, None] > 0, len(groups), 1)
    frames = _Drawn(scene)
    for way in WAYS:
        started_s = time.perf_counter()
        if way in PEERS:
            positions = PEERS[way](frames, range(n_frames), truth[0])
            # They do not say what they see: all that is not outside the picture.
            shown = np.all((positions >= 0) & (positions <= TAP_SIDE_PX - 1), axis=-1)
        else:
            tracks = _carried(way, frames, truth[0], groups, engines, device)
            positions, shown = tracks.positions, tracks.visible
        seconds = time.perf_counter() - started_s
        score = tap_score(truth, visible, positions, shown, counts, (TAP_SIDE_PX, TAP_SIDE_PX))
        yield TapRow(
            f"scene {number}",
            way,
            score.average_jaccard,
            score.position_accuracy,
            score.occlusion_accuracy,
            (n_frames - 1) / seconds,
        )


def _carried(
    engine: str,
    frames: FrameSource,
    start: NDArray[np.float64],
    groups: NDArray[np.int64],
    engines: EngineLoader,
    device: str,
) -> PointTracks:
    anchor = PointAnchor(0, start, np.ones(len(start), bool))
    for step in engines.load_points(engine, "", device).carry(frames, [anchor], groups, "forward"):
        if isinstance(step, PointTracks):
            tracks = step
    return tracks


def mean_taps(rows: Sequence[TapRow]) -> list[TapRow]:
    """Return the mean of each way over all scenes, as TAP-Vid takes it over videos."""
    n_scenes = len({row.scene for row in rows})
    found = []
    for way in dict.fromkeys(row.way for row in rows):
        own = np.array(
            [
                (row.average_jaccard, row.position_accuracy, row.occlusion_accuracy, row.frames_per_s)
                for row in rows
                if row.way == way
            ]
        )
        found.append(TapRow(f"mean of {n_scenes}", way, *np.nanmean(own, 0).tolist()))
    return found


def tap_facts(row: TapRow) -> dict[str, Any]:
    """Return a row for a program."""
    return {
        "scene": row.scene,
        "way": row.way,
        "average_jaccard": row.average_jaccard,
        "position_accuracy": row.position_accuracy,
        "occlusion_accuracy": row.occlusion_accuracy,
        "fps": row.frames_per_s,
    }


def tap_table(rows: Sequence[TapRow]) -> str:
    """Return the means as a Markdown table, with the range of average Jaccard over scenes."""
    lines = []
    for mean in mean_taps(rows):
        own = [row.average_jaccard for row in rows if row.way == mean.way]
        cells = [mean.way, f"{mean.average_jaccard:.3f}", f"{min(own):.3f} to {max(own):.3f}"]
        cells += [f"{mean.position_accuracy:.3f}", f"{mean.occlusion_accuracy:.3f}", f"{mean.frames_per_s:.1f}"]
        lines.append(cells)
    head = ("way", "average Jaccard", "least to most", "position (<δ avg)", "occlusion", "frames/s")
    return markdown_table(head, lines)
