"""Paint six stripes on the objects of one frame, carry them through the clip and lay frames side by side.

The picture of textures in Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3.5.

    python docs/draw_stripes.py                                # the demo clip, into docs/pictures/stripes.png
    python docs/draw_stripes.py CLIP MASK.png --frame 0 --out out/stripes.png

MASK is a palette or grey PNG, value = object id. Pictures of clips that are not ours belong in a folder that is not
committed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.formats.mask_png import read_mask  # noqa: E402 - scripts in docs/ are run without being installed
from app.media.clip import open_clip  # noqa: E402
from app.tasks.propagate import WatchedFrames  # noqa: E402
from engines.texture.carry import carry_texture  # noqa: E402
from engines.texture.draw import draw_textures  # noqa: E402
from engines.texture.mesh import Placement, Texture, at_rest, mesh_over  # noqa: E402

DEMO = ROOT / "resources" / "demo"
STRIPES = np.array(
    [(214, 39, 40), (255, 127, 14), (250, 220, 40), (44, 160, 44), (31, 119, 180), (148, 80, 190)], np.uint8
)
_ALPHA = 200
_RIM = np.ones((5, 5), np.uint8)


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path, default=DEMO / "demo.mp4")
    parser.add_argument("mask", nargs="?", type=Path, default=DEMO / "first_frame.png")
    parser.add_argument("--frame", type=int, default=0, help="that the mask is of")
    parser.add_argument("--last", type=int, help="frame to end with (default: the clip's last)")
    parser.add_argument("--count", type=int, default=8, help="frames to show")
    parser.add_argument("--width", type=int, default=320, help="of one of them in pixels")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "stripes.png")
    args = parser.parse_args()
    mask = read_mask(args.mask).values
    clip = open_clip(args.clip)
    last = clip.n_frames - 1 if args.last is None else args.last
    with clip.open() as reader:
        frames = WatchedFrames(reader, set())
        regions = [cv2.erode((mask == value).astype(np.uint8), _RIM) > 0 for value in np.unique(mask[mask > 0])]
        carried: list[tuple[Texture, dict[int, Placement]]] = []
        for region in regions:
            texture = Texture(args.frame, striped(region), np.array(frames.image(args.frame)), mesh_over(region))
            found = carry_texture(frames, texture, region, wanted=range(last + 1))
            places = {each.frame: each for each in found} | {args.frame: at_rest(texture.mesh, args.frame)}
            carried.append((texture, places))
            print(f"{len(carried)} of {len(regions)} objects")
        shown = [round(frame) for frame in np.linspace(args.frame, last, args.count)]
        size = args.width, round(args.width * clip.height / clip.width)
        pictures = []
        for frame in shown:
            placed = [(texture, places[frame], 1.0) for texture, places in carried]
            image = draw_textures(placed, frames.image(frame)).image
            pictures.append(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(side_by_side(pictures)).save(args.out)
    print(f"frames {', '.join(map(str, shown))} are in {args.out}")


def striped(region: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return six stripes over `region`, bool (H, W), as RGBA uint8 (H, W, 4)."""
    rows, columns = np.nonzero(region)
    part = (rows - rows.min()) * len(STRIPES) // (rows.max() + 1 - rows.min())
    paint = np.zeros((*region.shape, 4), np.uint8)
    paint[rows, columns, :3], paint[rows, columns, 3] = STRIPES[part], _ALPHA
    return paint


def side_by_side(pictures: list[NDArray[np.uint8]], per_row: int = 4) -> NDArray[np.uint8]:
    """Return pictures of one size in rows, the last one filled up with white."""
    nothing = np.full_like(pictures[0], 255)
    filled = pictures + [nothing] * (-len(pictures) % per_row)
    return np.vstack([np.hstack(filled[at : at + per_row]) for at in range(0, len(filled), per_row)])


if __name__ == "__main__":
    main()
