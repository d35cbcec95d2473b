"""Commands on objects that were found but not accepted. Each that changes the list is a step for undo."""

from __future__ import annotations

from app.desk.workspace import Workspace


class TubeCommands:
    """Targets of Run ▸ Tubes. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._proposer = workspace.proposer

    def step(self, n_places: int) -> None:
        """Go to a tube further down the list, or up where negative."""
        self._proposer.ghosts.step(n_places)

    def open(self) -> None:
        """Make the masks of the current tube."""
        self._proposer.open()

    def accept(self) -> None:
        """Make an object of each tube that is selected."""
        self._proposer.accept()

    def merge(self) -> None:
        """Make one tube of those that are selected."""
        self._proposer.ghosts.merge()

    def split(self) -> None:
        """Make two tubes of the current one, at the frame in view."""
        self._proposer.ghosts.split()

    def cancel(self) -> None:
        """Leave off what goes on, or waits for a run to end."""
        self._proposer.cancel()

    def reject(self) -> None:
        """Drop the tubes that are selected."""
        self._proposer.ghosts.reject()
