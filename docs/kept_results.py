"""Results of long comparisons, kept between the runs of a script: a variant a key, all of the same settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engines.whole_file import whole_file


class KeptResults:
    """What `results.json` in a folder holds, `by_variant`; nothing where there is none.

    `settings` are what results must agree in to stand in one table, folders by their names. Ends the script where
    others made what is there.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._file = folder / "results.json"
        self._settings = json.loads(json.dumps(settings, default=str))
        self.by_variant: dict[str, Any] = {}
        if self._file.is_file():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            if kept["settings"] != self._settings:
                sys.exit(f"{folder} holds results of other settings ({kept['settings']}): give another --work")
            self.by_variant = kept["variants"]

    def keep(self, table: Callable[[Mapping[str, Any]], str], table_file: Path) -> None:
        """Write the results as they stand, then what `table` makes of them, each file whole or not at all."""
        kept = {"settings": self._settings, "variants": self.by_variant}
        with whole_file(self._file) as part:
            part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        with whole_file(table_file) as part:
            part.write_text(f"{table(self.by_variant)}\n", encoding="utf-8")
