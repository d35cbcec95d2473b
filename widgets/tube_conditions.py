"""When a command on tubes can be used, and if not, why: the part of `Conditions` about what was found."""

from __future__ import annotations

from widgets.object_conditions import ObjectConditions

FIND_FIRST = "Nothing is found: look for objects first (F)."
SELECT_TUBE = "Select a tube first: click it in the Tubes panel or its lane."


class TubeConditions(ObjectConditions):
    """Answers about tubes that were found but not accepted. Changes nothing."""

    def find(self) -> str:
        """Require: a clip is open, and no search goes on."""
        return self.clip() or self._workspace.proposer.why_not()

    def finding(self) -> str:
        """Require: objects are looked for, or masks of them made."""
        return "" if self._workspace.proposer.has_to_do else "Nothing is being looked for."

    def tubes(self) -> str:
        """Require: a tube is shown."""
        return self.clip() or ("" if self._workspace.proposer.ghosts.shown else FIND_FIRST)

    def tube(self) -> str:
        """Require: a tube is selected."""
        return self.tubes() or ("" if self._workspace.proposer.ghosts.current is not None else SELECT_TUBE)

    def two_tubes(self) -> str:
        """Require: more than one tube is selected."""
        several = len(self._workspace.proposer.ghosts.selected) > 1
        return self.tube() or ("" if several else "Select another one with it: Ctrl+click.")

    def tube_on_both_sides(self) -> str:
        """Require: the current tube has a box before this frame, and one from it on."""
        return self.tube() or self._workspace.proposer.ghosts.why_no_split()
