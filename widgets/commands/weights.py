"""Commands on weights: show them, choose them for runs, bring published ones in, remove them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from app.errors import UserError
from app.tasks.weights import Imported, WhichFamily
from widgets.dialogs.ask import Ask
from widgets.dialogs.weights import WeightsDialog
from widgets.panels.job_bar import JobBar
from widgets.panels.messages import Messages
from widgets.panels.run_plan import RunPlan
from widgets.settings import Settings
from widgets.weights_shelf import WeightsShelf

CHECKPOINTS = "Checkpoints and weights (*.pth *.pt *.tar *.bin *.safetensors);;All files (*)"


class WeightsCommands(QObject):
    """Targets of the Run menu's rows on weights. GUI thread only."""

    def __init__(
        self,
        shelf: WeightsShelf,
        plan: RunPlan,
        settings: Settings,
        ask: Ask,
        messages: Messages,
        jobs: JobBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._shelf = shelf
        self._plan = plan
        self._settings = settings
        self._ask = ask
        self._messages = messages
        self._jobs = jobs
        self._window = window
        self._file = Path()
        self.dialog: WeightsDialog | None = None
        shelf.changed.connect(self.on_changed)
        shelf.brought_in.connect(self.on_brought_in)
        shelf.failed.connect(self.on_failed)
        plan.changed.connect(self.on_plan_changed)

    def show(self) -> None:
        """Open the list of weights."""
        if self.dialog is None:
            self.dialog = WeightsDialog(self._shelf, self._plan.request.weights, self._window)
            self.dialog.wanted.connect(self.use)
            self.dialog.bring_in_wanted.connect(self.ask_for_file)
            self.dialog.remove_wanted.connect(self._shelf.remove)
            self.dialog.destroyed.connect(self._on_closed)
            self._shelf.look()
            self._shelf.find_device()
        self.dialog.show()
        self.dialog.raise_()

    def ask_for_file(self) -> None:
        """Ask for a checkpoint and bring it in."""
        self._ask.open_file("Bring weights in", self._settings.folder("weights"), CHECKPOINTS, self.bring_in)

    def bring_in(self, file: Path, family: str = "") -> None:
        """Bring `file` in, a published checkpoint or weights of ours."""
        self._file = file
        self._settings.set_folder("weights", file.parent)
        self._jobs.follow(self._shelf.bring_in(file, family), f"Bringing {file.name} in", _no_progress)

    @Slot(str)
    def use(self, name: str) -> None:
        """Use weights for runs, "" being the default ones."""
        self._plan.choose("weights", name)

    @Slot(object)
    def on_brought_in(self, imported: Imported) -> None:
        """Say what came in and stand on it."""
        info = imported.info
        left = ", ".join(sorted(imported.left_out))
        self._messages.say(f"{info.title} is in as {info.name}." + (f" Left out, not needed: {left}." if left else ""))
        if self.dialog is not None:
            self.dialog.stand_on(info.name)

    @Slot(object)
    def on_failed(self, error: UserError) -> None:
        """Tell why, or ask what the file leaves open."""
        if isinstance(error, WhichFamily):
            answers = {title: partial(self.bring_in, self._file, name) for name, title in error.families.items()}
            self._ask.choose("Whose checkpoint is it?", f"{error.problem}.", answers)
        else:
            self._ask.tell(error)

    @Slot()
    def on_changed(self) -> None:
        """Go back to the default where the chosen weights have gone."""
        chosen = self._plan.request.weights
        if chosen and chosen not in self._shelf.infos and not Path(chosen).is_absolute():
            self._plan.choose("weights", "")

    @Slot()
    def on_plan_changed(self) -> None:
        """Show in the dialog what runs use."""
        if self.dialog is not None:
            self.dialog.show_used(self._plan.request.weights)

    @Slot()
    def _on_closed(self) -> None:
        self.dialog = None


def _no_progress(_value: object) -> None:
    return None
