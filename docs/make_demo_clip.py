"""Render the demo clip and its truth into resources/demo.

Run from the project's root: ``python docs/make_demo_clip.py [FOLDER]``. Writes `demo.mp4`, the masks of
every frame, the first frame's apart for the propagation to start from, and the points. The flow is
not written: ``engines.training.demo.demo_scene().flow(frame)`` gives it exactly.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

# Scripts in docs/ are run from the root without being installed.
sys.path.insert(0, str(Path(__file__).parents[1]))

from app.formats.mask_png import davis_palette, write_mask
from app.media.video_writer import VideoWriter
from engines.training.demo import HEIGHT, POINT_NAMES, RATE_FPS, WIDTH, demo_scene
from engines.training.scene import Scene, TrueFrame


def main(folder: Path) -> None:
    """Write all files into `folder`."""
    scene = demo_scene()
    (folder / "masks").mkdir(parents=True, exist_ok=True)
    points = {}
    with VideoWriter(folder / "demo.mp4", WIDTH, HEIGHT, np.arange(scene.n_frames) / RATE_FPS) as video:
        for frame in range(scene.n_frames):
            truth = scene.render(frame)
            video.write(truth.image)
            write_mask(folder / "masks" / f"{frame:05d}.png", truth.ids, davis_palette())
            points[f"{frame:05d}"] = [instance(truth)]
    write_mask(folder / "first_frame.png", scene.render(0).ids, davis_palette())
    (folder / "points.json").write_text(json.dumps(points_file(scene, points), separators=(",", ":")) + "\n")


def instance(truth: TrueFrame) -> list[list[float]]:
    """Return all points of a frame as ``[x, y, visible]``, to a hundredth of a pixel."""
    return [
        [round(x, 2), round(y, 2), int(is_visible)]
        for at, visible in zip(truth.points, truth.visible, strict=True)
        for (x, y), is_visible in zip(at.tolist(), visible.tolist(), strict=True)
    ]


def points_file(scene: Scene, frames: dict[str, list[list[list[float]]]]) -> dict[str, object]:
    """Return the content of `points.json`: all joints are those of one instance, named after their object."""
    return {"video": "demo.mp4", "image_size": [scene.width, scene.height], "names": POINT_NAMES, "frames": frames}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("resources/demo"))
