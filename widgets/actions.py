"""Every command of the window, in one table made of the menus' own: see `widgets.menus.spec` for what a row says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from widgets.menus.colour import colour_rows
from widgets.menus.edit import edit_rows
from widgets.menus.file import file_rows
from widgets.menus.frame import frame_rows
from widgets.menus.help import help_rows
from widgets.menus.object import object_rows
from widgets.menus.run import run_rows
from widgets.menus.spec import ActionSpec
from widgets.menus.tools import tool_rows
from widgets.menus.view import view_rows

MENUS = ("File", "Edit", "Object", "Tools", "Colour", "View", "Frame", "Run", "Help")
"""Menus from left to right."""


def all_actions(tools: Mapping[str, Any]) -> tuple[ActionSpec, ...]:
    """Return every command, tools included."""
    rows = (
        file_rows(),
        edit_rows(),
        object_rows(),
        tool_rows(tools),
        colour_rows(),
        view_rows(),
        frame_rows(),
        run_rows(),
    )
    return tuple(row for group in (*rows, help_rows()) for row in group)
