"""Colour in the window: which coloured picture is seen, samples, likely colours, and the thread that makes them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.desk.colour_hand import ColourHand
from app.desk.colour_lane import ColourLane
from app.desk.colour_pictures import ColourPictures, Looked, colour_label
from app.desk.desk import Desk
from app.errors import UserError
from app.media.clip import Clip
from app.project import colour_verbs, paint_verbs, verbs
from app.project.colour_draft import ColourAnswer, ColourDraft
from app.project.edits import Change
from app.project.model import Kind
from app.tasks.colour_flicker import Flicker, FlickerStep
from app.tasks.colour_still import (
    ClassMap,
    ColoursStills,
    KeptColours,
    LikelyColours,
    ReferencePicture,
    SampleDrawn,
    StillColourer,
)
from engines.labels.rle import RleMask

KEPT_STRIPS = 8
"""Frames whose samples are kept."""


class Colouring(QObject):
    """What the Colour tool and coloured frames show. GUI thread only.

    With the tool in hand the frame in view is seen as its hints ask; without it, as its label of colour says.
    """

    changed = Signal()
    """Samples, likely colours, classes, or why something is missing."""
    picture_changed = Signal()
    """Another coloured picture is to be seen, or none."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.make_colourer: Callable[[Clip], ColoursStills] = lambda clip: StillColourer(clip, desk.engines)
        self.hand = ColourHand(desk)
        self.why_no_network = ""
        """Why there are no colours of a network, a sentence with its remedy; empty while all is well."""
        self.likely: LikelyColours | None = None
        self.class_map: ClassMap | None = None
        self.reference: ReferencePicture | None = None
        self.flicker: FlickerStep | Flicker | None = None
        """How much colours flicker by now, or how far measuring is; None where nobody asked since they last changed."""
        self._strips: OrderedDict[int, list[SampleDrawn]] = OrderedDict()
        self._lane = ColourLane(lambda clip: self.make_colourer(clip), self)
        self.pictures = ColourPictures(desk, self.hand, self._lane)
        self.pictures.changed.connect(self.picture_changed)
        self._lane.answered.connect(self._on_answer)
        self._lane.ended.connect(self._on_ended)
        desk.clip_changed.connect(self._on_clip_changed)
        desk.frame_ready.connect(self._on_frame_ready)
        desk.changed.connect(self._on_changed)
        desk.view.changed.connect(self._on_view_changed)

    # what is so

    @property
    def is_on(self) -> bool:
        """Whether frames are seen as hints ask."""
        return self.pictures.is_on

    def picture(self, frame: int) -> NDArray[np.uint8] | None:
        """Return a frame in colour, RGB uint8 (H, W, 3), where it is to be seen so and the picture is there.

        While a new one is made, the one before it stays; while the clip plays, that of another frame too.
        """
        found = self.pictures.at(frame)
        return None if found is None else found.image

    def unseen(self, frame: int) -> NDArray[np.bool_] | None:
        """Return where what a run carried to a frame had not been seen anywhere, None where nothing was carried."""
        found = self.pictures.at(frame)
        return None if found is None else found.unseen

    @property
    def why_not(self) -> str:
        """Return why the frame in view is not coloured as it is asked for, a sentence; empty while all is well."""
        return self.pictures.why_not

    @property
    def is_late(self) -> bool:
        """Whether the picture that is to be seen is still being made."""
        return self._lane.asks("look")

    @property
    def samples(self) -> list[SampleDrawn]:
        """What the strip shows for the frame in view: the single answer, and samples as they come."""
        return self._strips.get(self._desk.view.frame, [])

    @property
    def is_sampling(self) -> bool:
        """Whether more of them will come."""
        return self._lane.asks("samples")

    # what may be asked for

    def draw(self) -> None:
        """Draw samples of the frame in view, as many and from the seed that the view says."""
        view = self._desk.view
        request = self.pictures.request(view.frame, self.hand.draft(view.frame))
        if request is None:
            return
        self._strips[view.frame] = []
        self._strips.move_to_end(view.frame)
        while len(self._strips) > KEPT_STRIPS:
            self._strips.popitem(last=False)
        seed, numbers = view.colour_seed, range(view.colour_samples)
        self._lane.ask("samples", lambda colourer: colourer.samples(request(), seed, numbers))
        self.changed.emit()

    def stop_drawing(self) -> None:
        """Leave it at the samples that are there."""
        self._lane.drop("samples")
        self.changed.emit()

    def look_for_likely(self, x: float, y: float) -> None:
        """Find out which colours are likely at a place of the frame in view."""
        frame = self._desk.view.frame
        request = self.pictures.request(frame, self.hand.draft(frame))
        if request is not None:
            self._lane.ask("likely", lambda colourer: colourer.likely(request(), x, y))

    def take_reference(self, *, frame: int = -1, path: str = "") -> None:
        """Take a frame of the clip, as it is coloured by now, or a picture in a file, as the reference."""
        view = self._desk.view
        request = self.pictures.request(view.frame, ColourDraft(ColourAnswer("reference", frame=frame, path=path)))
        if request is not None:
            self._lane.ask("reference", lambda colourer: colourer.reference(request()))

    def keep(self) -> None:
        """Make what is asked for the frame's anchor of colour."""
        frame = self._desk.view.frame
        request = self.pictures.request(frame, self.hand.draft(frame))
        if request is not None:
            self._lane.ask("keep", lambda colourer: colourer.keep(request()))

    def measure_flicker(self) -> None:
        """Find out how much the colours of neighbouring frames that have some differ."""
        project, clip = self._desk.project, self._desk.clip
        if project is None or clip is None:
            return
        ids = {frame: label.mask_id for frame in range(clip.n_frames) if (label := self.hand.label(frame)) is not None}
        labels = {frame: partial(colour_label, project, mask_id) for frame, mask_id in ids.items()}
        self.flicker = FlickerStep(0, len(labels))
        self._lane.ask("flicker", lambda colourer: colourer.flicker(labels))
        self.changed.emit()

    def region(self) -> RleMask | None:
        """Return where an answer would be mixed in: what was painted, else the selected object's mask, else None."""
        if self.hand.region is not None:
            return self.hand.region
        view, project = self._desk.view, self._desk.project
        found = None if project is None else project.objects.get(view.object_id)
        if project is None or found is None or found.kind is not Kind.MASK:
            return None
        shown = self._desk.shown(found.object_id, view.frame)
        mask = None if shown is None else project.mask(shown[0].mask_id)
        return mask if mask is not None and mask.area else None

    def _ask_classes(self) -> None:
        """Have the classes of the frame in view, where they are to be seen."""
        view = self._desk.view
        if not (self.is_on and view.show_classes) or view.is_playing:
            self._lane.drop("classes")
            return
        request = self.pictures.request(view.frame, ColourDraft())
        if request is not None and (self.class_map is None or self.class_map.frame != view.frame):
            self._lane.ask("classes", lambda colourer: colourer.classes(request()))

    # answers

    @Slot(str, object)
    def _on_answer(self, slot: str, value: Any) -> None:
        frame = self._desk.view.frame
        if isinstance(value, Looked):
            self.pictures.take(value)
        elif isinstance(value, SampleDrawn):
            strip = self._strips.setdefault(value.frame, [])
            if all(drawn.answer != value.answer for drawn in strip):
                strip.append(value)
        elif isinstance(value, LikelyColours) and value.frame == frame:
            self.likely = value
        elif isinstance(value, ClassMap) and value.frame == frame:
            self.class_map = value
            self.picture_changed.emit()
        elif isinstance(value, FlickerStep | Flicker):
            self.flicker = value
        elif isinstance(value, ReferencePicture):
            self.reference = value
        elif isinstance(value, KeptColours):
            self._on_kept(value)
        elif isinstance(value, str):
            self.why_no_network = value
        self.changed.emit()

    def _on_kept(self, kept: KeptColours) -> None:
        desk, project = self._desk, self._desk.project
        if project is None:
            return
        found = colour_verbs.colour_object(project, desk.view.object_id)
        text = f"keep colours of frame {kept.frame}"
        if found is not None and found.is_locked:
            desk.say(f"{found.name} is locked; unlock it in the object list to keep colours.")
            return
        if found is not None:
            desk.do(paint_verbs.paint_picture(project, found.object_id, kept.frame, kept.painting, text=text))
        else:
            desk.undo_stack.beginMacro(text)
            added = verbs.add_object(project, colour_verbs.COLOUR_NAME, kind=Kind.COLOUR)
            desk.do(added)
            object_id = next(iter(added.objects))
            desk.do(paint_verbs.paint_picture(project, object_id, kept.frame, kept.painting, text=text))
            desk.undo_stack.endMacro()
        name = colour_verbs.COLOUR_NAME if found is None else found.name
        desk.say(f"Frame {kept.frame} is an anchor of {name}.")

    @Slot(str, object)
    def _on_ended(self, slot: str, error: UserError | None) -> None:
        self.pictures.on_ended(slot, "" if error is None else str(error))
        if error is not None and slot not in ("look", "ahead"):
            self._desk.failed.emit(error)
        self.changed.emit()

    # what happens around

    @Slot()
    def _on_clip_changed(self) -> None:
        self._strips.clear()
        self.likely = self.class_map = self.reference = self.flicker = None
        self._lane.begin(self._desk.clip)
        self.pictures.clear()
        self.changed.emit()

    @Slot(int, object)
    def _on_frame_ready(self, _frame: int, _picture: object) -> None:
        self.pictures.look()
        self._ask_classes()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        self.pictures.look()
        if any(self._is_of_colour(object_id) for object_id in change.object_ids):
            self.flicker = None
            self._lane.drop("flicker")
        self.changed.emit()

    def _is_of_colour(self, object_id: int) -> bool:
        """Return whether an object is one of colour, or may have been one."""
        project = self._desk.project
        found = None if project is None else project.objects.get(object_id)
        return found is None or found.kind is Kind.COLOUR

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name == "frame":
            self.likely = None
            self._lane.drop("samples")
            self.pictures.look()
            self._ask_classes()
            self.changed.emit()
        elif name in ("tool", "is_playing", "show_proposals"):
            self.pictures.look()
            self._ask_classes()
            self.changed.emit()
        elif name == "show_classes":
            self._ask_classes()
            self.picture_changed.emit()

    def shut_down(self) -> None:
        """End the thread."""
        self._lane.shut_down()
