"""Which libraries of the system Qt's wheels need, which are missing, and the command that installs them.

Run before anything of ours is installed (`python -m app.tasks.system_libraries`), so it knows only
the standard library. Qt itself would stop without a word, or name one library at a time.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemLibrary:
    """A shared library and the Debian and Ubuntu package that brings it. `purpose`: what fails without it."""

    file: str
    package: str
    purpose: str


_QT = "Qt itself"
_X11 = "windows on an X11 display"

# What `readelf -d` names of foreign libraries in PySide6-Essentials 6.12: QtCore, QtGui, QtWidgets, QtDBus and the
# xcb platform plug-in with its GL integrations.
LIBRARIES = (
    SystemLibrary("libEGL.so.1", "libegl1", _QT),
    SystemLibrary("libGL.so.1", "libgl1", _QT),
    SystemLibrary("libX11.so.6", "libx11-6", _QT),
    SystemLibrary("libdbus-1.so.3", "libdbus-1-3", _QT),
    SystemLibrary("libfontconfig.so.1", "libfontconfig1", _QT),
    SystemLibrary("libfreetype.so.6", "libfreetype6", _QT),
    SystemLibrary("libglib-2.0.so.0", "libglib2.0-0", _QT),
    SystemLibrary("libgthread-2.0.so.0", "libglib2.0-0", _QT),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0", _QT),
    SystemLibrary("libz.so.1", "zlib1g", _QT),
    SystemLibrary("libzstd.so.1", "libzstd1", _QT),
    SystemLibrary("libX11-xcb.so.1", "libx11-xcb1", _X11),
    SystemLibrary("libxcb.so.1", "libxcb1", _X11),
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0", _X11),
    SystemLibrary("libxcb-glx.so.0", "libxcb-glx0", _X11),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4", _X11),
    SystemLibrary("libxcb-image.so.0", "libxcb-image0", _X11),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1", _X11),
    SystemLibrary("libxcb-randr.so.0", "libxcb-randr0", _X11),
    SystemLibrary("libxcb-render.so.0", "libxcb-render0", _X11),
    SystemLibrary("libxcb-render-util.so.0", "libxcb-render-util0", _X11),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0", _X11),
    SystemLibrary("libxcb-shm.so.0", "libxcb-shm0", _X11),
    SystemLibrary("libxcb-sync.so.1", "libxcb-sync1", _X11),
    SystemLibrary("libxcb-util.so.1", "libxcb-util1", _X11),
    SystemLibrary("libxcb-xfixes.so.0", "libxcb-xfixes0", _X11),
    SystemLibrary("libxcb-xkb.so.1", "libxcb-xkb1", _X11),
    SystemLibrary("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", _X11),
)


def is_loadable(file: str) -> bool:
    """Return whether the dynamic linker finds and loads `file`."""
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def missing_libraries(found: Callable[[str], bool] = is_loadable) -> tuple[SystemLibrary, ...]:
    """Return the libraries that are not there; none on systems whose wheels bring their own."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(library for library in LIBRARIES if not found(library.file))


def missing_for(platform: str) -> tuple[SystemLibrary, ...]:
    """Return what is missing for a window on Qt's `platform`, as ``QT_QPA_PLATFORM`` names it ("xcb", "offscreen")."""
    return tuple(library for library in missing_libraries() if library.purpose == _QT or platform.startswith("xcb"))


def install_command(missing: Sequence[SystemLibrary]) -> str:
    """Return the one command that installs `missing` on Debian and Ubuntu."""
    return "apt-get install -y " + " ".join(sorted({library.package for library in missing}))


def main(argv: Sequence[str]) -> int:
    """Name what is missing and how to install it; with ``--packages`` only the packages. 1 where something is."""
    missing = missing_libraries()
    if "--packages" in argv:
        print(" ".join(sorted({library.package for library in missing})))
        return 0
    if not missing:
        return 0
    print(f"Qt needs {len(missing)} libraries of the system that are not installed:", file=sys.stderr)
    for library in missing:
        print(f"  {library.file:<26} package {library.package:<24} for {library.purpose}", file=sys.stderr)
    print(f"Install them as root with: {install_command(missing)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
