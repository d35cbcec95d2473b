from pathlib import Path

import numpy as np
import pytest

from app.desk.workspace import Workspace
from app.media.picture import Picture
from app.project import verbs
from app.project.clip_location import record_of
from app.project.project import Project
from engines.labels.rle import RleMask


class PretendClip:
    """A clip with uneven time stamps whose pictures are made up on the spot. `open` gives a reader of them."""

    names = ()
    notices = ()
    kind = "video"
    rate_fps = 20.0
    fingerprint = "f"

    def __init__(self, n_frames=40, width=64, height=48):
        self.path = Path("clip.mp4").absolute()
        self.n_frames, self.width, self.height = n_frames, width, height
        self.times_s = np.arange(n_frames) * 0.05 + (np.arange(n_frames) % 3) * 0.01

    def image(self, frame):
        return np.full((self.height, self.width, 3), frame % 256, np.uint8)

    def __len__(self):
        return self.n_frames

    def open(self, *_budget):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def close(self):
        pass


class PretendWorkspace(Workspace):
    """The real workspace and project; only decoding is pretended, and at once. `asked` lists the frames shown."""

    def __init__(self, project, clip):
        super().__init__()
        self.project, self.clip = project, clip
        self.is_decoding = False
        self.sayings, self.asked = [], []
        self.said.connect(self.sayings.append)
        self.view.changed.connect(self._on_view)

    def picture(self, frame):
        return None if self.is_decoding else Picture(self.clip.image(frame), "")

    def deliver(self):
        self.frame_ready.emit(self.view.frame, Picture(self.clip.image(self.view.frame), ""))

    def _on_view(self, name):
        if name == "frame" and self.clip is not None:
            self.asked.append(self.view.frame)
            if not self.is_decoding:
                self.deliver()

    # what tests do to a project

    def add(self, name):
        object_id = self.add_object()
        self.do(verbs.rename_object(self.project, object_id, name))
        return object_id

    def anchor(self, object_id, frame, left=4):
        mask = np.zeros((self.clip.height, self.clip.width), bool)
        mask[4:20, left : left + 20] = frame + 1
        edit = verbs.paint_mask(self.project, object_id, frame, RleMask.encode(mask), exclusive_over=False)
        self.do(edit)

    def run(self, qtbot, **request):
        """Carry masks with the copy engine until the end."""
        from app.desk.run_request import RunRequest

        self.start_run(RunRequest(engine="copy", **request))
        qtbot.waitUntil(lambda: self.runner.active is None)


@pytest.fixture
def make_workspace(qapp, tmp_path):
    made = []

    def make(**clip):
        path = tmp_path / f"work{len(made)}.throughline"
        pretend = PretendClip(**clip)
        made.append(PretendWorkspace(Project.create(path, record_of(pretend, path)), pretend))
        return made[-1]

    yield make
    for workspace in made:
        workspace.shut_down()


@pytest.fixture
def workspace(make_workspace):
    return make_workspace()


@pytest.fixture
def empty_workspace(qapp):
    made = Workspace()
    yield made
    made.shut_down()
