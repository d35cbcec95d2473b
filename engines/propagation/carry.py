"""Carry anchors through a clip: the one loop that drives every mask engine.

Engines only know how to take labels from a frame to its neighbour. Which frames, which way, what
happens where two sides meet, and what "not here" means is decided here, the same for all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing

from engines.frame_source import FrameSource
from engines.labels.rle import RleMask
from engines.propagation.doubt import doubt_of
from engines.propagation.fusion import CroppedLabel, absent, crop_label, fuse
from engines.propagation.schedule import Leg, Step, Sweep, feeding_sides, paths, sweeps_of
from engines.propagation.spool import IN_MEMORY_BYTES, LabelSpool
from engines.propagation.types import Cost, Direction, MaskAnchor, MaskEngine, MaskResult, MaskTracker, Quality, Stretch

_AnchorTable = Mapping[tuple[int, int], MaskAnchor]  # by (object id, frame)


def carry(
    engine: MaskEngine,
    frames: FrameSource,
    anchors: Sequence[MaskAnchor],
    stretches: Sequence[Stretch],
    direction: Direction,
    quality: Quality = "normal",
    near: int | None = None,
) -> Generator[MaskResult]:
    """Return the masks of `stretches`, each result as soon as it is known.

    One forward sweep over the clip, then one backward sweep, each over only the frames it needs:
    from an anchor to the far end of what is wanted of it; with `near` in the order of `sweeps_of`. Where a stretch is
    carried from both sides, the first sweep yields its frames with `is_final` False and the second one fused.
    Anchors are never among the results. From an anchor with an empty mask ("not here") nothing is
    carried: its side yields empty masks that grow less sure with distance.

    Parameters
    ----------
    engine
        How labels move from a frame to the next.
    frames
        The clip, read near enough in order either way. Some engines read a few frames ahead on threads of their own,
        by one thread at a time and only until the generator has ended or is closed.
    anchors
        All anchors of the objects concerned, masks as large as the frames.
    stretches
        What is wanted; apart from one another for each object. A stretch may be a part of the
        frames between its anchors, and those that `direction` cannot feed are passed over.
    direction
        ``forward`` uses only the anchors before a stretch, ``backward`` only those after it.
    quality
        Passed on to the engine.
    near
        The frame whose neighbours are wanted first.

    Returns
    -------
    Generator of MaskResult
        Closing it cancels, at a frame boundary, stops engines' threads and frees everything. Memory is
        bounded whatever the number of frames; long stretches spill to a temporary file.

    Raises
    ------
    ValueError
        At once, where an anchor or stretch does not fit the clip, or a stretch names an anchor that is not given.
    OSError
        While running, where the temporary folder is full.
    Exception
        What `frames` raises, when the frame is come to.
    """
    table = {(anchor.object_id, anchor.frame): anchor for anchor in anchors}
    _check(frames, table, stretches)
    sweeps = sweeps_of(stretches, direction, near)  # raises now, not at the first result
    return _carry(engine, frames, table, sweeps, direction, quality)


def cost(
    engine: MaskEngine, width: int, height: int, stretches: Sequence[Stretch], direction: Direction, quality: Quality
) -> Cost:
    """Return what `carry` will take; `n_frames` counts the frames of the clip that get a label.

    `seconds` adds up what the engine says of both sweeps and leaves out the decoding of frames.
    `peak_bytes` is an upper bound of what the engine and this module allocate.
    """
    labelled = {
        frame
        for stretch in stretches
        if any(feeding_sides(stretch, direction))
        for frame in range(stretch.first, stretch.last + 1)
    }
    sweeps = [_busy_frames(sweep.legs) for sweep in sweeps_of(stretches, direction)]
    parts = [
        engine.cost(width, height, n_objects, n_frames, quality)
        for busy in sweeps
        for n_objects, n_frames in busy.items()
    ]
    # Fusing takes the two crops, their log-odds and the result in float32: 16 bytes a pixel at most.
    own_bytes = IN_MEMORY_BYTES + 16 * width * height
    return Cost(
        len(labelled),
        sum(part.seconds for part in parts),
        max((part.peak_bytes for part in parts), default=0) + own_bytes,
    )


def _carry(
    engine: MaskEngine,
    frames: FrameSource,
    anchors: _AnchorTable,
    sweeps: Sequence[Sweep],
    direction: Direction,
    quality: Quality,
) -> Generator[MaskResult]:
    """Yield the results of all sweeps."""
    half_done: set[Stretch] = set()  # the sweep of one side has begun; that of the other one follows when it is over
    with LabelSpool() as spool:
        for sweep in sweeps:
            met = {stretch for leg in sweep.legs for stretch in leg.stretches} & half_done
            with closing(_sweep(engine, frames, anchors, sweep.legs, sweep.step, quality)) as labels:
                for frame, stretch, label in labels:
                    is_final = stretch in met or not all(feeding_sides(stretch, direction))
                    if not is_final:
                        half_done.add(stretch)
                        spool.push(stretch, label)
                    elif stretch in met:
                        label = _joined(spool.pop(stretch), label, sweep.step, stretch, frame)
                    yield _result(frames, stretch.object_id, frame, label, is_final=is_final)


def _joined(earlier: CroppedLabel, later: CroppedLabel, step: Step, stretch: Stretch, frame: int) -> CroppedLabel:
    """Return the label that follows from both sides, `later` being carried by `step`."""
    assert stretch.left is not None
    assert stretch.right is not None
    left, right = (later, earlier) if step == 1 else (earlier, later)
    return fuse(left, right, frame - stretch.left, stretch.right - frame)


def _sweep(
    engine: MaskEngine,
    frames: FrameSource,
    anchors: _AnchorTable,
    legs: Sequence[Leg],
    step: Step,
    quality: Quality,
) -> Generator[tuple[int, Stretch, CroppedLabel]]:
    """Yield (frame, stretch, label) for every frame of every leg's stretches, in the order of the sweep."""
    starting: defaultdict[int, list[Leg]] = defaultdict(list)
    for leg in legs:
        starting[leg.anchor].append(leg)
    for path in paths(legs, step):
        yield from _along(engine, frames, anchors, starting, path, quality)


