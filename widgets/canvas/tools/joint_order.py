"""Which joint comes next. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from app.project.skeleton import SkeletonJoint


class JointOrder:
    """Goes through the joints that are not placed, in the skeleton's order, those that were skipped last.

    What is `missing` is given each time, in that order: what is next follows from it, so undo takes it back.
    """

    def __init__(self) -> None:
        self._skipped: set[int] = set()
        """Slots that are left for last."""

    def next(self, missing: Sequence[SkeletonJoint]) -> SkeletonJoint | None:
        """Return the joint to be placed next, None where none is missing."""
        return next((joint for joint in missing if joint.slot not in self._skipped), missing[0] if missing else None)

    def skip(self, missing: Sequence[SkeletonJoint]) -> None:
        """Leave the next joint for last: the one after it comes."""
        joint = self.next(missing)
        if joint is not None:
            if self._skipped.issuperset(each.slot for each in missing):
                self._skipped.clear()  # all have been passed by: another round
            self._skipped.add(joint.slot)

    def skip_back(self, missing: Sequence[SkeletonJoint]) -> None:
        """Go back to the joint before."""
        joint = self.next(missing)
        if joint is not None:
            self.go_to(missing[missing.index(joint) - 1].slot, missing)

    def go_to(self, slot: int, missing: Sequence[SkeletonJoint]) -> None:
        """Have a joint placed next: what is missing before it is left for last."""
        for joint in missing:
            if joint.slot == slot:
                break
            self._skipped.add(joint.slot)
        self._skipped.discard(slot)

    def clear(self) -> None:
        """Leave none for last."""
        self._skipped.clear()
