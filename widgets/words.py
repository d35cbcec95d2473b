"""Numbers as a person says them. Text only; knows no Qt."""

from __future__ import annotations

_BYTE_STEPS = ((1e9, "GB", 1), (1e6, "MB", 0), (1e3, "kB", 0))


def duration(seconds: float) -> str:
    """Return "less than a second", "12 s", "3 min 20 s" or "1 h 5 min"."""
    if seconds < 1:
        return "less than a second"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min"


def amount(n_bytes: float) -> str:
    """Return "180 MB" or "1.4 GB"."""
    for size, unit, digits in _BYTE_STEPS:
        if n_bytes >= size:
            return f"{n_bytes / size:.{digits}f} {unit}"
    return f"{n_bytes:.0f} bytes"


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 frame" or "12,000 frames"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
