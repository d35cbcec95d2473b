"""Sliders for what is changed all the time: the brush's size and how opaque masks are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.desk.view_state import ViewState

STEPS = 200
LEAST_RADIUS_PX, MOST_RADIUS_PX = 0.5, 500.0


@dataclass(frozen=True, slots=True)
class Control:
    """A field of the view state as a slider; both functions map to and from [0, 1]."""

    title: str
    tip: str
    to_share: Callable[[float], float]
    from_share: Callable[[float], float]
    text: Callable[[float], str]


def _radius_share(radius_px: float) -> float:
    return math.log(radius_px / LEAST_RADIUS_PX) / math.log(MOST_RADIUS_PX / LEAST_RADIUS_PX)


CONTROLS: dict[str, Control] = {
    "brush_radius_px": Control(
        "Brush",
        "Radius of brush and eraser in pixels of the picture; [ and ], or Ctrl and wheel on the canvas",
        _radius_share,
        lambda share: LEAST_RADIUS_PX * (MOST_RADIUS_PX / LEAST_RADIUS_PX) ** share,
        lambda radius_px: f"{radius_px:.1f} px" if radius_px < 10 else f"{radius_px:.0f} px",
    ),
    "opacity": Control(
        "Masks",
        "How opaque masks are; Shift+Up and Shift+Down",
        lambda opacity: opacity,
        lambda share: share,
        lambda opacity: f"{opacity:.0%}",
    ),
}


class LookBar(QWidget):
    """One slider per control, bound to the view state both ways. GUI thread only."""

    def __init__(self, view: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.sliders: dict[str, QSlider] = {}
        self._values: dict[str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(6)
        for name, control in CONTROLS.items():
            title, value, slider = QLabel(control.title), QLabel(), QSlider(Qt.Orientation.Horizontal)
            title.setProperty("muted", True)
            slider.setRange(0, STEPS)
            slider.setFixedWidth(110)
            slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            slider.setAccessibleName(control.title)
            for part in (title, value, slider):
                part.setToolTip(control.tip)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("9999 px"))
            slider.valueChanged.connect(lambda step, name=name: self._on_moved(name, step))
            self.sliders[name], self._values[name] = slider, value
            for part in (title, slider, value):
                row.addWidget(part)
            row.addSpacing(6)
            self.on_view_changed(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        view.changed.connect(self.on_view_changed)

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Show a value."""
        if name in self.sliders:
            value, slider = getattr(self._view, name), self.sliders[name]
            self._values[name].setText(CONTROLS[name].text(value))
            slider.blockSignals(True)
            slider.setValue(round(CONTROLS[name].to_share(value) * STEPS))
            slider.blockSignals(False)

    def _on_moved(self, name: str, step: int) -> None:
        setattr(self._view, name, CONTROLS[name].from_share(step / STEPS))
