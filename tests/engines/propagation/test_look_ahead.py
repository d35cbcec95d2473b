"""Frames are read and prepared ahead of a sweep without changing what it finds, and without outliving it."""

import threading
from collections import Counter
from functools import partial

import cv2
import numpy as np
import pytest

from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.labels.rle import RleMask
from engines.propagation.carry import carry
from engines.propagation.flow import FlowEngine
from engines.propagation.look_ahead import FRAMES_AHEAD, KEPT_PICTURES, KeptFrames, LookAhead
from engines.propagation.masks import LearnedEngine
from engines.propagation.pixel_links import PixelLink
from engines.propagation.schedule import stretches_of
from engines.propagation.types import MaskAnchor
from tests.engines.propagation.clips import CountingClip
from tests.engines.propagation.test_flow import texture

SIZE = (32, 24)


@pytest.fixture
def threads(request):
    """Let OpenCV, and so the look-ahead, have as many threads as the test's parameter says, by default three."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(getattr(request, "param", 3))
    yield
    cv2.setNumThreads(before)


class OneAtATimeClip(CountingClip):
    """Notes whether two threads ever read at once."""

    def __init__(self, images):
        super().__init__(images)
        self.free = threading.Lock()
        self.was_shared = False

    def image(self, frame):
        self.was_shared |= not self.free.acquire(blocking=False)
        image = super().image(frame)
        self.free.release()
        return image


def moving(n_frames):
    """A textured square that goes right over a texture that goes left."""
    back, square = texture(1, 120, 48, (200, 180, 160)), texture(2, 20, 20, (90, 60, 200))
    images = []
    for frame in range(n_frames):
        image = back[:, frame : frame + 64].copy()
        image[14:34, 5 + 2 * frame : 25 + 2 * frame] = square
        images.append(image)
    return images


def anchor(object_id, frame, left=0, right=20):
    mask = np.zeros((48, 64), bool)
    mask[14:34, 5 + 2 * frame + left : 5 + 2 * frame + right] = True
    return MaskAnchor(object_id, frame, RleMask.encode(mask))


def learned(cache=None):
    return LearnedEngine(FeatureExtractor(HandmadeEncoder(), "handmade", pick_compute("cpu", half=False), cache))


def run(engine, clip, direction, frames, quality="normal"):
    anchors = [anchor(1, frame, 0, 12) for frame in frames] + [anchor(2, frames[0], 12)]
    stretches = stretches_of(1, frames, len(clip), direction) + stretches_of(2, frames[:1], len(clip), direction)
    return list(carry(engine, clip, anchors, stretches, direction, quality))


def ahead_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("frames ahead")]


@pytest.mark.parametrize("make", [FlowEngine, learned, lambda: learned(FeatureCache(1 << 26))])
@pytest.mark.parametrize(("direction", "frames"), [("forward", [0, 5]), ("backward", [9, 3]), ("both", [2, 7])])
def test_threads_change_nothing(make, direction, frames):
    found, before = [], cv2.getNumThreads()
    try:
        for n_threads in (1, 2, 4):
            cv2.setNumThreads(n_threads)
            clip = OneAtATimeClip(moving(10))
            found.append(run(make(), clip, direction, frames))
            assert not clip.was_shared and not ahead_threads()
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] == found[2] and len(found[0]) > 9


@pytest.mark.parametrize("quality", ["draft", "normal", "final"])
def test_a_sweep_reads_each_frame_once_in_its_order(threads, quality):
    for direction, frame in (("forward", 0), ("backward", 9)):
        clip = CountingClip(moving(10))
        stretches = stretches_of(1, [frame], 10, direction)
        list(carry(learned(), clip, [anchor(1, frame)], stretches, direction, quality))
        assert clip.read == sorted(range(10), reverse=direction == "backward")


def test_closing_stops_reading_and_leaves_no_thread(threads):
    clip = CountingClip(moving(18))
    results = carry(FlowEngine(), clip, [anchor(1, 0)], stretches_of(1, [0], 18, "forward"), "forward")
    next(results)
    next(results)
    assert ahead_threads()
    results.close()
    assert not ahead_threads()
    assert len(clip.read) <= 3 + FRAMES_AHEAD and clip.read == sorted(clip.read)


def test_nothing_is_read_beyond_the_path(threads):
    clip = CountingClip(moving(10))
    stretches = stretches_of(1, [2, 6], 10, "both")
    list(carry(FlowEngine(), clip, [anchor(1, 2), anchor(1, 6)], [stretches[1]], "forward"))
    assert clip.read == [2, 3, 4, 5]


def test_a_frame_that_cannot_be_read_is_told_when_it_is_come_to(threads):
    class TornClip(CountingClip):
        def image(self, frame):
            if frame == 4:
                raise OSError("torn")
            return super().image(frame)

    for engine in (FlowEngine(), learned()):
        results = carry(engine, TornClip(moving(9)), [anchor(1, 0)], stretches_of(1, [0], 9, "forward"), "forward")
        assert [next(results).frame for _ in range(3)] == [1, 2, 3]
        with pytest.raises(OSError, match="torn"):
            next(results)
        assert not ahead_threads()


def test_torch_has_its_threads_again_after_a_sweep(threads):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        clip = CountingClip(moving(4))
        results = carry(learned(), clip, [anchor(1, 0)], stretches_of(1, [0], 4, "forward"), "forward")
        next(results)
        assert torch.get_num_threads() == 1
        results.close()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class NumberLinker:
    """Finds links that say between which frames they are."""

    def __init__(self):
        self.found = []

    def link(self, here, there, frames):
        self.found.append(frames)
        return PixelLink(np.full((1, 1, 2), frames[0], np.float32), np.full((1, 1), frames[1], np.float32))


@pytest.mark.parametrize("n_threads", [0, 1, 3])
@pytest.mark.parametrize("path", [range(2, 12), range(11, 1, -1)])
def test_links_go_back_to_frames_of_the_path_seen_since_the_last_was_forgotten(n_threads, path):
    clip, linker, step = CountingClip(moving(12)), NumberLinker(), path.step
    ahead = LookAhead(KeptFrames(clip), path, SIZE, linker, (1, 2, 4), lambda frame: -frame, n_threads)
    try:
        for place, frame in enumerate(path[:7]):
            if place == 5:
                ahead.forget()
            known = place if place < 5 else place - 5
            ahead.picture(frame)
            links = ahead.links(frame, 2)
            assert [back for back, _ in links] == [back for back in (1, 2) if back <= known]
            assert all(
                (link.positions[0, 0, 0], link.weight[0, 0]) == (frame, frame - back * step) for back, link in links
            )
            assert ahead.seen(frame) == -frame and ahead.seen(0) is None
    finally:
        ahead.close()
    again = {pair for pair, times in Counter(linker.found).items() if times > 1}
    assert all(set(pair) <= set(path[5 : 5 + FRAMES_AHEAD]) for pair in again)  # made ahead, then forgotten
    assert set(clip.read) <= set(path[: 7 + FRAMES_AHEAD])


def test_only_a_few_pictures_are_kept():
    clip = CountingClip(moving(12))
    kept = KeptFrames(clip)
    for frame in (*range(12), 11, 12 - KEPT_PICTURES):
        assert kept.image(frame) is clip.images[frame]
    assert clip.read == list(range(12)) and (kept.width, kept.height, len(kept)) == (64, 48, 12)
    kept.image(0)
    assert clip.read[-1] == 0


@pytest.mark.parametrize("n_threads", [0, 1, 3])
def test_works_are_all_done_however_many_threads_share_them(n_threads):
    clip = CountingClip(moving(2))
    ahead = LookAhead(KeptFrames(clip), range(2), SIZE, NumberLinker(), (1,), lambda frame: -frame, n_threads)
    done = []
    try:
        for n_works in (0, 1, 7):
            ahead.spread([partial(done.append, (n_works, work)) for work in range(n_works)])
            assert sorted(work for of, work in done if of == n_works) == list(range(n_works))
        with pytest.raises(ZeroDivisionError):
            ahead.spread([partial(done.append, 0), lambda: 1 // 0, partial(done.append, 1)])
        assert ahead.picture(0) is not None  # and goes on
    finally:
        ahead.close()
