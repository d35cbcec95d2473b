"""What the next run would do: the settings of the Run panel, what they cost, and why they cannot be run."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.jobs import Job, JobEnd, Lane
from app.desk.run_request import RunRequest
from app.desk.workspace import Workspace
from app.media.clip import Clip
from app.project.model import Kind
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import MaskRun, run_cost
from app.tasks.propagate_objects import carried_kinds
from engines.propagation.registry import ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.types import Cost, Direction, Quality, Stretch
from widgets.timeline.tracks import Tracks

SETTLE_MS = 120
"""The plan is worked out when changes have paused for this long, so that painting never waits for it."""
PLAN_FIELDS = ("object_id", "range")
REMEMBERED: dict[str, Callable[[str], Container[str]]] = {
    "engine": lambda _: ENGINES,
    "weights": lambda name: (name,),
    "direction": lambda _: get_args(Direction),
    "quality": lambda _: get_args(Quality),
}
"""Settings that outlast the window, and what each may be."""


class RunPlan(QObject):
    """Settings, and what they come to. GUI thread only; `changed` says that any of it differs.

    Whether there is something to run is known at once, from the tracks; the cost is added up on a
    worker thread, because it goes through every frame, and is None until it is known. Its seconds are
    those measured on this clip once the engine has run there (`is_measured`), before that an idle machine's.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, tracks: Tracks, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tracks = tracks
        self._lane = lane
        self._settings = RunRequest()
        self._job: Job | None = None
        self._planned: tuple[Stretch, ...] = ()
        self.only_selected = False
        self.only_range = False
        self.cost: Cost | None = None
        self.is_measured = False
        self.reason = ""
        self._was_running = False
        self._timer = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._timer.timeout.connect(self.work_out)
        workspace.clip_changed.connect(self.work_out)
        workspace.changed.connect(self.on_changed)
        tracks.updated.connect(self.on_changed)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.run_changed.connect(self.on_run_changed)
        self.work_out()

    @property
    def n_labels(self) -> int:
        """Return how many labels the run would make."""
        return sum(len(stretch) for stretch in self._planned)

    @property
    def request(self) -> RunRequest:
        """Return what would be run now."""
        view = self._workspace.view
        selected = () if view.object_id is None else (view.object_id,)
        chosen = selected if self.only_selected else None
        return replace(
            self._settings,
            object_ids=chosen,
            frames=view.range if self.only_range else None,
            pause_after=view.pause_after,
            unsure_below=view.unsure_below,
        )

    @property
    def is_paused(self) -> bool:
        """Return whether a run waits for the person to have a look."""
        active = self._workspace.runner.active
        return active is not None and active.is_paused

    @property
    def remembered(self) -> dict[str, str]:
        """Return the settings that the next window starts with."""
        return {name: getattr(self._settings, name) for name in REMEMBERED}

    def recall(self, words: Mapping[str, str]) -> None:
        """Set what was remembered; what is not known any more is left at its default."""
        known: dict[str, Any] = {
            name: word for name, word in words.items() if name in REMEMBERED and word in REMEMBERED[name](word)
        }
        self._settings = replace(self._settings, **known)
        self.work_out()

    def choose(self, name: str, value: Any) -> None:
        """Change a setting: a field of `RunRequest`, `only_selected` or `only_range`."""
        if name in ("only_selected", "only_range"):
            setattr(self, name, value)
        else:
            self._settings = replace(self._settings, **{name: value})
        self.work_out()

    def start(self) -> None:
        """Run; where a run is paused, let it go on."""
        if self.is_paused:
            self._workspace.go_on(self.request)
        else:
            self._workspace.start_run(self.request)

    def cancel(self) -> None:
        """Stop the run that goes on."""
        self._workspace.cancel_run()

    def why_not(self) -> str:
        """Return why nothing can be run, "" where something can, or a run that is paused can go on."""
        return "" if self.is_paused else self.reason

    # following

    @Slot()
    def on_changed(self, *_change: object) -> None:
        """Work it out again when changes pause; during a run there is no need to."""
        if self._workspace.runner.active is None:
            self._timer.start()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the selection of object and frames: who has just chosen a range means to run over it."""
        if name == "range":
            self.only_range = self._workspace.view.range is not None
        if name in PLAN_FIELDS:
            self._timer.start()

    @Slot()
    def on_run_changed(self) -> None:
        """Follow a run's beginning and end."""
        is_running = self._workspace.runner.active is not None
        if is_running != self._was_running:
            self._was_running = is_running
            self.work_out()

    @Slot()
    def work_out(self) -> None:
        """Find out now whether there is something to run, and begin to add up what it costs."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._planned = stretches = self._stretches()
        self.cost = None
        self.reason = "" if stretches else self._reason()
        clip, request = self._workspace.clip, self.request
        if clip is not None:
            self._workspace.runner.prepare(request)
        if stretches and clip is not None:
            run = MaskRun(request.engine, request.direction, request.quality, (), stretches, request.weights)
            engines = self._workspace.engines
            self._job = self._lane.start(lambda: _cost(clip, run, engines), "Cost of a run")
            self._job.progressed.connect(self._on_cost)
            self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def _stretches(self) -> tuple[Stretch, ...]:
        """Return what would be labelled; nothing while a run goes on."""
        clip, request = self._workspace.clip, self.request
        if clip is None or self._workspace.runner.active is not None:
            return ()
        first, last = request.frames or (0, clip.n_frames - 1)
        tracks = ((object_id, self._tracks.of(object_id)) for object_id in self._workspace.runner.object_ids(request))
        return tuple(
            stretch
            for object_id, track in tracks
            if track is not None
            for stretch in track.stretches(object_id, range(first, last + 1), request.direction, request.scope)
        )

    @Slot(object)
    def _on_cost(self, cost: Cost) -> None:
        if self.sender() is self._job:
            seconds = self._measured_s()
            self.cost = cost if seconds is None else replace(cost, seconds=seconds)
            self.is_measured = seconds is not None
            self.changed.emit()

    def _measured_s(self) -> float | None:
        """Return how long the plan takes at the pace of the engine's latest run on this clip, None before one."""
        pace_s = self._workspace.runner.pace_s(self.request)
        return None if pace_s is None else n_results(self._planned, self.request.direction) * pace_s

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job and self._job is not None and self._job.end is JobEnd.FAILED:
            self.reason = str(self._job.error)
            self.changed.emit()

    def _reason(self) -> str:
        project, request = self._workspace.project, self.request
        if project is None:
            return "Open a clip first."
        if self._workspace.runner.active is not None:
            return "A run is going on."
        chosen = [
            found
            for found in project.objects.values()
            if request.object_ids is None or found.object_id in request.object_ids
        ]
        if self.only_selected and self._workspace.view.object_id is None:
            return "Select an object first."
        if not chosen:
            return "Add an object and paint it on one frame first."
        unlocked = [found for found in chosen if not found.is_locked]
        if not unlocked:
            return f"{chosen[0].name} is locked." if len(chosen) == 1 else "All objects are locked."
        kinds = carried_kinds(request.engine)
        carried = [found for found in unlocked if found.kind in kinds]
        other = next((found.kind for found in unlocked if found.kind not in (Kind.MASK, Kind.VOID)), None)
        if not carried and other is not None:
            what = {Kind.POINTS: "points", Kind.TEXTURE: "textures"}.get(other, "colour")
            return f"{ENGINES[request.engine].title} carries masks only; choose another engine for {what}."
        if not any(project.anchor_frames(found.object_id) for found in carried):
            name = unlocked[0].name if len(unlocked) == 1 else "an object"
            is_points = all(found.kind is Kind.POINTS for found in carried) and carried
            return (
                f"Place the joints of {name} on one frame first." if is_points else f"Paint {name} on one frame first."
            )
        if project.clip.n_frames < 2:
            return "A still has only one frame."
        if request.scope == "all":
            return "No frame lies this way from the anchors."
        return "Nothing is missing or stale. Choose “Everything” to run over it again."


def _cost(clip: Clip, run: MaskRun, engines: EngineLoader) -> Iterator[Cost]:
    """Yield the cost of `run`. Worker thread."""
    yield run_cost(clip, run, engines)
