"""Learning on the open clip while nothing else wants the compute thread: asked for, or when the person pauses.

Nothing here can be undone, since no label changes: what is taken in bears on the runs that begin after it, and can be
forgotten.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.desk import Desk
from app.desk.jobs import Job, JobEnd
from app.desk.proposing import Proposer
from app.desk.run_request import RunRequest
from app.desk.runs import Runner
from app.errors import UserError
from app.project.anchors import mask_anchors
from app.project.model import Kind, LearnedOnClip
from app.project.project import Project
from app.tasks.adapt import Learned, adapt
from app.tasks.propagate import MaskRun
from engines.propagation.registry import ENGINES

IDLE_MS = 8_000
"""Without a change or a run for so long, the person is thinking."""

Anchored = tuple[tuple[int, int, int], ...]
"""Object, frame and mask of every anchor."""


class Learner(QObject):
    """Learns on the clip for the engine and weights it was told last (`use`). GUI thread only.

    A run ends it at once, within a frame. With `view.learn` on it begins by itself when nothing has changed for
    `IDLE_MS`, once for the same anchors.
    """

    changed = Signal()
    """It began, went on or ended, or what the project holds for these weights is another."""

    def __init__(self, desk: Desk, runner: Runner, proposer: Proposer) -> None:
        super().__init__(desk)
        self._desk, self._runner, self._proposer = desk, runner, proposer
        self._request = RunRequest()
        self._job: Job | None = None
        self._project: Project | None = None
        self._from: Anchored = ()
        self._done: tuple[str, Anchored] | None = None
        self._is_asked = False
        self.share: float | None = None
        """How much of the learning that goes on is done, in [0, 1]; None while none does."""
        self.told = ""
        """How the last learning on this clip ended."""
        self.kept: LearnedOnClip | None = None
        """What the project holds for the weights of the next run."""
        self._idle = QTimer(self, interval=IDLE_MS, singleShot=True)
        self._idle.timeout.connect(self._on_idle)
        for changes in (desk.changed, desk.run_changed, desk.view.changed):
            changes.connect(self._wait)
        desk.clip_changed.connect(self._on_clip_changed)

    def use(self, request: RunRequest) -> None:
        """Learn for the engine, weights and quality of `request` from now on."""
        if (request.engine, request.weights) != (self._request.engine, self._request.weights):
            self.stop()
            self.told = ""
        if request != self._request:
            self._request = request
            self._look()

    def why_not(self) -> str:
        """Return why nothing can be learned now, a sentence, or ""."""
        project = self._desk.project
        if project is None:
            return "Open a clip first."
        if ENGINES[self._request.engine].recipe != "ours":
            return f"{ENGINES[self._request.engine].title} does not learn on a clip."
        if self._runner.active is not None:
            return "A run is going on."
        if self._proposer.is_busy:
            return "Objects are being looked for."
        if self._job is not None:
            return "It is learning already."
        if all(len(project.anchor_frames(object_id)) < 2 for object_id in self._object_ids()):
            return "Learning on a clip takes two anchors of one object: without a second one nothing tells if it helps."
        return ""

    def start(self) -> None:
        """Learn now, if `why_not` has nothing against it."""
        self._is_asked = True
        self._start()

    def stop(self) -> None:
        """Leave off what goes on; nothing comes of it."""
        job, self._job, self.share = self._job, None, None
        if job is not None:
            job.cancel()
            self.changed.emit()

    def forget(self) -> None:
        """Forget what was learned for the weights of the next run; what runs found with it stays."""
        kept, project = self.kept, self._desk.project
        if kept is not None and project is not None:
            project.forget_learned(kept.weights)
            self.told = ""
            self._desk.say("What was learned on this clip is forgotten.")
            self._look()

    def _look(self) -> None:
        """See what the project holds now. Some milliseconds, so not whenever somebody asks."""
        self.kept = self._runner.learned(self._request)
        self.changed.emit()

    def _start(self) -> None:
        desk, request = self._desk, self._request
        project, clip = desk.project, desk.clip
        if self.why_not() or project is None or clip is None:
            return
        anchors = mask_anchors(project, self._object_ids())
        run = MaskRun(request.engine, "both", request.quality, anchors, (), request.weights)
        engines = desk.engines
        self._project, self._from, self.share = project, self._anchored(), 0.0
        self._job = self._runner.spare(lambda: adapt(clip, run, engines), "Learning on this clip")
        self._job.progressed.connect(self._on_share)
        self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def _object_ids(self) -> tuple[int, ...]:
        """Return the objects whose masks tell what is alike and what is not."""
        project = self._desk.project
        if project is None:
            return ()
        found = self._runner.object_ids(RunRequest())
        return tuple(object_id for object_id in found if project.objects[object_id].kind is Kind.MASK)

    def _anchored(self) -> Anchored:
        project = self._desk.project
        assert project is not None
        return tuple(
            (object_id, frame, project.labels_of(object_id)[frame].mask_id)
            for object_id in self._object_ids()
            for frame in project.anchor_frames(object_id)
        )

    @Slot(object)
    def _on_share(self, share: float) -> None:
        if self.sender() is self._job:
            self.share = share
            self.changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if not isinstance(job, Job) or job is not self._job:
            return
        self._job = self.share = None
        if job.end is JobEnd.FINISHED:
            self._take(job.result)
        elif job.end is JobEnd.FAILED and job.error is not None:
            self._refuse(job.error)
        else:
            self._wait()  # a run wanted the thread
        self._look()

    def _take(self, learned: Learned) -> None:
        """Take in what was learned where it is better than nothing; else forget what was learned earlier too."""
        project = self._desk.project
        if project is None or project is not self._project:
            return
        self.told = str(learned.verdict)
        if learned.verdict.is_better:
            project.keep_learned(LearnedOnClip(learned.weights, self.told, learned.data))
        else:
            project.forget_learned(learned.weights)
        self._done = self._request.weights, self._from
        self._desk.say(f"Learned on this clip. {self.told}.")

    def _refuse(self, error: UserError) -> None:
        self._done = self._request.weights, self._from
        if self._is_asked:
            self._desk.failed.emit(error)

    @Slot()
    def _wait(self, *_what: object) -> None:
        """Begin to count anew how long nothing has changed."""
        if self._desk.view.learn and self._desk.project is not None and self._job is None:
            self._idle.start()
        else:
            self._idle.stop()

    @Slot()
    def _on_idle(self) -> None:
        if not self.why_not() and self._done != (self._request.weights, self._anchored()):
            self._is_asked = False
            self._start()

    @Slot()
    def _on_clip_changed(self) -> None:
        self.stop()
        self._done, self.told = None, ""
        self._wait()
        self._look()
