"""What a person can do to textures and colour, as pure functions to an `Edit`; see `verbs`."""

from __future__ import annotations

from app.project.edits import Edit, Swap
from app.project.model import PICTURE_KINDS, Kind, Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.project.verbs import unlocked
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheets


def paint_picture(project: Project, object_id: int, frame: int, painting: Painting, *, text: str = "") -> Edit:
    """Make `painting`, of the clip's size, the object's anchor on a frame; without a pixel there is no label.

    Raises ValueError for a locked object, one that is not labelled with pictures, or a picture of another size.
    """
    found = _of_pictures(project, object_id)
    return _anchored(project, found, frame, painting, text or f"paint {found.name}")


def lay_sheets(project: Project, object_id: int, frame: int, sheets: Sheets, *, text: str = "") -> Edit:
    """Make `sheets` the anchor of a texture on a frame: whoever dragged a vertex says of all where they are.

    Raises ValueError for a locked object, or one that is no texture.
    """
    found = _of_pictures(project, object_id)
    if found.kind is not Kind.TEXTURE:
        raise ValueError(f"sheets laid for {found.name}, which is labelled with {found.kind}")
    return _anchored(project, found, frame, sheets, text or f"lay {found.name}")


def _anchored(project: Project, found: Object, frame: int, content: Painting | Sheets | ChromaMap, text: str) -> Edit:
    key = (found.object_id, int(frame))
    anchor = None if content.is_nothing else Label(Provenance.ANCHOR, project.add_mask(content), Presence.VISIBLE)
    before, proposal = project.label(*key), project.proposal(*key)
    labels: dict[LabelKey, Swap[Label]] = {} if before == anchor else {key: Swap(before, anchor)}
    proposals: dict[LabelKey, Swap[Label]] = {} if proposal is None else {key: Swap(proposal, None)}
    return Edit(text, labels=labels, proposals=proposals)


def _of_pictures(project: Project, object_id: int) -> Object:
    found = unlocked(project, object_id)
    if found.kind not in PICTURE_KINDS:
        raise ValueError(f"picture painted on {found.name}, which is labelled with {found.kind}")
    return found
