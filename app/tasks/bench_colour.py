"""Speed and quality of colour: seconds of each part, PSNR by the number of hints, and clips from one coloured frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media.clip import open_clip
from app.media.reader import FrameReader
from app.tasks.colorize import Colours, ColourWish, read_still
from app.tasks.colorize_clip import ClipWish, carried_pictures
from app.tasks.colour_flicker import mean_flicker
from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.markdown import markdown_table
from engines.cie_lab import luminance, to_lab, to_rgb
from engines.colour.belief import Belief
from engines.colour.enlarge import enlarged
from engines.colour.hints import Hint, HintSolver, scribbled
from engines.colour.sizes import INPUT_PX, SIZES, STRIDE
from engines.metrics.colour import chroma_rmse, psnr

_ROUNDS = 3
_HINTED_SHAPE = (480, 854)
COUNTS = (0, 1, 5, 10, 50)
NETWORK, ALONE = "with the network", "hints alone"
CARRIED, EACH, GREY = "carried", "each frame by itself", "grey"


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """Seconds with one size of network, medians: f and h by themselves, both, and samples of g.

    They are processor seconds, so that what else the machine does has no part in them; on other devices by the clock.
    """

    size: str
    device: str
    n_parameters: int
    f_s: float
    h_s: float
    both_s: float
    one_sample_s: float
    four_samples_s: float


@dataclass(frozen=True, slots=True)
class HintRow:
    """Mean PSNR in dB of pictures with so many hints of their true colours at random places."""

    way: str
    n_hints: int
    psnr: float


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip in one way: means over all frames but the coloured one, flicker in steps of a and b."""

    sequence: str
    way: str
    psnr: float
    rmse: float
    flicker: float
    true_flicker: float


