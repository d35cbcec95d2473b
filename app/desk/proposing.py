"""Finding objects in the window: what the compute thread looks for, and how what is found becomes an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.desk import Desk
from app.desk.proposing_finders import Finders
from app.desk.proposing_ghosts import Ghost, Ghosts, Source
from app.desk.proposing_tasks import Task, Tasks
from app.desk.run_request import RunRequest
from app.desk.runs import Runner
from app.desk.undo import EditCommand
from app.errors import UserError
from app.media.clip import Clip
from app.project.found import add_found
from app.project.model import RunState, UsedWeights
from app.tasks.propose import remark_on
from app.tasks.tube_finder import Thumbnail
from engines.propagation.registry import DEFAULT_ENGINE
from engines.proposals.tubes import LEAST_SURVIVAL, Found, Step, TubeMask

ENGINE = "object proposals"
"""What a project's record of the run calls the engine."""
STORED_AT_ONCE = 100
"""Masks, some milliseconds."""
STAGES = {"boxes": "Outlines and motion: frame", "tubes": "Followed through the clip:", "sketches": "Outlined roughly:"}


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

    def __init__(self, desk: Desk, runner: Runner) -> None:
        super().__init__(desk)
        self._desk, self._runner = desk, runner
        self._weights = ""
        self._tasks = Tasks(runner, self)
        self._finders = Finders(desk.engines)
        self._search: Task | None = None
        self._thumbnails: Task | None = None
        self._pixel_tasks: dict[Ghost, Task] = {}
        self._accepting: list[Ghost] = []
        self._opened: Ghost | None = None
        self._step: Step | None = None
        self._has_failed = False  # since the person last asked for something
        self.ghosts = Ghosts(desk, self)
        self.told = ""
        """What a person should know of the last search, a sentence, or ""."""
        self._tasks.ended.connect(self._on_ended)
        self._tasks.failed.connect(self._on_failed)
        self.ghosts.listed.connect(self._on_listed)
        self.ghosts.changed.connect(self._serve)
        desk.clip_changed.connect(self._on_clip_changed)
        desk.run_changed.connect(self._serve)

    # what is so

    @property
    def is_busy(self) -> bool:
        """Whether something goes on, or waits for a run to end."""
        return self._tasks.is_busy or self.has_to_do

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
        if self._runner.active is not None:
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
        clip, weights = self._desk.clip, self._weights
        if clip is None or self.why_not():
            return
        try:
            info = self._desk.engines.weights_of(DEFAULT_ENGINE, weights)
        except UserError as error:
            self._desk.failed.emit(error)
            return
        used = None if info is None else UsedWeights(info.name, info.fingerprint)
        self._accepting, self._opened, self._step = [], None, None
        self._thumbnails = None
        self._pixel_tasks.clear()
        self.told = ""
        self._has_failed = False
        self._search = self._finders.search(clip, weights, partial(self._on_step, weights, used))
        self._serve()

    def open(self) -> None:
        """Make the masks of the current tube, those nearest the frame in view first."""
        self._opened, self._has_failed = self.ghosts.current, False
        self._serve()

    def accept(self) -> None:
        """Make an object of each tube that is selected, as soon as it has all its masks."""
        chosen = [self.ghosts.of(each) for each in self.ghosts.selected]
        self._has_failed = False
        self._accepting += [each for each in chosen if each is not None and each not in self._accepting]
        self._serve()

    def cancel(self) -> None:
        """Leave off what the person asked for. Masks that were made stay; a search has found nothing yet."""
        if self._search is not None:
            self.told = "Cancelled before anything was found."
        self._want_nothing()
        self._serve()

    def stop(self) -> None:
        """Leave off everything: the clip is about to be closed."""
        self._want_nothing()
        self._tasks.want(None)

    def _want_nothing(self) -> None:
        if self._search is not None:
            self._search.is_dropped = True
        self._search, self._accepting, self._opened = None, [], None

    def shut_down(self) -> None:
        """Close files. After the compute thread has ended."""
        self._finders.retire()
        self._finders.close_retired()

    # the compute thread

    def _next_task(self) -> Task | None:
        """Return what is to be done now: what is quick first, and what the person asked for last before the rest."""
        if self._search is not None:
            return self._search
        clip = self._desk.clip
        if clip is None:
            return None
        if self._thumbnails is None and not self._has_failed:
            bare = [each for each in self.ghosts.shown if self.ghosts.pixels(each).thumbnail is None]
            self._thumbnails = self._thumbnail_task(clip, bare) if bare else None
        if self._thumbnails is not None:
            return self._thumbnails
        wanted = next(iter(self._accepting), self._opened)
        return None if wanted is None else self._pixel_task(clip, wanted)

    def _thumbnail_task(self, clip: Clip, ghosts: Sequence[Ghost]) -> Task:
        by_tube = {id(each.tube): each for each in ghosts}

        def take(found: Thumbnail) -> None:
            self.ghosts.pixels(by_tube[id(found.tube)]).thumbnail = found.image
            self.ghosts.changed.emit()

        return self._finders.thumbnails(clip, ghosts[0].source.weights, [each.tube for each in ghosts], take)

    def _pixel_task(self, clip: Clip, ghost: Ghost) -> Task:
        task = self._pixel_tasks.get(ghost)
        if task is None:
            frame, known = self._desk.view.frame, self.ghosts.pixels(ghost).masks
            frames = sorted(self.ghosts.missing(ghost), key=lambda each: abs(each - frame))
            take = partial(self._on_pixels, ghost)
            task = self._finders.pixels(clip, ghost.source.weights, ghost.tube, frames, known, take)
            self._pixel_tasks[ghost] = task
        return task

    @Slot()
    def _serve(self) -> None:
        """Take over what is complete, and have done what comes next; what goes on steps aside for it."""
        while self._accepting and not self.ghosts.missing(self._accepting[0]):
            if not self._stored(self._accepting[0]):
                QTimer.singleShot(0, self._serve)
                break
            self._take_over(self._accepting.pop(0))
        if self._opened is not None and self._is_known(self._opened):
            self._opened = None
        self._tasks.want(self._next_task())
        self.progressed.emit()

    @Slot()
    def _on_ended(self) -> None:
        """Go on with what comes next."""
        if self._thumbnails is not None and self._thumbnails.is_done:
            self._thumbnails = None
        self._finders.close_retired()
        self._serve()

    @Slot(object)
    def _on_failed(self, error: UserError) -> None:
        """Tell it, and do not try again by itself."""
        self._want_nothing()
        self._pixel_tasks.clear()
        self._has_failed = True
        self._desk.failed.emit(error)

    # what comes of it

    def _on_step(self, weights: str, used: UsedWeights | None, step: Step | Found) -> None:
        if isinstance(step, Step):
            self._step = step
            self.progressed.emit()
            return
        told = self.told = remark_on(len(step.tubes), is_still=step.is_still)
        self._search = None
        if told:
            self._desk.say(told)
        project = self._desk.project
        if project is None or not (step.tubes or self.ghosts.all):
            return
        record = project.begin_run(ENGINE, "both", "normal", (), used)
        project.end_run(record.run_id, RunState.FINISHED)
        source = Source(weights, record.run_id, told)
        self.ghosts.replace_all(tuple(self.ghosts.made(tube, source) for tube in step.tubes))
        self.told = told

    def _on_pixels(self, ghost: Ghost, found: TubeMask | float) -> None:
        known = self.ghosts.pixels(ghost)
        if isinstance(found, float):
            known.survival = found
            self._pixel_tasks.pop(ghost, None)
            if found < LEAST_SURVIVAL and ghost in self.ghosts.all:
                carried = f"carried some frames away and back, its mask meets itself by {found:.2f} only"
                self._desk.say(f"Tube {self.ghosts.rank(ghost)} may be no object: {carried}.")
            self.ghosts.changed.emit()
        else:
            known.masks[found.frame], known.boxes[found.frame] = found.mask, found.box
            self.ghosts.looked_at.emit()
            if self._accepting and not self.ghosts.missing(ghost):
                self._serve()
        self.progressed.emit()

    def _is_known(self, ghost: Ghost) -> bool:
        return self.ghosts.pixels(ghost).survival is not None and not self.ghosts.missing(ghost)

    def _stored(self, ghost: Ghost) -> bool:
        """Put some more of a tube's masks into the project, and return whether all that have a pixel are there."""
        project, pixels = self._desk.project, self.ghosts.pixels(ghost)
        waiting = [frame for frame, mask in pixels.masks.items() if mask.area and frame not in pixels.mask_ids]
        for frame in waiting[:STORED_AT_ONCE]:
            assert project is not None
            pixels.mask_ids[frame] = project.add_mask(pixels.masks[frame])
        return len(waiting) <= STORED_AT_ONCE

    def _take_over(self, ghost: Ghost) -> None:
        """Make an object of a tube that has all its masks: one step for undo."""
        project, rank = self._desk.project, self.ghosts.rank(ghost)
        mask_ids = self.ghosts.pixels(ghost).mask_ids
        if project is None:
            return
        if not mask_ids:
            self._desk.say(f"Tube {rank} has no pixel on any frame, so there is nothing to accept.")
            return
        text = f"accept tube {rank}"
        edit = add_found(project, mask_ids, ghost.tube.score, ghost.source.run_id, text)
        was_current = ghost is self.ghosts.current
        stack = self._desk.undo_stack
        stack.beginMacro(text)
        stack.push(EditCommand(self._desk, edit))
        stack.push(self.ghosts.without(ghost))
        stack.endMacro()
        object_id = next(iter(edit.objects))
        view, best = self._desk.view, ghost.tube.best_frame
        view.object_id = object_id
        if was_current:
            self._desk.request_frame(min(mask_ids, key=lambda at: abs(at - best)))
        name = project.objects[object_id].name
        self._desk.say(f"Tube {rank} is {name} now. Where its mask is right, K makes it an anchor: best frame {best}.")

    @Slot()
    def _on_listed(self) -> None:
        """Leave off what is done for tubes that are gone."""
        there = self.ghosts.all
        self._accepting = [each for each in self._accepting if each in there]
        self._opened = self._opened if self._opened in there else None
        self.told = there[0].source.told if there else ""

    @Slot()
    def _on_clip_changed(self) -> None:
        self.stop()
        self._finders.retire()
        for task in (self._thumbnails, *self._pixel_tasks.values()):
            if task is not None:
                task.is_dropped = True
        self._thumbnails = None
        self._pixel_tasks.clear()
        self.told = ""
        if not self._tasks.is_busy:
            self._finders.close_retired()
        self.ghosts.clear()
