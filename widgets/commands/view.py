"""Commands that change how things are shown."""

from __future__ import annotations

from app.desk.workspace import Workspace


class ViewCommands:
    """Targets of the View and Tools menus. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._view = workspace.view

    def toggle(self, name: str) -> None:
        """Switch a field of the view state on or off."""
        setattr(self._view, name, not getattr(self._view, name))

    def pick_tool(self, name: str) -> None:
        """Take a tool of the canvas in hand."""
        self._view.tool = name

    def change_opacity(self, amount: float) -> None:
        """Make masks more or less opaque."""
        self._view.opacity = round(self._view.opacity + amount, 2)

    def set_theme(self, name: str) -> None:
        """Choose the colours of the window."""
        self._view.theme = name

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        self._view.brush_radius_px = self._view.brush_radius_px * factor
