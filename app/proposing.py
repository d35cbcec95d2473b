"""Finding objects in the window: what the compute thread looks for, and how what is found becomes an object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import UserError
from app.jobs import Job, JobEnd
from app.project.found import add_found
from app.project.model import RunState, UsedWeights
from app.proposing_ghosts import Ghost, Ghosts, Source
from app.proposing_tasks import Task
from app.runs import RunRequest
from app.tasks.propose import remark_on
from app.tasks.tube_finder import Thumbnail, TubeFinder
from app.undo import EditCommand
from engines.propagation.registry import DEFAULT_ENGINE
from engines.proposals.tubes import LEAST_SURVIVAL

if TYPE_CHECKING:
    from app.workspace import Workspace
    from engines.proposals.find import Found, Step
    from engines.proposals.masks import TubeMask

ENGINE = "object proposals"
"""What a project's record of the run calls the engine."""
STAGES = {"boxes": "Outlines and motion: frame", "tubes": "Followed through the clip:"}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is: `done` of `total` steps."""

    text: str
    done: int
    total: int


class Proposer(QObject):
    """Looks for objects that nobody has drawn; `ghosts` holds what was found. GUI thread only.

    Boxes come first; masks are made of a tube that is opened or accepted. A run overtakes all of it, as anything newer
    that the person asks for does: work steps aside at the next frame, and goes on from there afterwards.
    """

    progressed = Signal()
    """Something began, went on or ended, or `told` is something else."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._weights = ""
        self._finder: TubeFinder | None = None
        self._finds_with = ""
        self._retired: list[TubeFinder] = []  # the compute thread may still be using them
        self._job: Job | None = None
        self._task: Task | None = None  # what the job does
        self._search: Task | None = None
        self._thumbnails: Task | None = None
        self._pixel_tasks: dict[Ghost, Task] = {}
        self._accepting: list[Ghost] = []
        self._opened: Ghost | None = None
        self._step: Step | None = None
        self._run_ids: dict[Source, int] = {}
        self.ghosts = Ghosts(workspace, self)
        self.told = ""
        """What a person should know of the last search, a sentence, or ""."""
        self.ghosts.listed.connect(self._on_listed)
        self.ghosts.changed.connect(self._serve)
        workspace.clip_changed.connect(self._on_clip_changed)
        workspace.run_changed.connect(self._serve)

    # what is so

    @property
    def is_busy(self) -> bool:
        """Whether something goes on, or waits for a run to end."""
        return self._job is not None or self.has_to_do

    @property
    def has_to_do(self) -> bool:
        """Whether something goes on, or waits, that the person has asked for."""
        return self._search is not None or self._opened is not None or bool(self._accepting)

    def why_not(self) -> str:
        """Return why objects cannot be looked for now, a sentence, or ""."""
        return "Objects are being looked for." if self._search is not None else ""

    @property
    def progress(self) -> Progress | None:
        """How far it is with what the person asked for, None where there is nothing to do."""
        if not self.has_to_do:
            return None
        if self._workspace.runner.active is not None:
            return Progress("Waits for the run to end.", 0, 0)
        if self._search is not None:
            step = self._step
            if step is None:
                return Progress("Looking for objects…", 0, 0)
            return Progress(f"{STAGES[step.stage]} {step.done} of {step.total}", step.done, step.total)
        ghost = self._accepting[0] if self._accepting else self._opened
        assert ghost is not None
        total = int(ghost.tube.is_there.sum())
        done = total - len(self.ghosts.missing(ghost))
        what = "Accepting" if self._accepting else "Masks of"
        return Progress(f"{what} tube {self.ghosts.rank(ghost)}: frame {done} of {total}", done, total)

    # what the person asks for

    def use(self, request: RunRequest) -> None:
        """Look through the weights of `request` from the next search on."""
        self._weights = request.weights

    def find(self) -> None:
        """Look for objects; what was found before gives way to them."""
        clip, weights = self._workspace.clip, self._weights
        if clip is None or self.why_not():
            return
        try:
            info = self._workspace.runner.engines.weights_of(DEFAULT_ENGINE, weights)
        except UserError as error:
            self._workspace.failed.emit(error)
            return
        used = None if info is None else UsedWeights(info.name, info.fingerprint)
        source = Source(weights, used)
        self._accepting, self._opened, self._step = [], None, None
        self.told = ""
        self._search = Task("Looking for objects", self._finder_with(weights).find(), partial(self._on_step, source))
        self._serve()

    def open(self) -> None:
        """Make the masks of the current tube, those nearest the frame in view first."""
        self._opened = self.ghosts.current
        self._serve()

    def accept(self) -> None:
        """Make an object of each tube that is selected, as soon as it has all its masks."""
        chosen = [self.ghosts.of(each) for each in self.ghosts.selected]
        self._accepting += [each for each in chosen if each is not None and each not in self._accepting]
        self._serve()

    def cancel(self) -> None:
        """Leave off what the person asked for. Masks that were made stay; a search has found nothing yet."""
        if self._search is not None:
            self._search, self.told = None, "Cancelled before anything was found."
        self._accepting, self._opened = [], None
        self._serve()

    def stop(self) -> None:
        """Leave off everything: the clip is about to be closed."""
        self._search, self._accepting, self._opened = None, [], None
        if self._job is not None:
            self._job.cancel()

    def shut_down(self) -> None:
        """Close files. After the compute thread has ended."""
        self._retire()
        self._close_retired()

    # the compute thread

    def _finder_with(self, weights: str) -> TubeFinder:
        """Return what looks at the open clip through some weights."""
        clip = self._workspace.clip
        assert clip is not None
        if self._finder is None or self._finds_with != weights:
            self._retire()
            self._finder, self._finds_with = TubeFinder(clip, self._workspace.runner.engines, weights), weights
        return self._finder

    def _retire(self) -> None:
        if self._finder is not None:
            self._retired.append(self._finder)
        self._finder, self._thumbnails = None, None
        self._pixel_tasks.clear()

    def _close_retired(self) -> None:
        while self._retired:
            self._retired.pop().close()

    def _next_task(self) -> Task | None:
        """Return what is to be done now: what is quick first, and what the person asked for last before the rest."""
        if self._search is not None:
            return self._search
        if self._workspace.clip is None:
            return None
        if self._thumbnails is None:
            bare = [each for each in self.ghosts.shown if self.ghosts.pixels(each).thumbnail is None]
            self._thumbnails = self._thumbnail_task(bare) if bare else None
        if self._thumbnails is not None:
            return self._thumbnails
        wanted = next(iter(self._accepting), self._opened)
        return None if wanted is None else self._pixel_task(wanted)

    def _thumbnail_task(self, ghosts: Sequence[Ghost]) -> Task:
        by_tube = {id(each.tube): each for each in ghosts}

        def take(found: Thumbnail) -> None:
            self.ghosts.pixels(by_tube[id(found.tube)]).thumbnail = found.image
            self.ghosts.changed.emit()

        finder = self._finder_with(ghosts[0].source.weights)
        return Task("Pictures of tubes", finder.thumbnails([each.tube for each in ghosts]), take)

    def _pixel_task(self, ghost: Ghost) -> Task:
        finder = self._finder_with(ghost.source.weights)
        task = self._pixel_tasks.get(ghost)
        if task is None:
            frame = self._workspace.view.frame
            frames = sorted(self.ghosts.missing(ghost), key=lambda each: abs(each - frame))
            values = _pixels(finder, ghost, frames, dict(self.ghosts.pixels(ghost).masks))
            task = self._pixel_tasks[ghost] = Task("Masks of a tube", values, partial(self._on_pixels, ghost))
        return task

    @Slot()
    def _serve(self) -> None:
        """Take over what is complete, and have done what comes next; what goes on steps aside for it."""
        while self._accepting and not self.ghosts.missing(self._accepting[0]):
            self._take_over(self._accepting.pop(0))
        if self._opened is not None and self._is_known(self._opened):
            self._opened = None
        task = self._next_task()
        if self._job is not None:
            if task is not self._task:
                self._job.cancel()
        elif task is not None and self._workspace.runner.active is None:
            self._task = task
            self._job = self._workspace.runner.spare(task.going_on, task.title)
            self._job.progressed.connect(self._on_progressed)
            self._job.ended.connect(self._on_ended)
        self.progressed.emit()

    @Slot()
    def _on_progressed(self) -> None:
        if self.sender() is self._job:
            self._deliver()

    def _deliver(self) -> None:
        """Take what has been found, unless nobody wants it any more."""
        task = self._task
        if task is not None and task in (self._search, self._thumbnails, *self._pixel_tasks.values()):
            task.deliver()

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if job is not self._job or not isinstance(job, Job):
            return
        self._deliver()
        if self._thumbnails is not None and self._thumbnails.is_done:
            self._thumbnails = None
        self._job = self._task = None
        self._close_retired()
        if job.end is JobEnd.FAILED and job.error is not None:
            self._search, self._accepting, self._opened = None, [], None
            self._workspace.failed.emit(job.error)
        else:
            self._serve()
        self.progressed.emit()

    # what comes of it

    def _on_step(self, source: Source, step: Step | Found) -> None:
        from engines.proposals.find import Step

        if isinstance(step, Step):
            self._step = step
            self.progressed.emit()
            return
        told = remark_on(len(step.tubes), is_still=step.is_still)
        self._search = None
        source = replace(source, told=told)
        self.told = told
        if told:
            self._workspace.say(told)
        found = tuple(self.ghosts.made(tube, source) for tube in step.tubes)
        if found or self.ghosts.all:
            self.ghosts.replace_all(found)

    def _on_pixels(self, ghost: Ghost, found: TubeMask | float) -> None:
        known = self.ghosts.pixels(ghost)
        if isinstance(found, float):
            known.survival = found
            self._pixel_tasks.pop(ghost, None)
            if found < LEAST_SURVIVAL and ghost in self.ghosts.all:
                carried = f"carried some frames away and back, its mask meets itself by {found:.2f} only"
                self._workspace.say(f"Tube {self.ghosts.rank(ghost)} may be no object: {carried}.")
            self.ghosts.changed.emit()
        else:
            known.masks[found.frame], known.boxes[found.frame] = found.mask, found.box
            self.ghosts.looked_at.emit()
            if self._accepting and not self.ghosts.missing(ghost):
                self._serve()
        self.progressed.emit()

    def _is_known(self, ghost: Ghost) -> bool:
        return self.ghosts.pixels(ghost).survival is not None and not self.ghosts.missing(ghost)

    def _take_over(self, ghost: Ghost) -> None:
        """Make an object of a tube that has all its masks: one step for undo."""
        project, rank = self._workspace.project, self.ghosts.rank(ghost)
        seen = {frame: mask for frame, mask in self.ghosts.pixels(ghost).masks.items() if mask.area}
        if project is None:
            return
        if not seen:
            self._workspace.say(f"Tube {rank} has no pixel on any frame, so there is nothing to accept.")
            return
        mask_ids = {frame: project.add_mask(mask) for frame, mask in sorted(seen.items())}
        text = f"accept tube {rank}"
        edit = add_found(project, mask_ids, ghost.tube.score, self._run_id(ghost.source), text)
        was_current = ghost is self.ghosts.current
        stack = self._workspace.undo_stack
        stack.beginMacro(text)
        stack.push(EditCommand(self._workspace, edit))
        stack.push(self.ghosts.without(ghost))
        stack.endMacro()
        object_id = next(iter(edit.objects))
        view, best = self._workspace.view, ghost.tube.best_frame
        view.object_id = object_id
        if was_current:
            self._workspace.request_frame(best if best in seen else min(seen, key=lambda at: abs(at - best)))
        name = project.objects[object_id].name
        self._workspace.say(
            f"Tube {rank} is {name} now. Where its mask is right, K makes it an anchor: best frame {best}."
        )

    def _run_id(self, source: Source) -> int:
        """Return which run of the project its labels come from; it is written down when the first one is accepted."""
        project = self._workspace.project
        assert project is not None
        if source not in self._run_ids:
            record = project.begin_run(ENGINE, "both", "normal", (), source.used)
            project.end_run(record.run_id, RunState.FINISHED)
            self._run_ids[source] = record.run_id
        return self._run_ids[source]

    @Slot()
    def _on_listed(self) -> None:
        """Leave off what is done for tubes that are gone."""
        there = self.ghosts.all
        self._accepting = [each for each in self._accepting if each in there]
        self._opened = self._opened if self._opened in there else None
        if there:
            self.told = there[0].source.told

    @Slot()
    def _on_clip_changed(self) -> None:
        self.stop()
        self._retire()
        self._run_ids.clear()
        self.told = ""
        if self._job is None:
            self._close_retired()
        self.ghosts.clear()


def _pixels(finder: TubeFinder, ghost: Ghost, frames: Sequence[int], known: dict[int, Any]) -> Iterator[Any]:
    """Yield each mask of a tube that is not `known`, and last whether one survives being carried. Compute thread."""
    for each in finder.masks(ghost.tube, frames):
        known[each.frame] = each.mask
        yield each
    best = ghost.tube.best_frame
    yield float(finder.survival(best, known[best]))
