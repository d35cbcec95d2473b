"""`bench [SUITE...]`: which suites there are, which options each takes, and their tables one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from app.cli import (
    bench_colour_suites,
    bench_engine_suites,
    bench_format_suites,
    bench_texture_suites,
    bench_window_suites,
)
from app.cli.console import Console
from app.cli.entry import positive
from app.errors import UserError
from app.tasks.bench_anchors import WAYS
from app.tasks.bench_engines import STAND_INS, Entrant
from engines.propagation.registry import DEFAULT_ENGINE
from engines.propagation.types import Quality

DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
_ONE_HOUR_FRAMES = 108_000


@dataclass(frozen=True, slots=True)
class Suite:
    """What is measured, by which function, and which of `OPTIONS` it takes.

    `measure` returns what it found, for programs and as a Markdown table. What `is_long` takes hours, or data that are
    elsewhere, and is measured only where asked for by name.
    """

    measure: Callable[[argparse.Namespace, Console], tuple[Any, str]]
    summary: str
    options: tuple[str, ...] = ()
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """An option of some suites: what it says, what it is where nobody gives it, and how argparse reads it."""

    summary: str
    default: Any = None
    reads: Callable[[str], Any] | None = None
    metavar: str | None = None
    choices: tuple[str, ...] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Return what argparse is told; the default stays with us, who want to know what was given."""
        if isinstance(self.default, bool):
            return {"action": "store_true", "default": None}
        if self.choices is not None:
            return {"choices": self.choices}
        return {"type": self.reads, "metavar": self.metavar}


def _names(text: str) -> list[str]:
    """Return the names in a list separated by commas."""
    return [name for name in text.split(",") if name]


def _numbers(text: str) -> list[int]:
    """Return the whole numbers above 0 in a list separated by commas."""
    return [positive(number) for number in text.split(",")]


OPTIONS = {
    "data": Option("laid out as DAVIS (default: ../shared/data)", DEFAULT_DATA, Path, "DIR"),
    "sequences": Option("which of them (default: all that have a truth)", None, _names, "A,B"),
    "engines": Option(
        f"each as ENGINE, ENGINE@WEIGHTS or ENGINE@WEIGHTS:QUALITY, {' and '.join(STAND_INS)} being weights too "
        f"(default: {DEFAULT_ENGINE}; for engines and cycle all)",
        None,
        _names,
        "A,B",
    ),
    "quality": Option("of what is carried (default: normal)", "normal", choices=get_args(Quality)),
    "cached": Option("measure speed with cached features as well", default=False),
    "objects": Option("cut each object into N, to see what more cost", 1, positive, "N"),
    "counts": Option(
        "of anchors (default: 1,2,3,5,8; for confidence 1,3; for adaptation 3), for memory of frames (default: "
        "100,1000,10000; for tube-memory 100,300,600; for export 1000,10000), for hints of these (default: "
        "0,1,5,10,50), for tap of scenes (default: 5), for clips of frames (default: all), for texture too "
        "(default: 60)",
        None,
        _numbers,
        "N,M",
    ),
    "ways": Option(f"who chooses frames (default: {','.join(WAYS)})", list(WAYS), _names, "A,B"),
    "seeds": Option("of chance (default: 1,2,3,4,5)", [1, 2, 3, 4, 5], _numbers, "N,M"),
    "most": Option("go on with `suggest` up to so many anchors, until J&F is .90", None, positive, "N"),
    "rows": Option(
        "keep what is measured in FILE, show all that is in it, and pass over what it holds already: for long "
        "measurements in pieces",
        None,
        Path,
        "FILE",
    ),
    "formats": Option("to export to (default: coco,davis)", None, _names, "A,B"),
    "network": Option("that colours (default: the shipped one)", "", str, "NAME_OR_FILE"),
    "frames": Option("length of the clip (default: one hour)", _ONE_HOUR_FRAMES, positive, "N"),
}
"""What suites may be told, by name."""

