"""A skeleton while it is being edited: every change at once, what does not fit told at the end."""

from __future__ import annotations

from itertools import count

from app.project.skeleton import MIDDLE, Colour, Skeleton, SkeletonJoint, skeleton_of

Bone = tuple[int, int]


class SkeletonDraft:
    """Joints by slot, bones and pairs between slots. A slot is given once: labels know joints by it."""

    def __init__(self, start: Skeleton) -> None:
        self.name = start.name
        self.joints: list[SkeletonJoint] = list(start.joints)
        self.bones: list[Bone] = list(start.bones)
        self.pairs: list[tuple[int, int]] = list(start.pairs)
        self._next_slot = start.n_slots

    def name_of(self, slot: int) -> str:
        """Return what a joint is called."""
        return next(joint.name for joint in self.joints if joint.slot == slot)

    def add_joint(self) -> int:
        """Add a joint at the end, with a name of its own, and return its slot."""
        names = {joint.name for joint in self.joints}
        name = next(f"joint {number}" for number in count(len(names) + 1) if f"joint {number}" not in names)
        slot, self._next_slot = self._next_slot, self._next_slot + 1
        self.joints.append(SkeletonJoint(name, MIDDLE, slot))
        return slot

    def remove_joint(self, slot: int) -> None:
        """Remove a joint, with its bones and its pair."""
        self.joints = [joint for joint in self.joints if joint.slot != slot]
        self.bones = [bone for bone in self.bones if slot not in bone]
        self.pairs = [pair for pair in self.pairs if slot not in pair]

    def move_joint(self, slot: int, step: int) -> None:
        """Move a joint `step` places down the order in which joints are placed, stopping at the ends."""
        place = next(number for number, joint in enumerate(self.joints) if joint.slot == slot)
        self.joints.insert(min(len(self.joints) - 1, max(0, place + step)), self.joints.pop(place))

    def rename(self, slot: int, name: str) -> None:
        """Give a joint another name."""
        self._change(slot, name=name)

    def recolour(self, slot: int, colour: Colour) -> None:
        """Give a joint another colour."""
        self._change(slot, colour=colour)

    def other_side(self, slot: int) -> int | None:
        """Return the joint that is this one on the other side, None for one without a side."""
        return next((sum(pair) - slot for pair in self.pairs if slot in pair), None)

    def set_other_side(self, slot: int, other: int | None) -> None:
        """Make a pair of two joints, each leaving the one that it had; the one whose name comes first is the left."""
        self.pairs = [pair for pair in self.pairs if slot not in pair and other not in pair]
        if other is not None and other != slot:
            left, right = sorted((slot, other), key=self.name_of)
            self.pairs.append((left, right))

    def add_bone(self, bone: Bone | None = None) -> None:
        """Add a bone, or one between two joints that none joins yet; nothing where all are joined."""
        taken = {frozenset(each) for each in self.bones}
        slots = [joint.slot for joint in self.joints]
        free = ((one, other) for place, one in enumerate(slots) for other in slots[place + 1 :])
        wanted = bone or next((each for each in free if frozenset(each) not in taken), None)
        if wanted is not None:
            self.bones.append(wanted)

    def skeleton(self) -> Skeleton:
        """Return what was made. Raises ValueError, in words for a person, where something does not fit."""
        names = {joint.slot: joint.name for joint in self.joints}
        return skeleton_of(
            self.name,
            [joint.name for joint in self.joints],
            [[names[slot] for slot in bone] for bone in self.bones],
            [[names[slot] for slot in pair] for pair in self.pairs],
            {" ".join(joint.name.split()): joint.colour for joint in self.joints},
            {" ".join(joint.name.split()): joint.slot for joint in self.joints},
        )

    def _change(self, slot: int, *, name: str | None = None, colour: Colour | None = None) -> None:
        self.joints = [
            joint
            if joint.slot != slot
            else SkeletonJoint(joint.name if name is None else name, colour or joint.colour, slot)
            for joint in self.joints
        ]
