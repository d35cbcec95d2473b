"""Works that do not touch one another, done at once where there are threads to spare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MOST_THREADS = 4
"""That any one sweep keeps busy: with more of them its tracker is what the others wait for."""

Spread = Callable[[Sequence[Callable[[], None]]], None]
"""Does works, on as many threads as it likes, and returns when all are done. Raises what one of them raises."""


def in_turn(works: Sequence[Callable[[], None]]) -> None:
    """Do `works` one after the other: a `Spread` over one thread."""
    for work in works:
        work()
