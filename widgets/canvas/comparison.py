"""What is proposed beside what was: either side of a line, in turns, or the pixels in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QTimer, Slot
from PySide6.QtGui import QColor, QPainter

from app.project.model import Object
from engines.labels.rle import RleMask
from widgets.canvas import marks
from widgets.canvas.mask_layer import MaskLayer
from widgets.canvas.sampling import Grid
from widgets.canvas.swipe_line import GAP_PX, REACH_PX, paint_swipe_line
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.seen_labels import ShownMask
    from app.desk.workspace import Workspace

BLINK_MS = 700
"""Long enough to look at each of the two, short enough to see what jumps."""
ADDED_RGB, REMOVED_RGB = (86, 180, 233), (230, 159, 0)
"""Sky blue and orange, told apart with any colour vision (Okabe and Ito, 2008); what is removed is striped as well."""
DIFFERENCE_OPACITY = 0.8
BEFORE, PROPOSED = "before", "proposed"
NOTHING = "nothing is proposed on this frame"
SAME = "no pixel differs"
MOST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """In which pixels of a frame an object's proposal differs from what was."""

    object: Object
    added: RleMask
    removed: RleMask


def differences(before: Sequence[ShownMask], proposed: Sequence[ShownMask]) -> list[Difference]:
    """Return where the masks of the same frame differ, for each object of which any pixel does."""
    was = {shown.object.object_id: shown.mask for shown in before}
    found = []
    for shown in proposed:
        mask = shown.mask
        earlier = was.get(shown.object.object_id, RleMask.empty(mask.width, mask.height))
        if earlier != mask:
            found.append(Difference(shown.object, mask.minus(earlier), earlier.minus(mask)))
    return found


