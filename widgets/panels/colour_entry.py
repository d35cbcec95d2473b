"""Choosing a colour exactly: written down, from the gamut at one luminance, or among likely ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engines.colour.notation import MOST_CHROMA, Lab, gamut_plane, read_colour, rgb_of, write_colour
from widgets.canvas import marks

PLANE_PX = 132
PLANE_CELLS = 96
"""The plane is drawn this fine: a millisecond or two (measured)."""
NOTATIONS = {"hex": "Hex", "rgb": "RGB", "lab": "Lab"}
_STEP = 1.0
"""Of a and b, by an arrow key."""
_KEYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class Swatch(QToolButton):
    """A button in a colour."""

    def __init__(self, side_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colour = QColor(128, 128, 128)
        self.setFixedSize(QSize(side_px, side_px))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_colour(self, lab: Lab) -> None:
        """Take on a colour."""
        self.colour = QColor(*rgb_of(lab))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill it with the colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        is_pointed = self.isEnabled() and (self.underMouse() or self.hasFocus())
        painter.setPen(self.palette().highlight().color() if is_pointed else self.palette().mid().color())
        painter.setBrush(self.colour)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)


class ColourEntry(QWidget):
    """A colour as it is written, in one of three notations. `entered` carries what a person wrote, as Lab.

    Above it stands what it is the colour of, beside the button that lets go of the selected hint.
    """

    entered = Signal(object)
    refused = Signal(str)
    """Why what was written is no colour."""

    def __init__(self, let_go: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab: Lab = (50.0, 0.0, 0.0)
        self.subject_label = QLabel()
        self.subject_label.setProperty("muted", True)
        self.swatch = Swatch(26)
        self.swatch.setToolTip("The colour in hand, as light as the picture is at the latest hint")
        self.swatch.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notation_box = QComboBox()
        self.notation_box.setAccessibleName("Notation")
        for value, text in NOTATIONS.items():
            self.notation_box.addItem(text, value)
        self.line = QLineEdit()
        self.line.setAccessibleName("Colour")
        self.line.setToolTip("A colour as #c81e28, as red, green, blue, or as L, a, b; lightness is the picture's own")
        subject = QHBoxLayout()
        subject.addWidget(self.subject_label, 1)
        subject.addWidget(let_go)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.swatch)
        row.addWidget(self.notation_box)
        row.addWidget(self.line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(subject)
        column.addLayout(row)
        self.notation_box.currentIndexChanged.connect(self._show)
        self.line.editingFinished.connect(self._on_edited)

    def show_subject(self, *, is_selected: bool) -> None:
        """Say of which hint the colour is."""
        self.subject_label.setText(f"Colour of the {'selected' if is_selected else 'next'} hint")

    def show_colour(self, lab: Lab) -> None:
        """Write a colour down."""
        self._lab = lab
        self._show()

    @Slot()
    def _show(self) -> None:
        self.swatch.show_colour(self._lab)
        self.line.setText(write_colour(self._lab, self.notation_box.currentData()))

    @Slot()
    def _on_edited(self) -> None:
        notation = self.notation_box.currentData()
        if self.line.text() == write_colour(self._lab, notation):
            return
        try:
            lab = read_colour(self.line.text(), notation)
        except ValueError as error:
            self.refused.emit(f"{error}.")
            self._show()
        else:
            self.entered.emit(lab)


class GamutPicker(QWidget):
    """All colours that a screen has at one luminance: a to the right, b upwards. `picked` carries a chosen one, Lab."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab: Lab = (50.0, 0.0, 0.0)
        self._plane: tuple[float, QImage] | None = None
        self._held: Lab | None = None
        self.setFixedSize(PLANE_PX, PLANE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Gamut")
        self.setToolTip("Every colour that a screen has at the luminance of the latest hint: press or drag")

    def show_colour(self, lab: Lab) -> None:
        """Mark a colour in the plane of its luminance."""
        self._lab = lab
        self.update()

    def colour_at(self, place: QPointF) -> Lab:
        """Return the colour under a place of the widget."""
        scale = 2 * MOST_CHROMA / (PLANE_PX - 1)
        a, b = place.x() * scale - MOST_CHROMA, MOST_CHROMA - place.y() * scale
        a, b = (min(max(value, -MOST_CHROMA), MOST_CHROMA) for value in (a, b))
        return self._lab[0], a, b

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the mark."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self.colour_at(event.position())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._held is not None:
            self._held = self.colour_at(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the colour."""
        held, self._held = self._held, None
        if held is not None:
            self.picked.emit(held)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the mark by arrows."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        light, a, b = self._lab
        self.picked.emit((light, a + _STEP * step[0], b + _STEP * step[1]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plane, and a ring around the colour."""
        painter = QPainter(self)
        light = self._lab[0]
        if self._plane is None or abs(self._plane[0] - light) > 0.5:
            rgba = gamut_plane(light, PLANE_CELLS)
            image = QImage(rgba.data, PLANE_CELLS, PLANE_CELLS, 4 * PLANE_CELLS, QImage.Format.Format_RGBA8888).copy()
            self._plane = light, image
        painter.fillRect(self.rect(), self.palette().base())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(QRectF(self.rect()), self._plane[1])
        painter.setPen(self.palette().mid().color())
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        _, a, b = self._held or self._lab
        scale = (PLANE_PX - 1) / (2 * MOST_CHROMA)
        at = QPointF((a + MOST_CHROMA) * scale, (MOST_CHROMA - b) * scale)
        painter.setBrush(QColor(*rgb_of((light, a, b))))
        marks.twice(painter, lambda: painter.drawEllipse(at, 5, 5))


class LikelyRow(QWidget):
    """Likely colours as buttons, the likeliest first. `picked` carries a chosen one, as Lab."""

    picked = Signal(object)

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.swatches = [Swatch(24) for _ in range(count)]
        self._colours: list[tuple[float, float, float, float]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for number, swatch in enumerate(self.swatches):
            swatch.clicked.connect(lambda _checked=False, number=number: self._on_clicked(number))
            row.addWidget(swatch)
        row.addStretch(1)
        self.setMinimumHeight(self.swatches[0].height())
        self.show_colours(())

    def show_colours(self, colours: Sequence[tuple[float, float, float, float]]) -> None:
        """Show colours, each L, a, b and its share of all."""
        self._colours = list(colours)
        for number, swatch in enumerate(self.swatches):
            swatch.setVisible(number < len(self._colours))
            if number < len(self._colours):
                *lab, share = self._colours[number]
                swatch.show_colour((lab[0], lab[1], lab[2]))
                swatch.setToolTip(f"{write_colour((lab[0], lab[1], lab[2]), 'hex')}, likely to {share:.0%}")

    def _on_clicked(self, number: int) -> None:
        light, a, b, _ = self._colours[number]
        self.picked.emit((light, a, b))
