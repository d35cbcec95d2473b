"""What each part of the `walk-flow` recipe is worth: train without it, and score.

    python docs/ablate_correspondence.py --data ../shared/data/videos ../shared/data/images --steps 1500

Every variant is trained alone, on one thread, from the same seed, for the same number of steps with its own whole
schedule. Run it again after a stop: finished variants are kept, the one in the middle goes on from its last
checkpoint. Scores are the validation on rendered scenes, and where `--scored` is laid out as DAVIS is, mean J and F of
its sequences through one published way of carrying labels, the same for all. Writes a table to `--table`, the
curves to `--picture`, everything to `results.json` in `--work`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from app.formats.mask_png import read_mask  # noqa: E402
from app.media.clip import open_clip  # noqa: E402
from app.tasks.bench_engines import find_sequences  # noqa: E402
from app.tasks.engine_loader import EngineLoader  # noqa: E402
from app.tasks.markdown import markdown_table  # noqa: E402
from app.tasks.propagate import propagate_masks, whole_clip_run  # noqa: E402
from docs.curves import draw_curves  # noqa: E402
from docs.kept_results import KeptResults  # noqa: E402
from engines.correspondence.encoder_weights import save_encoder  # noqa: E402
from engines.device import Compute, pick_compute  # noqa: E402
from engines.labels.rle import RleMask  # noqa: E402
from engines.metrics.davis import score_object  # noqa: E402
from engines.propagation.registry import ENGINES  # noqa: E402
from engines.propagation.types import MaskAnchor  # noqa: E402
from engines.training.curve import Curve  # noqa: E402
from engines.training.frame_pool import FramePool, read_pool  # noqa: E402
from engines.training.loop import STATE_FILE, Training  # noqa: E402
from engines.training.recipes import build_recipe  # noqa: E402
from engines.training.validation import Validation  # noqa: E402

_N_CURVE_ROWS = 20
_SAVED_EVERY_S = 60.0


@dataclass(frozen=True)
class Variant:
    """One training. `changes` are of the recipe; `n_clips` and `n_stills` None keep all; `share` is of the steps."""

    name: str
    title: str
    changes: Mapping[str, float] = field(default_factory=dict)
    n_clips: int | None = None
    n_stills: int | None = None
    share: float = 1.0
    seed: int = 0  # added to that of all


VARIANTS = (
    Variant("whole", "the whole recipe"),
    Variant("seed-1", "the whole recipe, another seed", seed=1),
    Variant("seed-2", "the whole recipe, a third seed", seed=2),
    Variant("no-warps", "without known warps", {"warps": 0.0}),
    Variant("no-flow", "without pairs from flow", {"flow": 0.0}),
    Variant("no-fine", "nothing taught to the fine head", {"fine": 0.0}),
    Variant("no-walk", "without walks through time", {"walk": 0.0}),
    Variant("no-colours", "without colours put together", {"colours": 0.0}),
    Variant("stills", "stills only", n_clips=0),
    Variant("clips", "clips only", n_stills=0),
    Variant("clips-50", "50 clips only", n_clips=50, n_stills=0),
    Variant("clips-10", "10 clips only", n_clips=10, n_stills=0),
    Variant("half", "half the steps", share=0.5),
    Variant("quarter", "a quarter of the steps", share=0.25),
    Variant("double", "twice the steps", share=2.0),
)


def train(
    variant: Variant, args: argparse.Namespace, pool: FramePool, validation: Validation, compute: Compute
) -> dict[str, Any]:
    """Train one variant, or finish it, and return what the curve and the validation say; writes its weights."""
    folder = args.work / variant.name
    recipe = replace(build_recipe("walk-flow", args.architecture, args.size, args.samples), **variant.changes)  # type: ignore[type-var]
    n_steps = max(1, round(args.steps * variant.share))
    part = pool.part(variant.n_clips, variant.n_stills)
    training = Training(recipe, part, n_steps, args.seed + variant.seed, compute)
    curve = Curve(max(1, n_steps // _N_CURVE_ROWS))
    if (folder / STATE_FILE).exists():
        training.resume(folder)
        curve.read(folder / "curve.csv", training.number)
    if not curve.rows:
        curve.judge(validation.judge(training.weights(), compute).figures, training.number, training.seconds)
    saved_s = time.monotonic()
    for step in training.run():
        if curve.add(step):
            row = curve.judge(validation.judge(training.weights(), compute).figures, step.number, step.seconds)
            print(f"{variant.name} {step.number}/{n_steps}, {step.seconds:.0f} s: {row['mean']:.3f}", flush=True)
            if time.monotonic() - saved_s > _SAVED_EVERY_S or step.number == n_steps:
                training.save(folder)
                curve.write(folder / "curve.csv")
                saved_s = time.monotonic()
    about = {"name": variant.name, "title": variant.title, "summary": f"walk-flow, {variant.title}, {n_steps} steps"}
    save_encoder(
        training.weights(),
        folder / f"{variant.name}.safetensors",
        architecture=recipe.architecture,
        options=recipe.options,
        about=about,
    )
    last = curve.judged[-1]
    verdict = {name: last[name] for name in last if name.startswith(("right ", "mean", "stays"))}
    points = [(row["step"], row["mean"]) for row in curve.judged]
    return {"steps": n_steps, "seconds": training.seconds, **verdict, "curve": points}


def score(weights: Path, data: Path, names: Sequence[str], engine: str) -> dict[str, dict[str, float]]:
    """Return J and F of every sequence, its first mask given, carried by `engine` in draft with these weights."""
    engines = EngineLoader()
    found = {}
    for name in names:
        clip = open_clip(data / "JPEGImages" / "480p" / name)
        files = sorted((data / "Annotations" / "480p" / name).glob("*.png"))
        truth = [RleMask.encode(read_mask(file, (clip.width, clip.height)).values > 0) for file in files]
        anchor = MaskAnchor(1, 0, truth[0])
        run = whole_clip_run(clip.n_frames, (anchor,), engine, "forward", "draft", str(weights), "cpu")
        masks = [truth[0]] * clip.n_frames
        for result in propagate_masks(clip, run, engines=engines):
            masks[result.frame] = result.mask
        total = score_object((a.decode(), b.decode()) for a, b in zip(truth, masks, strict=True))
        found[name] = {"J": total.j.mean, "F": total.f.mean}
        print(f"{weights.stem} {name}: J {total.j.mean:.3f}, F {total.f.mean:.3f}", flush=True)
    return found


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the results as Markdown; J and F of those that were scored as the first scored one was."""
    rows = [(variant, results[variant.name]) for variant in VARIANTS if variant.name in results]
    gaps = [name for name in rows[0][1] if name.startswith("right ")]
    scored = next((how_scored(row) for _, row in rows if "J" in row), None)
    head = ["variant", "steps", "minutes", *(f"{name[6:]} frames later" for name in gaps), "mean", "stays"]
    head += [f"J by {scored[0]}", "F"] if scored else []
    lines = []
    for variant, row in rows:
        cells = [variant.title, row["steps"], f"{row['seconds'] / 60:.1f}"]
        cells += [f"{row[name]:.3f}" for name in (*gaps, "mean", "stays")]
        if scored:
            cells += [f"{row[name]:.3f}" if how_scored(row) == scored else "" for name in ("J", "F")]
        lines.append(cells)
    return markdown_table(head, lines)


