"""The status bar: what is under the pointer, how fast it plays, which frame, what is saved."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.desk.workspace import Workspace
from app.media.times import clock
from widgets.panels.job_bar import JobBar
from widgets.panels.save_state import FAILED, SAVED_UNNAMED


class StatusBar(QStatusBar):
    """Labels in fixed places. GUI thread only."""

    def __init__(self, workspace: Workspace, jobs: JobBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setSizeGripEnabled(False)
        self.hover_label, self.rate_label, self.zoom_label = QLabel(), QLabel(), QLabel()
        self.frame_label, self.save_label = QLabel(), QLabel()
        self.rate_label.setToolTip("Frames per second as shown, and frames that were passed over to keep the time")
        self.zoom_label.setToolTip("Screen pixels per pixel of the picture")
        self.frame_label.setToolTip("Frame, its time stamp, size and rate of the clip")
        self.addWidget(self.hover_label, 1)
        for part in (jobs, self.rate_label, self.zoom_label, self.frame_label, self.save_label):
            self.addPermanentWidget(part)
        workspace.clip_changed.connect(self.show_frame)
        workspace.view.changed.connect(self.on_view_changed)
        self.show_frame()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the frame."""
        if name == "frame":
            self.show_frame()

    @Slot()
    def show_frame(self) -> None:
        """Show frame, time stamp, size and rate."""
        clip, frame = self._workspace.clip, self._workspace.view.frame
        if clip is None:
            self.hover_label.setText("")
            self.zoom_label.setText("")
        if clip is None or frame >= clip.n_frames:
            self.frame_label.setText("")
            return
        rate = f" · {clip.rate_fps:.4g} fps" if clip.n_frames > 1 else ""
        self.frame_label.setText(
            f"frame {frame} · {clock(float(clip.times_s[frame]))} · {clip.width} × {clip.height}{rate}"
        )

    @Slot(float)
    def show_zoom(self, scale: float) -> None:
        """Show how large the picture is."""
        self.zoom_label.setText(f"{scale:.0%}")

    @Slot(str)
    def show_saved(self, text: str) -> None:
        """Show what is saved."""
        self.save_label.setText(text)
        self.save_label.setToolTip(
            "Every change is on disk as you make it. Ctrl+S gives the project a file of its own."
            if text == SAVED_UNNAMED
            else "Every change is on disk as you make it."
        )
        self.save_label.setProperty("alarm", text == FAILED)
        self.save_label.style().polish(self.save_label)
