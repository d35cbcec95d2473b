"""Which format suits what is labelled, and whether one has anything to write."""

from __future__ import annotations

from app.errors import UserError
from app.formats.interface import Format, LabelSource, Trait
from app.formats.registry import FORMATS
from app.project.model import Kind
from app.tasks.exchange import KIND_WORDS, Snapshot, fitting, of_kind


def proposed_format(taken: Snapshot, last: str) -> str:
    """Return `last` if it takes anything that is labelled, else the first format that does. Any thread; quick."""
    labelled = {found.kind for found in taken.objects if taken.labels[found.object_id]}
    if not labelled or (last in FORMATS and _kinds_of(FORMATS[last]) & labelled):
        return last
    return next((name for name, row in FORMATS.items() if row.can_write and _kinds_of(row) & labelled), last)


def refuse_nothing(source: LabelSource, format_name: str) -> None:
    """Raise UserError, which says why and what to do, where an export of `source` would hold no label at all."""
    row = FORMATS[format_name]
    if fitting(of_kind(source, row), row).labels:
        return
    labelled = {object_id for on_frame in source.labels.values() for object_id in on_frame}
    kinds = {found.kind for found in source.objects if found.object_id in labelled}
    if kinds:
        words = {**KIND_WORDS, Kind.VOID: "void"}
        what = " and ".join(word for kind, word in words.items() if kind in kinds)
        fits = next(fit.title for fit in FORMATS.values() if fit.can_write and _kinds_of(fit) & kinds)
        problem = f"{row.title} has no place for {what}, and nothing else would go along"
        raise UserError(f"Nothing would be written, as {problem}", f"choose another format, such as {fits}")
    if source.told.left_out:
        raise UserError("Nothing would be written, as no label is as sure as you ask for", "ask for less")
    if source.told.proposals:
        raise UserError("Nothing would be written, as all that there is are proposals", "accept them first")
    raise UserError("Nothing would be written, as nothing is labelled yet", "label something first")


def _kinds_of(row: Format) -> frozenset[Kind]:
    """Return the kinds of objects whose labels `row` holds; boxes are made of masks."""
    painted = row.kinds & {Kind.MASK, Kind.BOX}
    kinds = row.kinds | {Kind.MASK} if painted else row.kinds
    return kinds | {Kind.VOID} if painted and Trait.VOID in row.holds else kinds
