"""Commands on the colours of the frame in view."""

from __future__ import annotations

from pathlib import Path

from app.desk.workspace import Workspace
from app.project.colour_draft import ColourAnswer
from widgets.dialogs.ask import Ask
from widgets.settings import Settings

PICTURES = "Pictures (*.jpg *.jpeg *.png *.webp *.tif *.tiff *.bmp);;All files (*)"
VIEWS = ("coloured", "original", "split")


class ColourCommands:
    """Targets of the Colour menu. GUI thread only."""

    def __init__(self, workspace: Workspace, settings: Settings, ask: Ask) -> None:
        self._workspace = workspace
        self._colouring = workspace.colouring
        self._settings = settings
        self._ask = ask

    def draw(self) -> None:
        """Draw samples."""
        self._colouring.draw()

    def stop(self) -> None:
        """Leave it at those that are there."""
        self._colouring.stop_drawing()

    def use(self) -> None:
        """Let the selected sample lie under the hints."""
        picked = self._colouring.hand.picked
        if picked is not None:
            self._colouring.hand.use(picked)

    def mix(self) -> None:
        """Let the selected sample lie under the hints within the region."""
        picked, region = self._colouring.hand.picked, self._colouring.region()
        if picked is not None and region is not None:
            self._colouring.hand.mix(picked, region)

    def clear_region(self) -> None:
        """Forget the painted region."""
        self._colouring.hand.paint_region(None)

    def next_hint(self) -> None:
        """Let go of the selected hint."""
        self._colouring.hand.select(None)

    def delete_hint(self) -> None:
        """Remove the selected hint."""
        self._colouring.hand.delete()

    def start_anew(self) -> None:
        """Forget all hints and choices of the frame."""
        self._colouring.hand.start_anew()

    def keep(self) -> None:
        """Make what is seen the frame's anchor of colour."""
        self._colouring.keep()

    def measure_flicker(self) -> None:
        """Measure how much colours flicker."""
        self._colouring.measure_flicker()

    def open_reference(self) -> None:
        """Ask for a picture to take colours from."""
        folder = self._settings.folder("open")
        self._ask.open_file("Reference picture", folder, PICTURES, self._take_reference)

    def _take_reference(self, path: Path) -> None:
        self._settings.set_folder("open", path.parent)
        self._colouring.take_reference(path=str(path))

    def take_frame(self) -> None:
        """Take the frame in view as the reference, for others."""
        self._colouring.take_reference(frame=self._workspace.view.frame)

    def use_reference(self) -> None:
        """Let the colours of the reference lie under the hints."""
        reference = self._colouring.reference
        if reference is not None:
            self._colouring.hand.use(reference.answer)

    def use_network(self) -> None:
        """Let the network's single answer lie under the hints."""
        self._colouring.hand.use(ColourAnswer())

    def use_grey(self) -> None:
        """Let nothing lie under the hints: they colour the picture alone."""
        self._colouring.hand.use(ColourAnswer("grey"))

    def set_mode(self, mode: str) -> None:
        """Choose what a press of the tool does; chosen again, it sets hints."""
        view = self._workspace.view
        view.colour_mode = "hint" if view.colour_mode == mode else mode

    def set_view(self, name: str) -> None:
        """Choose how coloured frames are seen."""
        self._workspace.view.colour_view = name

    def next_view(self) -> None:
        """See coloured frames the next way."""
        view = self._workspace.view
        view.colour_view = VIEWS[(VIEWS.index(view.colour_view) + 1) % len(VIEWS)]
