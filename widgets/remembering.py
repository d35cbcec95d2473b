"""What the window remembers of view and run, written soon after it changes: not every end is an orderly one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from app.desk.view_state import ViewState
from widgets.panels.run_plan import RunPlan
from widgets.settings import REMEMBERED_FIELDS, WRITE_AFTER_MS, Settings


class Remembering(QObject):
    """Brings the remembered fields of the view and the settings of runs to disk once they rest. GUI thread only."""

    def __init__(self, view: ViewState, plan: RunPlan, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._plan = plan
        self._settings = settings
        self._words = plan.remembered
        self._timer = QTimer(self, interval=WRITE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.write)
        view.changed.connect(self.on_view_changed)
        plan.changed.connect(self.on_plan_changed)

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Write it later if it is remembered."""
        if name in REMEMBERED_FIELDS:
            self._timer.start()

    @Slot()
    def on_plan_changed(self) -> None:
        """Write the settings of runs later if it is they that have changed."""
        if self._plan.remembered != self._words:
            self._words = self._plan.remembered
            self._timer.start()

    @Slot()
    def write(self) -> None:
        """Bring everything to disk now."""
        self._timer.stop()
        self._settings.save_view(self._view)
        self._settings.set_words("run", self._plan.remembered)
        self._settings.write()
