"""Take pictures of the real window: every step of the main job, both themes, inspecting, and the list of keys.

    python docs/take_pictures.py                               # the demo clip, into docs/pictures
    python docs/take_pictures.py CLIP LABELS --out out/pictures

LABELS is a palette PNG of frame 0. Pictures of clips that are not ours belong in a folder that is not
committed. Works on any of Qt's platforms; without a display it uses the offscreen one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = tempfile.mkdtemp(prefix="throughline-pictures-")
for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[variable] = HOME  # nobody's settings show in the pictures, and none are changed

import cv2  # noqa: E402 - Qt reads the environment when it is imported
import numpy as np  # noqa: E402
from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402
from PySide6.QtWidgets import QDialog, QLabel  # noqa: E402

from app.desk.workspace import Workspace  # noqa: E402
from app.formats.label_pictures import read_labels  # noqa: E402
from app.formats.points_file import read_points  # noqa: E402
from app.media.clip import open_clip  # noqa: E402
from app.project import paint_verbs, point_verbs, verbs  # noqa: E402
from app.project.model import Kind  # noqa: E402
from app.project.skeleton import skeleton_of  # noqa: E402
from engines.colour.notation import lab_of  # noqa: E402
from engines.labels.painting import Painting  # noqa: E402
from engines.labels.points import Points  # noqa: E402
from widgets.application import make_application  # noqa: E402
from widgets.canvas.stamp_image import stamp_image  # noqa: E402
from widgets.main_window import MainWindow  # noqa: E402
from widgets.settings import Settings  # noqa: E402

DEMO = ROOT / "resources" / "demo"
NAMES = ("planet", "shuttle", "cat", "cup", "five", "six", "seven", "eight")
"""For the objects by their order; the first four are those of the demo clip."""
BONES = (
    ("planet crater", "planet storm"), ("shuttle nose", "shuttle cockpit"), ("shuttle cockpit", "shuttle left wing"),
    ("shuttle cockpit", "shuttle right wing"), ("cat left eye", "cat nose"), ("cat right eye", "cat nose"),
    ("cat left eye", "cat brow"), ("cat right eye", "cat brow"), ("cup rim left", "cup rim right"),
    ("cup rim left", "cup handle"), ("cup handle", "cup spoon"), ("cup rim right", "cup spoon"),
)  # fmt: skip
"""Of the demo clip's joints."""
TUBE = 2
"""The place of a tube of which masks are shown; in the demo clip it is the cup."""
SIZE = (1440, 900)
HINTED = ((0.25, 0.3), (0.45, 0.75), (0.85, 0.15), (0.9, 0.82), (0.7, 0.4), (0.3, 0.6))
"""Places of hints, as shares of the picture's width and height."""
SETTLE_MS = 400
"""Long enough for layout, repaint and the panels' own pauses."""


def wait_until(condition: Callable[[], bool], limit_s: float = 300.0) -> None:
    """Let the window work until `condition` holds. Raises TimeoutError after `limit_s`."""
    loop = QEventLoop()
    poll = QTimer(interval=20)
    poll.timeout.connect(lambda: condition() and loop.quit())
    limit = QTimer(singleShot=True, interval=int(1000 * limit_s))
    limit.timeout.connect(lambda: loop.exit(1))
    poll.start()
    limit.start()
    if not condition() and loop.exec():
        raise TimeoutError("the window did not get there")


