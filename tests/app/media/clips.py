"""Small clips whose every frame carries its own number as black and white bars."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame

N_BARS = 8
RATE = 25
CLOCK = Fraction(1, 12_800)
STEP = 512  # ticks of CLOCK from one frame to the next at RATE


def drawn(number: int, width: int = 96, height: int = 64) -> np.ndarray:
    """Return a picture that shows `number` as bars, with a spot of colour that moves."""
    bits = (number >> np.arange(N_BARS)) & 1
    columns = np.minimum(np.arange(width) * N_BARS // width, N_BARS - 1)
    image = np.repeat(np.where(bits[columns], 215, 40).astype(np.uint8)[None, :, None], height, 0).repeat(3, 2)
    x = (7 * number) % (width - 8)
    image[height - 16 : height - 8, x : x + 8] = (200, 60, 90)
    return image


def number_shown(image: np.ndarray) -> int:
    """Return the number that `drawn` put into a picture, however much coding has blurred it."""
    band = image[4 : image.shape[0] // 2].mean(axis=(0, 2))
    edges = (np.arange(N_BARS + 1) * len(band) + N_BARS - 1) // N_BARS
    bars = [band[a + 2 : b - 2].mean() > 128 for a, b in pairwise(edges)]
    return int(sum(1 << bit for bit, is_set in enumerate(bars) if is_set))


@dataclass(frozen=True)
class Recipe:
    """How a clip is made."""

    suffix: str
    codec: str
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (96, 64)
    n_frames: int = 40
    stamps: tuple[int, ...] | None = None
    """Ticks of CLOCK; evenly from 0 on if not given."""
    gop: int = 10
    b_frames: int | None = None
    muxer: dict[str, str] = field(default_factory=dict)


def make(path: Path, recipe: Recipe) -> Path:
    """Write the clip of a recipe and return its path."""
    stamps = recipe.stamps or tuple(range(0, recipe.n_frames * STEP, STEP))
    with av.open(str(path), "w", options=dict(recipe.muxer)) as container:
        stream = container.add_stream(recipe.codec, rate=RATE, options=dict(recipe.options))
        stream.width, stream.height = recipe.size
        stream.pix_fmt = recipe.pixel_format
        codec = stream.codec_context
        codec.gop_size = recipe.gop
        if recipe.b_frames is not None:
            codec.max_b_frames = recipe.b_frames
        if recipe.stamps is not None:
            codec.time_base = stream.time_base = CLOCK
        for number, stamp in enumerate(stamps):
            frame = VideoFrame.from_ndarray(drawn(number, *recipe.size), format="rgb24")
            frame = frame.reformat(format=recipe.pixel_format)
            frame.pts = stamp if recipe.stamps is not None else number
            frame.time_base = CLOCK if recipe.stamps is not None else Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def remux(source: Path, target: Path, *, skip: int = 0, shift: int = 0, muxer: dict[str, str] | None = None) -> Path:
    """Copy the packets of a clip from number `skip` on into another container, `shift` ticks earlier."""
    with av.open(str(source)) as old, av.open(str(target), "w", options=dict(muxer or {})) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(old.demux(old.streams.video[0])):
            if packet.size and number >= skip:
                packet.pts = None if packet.pts is None else packet.pts - shift
                packet.dts = None if packet.dts is None else packet.dts - shift
                packet.stream = stream
                new.mux(packet)
    return target


def linear(path: Path) -> list[np.ndarray]:
    """Return what decoding a file from its start gives, turned as it asks for: the truth about its frames."""
    frames = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            with contextlib.suppress(av.error.InvalidDataError):
                for frame in packet.decode():
                    frames.append(np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)).copy())
    return frames


def packets(path: Path) -> list[tuple[int, int]]:
    """Return the place and size in bytes of each packet, in decoding order."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size) for p in container.demux(container.streams.video[0]) if p.size]


def with_matrix(path: Path, target: Path, matrix: Iterable[int]) -> Path:
    """Copy an MP4 and write a display matrix (a, b, c, d of quarter turns) into its track header."""
    content = path.read_bytes()
    a, b, c, d = (value << 16 for value in matrix)
    place = content.index(b"tkhd") + 4 + 40
    nine = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    target.write_bytes(content[:place] + nine + content[place + 36 :])
    return target


def with_later_start(path: Path, target: Path, ticks: int) -> Path:
    """Copy an MP4 and let its edit list begin `ticks` of the track's clock later."""
    content = bytearray(path.read_bytes())
    place = content.index(b"elst") + 4 + 8
    duration, start = struct.unpack(">Ii", content[place : place + 8])
    content[place : place + 8] = struct.pack(">Ii", duration, start + ticks)
    target.write_bytes(content)
    return target


def zeroed(path: Path, target: Path, numbers: Iterable[int]) -> Path:
    """Copy a file with the packets of the given numbers overwritten by zeros."""
    content = bytearray(path.read_bytes())
    places = packets(path)
    for number in numbers:
        position, size = places[number]
        content[position : position + size] = bytes(size)
    target.write_bytes(content)
    return target
