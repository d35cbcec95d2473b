"""Edits: every change to what a project holds is a table of old and new values.

An edit is its own inverse with the columns swapped, so undo cannot fall out of step with what was
done. Masks are pointed to by id and never copied: undoing a run of 300 frames moves 300 pointers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from app.project.colour_draft import ColourDraft
from app.project.model import Label, LabelKey, Object

Span = tuple[int, range]
"""An object and frames of it."""

K = TypeVar("K")
T = TypeVar("T")


class Swap(NamedTuple, Generic[T]):
    """One value before and after; None where there is none. A tuple, since a run makes ten thousand at once."""

    old: T | None
    new: T | None


def _back(swaps: Mapping[K, Swap[T]]) -> dict[K, Swap[T]]:
    return {key: Swap(new, old) for key, (old, new) in swaps.items()}


def _chain(first: Mapping[K, Swap[T]], second: Mapping[K, Swap[T]]) -> dict[K, Swap[T]]:
    chained = dict(first)
    for key, swap in second.items():
        chained[key] = Swap(first[key].old, swap.new) if key in first else swap
    return chained


@dataclass(frozen=True, slots=True)
class Edit:
    """One undoable change. `text` completes the menu's "Undo ..." in the imperative ("paint car").

    `moved` says on which frames an object's labels went to another object or came from one: what a run that is
    going on still finds there was carried for somebody else, and is dropped; undone or done again, it is the same.
    `drafts` are by frame.
    """

    text: str
    objects: Mapping[int, Swap[Object]] = field(default_factory=dict)
    labels: Mapping[LabelKey, Swap[Label]] = field(default_factory=dict)
    proposals: Mapping[LabelKey, Swap[Label]] = field(default_factory=dict)
    moved: tuple[Span, ...] = ()
    drafts: Mapping[int, Swap[ColourDraft]] = field(default_factory=dict)

    def inverse(self) -> Edit:
        """Return the edit that takes this one back."""
        return Edit(
            self.text,
            _back(self.objects),
            _back(self.labels),
            _back(self.proposals),
            self.moved,
            _back(self.drafts),
        )

    def then(self, later: Edit) -> Edit:
        """Return one edit that does this one and then `later`, keeping this one's text."""
        return Edit(
            self.text,
            _chain(self.objects, later.objects),
            _chain(self.labels, later.labels),
            _chain(self.proposals, later.proposals),
            self.moved + later.moved,
            _chain(self.drafts, later.drafts),
        )

    def __bool__(self) -> bool:
        """Return whether anything changes."""
        return bool(self.objects or self.labels or self.proposals or self.drafts)


@dataclass(frozen=True, slots=True)
class Change:
    """What an applied edit (or a run's results) touched: the one thing that views listen to."""

    object_ids: frozenset[int]
    frames: frozenset[int]
    """Frames whose labels, proposals or colour drafts changed."""
    objects_changed: bool = False
    """An object appeared, went, or changed its name, colour, order or flags."""
