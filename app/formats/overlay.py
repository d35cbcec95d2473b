"""The clip as a video with its labels drawn over it, or the labels alone to be laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.drawing import draw_labels, draw_stamp, labels_alone
from app.formats.interface import LabelSource, Plan
from app.formats.shown import hidden_losses, left_out_losses, shown_frames, shown_times_s
from app.media.reader import FrameReader
from app.media.video_writer import CODINGS, VideoWriter, refuse_without_encoder
from app.project.model import Kind

_STEM = "overlay"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and what does not come into the video. Raises UserError where it cannot."""
    look = source.look
    refuse_without_encoder(look.codec)
    if look.ground == "nothing" and not CODINGS[look.codec].has_alpha:
        raise UserError("H.264 cannot be transparent", "choose VP9 or ProRes, or the clip as the ground")
    frames = shown_frames(source)
    losses = (*hidden_losses(source), *left_out_losses(source, frames))
    if look.ground == "nothing" and any(found.kind is Kind.COLOUR for found in source.objects):
        losses += ("Colour is left out, which lies on the clip itself.",)
    return Plan((_file_name(source),), len(frames), losses)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the video into `folder`; yields once a frame."""
    clip, look, chosen = source.clip, source.look, shown_frames(source)
    times_s = shown_times_s(source, chosen)
    path = folder / _file_name(source)
    with VideoWriter(path, clip.width, clip.height, times_s, look.codec) as video, clip.open() as frames:
        for frame in chosen:
            image = (
                labels_alone(source, frame, partial(frames.image, frame))
                if look.ground == "nothing"
                else _over_clip(source, frames, frame)
            )
            if look.stamps:
                draw_stamp(image, source, frame)
            video.write(with_alpha(image) if CODINGS[look.codec].has_alpha else image)
            yield


def with_alpha(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `image`, uint8 (H, W, 3 or 4), as RGBA; opaque where it says nothing of it."""
    if image.shape[2] == 4:
        return image
    return np.dstack((image, np.full(image.shape[:2], 255, np.uint8)))


def _over_clip(source: LabelSource, frames: FrameReader, frame: int) -> NDArray[np.uint8]:
    image = np.array(frames.image(frame))
    draw_labels(image, source, frame)
    return image


def _file_name(source: LabelSource) -> str:
    return _STEM + CODINGS[source.look.codec].suffix
