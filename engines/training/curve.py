"""What a training did over time: a row every so many steps, kept as CSV."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engines.whole_file import whole_file

if TYPE_CHECKING:
    from engines.training.loop import Step

Row = dict[str, float]

_FIRST, _LAST = ("step", "seconds"), ("spread",)
_JUDGED = ("right ", "stays", "mean", "val ")


class Curve:
    """Rows of `step`, `seconds`, each term of the loss as its mean since the row before, `spread`; some are judged.

    The verdict's columns are for encoders ``right 1`` and so on by gap in frames, ``mean`` of them, and ``stays``;
    for colorization their names begin with ``val``.
    """

    def __init__(self, every: int) -> None:
        """Start without rows; there will be one every `every` steps."""
        self.rows: list[Row] = []
        self._every = every
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._n = 0

    def add(self, step: Step) -> bool:
        """Take in a step and return whether it completed a row; the last one always does."""
        for name, loss in step.losses.items():
            self._sums[name] += loss
        self._n += 1
        if step.number % self._every and step.number != step.n_steps:
            return False
        terms = {name: total / self._n for name, total in self._sums.items()}
        self.rows.append({"step": step.number, "seconds": step.seconds, **terms, "spread": step.spread})
        self._sums.clear()
        self._n = 0
        return True

    def judge(self, figures: Mapping[str, float], number: int, seconds: float) -> Row:
        """Write what the validation found after that step and time into its row, a new one if need be; return it."""
        if not self.rows or self.rows[-1]["step"] != number:
            self.rows.append({"step": number, "seconds": seconds})
        self.rows[-1] |= figures
        return self.rows[-1]

    @property
    def judged(self) -> list[Row]:
        """The rows that the validation looked at."""
        return judged(self.rows)

    def write(self, file: Path) -> None:
        """Write all rows as CSV, completely or not at all; what a row has not is empty."""
        with whole_file(file) as part, part.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns(self.rows), lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: round(value, 5) for name, value in row.items()} for row in self.rows)

    def read(self, file: Path, last_step: int) -> None:
        """Take the rows up to `last_step` from what `write` wrote, as far as that can be read."""
        if not file.is_file():
            return
        with file.open(newline="", encoding="utf-8") as lines:
            rows = [{name: float(text) for name, text in row.items() if text} for row in csv.DictReader(lines)]
        self.rows = [row for row in rows if row["step"] <= last_step]


def judged(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that the validation looked at."""
    return [row for row in rows if any(name.startswith(_JUDGED) for name in row)]


def columns(rows: Sequence[Row]) -> list[str]:
    """Return every name that occurs in `rows`, in the order in which they are shown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    verdict = [name for name in names if name.startswith(_JUDGED)]
    terms = [name for name in names if name not in {*_FIRST, *_LAST, *verdict}]
    return [*_FIRST, *terms, *_LAST, *verdict]
