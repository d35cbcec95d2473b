"""Export of a project's labels to other formats, and import of them into a new project."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from app.errors import UserError
from app.formats.interface import Counts, Format, LabelSource, Trait
from app.formats.look import Look
from app.formats.losses import kept_beside, losses
from app.formats.placing import LabelsRead, Match, PlacedLabel, placed
from app.formats.registry import FORMATS, reader, writer
from app.formats.side_car import FRAMES_FILE
from app.media.clip import Clip
from app.media.video_writer import WRITTEN_BY
from app.os_errors import told_to_the_user
from app.partial import partial_name
from app.project.clip_location import record_of
from app.project.edits import Edit, Swap
from app.project.masks import Content
from app.project.model import NO_ANCHOR, PICTURE_KINDS, Kind, Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.project.verbs import PAINTED_KINDS
from app.tasks.colours_shown import coloured_first
from app.tasks.textures import dresser
from app.whole_folder import Mark, refuse_own_folder, refuse_unwritable, whole_folder
from engines.labels.points import Points
from engines.labels.rle import RleMask

_JPEG_QUALITY = 95
_MARKS = (
    Mark(FRAMES_FILE, b'"time_s"'),
    Mark("labels.npz", b"presences.npy"),
)
"""What tells an earlier export: the side-car, or else the one file there is, which says by whom it was written."""

KIND_WORDS = {Kind.MASK: "masks", Kind.POINTS: "points", Kind.TEXTURE: "textures", Kind.COLOUR: "colour"}


class Becomes(StrEnum):
    """What imported labels become; as told: what the file says of each, an anchor where it is silent."""

    ANCHORS = "anchors"
    DERIVED = "derived"
    AS_TOLD = "as-told"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the labels goes into an export, whether the pictures go along, and how what is looked at looks."""

    anchors_only: bool = False
    min_confidence: float = 0.0
    """Derived labels below it are left out."""
    with_pictures: bool = False
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export will write, in how many steps, and what the person should know about it, a sentence each."""

    files: tuple[str, ...]
    n_steps: int
    notes: tuple[str, ...]

    @property
    def mark(self) -> Mark:
        """Return what tells an earlier export whose files this one would replace."""
        named = (mark for mark in _MARKS if mark.name in self.files)
        return next(named, Mark(self.files[0], WRITTEN_BY.encode()))

    def replaces(self, out: Path) -> bool:
        """Return whether the folder `out` has an earlier export. Raises UserError where that cannot be read."""
        with told_to_the_user(out):
            return self.mark.is_in(out)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The labels of a project at one moment, by object, frozen for another thread to go through."""

    clip: Clip
    objects: tuple[Object, ...]
    labels: Mapping[int, Mapping[int, Label]]
    mask: Callable[[int], RleMask]
    points: Callable[[int], Points]
    n_proposals: Mapping[int, int]
    content: Callable[[int], Content]


def snapshot(project: Project, clip: Clip) -> Snapshot:
    """Return what there is of all kinds that are labelled, void last. The project's thread; quick, whatever it is."""
    kinds = (*PAINTED_KINDS, Kind.POINTS, *PICTURE_KINDS)
    labelled = [found for found in project.objects.values() if found.kind in kinds]
    objects = tuple(sorted(labelled, key=lambda found: found.kind is Kind.VOID))
    labels = {found.object_id: dict(project.labels_of(found.object_id)) for found in objects}
    n_proposals = {found.object_id: len(project.proposals_of(found.object_id)) for found in objects}
    return Snapshot(clip, objects, labels, project.mask, project.points, n_proposals, project.content)


def label_source(taken: Snapshot, wanted: Wanted | None = None) -> LabelSource:
    """Return what there is to export: of anchors and accepted labels those that are wanted. Any thread."""
    wanted = wanted or Wanted()
    labels: dict[int, dict[int, Label]] = {}
    counts: dict[int, Counts] = {}
    for found in taken.objects:
        of_object = taken.labels[found.object_id]
        n_left_out = n_stale = 0
        fresh = with_sources({(0, frame): label for frame, label in of_object.items()})
        for frame, label in of_object.items():
            if _is_wanted(label, wanted):
                labels.setdefault(frame, {})[found.object_id] = label
                n_stale += label.sources != fresh[0, frame].sources
            else:
                n_left_out += 1
        counts[found.object_id] = Counts(taken.n_proposals[found.object_id], n_stale, n_left_out)
    dress = coloured_first(dresser(taken.clip, taken.content, taken.labels), taken.content)
    return LabelSource(taken.clip, taken.objects, labels, taken.mask, taken.points, counts, wanted.look, dress)