class Comparison(QObject):
    """Paints two sets of masks as `ViewState.compare_by` says, while the Compare tool is in hand. GUI thread only."""

    def __init__(self, workspace: Workspace, proposed: MaskLayer, parent: QObject | None = None) -> None:
        """Show what is proposed in `proposed`, the layer that tools look at."""
        super().__init__(parent)
        self._workspace, self._view = workspace, workspace.view
        self.proposed = proposed
        self.before, self.changed_pixels = MaskLayer(), MaskLayer()
        for layer in (self.before, self.changed_pixels):
            layer.crops = proposed.crops
        self.changed_pixels.opacity = DIFFERENCE_OPACITY
        self.differences: list[Difference] = []
        self._shown: tuple[list[ShownMask], list[ShownMask]] = ([], [])
        self._has_proposal = False
        self._line_x = 0.0
        self.timer = QTimer(self, interval=BLINK_MS)
        self.timer.timeout.connect(self.alternate)
        self._view.changed.connect(self.on_view_changed)

    @property
    def is_on(self) -> bool:
        """Whether there is anything to be compared."""
        return bool(self._view.tool == "compare")

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Begin or end blinking."""
        if name in ("tool", "compare_by"):
            is_blinking = self.is_on and self._view.compare_by == "blink"
            self._view.shows_before = is_blinking
            if is_blinking:
                self.timer.start()
            else:
                self.timer.stop()
        elif name == "shows_before" and self.timer.isActive():
            self.timer.start()  # a click gives each side its full time

    @Slot()
    def alternate(self) -> None:
        """Show the other one."""
        self._view.shows_before = not self._view.shows_before

    def clear(self) -> None:
        """Compare nothing: the clip has gone."""
        self._compare([], [])

    def read(self, frame: int) -> bool:
        """Compare the masks of `frame` as they are now, and return whether they are others than before."""
        shown = self._workspace.seen.compared(frame)
        self.proposed.set_shown(shown[1])  # it shows other things while nothing is compared
        is_new = shown != self._shown
        if is_new:
            self._compare(*shown)
        return is_new

    def _compare(self, before: list[ShownMask], proposed: list[ShownMask]) -> None:
        self._shown = (before, proposed)
        self.before.set_shown(before)
        self._has_proposal = any(shown.is_proposal for shown in proposed)
        self.differences = differences(before, proposed)
        looks = {shown.object.object_id: shown for shown in proposed}
        pixels = [
            replace(
                looks[found.object.object_id],
                object=replace(found.object, object_id=len(self.differences) * is_removed + number, colour=colour),
                mask=mask,
                is_proposal=is_removed,  # which is striped
                is_stale=False,
            )
            for number, found in enumerate(self.differences)
            for mask, colour, is_removed in ((found.added, ADDED_RGB, False), (found.removed, REMOVED_RGB, True))
        ]
        self.changed_pixels.set_shown(pixels, ghosts=proposed)

    # where the line is

    def _line(self, viewport: Viewport) -> float:
        """Return where the line of a swipe stands, in screen pixels of the canvas."""
        clip = self._workspace.clip
        return viewport.to_view(self._view.swipe_at * (clip.width if clip is not None else 0) - 0.5, 0)[0]

    def swiped(self, viewport: Viewport, room: QRect) -> QRect:
        """Return what must be painted again when the line has moved."""
        before, self._line_x = self._line_x, self._line(viewport)
        left, right = sorted((before, self._line_x))
        return QRectF(left - REACH_PX, 0, right - left + 2 * REACH_PX, room.height()).toAlignedRect()

    # painting

    def paint(self, painter: QPainter, viewport: Viewport, exposed: Grid, pixel_ratio: float) -> None:
        """Paint the masks in `exposed`, device pixels; the painter is untransformed."""
        before, proposed = self.before, self.proposed
        before.selected_id, before.opacity, before.has_outline = (
            proposed.selected_id,
            proposed.opacity,
            proposed.has_outline,
        )
        if self._view.compare_by == "difference":
            self.changed_pixels.paint(painter, exposed, pixel_ratio)
        elif self._view.compare_by == "blink":
            (before if self._view.shows_before else proposed).paint(painter, exposed, pixel_ratio)
        else:
            self._line_x = self._line(viewport)
            column = min(max(round(self._line_x * pixel_ratio) - exposed.left, 0), exposed.width)
            before.paint(painter, replace(exposed, width=column), pixel_ratio)
            right = replace(exposed, left=exposed.left + column, width=exposed.width - column)
            proposed.paint(painter, right, pixel_ratio)

    def paint_words(self, painter: QPainter, viewport: Viewport, room: QRect) -> None:
        """Say what is seen where, over the whole canvas `room`; what is exposed is the painter's clip."""
        painter.save()
        top = GAP_PX + painter.fontMetrics().height() / 2
        if not self._has_proposal:
            _write(painter, room.width() / 2, top, NOTHING, centre=True)
        elif self._view.compare_by == "blink":
            _write(painter, room.width() / 2, top, BEFORE if self._view.shows_before else PROPOSED, centre=True)
        elif self._view.compare_by == "difference":
            self._paint_counts(painter, top)
        else:
            paint_swipe_line(painter, self._line(viewport), top, room.height(), BEFORE, PROPOSED)
        painter.restore()

    def _paint_counts(self, painter: QPainter, top: float) -> None:
        """Write how many pixels are added and removed, in all where that is more than one object, and for each."""
        found = self.differences
        rows = [(each.object.name, each.added.area, each.removed.area) for each in found[:MOST_ROWS]]
        if not rows:
            _write(painter, GAP_PX, top, SAME)
        elif len(found) > 1:
            sums = sum(each.added.area for each in found), sum(each.removed.area for each in found)
            rows.insert(0, (f"{len(found)} objects", *sums))
        for row, (name, n_added, n_removed) in enumerate(rows):
            x = GAP_PX
            for text, colour in (
                (name, marks.LIGHT),
                (f"{n_added:,} px added", QColor(*ADDED_RGB)),
                (f"{n_removed:,} px removed", QColor(*REMOVED_RGB)),
            ):
                x += _write(painter, x, top + row * (painter.fontMetrics().height() + 3), text, colour) + 3


def _write(
    painter: QPainter, x: float, y: float, text: str, colour: QColor = marks.LIGHT, *, centre: bool = False
) -> float:
    """Write a label whose left end, or middle, lies at `x`, and return how wide it is."""
    width = marks.label_width(painter, text)
    start = x - width / 2 if centre else x
    marks.paint_label(painter, marks.label_box(painter, QPointF(start, y), text), text, colour)
    return width
