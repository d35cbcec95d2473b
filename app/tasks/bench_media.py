"""How fast a long clip opens and seeks: on an hour of video that is made for the purpose."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.media.clip import open_clip
from app.tasks.memory import peak_memory_bytes

WIDTH, HEIGHT, RATE_FPS = 640, 360, 30
SEGMENT_FRAMES = 250
"""One group of pictures: the default of x264, so the longest way a seek has to decode in common files."""
N_SEEKS = 200


def make_long_clip(path: Path, n_frames: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """Write an H.264 clip of `n_frames`: one group of pictures coded once and repeated, which takes seconds.

    `size` is the (width, height) of its pictures.
    """
    with av.open(_segment(*size), "r") as segment, av.open(str(path), "w") as clip:
        source = segment.streams.video[0]
        packets = [(packet, packet.pts, packet.dts) for packet in segment.demux(source)]
        frame_ticks = sum(packet.duration or 0 for packet, _, _ in packets) // SEGMENT_FRAMES
        stream = clip.add_stream_from_template(source)
        for start in range(0, n_frames, SEGMENT_FRAMES):
            shift = start * frame_ticks
            for packet, pts, dts in packets:
                if pts is not None and dts is not None and pts + shift < n_frames * frame_ticks:
                    copy = av.Packet(bytes(packet))
                    copy.stream, copy.time_base, copy.is_keyframe = stream, packet.time_base, packet.is_keyframe
                    copy.pts, copy.dts, copy.duration = pts + shift, dts + shift, packet.duration
                    clip.mux(copy)


def _segment(width: int, height: int) -> io.BytesIO:
    """Return a file with one group of pictures: waves that drift, with B-frames as x264 likes them."""
    file = io.BytesIO()
    rows, columns = np.mgrid[:height, :width]
    wave = (127.5 + 127.5 * np.sin(np.arange(256) * np.pi / 128)).astype(np.uint8)
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE_FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = SEGMENT_FRAMES
        for number in range(SEGMENT_FRAMES):
            phases = (rows + 5 * number, columns // 2 + 3 * number, rows + columns - 6 * number)
            image = wave[np.stack(phases, axis=2) & 255]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    return file


def bench_media(folder: Path, n_frames: int = 3600 * RATE_FPS) -> dict[str, Any]:
    """Return milliseconds to the first frame and of seeks to frames at random, and the memory it took.

    Makes its clip in `folder`. The memory is that of the whole process at its peak.
    """
    path = folder / "one_hour.mp4"
    make_long_clip(path, n_frames)
    started_s = time.perf_counter()
    clip = open_clip(path)
    with clip.open() as reader:
        reader.read(0)
        first_ms = 1000 * (time.perf_counter() - started_s)
        started_s = time.perf_counter()
        for frame in range(SEGMENT_FRAMES):
            reader.read(frame)
        playing_fps = SEGMENT_FRAMES / (time.perf_counter() - started_s)
        seeks_ms = []
        for frame in np.random.default_rng(0).integers(0, clip.n_frames, N_SEEKS):
            started_s = time.perf_counter()
            reader.read(int(frame))
            seeks_ms.append(1000 * (time.perf_counter() - started_s))
    return {
        "frames": clip.n_frames,
        "width": WIDTH,
        "height": HEIGHT,
        "group_of_pictures": SEGMENT_FRAMES,
        "first_frame_ms": first_ms,
        "seek_median_ms": float(np.median(seeks_ms)),
        "seek_p99_ms": float(np.percentile(seeks_ms, 99)),
        "playing_fps": playing_fps,
        "peak_memory_bytes": peak_memory_bytes(),
    }
