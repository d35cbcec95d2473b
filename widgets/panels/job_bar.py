"""Exports and imports as they go on, in the status bar, each with a button to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.desk.jobs import Job


class JobBar(QWidget):
    """Follows one job at a time, the newest; hidden while there is none. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        self.cancel_button = QToolButton()
        self.cancel_button.setText("Cancel")
        self.cancel_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel_button.setToolTip("Stop. Nothing half-done is left behind.")
        self.cancel_button.clicked.connect(self._on_cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.label, self.bar, self.cancel_button):
            row.addWidget(part)
        self.hide()

    @property
    def is_busy(self) -> bool:
        """Return whether a job goes on."""
        return self._job is not None and self._job.end is None

    def follow(
        self, job: Job, title: str, progress_of: Callable[[Any], tuple[int, int] | None] = lambda value: value
    ) -> None:
        """Show `job`. `progress_of` returns (done, total) of its values, which are that themselves if not given."""
        self._job = job
        self._progress_of = progress_of
        self.label.setText(title)
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        job.progressed.connect(self._on_progressed)
        job.ended.connect(self._on_ended)
        self.show()

    @Slot(object)
    def _on_progressed(self, value: object) -> None:
        progress = self._progress_of(value) if self.sender() is self._job else None
        if progress is not None:
            self.bar.setRange(0, progress[1])
            self.bar.setValue(progress[0])

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.hide()

    @Slot()
    def _on_cancel(self) -> None:
        if self._job is not None:
            self.cancel_button.setEnabled(False)
            self._job.cancel()
