"""What a dataset format is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.media.clip import Clip
from app.project.model import Kind, Label, Object
from engines.labels.rle import RleMask
from engines.propagation.types import MaskAnchor


@dataclass(frozen=True, slots=True)
class Format:
    """A row in the table of formats. `module` holds a `Writer`, a `Reader` or both, loaded when wanted."""

    name: str
    title: str
    summary: str
    kinds: frozenset[Kind]
    can_read: bool
    can_write: bool
    module: str


@dataclass(frozen=True, slots=True)
class LabelSource:
    """What a project has to export, frozen when the export is asked for.

    `objects` are in drawing order, bottom first. `labels` maps a frame to the label of each object on
    it: anchors and accepted labels. `mask` resolves a label's `mask_id`. Any thread that `mask` allows.
    """

    clip: Clip
    objects: tuple[Object, ...]
    labels: Mapping[int, Mapping[int, Label]]
    mask: Callable[[int], RleMask]
    n_proposals: int
    """Labels that wait for review and so are left out."""
    n_stale: int = 0
    """Labels carried from anchors that have changed since."""

    def masks_on(self, frame: int) -> Iterator[tuple[Object, RleMask]]:
        """Yield the objects that have a label on `frame` with their masks, bottom first."""
        labels = self.labels.get(frame, {})
        for found in self.objects:
            if found.object_id in labels:
                yield found, self.mask(labels[found.object_id].mask_id)


@dataclass(frozen=True, slots=True)
class LabelsRead:
    """What a file to import holds: `objects`, and `anchors` to go through once, in `n_steps` steps."""

    objects: tuple[Object, ...]
    n_steps: int
    anchors: Iterator[tuple[MaskAnchor, ...]]
    notes: tuple[str, ...] = ()
    """Sentences on how the files were understood where a person may have meant otherwise."""


class Writer(Protocol):
    """The writing half of a format's module."""

    def losses(self, source: LabelSource) -> tuple[str, ...]:
        """Return a sentence for each thing in `source` that the format cannot hold."""

    def write(self, source: LabelSource, folder: Path) -> Iterator[None]:
        """Write `source` into the empty `folder`; yields once a frame. UserError for what it cannot hold at all."""


class Reader(Protocol):
    """The reading half of a format's module."""

    def read(self, path: Path, clip: Clip) -> LabelsRead:
        """Read `path` as labels of `clip`. Raises UserError, naming the file, where they do not fit."""
