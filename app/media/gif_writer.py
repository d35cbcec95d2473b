"""Writing pictures into an animated GIF, a picture at a time."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.media.video_writer import WRITTEN_BY, not_written

LEAST_DELAY_S = 0.02
"""Viewers show a picture that is to last less for a tenth of a second."""
_TICKS_PER_SECOND = 100


class GifWriter:
    """Writes one GIF: `write` once for each time stamp, within a `with` statement. One thread; holds few pictures.

    All pictures have the same 256 colours, so that none flickers; what lies between them is dithered.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        times_s: NDArray[np.float64] | Sequence[float],
        seen: NDArray[np.uint8],
    ) -> None:
        """Open the file for frames at `times_s` (n,) in seconds, `LEAST_DELAY_S` apart or more.

        Colours are those of `seen`, uint8 (h, w, 3) RGB.
        """
        self._path = path
        self._ticks = np.rint((np.asarray(times_s) - times_s[0]) * _TICKS_PER_SECOND).astype(int).tolist()
        self._n_written = 0
        self._colours = Image.fromarray(seen).quantize(256, Image.Quantize.MEDIANCUT)
        table = np.array(self._colours.getpalette("RGB"), np.uint8).reshape(-1, 3)
        self._palette = np.full((256, 4), 255, np.uint8)  # opacity, red, green, blue
        self._palette[: len(table), 1:] = table
        self._unsigned = path.with_suffix(".part")
        gaps = np.diff(self._ticks)
        last = int(np.median(gaps)) if len(gaps) else _TICKS_PER_SECOND
        self._container = av.open(str(self._unsigned), "w", format="gif", options={"final_delay": str(last)})
        self._stream = self._container.add_stream("gif", rate=_TICKS_PER_SECOND)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "pal8"
        self._stream.codec_context.time_base = Fraction(1, _TICKS_PER_SECOND)

    def write(self, image: NDArray[np.uint8]) -> None:
        """Write the next frame, uint8 (H, W, 3) RGB. Raises UserError if the disk is full or has gone."""
        values = np.array(Image.fromarray(image).quantize(palette=self._colours, dither=Image.Dither.FLOYDSTEINBERG))
        frame = VideoFrame.from_ndarray(cast(Any, (values, self._palette)), format="pal8")
        frame.pts, frame.time_base = self._ticks[self._n_written], Fraction(1, _TICKS_PER_SECOND)
        self._n_written += 1
        self._mux(frame)

    def __enter__(self) -> GifWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._mux(None)
                self._close()
                self._sign()
            else:
                with contextlib.suppress(UserError):
                    self._close()
        finally:
            self._unsigned.unlink(missing_ok=True)

    def _close(self) -> None:
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise not_written(self._path, error) from error

    def _mux(self, frame: VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise not_written(self._path, error) from error

    def _sign(self) -> None:
        """Copy what was written to its place, with a comment after the header that says by whom (GIF89a, section 24).

        FFmpeg writes none, and takes one at the end for a picture.
        """
        with self._unsigned.open("rb") as unsigned, self._path.open("wb") as file:
            screen = unsigned.read(13)
            n_colours = 2 << (screen[10] & 7) if screen[10] & 0x80 else 0
            file.write(screen + unsigned.read(3 * n_colours))
            file.write(b"\x21\xfe" + bytes([len(WRITTEN_BY)]) + WRITTEN_BY.encode() + b"\x00")
            shutil.copyfileobj(unsigned, file)
