"""Carry what the objects of a project are labelled with through its clip: masks, points, textures, colour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.media.clip import Clip
from app.project import pending
from app.project.anchors import mask_anchors, paint_anchors, points_anchors
from app.project.model import ABSENT, Kind, LearnedOnClip, UsedWeights
from app.project.project import Project
from app.tasks.carry_colours import ColourRun, carry_colours
from app.tasks.carry_points import Tick, carry_points
from app.tasks.carry_textures import TextureRun, carry_textures
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import MaskRun, Seen, propagate_masks, unseen
from app.tasks.propagate_points import PointRun
from engines.propagation.point_registry import POINT_ENGINES
from engines.propagation.registry import ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.types import (
    Direction,
    LabelResult,
    MaskAnchor,
    PaintAnchor,
    PointsAnchor,
    Quality,
    Stretch,
)

if TYPE_CHECKING:
    from engines.weights import WeightsInfo


@dataclass(frozen=True, slots=True)
class ObjectRun:
    """A run with its anchors as they are when it is asked for."""

    masks: MaskRun
    points: PointRun
    points_anchors: tuple[PointsAnchor, ...]
    points_stretches: tuple[Stretch, ...]
    textures: TextureRun
    colours: ColourRun

    @property
    def anchors(self) -> tuple[MaskAnchor | PointsAnchor | PaintAnchor, ...]:
        """All anchors of the objects concerned."""
        return (*self.masks.anchors, *self.points_anchors, *self.textures.anchors, *self.colours.anchors)

    @property
    def ticked_stretches(self) -> tuple[Stretch, ...]:
        """The stretches whose frames are counted as they are gone through (`Tick`), not by their results."""
        return (*self.points_stretches, *self.textures.stretches, *self.colours.stretches)


def carried_kinds(engine: str) -> frozenset[Kind]:
    """Return the kinds of objects that the engine of a name carries."""
    every = {Kind.MASK, Kind.POINTS, Kind.TEXTURE, Kind.COLOUR}
    return frozenset(every if engine in POINT_ENGINES else {Kind.MASK})


def carried_objects(project: Project, engine: str) -> tuple[int, ...]:
    """Return the objects that the engine of a name carries: those of its kinds that are not locked."""
    kinds = carried_kinds(engine)
    return tuple(found.object_id for found in project.objects.values() if found.kind in kinds and not found.is_locked)


def learned_for(project: Project, engine: str, weights: WeightsInfo | None) -> LearnedOnClip | None:
    """Return what was learned on the clip for the `weights` that a run by `engine` uses, None where nothing was."""
    info = ENGINES.get(engine)
    if weights is None or info is None or info.recipe != "ours":
        return None
    return project.learned(weights.fingerprint)


def used_weights(weights: WeightsInfo | None, learned: LearnedOnClip | None) -> UsedWeights | None:
    """Return what a run's record says of its weights, changed or not by what was `learned` on the clip."""
    if weights is None or learned is None:
        return None if weights is None else UsedWeights(weights.name, weights.fingerprint)
    return UsedWeights(f"{weights.name}, learned on this clip", learned.fingerprint)


def object_run(
    project: Project,
    stretches: Iterable[Stretch],
    how: tuple[str, Direction, Quality],
    weights: str = "",
    device: str = "auto",
    learned: bytes = b"",
    near: int | None = None,
) -> ObjectRun:
    """Return the run over `stretches` of some objects by an engine, in a direction and quality: `how`.

    `learned` and `near` are for masks; see `MaskRun`. The project's thread. Raises UserError for a damaged label.
    """
    of_kind: defaultdict[Kind, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        of_kind[project.objects[stretch.object_id].kind].append(stretch)
    ids = {kind: sorted({stretch.object_id for stretch in found}) for kind, found in of_kind.items()}
    anchors = mask_anchors(project, ids.get(Kind.MASK, ()))
    masks = MaskRun(*how, anchors, tuple(of_kind[Kind.MASK]), weights, device, learned=learned, near=near)
    points = PointRun(*how, weights, device)
    placed = points_anchors(project, ids.get(Kind.POINTS, ()))
    textures = _texture_run(project, ids.get(Kind.TEXTURE, ()), tuple(of_kind[Kind.TEXTURE]), how)
    pictures = paint_anchors(project, ids.get(Kind.COLOUR, ()))
    colours = ColourRun(how[1], how[2], pictures, tuple(of_kind[Kind.COLOUR]), weights, device)
    return ObjectRun(masks, points, placed, tuple(of_kind[Kind.POINTS]), textures, colours)


def _texture_run(
    project: Project, ids: Iterable[int], stretches: tuple[Stretch, ...], how: tuple[str, Direction, Quality]
) -> TextureRun:
    """Return the run of some textures, with the masks on the frames that they are painted on."""
    anchors = paint_anchors(project, ids)
    surfaces = {}
    for frame in {anchor.frame for anchor in anchors}:
        things = [found for found in project.objects.values() if found.kind is Kind.MASK]
        shown = [seen[0] for found in things if (seen := pending.shown(project, found.object_id, frame)) is not None]
        surfaces[frame] = tuple(project.mask(label.mask_id) for label in shown if label.presence not in ABSENT)
    return TextureRun(how[1], how[2], anchors, stretches, surfaces)


def propagate_objects(
    clip: Clip,
    run: ObjectRun,
    damaged: set[int] | None = None,
    engines: EngineLoader | None = None,
    seen: Seen = unseen,
) -> Iterator[LabelResult | Tick]:
    """Yield the results of `run` as they come: those of `propagate_masks`, `carry_points` and so on."""
    damaged = set() if damaged is None else damaged
    engines = engines or EngineLoader()
    parts: list[Generator[LabelResult | Tick]] = []
    if run.masks.stretches:
        parts.append(propagate_masks(clip, run.masks, damaged, engines, seen))
    if run.points_stretches:
        parts.append(carry_points(clip, run.points, run.points_anchors, run.points_stretches, damaged, engines, seen))
    if run.textures.stretches:
        parts.append(carry_textures(clip, run.textures, damaged, seen))
    if run.colours.stretches:
        parts.append(carry_colours(clip, run.colours, damaged, engines, seen))
    return _in_turn(parts, n_results(run.ticked_stretches, run.points.direction))


def _in_turn(parts: Iterable[Generator[LabelResult | Tick]], n_expected: int) -> Iterator[LabelResult | Tick]:
    """Yield what all parts do, their ticks counted on from part to part; `n_expected` ticks are thought to come."""
    n_before = 0
    for part in parts:
        tick = Tick(0, 0)
        with closing(part):
            for result in part:
                if isinstance(result, Tick):
                    tick = result
                    yield Tick(n_before + tick.n_done, max(n_expected, n_before + tick.n_total))
                else:
                    yield result
        n_before += tick.n_done
    if n_before:
        yield Tick(n_before, n_before)