def settle() -> None:
    """Let the window finish what it has begun."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec()


class Photographer:
    """Walks the window through the main job and takes a picture at each step."""

    def __init__(self, clip: Path, labels: Path, out: Path, weights: str, point: tuple[float, float]) -> None:
        self.out, self.point = out, point
        self.clip_path, self.labels_path = clip, labels
        self.workspace = Workspace()
        self.window = MainWindow(self.workspace, Settings())
        self.window.resize(*SIZE)
        self.window.plan.choose("weights", weights)
        self.window.show()

    def take(self, name: str) -> None:
        """Write the window as it stands."""
        settle()
        self.window.grab().save(str(self.out / f"{name}.png"))
        print(self.out / f"{name}.png")

    def go(self, frame: int) -> None:
        """Show a frame."""
        self.workspace.request_frame(frame)
        wait_until(lambda: self.workspace.picture(frame) is not None)

    def walk(self) -> None:
        """Take all pictures."""
        workspace, view = self.workspace, self.workspace.view
        view.theme = "light"
        workspace.open(self.clip_path)
        wait_until(lambda: workspace.picture(0) is not None)
        self.take("opened")
        self.find()
        self.paint()
        self.take("painted")
        n_frames = workspace.clip.n_frames
        self.window.action_set["run"].trigger()
        n_objects = len(workspace.project.objects)
        wait_until(
            lambda: workspace.runner.active is None or workspace.runner.active.n_done > n_objects * n_frames // 3
        )
        self.go(n_frames // 4)
        self.take("running")
        wait_until(lambda: workspace.runner.active is None)
        self.window.action_set["next_unsure"].trigger()
        self.take("review")
        view.show_doubt = True
        self.take("doubt")
        view.show_doubt = False
        self.go(n_frames // 2)
        view.theme = "dark"
        self.take("dark")
        workspace.accept()
        view.theme = "light"
        self.correct(n_frames // 2)
        wait_until(lambda: workspace.runner.active is None or workspace.runner.active.n_done > n_frames // 3)
        self.take("rerun")
        wait_until(lambda: workspace.runner.active is None)
        self.compare(3 * n_frames // 4)
        workspace.accept()
        self.take("window")
        self.inspect()
        self.points(n_frames // 6)
        self.texture(n_frames // 6)
        self.colour()
        self.take_dialog("weights", "weights")
        self.take_dialog("shortcuts", "keys")

    def take_dialog(self, action: str, name: str) -> None:
        """Write the dialog that a command opens, once nothing in it says that it is looking."""
        self.window.action_set[action].trigger()
        settle()
        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible():
                labels = dialog.findChildren(QLabel)
                wait_until(lambda labels=labels: not any(label.text().startswith("Looking") for label in labels))
                dialog.grab().save(str(self.out / f"{name}.png"))
                print(self.out / f"{name}.png")
                dialog.close()

    def paint(self) -> None:
        """Take the labels in as anchors, as an import would."""
        clip = open_clip(self.clip_path)
        for name, anchor in zip(NAMES, read_labels(self.labels_path, clip).anchors, strict=False):
            object_id = self.workspace.add_object()
            self.workspace.do(verbs.rename_object(self.workspace.project, object_id, name))
            self.workspace.do(
                verbs.paint_mask(
                    self.workspace.project, object_id, anchor.frame, anchor.mask, text="paint", exclusive_over=True
                )
            )

    def find(self) -> None:
        """Look for objects and make the masks of one of them; then take it all back."""
        proposer = self.workspace.proposer
        self.window.action_set["find_objects"].trigger()
        wait_until(lambda: not proposer.is_busy)
        shown = proposer.ghosts.shown
        proposer.ghosts.go_to(shown[min(TUBE, len(shown) - 1)].ghost_id)
        proposer.open()
        wait_until(lambda: not proposer.is_busy)
        self.take("tubes")
        self.workspace.undo_stack.undo()
        self.go(0)

    def points(self, n_frames: int) -> None:
        """Place the joints that lie beside the clip, carry them through some frames, and look at their way."""
        path = self.clip_path.parent / "points.json"
        if not path.exists():
            return
        workspace, view = self.workspace, self.workspace.view
        truth = read_points(path)
        for found in workspace.project.objects.values():
            workspace.do(verbs.set_locked(workspace.project, found.object_id, True))
        animal = workspace.add_object(skeleton_of("Demo", truth.names, BONES))
        view.tool, view.opacity, view.show_trails = "points", 0.0, True
        joints = Points.of_arrays(truth.positions[0][0], truth.visible[0][0])
        workspace.do(point_verbs.place_points(workspace.project, animal, 0, joints))
        view.range = (0, n_frames)
        wait_until(lambda: self.window.plan.cost is not None)
        self.window.action_set["run"].trigger()
        wait_until(lambda: workspace.runner.active is None)
        self.go(n_frames // 2)
        self.take("points")
        view.tool, view.opacity, view.show_trails, view.range = "brush", 0.45, False, None

    def texture(self, n_frames: int) -> None:
        """Paint stripes on what the first mask covers, carry them, and look at them with their net."""
        workspace, view = self.workspace, self.workspace.view
        project, clip = workspace.project, workspace.clip
        mask = project.mask(project.label(next(iter(project.objects)), 0).mask_id)
        for found in project.objects.values():
            workspace.do(verbs.set_locked(project, found.object_id, True))
        left, top, right, bottom = mask.box
        rgba = np.zeros((clip.height, clip.width, 4), np.uint8)
        stripes = cv2.resize(stamp_image("stripes", "#000000"), (right - left, bottom - top))
        rgba[top:bottom, left:right] = stripes * mask.crop()[..., None]
        texture = workspace.add_object(kind=Kind.TEXTURE)
        workspace.do(paint_verbs.paint_picture(project, texture, 0, Painting.encode(rgba)))
        view.range, view.opacity, view.outline, view.show_mesh = (0, n_frames), 0.0, False, True
        wait_until(self.window.action_set["run"].isEnabled)
        self.window.action_set["run"].trigger()
        wait_until(lambda: workspace.runner.active is None)
        self.go(n_frames // 2)
        layer = self.window.canvas.layers.textures
        wait_until(lambda: layer.frame == n_frames // 2 and len(layer.shown) == 1)
        self.take("texture")
        view.range, view.opacity, view.outline, view.show_mesh = None, 0.45, True, False

    def colour(self) -> None:
        """Colour the first frame as if it were grey, with hints in the clip's own colours, and draw samples."""
        view, colouring, canvas = self.workspace.view, self.workspace.colouring, self.window.canvas
        self.go(0)
        self.window.action_set["tool_colour"].trigger()
        wait_until(lambda: canvas.layers.colours.image is not None)
        for x, y in HINTED:
            place = round(x * canvas.image.shape[1]), round(y * canvas.image.shape[0])
            colouring.hand.select(None)
            colouring.hand.take(lab_of(tuple(int(value) for value in canvas.image[place[1], place[0]])))
            colouring.hand.add([place], 1)
            colouring.look_for_likely(*place)
        view.colour_samples = 3
        self.window.action_set["colour_draw"].trigger()
        wait_until(lambda: not colouring.is_sampling and not colouring.is_late and colouring.likely is not None)
        self.take("colour")
        view.tool = "brush"
        self.window.docks["colour"].hide()

    def compare(self, frame: int) -> None:
        """Show on a frame what the second run adds and removes."""
        tool = self.workspace.view.tool
        self.go(frame)
        self.window.action_set["compare_difference"].trigger()
        self.take("compare")
        self.workspace.view.tool = tool
        self.go(self.workspace.clip.n_frames // 2)

    def inspect(self) -> None:
        """Hold a point and find it twelve frames on, without the panels; then the features as colours."""
        workspace, view, panels = self.workspace, self.workspace.view, ("objects", "tubes", "run", "review")
        self.go(0)
        view.other_offset, view.opacity = 12, 0.0
        for name in panels:
            self.window.toggle_panel(name)
        self.window.action_set["tool_inspect"].trigger()
        workspace.inspection.hold("here", *self.point)
        wait_until(lambda: workspace.inspection.way is not None)
        self.take("inspect")
        view.feature_colours = True
        wait_until(lambda: all(workspace.inspection.colours_of(side) is not None for side in ("here", "there")))
        self.take("features")
        workspace.inspection.release()
        view.feature_colours, view.opacity, view.tool = False, 0.45, "brush"
        for name in panels:
            self.window.toggle_panel(name)

    def correct(self, frame: int) -> None:
        """Make the first object's mask of a frame an anchor."""
        project = self.workspace.project
        object_id = next(iter(project.objects))
        self.workspace.do(verbs.confirm(project, [object_id], [frame]))


def main() -> int:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path, nargs="?", default=DEMO / "demo.mp4")
    parser.add_argument("labels", type=Path, nargs="?", default=DEMO / "first_frame.png")
    parser.add_argument("--weights", default="", metavar="NAME_OR_FILE", help="to inspect with (default: the shipped)")
    parser.add_argument("--point", type=float, nargs=2, default=(291.2, 73.8), metavar=("X", "Y"), help="to inspect")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    application = make_application(sys.argv[:1])
    photographer = Photographer(args.clip, args.labels, args.out, args.weights, tuple(args.point))
    photographer.walk()
    photographer.window.close()
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