def bench_speed(size: str, device: str) -> SpeedRow:
    """Return the seconds of a network of that size on one picture of 128 x 128 px; weights do not matter for that."""
    with torch_told():
        import torch

        from engines.colour.colorizer import Outlook
        from engines.colour.network import ColourNetwork
    compute = pick_device(device)
    torch.manual_seed(0)
    network = ColourNetwork(SIZES[size]).eval().requires_grad_(False).to(compute.device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    light = np.random.default_rng(0).uniform(0, 100, (INPUT_PX, INPUT_PX)).astype(np.float32)
    batch = torch.from_numpy(light / 50 - 1)[None, None].to(compute.device).contiguous()

    clock = time.process_time if compute.device.type == "cpu" else time.perf_counter

    def seconds(work: Callable[[], object]) -> float:
        def once() -> float:
            began = clock()
            with torch.inference_mode(), compute.autocast():
                work()
            if compute.device.type == "cuda":
                torch.cuda.synchronize()
            return clock() - began

        once()
        return median(once() for _ in range(_ROUNDS))

    def h() -> None:
        top = network.h(network.bottom(batch))
        for head in network.heads:
            head(top)

    outlook = Outlook(network, compute, light)
    return SpeedRow(
        size,
        str(compute),
        sum(parameter.numel() for parameter in network.parameters()),
        seconds(lambda: network.answer(network.f(network.bottom(batch)))),
        seconds(h),
        seconds(lambda: network.see(batch)),
        seconds(lambda: outlook.samples(range(1), 0)),
        seconds(lambda: outlook.samples(range(4), 0)),
    )


def bench_hint_speed(n_hints: int = 10) -> float:
    """Return the processor seconds from a change of hints on a picture of 480p to the coloured one, the median."""
    rng = np.random.default_rng(0)
    height, width = _HINTED_SHAPE
    small = rng.uniform(20, 80, (height // 40, width // 40, 1)).astype(np.float32)
    light = enlarged(small, np.full(_HINTED_SHAPE, 50, np.float32))[..., 0]
    answer = np.full((height, width, 2), 5, np.float32)
    shape = (10, INPUT_PX // STRIDE, round(INPUT_PX / STRIDE * width / height))
    parts = rng.normal(5, 20, (2, *shape)).astype(np.float32)
    belief = Belief(np.full(shape, 0.1, np.float32), parts, np.full_like(parts, 10))
    solver = HintSolver(light)
    hints = _random_hints(rng, answer + 10, n_hints)
    found = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        to_rgb(np.concatenate([light[..., None], solver.apply(answer, hints, belief)], -1))
        found.append(time.process_time() - began)
    return median(found)


def bench_hints(files: Sequence[Path], network: str, device: str, counts: Sequence[int]) -> Iterator[list[HintRow]]:
    """Yield for each picture its rows: so many pixels' true colours given, with the network's answer and without.

    The same places both ways. Raises UserError for pictures or weights that cannot be used.
    """
    colours = Colours(ColourWish(weights=network, device=device))
    for number, file in enumerate(files):
        true = read_still(file)
        light, chroma = luminance(true), to_lab(true)[..., 1:]
        outlook = colours.outlook(true)
        answer, belief = enlarged(outlook.answer(), light), outlook.belief
        solver, rng = HintSolver(light), np.random.default_rng(number)
        hints = _random_hints(rng, chroma, max(counts))
        rows = []
        for count in counts:
            for way, found in (
                (NETWORK, solver.apply(answer, hints[:count], belief)),
                (ALONE, scribbled(light, hints[:count])),
            ):
                image = to_rgb(np.concatenate([light[..., None], found], -1))
                rows.append(HintRow(way, count, psnr(image, true)))
        yield rows


def _random_hints(rng: np.random.Generator, chroma: NDArray[np.float32], count: int) -> list[Hint]:
    """Return single pixels with the colours (H, W, 2) that are there."""
    height, width = chroma.shape[:2]
    places = np.column_stack([rng.integers(width, size=count), rng.integers(height, size=count)])
    return [Hint(place[None], tuple(chroma[place[1], place[0]].tolist())) for place in places]


def mean_hints(rows: Sequence[HintRow]) -> list[HintRow]:
    """Return the means over pictures."""
    keys = dict.fromkeys((row.way, row.n_hints) for row in rows)
    return [HintRow(*key, float(np.mean([row.psnr for row in rows if (row.way, row.n_hints) == key]))) for key in keys]


class GreyFrames:
    """A clip as a grey film would show it; `true` are its colours. One thread."""

    def __init__(self, frames: FrameReader, n_frames: int) -> None:
        self._frames = frames
        self._n_frames = n_frames
        self.width, self.height = frames.width, frames.height
        self.fingerprint = f"grey {frames.fingerprint}"

    def __len__(self) -> int:
        return self._n_frames

    def true(self, frame: int) -> NDArray[np.uint8]:
        """Return the picture in colour."""
        return self._frames.read(frame).image

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the luminance of a picture as grey RGB, uint8 (H, W, 3)."""
        value = np.rint(luminance(self.true(frame)) * np.float32(2.55)).astype(np.uint8)
        return np.repeat(value[..., None], 3, -1)


def bench_clip(data: Path, sequence: str, network: str | None, device: str, most: int | None) -> Iterator[ClipRow]:
    """Yield the rows of a clip of DAVIS coloured from its first frame: carried, frame by frame, grey.

    `network` None leaves out what needs one; `most` frames at most are looked at.
    """
    clip = open_clip(data / "JPEGImages" / "480p" / sequence)
    n_frames = clip.n_frames if most is None else min(most, clip.n_frames)
    colours = None if network is None else Colours(ColourWish(weights=network, device=device))
    with clip.open() as reader:
        frames = GreyFrames(reader, n_frames)
        true = {frame: frames.true(frame) for frame in range(n_frames)}
        grey = {frame: frames.image(frame) for frame in range(n_frames)}
        ways: dict[str, dict[int, NDArray[np.uint8]]] = {}
        carried = carried_pictures(frames, {0: true[0]}, ClipWish(device=device), colours)
        ways[CARRIED] = {frame: picture for frame, picture, _ in carried}
        if colours is not None:
            ways[EACH] = {frame: next(iter(colours.colour(grey[frame], []))) for frame in range(n_frames)}
        ways[GREY] = grey
        true_flicker = mean_flicker(true, frames)
        for way, pictures in ways.items():
            others = range(1, n_frames)
            yield ClipRow(
                sequence,
                way,
                float(np.mean([psnr(pictures[frame], true[frame]) for frame in others])),
                float(
                    np.mean(
                        [chroma_rmse(*(to_lab(each[frame])[..., 1:] for each in (pictures, true))) for frame in others]
                    )
                ),
                mean_flicker(pictures, frames),
                true_flicker,
            )


def held_out_stills(data: Path, count: int) -> list[Path]:
    """Return up to `count` of the pictures in DATA/images that training holds out, spread evenly. Raises UserError."""
    from engines.training.colorization_pictures import held_out
    from engines.training.frame_pool import media_files

    folder = data / "images"
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}", "name one that has pictures in images, with --data")
    files = media_files(folder)
    kept = [file for file, is_out in zip(files, held_out(files), strict=True) if is_out]
    if not kept:
        raise UserError(f"{folder} has too few pictures to hold any out", "name another folder with --data")
    return [kept[int(place)] for place in np.unique(np.linspace(0, len(kept) - 1, min(count, len(kept))).round())]


def speed_table(rows: Sequence[SpeedRow], hints_s: float) -> str:
    """Return a Markdown table."""
    head = ("network", "device", "parameters", "f ms", "h ms", "f and h ms", "one sample ms", "four samples ms")
    lines = []
    for row in rows:
        seconds = (row.f_s, row.h_s, row.both_s, row.one_sample_s, row.four_samples_s)
        told = [f"{1000 * each:.0f}" for each in seconds]
        lines.append([row.size, row.device, f"{row.n_parameters / 1e6:.2f} M", *told])
    hints = f"Ten hints on a picture of 480p are solved and shown in {1000 * hints_s:.0f} ms. All are processor times."
    return f"{markdown_table(head, lines)}\n\n{hints}"


def hints_table(rows: Sequence[HintRow]) -> str:
    """Return a Markdown table of means."""
    counts = list(dict.fromkeys(row.n_hints for row in rows))
    found = {(row.way, row.n_hints): row.psnr for row in rows}
    lines = [[way, *(f"{found[way, count]:.2f}" for count in counts)] for way in (NETWORK, ALONE)]
    return markdown_table(["PSNR dB by hints", *counts], lines)


def clips_table(rows: Sequence[ClipRow]) -> str:
    """Return a Markdown table, the means over clips last."""
    means = []
    for way in dict.fromkeys(row.way for row in rows):
        own = [row for row in rows if row.way == way]
        values = np.mean([(row.psnr, row.rmse, row.flicker, row.true_flicker) for row in own], 0).tolist()
        means.append(ClipRow(f"mean of {len(own)}", way, *values))
    return markdown_table(
        ("sequence", "", "PSNR dB", "RMSE ab", "flicker", "truth's"),
        [
            [row.sequence, row.way, *(f"{v:.2f}" for v in (row.psnr, row.rmse, row.flicker, row.true_flicker))]
            for row in (*rows, *means)
        ],
    )