_CARRIED = ("data", "sequences", "engines", "quality")
SUITES = {
    "memory": Suite(
        bench_engine_suites.memory,
        "the most memory of a run, by the length of the clip",
        ("engines", "quality", "counts"),
        is_long=True,
    ),
    "media": Suite(bench_window_suites.media, "opening, seeking and playing one long clip", ("frames",)),
    "window": Suite(bench_window_suites.window, "strokes in the window"),
    "rerun": Suite(bench_window_suites.rerun, "corrections in the window, and what is run again for them"),
    "inspect": Suite(bench_window_suites.inspect, "inspecting in the window"),
    "engines": Suite(bench_engine_suites.engines, "masks and speed of every engine", (*_CARRIED, "cached", "objects")),
    "cycle": Suite(bench_engine_suites.cycle, "masks carried there and back, without a truth but the first", _CARRIED),
    "confidence": Suite(
        bench_engine_suites.confidence, "what confidence and doubt mean, beside the truth", (*_CARRIED, "counts")
    ),
    "anchors": Suite(
        bench_engine_suites.anchors,
        "masks with every further anchor, by who chooses its frame",
        (*_CARRIED, "counts", "ways", "seeds", "most", "rows"),
        is_long=True,
    ),
    "reconstruction": Suite(
        bench_engine_suites.reconstruction,
        "frames put together from earlier ones by long-range flow",
        ("data", "sequences", "quality"),
        is_long=True,
    ),
    "tap": Suite(
        bench_engine_suites.tap, "points of rendered scenes, by TAP-Vid's measures", ("counts",), is_long=True
    ),
    "points": Suite(bench_engine_suites.points, "points of animals", ("data", "sequences"), is_long=True),
    "texture": Suite(
        bench_texture_suites.texture,
        "textures on rendered sheets that turn, grow, bend and are hidden once",
        ("quality", "counts"),
        is_long=True,
    ),
    "adaptation": Suite(
        bench_engine_suites.adaptation,
        "masks before and after learning on the clip",
        (*_CARRIED, "counts"),
        is_long=True,
    ),
    "colour": Suite(bench_colour_suites.colour, "seconds of each part of a colourizing network, and of hints"),
    "hints": Suite(
        bench_colour_suites.hints,
        "pictures with hints, beside hints alone",
        ("data", "network", "counts"),
        is_long=True,
    ),
    "clips": Suite(
        bench_colour_suites.clips,
        "clips coloured from one frame, beside frame by frame",
        ("data", "sequences", "network", "counts"),
        is_long=True,
    ),
    "export": Suite(
        bench_format_suites.export,
        "exports of ten objects on a long clip, and the most memory of them",
        ("formats", "counts"),
        is_long=True,
    ),
    "tubes": Suite(bench_engine_suites.tubes, "objects that nobody has drawn", ("data", "sequences"), is_long=True),
    "tube-memory": Suite(
        bench_engine_suites.tube_memory,
        "the most memory of finding objects, by the length of the clip",
        ("counts",),
        is_long=True,
    ),
}
"""Every suite, in the order in which they are measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments, each option with the suites that take it, and list the suites below."""
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help="see below (default: all that are not called long there)"
    )
    group = parser.add_argument_group("options of some suites")
    for name, option in OPTIONS.items():
        group.add_argument(f"--{name}", **option.settings, help=f"{option.summary} [{', '.join(_takers(name))}]")
    lines = [
        f"  {name:<11} {suite.summary}{' (long)' if suite.is_long else ''}\n"
        f"  {'':<11} {' '.join(f'--{option}' for option in suite.options)}".rstrip()
        for name, suite in SUITES.items()
    ]
    parser.epilog = "\n".join(("suites, and the options they take:", *lines))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def run(args: argparse.Namespace, console: Console) -> int:
    """Measure what was asked for and print a table for each suite."""
    for unknown in sorted(set(args.suites) - set(SUITES)):
        raise UserError(f"There is nothing called {unknown} to measure", f"choose from {', '.join(SUITES)}")
    chosen = [name for name, suite in SUITES.items() if name in args.suites or not (args.suites or suite.is_long)]
    for name, option in OPTIONS.items():
        if getattr(args, name) is None:
            setattr(args, name, option.default)
        elif not set(chosen) & set(_takers(name)):
            takes = "takes" if len(chosen) == 1 else "take"
            raise UserError(f"{' and '.join(chosen)} {takes} no --{name}", f"it is for {', '.join(_takers(name))}")
    for unknown in sorted(set(args.ways) - set(WAYS)):
        raise UserError(f"Nobody called {unknown} chooses frames", f"choose from {', '.join(WAYS)}")
    for text in args.engines or ():
        Entrant.parse(text, args.quality)  # which refuses what there is not, before hours have gone by
    facts: dict[str, Any] = {}
    texts: list[str] = []
    for name in chosen:
        console.note(f"Measuring {name}.")
        facts[name], text = SUITES[name].measure(args, console)
        texts.append(text)
    console.result(facts, "\n\n".join(texts))
    return 0


def _takers(option: str) -> list[str]:
    """Return the suites that take an option."""
    return [name for name, suite in SUITES.items() if option in suite.options]
