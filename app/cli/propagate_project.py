"""`propagate PROJECT --scope SCOPE --out PROJECT`: what the window's run does, into a copy of the project."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing

from app.cli.console import Console, counted
from app.cli.work import Work, engine_facts
from app.errors import UserError
from app.media.clip import Clip
from app.opening import PROJECT_SUFFIX, open_project
from app.project import pending, verbs
from app.project.edits import Edit
from app.project.model import RunState, UsedWeights
from app.project.project import Project
from app.tasks.carry_points import Tick
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.objects import changed_copy
from app.tasks.propagate_objects import (
    ObjectRun,
    carried_objects,
    learned_for,
    object_run,
    propagate_objects,
    used_weights,
)
from engines.propagation.schedule import n_results
from engines.propagation.types import LabelResult, Stretch

_BATCH = 50
"""Results that reach the file together."""


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry what the project's objects are labelled with, and write a copy of it with the results."""
    if args.clip.suffix != PROJECT_SUFFIX:
        raise UserError(
            f"{args.clip} is no project", f"--scope is for a *{PROJECT_SUFFIX} file; give --labels for a clip"
        )
    out = args.out if args.out.suffix == PROJECT_SUFFIX else args.out.with_name(args.out.name + PROJECT_SUFFIX)
    engines = EngineLoader(feature_folder())
    opened = open_project(args.clip)
    with closing(opened.project) as project:
        stretches = _stretches(args, project)
        weights = engines.weights_of(args.engine, args.weights)
        learned = learned_for(project, args.engine, weights)
        how = (args.engine, args.direction, args.quality)
        data = b"" if learned is None else learned.data
        asked = object_run(project, stretches, how, args.weights, args.device, data)
        n_labels = sum(len(stretch) for stretch in stretches)
        n_objects = len({stretch.object_id for stretch in stretches})
        work = Work(console, [*opened.clip.notices, *project.notices])
        console.note(
            f"Carrying {counted(n_objects, 'object')} to {counted(n_labels, 'label')} with {args.engine}"
            f"{'' if weights is None else f', weights {weights.name}'}."
        )

        def make(copy: Project) -> Edit:
            used = used_weights(weights, learned if asked.masks.stretches else None)
            steps = _carried(copy, opened.clip, asked, stretches, used, work.damaged, engines)
            total = n_results(asked.masks.stretches, args.direction)
            total += 2 * sum(len(stretch) for stretch in asked.points_stretches)  # for the time being, and for good
            total += sum(len(stretch) for stretch in (*asked.textures.stretches, *asked.colours.stretches))
            for _ in console.follow(steps, total, "results"):
                pass
            return verbs.accept(copy) if args.accept else Edit("")

        changed_copy(project, out, make)
    facts = {
        "out": str(out),
        **engine_facts(args.engine, weights),
        "quality": args.quality,
        "direction": args.direction,
        "objects": sorted({stretch.object_id for stretch in stretches}),
        "labels": n_labels,
        "accepted": args.accept,
    }
    state = "accepted" if args.accept else "proposed, to be reviewed in the window"
    work.done(facts, f"{counted(n_labels, 'label')} {state} in {out}", "labels")
    return 0


def _stretches(args: argparse.Namespace, project: Project) -> tuple[Stretch, ...]:
    """Return what is to be labelled. Raises UserError where that is nothing."""
    ids = carried_objects(project, args.engine)
    found = pending.stretches(project, ids, range(project.clip.n_frames), args.direction, args.scope)
    if not found:
        raise UserError(
            f"{args.clip} has nothing to carry by {args.engine}: no object that is not locked has an anchor, "
            f"or no frame is wanted by --scope {args.scope}",
            "make an anchor in the window, or give --scope all",
        )
    return found


def _carried(
    copy: Project,
    clip: Clip,
    asked: ObjectRun,
    stretches: tuple[Stretch, ...],
    used: UsedWeights | None,
    damaged: set[int],
    engines: EngineLoader,
) -> Iterator[None]:
    """Put the results of a run into `copy`; yields for each."""
    how = (asked.points.engine, asked.points.direction, asked.points.quality)
    record = copy.begin_run(*how, stretches, used)
    waiting: list[LabelResult] = []
    for result in propagate_objects(clip, asked, damaged, engines):
        if isinstance(result, Tick):
            continue
        waiting.append(result)
        if len(waiting) == _BATCH:
            copy.add_results(record.run_id, waiting)
            waiting.clear()
        yield
    copy.add_results(record.run_id, waiting)
    copy.end_run(record.run_id, RunState.FINISHED)
