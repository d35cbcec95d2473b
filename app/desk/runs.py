"""Runs in the window: frozen inputs out to the compute lane, results back into the proposal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Slot

from app.desk.correction import Correction
from app.desk.desk import Desk
from app.desk.jobs import Job, JobEnd, Lane, Work
from app.desk.pause import Pause
from app.desk.run_progress import RunProgress
from app.desk.run_request import RunRequest
from app.desk.undo import EditCommand
from app.errors import UserError
from app.project import pending
from app.project.edits import Edit
from app.project.model import Kind, LearnedOnClip, RunState, UsedWeights
from app.tasks.carry_points import Tick
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate_objects import (
    ObjectRun,
    carried_kinds,
    carried_objects,
    learned_for,
    object_run,
    propagate_objects,
    used_weights,
)
from engines.propagation.registry import ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.types import (
    LabelResult,
    Stretch,
)
from engines.weights import WeightsInfo

FLUSH_MS = 40
"""Results are taken into the project this often: prompt to the eye, one transaction for a fast engine's batch."""

STATE_OF_END = {
    JobEnd.FINISHED: RunState.FINISHED,
    JobEnd.CANCELLED: RunState.CANCELLED,
    JobEnd.FAILED: RunState.FAILED,
}


class Runner(QObject):
    """Starts, follows and stops runs, one at a time. GUI thread only."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._lane = Lane("compute", self)
        self._waiting: list[LabelResult | Tick] = []
        self._timer = QTimer(self, interval=FLUSH_MS)
        self._timer.timeout.connect(self._flush)
        self.active: RunProgress | None = None
        self.last: RunProgress | None = None
        self._prepared: tuple[str, str] | None = None
        self._spare: Job | None = None
        self._pace_s: dict[tuple[str, str, str], float] = {}
        desk.taking_back.connect(self._abandon)
        desk.clip_changed.connect(self._on_clip_changed)

    def object_ids(self, request: RunRequest) -> tuple[int, ...]:
        """Return the objects that `request` would carry: those of a kind that its engine carries, if not locked."""
        project = self._desk.project
        if project is None:
            return ()
        wanted = request.object_ids
        carried = carried_objects(project, request.engine)
        return tuple(object_id for object_id in carried if wanted is None or object_id in wanted)

    def stretches(self, request: RunRequest) -> tuple[Stretch, ...]:
        """Return the stretches that `request` would label; none when nothing is missing or no anchor exists."""
        project = self._desk.project
        if project is None:
            return ()
        first, last = request.frames or (0, project.clip.n_frames - 1)
        return pending.stretches(
            project, self.object_ids(request), range(first, last + 1), request.direction, request.scope
        )

    def pace_s(self, request: RunRequest) -> float | None:
        """Return the seconds a result that the latest run like `request` took on this clip, None before one."""
        return self._pace_s.get(request.paced_as)

    def _frozen(self, request: RunRequest, stretches: tuple[Stretch, ...], near: int | None = None) -> ObjectRun:
        """Return the run with all anchors of its objects, and what was learned on the clip, as they are now."""
        project = self._desk.project
        assert project is not None
        how = (request.engine, request.direction, request.quality)
        learned = self.learned(request)
        data = b"" if learned is None else learned.data
        return object_run(project, stretches, how, request.weights, learned=data, near=near)

    def learned(self, request: RunRequest) -> LearnedOnClip | None:
        """Return what was learned on the clip for the weights that a run would use, None where nothing was."""
        project = self._desk.project
        return None if project is None else learned_for(project, request.engine, self._weights_info(request))

    def _weights(self, request: RunRequest, *, for_masks: bool = True) -> UsedWeights | None:
        """Return which weights a run would use; None where it needs none, or has none, as the run itself then tells.

        What was learned on the clip is used for masks alone.
        """
        return used_weights(self._weights_info(request), self.learned(request) if for_masks else None)

    def _weights_info(self, request: RunRequest) -> WeightsInfo | None:
        try:
            return self._desk.engines.weights_of(request.engine, request.weights)
        except UserError:
            return None

    def spare(self, work: Work, title: str) -> Job:
        """Do `work` on the compute thread until a run wants it, which cancels it. Not while a run goes on."""
        self._end_spare()
        self._spare = self._lane.start(work, title)
        return self._spare

    def _end_spare(self) -> None:
        job, self._spare = self._spare, None
        if job is not None:
            job.cancel()

    def prepare(self, request: RunRequest) -> None:
        """Load what a run like `request` needs, on its thread, so that the first frame does not wait for it.

        What cannot be loaded is told when a run is planned.
        """
        info, wanted = ENGINES.get(request.engine), (request.engine, request.weights)
        if info is not None and info.needs_weights and wanted != self._prepared:
            self._prepared = wanted
            self._lane.start(lambda: _loaded(self._desk.engines, *wanted), "Preparing")

    def start(self, request: RunRequest, correction: Correction | None = None) -> None:
        """Start a run; its results come as proposals, frame by frame. One run at a time.

        One that follows a `correction` goes over what is stale because of it, and is a part of its undo step.
        """
        project, clip = self._desk.project, self._desk.clip
        if self.active is not None or project is None or clip is None:
            return
        if correction is None:
            stretches, near = self.stretches(request), None
            command = EditCommand(self._desk, Edit(f"run of {ENGINES[request.engine].title}"), is_done=True)
        else:
            kinds, command, near = carried_kinds(request.engine), correction.command, correction.near
            touched = correction.stretches(project, request.direction)
            stretches = tuple(each for each in touched if project.objects[each.object_id].kind in kinds)
        if not stretches:
            return
        self._end_spare()
        run = self._frozen(request, stretches, near)
        how = (request.engine, request.direction, request.quality)
        record = project.begin_run(*how, stretches, self._weights(request, for_masks=bool(run.masks.stretches)))
        n_total = n_results(stretches, request.direction)
        pause, seen = Pause(request.pause_after, request.unsure_below), self._desk.cached_pictures
        job = self._lane.start(
            lambda: pause.watched(propagate_objects(clip, run, None, self._desk.engines, seen)),
            ENGINES[request.engine].title,
        )
        job.progressed.connect(self._on_result)
        job.ended.connect(self._on_ended)
        ticked = Tick(0, n_results(run.ticked_stretches, request.direction))
        self.active = RunProgress(record, request, n_total, job, command, correction, run.anchors, pause, ticked)
        if correction is None:
            self._desk.undo_stack.push(command)
            self._tell_left_out(request)
        self._timer.start()
        self._desk.run_changed.emit()

    def go_on(self, request: RunRequest) -> None:
        """Let the run that is paused go on; where its anchors have changed since, end it and start `request` instead.

        What it would still find is stale then, and `request` finds it from the anchors as they are.
        """
        active = self.active
        if active is None or not active.is_paused:
            return
        if self._frozen(active.request, active.record.stretches).anchors == active.anchors:
            active.pause.go_on()
        else:
            self.stop()
            self.start(request)

    def cancel(self) -> None:
        """Stop the run at its next frame; what it found stays as a proposal."""
        if self.active is not None:
            self.active.job.cancel()
            self.active.pause.end()

    @Slot(object)
    def _abandon(self, command: EditCommand) -> None:
        """Stop the run at once if it is the one behind `command`; later results of it are dropped."""
        if self.active is not None and self.active.command is command:
            self.stop()

    def stop(self) -> None:
        """End the run now, keeping what has arrived and dropping what has not."""
        if self.active is not None:
            self.cancel()
            self._end(RunState.CANCELLED)

    def shut_down(self) -> None:
        """End the run and the lane's thread."""
        self.stop()
        self._lane.close()

    @Slot()
    def _on_clip_changed(self) -> None:
        """Forget what was measured: pictures of another size, from another decoder."""
        self._pace_s.clear()

    @Slot(object)
    def _on_result(self, result: LabelResult | Tick) -> None:
        if self.active is not None and self.sender() is self.active.job:
            self._waiting.append(result)
            if self.active.n_done == 0:
                self._take(self.active)  # the first one is waited for

    @Slot()
    def _flush(self) -> None:
        active, project = self.active, self._desk.project
        if active is None or project is None:
            return
        now_s = time.monotonic()
        if active.is_paused:
            active.started_s = now_s - active.elapsed_s  # a pause takes none of the run's time
        active.elapsed_s = now_s - active.started_s
        self._take(active)
        if active.n_done:
            self._pace_s[active.request.paced_as] = active.pace_s
        self._tell_pause(active)
        self._desk.run_changed.emit()

    def _take(self, active: RunProgress) -> None:
        """Take the results that wait into the project, as a part of the run's step."""
        project, results = self._desk.project, self._waiting
        if not results or project is None:
            return
        self._waiting = []
        labels = [result for result in results if not isinstance(result, Tick)]
        edit, change = project.add_results(active.record.run_id, labels)
        active.command.merge(edit)
        for result in results:
            active.count(result)
        self._desk.changed.emit(change)

    def _tell_left_out(self, request: RunRequest) -> None:
        """Say which of the objects that were asked for have anchors, but none that the engine carries."""
        project, kinds = self._desk.project, carried_kinds(request.engine)
        assert project is not None
        wanted = project.objects if request.object_ids is None else request.object_ids
        names = [
            found.name
            for found in project.objects.values()
            if found.kind not in (Kind.MASK, Kind.VOID, *kinds) and found.object_id in wanted
            if project.anchor_frames(found.object_id)
        ]
        if names:
            what = names[0] if len(names) == 1 else f"{len(names)} objects of points, textures and colour"
            self._desk.say(f"{ENGINES[request.engine].title} carries masks only: {what} will not be carried.")

    def _tell_pause(self, active: RunProgress) -> None:
        """Say once that the run waits, and for what."""
        at, project = active.pause.at, self._desk.project
        if at is not None and at is not active.told_pause and project is not None:
            found = project.objects.get(at.object_id)
            name = "An object" if found is None else found.name
            row = f"{active.request.pause_after} unsure frames in a row, up to frame {at.frame}"
            self._desk.say(f"Paused: {name} has {row}. Correct one, or let the run go on (R).")
        active.told_pause = at

    @Slot()
    def _on_ended(self) -> None:
        if self.active is None or self.sender() is not self.active.job:
            return
        job = self.active.job
        assert job.end is not None
        self._end(STATE_OF_END[job.end])
        if job.error is not None:
            self._desk.failed.emit(job.error)

    def _end(self, state: RunState) -> None:
        active, project = self.active, self._desk.project
        assert active is not None and project is not None
        self._flush()
        self._timer.stop()
        project.end_run(active.record.run_id, state)
        self.last, self.active = active, None
        self._desk.run_changed.emit()


def _loaded(engines: EngineLoader, engine: str, weights: str) -> Iterator[None]:
    """Load an engine, which keeps its network. Compute thread."""
    with contextlib.suppress(UserError):
        engines.load(engine, weights)
    yield
