"""How long inspecting takes from the mouse to the screen: the real views on a real clip, features in the cache."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QSplitter

from app.desk.workspace import Workspace
from app.errors import UserError
from app.tasks.engine_loader import EngineLoader
from app.tasks.inspect import Inspector
from app.tasks.weights import chosen_weights
from widgets.bench_workspace import (
    bench_workspace,
    loop_points,
    open_project,
    smooth_noise,
    wait_until,
    write_project,
)
from widgets.canvas.canvas import Canvas
from widgets.inspect.other_view import OtherView

WINDOW_SIZE = (1600, 900)
GOAL_MS = 50.0
OFFSET = 10


@dataclass(frozen=True, slots=True)
class UpdateTimes:
    """Milliseconds from a mouse event: until the heat is on the screen, and until heat, matches and path are.

    `gui` is what the GUI thread itself worked for one update, `cpu` what all threads did: on a busy machine the rest
    is waiting for their turn.
    """

    heat_median_ms: float
    heat_p95_ms: float
    all_median_ms: float
    all_p95_ms: float
    gui_median_ms: float
    gui_p95_ms: float
    cpu_median_ms: float
    cpu_p95_ms: float


def run_inspect_bench(width: int = 854, height: int = 480, n_events: int = 100) -> dict:
    """Return the times of `n_events` updates with the other frame ten on, as numbers by name.

    The weights are the default ones, or random where there are none, which costs the same. Makes an
    application if there is none (off the screen where there is no display) and works in a temporary folder.
    GUI thread only; about 20 s.
    """
    with bench_workspace() as (workspace, folder):
        weights, name = _weights(folder)
        workspace.inspection.make_inspector = lambda clip, _: Inspector(clip, EngineLoader(), weights)
        whole = smooth_noise(width + 3 * OFFSET, height + 2 * OFFSET, 16)
        drifting = (whole[2 * frame :, 3 * frame :][:height, :width] for frame in range(OFFSET + 1))
        times = _time_updates(workspace, write_project(folder, drifting), n_events)
    return {
        "width": width,
        "height": height,
        "frames_apart": OFFSET,
        "n_events": n_events,
        "weights": name,
        "goal_ms": GOAL_MS,
        **{field: round(getattr(times, field), 1) for field in UpdateTimes.__slots__},
    }


def _weights(folder: Path) -> tuple[str, str]:
    """Return the weights to use and what to call them."""
    try:
        return "", chosen_weights().name
    except UserError:
        from engines.correspondence.architectures import build_encoder  # loads torch, as inspecting will
        from engines.correspondence.encoder_weights import save_encoder

        file = folder / "random.safetensors"
        save_encoder(build_encoder("small"), file, architecture="small", options={}, about={"name": "random"})
        return str(file), "random"


class _WatchedView(OtherView):
    """Tells when it has painted itself; it is the last to do so."""

    painted = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()


def _time_updates(workspace: Workspace, project: Path, n_events: int) -> UpdateTimes:
    """Open the project, encode its frames, and time updates along a loop through the picture."""
    canvas = Canvas(workspace)
    other_view = _WatchedView(workspace, canvas)
    window = QSplitter()
    window.addWidget(canvas)
    window.addWidget(other_view)
    window.resize(*WINDOW_SIZE)
    window.setSizes([WINDOW_SIZE[0] // 2] * 2)
    window.show()
    open_project(workspace, project)
    inspection = workspace.inspection
    workspace.view.other_mode, workspace.view.other_offset = "offset", OFFSET
    workspace.view.tool = "inspect"
    wait_until(workspace, inspection.changed, lambda: inspection.is_ready)
    assert workspace.clip is not None
    first, *points = loop_points(n_events + 1, 100, workspace.clip.width, workspace.clip.height)
    _time_update(workspace, canvas, other_view, *first)  # reads and encodes every frame
    times = np.array([_time_update(workspace, canvas, other_view, *point) for point in points])  # (N, 4)
    window.close()
    medians, p95s = np.median(times, axis=0), np.percentile(times, 95, axis=0)
    return UpdateTimes(*(float(value) for pair in zip(medians, p95s, strict=True) for value in pair))


def _time_update(
    workspace: Workspace, canvas: Canvas, other_view: _WatchedView, x: float, y: float
) -> tuple[float, float, float, float]:
    """Move the mouse to an image position; return ms to the heat, to all of it, of the GUI thread, of all."""
    inspection = workspace.inspection
    at = canvas.image_to_view(x, y)
    here = canvas.view_to_image(at)
    seen_s: dict[str, float] = {}

    def has_seen_all() -> bool:
        for name, answer in (("heat", inspection.sighting), ("all", inspection.way)):
            if answer is not None and (answer.point.x, answer.point.y) == here:
                seen_s.setdefault(name, time.perf_counter())
        return "all" in seen_s

    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, QPointF(canvas.mapToGlobal(at)), none, none, Qt.KeyboardModifier.NoModifier
    )
    start, gui, cpu = time.perf_counter(), time.thread_time(), time.process_time()
    QApplication.sendEvent(canvas, event)
    wait_until(workspace, other_view.painted, has_seen_all)
    worked = (time.thread_time() - gui, time.process_time() - cpu)
    return 1000 * (seen_s["heat"] - start), 1000 * (seen_s["all"] - start), 1000 * worked[0], 1000 * worked[1]
