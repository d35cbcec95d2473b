"""Learning on a clip, as a step of verbs that may begin with it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from app.cli.console import Console
from app.media.clip import Clip
from app.tasks.adapt import Learned, Verdict, adapt
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import MaskRun

_PER_CENT = 100


def learn(console: Console, clip: Clip, run: MaskRun, engines: EngineLoader) -> Learned:
    """Return what came of learning from the anchors of `run`, for its engine and weights, and show how far it is.

    Raises UserError as `adapt` does.
    """
    steps = _Steps(adapt(clip, run, engines))
    for _ in console.follow(steps, _PER_CENT, "%"):
        pass
    return steps.learned


def facts_of(verdict: Verdict) -> dict[str, object]:
    """Return a verdict for a program."""
    return {"IoU_before": verdict.before, "IoU_after": verdict.after, "taken": verdict.is_better}


class _Steps:
    """Learning as steps of one per cent each; `learned` is what came of it, once all are gone through."""

    learned: Learned

    def __init__(self, shares: Generator[float, None, Learned]) -> None:
        self._shares = shares

    def __iter__(self) -> Iterator[None]:
        n_told = 0
        with closing(self._shares):
            while True:
                try:
                    share = next(self._shares)
                except StopIteration as stop:
                    self.learned = stop.value
                    return
                while n_told < int(_PER_CENT * share):
                    n_told += 1
                    yield
