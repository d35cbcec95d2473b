"""What the timeline says about the frame under the pointer. Text only; knows no Qt."""

from __future__ import annotations

from html import escape

from app.desk.workspace import Workspace
from app.media.times import clock
from app.project.model import Provenance
from engines.propagation.registry import ENGINES
from widgets.timeline.ramp import FLOOR, colour_of


def frame_text(workspace: Workspace, frame: int) -> str:
    """Return "frame 12 · 0:00.480"."""
    times_s = workspace.clip.times_s if workspace.clip is not None else ()
    return f"frame {frame} · {clock(float(times_s[frame]))}" if frame < len(times_s) else ""


def cell_text(workspace: Workspace, object_id: int, frame: int) -> str:
    """Return in one line what is known of one object on one frame."""
    project = workspace.project
    if project is None or object_id not in project.objects:
        return ""
    name = project.objects[object_id].name
    shown = workspace.shown(object_id, frame)
    if shown is None:
        return f"{name}, {frame_text(workspace, frame)}: nothing yet"
    label, is_proposal = shown
    presence = label.presence.words
    if label.provenance is Provenance.ANCHOR:
        what = f"anchor, {presence}"
    else:
        what = f"{'proposal' if is_proposal else 'derived'}, {presence}, confidence {label.confidence:.2f}"
    stale = ", stale" if project.is_label_stale(object_id, frame, label) else ""
    return f"{name}, {frame_text(workspace, frame)}: {what}{stale}"


def run_text(workspace: Workspace, run_id: int) -> str:
    """Return "run 3, Learned correspondence, both ways, normal, weights small (71bf…)"; empty where no run made it."""
    record = workspace.project.runs.get(run_id) if workspace.project is not None else None
    if record is None:
        return ""
    title = ENGINES[record.engine].title if record.engine in ENGINES else record.engine
    direction = "both ways" if record.direction == "both" else record.direction
    weights = "" if record.weights is None else f", weights {record.weights.name} ({record.weights.fingerprint})"
    return f"run {record.run_id}, {title}, {direction}, {record.quality}{weights}"


def lane_tooltip(workspace: Workspace, object_id: int, frame: int) -> str:
    """Return rich text: what is known of the frame, which run it came from, and what the looks mean."""
    lines = [f"<b>{escape(cell_text(workspace, object_id, frame))}</b>"]
    shown = workspace.shown(object_id, frame)
    if shown is not None:
        label, _ = shown
        if made_by := run_text(workspace, label.run_id):
            lines.append(f"from {escape(made_by)}")
        if workspace.project is not None and workspace.project.is_label_stale(object_id, frame, label):
            lines.append("Its anchors have changed since; run again to bring it up to date.")
    return "<br>".join(lines) + legend()


def legend() -> str:
    """Return, as rich text, how to read a lane."""
    steps = [FLOOR + (1 - FLOOR) * step / 11 for step in range(12)]
    cells = "".join(
        "<td bgcolor='#{:02x}{:02x}{:02x}'>&nbsp;&nbsp;</td>".format(*colour_of(confidence)) for confidence in steps
    )
    return (
        "<table cellspacing='0' style='margin-top:6px'><tr>"
        f"<td>unsure&nbsp;</td>{cells}<td>&nbsp;sure</td></tr></table>"
        "◆ anchor &nbsp; ◇ uncertain &nbsp; ✕ occluded &nbsp; ⊘ out of frame<br>"
        "solid: derived &nbsp; pale and dashed: proposal &nbsp; hatched: stale<br>"
        "thin line: found occluded &nbsp; dotted line: out of frame &nbsp; notched: uncertain"
    )
