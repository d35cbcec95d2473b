"""Carry points through a clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.formats.points_file import LabelledPoints, write_points
from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import WatchedFrames
from app.whole_folder import Mark, whole_folder
from engines.propagation.point_stretches import PointAnchor, PointTracks
from engines.propagation.types import Direction, Quality

RESULT = "points.json"
_MARK = Mark(RESULT, b'"confidence": {')


@dataclass(frozen=True, slots=True)
class PointRun:
    """Everything that a run of points depends on but the clip and the labels."""

    engine: str
    direction: Direction
    quality: Quality
    weights: str = ""
    """A name or a file; "" is the default."""
    device: str = "auto"


def check_points(labels: LabelledPoints, clip: Clip, path: Path) -> None:
    """Raise UserError where the labels of the file `path` do not fit `clip`, or place no joint at all."""
    beyond = [frame for frame in labels.frames if frame >= clip.n_frames]
    if beyond:
        raise UserError(
            f"{path} has points on frame {beyond[0]}, but the clip has {clip.n_frames} frames, counted from 0",
            "give the points of this clip",
        )
    if labels.size is not None and labels.size != (clip.width, clip.height):
        (width, height), shown = labels.size, f"{clip.width} x {clip.height}"
        raise UserError(
            f"{path} has points on pictures of {width} x {height} pixels, but the clip's are {shown}",
            "give points on pictures of the clip's size",
        )
    if not any(np.isfinite(positions).any() for positions in labels.positions.values()):
        raise UserError(f"{path} places no joint on any frame", "place the joints on one frame at least")


def propagate_points(
    clip: Clip, labels: LabelledPoints, run: PointRun, damaged: set[int], engines: EngineLoader
) -> Iterator[tuple[int, int] | PointTracks]:
    """Yield (done, total) for each frame gone through, then the `PointTracks`, joints by instance in file order.

    Raises UserError where weights or device cannot be used. Frames that are damaged are added to `damaged`; what was
    found on them is neither seen nor believed.
    """
    engine = engines.load_points(run.engine, run.weights, run.device)
    n_joints = len(labels.names)
    anchors = [
        PointAnchor(frame, labels.positions[frame].reshape(-1, 2), labels.visible[frame].reshape(-1))
        for frame in labels.frames
    ]
    groups = np.repeat(np.arange(len(labels.ids)), n_joints)
    with clip.open() as reader:
        frames = WatchedFrames(reader, damaged)
        with closing(engine.carry(frames, anchors, groups, run.direction, run.quality)) as steps:
            for step in steps:
                if isinstance(step, PointTracks):
                    blind = sorted(damaged - set(labels.frames))
                    step.visible[blind] = False
                    step.confidence[blind] = 0
                    yield step
                else:
                    yield step.n_done, step.n_total


def write_tracks(
    clip: Clip, labels: LabelledPoints, steps: Iterable[tuple[int, int] | PointTracks], out: Path
) -> Iterator[tuple[int, int]]:
    """Write the tracks that `steps` end with to ``points.json`` in the folder `out`, passing on what comes before.

    All or nothing, see `whole_folder`.
    """
    with whole_folder(out, _MARK, [RESULT]) as folder:
        for step in steps:
            if isinstance(step, tuple):
                yield step
                continue
            shape = (clip.n_frames, len(labels.ids), len(labels.names))
            write_points(
                folder / RESULT,
                labels,
                step.positions.reshape(*shape, 2),
                step.visible.reshape(shape),
                step.confidence.reshape(shape),
                (clip.width, clip.height),
            )
