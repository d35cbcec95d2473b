"""What the compute thread looks at the open clip with, and the tasks that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.desk.proposing_tasks import Task
from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.tube_finder import TubeFinder
from engines.labels.rle import RleMask
from engines.proposals.tubes import Tube

Take = Callable[[Any], None]


class Finders:
    """One `TubeFinder` for the weights asked for last. GUI thread, but for the tasks' steps."""

    def __init__(self, engines: EngineLoader) -> None:
        self._engines = engines
        self._finder: TubeFinder | None = None
        self._key: tuple[Clip, str] | None = None
        self._retired: list[TubeFinder] = []

    def search(self, clip: Clip, weights: str, take: Take) -> Task:
        """Return the task that looks for objects."""
        return Task("Looking for objects", self._with(clip, weights).find(), take)

    def thumbnails(self, clip: Clip, weights: str, tubes: Sequence[Tube], take: Take) -> Task:
        """Return the task that cuts out a picture of each tube."""
        return Task("Pictures of tubes", self._with(clip, weights).thumbnails(tubes), take)

    def pixels(
        self, clip: Clip, weights: str, tube: Tube, frames: Sequence[int], known: dict[int, RleMask], take: Take
    ) -> Task:
        """Return the task that makes the masks of a tube on `frames`, beside those that are `known`.

        It gives a `TubeMask` for each, and last a float: whether the best frame's one survives being carried.
        """
        return Task("Masks of a tube", _pixels(self._with(clip, weights), tube, frames, known), take)

    def retire(self) -> None:
        """Use the finder for no new task."""
        if self._finder is not None:
            self._retired.append(self._finder)
        self._finder = self._key = None

    def close_retired(self) -> None:
        """Close finders that were retired. Only while no task of theirs is being done."""
        while self._retired:
            self._retired.pop().close()

    def _with(self, clip: Clip, weights: str) -> TubeFinder:
        if self._finder is None or self._key != (clip, weights):
            self.retire()
            self._finder, self._key = TubeFinder(clip, self._engines, weights), (clip, weights)
        return self._finder


def _pixels(finder: TubeFinder, tube: Tube, frames: Sequence[int], known: dict[int, RleMask]) -> Iterator[Any]:
    """Yield masks, then how well one survives. Compute thread."""
    masks = dict(known)
    for each in finder.masks(tube, frames):
        masks[each.frame] = each.mask
        yield each
    yield float(finder.survival(tube.best_frame, masks[tube.best_frame]))
