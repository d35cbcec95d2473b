"""What inspecting says in words. Text only; knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.words import count

if TYPE_CHECKING:
    from app.desk.flow_seen import FlowSeen
    from app.desk.inspection import Inspection
    from app.tasks.inspect import Sighting, Way

HOW = "Move the pointer over either picture to find that pixel in the other. Click to hold the point."
LOADING = "Loading the encoder…"
FOLLOWING = "Following it there and back…"
PLAYING = "Stop playing to inspect."
NO_OTHER = "There is no other anchor of the selected object. Select an object that has one, or choose Offset or Pinned."
CELL_PX = 8.0
"""A way back that ends within so much has come home: nearer, the coarse features tell no two places apart."""
FAR_PX = 4 * CELL_PX


def told(inspection: Inspection, *, is_playing: bool) -> str:
    """Return what there is to say now: what was found, else what to do."""
    if inspection.other is None:
        return NO_OTHER
    if inspection.why_not:
        return inspection.why_not
    if is_playing:
        return PLAYING
    if not inspection.is_ready:
        return LOADING
    if inspection.sighting is None:
        return HOW if inspection.pointed is None else "Looking…"
    way = FOLLOWING if inspection.way is None else way_told(inspection.way)
    return f"{sighting_told(inspection.sighting)} {way}".rstrip()


def offset_told(frame: int, other: int | None, offset: int) -> str:
    """Return "−10: the clip ends" where the other frame is not `offset` frames on, "" where it is."""
    if other is None or other - frame == offset:
        return ""
    return f"{other - frame:+d}: the clip {'ends' if offset > 0 else 'begins'}".replace("-", "−")


def sighting_told(sighting: Sighting) -> str:
    """Return "(12, 40) of frame 0 is found at (31, 42) in frame 10 with a weight of 83 %."."""
    best, point = sighting.matches[0], sighting.point
    return (
        f"({point.x:.0f}, {point.y:.0f}) of frame {point.frame} is found at ({best.x:.0f}, {best.y:.0f}) in frame "
        f"{sighting.other} with {best.weight:.0%} of the weight."
    )


def way_told(way: Way) -> str:
    """Return "There and back again it comes home, 1.3 px off, over 10 frames."."""
    n_steps = len(way.there) - 1
    if n_steps == 0:
        return ""
    n_frames = abs(way.other - way.point.frame)
    over = f"over {count(n_frames, 'frame')}" + (f" in {n_steps} steps" if n_steps < n_frames else "")
    if way.cycle_px <= CELL_PX:
        verdict = f"it comes home, {way.cycle_px:.1f} px off"
    elif way.cycle_px <= FAR_PX:
        verdict = f"it misses its start by {way.cycle_px:.0f} px"
    else:
        verdict = f"it is lost: it ends {way.cycle_px:.0f} px from its start"
    return f"There and back again {verdict}, {over}."


def flow_told(seen: FlowSeen) -> str:
    """Return "81% of frame 0 is surely found on frame 10.", or how far that is worked out; "" while it is off."""
    if not seen.is_on:
        return ""
    if seen.why_not:
        return seen.why_not
    found = seen.found
    if found is None:
        return f"Finding where every pixel is on the other frame: {seen.share_done:.0%}."
    return (
        f"{float(found.flow.seen.mean()):.0%} of frame {found.flow.frame} is surely found on frame {found.flow.other}."
    )
