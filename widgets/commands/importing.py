"""Labels from files taken into the open project, as new objects: one step that can be undone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count as count_from
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.jobs import Job, JobEnd
from app.desk.workspace import Workspace
from app.formats.placing import LabelsRead, Match, PlacedLabel
from app.media.clip import Clip
from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.model import Label, LabelKey, Object
from app.project.project import Project
from app.tasks.exchange import Becomes, made_label, read_to_import, with_sources
from widgets.words import count


@dataclass(frozen=True, slots=True)
class Step:
    """The labels of one frame, and how far the reading is."""

    labels: tuple[PlacedLabel, ...]
    n_done: int
    n_total: int


class LabelImport(QObject):
    """One import: read on the I/O thread, put together on the GUI thread as it comes, applied at the end.

    Objects always get new ids, so nothing that is in the project is touched. One whose name is taken gets
    a name and a colour of its own.
    """

    ended = Signal()

    def __init__(self, workspace: Workspace, path: Path, format_name: str, match: Match, becomes: Becomes) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._project = workspace.project
        self._objects: tuple[Object, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._labels: dict[LabelKey, Label] = {}
        clip = workspace.clip
        assert clip is not None
        self._path = path
        self._becomes = becomes
        self.job: Job = workspace.start_job(lambda: _read(format_name, path, clip, match), "Import")
        self.job.progressed.connect(self._on_value)
        self.job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_value(self, value: LabelsRead | Step) -> None:
        if self._project is not self._workspace.project or self._project is None:
            self.job.cancel()
        elif isinstance(value, LabelsRead):
            self._objects, self._notes = value.objects, value.notes
        else:
            objects = {found.object_id: found for found in self._objects}
            for read in value.labels:
                mask_id = self._project.add_mask(read.mask)
                self._labels[read.object_id, read.frame] = made_label(read, mask_id, self._becomes, objects)

    @Slot()
    def _on_ended(self) -> None:
        if self.job.end is JobEnd.FINISHED and self._project is self._workspace.project and self._project is not None:
            self._apply(self._project)
        self.ended.emit()
        self.deleteLater()

    def _apply(self, project: Project) -> None:
        """Take everything in, and tell it."""
        new = dict(zip((found.object_id for found in self._objects), _fitted(self._objects, project), strict=True))
        objects = {found.object_id: Swap(None, found) for found in new.values()}
        labels = {
            (new[object_id].object_id, frame): Swap(None, label)
            for (object_id, frame), label in with_sources(self._labels).items()
        }
        self._workspace.do(Edit(f"import {self._path.name}", objects, labels))
        self._workspace.view.object_id = next(iter(objects), self._workspace.view.object_id)
        self._workspace.say(f"Imported {count(len(labels), 'label')} of {count(len(objects), 'object')}.")
        for note in self._notes:
            self._workspace.say(note)


def _fitted(objects: Iterable[Object], project: Project) -> list[Object]:
    """Return `objects` with ids, places, names and, where the name was taken, colours that are free in `project`."""
    taken = {found.name for found in project.objects.values()}
    position = max((found.position for found in project.objects.values()), default=-1) + 1
    fitted = []
    for place, found in enumerate(objects):
        object_id = project.next_object_id() + place
        new = replace(found, object_id=object_id, position=position + place)
        if found.name in taken:
            colour = verbs.COLOURS[(object_id - 1) % len(verbs.COLOURS)]
            new = replace(new, name=_free_name(found.name, taken), colour=colour)
        taken.add(new.name)
        fitted.append(new)
    return fitted


def _free_name(name: str, taken: Container[str]) -> str:
    """Return "car (imported)", "car (imported 2)", …: the first that is not taken."""
    names = (f"{name} (imported{f' {number}' if number > 1 else ''})" for number in count_from(1))
    return next(found for found in names if found not in taken)


def progress_of(value: LabelsRead | Step) -> tuple[int, int] | None:
    """Return (done, total) of a value of the import's job."""
    return (value.n_done, value.n_total) if isinstance(value, Step) else None


def _read(format_name: str, path: Path, clip: Clip, match: Match) -> Iterator[LabelsRead | Step]:
    """Yield what there is to read, then its labels step by step. Worker thread."""
    found = read_to_import(path, format_name, clip, match)
    yield found
    for n_done, labels in enumerate(found.labels, 1):
        yield Step(labels, n_done, found.n_steps)
