"""Textures in the window: what is seen of them on a frame, drawn off the GUI thread, and strokes coded there too.

Of frames that come faster than they are drawn only the newest is; what was drawn is kept, in bounded memory, and found
again by what it was drawn from. Strokes are coded in the order in which they were made, and none is dropped.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.desk.desk import Desk
from app.desk.jobs import Job, JobEnd, Lane
from app.media.clip import Clip
from app.media.picture import Picture
from app.project.masks import Content
from app.tasks.textures import NOTHING, Layer, Tailor, Worn, worn_on

KEPT_BYTES = 128 << 20
"""Layers are about as large as what is painted: thousands of frames of a sticker, some dozens of whole pictures."""

AHEAD, AHEAD_PLAYING = 1, 8
"""Frames after the one in view that are drawn before they are asked for, as far as their pictures are there."""

Key = tuple[int, Worn]
"""A frame, and what is worn on it."""


@dataclass(slots=True)
class _Work:
    """Something that is worked out on the lane's thread, and what is done with it then."""

    then: Callable[[Any], None]
    is_done: threading.Event = field(default_factory=threading.Event)
    found: Any = None


class Textures(QObject):
    """Draws the textures of the frame in view. GUI thread only."""

    drawn = Signal(int)
    """Textures of a frame are drawn: ask `layer` again."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._lane: Lane | None = None
        self._layers: OrderedDict[Key, Layer] = OrderedDict()
        self._kept_bytes = 0
        self._wanted: tuple[int, tuple[Worn, ...], NDArray[np.uint8]] | None = None
        self._job: Job | None = None
        self._being_drawn: tuple[Key, ...] = ()
        self._works: deque[_Work] = deque()
        self._tailor: tuple[Clip, Tailor] | None = None  # the lane's thread only
        desk.clip_changed.connect(self._on_clip_changed)

    def worn(self, frame: int) -> tuple[Worn, ...]:
        """Return the textures that are seen on a frame, bottom to top."""
        project = self._desk.project
        return () if project is None else worn_on(project, frame, self._desk.shown)

    def layer(self, frame: int, worn: Worn) -> Layer | None:
        """Return a texture as a frame shows it, None while it is not drawn yet; see `draw`."""
        found = self._layers.get((frame, worn))
        if found is not None:
            self._layers.move_to_end((frame, worn))
        return found

    def keep(self, frame: int, worn: Worn, layer: Layer) -> None:
        """Remember how a texture looks that need not be drawn for it."""
        self._forget((frame, worn))
        self._layers[frame, worn] = layer
        self._kept_bytes += layer.rgba.nbytes
        while self._kept_bytes > KEPT_BYTES and len(self._layers) > 1:
            self._forget(next(iter(self._layers)))

    def draw(self, frame: int, picture: NDArray[np.uint8]) -> None:
        """Draw what is worn on a frame, its RGB `picture` given; `drawn` follows where anything was missing."""
        missing = tuple(worn for worn in self.worn(frame) if (frame, worn) not in self._layers)
        self._wanted = (frame, missing, picture) if missing else None
        self._next()

    def _look_ahead(self) -> None:
        """Want one of the frames that come next, where none is wanted."""
        view, seen = self._desk.view, self._desk.cached_pictures
        for frame in range(view.frame + 1, view.frame + 1 + (AHEAD_PLAYING if view.is_playing else AHEAD)):
            missing = tuple(worn for worn in self.worn(frame) if (frame, worn) not in self._layers)
            picture = seen(frame) if missing else None
            if picture is not None:
                self._wanted = (frame, missing, picture.image)
                return

    def work_out(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call `work` on the lane's thread, after what was given before, and `then` on this one with what it returns.

        A failure is told, and `then` not called.
        """
        one = _Work(then)
        self._works.append(one)

        def done() -> Iterator[None]:
            try:
                one.found = work()
            except BaseException:
                self._works.remove(one)
                raise
            finally:
                one.is_done.set()
            yield

        job = self._own_lane().start(done, "Painting")
        job.ended.connect(self._on_work_ended)

    @property
    def is_working(self) -> bool:
        """Return whether something is being worked out."""
        return bool(self._works)

    def settle(self) -> None:
        """Wait for what is being worked out, and do what follows: the project is about to close. Some 0.1 s at most."""
        while self._works:
            self._works[0].is_done.wait()
            self._take_done()

    def _take_done(self) -> None:
        while self._works and self._works[0].is_done.is_set():
            one = self._works.popleft()
            one.then(one.found)

    def shut_down(self) -> None:
        """End the lane's thread."""
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.close()

    def _own_lane(self) -> Lane:
        if self._lane is None:
            self._lane = Lane("textures", self)
        return self._lane

    def _next(self) -> None:
        """Draw what is wanted, where nothing is being drawn."""
        project, clip = self._desk.project, self._desk.clip
        if self._job is not None or project is None or clip is None:
            return
        if self._wanted is None:
            self._look_ahead()
        if self._wanted is None:
            return
        (frame, missing, picture), self._wanted = self._wanted, None
        content, seen = project.content, self._desk.cached_pictures

        def drawn() -> Iterator[tuple[Key, Layer]]:
            tailor = self._own_tailor(clip, content, seen)
            for worn in missing:
                yield (frame, worn), tailor.layer(worn, picture)

        self._being_drawn = tuple((frame, worn) for worn in missing)
        self._job = self._own_lane().start(drawn, "Drawing textures")
        self._job.progressed.connect(self._on_drawn)
        self._job.ended.connect(self._on_ended)

    def _own_tailor(
        self, clip: Clip, content: Callable[[int], Content], seen: Callable[[int], Picture | None]
    ) -> Tailor:
        """Return what draws for a clip. The lane's thread."""
        if self._tailor is None or self._tailor[0] is not clip:

            def picture(frame: int) -> NDArray[np.uint8]:
                known = seen(frame)
                if known is None:
                    with clip.open() as reader:
                        known = reader.read(frame)
                return known.image

            self._tailor = clip, Tailor(content, picture)
        return self._tailor[1]

    @Slot(object)
    def _on_drawn(self, found: tuple[Key, Layer]) -> None:
        if self.sender() is self._job:
            (frame, worn), layer = found
            self.keep(frame, worn, layer)
            self.drawn.emit(frame)

    @Slot()
    def _on_ended(self) -> None:
        job, self._job = self._job, None
        self._tell(job)
        for key in self._being_drawn:
            if key not in self._layers and job is not None and job.end is JobEnd.FAILED:
                self.keep(*key, NOTHING)  # told once, and not tried again
        self._next()

    @Slot()
    def _on_work_ended(self) -> None:
        self._take_done()
        job = self.sender()
        self._tell(job if isinstance(job, Job) else None)

    def _tell(self, job: Job | None) -> None:
        if job is not None and job.end is JobEnd.FAILED and job.error is not None:
            self._desk.failed.emit(job.error)

    @Slot()
    def _on_clip_changed(self) -> None:
        """Forget what was drawn of another clip."""
        self._layers.clear()
        self._kept_bytes, self._wanted = 0, None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _forget(self, key: Key) -> None:
        gone = self._layers.pop(key, None)
        if gone is not None:
            self._kept_bytes -= gone.rgba.nbytes
