"""The bars of the window: the tools at its left, what is needed most often above, and how masks and brush look."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QMainWindow, QToolBar

from app.desk.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.canvas.tools.table import TOOLS
from widgets.dialogs.ask import Ask
from widgets.keyboard import ButtonKeys
from widgets.panels.look_bar import LookBar
from widgets.panels.paint_bar import PaintBar

TOP_BAR = (
    "open_clip", "save", "", "undo", "redo", "", "zoom_out", "zoom_in", "fit", "actual_size", "zoom_to_object", "",
    "outline", "onion_skin", "show_proposals", "show_doubt", "exclusive",
)  # fmt: skip
ICON_PX = 20


def make_bars(window: QMainWindow, actions: ActionSet, workspace: Workspace, ask: Ask) -> None:
    """Give the window its bars, and all its buttons their keys: what has the focus by Tab is pressed by Space."""
    tools = QToolBar("Tools", window)
    tools.setObjectName("tools")
    for name in TOOLS:
        tools.addAction(actions[f"tool_{name}"])
    top = QToolBar("Commands", window)
    top.setObjectName("commands")
    for name in TOP_BAR:
        if name:
            top.addAction(actions[name])
        else:
            top.addSeparator()
    top.addSeparator()
    top.addWidget(LookBar(workspace.view))
    paint = PaintBar(workspace, actions, ask, window)
    places = Qt.ToolBarArea
    for bar, area in ((tools, places.LeftToolBarArea), (top, places.TopToolBarArea), (paint, places.TopToolBarArea)):
        bar.setIconSize(QSize(ICON_PX, ICON_PX))
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        window.addToolBar(area, bar)
    keys = ButtonKeys(window)
    for button in window.findChildren(QAbstractButton):
        button.installEventFilter(keys)
    for bar in (tools, top):
        for action in bar.actions():
            bar.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)