def how_scored(row: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return by which engine on which sequences."""
    return row.get("engine", ""), sorted(row.get("sequences", ()))


def keep(kept: KeptResults, args: argparse.Namespace) -> None:
    """Write results, table and picture as they stand."""
    kept.keep(table, args.table)
    curves = {v.title: kept.by_variant[v.name]["curve"] for v in VARIANTS if v.name in kept.by_variant}
    args.picture.parent.mkdir(parents=True, exist_ok=True)
    draw_curves(curves, args.picture, "The walk-flow recipe with a part left out", "steps", "points matched rightly")


def chosen(args: argparse.Namespace) -> Iterator[Variant]:
    """Yield the variants that were asked for."""
    unknown = set(args.only or ()) - {variant.name for variant in VARIANTS}
    if unknown:
        sys.exit(f"there is no variant {', '.join(sorted(unknown))}; there are {', '.join(v.name for v in VARIANTS)}")
    yield from (variant for variant in VARIANTS if not args.only or variant.name in args.only)


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of clips and stills")
    parser.add_argument("--steps", type=int, default=1500, help="of each variant (default: 1500)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=", ".join(variant.name for variant in VARIANTS))
    parser.add_argument("--architecture", default="small")
    parser.add_argument("--size", type=int, help="side of the crops in pixels")
    parser.add_argument("--samples", type=int, help="moments in a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scored", type=Path, help="folder laid out as DAVIS is, for J and F")
    parser.add_argument("--sequences", nargs="+", help="of it (default: those of ImageSets/480p, or all)")
    parser.add_argument("--engine", default="crw", help="what carries the masks (default: crw)")
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "ablations")
    parser.add_argument("--table", type=Path, help="(default: table.md in WORK)")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "pictures" / "ablations.png")
    args = parser.parse_args()
    args.table = args.table or args.work / "table.md"
    return args


def listed(data: Path) -> list[str] | None:
    """Return the sequences that the lists of a DAVIS folder name, None where it has none."""
    names = {name for file in (data / "ImageSets" / "480p").glob("*.txt") for name in file.read_text().split()}
    return sorted(names) or None


def main() -> int:
    """Train and score what is not there yet."""
    args = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    settings = ("steps", "seed", "architecture", "size", "samples", "data")
    kept = KeptResults(args.work, {name: getattr(args, name) for name in settings})
    results = kept.by_variant
    variants = list(chosen(args))
    missing = [variant for variant in variants if variant.name not in results]
    if missing:
        compute, validation = pick_compute("cpu"), Validation()
        pool = read_pool(args.data)
        print(f"{len(pool.clips)} clips, {pool.n_frames} frames, {len(pool.stills)} stills", flush=True)
        for variant in missing:
            results[variant.name] = train(variant, args, pool, validation, compute)
            keep(kept, args)
    if args.scored and args.engine not in ENGINES:
        print(f"no engine is called {args.engine}, so nothing is scored by J")
    elif args.scored:
        names = find_sequences(args.scored, args.sequences or listed(args.scored))
        for variant in variants:
            row = results[variant.name]
            if how_scored(row) != (args.engine, sorted(names)):
                found = score(args.work / variant.name / f"{variant.name}.safetensors", args.scored, names, args.engine)
                means = {word: float(np.mean([each[word] for each in found.values()])) for word in ("J", "F")}
                results[variant.name] = row | {"engine": args.engine, "sequences": found, **means}
                keep(kept, args)
    keep(kept, args)
    print(args.table.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
