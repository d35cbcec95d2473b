"""What is said of one command of the window. Menus, tool bars, shortcuts and their dialog are made from such rows.

`target` names a callable as ``root.method``; the window gives the roots. `needs` names a method of
`Conditions` that returns why the command cannot be used now, and `shows` one that returns whether it is
switched on; both may carry an argument after a colon. The order of rows is the order in the menus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command."""

    name: str
    menu: str
    """Path of menus, such as "View/Theme"."""
    text: str
    target: str
    tip: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    icon_on: str = ""
    """The icon while it is switched on, where that differs."""
    needs: str = ""
    shows: str = ""
    says: str = ""
    """A method of `Conditions` that returns the text as it reads now, such as "Undo paint car"."""
    argument: Any = None
    """Passed to the target if not None."""
    gap: bool = False
    """Whether a line separates it from the row above."""
    repeats: bool = False
    """Whether holding the key down goes on."""