def export_plan(source: LabelSource, format_name: str, *, with_pictures: bool = False) -> ExportPlan:
    """Return what an export will write, and what it will leave out or cannot hold. Raises UserError where it cannot."""
    row, everything = FORMATS[format_name], source
    source = of_kind(source, row)
    fit = fitting(source, row)
    plan = writer(format_name).plan(fit)
    notes = (*losses(source, row), *plan.losses)
    others = len(everything.objects) - len(source.objects)
    if others:
        left = [found.kind for found in everything.objects if found not in source.objects]
        what = " and ".join(word for kind, word in KIND_WORDS.items() if kind in left)
        notes = (f"The format has no place for {what}. Objects with {what} are left out: {others}.", *notes)
    n_missing = source.clip.n_frames - len(fit.frames)
    if n_missing and row.fills:
        notes += (f"Frames without any label are left empty, as if nothing were there: {n_missing}.",)
    told = source.told
    if told.left_out:
        notes += (f"Labels that were not wanted are left out: {told.left_out}.",)
    if told.stale:
        notes += (f"Labels that are stale, their anchors having changed since, go along: {told.stale}.",)
    if told.proposals:
        notes += (f"Proposals that nobody has accepted are left out: {told.proposals}.",)
    notes += kept_beside(fit, row)
    pictures = _picture_names(source, row) if with_pictures else {}
    return ExportPlan((*plan.files, *pictures.values()), plan.n_steps + len(pictures), notes)


def export_labels(
    source: LabelSource, format_name: str, out: Path, *, with_pictures: bool = False
) -> Iterator[tuple[int, int]]:
    """Write `source` to the folder `out`, completely or not at all; yields (done, total) steps.

    `with_pictures` puts the clip's frames where the format wants them. Raises UserError where the folder or the
    format cannot take it.
    """
    refuse_own_folder(out, source.clip.path)
    row = FORMATS[format_name]
    if with_pictures and not row.pictures:
        raise UserError(f"{row.title} has no place for pictures", "export without them")
    fit = fitting(of_kind(source, row), row)
    plan = export_plan(source, format_name, with_pictures=with_pictures)
    n_done = 0
    with whole_folder(out, plan.mark, plan.files) as folder:
        for _ in writer(format_name).write(fit, folder):
            n_done += 1
            yield n_done, plan.n_steps
        if with_pictures:
            for _ in _write_pictures(source, row, folder):
                n_done += 1
                yield n_done, plan.n_steps


def read_to_import(path: Path, format_name: str, clip: Clip, match: Match = Match.AUTO) -> LabelsRead:
    """Return what `path` holds for `clip`. Raises UserError, naming the file, where it does not fit."""
    return placed(reader(format_name).read(path, clip), clip, match)


