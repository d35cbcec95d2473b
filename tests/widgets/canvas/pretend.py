"""A workspace without decoding, for tests of the canvas."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from app.desk.workspace import Workspace
from app.media.picture import Picture
from app.project import verbs
from app.project.clip_location import record_of
from app.project.project import Project
from engines.labels.rle import RleMask

WIDTH, HEIGHT, N_FRAMES = 160, 120, 6


class PretendWorkspace(Workspace):
    """The real workspace and project, with pictures made up on the spot instead of decoded on a thread.

    While `is_decoding` a frame's picture does not come; `deliver` brings it.
    """

    def __init__(self, project, clip):
        super().__init__()
        self.project, self.clip = project, clip
        self.is_decoding = False
        self.damage = ""
        self.sayings = []
        self.said.connect(self.sayings.append)
        self.view.changed.connect(self._on_view)
        self._pictures = {}

    @property
    def cached_pictures(self):
        return self._picture

    def picture(self, frame):
        return None if self.is_decoding else self._picture(frame)

    def deliver(self, frame):
        self.frame_ready.emit(frame, self._picture(frame))

    def paint(self, object_id, mask, frame=0, exclusive=False):
        """Make `mask`, bool (H, W), an anchor."""
        self.do(verbs.paint_mask(self.project, object_id, frame, RleMask.encode(mask), exclusive_over=exclusive))

    def mask(self, object_id, frame=0):
        """Return what is seen of an object, bool (H, W), or None where it has no label."""
        shown = self.shown(object_id, frame)
        return None if shown is None else self.project.mask(shown[0].mask_id).decode()

    def _picture(self, frame):
        if frame not in self._pictures:
            rows, columns = np.mgrid[: self.clip.height, : self.clip.width]
            image = np.stack((columns + 40, rows + 60, np.full_like(rows, 30 * frame + 20)), axis=-1).astype(np.uint8)
            self._pictures[frame] = Picture(image, self.damage)
        return self._pictures[frame]

    def _on_view(self, name):
        if name == "frame" and not self.is_decoding:
            self.deliver(self.view.frame)


def make_workspace(tmp_path, width=WIDTH, height=HEIGHT, n_frames=N_FRAMES):
    clip = SimpleNamespace(
        path=Path("clip.mp4").absolute(), width=width, height=height, n_frames=n_frames, fingerprint="f"
    )
    path = tmp_path / "work.throughline"
    return PretendWorkspace(Project.create(path, record_of(clip, path)), clip)
