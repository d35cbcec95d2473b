"""What the command line says, and where: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO, TypeVar

from app.errors import UserError

T = TypeVar("T")

_REDRAW_S = 0.1
"""How often the progress line of a terminal changes."""
_LINE_EVERY_S = 20.0
"""How often a log that is no terminal gets a line."""


@dataclass
class Console:
    """Words of one command. `quiet` leaves only results and errors; `as_json` makes the result one line of JSON."""

    quiet: bool = False
    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = time.monotonic
    _progress: Progress | None = field(default=None, init=False)

    def result(self, facts: dict[str, Any], text: str) -> None:
        """Print what the command found: `text` for a person, `facts` for a program."""
        print(json.dumps(facts) if self.as_json else text, file=self.out, flush=True)

    def note(self, sentence: str) -> None:
        """Tell something that the person should know about the work."""
        if not self.quiet:
            if self._progress:
                self._progress.clear()
            print(sentence, file=self.err, flush=True)

    def error(self, error: UserError) -> None:
        """Tell what went wrong; a program that asked for JSON gets it as such as well."""
        print(error, file=self.err, flush=True)
        if self.as_json:
            print(json.dumps({"error": error.problem, "remedy": error.remedy}), file=self.out, flush=True)

    def follow(self, steps: Iterable[T], total: int, unit: str) -> Iterator[T]:
        """Pass `steps` through and show how far they are: ``carry 37/80 frames, 12.1/s, 4 s left``."""
        progress = self._progress = Progress(self, total, unit)
        try:
            for n_done, step in enumerate(steps, 1):
                progress.show(min(n_done, total))
                yield step
        finally:
            progress.clear()
            self._progress = None


class Progress:
    """A line on a terminal that is drawn over and over; in a log, a line now and then."""

    def __init__(self, console: Console, total: int, unit: str) -> None:
        self._console = console
        self._total = total
        self._unit = unit
        self._started_s = self._shown_s = console.clock()
        self._on_terminal = console.err.isatty()
        self._drawn = False

    def show(self, n_done: int) -> None:
        """Say that `n_done` of all steps are done, if it is time to say something."""
        now_s = self._console.clock()
        pause_s = _REDRAW_S if self._on_terminal else _LINE_EVERY_S
        if self._console.quiet or now_s - self._shown_s < pause_s:
            return
        self._shown_s = now_s
        rate = n_done / (now_s - self._started_s)
        left = _duration((self._total - n_done) / rate)
        words = f"{n_done}/{self._total} {self._unit}, {rate:.1f}/s, {left} left"
        self._console.err.write(f"\r\x1b[K{words}" if self._on_terminal else f"{words}\n")
        self._console.err.flush()
        self._drawn = self._on_terminal

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self._drawn:
            self._console.err.write("\r\x1b[K")
            self._console.err.flush()
            self._drawn = False


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 frame", "2 frames"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
