"""How long a stroke's events take from the mouse to the screen, in the real canvas on a real project."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.desk.workspace import Workspace
from app.project import verbs
from app.project.model import Kind
from engines.labels.rle import RleMask
from widgets.bench_workspace import bench_workspace, loop_points, open_project, smooth_noise, write_project
from widgets.canvas.canvas import Canvas

CANVAS_SIZE = (1600, 900)
GOAL_MS = 16.0
BRUSH_RADIUS_PX = 40.0
ZOOMED_SCALE = 3.0


@dataclass(frozen=True, slots=True)
class StrokeTimes:
    """Milliseconds of one stroke: each event until its repaint is done, and the press and the release.

    `p99_cpu_ms` counts only what the GUI thread itself worked: on a busy machine the rest is waiting for its turn.
    """

    median_ms: float
    p99_ms: float
    p99_cpu_ms: float
    max_ms: float
    press_ms: float
    release_ms: float


def run_stroke_bench(width: int = 3840, height: int = 2160, n_events: int = 300) -> dict:
    """Return the times of three strokes on a picture of `width` x `height` with five objects, as numbers by name.

    One with the whole picture in a canvas of 1600 x 900, one zoomed in, one in colour on a texture, all of it in view.
    Each event is timed from being sent until the canvas has repainted what it had to. Makes an application if there is
    none (off the screen where there is no display) and works in a temporary folder. GUI thread only; about 15 s.
    """
    with bench_workspace() as (workspace, folder):
        canvas = Canvas(workspace)
        canvas.resize(*CANVAS_SIZE)
        canvas.show()
        open_project(workspace, write_project(folder, [smooth_noise(width, height, 64)]))
        _paint_objects(workspace, width, height)
        workspace.view.tool, workspace.view.brush_radius_px = "brush", BRUSH_RADIUS_PX
        canvas.fit()
        fitted = _time_stroke(canvas, n_events)
        canvas.zoom(ZOOMED_SCALE / canvas.viewport.scale)
        zoomed = _time_stroke(canvas, n_events)
        workspace.add_object(kind=Kind.TEXTURE)
        canvas.fit()
        texture = _time_stroke(canvas, n_events)
        workspace.textures.settle()
        canvas.close()
    return {
        "width": width,
        "height": height,
        "canvas": list(CANVAS_SIZE),
        "n_events": n_events,
        "goal_ms": GOAL_MS,
        "fit": {name: round(getattr(fitted, name), 2) for name in StrokeTimes.__slots__},
        "zoomed": {name: round(getattr(zoomed, name), 2) for name in StrokeTimes.__slots__},
        "texture": {name: round(getattr(texture, name), 2) for name in StrokeTimes.__slots__},
    }


def _paint_objects(workspace: Workspace, width: int, height: int) -> None:
    """Add five objects with round masks from a tenth to half of the picture's height, and select the largest."""
    assert workspace.project is not None
    rows, columns = np.ogrid[:height, :width]
    for place in range(5):
        centre, radius = ((0.1 + 0.2 * place) * width, (0.35 + 0.3 * (place % 2)) * height), (5 - place) * height / 20
        mask = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 <= radius**2
        object_id = workspace.add_object()
        edit = verbs.paint_mask(workspace.project, object_id, 0, RleMask.encode(mask), exclusive_over=True)
        workspace.do(edit)
    workspace.view.object_id = next(iter(workspace.project.objects))


def _time_stroke(canvas: Canvas, n_events: int) -> StrokeTimes:
    """Send one long stroke across the canvas and time its events."""
    _repaint(canvas)
    # About ten screen pixels apart, as a quick hand does.
    points = [QPointF(x, y) for x, y in loop_points(n_events + 2, 300, *CANVAS_SIZE)]
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * n_events, QEvent.Type.MouseButtonRelease]
    times_ms = np.array([_time_event(canvas, kind, at) for kind, at in zip(kinds, points, strict=True)])  # (N, 2)
    moves: NDArray[np.float64] = times_ms[1:-1]
    p99_ms, p99_cpu_ms = np.percentile(moves, 99, axis=0)
    return StrokeTimes(
        median_ms=float(np.median(moves[:, 0])),
        p99_ms=float(p99_ms),
        p99_cpu_ms=float(p99_cpu_ms),
        max_ms=float(moves[:, 0].max()),
        press_ms=float(times_ms[0, 0]),
        release_ms=float(times_ms[-1, 0]),
    )


def _time_event(canvas: Canvas, kind: QEvent.Type, position: QPointF) -> tuple[float, float]:
    """Return the milliseconds from sending a mouse event until the canvas is repainted: by the clock, and worked."""
    is_move = kind == QEvent.Type.MouseMove
    button = Qt.MouseButton.NoButton if is_move else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, position, QPointF(canvas.mapToGlobal(position)), button, held, modifiers)
    watch = _PaintWatch(canvas)
    start, worked = time.perf_counter(), time.thread_time()
    QApplication.sendEvent(canvas, event)
    _repaint(canvas)
    elapsed_ms = (1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - worked))
    watch.stop()
    if is_move and not watch.has_painted:
        raise RuntimeError("the canvas did not repaint; the times would mean nothing")
    return elapsed_ms


def _repaint(canvas: Canvas) -> None:
    """Let the window paint now what it has to, as the event loop would at its next turn."""
    QApplication.sendEvent(canvas.window(), QEvent(QEvent.Type.UpdateRequest))


class _PaintWatch(QObject):
    """Sees whether a widget paints."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.has_painted = False
        self._watched = watched
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note a paint event and let it through."""
        self.has_painted = self.has_painted or event.type() == QEvent.Type.Paint
        return False

    def stop(self) -> None:
        """Look away."""
        self._watched.removeEventFilter(self)
