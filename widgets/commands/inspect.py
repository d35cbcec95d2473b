"""Commands that choose the frame to compare with."""

from __future__ import annotations

from app.desk.workspace import Workspace


class InspectCommands:
    """Targets of View ▸ Inspect. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def step(self, n_frames: int) -> None:
        """Compare with a frame farther on, or back where negative; an anchor gives way to that frame."""
        view, clip, other = self._workspace.view, self._workspace.clip, self._workspace.inspection.other
        if clip is None or other is None:
            return
        wanted = min(max(other + n_frames, 0), clip.n_frames - 1)
        if view.other_mode == "offset":
            view.other_offset = wanted - view.frame
        else:
            view.other_mode, view.other_pinned = "pinned", wanted

    def see_flow(self, look: str) -> None:
        """Look at the flow to the other frame in another way."""
        self._workspace.view.flow_look = look

    def toggle_pinned(self) -> None:
        """Keep the other frame as it is while the view moves through time; or let it go along again."""
        view, other = self._workspace.view, self._workspace.inspection.other
        if view.other_mode == "pinned":
            view.other_mode = "offset"
        elif other is not None:
            view.other_pinned = other
            view.other_mode = "pinned"
