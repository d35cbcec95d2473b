"""How long a correction takes to show beside itself: from the end of a stroke to the first frame carried anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication

from app.desk.run_request import RunRequest
from app.desk.workspace import Workspace
from app.formats.mask_png import read_mask
from app.media.clip import open_clip
from app.media.video_writer import VideoWriter
from app.project import verbs
from app.project.clip_location import record_of
from app.project.project import Project
from app.tasks.engine_loader import EngineLoader
from engines.labels.rle import RleMask
from engines.propagation.registry import DEFAULT_ENGINE
from widgets.bench_workspace import bench_workspace, open_project, wait_until
from widgets.canvas.canvas import Canvas

DEMO = Path(__file__).parents[1] / "resources" / "demo"
OBJECT_VALUE = 1
"""Of the demo clip's object in its masks."""
CANVAS_SIZE = (1600, 900)
GOAL_MS = 100.0
STROKE_PX, N_MOVES = 12.0, 8
RUN_TIMEOUT_MS = 1_200_000


@dataclass(frozen=True, slots=True)
class _Rerun:
    """One stroke: ms until the next frame was shown anew, what the GUI thread and all threads worked; the whole run.

    On a busy machine the difference is waiting for its turn.
    """

    first_ms: float
    gui_ms: float
    cpu_ms: float
    whole_s: float
    n_run: int


def run_rerun_bench(n_frames: int = 100, n_strokes: int = 10, engine: str = DEFAULT_ENGINE) -> dict:
    """Return the times of `n_strokes` corrections in the middle of a clip of `n_frames`, as numbers by name.

    The clip is the demo clip, there and back again; its object has anchors on the first and last frame and on those a
    quarter from either. Between the latter `engine` has carried it once, so that features are cached; elsewhere it was
    copied. A stroke is painted with the mouse, and the view goes on to the next frame at once; all runs but the last
    are stopped then. `run_again` is how many frames that one went over. Makes an application if there is none (off the
    screen where there is no display) and works in a temporary folder. GUI thread only; half a minute or so.
    """
    with bench_workspace() as (workspace, folder):
        workspace.engines = EngineLoader(folder / "features")
        canvas = _WatchedCanvas(workspace)
        canvas.resize(*CANVAS_SIZE)
        canvas.show()
        open_project(workspace, _write_project(folder, n_frames))
        request = RunRequest(engine=engine)
        workspace.rerunner.use(request)
        _carry(workspace, n_frames, request)
        middle = n_frames // 2 - n_strokes // 2
        reruns = [
            _correct(workspace, canvas, middle + number, is_whole=number == n_strokes - 1)
            for number in range(n_strokes)
        ]
        canvas.close()
    first_ms, gui_ms, cpu_ms = ([getattr(each, name) for each in reruns] for name in ("first_ms", "gui_ms", "cpu_ms"))
    return {
        "engine": engine,
        "frames": n_frames,
        "strokes": n_strokes,
        "goal_ms": GOAL_MS,
        "run_again": reruns[-1].n_run,
        "first_median_ms": round(float(np.median(first_ms)), 1),
        "first_p95_ms": round(float(np.percentile(first_ms, 95)), 1),
        "gui_median_ms": round(float(np.median(gui_ms)), 1),
        "cpu_median_ms": round(float(np.median(cpu_ms)), 1),
        "whole_s": round(reruns[-1].whole_s, 2),
    }


class _WatchedCanvas(Canvas):
    """Tells when it has painted itself."""

    painted = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()


def _there_and_back(n_frames: int) -> Iterator[int]:
    """Yield frames of the demo clip: to its end, to its beginning, and so on."""
    last = open_clip(DEMO / "demo.mp4").n_frames - 1
    for frame in range(n_frames):
        turn = frame % (2 * last)
        yield min(turn, 2 * last - turn)


def _truth(frame: int) -> NDArray[np.bool_]:
    return read_mask(DEMO / "masks" / f"{frame:05d}.png").values == OBJECT_VALUE


