"""How much memory the process has taken at most, ever or since it was last asked to forget."""

from __future__ import annotations

import sys
from pathlib import Path

_LINUX = Path("/proc/self")


def peak_memory_bytes() -> int | None:
    """Return the peak of this process's resident memory in bytes, None where the system does not tell."""
    try:
        import resource  # Windows has none
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> bool:
    """Let the peak start anew from what is taken now; False where the system cannot (all but Linux)."""
    try:
        (_LINUX / "clear_refs").write_text("5")
    except OSError:
        return False
    return True


def peak_since_forgotten_bytes() -> int | None:
    """Return the peak of resident memory since `forget_peak`, None where the system does not tell."""
    try:
        lines = (_LINUX / "status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024
