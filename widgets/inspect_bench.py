"""How long inspecting takes from the mouse to the screen: the real views on a real clip, features in the cache."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QSplitter

from app.errors import UserError
from app.media.clip import open_clip
from app.project.clip_location import record_of
from app.project.project import Project
from app.tasks.engine_loader import EngineLoader
from app.tasks.inspect import Inspector
from app.tasks.weights import chosen_weights
from app.workspace import Workspace
from widgets.canvas.canvas import Canvas
from widgets.inspect.other_view import OtherView

WINDOW_SIZE = (1600, 900)
GOAL_MS = 50.0
OFFSET = 10
TIMEOUT_MS = 120_000


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
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(["throughline"])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace()
        try:
            weights, name = _weights(Path(folder))
            workspace.inspection.make_inspector = lambda clip, _: Inspector(clip, EngineLoader(), weights)
            times = _time_updates(workspace, _make_project(Path(folder) / "clip", width, height), n_events)
        finally:
            workspace.shut_down(even_unsaved=True)
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
        from engines.correspondence.encoder import build_encoder  # loads torch, as inspecting will
        from engines.weights import save_encoder

        file = folder / "random.safetensors"
        save_encoder(build_encoder("small"), file, architecture="small", options={}, about={"name": "random"})
        return str(file), "random"


def _make_project(folder: Path, width: int, height: int) -> Path:
    """Write a clip of smooth noise that drifts and a project on it, and return the project's path."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height // 16 + 8, width // 16 + 8, 3), np.uint8)
    whole = cv2.resize(coarse, None, fx=16, fy=16, interpolation=cv2.INTER_CUBIC)
    for frame in range(OFFSET + 1):
        done, png = cv2.imencode(".png", whole[2 * frame : 2 * frame + height, 3 * frame : 3 * frame + width])
        assert done
        (folder / f"{frame:05d}.png").write_bytes(png.tobytes())
    path = folder.with_suffix(".throughline")
    Project.create(path, record_of(open_clip(folder), path)).close()
    return path


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
    workspace.open(project)
    _wait_until(workspace, workspace.frame_ready, lambda: workspace.picture(0) is not None)
    inspection = workspace.inspection
    workspace.view.other_mode, workspace.view.other_offset = "offset", OFFSET
    workspace.view.tool = "inspect"
    _wait_until(workspace, inspection.changed, lambda: inspection.is_ready)
    assert workspace.clip is not None
    first, *points = _points(n_events + 1, workspace.clip.width, workspace.clip.height)
    _time_update(workspace, canvas, other_view, *first)  # reads and encodes every frame
    times = np.array([_time_update(workspace, canvas, other_view, *point) for point in points])  # (N, 4)
    window.close()
    medians, p95s = np.median(times, axis=0), np.percentile(times, 95, axis=0)
    return UpdateTimes(*(float(value) for pair in zip(medians, p95s, strict=True) for value in pair))


def _points(n_points: int, width: int, height: int) -> Iterator[tuple[float, float]]:
    """Yield image positions along a loop through most of the picture."""
    for place in range(n_points):
        turn = 2 * math.pi * place / 100
        yield width * (0.5 + 0.42 * math.sin(turn)), height * (0.5 + 0.4 * math.sin(2 * turn + 0.3))


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
    _wait_until(workspace, other_view.painted, has_seen_all)
    worked = (time.thread_time() - gui, time.process_time() - cpu)
    return 1000 * (seen_s["heat"] - start), 1000 * (seen_s["all"] - start), 1000 * worked[0], 1000 * worked[1]


def _wait_until(workspace: Workspace, signal: SignalInstance, condition: Callable[[], bool]) -> None:
    """Let events come until `condition` holds after `signal`. Raises what went wrong, or TimeoutError."""
    if condition():
        return
    loop, inspection = QEventLoop(), workspace.inspection
    failures: list[Exception] = []

    def look() -> None:
        if condition():
            loop.quit()

    def look_for_faults() -> None:
        if inspection.why_not:
            failures.append(RuntimeError(inspection.why_not))
            loop.quit()

    limit = QTimer(singleShot=True, interval=TIMEOUT_MS)
    limit.timeout.connect(lambda: failures.append(TimeoutError("nothing came of it")))
    limit.timeout.connect(loop.quit)
    limit.start()
    signal.connect(look)
    inspection.changed.connect(look_for_faults)
    try:
        loop.exec()
    finally:
        signal.disconnect(look)
        inspection.changed.disconnect(look_for_faults)
    if failures:
        raise failures[0]
