"""How much memory the process has taken at most."""

from __future__ import annotations

import sys


def peak_memory_bytes() -> int | None:
    """Return the peak of this process's resident memory in bytes, None where the system does not tell."""
    try:
        import resource  # Windows has none
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
