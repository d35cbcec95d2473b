"""Runs in the window: frozen inputs out to the compute lane, results back into the proposal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from app.errors import UserError
from app.jobs import Job, JobEnd, Lane, Work
from app.pause import Pause
from app.project import pending
from app.project.edits import Edit
from app.project.model import Kind, LabelKey, LearnedOnClip, RunRecord, RunState, UsedWeights
from app.project.pending import Scope
from app.rerun import Correction
from app.tasks.carry_points import Tick
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propagate_objects import (
    ObjectRun,
    carried_kinds,
    carried_objects,
    learned_for,
    object_run,
    propagate_objects,
    used_weights,
)
from app.undo import EditCommand
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.types import (
    Direction,
    LabelResult,
    MaskAnchor,
    MaskResult,
    PaintAnchor,
    PointsAnchor,
    Quality,
    Stretch,
)

if TYPE_CHECKING:
    from app.workspace import Workspace
    from engines.weights import WeightsInfo

FLUSH_MS = 40
"""Results are taken into the project this often: prompt to the eye, one transaction for a fast engine's batch."""

STATE_OF_END = {
    JobEnd.FINISHED: RunState.FINISHED,
    JobEnd.CANCELLED: RunState.CANCELLED,
    JobEnd.FAILED: RunState.FAILED,
}


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the person asks for; None stands for all objects, all frames."""

    engine: str = DEFAULT_ENGINE
    direction: Direction = "both"
    quality: Quality = "normal"
    scope: Scope = "missing"
    object_ids: tuple[int, ...] | None = None
    frames: tuple[int, int] | None = None
    weights: str = ""
    """A name or a file, for engines that need weights; "" is the default."""
    pause_after: int = 0
    """Pause after so many frames in a row of a confidence less than `unsure_below`; 0 for never."""
    unsure_below: float = 0.0


@dataclass(slots=True)
class RunProgress:
    """A run as it goes on.

    `n_total` counts results, of which a mask carried from both sides has two, and for all other kinds the frames
    gone through.
    """

    record: RunRecord
    request: RunRequest
    n_total: int
    job: Job
    command: EditCommand
    correction: Correction | None
    """What it follows by itself, None for a run that the person asked for."""
    anchors: tuple[MaskAnchor | PointsAnchor | PaintAnchor, ...]
    """As they were when it began."""
    pause: Pause
    ticked: Tick
    """How far points, textures and colours are; before the first frame, how many results they have."""
    told_pause: LabelResult | None = None
    n_done: int = 0
    n_labels_done: int = 0
    """Labels that the run has found for good."""
    half_done: set[LabelKey] = field(default_factory=set)
    """Those that it has carried from one of their two sides."""
    latest_frame: int | None = None
    started_s: float = field(default_factory=time.monotonic)
    elapsed_s: float = 0.0

    def count(self, result: LabelResult | Tick) -> None:
        """Take note of a result, or of how far the points are."""
        if isinstance(result, Tick):
            self.n_done += result.n_done - self.ticked.n_done
            self.n_total += result.n_total - self.ticked.n_total
            self.ticked = result
            return
        self.n_done += isinstance(result, MaskResult)
        self.latest_frame = result.frame
        key = (result.object_id, result.frame)
        if result.is_final:
            self.n_labels_done += 1
            self.half_done.discard(key)
        else:
            self.half_done.add(key)

    @property
    def n_labels(self) -> int:
        """Return how many labels the run makes."""
        return sum(len(stretch) for stretch in self.record.stretches)

    @property
    def labels_per_s(self) -> float:
        """Return how many labels a second the work so far comes to, 0 before the first result."""
        return self.n_labels * self.n_done / (self.n_total * self.elapsed_s) if self.elapsed_s else 0.0

    @property
    def pace_s(self) -> float:
        """Return the seconds that a result of `n_results` takes, after the first."""
        return self.elapsed_s * self.n_total / (self.n_done * n_results(self.record.stretches, self.request.direction))

    @property
    def is_paused(self) -> bool:
        """Return whether it waits for the person to have a look; see `pause.at`."""
        return self.pause.at is not None

    @property
    def remaining_s(self) -> float | None:
        """Return the seconds still to go at the pace so far, None before the first result."""
        return None if self.n_done == 0 else self.elapsed_s * (self.n_total - self.n_done) / self.n_done


class Runner(QObject):
    """Starts, follows and stops runs, one at a time. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._lane = Lane("compute", self)
        self.engines = EngineLoader(feature_folder())
        """What runs share, and whoever else needs a network: any thread."""
        self._waiting: list[LabelResult | Tick] = []
        self._timer = QTimer(self, interval=FLUSH_MS)
        self._timer.timeout.connect(self._flush)
        self.active: RunProgress | None = None
        self.last: RunProgress | None = None
        self._prepared: tuple[str, str] | None = None
        self._spare: Job | None = None
        self._pace_s: dict[tuple[str, str, str], float] = {}
        workspace.clip_changed.connect(self._on_clip_changed)

    def object_ids(self, request: RunRequest) -> tuple[int, ...]:
        """Return the objects that `request` would carry: those of a kind that its engine carries, if not locked."""
        project = self._workspace.project
        if project is None:
            return ()
        wanted = request.object_ids
        carried = carried_objects(project, request.engine)
        return tuple(object_id for object_id in carried if wanted is None or object_id in wanted)

    def stretches(self, request: RunRequest) -> tuple[Stretch, ...]:
        """Return the stretches that `request` would label; none when nothing is missing or no anchor exists."""
        project = self._workspace.project
        if project is None:
            return ()
        first, last = request.frames or (0, project.clip.n_frames - 1)
        return pending.stretches(
            project, self.object_ids(request), range(first, last + 1), request.direction, request.scope
        )

    def pace_s(self, request: RunRequest) -> float | None:
        """Return the seconds a result that the latest run like `request` took on this clip, None before one."""
        return self._pace_s.get(_paced_as(request))

    def _frozen(self, request: RunRequest, stretches: tuple[Stretch, ...], near: int | None = None) -> ObjectRun:
        """Return the run with all anchors of its objects, and what was learned on the clip, as they are now."""
        project = self._workspace.project
        assert project is not None
        how = (request.engine, request.direction, request.quality)
        learned = self.learned(request)
        data = b"" if learned is None else learned.data
        return object_run(project, stretches, how, request.weights, learned=data, near=near)

    def learned(self, request: RunRequest) -> LearnedOnClip | None:
        """Return what was learned on the clip for the weights that a run would use, None where nothing was."""
        project = self._workspace.project
        return None if project is None else learned_for(project, request.engine, self._weights_info(request))

    def _weights(self, request: RunRequest, *, for_masks: bool = True) -> UsedWeights | None:
        """Return which weights a run would use; None where it needs none, or has none, as the run itself then tells.

        What was learned on the clip is used for masks alone.
        """
        return used_weights(self._weights_info(request), self.learned(request) if for_masks else None)

    def _weights_info(self, request: RunRequest) -> WeightsInfo | None:
        try:
            return self.engines.weights_of(request.engine, request.weights)
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
            self._lane.start(lambda: _loaded(self.engines, *wanted), "Preparing")

    def start(self, request: RunRequest, correction: Correction | None = None) -> None:
        """Start a run; its results come as proposals, frame by frame. One run at a time.

        One that follows a `correction` goes over what is stale because of it, and is a part of its undo step.
        """
        project, clip = self._workspace.project, self._workspace.clip
        if self.active is not None or project is None or clip is None:
            return
        if correction is None:
            stretches, near = self.stretches(request), None
            command = EditCommand(self._workspace, Edit(f"run of {ENGINES[request.engine].title}"), is_done=True)
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
        pause, seen = Pause(request.pause_after, request.unsure_below), self._workspace.cached_pictures
        job = self._lane.start(
            lambda: pause.watched(propagate_objects(clip, run, None, self.engines, seen)),
            ENGINES[request.engine].title,
        )
        job.progressed.connect(self._on_result)
        job.ended.connect(self._on_ended)
        ticked = Tick(0, n_results(run.ticked_stretches, request.direction))
        self.active = RunProgress(record, request, n_total, job, command, correction, run.anchors, pause, ticked)
        if correction is None:
            self._workspace.undo_stack.push(command)
            self._tell_left_out(request)
        self._timer.start()
        self._workspace.run_changed.emit()

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

    def abandon(self, command: EditCommand) -> None:
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
        active, project = self.active, self._workspace.project
        if active is None or project is None:
            return
        now_s = time.monotonic()
        if active.is_paused:
            active.started_s = now_s - active.elapsed_s  # a pause takes none of the run's time
        active.elapsed_s = now_s - active.started_s
        self._take(active)
        if active.n_done:
            self._pace_s[_paced_as(active.request)] = active.pace_s
        self._tell_pause(active)
        self._workspace.run_changed.emit()

    def _take(self, active: RunProgress) -> None:
        """Take the results that wait into the project, as a part of the run's step."""
        project, results = self._workspace.project, self._waiting
        if not results or project is None:
            return
        self._waiting = []
        labels = [result for result in results if not isinstance(result, Tick)]
        edit, change = project.add_results(active.record.run_id, labels)
        active.command.merge(edit)
        for result in results:
            active.count(result)
        self._workspace.changed.emit(change)

    def _tell_left_out(self, request: RunRequest) -> None:
        """Say which of the objects that were asked for have anchors, but none that the engine carries."""
        project, kinds = self._workspace.project, carried_kinds(request.engine)
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
            self._workspace.say(f"{ENGINES[request.engine].title} carries masks only: {what} will not be carried.")

    def _tell_pause(self, active: RunProgress) -> None:
        """Say once that the run waits, and for what."""
        at, project = active.pause.at, self._workspace.project
        if at is not None and at is not active.told_pause and project is not None:
            found = project.objects.get(at.object_id)
            name = "An object" if found is None else found.name
            row = f"{active.request.pause_after} unsure frames in a row, up to frame {at.frame}"
            self._workspace.say(f"Paused: {name} has {row}. Correct one, or let the run go on (R).")
        active.told_pause = at

    @Slot()
    def _on_ended(self) -> None:
        if self.active is None or self.sender() is not self.active.job:
            return
        job = self.active.job
        assert job.end is not None
        self._end(STATE_OF_END[job.end])
        if job.error is not None:
            self._workspace.failed.emit(job.error)

    def _end(self, state: RunState) -> None:
        active, project = self.active, self._workspace.project
        assert active is not None and project is not None
        self._flush()
        self._timer.stop()
        project.end_run(active.record.run_id, state)
        self.last, self.active = active, None
        self._workspace.run_changed.emit()


def _paced_as(request: RunRequest) -> tuple[str, str, str]:
    """Return what a run's pace depends on."""
    info = ENGINES.get(request.engine)
    return request.engine, request.weights if info is not None and info.needs_weights else "", request.quality


def _loaded(engines: EngineLoader, engine: str, weights: str) -> Iterator[None]:
    """Load an engine, which keeps its network. Compute thread."""
    with contextlib.suppress(UserError):
        engines.load(engine, weights)
    yield