def _write_project(folder: Path, n_frames: int) -> Path:
    """Write the clip and an empty project on it into `folder`, and return the project's path."""
    demo, path = open_clip(DEMO / "demo.mp4"), folder / "clip.throughline"
    times_s = np.arange(n_frames) / 25
    with demo.open() as reader, VideoWriter(folder / "clip.mp4", demo.width, demo.height, times_s) as writer:
        pictures = [reader.image(frame) for frame in range(demo.n_frames)]
        for frame in _there_and_back(n_frames):
            writer.write(pictures[frame])
    Project.create(path, record_of(open_clip(folder / "clip.mp4"), path)).close()
    return path


def _carry(workspace: Workspace, n_frames: int, request: RunRequest) -> None:
    """Give the object its anchors and run between them."""
    assert workspace.project is not None
    object_id, frames = workspace.add_object(), list(_there_and_back(n_frames))
    first, last = n_frames // 4, 3 * n_frames // 4
    for place in (0, first, last, n_frames - 1):
        mask = RleMask.encode(_truth(frames[place]))
        workspace.do(verbs.paint_mask(workspace.project, object_id, place, mask))
    for each in (RunRequest(engine="copy"), replace(request, scope="all", frames=(first, last))):
        workspace.start_run(each)
        _wait_for_run(workspace)


def _wait_for_run(workspace: Workspace) -> None:
    wait_until(workspace, workspace.run_changed, lambda: workspace.runner.active is None, RUN_TIMEOUT_MS)


def _correct(workspace: Workspace, canvas: _WatchedCanvas, frame: int, *, is_whole: bool) -> _Rerun:
    """Paint a stroke on `frame`, go on to the next one, and take the stroke back when that is shown, or all of it."""
    assert workspace.project is not None
    object_id = next(iter(workspace.project.objects))
    for place in (frame + 1, frame):  # a person has come by, so that both pictures are at hand
        _show(workspace, canvas, place)
    workspace.view.tool, workspace.view.brush_radius_px = "brush", STROKE_PX / 2
    before = workspace.shown(object_id, frame)
    assert before is not None
    _, top, right, bottom = workspace.project.mask(before[0].mask_id).box
    x, y = right, (top + bottom) / 2
    _send(canvas, QEvent.Type.MouseButtonPress, x, y)
    for move in range(N_MOVES):
        _send(canvas, QEvent.Type.MouseMove, x + STROKE_PX * move / N_MOVES, y)
    start, gui, cpu = time.perf_counter(), time.thread_time(), time.process_time()
    _send(canvas, QEvent.Type.MouseButtonRelease, x + STROKE_PX, y)
    run = workspace.runner.active
    if run is None:
        raise RuntimeError("the stroke began no run; the times would mean nothing")
    workspace.request_frame(frame + 1)
    seen: list[tuple[float, float, float]] = []

    def look() -> bool:
        is_new = any(shown.label.run_id == run.record.run_id for shown in canvas.layers.masks.shown)
        if is_new and canvas.shown_frame == frame + 1 and not seen:
            seen.append((time.perf_counter() - start, time.thread_time() - gui, time.process_time() - cpu))
        return bool(seen)

    wait_until(workspace, canvas.painted, look)
    if not is_whole:
        workspace.cancel_run()
    _wait_for_run(workspace)
    whole_s = time.perf_counter() - start
    workspace.undo_stack.undo()
    first_ms, gui_ms, cpu_ms = (1000 * passed_s for passed_s in seen[0])
    return _Rerun(first_ms, gui_ms, cpu_ms, whole_s, sum(map(len, run.record.stretches)))


def _show(workspace: Workspace, canvas: _WatchedCanvas, frame: int) -> None:
    """Go to `frame` and wait until it is painted."""
    workspace.request_frame(frame)
    wait_until(workspace, canvas.painted, lambda: canvas.shown_frame == frame)


def _send(canvas: Canvas, kind: QEvent.Type, x: float, y: float) -> None:
    """Send a mouse event of the left button at an image position."""
    at, left, none = canvas.image_to_view(x, y), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(kind, at, QPointF(canvas.mapToGlobal(at)), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)
