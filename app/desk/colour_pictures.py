"""Frames in colour as the window shows them: which picture is wanted, and which of them are there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.desk.colour_hand import ColourHand
from app.desk.colour_lane import ColourLane
from app.desk.desk import Desk
from app.project.colour_draft import ColourAnswer, ColourDraft
from app.project.project import Project
from app.tasks.colour_levels import ColourLabel
from app.tasks.colour_still import Coloured, ColourRequest, ColoursStills
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting

KEPT_BYTES = 192 << 20
AHEAD, AHEAD_PLAYING = 1, 6
"""Frames after the one in view that are coloured before they are asked for, as far as their pictures are there."""
LABELLED = ColourDraft(ColourAnswer("label"))


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture with all that it depends on."""

    key: Hashable
    coloured: Coloured


class ColourPictures(QObject):
    """Has frames coloured on the lane, the one in view first, and keeps what fits. GUI thread only."""

    changed = Signal()
    """Another picture is to be seen, or none."""

    def __init__(self, desk: Desk, hand: ColourHand, lane: ColourLane) -> None:
        super().__init__(desk)
        self._desk, self._hand, self._lane = desk, hand, lane
        self._kept: OrderedDict[Hashable, Coloured] = OrderedDict()
        self._wanted: Hashable = None
        self._latest: Coloured | None = None
        self.why_not = ""
        """Why the frame in view is not coloured as it is asked for, a sentence; empty while all is well."""

    @property
    def is_on(self) -> bool:
        """Whether frames are seen as hints ask."""
        return self._desk.view.tool == "colour" and self._desk.clip is not None

    def at(self, frame: int) -> Coloured | None:
        """Return a frame in colour, where it is to be seen so and the picture is there.

        While a new one is made, the one before it stays; while the clip plays, that of another frame too.
        """
        wanted = self._key(frame)
        found = None if wanted is None else self._kept.get(wanted)
        if found is None and wanted is not None and self._latest is not None:
            is_near = self._latest.frame == frame or self._desk.view.is_playing
            return self._latest if is_near else None
        return found

    def request(self, frame: int, draft: ColourDraft, *, is_quick: bool = False) -> Callable[[], ColourRequest] | None:
        """Return what makes the request on the lane's thread: contents may have to be read. None without a picture."""
        project, picture = self._desk.project, self._desk.picture(frame)
        if project is None or picture is None:
            return None
        regions, labels = self._sources(frame, draft)

        def made() -> ColourRequest:
            known = {at: colour_label(project, mask_id) for at, mask_id in labels.items()}
            masks = {object_id: project.mask(mask_id) for object_id, mask_id in regions.items()}
            return ColourRequest(frame, picture.image, draft, masks, known, is_quick)

        return made

    def look(self) -> None:
        """Have the frame in view coloured, unless it is or need not be."""
        view = self._desk.view
        wanted = self._key(view.frame)
        is_done = wanted is None or self.why_not or self._is_known(wanted) or self._lane.asks("look")
        if wanted == self._wanted and is_done:
            return
        self._wanted, self.why_not = wanted, ""
        known = self._kept.get(wanted)
        if known is not None:
            self._kept.move_to_end(wanted)
            self._latest = known
        if wanted is None or self._is_known(wanted) or not self._ask("look", view.frame):
            self._lane.drop("look")
            self.look_ahead()
        self.changed.emit()

    def look_ahead(self) -> None:
        """Have one of the frames that come next coloured, where nothing else is to be done."""
        view = self._desk.view
        if self._lane.is_busy or (self.is_on and not view.is_playing):
            return
        for frame in range(view.frame + 1, view.frame + 1 + (AHEAD_PLAYING if view.is_playing else AHEAD)):
            key = self._key(frame)
            if key is not None and not self._is_known(key) and self._ask("ahead", frame):
                return

    def take(self, looked: Looked) -> None:
        """Keep a picture that was made."""
        self._kept[looked.key] = looked.coloured
        self._kept.move_to_end(looked.key)
        n_most = max(2, KEPT_BYTES // looked.coloured.image.nbytes)
        while len(self._kept) > n_most:
            self._kept.popitem(last=False)
        if looked.key == self._wanted:
            self._latest = looked.coloured
            self.changed.emit()

    def on_ended(self, slot: str, why_not: str) -> None:
        """Hear that a question is answered, or why it is not."""
        if slot == "look":
            self.why_not = why_not
            self.look()  # what was made while the clip played is made well once it stands
        if not why_not:
            self.look_ahead()

    def clear(self) -> None:
        """Let go of everything: the clip is another one."""
        self._kept.clear()
        self._wanted = self._latest = None
        self.why_not = ""
        self.changed.emit()

    def _is_known(self, key: Hashable) -> bool:
        """Return whether a picture is there that is good enough for now."""
        known = self._kept.get(key)
        return known is not None and (known.is_final or bool(self._desk.view.is_playing))

    def _ask(self, slot: str, frame: int) -> bool:
        """Have a frame's picture made, and return whether it can be."""
        key, draft = self._key(frame), self._draft(frame)
        is_quick = bool(self._desk.view.is_playing)
        request = None if draft is None else self.request(frame, draft, is_quick=is_quick)
        if request is not None:
            self._lane.ask(slot, partial(_looks, key=key, request=request))
        return request is not None

    def _draft(self, frame: int) -> ColourDraft | None:
        """Return as what a frame is to be seen, None for as it is."""
        if self.is_on and not self._desk.view.is_playing:
            return self._hand.draft(frame)
        return LABELLED if self._hand.label(frame) is not None else None

    def _sources(self, frame: int, draft: ColourDraft) -> tuple[dict[int, int], dict[int, int]]:
        """Return the contents that a draft takes, by id: masks by object, and labels of colour by frame."""
        regions, labels = {}, {}
        for object_id in {hint.object_id for hint in draft.hints if hint.object_id}:
            shown = self._desk.shown(object_id, frame)
            if shown is not None:
                regions[object_id] = shown[0].mask_id
        for answer in draft.answers:
            source = frame if answer.kind == "label" else answer.frame
            label = self._hand.label(source) if answer.kind in ("label", "reference") else None
            if label is not None:
                labels[source] = label.mask_id
        return regions, labels

    def _key(self, frame: int) -> Hashable:
        """Return what a frame's picture in colour depends on, None where there is none."""
        draft = self._draft(frame)
        if draft is None or self._desk.project is None:
            return None
        regions, labels = self._sources(frame, draft)
        return frame, draft, frozenset(regions.items()), frozenset(labels.items())


def colour_label(project: Project, mask_id: int) -> ColourLabel:
    """Return what a label of colour shows. Any thread."""
    content = project.content(mask_id)
    if not isinstance(content, Painting | ChromaMap):
        raise TypeError(f"label {mask_id} is none of colour")
    return content


def _looks(colourer: ColoursStills, *, key: Hashable, request: Callable[[], ColourRequest]) -> Iterator[Any]:
    """Yield why there is no network, then the pictures. Lane's thread."""
    yield colourer.why_no_network
    for coloured in colourer.look(request()):
        yield Looked(key, coloured)
