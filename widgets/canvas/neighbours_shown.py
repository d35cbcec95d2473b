"""What the canvas shows of frames beside the one in view, where the view wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.canvas.points_layer import Trail

if TYPE_CHECKING:
    from app.desk.seen_labels import ShownMask, ShownPoints
    from app.desk.workspace import Workspace

TRAIL_FRAMES = 12
"""To either side, how far the way of joints is shown."""


def mask_ghosts(workspace: Workspace, frame: int) -> list[ShownMask]:
    """Return the masks of the frames before and after `frame`, none without onion skin."""
    if not workspace.view.onion_skin:
        return []
    return [*workspace.seen.masks(frame - 1), *workspace.seen.masks(frame + 1)]


def point_ghosts(workspace: Workspace, frame: int) -> list[ShownPoints]:
    """Return the points of the frames before and after `frame`, none without onion skin."""
    if not workspace.view.onion_skin:
        return []
    return [*workspace.seen.points(frame - 1), *workspace.seen.points(frame + 1)]


def trail(workspace: Workspace, frame: int) -> Trail | None:
    """Return the way of the selected object's joints around `frame`, None without trails."""
    if not workspace.view.show_trails:
        return None
    object_id = workspace.view.object_id
    found = [workspace.seen.points_of(object_id, at) for at in range(frame - TRAIL_FRAMES, frame + TRAIL_FRAMES + 1)]
    n_slots = max((len(points.joints) for points in found), default=0)
    ways = ((slot, [points.at(slot) for points in found]) for slot in range(n_slots))
    return {slot: [None if joint is None else (joint.x, joint.y) for joint in way] for slot, way in ways}
