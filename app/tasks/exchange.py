"""Export of a project's labels to other formats, and import of them into a new project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.errors import UserError
from app.formats.interface import LabelSource, LabelsRead
from app.formats.registry import reader, writer
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.partial import partial_name
from app.project.clip_location import record_of
from app.project.edits import Edit, Swap
from app.project.model import Kind, Label, Provenance
from app.project.project import Project
from app.whole_folder import refuse_own_folder, whole_folder
from engines.labels.presence import Presence


def label_source(project: Project, clip: Clip) -> LabelSource:
    """Return what there is to export: anchors and accepted labels of the mask objects. The project's thread."""
    objects = tuple(found for found in project.objects.values() if found.kind is Kind.MASK)
    labels: dict[int, dict[int, Label]] = {}
    for found in objects:
        for frame, label in project.labels_of(found.object_id).items():
            labels.setdefault(frame, {})[found.object_id] = label
    n_proposals = sum(len(project.proposals_of(found.object_id)) for found in objects)
    n_stale = sum(
        project.is_label_stale(object_id, frame, label)
        for frame, on_frame in labels.items()
        for object_id, label in on_frame.items()
    )
    return LabelSource(clip, objects, labels, project.mask, n_proposals, n_stale)


def export_labels(source: LabelSource, format_name: str, out: Path) -> Iterator[tuple[int, int]]:
    """Write `source` to the folder `out`, completely or not at all; yields (done, total) frames.

    Raises UserError where the folder or the format cannot take it.
    """
    refuse_own_folder(out, source.clip.path)
    with whole_folder(out) as folder:
        for n_done, _ in enumerate(writer(format_name).write(source, folder), 1):
            yield n_done, source.clip.n_frames


def export_notes(source: LabelSource, format_name: str) -> tuple[str, ...]:
    """Return what an export will leave out or cannot hold, a sentence each, before anything is written."""
    notes = writer(format_name).losses(source)
    n_missing = source.clip.n_frames - len(source.labels)
    if n_missing:
        notes += (f"Frames without any label are written empty, as if nothing were there: {n_missing}.",)
    if source.n_stale:
        notes += (f"Labels that are stale, their anchors having changed since, go along: {source.n_stale}.",)
    if source.n_proposals:
        notes += (f"Proposals that nobody has accepted are left out: {source.n_proposals}.",)
    return notes


def read_to_import(path: Path, format_name: str, clip: Clip) -> LabelsRead:
    """Return what `path` holds for `clip`. Raises UserError, naming the file, where it does not fit."""
    return reader(format_name).read(path, clip)


def import_labels(found: LabelsRead, clip: Clip, out: Path) -> Iterator[tuple[int, int]]:
    """Make the new project `out` of labels that were read, all as anchors; yields (done, total) files.

    The project appears whole, and never over another one. Raises UserError where it cannot be written or a
    file proves bad. Belongs to the thread that goes through it.
    """
    if out.exists():
        raise UserError(f"{out} already exists, and an import makes a new project", "give another name")
    with told_to_the_user(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    with partial_name(out.parent) as partial:
        try:
            with Project.create(partial, record_of(clip, partial)) as project:
                yield from _fill(project, found)
            with told_to_the_user(out):
                partial.rename(out)
        except UserError as error:  # the person knows only the final name, and nothing stays open to be saved later
            remedy = error.remedy.partition("; nothing is lost")[0]
            raise UserError(error.problem.replace(partial.name, out.name), remedy) from error


def _fill(project: Project, found: LabelsRead) -> Iterator[tuple[int, int]]:
    """Put `found` into an empty project, in one change; yields (done, total) files."""
    labels: dict[tuple[int, int], Swap[Label]] = {}
    for n_done, anchors in enumerate(found.anchors, 1):
        for anchor in anchors:
            presence = Presence.VISIBLE if anchor.mask.area else Presence.OUT_OF_FRAME
            label = Label(Provenance.ANCHOR, project.add_mask(anchor.mask), presence)
            labels[anchor.object_id, anchor.frame] = Swap(None, label)
        yield n_done, found.n_steps
    project.apply(Edit("import", {item.object_id: Swap(None, item) for item in found.objects}, labels))
    project.flush()
