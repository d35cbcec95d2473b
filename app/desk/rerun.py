"""What follows a correction: the stretches beside it are run again by themselves, as a part of its undo step."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from app.desk.correction import Correction, touched_by
from app.desk.desk import Desk
from app.desk.run_request import RunRequest
from app.desk.runs import Runner
from app.desk.undo import EditCommand
from app.project.edits import Edit
from app.project.model import RunState


class Rerunner(QObject):
    """Runs anew what a correction has made stale, with the settings it was given last. GUI thread only.

    A correction while such a run goes on ends that run and takes over what was left of it; one while a run of the
    person's goes on waits until that has finished. Nothing happens before `use` was called, nor while `view.rerun` is
    off.
    """

    def __init__(self, desk: Desk, runner: Runner) -> None:
        super().__init__(desk)
        self._desk, self._runner = desk, runner
        self._request: RunRequest | None = None
        self._waiting: Correction | None = None
        desk.edited.connect(self._follow)
        desk.run_changed.connect(self._on_run_changed)
        desk.clip_changed.connect(self.forget)

    def use(self, request: RunRequest) -> None:
        """Run with the engine, weights, direction and quality of `request` from now on."""
        self._request = request

    @Slot()
    def forget(self) -> None:
        """Let nothing wait any more."""
        self._waiting = None

    @Slot(object, object)
    def _follow(self, edit: Edit, command: EditCommand) -> None:
        """Run again what `edit`, just done by `command`, has made stale; not where labels changed their object."""
        project, request, runner = self._desk.project, self._request, self._runner
        if project is None or request is None or not self._desk.view.rerun or edit.moved:
            return
        touched = list(touched_by(project, edit))
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
        runner, project = self._runner, self._desk.project
        if self._waiting is None or runner.active is not None or project is None or runner.last is None:
            return
        correction, self._waiting = self._waiting, None
        if project.runs[runner.last.record.run_id].state is RunState.FINISHED and correction.command.is_done:
            self._start(correction)

    def _start(self, correction: Correction) -> None:
        if self._request is not None:
            self._runner.start(replace(self._request, pause_after=0), correction)
