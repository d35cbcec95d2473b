"""Long work of a verb: what is noted about it, which frames could not be read, and what its result says of all."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from app.cli.console import Console, counted
from app.tasks.memory import peak_memory_bytes
from engines.weights import WeightsInfo


class Work:
    """Work that begins now. `damaged` is for whoever does it: frames that could not be decoded whole."""

    def __init__(self, console: Console, notes: Iterable[str] = ()) -> None:
        self.damaged: set[int] = set()
        self._console = console
        self._notes: list[str] = []
        for note in notes:
            self.note(note)
        self._started_s = time.monotonic()

    def note(self, sentence: str) -> None:
        """Tell something now, and a program with the result."""
        self._notes.append(sentence)
        self._console.note(sentence)

    def done(self, facts: dict[str, Any], text: str, carried: str = "", n_frames: int = 0) -> None:
        """Print the result: `text` and how long it took, with frames a second where `n_frames` is not 0.

        `carried` says what stands on damaged frames ("masks"), if there can be any.
        """
        seconds = time.monotonic() - self._started_s
        if self.damaged:
            self.note(_damage_told(self.damaged, carried))
        facts = {**facts, "seconds": round(seconds, 3)}
        rate = ""
        if n_frames:
            fps = n_frames / max(seconds, 1e-9)
            facts |= {"frames": n_frames, "fps": round(fps, 2)}
            rate = f", {fps:.1f} frames/s"
        facts |= {"peak_memory_bytes": peak_memory_bytes(), "notes": self._notes}
        self._console.result(facts, f"{text}: {seconds:.1f} s{rate}.")


def engine_facts(engine: str, weights: WeightsInfo | None) -> dict[str, str | None]:
    """Return which engine it was, by which weights (None: it needs none), for a program."""
    return {
        "engine": engine,
        "weights": None if weights is None else weights.name,
        "weights_fingerprint": None if weights is None else weights.fingerprint,
    }


def _damage_told(damaged: Iterable[int], carried: str) -> str:
    """Return the sentence on frames that could not be decoded whole, on which something was carried blindly."""
    frames = sorted(damaged)
    told = ", ".join(str(frame) for frame in frames[:10]) + (", …" if len(frames) > 10 else "")
    return f"{counted(len(frames), 'damaged frame')} passed over blindly, {carried} there are uncertain: {told}."
