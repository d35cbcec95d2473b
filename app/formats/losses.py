"""The loss report: what of a project does not survive a format, said before anything is written."""

from __future__ import annotations

from app.formats.interface import Format, LabelSource, Trait
from app.formats.side_car import FILES
from app.project.model import Kind, Provenance
from engines.labels.presence import Presence


def losses(source: LabelSource, row: Format) -> tuple[str, ...]:
    """Return a sentence for each thing in `source` that gets lost because `row` has no place for it."""
    found = []
    if Kind.BOX in row.kinds:
        found.append("Of each mask only the box around it is kept.")
    if Trait.VOID not in row.holds and any(found.kind is Kind.VOID for found in source.objects):
        found.append("Void is left out: the format has no place for what scoring is to leave out.")
    if Trait.OVERLAP not in row.holds and len(source.objects) > 1:
        kept = "an anchor before a carried label, else the object further down in the list"
        found.append(f"Where objects overlap only one keeps the pixels: {kept}.")
    return tuple(found)


def kept_beside(source: LabelSource, row: Format) -> tuple[str, ...]:
    """Return the sentence about what only the side-car keeps, where there is anything of the sort."""
    missing = [trait.value for trait in Trait if trait in _present(source) - row.holds]
    if not missing or not row.can_read:
        return ()
    return (f"Other programs do not see {_listed(missing)}: they are in {_listed(list(FILES))} beside the labels.",)


def _present(source: LabelSource) -> frozenset[Trait]:
    """Return the traits that `source` makes use of and that a side-car can keep."""
    labels = [label for on_frame in source.labels.values() for label in on_frame.values()]
    presences = {label.presence for label in labels}
    skeletons = [found.skeleton for found in source.objects if found.skeleton is not None]
    is_derived = any(label.provenance is Provenance.DERIVED for label in labels)
    has = {
        Trait.IDENTITY: len(source.labels) > 1,
        Trait.NAMES: bool(source.objects),
        Trait.CLASSES: any(found.class_name for found in source.objects),
        Trait.NOT_HERE: Presence.OUT_OF_FRAME in presences,
        Trait.PRESENCE: bool(presences - {Presence.VISIBLE, Presence.OUT_OF_FRAME}),
        Trait.CONFIDENCE: is_derived,
        Trait.PROVENANCE: is_derived,
        Trait.TIMES: True,
        Trait.JOINTS: bool(skeletons),
        Trait.VISIBILITY: bool(skeletons),
        Trait.JOINT_CONFIDENCE: bool(skeletons) and is_derived,
        Trait.BONES: any(skeleton.bones for skeleton in skeletons),
        Trait.SIDES: any(skeleton.pairs for skeleton in skeletons),
    }
    return frozenset(trait for trait, is_there in has.items() if is_there)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
