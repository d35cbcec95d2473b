"""Colour a clip from coloured frames: carried both ways, a network filling in where nothing was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.formats.label_pictures import frame_pictures
from app.media.clip import Clip
from app.tasks.colorize import Colours, ColourWish, read_still
from app.tasks.colour_levels import SEEN_BELOW
from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.propagate import WatchedFrames
from app.tasks.weights import chosen_weights, weights_told
from app.whole_folder import Mark, whole_folder
from engines.cie_lab import luminance, to_lab, to_rgb
from engines.colour.enlarge import enlarged
from engines.correspondence.encoder_weights import load_encoder
from engines.frame_source import FrameSource
from engines.propagation.types import Quality
from engines.tensor_file import WeightsError

if TYPE_CHECKING:
    from engines.colour.carry import CarriedColour

_FACTS = Mark("colour.json", b'"made_by": "throughline propagate --colour"')
_UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class ClipWish:
    """How a clip is to be coloured. `fill` is a colourizing network, "" the shipped one where there is one."""

    quality: Quality = "normal"
    weights: str = ""
    fill: str = ""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class ClipColours:
    """What became of a clip: how many frames, the share of pixels never seen, and what filled these in."""

    n_frames: int
    unseen: float
    filled_by: str | None


def coloured_frames(path: Path, frame: int | None, clip: Clip) -> dict[int, NDArray[np.uint8]]:
    """Return the coloured frames in `path`, a picture for `frame` or a folder of them by number. Raises UserError."""
    if path.is_dir():
        if frame is not None:
            raise UserError(f"{path} is a folder, whose pictures say their frames themselves", "leave --frame out")
        files: Mapping[int, Path] = frame_pictures(path)
    else:
        files = {frame or 0: path}
    found = {}
    for number, file in sorted(files.items()):
        if not 0 <= number < clip.n_frames:
            raise UserError(
                f"{file} is for frame {number}, but {clip.path.name} has {clip.n_frames}, counted from 0",
                "give another --frame",
            )
        image = read_still(file)
        if image.shape[:2] != (clip.height, clip.width):
            raise UserError(
                f"{file} is {image.shape[1]} x {image.shape[0]} pixels, but {clip.path.name} is "
                f"{clip.width} x {clip.height}",
                "colour a frame of the clip in its own size",
            )
        found[number] = image
    if not found:
        raise UserError(f"There is no picture in {path}", "name pictures by their frame, such as 00012.png")
    return found


def filler(wish: ClipWish) -> Colours | None:
    """Return the network that fills in, None where none was asked for and none is shipped. Raises UserError."""
    from engines.colour.weights import find_colour_weights

    if not wish.fill:
        try:
            find_colour_weights()
        except WeightsError:
            return None
    return Colours(ColourWish(weights=wish.fill, device=wish.device))


def carried_pictures(
    frames: FrameSource, coloured: Mapping[int, NDArray[np.uint8]], wish: ClipWish, fill: Colours | None
) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield (frame, RGB uint8 (H, W, 3), how sure a pixel was seen before uint8 (H, W)) for every frame, in no order.

    Luminance is the clip's own, on coloured frames too. Raises UserError for weights that cannot be used.
    """
    with weights_told(), torch_told():
        compute = pick_device(wish.device)
        from engines.colour.carry import carry_colour

        encoder = load_encoder(chosen_weights(wish.weights), compute)
    sure = np.full((frames.height, frames.width), 255, np.uint8)
    for frame, image in coloured.items():
        light = luminance(frames.image(frame))
        yield frame, to_rgb(np.concatenate([light[..., None], to_lab(image)[..., 1:]], -1)), sure
    with closing(carry_colour(frames, coloured, encoder, compute, wish.quality)) as results:
        for result in results:
            image = frames.image(result.frame)
            light = luminance(image)
            chroma = filled(result, image, fill)
            chroma = chroma if chroma.shape[:2] == light.shape else enlarged(chroma, light)
            seen = cv2.resize(result.seen, (frames.width, frames.height), interpolation=cv2.INTER_LINEAR)
            picture = to_rgb(np.concatenate([light[..., None], chroma], -1))
            yield result.frame, picture, np.rint(255 * seen).astype(np.uint8)


def filled(result: CarriedColour, image: NDArray[np.uint8], fill: Colours | None) -> NDArray[np.float32]:
    """Return a frame's carried chroma, a and b (h, w, 2), the network's where nothing was seen, if there is one.

    `image` is the frame, RGB uint8 (H, W, 3).
    """
    if fill is None or not (result.seen < SEEN_BELOW).any():
        return result.chroma
    height, width = result.seen.shape
    light = luminance(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
    share = np.clip(2 * result.seen, 0, 1)[..., None]
    return share * result.chroma + (1 - share) * enlarged(fill.outlook(image).answer(), light)


def colour_clip(
    clip: Clip, coloured: Mapping[int, NDArray[np.uint8]], wish: ClipWish, out: Path, damaged: set[int]
) -> Iterator[ClipColours | None]:
    """Write ``%05d.png`` for every frame, ``unseen/%05d.png`` and ``colour.json``; yields for each, then the result.

    ``unseen`` is white where colour was never seen and the network filled in. All or nothing, see `whole_folder`.
    """
    fill = filler(wish)
    names = [f"{frame:05d}.png" for frame in range(clip.n_frames)]
    n_unseen = 0
    with whole_folder(out, _FACTS, [_FACTS.name, *names]) as folder:
        (folder / _UNSEEN).mkdir()
        with clip.open() as reader:
            frames = WatchedFrames(reader, damaged)
            for frame, picture, seen in carried_pictures(frames, coloured, wish, fill):
                is_unseen = seen < 255 * SEEN_BELOW
                n_unseen += int(is_unseen.sum())
                Image.fromarray(picture).save(folder / names[frame])
                Image.fromarray(is_unseen.astype(np.uint8) * np.uint8(255)).save(folder / _UNSEEN / names[frame])
                yield None
        name = None if fill is None or fill.weights is None else fill.weights.name
        found = ClipColours(clip.n_frames, n_unseen / (clip.n_frames * clip.width * clip.height), name)
        facts = {
            "made_by": "throughline propagate --colour",
            "frames": found.n_frames,
            "coloured": sorted(coloured),
            "unseen": round(found.unseen, 5),
            "filled_by": found.filled_by,
            "quality": wish.quality,
        }
        (folder / _FACTS.name).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    yield found
