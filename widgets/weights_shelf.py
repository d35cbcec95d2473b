"""The weights there are, as the window knows them: looked up and changed on a worker thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.jobs import Job, Lane
from app.errors import UserError
from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.weights import Imported, all_weights, import_weights, remove_weights
from engines.weights import DEFAULT_WEIGHTS, WeightsInfo


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was found: weights that can be used, the shipped ones first, and what is wrong with the rest, by name."""

    infos: tuple[WeightsInfo, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


class WeightsShelf(QObject):
    """Weights by name. GUI thread only; `changed` says that there are others than before.

    Nothing is known until the first look has come back; `is_known` says so.
    """

    changed = Signal()
    brought_in = Signal(object)
    """`Imported` weights."""
    failed = Signal(object)
    """A `UserError` about what was to be brought in or removed."""
    device_known = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane("weights", self)
        self.shelf = Shelf()
        self.is_known = False

    @property
    def infos(self) -> dict[str, WeightsInfo]:
        """Return the weights that can be used by name."""
        return {info.file.stem: info for info in self.shelf.infos}

    def resolved(self, name: str) -> str:
        """Return the name that `name`, "" being the default, stands for."""
        return name or DEFAULT_WEIGHTS

    def look(self) -> None:
        """Look up what there is."""
        self._lane.start(_look, "Looking for weights").progressed.connect(self._on_found)

    def bring_in(self, file: Path, family: str = "") -> Job:
        """Bring a file in; `brought_in` or `failed` follows."""
        return self._follow(self._lane.start(lambda: _bring_in(file, family), f"Bringing {file.name} in"))

    def remove(self, name: str) -> Job:
        """Remove weights that were brought in; `changed` or `failed` follows."""
        return self._follow(self._lane.start(lambda: _remove(name), f"Removing {name}"))

    def find_device(self) -> None:
        """Find out where networks run; `device_known` follows. The first time this loads torch."""
        self._lane.start(_device, "Looking for devices").progressed.connect(self.device_known.emit)

    def close(self) -> None:
        """End the thread; waits for the step in work."""
        self._lane.close()

    def _follow(self, job: Job) -> Job:
        job.progressed.connect(self._on_found)
        job.ended.connect(self._on_ended)
        return job

    @Slot(object)
    def _on_found(self, found: Shelf | Imported) -> None:
        if isinstance(found, Imported):
            self.brought_in.emit(found)
            return
        self.is_known = True
        if found != self.shelf or not found.infos:
            self.shelf = found
            self.changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if isinstance(job, Job) and job.error is not None:
            self.failed.emit(job.error)


def _look() -> Iterator[Shelf]:
    found, faults = all_weights()
    yield Shelf(tuple(found), tuple((name, str(fault)) for name, fault in faults.items()))


def _bring_in(file: Path, family: str) -> Iterator[Shelf | Imported]:
    imported = import_weights(file, family=family)
    yield from _look()
    yield imported


def _remove(name: str) -> Iterator[Shelf]:
    remove_weights(name)
    yield from _look()


def _device() -> Iterator[str]:
    try:
        with torch_told():
            yield str(pick_device("auto"))
    except UserError as error:
        yield f"nothing. {error}"
