"""Objects that were found but not accepted, on the canvas: the box of each that is looked at, and its mask if made."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.desk.proposing_ghosts import Ghost
from app.desk.seen_labels import ShownMask
from app.desk.workspace import Workspace
from app.project.model import Label, Object, Provenance
from widgets.canvas import marks
from widgets.canvas.mask_layer import MaskLayer
from widgets.canvas.sampling import Grid
from widgets.canvas.viewport import Viewport

GHOST_RGB = (96, 220, 255)
"""Not among the colours that objects are given."""
NO_MASK = 0


class TubeLayer:
    """Paints the tube under the pointer, wherever that is, and those that are selected. GUI thread only."""

    def __init__(self, workspace: Workspace, masks: MaskLayer) -> None:
        """Share decoded masks with `masks`."""
        self._ghosts = workspace.proposer.ghosts
        self._masks = MaskLayer()
        self._masks.crops = masks.crops

    def looked_at(self) -> Iterator[Ghost]:
        """Yield the tubes to be seen: those selected, and on top that under the pointer."""
        pointed = self._ghosts.of(self._ghosts.pointed)
        for ghost_id in self._ghosts.selected:
            found = self._ghosts.of(ghost_id)
            if found is not None and found is not pointed:
                yield found
        if pointed is not None:
            yield pointed

    def paint(
        self, painter: QPainter, viewport: Viewport, frame: int, exposed: Grid, pixel_ratio: float, opacity: float
    ) -> None:
        """Paint what is looked at on `frame`; `opacity` is that of masks, and what is exposed the painter's clip."""
        ghosts = list(self.looked_at())
        self._masks.opacity = opacity
        self._masks.set_shown([shown for ghost in ghosts if (shown := self._mask(ghost, frame)) is not None])
        self._masks.paint(painter, exposed, pixel_ratio)
        for ghost in ghosts:
            box = self._ghosts.box(ghost, frame)
            if box is not None:
                self._paint_box(painter, viewport, ghost, QRectF(*viewport.rect_of(*(float(side) for side in box))))

    def _mask(self, ghost: Ghost, frame: int) -> ShownMask | None:
        mask = self._ghosts.pixels(ghost).masks.get(frame)
        if mask is None or mask.area == 0:
            return None
        stand_in = Object(-ghost.ghost_id, "", GHOST_RGB)
        return ShownMask(stand_in, Label(Provenance.DERIVED, NO_MASK), mask, is_proposal=True, is_stale=False)

    def _paint_box(self, painter: QPainter, viewport: Viewport, ghost: Ghost, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks.twice(painter, lambda: painter.drawRect(box), is_dashed=ghost.ghost_id != self._ghosts.pointed)
        words = f"{self._ghosts.rank(ghost)} · {ghost.tube.score:.2f}"
        height = marks.label_box(painter, QPointF(), words).height()
        above = box.top() - height / 2 - 2
        middle = above if above > height / 2 else box.top() + height / 2 + 2
        marks.paint_label(painter, marks.label_box(painter, QPointF(box.left(), middle), words), words)
