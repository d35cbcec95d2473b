"""The clip as a video that shows each picture twice: as it is, and with its labels drawn over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.formats.drawing import draw_labels, draw_stamp
from app.formats.interface import LabelSource, Plan
from app.formats.overlay import with_alpha
from app.formats.shown import hidden_losses, left_out_losses, shown_frames, shown_times_s
from app.media.video_writer import CODINGS, VideoWriter, refuse_without_encoder

_STEM = "side-by-side"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and what does not come into the video. Raises UserError where it cannot."""
    refuse_without_encoder(source.look.codec)
    frames = shown_frames(source)
    return Plan((_file_name(source),), len(frames), (*hidden_losses(source), *left_out_losses(source, frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the video into `folder`; yields once a frame."""
    clip, look, chosen = source.clip, source.look, shown_frames(source)
    axis = 1 if look.layout == "beside" else 0
    size = (2 * clip.width, clip.height) if axis else (clip.width, 2 * clip.height)
    path = folder / _file_name(source)
    with VideoWriter(path, *size, shown_times_s(source, chosen), look.codec) as video, clip.open() as frames:
        for frame in chosen:
            plain = np.array(frames.image(frame))
            labelled = plain.copy()
            draw_labels(labelled, source, frame)
            if look.stamps:
                draw_stamp(plain, source, frame)
            both = np.concatenate((plain, labelled), axis)
            video.write(with_alpha(both) if CODINGS[look.codec].has_alpha else both)
            yield


def _file_name(source: LabelSource) -> str:
    return _STEM + CODINGS[source.look.codec].suffix
