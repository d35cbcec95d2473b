"""The commands of the Help menu: help."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def help_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    return (
        ActionSpec(
            "shortcuts", "Help", "Keyboard and mouse…", "window.show_shortcuts",
            "Find any command, its keys, and what the mouse does.", ("F1", "?"), "keyboard",
        ),
        ActionSpec("messages", "Help", "Messages…", "window.show_messages", "Read again what was said.", icon="info"),
    )  # fmt: skip
