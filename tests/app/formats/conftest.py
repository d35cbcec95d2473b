import pytest

from app.formats.interface import LabelSource
from app.media.clip import open_clip
from app.project.model import Label, Object, Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.clips import write_frames

N_FRAMES = 5


class SourceMaker:
    """Collects objects and labels, and gives them as what a project has to export."""

    def __init__(self, clip):
        self.clip = clip
        self.objects = []
        self.labels = {}
        self.masks = []

    def add(self, object_id, name="", colour=(9, 99, 199), **flags):
        self.objects.append(Object(object_id, name or f"object {object_id}", colour, position=object_id, **flags))

    def put(self, object_id, frame, mask, provenance=Provenance.ANCHOR, presence=Presence.VISIBLE):
        self.masks.append(RleMask.encode(mask))
        self.labels.setdefault(frame, {})[object_id] = Label(provenance, len(self.masks), presence)

    def source(self, **more):
        look_up = (lambda mask_id: self.masks[mask_id - 1], {}.__getitem__)
        return LabelSource(self.clip, tuple(self.objects), self.labels, *look_up, **more)


@pytest.fixture
def maker(tmp_path):
    clip = open_clip(write_frames(tmp_path / "clip", N_FRAMES))
    return SourceMaker(clip)
