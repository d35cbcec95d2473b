"""`adapt PROJECT [--forget]`."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from app.cli.console import Console
from app.cli.learning import facts_of, learn
from app.cli.propagate import add_weights_and_quality
from app.opening import open_project
from app.project.anchors import mask_anchors
from app.project.model import Kind, LearnedOnClip
from app.project.project import Project
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propagate import MaskRun
from engines.propagation.registry import DEFAULT_ENGINE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a *.throughline file; no label of it changes")
    parser.add_argument("--forget", action="store_true", help="forget what was learned for these weights instead")
    add_weights_and_quality(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Learn on the project's clip, and keep it in the project where anchors left out say that it helps."""
    engines = EngineLoader(feature_folder())
    if args.forget:
        return _forget(args, console, engines)
    opened = open_project(args.project)
    with closing(opened.project) as project:
        for notice in (*opened.clip.notices, *project.notices):
            console.note(notice)
        ids = [found.object_id for found in project.objects.values() if found.kind is Kind.MASK and not found.is_locked]
        anchors = mask_anchors(project, ids)
        asked = MaskRun(DEFAULT_ENGINE, "both", args.quality, anchors, (), args.weights, args.device)
        learned = learn(console, opened.clip, asked, engines)
        if learned.verdict.is_better:
            project.keep_learned(LearnedOnClip(learned.weights, str(learned.verdict), learned.data))
        else:
            project.forget_learned(learned.weights)
        project.flush()
    verdict = learned.verdict
    facts = {
        "project": str(args.project),
        "weights_fingerprint": learned.weights,
        "left_out": [asdict(trial) for trial in verdict.trials],
        **facts_of(verdict),
        "seconds": round(verdict.seconds, 3),
    }
    console.result(facts, f"{verdict}.")
    return 0


def _forget(args: argparse.Namespace, console: Console, engines: EngineLoader) -> int:
    info = engines.weights_of(DEFAULT_ENGINE, args.weights)
    assert info is not None
    with Project.open(args.project) as project:
        had_any = project.learned(info.fingerprint) is not None
        project.forget_learned(info.fingerprint)
    told = "is forgotten" if had_any else "was nothing"
    console.result({"project": str(args.project), "forgotten": had_any}, f"What was learned on the clip {told}.")
    return 0
