"""The bar that is there while a texture is selected: colour and opacity of the brush, stamps, and the mesh."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QColor, QCursor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.desk.workspace import Workspace
from app.project.edits import Change
from app.project.model import Kind
from widgets.action_set import ActionSet
from widgets.dialogs.ask import Ask
from widgets.panels.buttons import icon_button

STAMPS = ("stamp_stripes", "stamp_text", "stamp_picture")
_STEPS = 100
_SWATCH_PX = 18


class PaintBar(QToolBar):
    """Bound to the view state both ways; shown only where there is something to paint in colour. GUI thread only.

    It stands beside the other bar above, in a row of its own where `window` has not the width for both.
    """

    def __init__(self, workspace: Workspace, actions: ActionSet, ask: Ask, window: QMainWindow) -> None:
        super().__init__("Paint", window)
        self.setObjectName("paint")
        self._workspace = workspace
        self._ask = ask
        self._window = window
        self.colour_button = QToolButton()
        self.colour_button.setIconSize(QSize(_SWATCH_PX, _SWATCH_PX))
        self.colour_button.setToolTip("Colour that textures are painted in")
        self.colour_button.setAccessibleName("Paint colour")
        self.colour_button.clicked.connect(self.ask_colour)
        self.opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self.opacity_slider.setRange(5, _STEPS)
        self.opacity_slider.setFixedWidth(90)
        self.opacity_slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity_slider.setAccessibleName("Paint opacity")
        self.opacity_slider.setToolTip("How opaque a stroke is, all of it")
        self.opacity_slider.valueChanged.connect(self._on_slid)
        self._opacity_label = QLabel()
        self._opacity_label.setMinimumWidth(self._opacity_label.fontMetrics().horizontalAdvance("100%"))
        stamps = self.stamps = QToolButton()
        stamps.setText("Stamp")
        stamps.setToolTip("Lay stripes, words or a picture on the frame, and warp them by their corners")
        stamps.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(stamps)
        for name in STAMPS:
            menu.addAction(actions[name])
        stamps.setMenu(menu)
        menu.aboutToHide.connect(self._on_menu_hidden)
        title = QLabel("Paint")
        title.setProperty("muted", True)
        row = QWidget()
        row.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setSpacing(6)
        parts = (title, self.colour_button, self.opacity_slider, self._opacity_label, stamps)
        for part in (*parts, icon_button(actions["show_mesh"])):
            layout.addWidget(part)
        self.addWidget(row)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.changed.connect(self._on_changed)
        workspace.clip_changed.connect(self._show_if_needed)
        window.installEventFilter(self)
        for name in ("paint_colour", "paint_opacity", "object_id"):
            self.on_view_changed(name)

    @property
    def is_needed(self) -> bool:
        """Return whether a texture is selected."""
        project, object_id = self._workspace.project, self._workspace.view.object_id
        found = None if project is None or object_id is None else project.objects.get(object_id)
        return found is not None and found.kind is Kind.TEXTURE

    def ask_colour(self) -> None:
        """Ask for another colour."""
        self._ask.colour(QColor(self._workspace.view.paint_colour), "Paint in", self._set_colour)

    def _set_colour(self, colour: QColor) -> None:
        self._workspace.view.paint_colour = colour.name()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Show a value."""
        view = self._workspace.view
        if name == "paint_colour":
            self.colour_button.setIcon(_swatch(QColor(view.paint_colour)))
        elif name == "paint_opacity":
            self._opacity_label.setText(f"{view.paint_opacity:.0%}")
            self.opacity_slider.blockSignals(True)
            self.opacity_slider.setValue(round(view.paint_opacity * _STEPS))
            self.opacity_slider.blockSignals(False)
        elif name == "object_id":
            self._show_if_needed()

    @Slot(int)
    def _on_slid(self, step: int) -> None:
        self._workspace.view.paint_opacity = step / _STEPS

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.objects_changed:
            self._show_if_needed()

    @Slot()
    def _show_if_needed(self) -> None:
        self.setVisible(self.is_needed)
        self._take_row()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Find out with each width of the window how many rows it takes."""
        if event.type() is QEvent.Type.Resize:
            self._take_row()
        return super().eventFilter(watched, event)

    def _take_row(self) -> None:
        """Stand beside the other bar, or below it."""
        window = self._window
        if self.isHidden() or window.toolBarArea(self) is not Qt.ToolBarArea.TopToolBarArea:
            return
        bars = [bar for bar in window.findChildren(QToolBar) if window.toolBarArea(bar) is window.toolBarArea(self)]
        is_narrow = sum(bar.sizeHint().width() for bar in bars if not bar.isHidden()) > window.width()
        if is_narrow and not window.toolBarBreak(self):
            window.insertToolBarBreak(self)
        elif window.toolBarBreak(self) and not is_narrow:
            window.removeToolBarBreak(self)

    @Slot()
    def _on_menu_hidden(self) -> None:
        """Let the button look as it is: with the pointer gone into its menu, Qt does not tell it that it has left."""
        button = self.stamps
        if not button.rect().contains(button.mapFromGlobal(QCursor.pos())):
            button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            button.update()


def _swatch(colour: QColor) -> QIcon:
    """Return a filled square with a rim that is seen on any ground."""
    image = QPixmap(_SWATCH_PX, _SWATCH_PX)
    image.fill(colour)
    painter = QPainter(image)
    painter.setPen(QColor(128, 128, 128))
    painter.drawRect(0, 0, _SWATCH_PX - 1, _SWATCH_PX - 1)
    painter.end()
    return QIcon(image)
