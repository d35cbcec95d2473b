"""What a person does to the colours of a frame in the window: each change is one step that can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.desk import Desk
from app.project import colour_verbs
from app.project.colour_draft import ColourAnswer, ColourDraft, ColourHint, ColourMix
from app.project.model import Kind, Label
from engines.colour.notation import Lab
from engines.labels.rle import RleMask

FIRST_COLOUR: Lab = (55.0, 45.0, 35.0)
Places = Sequence[tuple[float, float]]


class ColourHand(QObject):
    """The colour in hand, the hint that is selected, and every change of what is asked for. GUI thread only."""

    changed = Signal()
    """The colour in hand, the selected hint, or the painted region."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.colour: Lab = FIRST_COLOUR
        self.selected: int | None = None
        """The place of a hint among the frame's."""
        self.picked: ColourAnswer | None = None
        """Among the samples of the frame in view."""
        self.region: RleMask | None = None
        """What was painted to mix another answer in, on the frame in view."""
        desk.changed.connect(self._on_changed)
        desk.view.changed.connect(self._on_view_changed)
        desk.clip_changed.connect(self._on_clip_changed)

    # what is so

    def label(self, frame: int) -> Label | None:
        """Return the label of the clip's colour that is seen on a frame, hidden objects left out."""
        project = self._desk.project
        if project is None:
            return None
        for found in project.objects.values():
            if found.kind is Kind.COLOUR and not found.is_hidden:
                shown = self._desk.shown(found.object_id, frame)
                if shown is not None:
                    return shown[0]
        return None

    def draft(self, frame: int) -> ColourDraft:
        """Return what is asked for on a frame; where nobody has, what it has by now, else the network's answer."""
        project = self._desk.project
        found = None if project is None else project.colour_drafts.get(frame)
        if found is not None:
            return found
        return ColourDraft(ColourAnswer("label")) if self.label(frame) is not None else ColourDraft()

    @property
    def hints(self) -> tuple[ColourHint, ...]:
        """The hints of the frame in view."""
        return self.draft(self._desk.view.frame).hints

    @property
    def hint(self) -> ColourHint | None:
        """The selected hint."""
        hints = self.hints
        return hints[self.selected] if self.selected is not None and self.selected < len(hints) else None

    @property
    def object_id(self) -> int:
        """The object that new hints stay within, 0 for the whole picture."""
        view, project = self._desk.view, self._desk.project
        found = None if project is None else project.objects.get(view.object_id)
        return found.object_id if view.colour_inside and found is not None and found.kind is Kind.MASK else 0

    # hints

    def take(self, colour: Lab) -> None:
        """Take a colour in hand, and give it to the selected hint."""
        self.colour = colour
        hint = self.hint
        if hint is not None and hint.chroma != colour[1:]:
            self._change_hint(replace(hint, chroma=(colour[1], colour[2])), "recolour hint")
        self.changed.emit()

    def select(self, number: int | None) -> None:
        """Select a hint, and take its colour in hand."""
        self.selected = number
        hint = self.hint
        if hint is not None:
            self.colour = (self.colour[0], *hint.chroma)
        self.changed.emit()

    def look_at(self, luminance: float) -> None:
        """Say how light the picture is where the colour in hand belongs."""
        self.colour = (luminance, *self.colour[1:])
        self.changed.emit()

    def add(self, points: Places, width_px: int) -> None:
        """Set the colour in hand on a point, or along a line through several, and select that hint."""
        reach = self._desk.view.colour_reach
        hint = ColourHint(tuple(points), (self.colour[1], self.colour[2]), width_px, reach, self.object_id)
        draft = self.draft(self._desk.view.frame)
        self.selected = len(draft.hints)
        self._ask(replace(draft, hints=(*draft.hints, hint)), "add hint")
        self.changed.emit()

    def move(self, number: int, points: Places) -> None:
        """Put a hint elsewhere."""
        hint = self.hints[number]
        self.selected = number
        self._change_hint(replace(hint, points=tuple(points)), "move hint")

    def set_reach(self, reach: float) -> None:
        """Say how far the selected hint counts, and those to come."""
        self._desk.view.colour_reach = reach
        hint = self.hint
        if hint is not None:
            self._change_hint(replace(hint, reach=self._desk.view.colour_reach), "change reach of hint")

    def delete(self) -> None:
        """Remove the selected hint."""
        draft, hint = self.draft(self._desk.view.frame), self.hint
        if hint is not None:
            number, self.selected = self.selected, None
            hints = tuple(each for place, each in enumerate(draft.hints) if place != number)
            self._ask(replace(draft, hints=hints), "delete hint")
            self.changed.emit()

    def _change_hint(self, hint: ColourHint, text: str) -> None:
        draft = self.draft(self._desk.view.frame)
        hints = tuple(hint if place == self.selected else each for place, each in enumerate(draft.hints))
        self._ask(replace(draft, hints=hints), text)

    # answers

    def pick(self, answer: ColourAnswer | None) -> None:
        """Select a sample; nothing is coloured yet."""
        if answer != self.picked:
            self.picked = answer
            self.changed.emit()

    def use(self, answer: ColourAnswer) -> None:
        """Let an answer lie under the hints, all over the picture."""
        draft = self.draft(self._desk.view.frame)
        self._ask(replace(draft, answer=answer, mixes=()), "choose colours")

    def mix(self, answer: ColourAnswer, region: RleMask) -> None:
        """Let an answer lie under the hints within a region."""
        draft = self.draft(self._desk.view.frame)
        self._ask(replace(draft, mixes=(*draft.mixes, ColourMix(answer, region))), "mix colours")
        self.paint_region(None)

    def start_anew(self) -> None:
        """Ask for nothing on this frame: hints, mixes and chosen answers go."""
        project, view = self._desk.project, self._desk.view
        if project is not None:
            self.selected = None
            self._desk.do(colour_verbs.change_draft(project, view.frame, None, "clear hints"))
            self.changed.emit()

    def paint_region(self, region: RleMask | None) -> None:
        """Show where an answer is to be mixed in."""
        self.region = region if region is not None and region.area else None
        self.changed.emit()

    def _ask(self, draft: ColourDraft, text: str) -> None:
        desk = self._desk
        if desk.project is not None:
            desk.do(colour_verbs.change_draft(desk.project, desk.view.frame, draft, text))

    # what happens around

    @Slot(object)
    def _on_changed(self, _change: object) -> None:
        if self.selected is not None and self.hint is None:
            self.selected = None
            self.changed.emit()

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name == "frame":
            self._let_go()

    @Slot()
    def _on_clip_changed(self) -> None:
        """Put the tool down for a clip that nobody has coloured yet, which is to be seen in its own colours."""
        self._let_go()
        view, project = self._desk.view, self._desk.project
        if project is not None and view.tool == "colour" and not colour_verbs.is_coloured(project):
            view.tool = "select"

    def _let_go(self) -> None:
        self.selected = self.region = self.picked = None
        self.changed.emit()
