"""What is installed, what it can do, and what to do about what is missing.

Has to work where nothing is installed yet, so only the standard library is imported at the top, and
every probe stands alone.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from app.tasks.system_libraries import install_command, missing_libraries

ROOT = Path(__file__).resolve().parents[2]
INSTALL = "run `make run`, or `pip install -c constraints.txt -e .`"
OTHER_OPENCVS = ("opencv-python", "opencv-contrib-python", "opencv-python-headless")
"""Builds that put their own cv2 in the place of ours; those without "headless" bring a Qt that breaks PySide6's."""
_BF16_FLAGS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 BF16", "avx10_2": "AVX10.2"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where all is well; `is_essential`: nothing works without it."""

    topic: str
    name: str
    state: str
    remedy: str = ""
    is_essential: bool = False


def examine() -> Iterator[Finding]:
    """Yield everything worth knowing about this installation. Loads torch, if it is there."""
    yield from _system()
    yield from _packages()
    yield from _opencv()
    yield from _encoders()
    yield from _devices()
    yield from _libraries()
    yield from _display()
    yield from _places()
    yield from _tables()
    yield from _weights()


def _system() -> Iterator[Finding]:
    version = platform.python_version()
    is_new_enough = sys.version_info >= (3, 11)
    yield Finding("system", "Python", version, "" if is_new_enough else "install Python 3.11 or newer", True)
    yield Finding("system", "operating system", platform.platform())
    yield Finding("system", "processor", f"{os.cpu_count()} cores, {_bfloat16()}")


def _bfloat16() -> str:
    """Return in words how the processor computes in bfloat16, the dtype that learned engines prefer."""
    cpu_info = Path("/proc/cpuinfo")
    flags = set(cpu_info.read_text().split()) if cpu_info.exists() else set()
    found = [name for flag, name in _BF16_FLAGS.items() if flag in flags]
    return f"bfloat16 by {', '.join(found)}" if found else "no bfloat16 instructions"


def _packages() -> Iterator[Finding]:
    """Yield the version of every package that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield Finding("packages", project["name"], project["version"])
    for requirement in project["dependencies"]:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        try:
            yield Finding("packages", name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding("packages", name, "missing", INSTALL, is_essential=True)


def _opencv() -> Iterator[Finding]:
    """Yield OpenCV builds that get in the way of the one we ask for."""
    for name in OTHER_OPENCVS:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        remedy = f"run `pip uninstall -y {name}`, then `pip install --force-reinstall opencv-contrib-python-headless`"
        yield Finding("packages", name, f"{version}, in the way of opencv-contrib-python-headless", remedy)


def _encoders() -> Iterator[Finding]:
    """Yield the codecs of videos that can be written; nothing where PyAV is missing, which is told already."""
    try:
        from app.media.video_writer import CODINGS, missing_encoder
    except ImportError:
        return
    for codec in CODINGS:
        error = missing_encoder(codec)
        remedy = "" if error is None else "install the PyAV that is on PyPI to write such videos"
        yield Finding("video", codec, "can be written" if error is None else error.problem, remedy)


def _devices() -> Iterator[Finding]:
    try:
        import torch
    except (ImportError, OSError) as error:
        yield Finding("devices", "torch", f"cannot be loaded ({error})", INSTALL)
        return
    yield Finding("devices", "cpu", f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            yield Finding("devices", f"cuda:{index}", f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")
    elif torch.backends.mps.is_available():
        yield Finding("devices", "mps", "Apple GPU")
    else:
        yield Finding("devices", "GPU", "none that torch can use; everything runs on the processor")
    from engines.device import pick_compute

    yield Finding("devices", "networks run on", str(pick_compute()))


def _libraries() -> Iterator[Finding]:
    """Yield Qt's system libraries that are missing, or that none is."""
    missing = missing_libraries()
    if not missing:
        yield Finding("window", "system libraries", "complete")
    for library in missing:
        remedy = f"as root: {install_command(missing)}"
        yield Finding("window", library.file, f"missing, for {library.purpose} (package {library.package})", remedy)


def _display() -> Iterator[Finding]:
    names = [name for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    if names or not sys.platform.startswith("linux"):
        yield Finding("window", "display", ", ".join(f"{name}={os.environ[name]}" for name in names) or "yes")
    else:
        yield Finding("window", "display", "none, so no window can open; the verbs of main.py need none")


def _places() -> Iterator[Finding]:
    """Yield the folders that are written to without being asked for."""
    try:
        import platformdirs
    except ImportError:
        return
    folders = {
        "unsaved projects": platformdirs.user_data_path("throughline"),
        "cache": platformdirs.user_cache_path("throughline"),
        "temporary files": Path(tempfile.gettempdir()),
    }
    for name, folder in folders.items():
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if os.access(nearest, os.W_OK | os.X_OK):
            yield Finding("places", name, str(folder))
        else:
            yield Finding("places", name, f"{folder} cannot be written", f"make {nearest} writable, or set HOME")


def _tables() -> Iterator[Finding]:
    """Yield the engines and formats, each tried; engines that need weights without any."""
    try:
        from app.formats.registry import FORMATS
        from engines.propagation.registry import ENGINES, load_engine, load_target
    except ImportError as error:
        yield Finding("engines", "all", f"cannot be loaded ({error})", INSTALL, is_essential=True)
        return
    for name, info in ENGINES.items():
        try:
            if info.needs_weights:
                load_target(info)
            else:
                load_engine(name)
            yield Finding("engines", name, info.title)
        except ImportError as error:
            yield Finding("engines", name, f"cannot be loaded ({error})", INSTALL)
    for name, row in FORMATS.items():
        ways = [word for word, can in (("export", row.can_write), ("import", row.can_read)) if can]
        yield Finding("formats", name, f"{row.title}: {', '.join(ways)}")


def _weights() -> Iterator[Finding]:
    """Yield the weights that learned engines can use, and what is wrong with those that cannot be."""
    try:
        from app.tasks.weights import all_weights, size_text
        from engines.weights import DEFAULT_WEIGHTS
    except ImportError:  # told with the packages
        return
    found, faults = all_weights()
    for info in found:
        whence = "shipped" if info.is_shipped else "brought in"
        yield Finding("weights", info.name, f"{info.title}: {size_text(info)}, {whence}, {info.fingerprint}")
    for name, fault in faults.items():
        yield Finding("weights", name, fault.problem, fault.remedy)
    if DEFAULT_WEIGHTS not in {info.name for info in found}:
        remedy = "install Throughline again, or choose others with --weights (see `main.py weights`)"
        yield Finding("weights", DEFAULT_WEIGHTS, "missing, and learned engines use them unless told otherwise", remedy)
