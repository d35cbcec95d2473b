"""What benches of the window have in common: a workspace of its own on a clip of noise, and a hand that goes round."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from app.desk.workspace import Workspace
from app.media.clip import open_clip
from app.project.clip_location import record_of
from app.project.project import Project

TIMEOUT_MS = 120_000


@contextmanager
def bench_workspace() -> Iterator[tuple[Workspace, Path]]:
    """Lend a workspace and a temporary folder; both are gone afterwards. GUI thread only.

    Makes an application if there is none, off the screen where there is no display.
    """
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(["throughline"])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace()
        try:
            yield workspace, Path(folder)
        finally:
            workspace.shut_down(even_unsaved=True)


def smooth_noise(width: int, height: int, cell_px: int) -> NDArray[np.uint8]:
    """Return a picture, uint8 (height, width, 3), whose colours change within `cell_px`; always the same one."""
    coarse = np.random.default_rng(0).integers(0, 255, (height // cell_px + 2, width // cell_px + 2, 3), np.uint8)
    whole = cv2.resize(coarse, None, fx=cell_px, fy=cell_px, interpolation=cv2.INTER_CUBIC)
    return whole[:height, :width]


def write_project(folder: Path, pictures: Iterable[NDArray[np.uint8]]) -> Path:
    """Write pictures as the frames of a clip, and a project on it, into `folder`; return the project's path."""
    clip, path = folder / "clip", folder / "clip.throughline"
    clip.mkdir()
    for frame, picture in enumerate(pictures):
        done, png = cv2.imencode(".png", picture)
        assert done
        (clip / f"{frame:05d}.png").write_bytes(png.tobytes())
    Project.create(path, record_of(open_clip(clip), path)).close()
    return path


def open_project(workspace: Workspace, path: Path) -> None:
    """Open a project and wait for its first picture. Raises what went wrong, or TimeoutError."""
    workspace.open(path)
    wait_until(workspace, workspace.frame_ready, lambda: workspace.picture(0) is not None)


def wait_until(
    workspace: Workspace, signal: SignalInstance, condition: Callable[[], bool], timeout_ms: int = TIMEOUT_MS
) -> None:
    """Let events come until `condition` holds after `signal`. Raises what went wrong, or TimeoutError."""
    if condition():
        return
    loop = QEventLoop()
    failures: list[Exception] = []

    def fail(error: Exception) -> None:
        failures.append(error)
        loop.quit()

    def look() -> None:
        if condition():
            loop.quit()

    def look_for_faults() -> None:
        if workspace.inspection.why_not:
            fail(RuntimeError(workspace.inspection.why_not))

    limit = QTimer(singleShot=True, interval=timeout_ms)
    limit.timeout.connect(lambda: fail(TimeoutError("nothing came of it")))
    limit.start()
    heard = ((signal, look), (workspace.failed, fail), (workspace.inspection.changed, look_for_faults))
    for told, slot in heard:
        told.connect(slot)
    try:
        loop.exec()
    finally:
        for told, slot in heard:
            told.disconnect(slot)
    if failures:
        raise failures[0]


def loop_points(n_points: int, n_a_turn: int, width: float, height: float) -> Iterator[tuple[float, float]]:
    """Yield (x, y) along a loop through most of a rectangle that comes back to its start after `n_a_turn`."""
    for place in range(n_points):
        turn = 2 * math.pi * place / n_a_turn
        yield width * (0.5 + 0.42 * math.sin(turn)), height * (0.5 + 0.4 * math.sin(2 * turn + 0.3))
