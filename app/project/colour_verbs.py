"""What a person can do to how a frame is coloured, as pure functions to an `Edit`; see `verbs`."""

from __future__ import annotations

from app.project.colour_draft import ColourDraft
from app.project.edits import Edit, Swap
from app.project.model import Kind, Object
from app.project.project import Project

COLOUR_NAME = "Colour"


def change_draft(project: Project, frame: int, draft: ColourDraft | None, text: str) -> Edit:
    """Ask for a frame's colours in another way; None asks for nothing."""
    before = project.colour_drafts.get(frame)
    return Edit(text, drafts={} if before == draft else {frame: Swap(before, draft)})


def is_coloured(project: Project) -> bool:
    """Return whether any frame has a label of colour."""
    of_colour = (found.object_id for found in project.objects.values() if found.kind is Kind.COLOUR)
    return any(project.labels_of(object_id) for object_id in of_colour)


def colour_object(project: Project, selected: int | None) -> Object | None:
    """Return the object of colour that is meant: the selected one if it is one, else the first, None without any."""
    of_colour = {found.object_id: found for found in project.objects.values() if found.kind is Kind.COLOUR}
    return of_colour.get(selected or 0) or next(iter(of_colour.values()), None)
