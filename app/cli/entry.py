"""The command line: one verb, its options, and exit codes that a script can rely on.

0 is success, 1 a mistake told in one sentence with its remedy, 2 bad usage, 130 and 143 stopped
by a signal. No Qt; torch only where a verb's engine needs it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from app.cli.console import Console
from app.cli.verbs import VERBS, Verb
from app.errors import UserError
from app.os_errors import user_error

PROGRAM = "main.py"
DEVICES = ("auto", "cuda", "mps", "cpu")


class Stopped(BaseException):
    """The program was asked to end by a signal; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str], **window_benches: Callable[[], dict[str, Any]]) -> int:
    """Run the verb in `argv` and return the exit code; every expected failure is told in one sentence.

    `window_benches` are handed in, because nothing here may know of windows: `stroke_bench`, `rerun_bench` and
    `inspect_bench` measure for `bench window`, `bench rerun` and `bench inspect`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be text
    console = Console(quiet="--quiet" in argv, as_json="--json" in argv)  # from here on, also while packages load
    try:
        return _run(VERBS[argv[0]], argv[1:], console, window_benches)
    except BrokenPipeError:  # whoever read the results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (UserError, OSError, MemoryError, ModuleNotFoundError, KeyboardInterrupt, Stopped) as error:
        sentence, code = _told(error)
        console.error(sentence)
        return code


def _run(
    verb: Verb, arguments: Sequence[str], console: Console, window_benches: Mapping[str, Callable[[], dict[str, Any]]]
) -> int:
    """Load the verb's module, understand its arguments and run it."""
    module = import_module(verb.module)
    parser = _parser(verb)
    module.add_arguments(parser)
    try:
        args = parser.parse_args(list(arguments))
    except SystemExit as stop:  # argparse has said what is wrong, or shown the help
        return int(stop.code or 0)
    for name, bench in window_benches.items():
        setattr(args, name, bench)
    if args.threads is not None:
        limit_threads(args.threads)
    return module.run(args, console)


def _told(error: BaseException) -> tuple[UserError, int]:
    """Return what `error` means to a person and the exit code. Raises it again where it is a fault of ours.

    A note that a verb added to the error says what a stopped command has left.
    """
    again = "; ".join(getattr(error, "__notes__", ["nothing was written, run it again when you like"]))
    match error:
        case UserError():
            return error, 1
        case OSError():
            return user_error(error), 1
        case MemoryError():
            return UserError("There is not enough memory for this", "close other programs, or use a smaller clip"), 1
        case ModuleNotFoundError() if str(error.name).partition(".")[0] not in ("app", "engines"):
            return UserError(f"The package {error.name} is missing", "run `main.py doctor` for how to install it"), 1
        case KeyboardInterrupt():
            return UserError("Stopped before the end", again), 130
        case Stopped():
            return UserError(f"Ended by signal {error.number}", again), 128 + error.number
    raise error


def _parser(verb: Verb) -> argparse.ArgumentParser:
    """Return the parser of one verb with the options that all verbs have."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {verb.name}", description=f"{verb.summary[0].upper()}{verb.summary[1:]}.", allow_abbrev=False
    )
    common = parser.add_argument_group("options of every verb")
    common.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: auto)")
    common.add_argument("--threads", type=positive, metavar="N", help="processor threads (default: all cores)")
    common.add_argument("--quiet", action="store_true", help="no progress and no notes")
    common.add_argument("--json", action="store_true", dest="as_json", help="the result as JSON on the last line")
    return parser


def positive(text: str) -> int:
    """Return `text` as a whole number above 0; argparse tells the person otherwise."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def limit_threads(n_threads: int) -> None:
    """Keep OpenCV, and torch should it be loaded later, to `n_threads` threads."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(n_threads)
    import cv2  # only where asked for: it takes a third of a second

    cv2.setNumThreads(n_threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(n_threads)


def usage() -> str:
    """Return the text that lists every verb."""
    lines = [f"  {verb.name:<10} {verb.summary}" for verb in VERBS.values()]
    return "\n".join(
        (
            f"usage: {PROGRAM} [CLIP or PROJECT]      open the window",
            f"       {PROGRAM} VERB ... [-h]          work without a window",
            "",
            "CLIP is a video file, a folder of frames, or a still.",
            "",
            "verbs:",
            *lines,
            "",
            f"`{PROGRAM} VERB --help` tells a verb's options.",
        )
    )
