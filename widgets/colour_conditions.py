"""When a command on colours can be used, and if not, why: the part of `Conditions` about colouring frames."""

from __future__ import annotations

from app.project.model import Kind
from widgets.tube_conditions import TubeConditions

TOOL_FIRST = "Take the Colour tool first (Alt+C)."


class ColourConditions(TubeConditions):
    """Answers about the colours of the frame in view. Changes nothing."""

    def colouring(self) -> str:
        """Require: the Colour tool is in hand."""
        return self.clip() or ("" if self._workspace.colouring.is_on else TOOL_FIRST)

    def coloured(self) -> str:
        """Require: some frame has colours."""
        project = self._workspace.project
        objects = () if project is None else project.objects.values()
        of_colour = [found.object_id for found in objects if found.kind is Kind.COLOUR]
        has_any = project is not None and any(
            project.labels_of(each) or project.proposals_of(each) for each in of_colour
        )
        return self.clip() or ("" if has_any else "No frame has colours; keep some first (Ctrl+K).")

    def colour_hint(self) -> str:
        """Require: a hint is selected."""
        has_one = self._workspace.colouring.hand.hint is not None
        return self.colouring() or ("" if has_one else "Select a hint first: click it on the picture.")

    def colour_draft(self) -> str:
        """Require: something was asked for on this frame."""
        project, frame = self._workspace.project, self._workspace.view.frame
        has_one = project is not None and frame in project.colour_drafts
        return self.colouring() or ("" if has_one else "There are no hints and no choices on this frame.")

    def colour_network(self) -> str:
        """Require: there is a network for colours."""
        return self.colouring() or self._workspace.colouring.why_no_network

    def colour_drawing(self) -> str:
        """Require: samples are being drawn."""
        return "" if self._workspace.colouring.is_sampling else "No samples are being drawn."

    def colour_sample(self) -> str:
        """Require: a sample is selected."""
        is_picked = self._workspace.colouring.hand.picked is not None
        return self.colouring() or ("" if is_picked else "Draw samples and select one first.")

    def colour_mix(self) -> str:
        """Require: a sample is selected, and there is a region for it."""
        has_region = self._workspace.colouring.region() is not None
        return self.colour_sample() or (
            "" if has_region else "Paint a region first, or select an object that has a mask on this frame."
        )

    def colour_region(self) -> str:
        """Require: a region is painted."""
        has_one = self._workspace.colouring.hand.region is not None
        return self.colouring() or ("" if has_one else "No region is painted.")

    def colour_reference(self) -> str:
        """Require: there is a reference picture."""
        has_one = self._workspace.colouring.reference is not None
        return self.colouring() or ("" if has_one else "Take a reference picture first.")

    def colour_object(self) -> str:
        """Require: an object is selected within whose mask hints can stay."""
        found = self._object
        is_mask = found is not None and found.kind is Kind.MASK
        return self.colouring() or ("" if is_mask else "Select an object that has masks first.")

    def is_colour_view(self, name: str) -> bool:
        """Return whether coloured frames are seen so."""
        return self._workspace.view.colour_view == name

    def is_colour_mode(self, name: str) -> bool:
        """Return whether a press of the Colour tool does so."""
        return self._workspace.view.colour_mode == name
