"""Where the panels of the window stand at first, and how large they are. Later the person decides."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from widgets.wheel import let_wheel_scroll

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
AREAS = {"objects": LEFT, "tubes": LEFT, "run": RIGHT, "review": RIGHT, "colour": RIGHT, "timeline": BOTTOM}
OBJECTS_W, RUN_W, TIMELINE_H = 250, 300, 220
OBJECTS_SHARE = 0.48
"""Of the left column's height; pictures of tubes take more room than names of objects."""
RUN_SLACK_PX = 90
"""What the Run panel takes beside its contents as they are at first: its title, how a run ended, second lines."""


def make_docks(window: QMainWindow, **panels: QWidget) -> dict[str, QDockWidget]:
    """Put `panels`, named as in `AREAS`, into docks of `window` and return those by name."""
    docks = {}
    for name, panel in panels.items():
        dock = QDockWidget(name.capitalize(), window)
        dock.setObjectName(name)
        dock.setWidget(panel)
        let_wheel_scroll(panel)
        window.addDockWidget(AREAS[name], dock)
        docks[name] = dock
    window.tabifyDockWidget(docks["review"], docks["colour"])
    docks["colour"].hide()  # until its tool is taken
    docks["timeline"].setTitleBarWidget(QWidget())  # it needs no title
    # Run and Review together need all the height there is; Objects does with what is left beside the timeline.
    window.setCorner(Qt.Corner.BottomLeftCorner, BOTTOM)
    window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
    return docks


def give_first_sizes(window: QMainWindow, docks: Mapping[str, QDockWidget], run_panel: QWidget) -> None:
    """Size the docks of a window that has nothing to remember. It must have its own size: be shown."""
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    run, review = docks["run"], docks["review"]
    window.resizeDocks([docks["objects"], run], [OBJECTS_W, RUN_W], across)
    window.resizeDocks([docks["timeline"]], [min(TIMELINE_H, window.height() // 4)], down)
    objects, tubes = docks["objects"], docks["tubes"]
    objects_h = round(OBJECTS_SHARE * (objects.height() + tubes.height()))
    window.resizeDocks([objects, tubes], [objects_h, objects.height() + tubes.height() - objects_h], down)
    wanted = run_panel.heightForWidth(run.width()) + RUN_SLACK_PX
    left = run.height() + review.height() - wanted
    # In a low window there is less than that, and Qt shares it out by these wishes.
    window.resizeDocks([run, review], [wanted, max(left, review.minimumSizeHint().height())], down)
