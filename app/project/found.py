"""Taking over an object that an engine has found by itself, with nobody having labelled anything. See `verbs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.model import Label, Provenance
from app.project.project import Project


def add_found(project: Project, mask_ids: Mapping[int, int], confidence: float, run_id: int, text: str) -> Edit:
    """Add an object with a derived label of run `run_id` on each frame of `mask_ids`; it has no anchor.

    Nothing stands beside the labels that they could be stale by; an anchor makes them so, and runs renew them.
    """
    edit = verbs.add_object(project)
    object_id = next(iter(edit.objects))
    labels = {
        (object_id, frame): Swap(None, Label(Provenance.DERIVED, mask_id, confidence=confidence, run_id=run_id))
        for frame, mask_id in mask_ids.items()
    }
    return replace(edit, text=text, labels=labels)
