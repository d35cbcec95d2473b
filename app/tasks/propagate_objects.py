"""Carry what the objects of a project are labelled with through its clip, whatever it is: masks first, then points."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.media.clip import Clip
from app.project.model import Kind, LearnedOnClip, UsedWeights
from app.project.project import Project
from app.tasks.carry_points import Tick, carry_points
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import MaskRun, Seen, propagate_masks, unseen
from app.tasks.propagate_points import PointRun
from engines.propagation.point_registry import POINT_ENGINES
from engines.propagation.registry import ENGINES
from engines.propagation.types import Direction, LabelResult, MaskAnchor, PointsAnchor, Quality, Stretch

if TYPE_CHECKING:
    from engines.weights import WeightsInfo


@dataclass(frozen=True, slots=True)
class ObjectRun:
    """A run with its anchors as they are when it is asked for."""

    masks: MaskRun
    points: PointRun
    points_anchors: tuple[PointsAnchor, ...]
    points_stretches: tuple[Stretch, ...]

    @property
    def anchors(self) -> tuple[MaskAnchor | PointsAnchor, ...]:
        """All anchors of the objects concerned."""
        return (*self.masks.anchors, *self.points_anchors)


def carried_kinds(engine: str) -> frozenset[Kind]:
    """Return the kinds of objects that the engine of a name carries."""
    return frozenset({Kind.MASK, Kind.POINTS} if engine in POINT_ENGINES else {Kind.MASK})


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
    of_points: dict[bool, list[Stretch]] = {False: [], True: []}
    for stretch in stretches:
        of_points[project.objects[stretch.object_id].kind is Kind.POINTS].append(stretch)
    ids = {kind: sorted({stretch.object_id for stretch in found}) for kind, found in of_points.items()}
    masks = MaskRun(
        *how, project.mask_anchors(ids[False]), tuple(of_points[False]), weights, device, learned=learned, near=near
    )
    points = PointRun(*how, weights, device)
    return ObjectRun(masks, points, project.points_anchors(ids[True]), tuple(of_points[True]))


def propagate_objects(
    clip: Clip,
    run: ObjectRun,
    damaged: set[int] | None = None,
    engines: EngineLoader | None = None,
    seen: Seen = unseen,
) -> Iterator[LabelResult | Tick]:
    """Yield the results of `run` as they come; see `propagate_masks`, whose results come first, and `carry_points`."""
    damaged = set() if damaged is None else damaged
    engines = engines or EngineLoader()
    parts: list[Generator[LabelResult | Tick]] = []
    if run.masks.stretches:
        parts.append(propagate_masks(clip, run.masks, damaged, engines, seen))
    if run.points_stretches:
        parts.append(carry_points(clip, run.points, run.points_anchors, run.points_stretches, damaged, engines, seen))
    return _in_turn(parts)


def _in_turn(parts: Iterable[Generator[LabelResult | Tick]]) -> Iterator[LabelResult | Tick]:
    for part in parts:
        with closing(part):
            yield from part
