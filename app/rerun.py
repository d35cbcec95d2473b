"""What follows a correction: the stretches beside it are run again by themselves, as a part of its undo step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.project import pending
from app.project.contents import Contents
from app.project.edits import Edit, Span
from app.project.model import Label, Provenance, RunState
from app.undo import EditCommand
from engines.propagation.types import Direction, Stretch

if TYPE_CHECKING:
    from app.runs import RunRequest
    from app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Correction:
    """An edit that made anchors, on the undo stack, and between which frames of which objects labels hang on them."""

    command: EditCommand
    spans: tuple[Span, ...]
    near: int
    """The frame whose neighbours are wanted first."""

    def stretches(self, contents: Contents, direction: Direction) -> tuple[Stretch, ...]:
        """Return what of the spans is stale now; an object that is locked or gone has nothing."""
        frames: dict[int, set[int]] = {}
        for object_id, span in self.spans:
            found = contents.objects.get(object_id)
            if found is not None and not found.is_locked:
                frames.setdefault(object_id, set()).update(span)
        return tuple(
            stretch
            for object_id, wanted in sorted(frames.items())
            for part in _parts(wanted)
            for stretch in pending.stretches(contents, (object_id,), part, direction, "stale")
        )


class Rerunner(QObject):
    """Runs anew what a correction has made stale, with the settings it was given last. GUI thread only.

    A correction while such a run goes on ends that run and takes over what was left of it; one while a run of the
    person's goes on waits until that has finished. Nothing happens before `use` was called, nor while `view.rerun` is
    off.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._request: RunRequest | None = None
        self._waiting: Correction | None = None
        workspace.run_changed.connect(self._on_run_changed)
        workspace.clip_changed.connect(self.forget)

    def use(self, request: RunRequest) -> None:
        """Run with the engine, weights, direction and quality of `request` from now on."""
        self._request = request

    @Slot()
    def forget(self) -> None:
        """Let nothing wait any more."""
        self._waiting = None

    def follow(self, edit: Edit, command: EditCommand) -> None:
        """Run again what `edit`, just done by `command`, has made stale; not where labels changed their object."""
        project, request, runner = self._workspace.project, self._request, self._workspace.runner
        if project is None or request is None or not self._workspace.view.rerun or edit.moved:
            return
        touched = list(_touched(project, edit))
        if not touched:
            return
        correction = Correction(command, tuple(span for _, span in touched), touched[0][0])
        if not correction.stretches(project, request.direction):
            return
        active = runner.active
        earlier = self._waiting if active is None else active.correction or self._waiting
        if earlier is not None and earlier.command.is_done:
            correction = replace(correction, spans=correction.spans + earlier.spans)
        if active is not None and active.correction is None:
            self._waiting = None if active.is_paused else correction  # going on from a pause begins anew in any case
            return
        runner.stop()
        self._start(correction)

    @Slot()
    def _on_run_changed(self) -> None:
        """Start what waits once the person's run has finished; one that was stopped takes it along."""
        runner, project = self._workspace.runner, self._workspace.project
        if self._waiting is None or runner.active is not None or project is None or runner.last is None:
            return
        correction, self._waiting = self._waiting, None
        if project.runs[runner.last.record.run_id].state is RunState.FINISHED and correction.command.is_done:
            self._start(correction)

    def _start(self, correction: Correction) -> None:
        if self._request is not None:
            self._workspace.runner.start(replace(self._request, pause_after=0), correction)


def _touched(contents: Contents, edit: Edit) -> Iterator[tuple[int, Span]]:
    """Yield the frame of each anchor that `edit` made or gave another mask, and what lies between its neighbours."""
    for (object_id, frame), (old, new) in edit.labels.items():
        if _mask_of_anchor(new) not in (None, _mask_of_anchor(old)):
            left, right = contents.neighbours(object_id, frame)
            first, stop = 0 if left is None else left + 1, contents.clip.n_frames if right is None else right
            yield frame, (object_id, range(first, stop))


def _mask_of_anchor(label: Label | None) -> int | None:
    return label.mask_id if label is not None and label.provenance is Provenance.ANCHOR else None


def _parts(frames: set[int]) -> Iterator[range]:
    """Yield the ranges that `frames` consist of, rising."""
    start = None
    for frame in sorted(frames):
        if start is None:
            start = stop = frame
        elif frame != stop:
            yield range(start, stop)
            start = frame
        stop = frame + 1
    if start is not None:
        yield range(start, stop)
