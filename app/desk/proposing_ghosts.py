"""What has been found and not yet taken over: a list of tubes, which are selected, and what a person does to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand

from app.desk.desk import Desk
from engines.labels.rle import RleMask
from engines.proposals.tubes import Tube, divided, joined


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The search that found a tube, and what it told of all it found. `run_id` is what the project knows it by."""

    weights: str
    """A name or a file, "" being the default."""
    run_id: int
    told: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ghost:
    """A tube that somebody may take over. `ghost_id` is never used again while the program runs."""

    ghost_id: int
    tube: Tube
    source: Source


@dataclass(slots=True, eq=False)
class Pixels:
    """What is known by now of a ghost's pixels: masks by frame, its picture, and whether its mask can be carried."""

    masks: dict[int, RleMask] = field(default_factory=dict)
    boxes: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    """Those around the masks, left, top, right, bottom."""
    mask_ids: dict[int, int] = field(default_factory=dict)
    """Under which the project has them, for those that it has."""
    thumbnail: NDArray[np.uint8] | None = None
    """RGB (h, w, 3)."""
    survival: float | None = None
    """Overlap of its best frame's mask with itself, carried some frames away and back."""


class Ghosts(QObject):
    """The tubes found in the open clip, the best first. GUI thread only.

    They belong to no project: closing the clip gives up what was not accepted. Each change of the list is a step for
    undo; which are selected is not.
    """

    changed = Signal()
    """Others are there, or shown, or selected; or one has its picture."""
    looked_at = Signal()
    """What is to be seen of them on the canvas is something else."""
    listed = Signal()
    """Others are there."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._next_id = 1
        self._pixels: dict[int, Pixels] = {}
        self._place = 0  # of the one that was current last
        self.all: tuple[Ghost, ...] = ()
        self.selected: tuple[int, ...] = ()
        """Ids, the one chosen last at the end."""
        self.pointed: int | None = None
        """The id of the one under the pointer."""
        desk.view.changed.connect(self._on_view_changed)

    # what is so

    @property
    def shown(self) -> tuple[Ghost, ...]:
        """The best of them, as many as the person asks for."""
        return self.all[: self._desk.view.most_tubes]

    @property
    def current(self) -> Ghost | None:
        """The one that was selected last."""
        return self.of(self.selected[-1]) if self.selected else None

    def of(self, ghost_id: int | None) -> Ghost | None:
        """Return the one with an id, None where it is gone."""
        return next((each for each in self.all if each.ghost_id == ghost_id), None)

    def rank(self, ghost: Ghost) -> int:
        """Return the place of one that is there, counted from 1."""
        return self.all.index(ghost) + 1

    def pixels(self, ghost: Ghost) -> Pixels:
        """Return what is known of its pixels, to be read or added to."""
        return self._pixels.setdefault(ghost.ghost_id, Pixels())

    def box(self, ghost: Ghost, frame: int) -> NDArray[np.float32] | None:
        """Return its box on a frame, (4,) left, top, right, bottom: that of its mask once there is one; or None."""
        found = self.pixels(ghost).boxes.get(frame, ghost.tube.boxes[frame])
        return None if np.isnan(found).any() else found

    def missing(self, ghost: Ghost) -> list[int]:
        """Return the frames on which it is there and has no mask yet."""
        masks = self.pixels(ghost).masks
        return [frame for frame in np.flatnonzero(ghost.tube.is_there).tolist() if frame not in masks]

    # looking at them

    def select(self, ghost_ids: Iterable[int]) -> None:
        """Select these, the last one as the current one."""
        there = {each.ghost_id for each in self.shown}
        chosen = tuple(each for each in dict.fromkeys(ghost_ids) if each in there)
        if chosen != self.selected:
            self.selected = chosen
            if self.current is not None:
                self._place = self.all.index(self.current)
            self.changed.emit()
            self.looked_at.emit()

    def toggle(self, ghost_id: int) -> None:
        """Select one more, or one less."""
        others = tuple(each for each in self.selected if each != ghost_id)
        self.select(others if ghost_id in self.selected else (*others, ghost_id))

    def go_to(self, ghost_id: int) -> None:
        """Select one and show the frame on which it is most like itself."""
        self.select((ghost_id,))
        current = self.current
        if current is not None:
            self._desk.view.is_playing = False
            self._desk.request_frame(current.tube.best_frame)

    def step(self, n_places: int) -> None:
        """Go to the one so many places further down the list, round its ends.

        Where the current one has gone, the next one is what has taken its place.
        """
        shown, current = self.shown, self.current
        if shown:
            start = self._place - (n_places > 0) if current is None else shown.index(current)
            self.go_to(shown[(start + n_places) % len(shown)].ghost_id)

    def point(self, ghost_id: int | None) -> None:
        """Show one, whichever are selected, as long as the pointer is on it."""
        if ghost_id != self.pointed:
            self.pointed = ghost_id
            self.looked_at.emit()

    # changing the list

    def reject(self) -> None:
        """Drop those that are selected."""
        kept = tuple(each for each in self.all if each.ghost_id not in self.selected)
        ranks = [self.rank(each) for each in self.all if each not in kept]
        if len(ranks) == 1:
            self._do(f"reject tube {ranks[0]}", kept)
            self._desk.say(f"Tube {ranks[0]} rejected; Ctrl+Z brings it back.")
        elif ranks:
            self._do(f"reject {len(ranks)} tubes", kept)
            self._desk.say(f"{len(ranks)} tubes rejected; Ctrl+Z brings them back.")

    def merge(self) -> None:
        """Make one of those that are selected, in the place of the best of them; its masks are made anew."""
        parts = [each for each in self.all if each.ghost_id in self.selected]
        if len(parts) > 1:
            one = self.made(joined([each.tube for each in parts]), parts[0].source)
            after = (one if each is parts[0] else each for each in self.all if each not in parts[1:])
            self._do("merge tubes", tuple(after), one)

    def why_no_split(self) -> str:
        """Return why the current one cannot be split at the frame in view, a sentence, or ""."""
        current, frame = self.current, self._desk.view.frame
        if current is None:
            return "Select a tube first."
        there = current.tube.is_there
        return "" if there[:frame].any() and there[frame:].any() else "It has no box on one side of this frame."

    def split(self) -> None:
        """Make two of the current one: what is before the frame in view, and the rest. Masks stay."""
        current, frame = self.current, self._desk.view.frame
        if current is None or self.why_no_split():
            return
        known = self.pixels(current)
        parts = [self.made(tube, current.source) for tube in divided(current.tube, frame)]
        for part in parts:
            for at in np.flatnonzero(part.tube.is_there).tolist():
                if at in known.masks:
                    self.pixels(part).masks[at], self.pixels(part).boxes[at] = known.masks[at], known.boxes[at]
        place = self.all.index(current)
        self._do("split tube", (*self.all[:place], *parts, *self.all[place + 1 :]), parts[1])

    def made(self, tube: Tube, source: Source) -> Ghost:
        """Return a new one, which is not in the list yet."""
        self._next_id += 1
        return Ghost(self._next_id - 1, tube, source)

    def without(self, ghost: Ghost) -> GhostsCommand:
        """Return the command that takes one off the list, to be a part of a step for undo."""
        return GhostsCommand(self, "", tuple(each for each in self.all if each is not ghost))

    def replace_all(self, found: tuple[Ghost, ...]) -> None:
        """Show what a new search has found in place of all."""
        self._place = 0
        self._do("find objects", found, None)

    def _do(self, text: str, after: tuple[Ghost, ...], wanted: Ghost | None = None) -> None:
        """Change the list in one step for undo, and select `wanted`, or what takes the current one's place."""
        current = self.current
        place = None if current is None else self.all.index(current)
        self._desk.undo_stack.push(GhostsCommand(self, text, after))
        if wanted is None and place is not None and after:
            wanted = after[min(place, len(after) - 1)]
        self.select(() if wanted is None else (wanted.ghost_id,))

    def put(self, ghosts: tuple[Ghost, ...]) -> None:
        """Show these and no others: for undo commands, and for another clip."""
        self.all = ghosts
        self._drop_hidden()
        self.listed.emit()
        self.changed.emit()
        self.looked_at.emit()

    def clear(self) -> None:
        """Forget all: there is another clip."""
        self._pixels.clear()
        self.put(())

    def _drop_hidden(self) -> None:
        """Let nothing be selected or pointed at that is not shown."""
        there = {each.ghost_id for each in self.shown}
        self.selected = tuple(each for each in self.selected if each in there)
        self.pointed = self.pointed if self.pointed in there else None

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name == "most_tubes":
            self._drop_hidden()
            self.changed.emit()
            self.looked_at.emit()


class GhostsCommand(QUndoCommand):
    """One change of the list. Ghosts belong to no project, so it is not an `Edit`."""

    def __init__(self, ghosts: Ghosts, text: str, after: tuple[Ghost, ...]) -> None:
        super().__init__(text)
        self._ghosts = ghosts
        self._before, self._after = ghosts.all, after

    def redo(self) -> None:
        """Show the list as it became."""
        self._ghosts.put(self._after)

    def undo(self) -> None:
        """Show the list as it was."""
        self._ghosts.put(self._before)
