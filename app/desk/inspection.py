"""Inspecting in the window: which point of which frame, what was found, and the thread that finds it.

Nothing here belongs to the project, and nothing can be undone. Of questions that come faster than they are
answered only the newest is asked; answers about frames no longer shown are dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.desk import Desk
from app.desk.jobs import Job, JobEnd
from app.desk.worker_lane import WorkerLane
from app.media.clip import Clip
from app.media.picture import Picture
from app.media.prefetch import FrameServer
from app.tasks.inspect import ColouredFrame, Inspector, Inspects, Point, Sighting, Way, other_frame

Side = Literal["here", "there"]
"""`here` is the canvas with the view's frame, `there` the other frame beside it."""

OTHER_FIELDS = ("frame", "other_mode", "other_offset", "other_pinned", "object_id")
PATIENCE_MS = 60
"""A path that takes longer is given up when the pointer has moved on: its frames have to be encoded first."""
KEPT_PICTURES = 8
KEPT_COLOURS = 8


@dataclass(frozen=True, slots=True)
class Pointed:
    """A position on one of the two pictures."""

    side: Side
    x: float
    y: float


class Inspection(QObject):
    """What the Inspect tool looks at. On while that tool is in hand and nothing plays. GUI thread only."""

    changed = Signal()
    """Something to be seen differs: the point, what was found, colours, or why there is nothing."""
    other_changed = Signal()
    """The other frame is another one, or none."""
    picture_ready = Signal(int, object)
    """A frame and its `Picture`, for the other side."""

    _picture_arrived = Signal(object, int, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.make_inspector: Callable[[Clip, str], Inspects] = lambda clip, weights: Inspector(
            clip, desk.engines, weights
        )
        self.weights = ""
        """A name or a file; "" is the default. Change it by `use`."""
        self.pointed: Pointed | None = None
        self.is_held = False
        """Whether the point stays where it was clicked."""
        self.sighting: Sighting | None = None
        self.way: Way | None = None
        self.why_not = ""
        """Why nothing can be found, a sentence with its remedy; empty while all is well."""
        self.is_ready = False
        """Whether the encoder is loaded."""
        self.other: int | None = None
        self._colours: OrderedDict[int, ColouredFrame] = OrderedDict()
        self._worker = WorkerLane[Inspects]("inspect", "Inspecting", lambda *of: self.make_inspector(*of), self)
        self._frames: FrameServer | None = None
        self._job: Job | None = None
        self._wanted: tuple[Point, int] | None = None
        self._answered: Any = None
        self._has_tried = False
        self._patience = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._on_patience_ended)
        self._picture_arrived.connect(self._on_picture_arrived)
        desk.clip_changed.connect(self._on_clip_changed)
        desk.changed.connect(self._find_other)
        desk.view.changed.connect(self._on_view_changed)

    # what is so

    @property
    def is_on(self) -> bool:
        """Return whether the two frames are shown side by side."""
        return self._desk.view.tool == "inspect" and self._desk.clip is not None

    def frame_of(self, side: Side) -> int | None:
        """Return the frame shown on a side."""
        return self._desk.view.frame if side == "here" else self.other

    def colours_of(self, side: Side) -> ColouredFrame | None:
        """Return the features of the frame on a side as colours, if they are wanted and there already."""
        frame = self.frame_of(side)
        return self._colours.get(frame) if self._desk.view.feature_colours and frame is not None else None

    @property
    def feature_opacity(self) -> float:
        """Return how opaque those colours are."""
        return float(self._desk.view.feature_opacity)

    def picture(self) -> Picture | None:
        """Return the picture of the other frame if it has been read."""
        if self.other is None:
            return None
        read = self._desk.picture(self.other)
        return read if read is not None or self._frames is None else self._frames.cached(self.other)

    # what the pointer does

    def hover(self, side: Side, x: float, y: float) -> None:
        """Look at a position, unless one is held."""
        if self.is_on and not self.is_held:
            self._point(Pointed(side, x, y))

    def leave(self) -> None:
        """Look at nothing, unless a position is held."""
        if not self.is_held:
            self._point(None)

    def hold(self, side: Side, x: float, y: float) -> None:
        """Go on looking at this position wherever the pointer goes; or let go, if one is held already."""
        self.is_held = not self.is_held
        self._point(Pointed(side, x, y))

    def release(self) -> None:
        """Let go of the position held."""
        if self.is_held:
            self.is_held = False
            self._point(None)

    def _point(self, pointed: Pointed | None) -> None:
        side_before = None if self.pointed is None else self.pointed.side
        self.pointed = pointed
        self._ask()
        # While the pointer moves, its last answer stays until the next one comes: nothing to be painted before that.
        if self.sighting is None or pointed is None or pointed.side != side_before or self.is_held:
            self.changed.emit()

    # questions

    def _question(self) -> tuple[Point, int] | None:
        """Return what is to be found out now: a point and the frame to find it in."""
        view, pointed, clip = self._desk.view, self.pointed, self._desk.clip
        if pointed is None or clip is None or self.other is None or view.is_playing or not self.is_on:
            return None
        if not (-0.5 <= pointed.x < clip.width - 0.5 and -0.5 <= pointed.y < clip.height - 0.5):
            return None
        frames = (view.frame, self.other) if pointed.side == "here" else (self.other, view.frame)
        return Point(frames[0], pointed.x, pointed.y), frames[1]

    def _ask(self) -> None:
        """Bring what is wanted up to date, and have it done."""
        question = self._question()
        if question is None or (self.sighting is not None and _frames_in(self.sighting) != _frames_of(question)):
            self.sighting = self.way = None
        self._wanted = question if question != self._answered else None
        self._serve()

    def _serve(self) -> None:
        """Start the next job if none is at work: the newest question, else what is to be prepared."""
        if self._job is not None or self.why_not or not self.is_on or self._desk.view.is_playing:
            return
        clip = self._desk.clip
        assert clip is not None
        if self._wanted is not None:
            (point, other), self._answered, self._wanted = self._wanted, self._wanted, None
            self._start(clip, lambda inspector: inspector.look(point, other))
        elif (frame := self._uncoloured()) is not None:
            self._start(clip, lambda inspector: iter((inspector.colours(frame),)))
        elif not self._has_tried and self.other is not None:
            frames = (self._desk.view.frame, self.other)
            self._start(clip, lambda inspector: inspector.prepare(frames))

    def _uncoloured(self) -> int | None:
        """Return a frame in view whose features are to be shown as colours and are not yet there."""
        if not self._desk.view.feature_colours:
            return None
        frames = (self.frame_of("here"), self.frame_of("there"))
        return next((frame for frame in frames if frame is not None and frame not in self._colours), None)

    def _start(self, clip: Clip, ask: Callable[[Inspects], Iterator[Any]]) -> None:
        self._has_tried = True
        self._job = self._worker.start(clip, self.weights, ask)
        self._job.progressed.connect(self._on_answer)
        self._job.ended.connect(self._on_ended)

    # answers

    @Slot(object)
    def _on_answer(self, answer: Any) -> None:
        if self.sender() is not self._job:
            return
        question = self._question()
        if isinstance(answer, ColouredFrame):
            self._colours[answer.frame] = answer
            while len(self._colours) > KEPT_COLOURS:
                self._colours.popitem(last=False)
        elif question is None or answer is None or _frames_in(answer) != _frames_of(question):
            return
        elif isinstance(answer, Sighting):
            # A path one question old is shown until its own comes, lest it flicker; an older one tells nothing.
            if self.way is not None and (self.sighting is None or self.way.point != self.sighting.point):
                self.way = None
            self.sighting = answer
            self._patience.start()
        elif isinstance(answer, Way):
            self.way = answer
        self.changed.emit()

    @Slot()
    def _on_patience_ended(self) -> None:
        if self._job is not None and self._wanted is not None:
            self._job.cancel()

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if not isinstance(job, Job) or job is not self._job:
            return
        self._job = None
        was_ready, self.is_ready = self.is_ready, self.is_ready or job.end is JobEnd.FINISHED
        if job.end is JobEnd.FAILED:
            self.why_not = str(job.error)
        if job.end is JobEnd.CANCELLED:
            self._answered = None
            self._ask()
        else:
            self._serve()
        if self.why_not or self.is_ready != was_ready:
            self.changed.emit()

    # what happens around

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name == "tool":
            self._switch()
        elif name in OTHER_FIELDS:
            self._find_other()
            if name == "frame":
                self._ask()
                self.changed.emit()
        elif name == "is_playing":
            self._answered = None
            self._ask()
            self.changed.emit()
        elif name in ("feature_colours", "feature_opacity"):
            self._serve()
            self.changed.emit()

    def _switch(self) -> None:
        """Begin or end with the tool."""
        if self.is_on:
            self.why_not = ""  # weights may have come meanwhile
            self._find_other()
            self._serve()
        else:
            self.is_held = False
            self.pointed = self.sighting = self.way = self._wanted = self._answered = None
            self.other = None
        self.changed.emit()

    @Slot()
    def _on_clip_changed(self) -> None:
        self._close_frames()
        self.is_held, self.pointed, self.other = False, None, None
        self._begin_anew()
        if self._desk.clip is None:
            self._worker.let_go()
        self._find_other()

    def _begin_anew(self) -> None:
        """Forget every answer, and whatever stood in the way of one."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._has_tried = self.is_ready = False
        self.sighting = self.way = self._wanted = self._answered = None
        self.why_not = ""
        self._colours.clear()
        self.changed.emit()

    def use(self, weights: str) -> None:
        """Look through the eyes of other weights, a name or a file."""
        if weights != self.weights:
            self.weights = weights
            self._begin_anew()
            self._ask()

    @Slot()
    def _find_other(self) -> None:
        """Work out which frame is the other one, and have its picture read."""
        desk, view = self._desk, self._desk.view
        clip, project = desk.clip, desk.project
        if not self.is_on or clip is None:
            return
        anchors = []
        if project is not None and view.object_id in project.objects:
            anchors = project.anchor_frames(view.object_id)
        found = other_frame(view.frame, clip.n_frames, view.other_mode, view.other_offset, view.other_pinned, anchors)
        if found == self.other:
            return
        self.other = found
        self._ask()
        self.other_changed.emit()
        self.changed.emit()
        if found is not None and self.picture() is None:
            if self._frames is None:
                budget_bytes = KEPT_PICTURES * 3 * clip.width * clip.height
                self._frames = FrameServer(clip, self._deliver, budget_bytes=budget_bytes)
            self._frames.request(found)

    def _deliver(self, frame: int, picture: Picture) -> None:
        """Hand a picture to the GUI thread. Decode thread."""
        self._picture_arrived.emit(self._frames, frame, picture)

    @Slot(object, int, object)
    def _on_picture_arrived(self, server: FrameServer, frame: int, picture: Picture) -> None:
        if server is self._frames and frame == self.other:
            self.picture_ready.emit(frame, picture)

    def _close_frames(self) -> None:
        frames, self._frames = self._frames, None
        if frames is not None:
            frames.close()

    def shut_down(self) -> None:
        """End the threads."""
        self._close_frames()
        self._worker.shut_down()


def _frames_in(answer: Sighting | Way) -> tuple[int, int]:
    return answer.point.frame, answer.other


def _frames_of(question: tuple[Point, int]) -> tuple[int, int]:
    return question[0].frame, question[1]
