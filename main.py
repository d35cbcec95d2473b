"""Throughline: paint one frame; carry it through the video.

`main.py [CLIP or PROJECT]` opens the window, `main.py VERB ...` works without one. Only what was
asked for is imported: no Qt for a verb, no torch before an engine needs it.
"""

from __future__ import annotations

import difflib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from app.cli.entry import Stopped, usage
from app.cli.entry import main as run_verb
from app.cli.verbs import VERBS
from app.errors import UserError
from app.tasks.system_libraries import install_command, missing_for


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit code: 0, 1 (told in one sentence), 2 (bad usage)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in VERBS:
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _stop)
        return run_verb(arguments, stroke_bench=_stroke_bench, rerun_bench=_rerun_bench, inspect_bench=_inspect_bench)
    if arguments and arguments[0] in ("-h", "--help"):
        print(usage())
        return 0
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(f"main.py: there is no verb {arguments[0]}\n{usage()}", file=sys.stderr)
        return 2
    try:
        return _open_window(arguments[0] if arguments else None)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1


def _open_window(path: str | None) -> int:
    """Open the window on `path` and return its exit code. Raises UserError where there can be none."""
    if path is not None and not Path(path).expanduser().exists():
        near = difflib.get_close_matches(path, VERBS, 1)
        remedy = f"perhaps `main.py {near[0]}` was meant" if near else "give a clip, a project, or a verb (see --help)"
        raise UserError(f"There is no file and no verb {path}", remedy)
    has_display = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform.startswith("linux") and not has_display:
        raise UserError(
            "There is no display to open a window on",
            "start it from a desktop or through `ssh -X`, or work without a window (see `main.py --help`)",
        )
    missing = missing_for(os.environ.get("QT_QPA_PLATFORM") or ("xcb" if os.environ.get("DISPLAY") else "wayland"))
    if missing:  # told here, because Qt would stop without a word
        names = ", ".join(library.file for library in missing)
        raise UserError(f"Qt lacks libraries of the system ({names})", f"run as root: `{install_command(missing)}`")
    try:
        from widgets.application import run_window  # the only place where Qt may come in
    except ImportError as error:
        raise UserError(
            f"The window cannot start ({error})", "run `main.py doctor`, which says what to install"
        ) from error
    return run_window(path)


def _stroke_bench() -> dict[str, Any]:
    """Measure strokes in a real window. Loads Qt."""
    from widgets.stroke_bench import run_stroke_bench

    return run_stroke_bench()


def _rerun_bench() -> dict[str, Any]:
    """Measure corrections in a real canvas. Loads Qt and torch."""
    from widgets.rerun_bench import run_rerun_bench

    return run_rerun_bench()


def _inspect_bench() -> dict[str, Any]:
    """Measure the Inspect tool in a real window. Loads Qt and torch."""
    from widgets.inspect_bench import run_inspect_bench

    return run_inspect_bench()


def _stop(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that half-made results are cleared away."""
    raise Stopped(number)


if __name__ == "__main__":
    sys.exit(main())
