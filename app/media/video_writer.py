"""Writing pictures into a video file with the clip's own time stamps."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import cast

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.errors import UserError
from app.media.times import median_rate_fps

TICKS_PER_SECOND = 90_000
"""The clock of MPEG: exact for 24, 25, 30, 50 and 60 frames a second and for 30000/1001."""

WRITTEN_BY = "Throughline"
"""The comment in every file, so that it can be told from others of the same name."""

_BT709, _LIMITED_RANGE = 1, 1  # FFmpeg's AVCOL_SPC_BT709 (also primaries and transfer) and AVCOL_RANGE_MPEG


@dataclass(frozen=True)
class _Coding:
    """How pictures are coded."""

    encoders: tuple[str, ...]
    """The first one that this build of FFmpeg has is taken."""
    pixel_format: str
    options: dict[str, str]
    suffix: str
    """Of the files that programs expect it in."""
    is_halved: bool = False
    """Colour is stored at half the size, so that both sides must be even."""
    has_alpha: bool = False
    """Pictures say how opaque each pixel is."""

    @property
    def is_yuv(self) -> bool:
        """Whether pictures are stored as brightness and colour, whose meaning has to be told."""
        return self.pixel_format.startswith("yuv")


CODINGS = {
    "h264": _Coding(
        encoders=("libx264", "libopenh264", "h264_videotoolbox", "h264_mf", "mpeg4"),
        pixel_format="yuv420p",
        options={"crf": "18", "preset": "fast"},
        suffix=".mp4",
        is_halved=True,
    ),
    "vp9": _Coding(
        encoders=("libvpx-vp9",),
        pixel_format="yuva420p",
        # Pictures that are never shown, which this encoder makes otherwise, have no place beside transparency.
        options={"crf": "24", "b:v": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"},
        suffix=".webm",
        is_halved=True,
        has_alpha=True,
    ),
    "prores": _Coding(
        encoders=("prores_ks",),
        pixel_format="yuva444p10le",
        options={"profile": "4444", "vendor": "apl0", "alpha_bits": "16"},
        suffix=".mov",
        has_alpha=True,
    ),
    "ffv1": _Coding(encoders=("ffv1",), pixel_format="bgr0", options={"slicecrc": "1"}, suffix=".mkv"),
}
"""`h264` plays everywhere; `vp9` is the browsers' with transparency, `prores` (4444) that of editing programs; `ffv1`
loses nothing."""


def missing_encoder(codec: str) -> UserError | None:
    """Return why the installed PyAV cannot write `codec`, one of `CODINGS`; None where it can."""
    encoders = CODINGS[codec].encoders
    if av.codecs_available.intersection(encoders):
        return None
    return UserError(
        f"The installed PyAV has no encoder for {codec} ({' or '.join(encoders)})",
        "choose another codec, or install the PyAV that is on PyPI",
    )


def refuse_without_encoder(codec: str) -> None:
    """Raise UserError where the installed PyAV cannot write `codec`, one of `CODINGS`."""
    error = missing_encoder(codec)
    if error is not None:
        raise error


class VideoWriter:
    """Writes one video file: `write` once for each time stamp, then `close`.

    The file is written beside its place under another name, and takes its place when it is complete; an
    older file there stays until then. `abort`, or leaving the `with` statement by an error, leaves nothing.
    Players want H.264 and VP9 with an even width and height: for a clip with an odd side, its last column or row is
    written twice. One thread.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        times_s: NDArray[np.float64] | Sequence[float],
        codec: str = "h264",
    ) -> None:
        """Open the file for frames of `width` x `height` pixels at `times_s` (n,), in seconds, strictly increasing.

        The suffix of `path` chooses the container (.mp4, .mov, .mkv or .webm); `codec` is one of `CODINGS`.
        ValueError if there is no such codec or the times do not increase; UserError if nothing can be written there,
        or the installed PyAV has no such encoder.
        """
        if codec not in CODINGS:
            raise ValueError(f"codec {codec!r}, but there are {', '.join(CODINGS)}")
        refuse_without_encoder(codec)
        self._path = Path(path)
        self._coding = CODINGS[codec]
        self._shape = (height, width, 4 if self._coding.has_alpha else 3)
        self._ticks, self._durations = _ticks(np.asarray(times_s, np.float64))
        self._n_written = 0
        self._part = _part_beside(self._path)
        try:
            options = {"movflags": "+faststart"} if self._path.suffix.lower() in (".mp4", ".mov", ".m4v") else {}
            self._container = av.open(str(self._part), "w", options=options)
            self._container.metadata["comment"] = WRITTEN_BY
            self._stream = self._add_stream(median_rate_fps(self._ticks / TICKS_PER_SECOND, 25.0))
        except (av.error.FFmpegError, ValueError, OSError) as error:
            self._part.unlink(missing_ok=True)
            raise not_written(self._path, error) from error

    def write(self, image: NDArray[np.uint8]) -> None:
        """Write the next frame, uint8 (H, W, 3) RGB, or (H, W, 4) RGBA, not premultiplied, for a codec with alpha.

        Raises
        ------
        ValueError
            If it has another size or type, or there are more frames than time stamps.
        UserError
            If the disk is full or has gone.
        """
        if image.shape != self._shape or image.dtype != np.uint8:
            raise ValueError(f"an image of {image.dtype} {image.shape}, but the video takes uint8 {self._shape}")
        if self._n_written == len(self._ticks):
            raise ValueError(f"more than the {len(self._ticks)} frames that have time stamps")
        layout = "rgba" if self._coding.has_alpha else "rgb24"
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(self._even(image)), format=layout)
        colours = {"dst_colorspace": _BT709, "dst_color_range": _LIMITED_RANGE} if self._coding.is_yuv else {}
        frame = frame.reformat(format=self._coding.pixel_format, **colours)
        frame.pts = int(self._ticks[self._n_written])
        frame.time_base = Fraction(1, TICKS_PER_SECOND)
        self._n_written += 1
        self._mux(frame)

    def close(self) -> None:
        """Complete the file and put it in its place.

        Raises
        ------
        ValueError
            If there were fewer frames than time stamps. Nothing is left then.
        UserError
            If it cannot be written. Nothing is left then.
        """
        try:
            if self._n_written != len(self._ticks):
                raise ValueError(f"{self._n_written} frames written, but {len(self._ticks)} have time stamps")
            self._mux(None)
            self._container.close()
            self._part.replace(self._path)
        except (av.error.FFmpegError, OSError) as error:
            raise not_written(self._path, error) from error
        finally:
            self.abort()  # which finds nothing to do after success

    def abort(self) -> None:
        """Give up and leave nothing; what stood at the path before stays."""
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()

    def _add_stream(self, rate_fps: float) -> VideoStream:
        """Return the stream of the first encoder there is."""
        encoder = next(name for name in self._coding.encoders if name in av.codecs_available)
        rate = Fraction(rate_fps).limit_denominator(TICKS_PER_SECOND)
        stream = cast(VideoStream, self._container.add_stream(encoder, rate=rate, options=dict(self._coding.options)))
        height, width, _ = self._shape
        odd = self._coding.is_halved
        stream.width, stream.height = width + (odd and width % 2), height + (odd and height % 2)
        stream.pix_fmt = self._coding.pixel_format
        codec = stream.codec_context
        codec.time_base = stream.time_base = Fraction(1, TICKS_PER_SECOND)
        if self._coding.is_yuv:
            codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
            codec.color_range = _LIMITED_RANGE
        return stream

    def _even(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the image with an odd side's last line doubled where the coding wants even sides."""
        height, width, _ = self._shape
        if not self._coding.is_halved or (height % 2 == 0 and width % 2 == 0):
            return image
        return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")

    def _mux(self, frame: VideoFrame | None) -> None:
        """Encode a frame, or what is left, and write the packets that come out."""
        try:
            for packet in self._stream.encode(frame):
                if packet.pts is not None:
                    packet.duration = self._durations[packet.pts]
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise not_written(self._path, error) from error


def _ticks(times_s: NDArray[np.float64]) -> tuple[NDArray[np.int64], dict[int, int]]:
    """Return the time stamp of each frame in ticks, none before 0, and the duration that belongs to each stamp."""
    if times_s.ndim != 1 or not len(times_s) or not np.all(np.diff(times_s) > 0):
        raise ValueError("the times of the frames must increase")
    ticks = np.rint((times_s - min(0.0, float(times_s[0]))) * TICKS_PER_SECOND).astype(np.int64)
    # Times closer than a tick are set a tick apart.
    ticks = np.maximum.accumulate(ticks - np.arange(len(ticks))) + np.arange(len(ticks))
    gaps = np.diff(ticks)
    last = int(np.median(gaps)) if len(gaps) else TICKS_PER_SECOND // 25
    return ticks, dict(zip(ticks.tolist(), [*gaps.tolist(), last], strict=True))


def _part_beside(path: Path) -> Path:
    """Create and return an empty file beside `path`, of the same suffix."""
    part = path.with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
    try:
        part.touch(exist_ok=False)  # not by `tempfile`, whose files nobody else may read
    except OSError as error:
        raise not_written(path, error) from error
    return part


def not_written(path: Path, error: Exception) -> UserError:
    """Return the sentence for a video that cannot be written."""
    reason = getattr(error, "strerror", None) or str(error)
    return UserError(
        f"{path.name} cannot be written to {path.parent} ({reason})", "choose another folder, or make room"
    )
