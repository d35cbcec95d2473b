"""What semantics is worth to colour, and colour to semantics: the thesis's comparison (Zhao, figure 2.10), on our data.

    python docs/compare_semantics.py --data ../shared/data/images ../shared/data/videos --steps 600

The recipes `colour`, `semantic` and `joint` are taught from the same seed for the same number of steps, each with a
whole schedule of its own, on one thread; so is `semantic` once more from what `colour` ended with. Run it again after
a stop: what is finished is kept. Writes a table to `--table`, and with everything else `results.json` in `--work`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save  # noqa: E402

from app.tasks.markdown import markdown_table  # noqa: E402
from app.tasks.train_colorization import ColourData, read_colour_data  # noqa: E402
from app.tasks.training import Wish  # noqa: E402
from docs.kept_results import KeptResults  # noqa: E402
from engines.device import Compute, pick_compute  # noqa: E402
from engines.training.colorization_recipes import build_colour_recipe  # noqa: E402
from engines.training.loop import Training  # noqa: E402
from engines.whole_file import whole_file  # noqa: E402

_PARTS = 4


@dataclass(frozen=True)
class Variant:
    """One training of a recipe. `after` names the variant whose weights it begins with."""

    name: str
    title: str
    recipe: str
    after: str | None = None


VARIANTS = (
    Variant("colour", "colours alone", "colour"),
    Variant("semantic", "semantics alone, from scratch", "semantic"),
    Variant("pretrained", "semantics alone, from what colours taught", "semantic", "colour"),
    Variant("joint", "both together", "joint"),
)
_COLOUR = (("val bits", "bits by g"), ("val bits f", "bits by f"), ("val rmse", "RMSE of ab"))
_SEMANTIC = (("val looks", "pseudo-classes right"), ("val streets", "street classes right"), ("val entropy", "nats"))


def train(variant: Variant, args: argparse.Namespace, data: ColourData, compute: Compute) -> list[dict[str, float]]:
    """Train one variant and return what the validation says on its way; keeps its weights."""
    recipe = build_colour_recipe(variant.recipe, "small")
    start = load_file(args.work / f"{variant.after}.safetensors") if variant.after else None
    training = Training(recipe, data.pool, args.steps, args.seed, compute, start)
    rows = []
    for step in training.run():
        if step.number % max(1, args.steps // _PARTS) == 0 or step.number == args.steps:
            found = data.validation.judge(training.weights(), compute)
            rows.append({"step": float(step.number), "seconds": step.seconds, **found})
            print(f"{variant.name} {step.number}/{args.steps}, {step.seconds:.0f} s", flush=True)
    with whole_file(args.work / f"{variant.name}.safetensors") as part:
        part.write_bytes(save(dict(training.weights().state_dict())))
    return rows


def table(results: Mapping[str, list[dict[str, float]]]) -> str:
    """Return the ends as Markdown; a head that was not taught has no figures."""
    lines = []
    for variant in VARIANTS:
        if variant.name in results:
            last = results[variant.name][-1]
            cells = [f"{last[name]:.3f}" if variant.recipe != "semantic" else "" for name, _ in _COLOUR]
            cells += [f"{last[name]:.3f}" if variant.recipe != "colour" else "" for name, _ in _SEMANTIC]
            lines.append([variant.title, f"{last['step']:.0f}", *cells])
    return markdown_table(["", "steps", *(said for _, said in _COLOUR + _SEMANTIC)], lines)


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of clips and stills")
    parser.add_argument("--steps", type=int, default=600, help="of each variant (default: 600)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "semantics")
    parser.add_argument("--table", type=Path, help="(default: table.md in WORK)")
    args = parser.parse_args()
    args.table = args.table or args.work / "table.md"
    return args


def quietly(things: Iterable[Any], n_things: int, what: str) -> Iterator[Any]:
    """Pass things through and say that they are on their way."""
    print(f"{n_things} {what}", flush=True)
    yield from things


def main() -> int:
    """Train what is not there yet."""
    args = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    kept = KeptResults(args.work, {name: getattr(args, name) for name in ("steps", "seed", "data")})
    missing = [variant for variant in VARIANTS if variant.name not in kept.by_variant]
    if missing:
        compute = pick_compute("cpu")
        wish = Wish(tuple(args.data), args.work / "data.safetensors", "joint", "small", args.seed, kind="colorization")
        data = read_colour_data(wish, build_colour_recipe("joint", "small"), compute, quietly)
        for variant in missing:
            kept.by_variant[variant.name] = train(variant, args, data, compute)
            kept.keep(table, args.table)
    print(args.table.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
