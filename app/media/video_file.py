"""Opening a video file, and saying in one sentence why one cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.errors import UserError
from app.media.container_size import is_mp4_without_index

NOT_CLIPS = frozenset(
    {"tty", "lrc", "hls", "dash", "concat", "concatf", "sdp", "rtsp", "image2", "webvtt", "srt", "ass"}
)
"""Demuxers that would show a text as pictures, or follow a play list to other files."""

CONVERT = "convert it to MP4 (H.264) and open that"


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Return the opened file and the stream that is its picture; every other stream is switched off.

    The first video stream counts; the cover picture of a song does not.

    Raises
    ------
    UserError
        If there is nothing to see in the file, or the file is not to be read.
    """
    try:
        # "file:" and the white list: a name is never a protocol, and a play list reaches nothing else.
        container = av.open(f"file:{path}", metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise not_readable(path, error) from error
    try:
        return container, _choose_stream(container, path)
    except UserError:
        container.close()
        raise


def not_readable(path: Path, error: Exception) -> UserError:
    """Return the sentence for a file that cannot be opened as a video."""
    if isinstance(error, PermissionError):
        return UserError(f"{path.name} cannot be read", "ask its owner for permission to read it")
    if path.stat().st_size == 0:
        return UserError(f"{path.name} is empty", "copy or record it again")
    if is_mp4_without_index(path):
        return UserError(
            f"{path.name} is cut short: its index (moov), which recorders write last, is missing",
            "copy the whole file again, or repair it with a tool for broken recordings",
        )
    return UserError(f"{path.name} is neither a video nor a picture that can be read", "choose another file")


def _choose_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the first stream of moving pictures and switch the others off."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving or container.format.name in NOT_CLIPS:
        if container.streams.audio:
            raise UserError(
                f"{path.name} holds sound but no video", "choose a video, a picture or a folder of pictures"
            )
        raise UserError(f"{path.name} holds no video", "choose a video, a picture or a folder of pictures")
    stream = moving[0]
    if stream.codec_context is None:
        raise UserError(f"{path.name} is coded in a way that cannot be decoded here", CONVERT)
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    return stream


def orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Return ``(quarter turns counter-clockwise, mirrored left-right first)`` that the file asks for.

    Read from the display matrix (QuickTime File Format Specification, "Matrices"): rows ``a b u``, ``c d v``,
    ``x y w`` in 16.16 fixed point, applied to row vectors, y down. Turns other than quarters are left
    as they are stored. To be asked once for a file, not for every frame: PyAV ties a frame whose side
    data were looked at into a cycle, and hundreds of them pile up before they are collected.
    """
    try:
        data = cast(SideDataContainer, frame.side_data)[SideDataType.DISPLAYMATRIX]
    except KeyError:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(np.float64)
    mirrored = bool(a * d - b * c < 0)
    if mirrored:
        a, b = -a, -b
    degrees = np.degrees(np.arctan2(-b, a))  # counter-clockwise as seen on a screen, where y points down
    turns = round(float(degrees) / 90)
    return (turns % 4, mirrored) if abs(degrees - turns * 90) < 1 else (0, False)


def upright(image: NDArray[np.uint8], turns: int, mirrored: bool) -> NDArray[np.uint8]:
    """Return `image` (H, W, 3) mirrored and turned as `orientation` says."""
    if mirrored:
        image = image[:, ::-1]
    return np.rot90(image, turns) if turns else image