def import_labels(
    found: LabelsRead, clip: Clip, out: Path, becomes: Becomes = Becomes.ANCHORS
) -> Iterator[tuple[int, int]]:
    """Make the new project `out` of labels that were read; yields (done, total) steps.

    The project appears whole, and never over another one. Raises UserError where it cannot be written or a
    file proves bad. Belongs to the thread that goes through it.
    """
    if out.exists():
        raise UserError(f"{out} already exists, and an import makes a new project", "give another name")
    refuse_unwritable(out.parent)
    with told_to_the_user(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    with partial_name(out.parent) as partial:
        try:
            with Project.create(partial, record_of(clip, partial)) as project:
                yield from _fill(project, found, becomes)
            with told_to_the_user(out):
                partial.rename(out)
        except UserError as error:  # the person knows only the final name, and nothing stays open to be saved later
            remedy = error.remedy.partition("; nothing is lost")[0]
            raise UserError(error.problem.replace(partial.name, out.name), remedy) from error


def converted(found: LabelsRead, clip: Clip, wanted: Wanted) -> Generator[tuple[int, int] | LabelSource, None, None]:
    """Yield (done, total) steps of reading, then what was read as something to export, open until closed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "converted.throughline"
        yield from import_labels(found, clip, path, Becomes.AS_TOLD)
        with Project.open(path) as project:
            yield label_source(snapshot(project, clip), wanted)


def made_label(read: PlacedLabel, mask_id: int, becomes: Becomes, objects: Mapping[int, Object]) -> Label:
    """Return the label that a project gets for one that was read; void is always a person's."""
    is_void = objects[read.object_id].kind is Kind.VOID
    told = read.provenance if becomes is Becomes.AS_TOLD else Provenance.DERIVED
    if becomes is Becomes.ANCHORS or is_void or told is Provenance.ANCHOR:
        return Label(Provenance.ANCHOR, mask_id, read.presence)
    return Label(Provenance.DERIVED, mask_id, read.presence, read.confidence)


def with_sources(labels: Mapping[LabelKey, Label]) -> dict[LabelKey, Label]:
    """Return the labels of new objects, the derived ones as carried from their neighbouring anchors: none is stale."""
    anchors: dict[int, list[int]] = {}
    for (object_id, frame), label in sorted(labels.items(), key=lambda item: item[0]):
        if label.provenance is Provenance.ANCHOR:
            anchors.setdefault(object_id, []).append(frame)

    def mask_id(object_id: int, frames: list[int], place: int) -> int:
        return labels[object_id, frames[place]].mask_id if 0 <= place < len(frames) else NO_ANCHOR

    made = dict(labels)
    for (object_id, frame), label in labels.items():
        if label.provenance is Provenance.DERIVED:
            frames = anchors.get(object_id, [])
            right = bisect_left(frames, frame)
            sources = mask_id(object_id, frames, right - 1), mask_id(object_id, frames, right)
            made[object_id, frame] = replace(label, sources=sources)
    return made


def _fill(project: Project, found: LabelsRead, becomes: Becomes) -> Iterator[tuple[int, int]]:
    """Put `found` into an empty project, in one change; yields (done, total) steps."""
    objects = {item.object_id: item for item in found.objects}
    labels: dict[LabelKey, Label] = {}
    for n_done, on_frame in enumerate(found.labels, 1):
        for read in on_frame:
            key = (read.object_id, read.frame)
            labels[key] = made_label(read, project.add_mask(read.mask), becomes, objects)
        yield n_done, found.n_steps
    swaps = {key: Swap(None, label) for key, label in with_sources(labels).items()}
    project.apply(Edit("import", {item.object_id: Swap(None, item) for item in found.objects}, swaps))
    project.flush()


def _is_wanted(label: Label, wanted: Wanted) -> bool:
    if label.provenance is Provenance.ANCHOR:
        return True
    return not wanted.anchors_only and label.confidence >= wanted.min_confidence


def fitting(source: LabelSource, row: Format) -> LabelSource:
    """Return `source` without the void where the format would take it for a thing."""
    return source if Trait.VOID in row.holds else _only(source, source.things)


def of_kind(source: LabelSource, row: Format) -> LabelSource:
    """Return `source` with the objects that the format is for; void goes with masks, and boxes are made of those."""
    kinds = {*row.kinds, *(PAINTED_KINDS if row.kinds & {Kind.MASK, Kind.BOX} else ())}
    return _only(source, tuple(found for found in source.objects if found.kind in kinds))


def _only(source: LabelSource, objects: tuple[Object, ...]) -> LabelSource:
    """Return `source` with some of its objects."""
    if len(objects) == len(source.objects):
        return source
    wanted = {found.object_id for found in objects}
    labels = {
        frame: kept
        for frame, on_frame in source.labels.items()
        if (kept := {object_id: label for object_id, label in on_frame.items() if object_id in wanted})
    }
    return replace(source, objects=objects, labels=labels)


def _picture_names(source: LabelSource, row: Format) -> dict[int, str]:
    """Return where the picture of each frame belongs."""
    if not row.pictures:
        return {}
    return {
        frame: row.pictures.format(video=source.video, frame=frame, number=frame + 1)
        for frame in range(source.clip.n_frames)
    }


def _write_pictures(source: LabelSource, row: Format, folder: Path) -> Iterator[None]:
    names = _picture_names(source, row)
    with source.clip.open() as frames:
        for frame, name in names.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(frames.image(frame)).save(path, quality=_JPEG_QUALITY)  # PNG where the format wants it
            yield