def _along(
    engine: MaskEngine,
    frames: FrameSource,
    anchors: _AnchorTable,
    starting: Mapping[int, Sequence[Leg]],
    path: range,
    quality: Quality,
) -> Generator[tuple[int, Stretch, CroppedLabel]]:
    """Do the part of a sweep along one path; `starting` has all legs by the frame of their anchor."""
    under_way: dict[int, Leg] = {}  # by object id
    tracker: MaskTracker | None = None
    with ExitStack() as at_end:
        for place, frame in enumerate(path):
            carried = tracker.move_to(frame) if tracker is not None else {}
            for object_id, leg in sorted(under_way.items()):
                stretch = leg.stretch_at(frame)
                if stretch is not None:
                    held = carried.get(object_id)
                    if held is None:
                        absence = anchors[object_id, leg.anchor].absence
                        yield frame, stretch, absent(frame - leg.anchor, absence)
                    else:
                        yield frame, stretch, crop_label(held)
                if leg.end == frame:
                    del under_way[object_id]
                    if tracker is not None:
                        tracker.release(object_id)
            for leg in starting.get(frame, ()):
                under_way[leg.object_id] = leg
                mask = anchors[leg.object_id, frame].mask
                if mask.area == 0:
                    continue
                if tracker is None:
                    tracker = engine.begin(frames, anchors.values(), quality, path[place:])
                    at_end.enter_context(closing(tracker))
                    tracker.move_to(frame)
                tracker.hold(leg.object_id, mask.decode())


def _result(frames: FrameSource, object_id: int, frame: int, label: CroppedLabel, *, is_final: bool) -> MaskResult:
    """Return `label` as a binary mask of the whole picture, with where it is likely wrong."""
    origin = (label.box[0], label.box[1])
    mask = RleMask.encode_crop(label.soft > 127, origin, frames.width, frames.height)
    doubt = doubt_of(label, frames.width, frames.height)
    return MaskResult(object_id, frame, mask, label.confidence, label.presence, is_final, doubt)


def _busy_frames(legs: Sequence[Leg]) -> Counter[int]:
    """Return how many frames of a sweep have how many objects under way."""
    changes: Counter[int] = Counter()
    for leg in legs:
        changes[leg.frames().start] += 1
        changes[leg.frames().stop] -= 1
    busy: Counter[int] = Counter()
    n_objects, since = 0, 0
    for frame, change in sorted(changes.items()):
        if n_objects:
            busy[n_objects] += frame - since
        n_objects, since = n_objects + change, frame
    return busy


def _check(frames: FrameSource, anchors: _AnchorTable, stretches: Sequence[Stretch]) -> None:
    """Raise ValueError where anchors or stretches do not fit the clip or one another."""
    n_frames = len(frames)
    for anchor in anchors.values():
        if not 0 <= anchor.frame < n_frames:
            raise ValueError(f"anchor on frame {anchor.frame} of a clip of {n_frames} frames")
        if (anchor.mask.width, anchor.mask.height) != (frames.width, frames.height):
            raise ValueError(
                f"anchor on frame {anchor.frame} is {anchor.mask.width} x {anchor.mask.height}, "
                f"the clip {frames.width} x {frames.height}"
            )
    for stretch in stretches:
        if not 0 <= stretch.first <= stretch.last < n_frames:
            raise ValueError(f"{stretch} reaches outside a clip of {n_frames} frames")
        for side in (stretch.left, stretch.right):
            if side is not None and (stretch.object_id, side) not in anchors:
                raise ValueError(f"object {stretch.object_id} has no anchor on frame {side}")
