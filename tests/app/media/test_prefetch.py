"""The frame server: newest request first, reading ahead both ways, and an end at any moment."""

import threading
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.errors import UserError
from app.media.clip import open_clip
from app.media.picture import whole
from app.media.prefetch import FrameServer
from app.media.reader import FrameReader
from tests.app.media.clips import number_shown

WAIT_S = 20


class GatedSource:
    """Pictures of one pixel; reading a frame waits until it is let through."""

    def __init__(self, is_open):
        self.read, self.passes = [], threading.Semaphore(0)
        self.is_open, self.fails_at, self.moved = is_open, None, threading.Condition()

    def pictures(self, first, last, stop=lambda: False):
        for frame in range(first, last + 1):
            while not self.is_open and not self.passes.acquire(timeout=0.005):
                if stop():
                    return
            if stop():
                return
            if frame == self.fails_at:
                raise RuntimeError("the disk is on fire")
            with self.moved:
                self.read.append(frame)
                self.moved.notify_all()
            yield frame, whole(np.full((1, 1, 3), frame % 256, np.uint8))

    def wait_for(self, condition):
        with self.moved:
            assert self.moved.wait_for(lambda: condition(self.read), WAIT_S), self.read

    def run_start(self, frame):
        return frame

    def close(self):
        self.is_closed = True


@pytest.fixture
def serve():
    """Return a function that starts a server of gated one-pixel pictures; all are closed in the end."""
    servers = []

    def start(*, is_open=True, n_frames=1000, n_pictures=40, deliver=None):
        source, answers = GatedSource(is_open), Answers()

        def open_with(cache):
            return FrameReader(source, n_frames=n_frames, width=1, height=1, fingerprint="f", cache=cache)

        clip = SimpleNamespace(path=Path("clip"), n_frames=n_frames, width=1, height=1, open_with=open_with)
        server = FrameServer(clip, deliver or answers, budget_bytes=3 * n_pictures)
        servers.append(server)
        return server, source, answers

    yield start
    for server in servers:
        server.close()


class Answers:
    """Collects what is delivered."""

    def __init__(self):
        self.got, self.came = [], threading.Condition()

    def __call__(self, frame, picture):
        with self.came:
            self.got.append((frame, picture))
            self.came.notify_all()

    def wait_for(self, frame):
        with self.came:
            assert self.came.wait_for(lambda: any(f == frame for f, _ in self.got), WAIT_S), self.got
        return next(picture for f, picture in self.got if f == frame)

    @property
    def frames(self):
        return [frame for frame, _ in self.got]


def test_a_request_is_answered(serve):
    server, _, answers = serve()
    server.request(77)
    assert answers.wait_for(77).image[0, 0, 0] == 77
    assert server.cached(77) is not None and server.cached(500) is None


def test_only_the_newest_of_waiting_requests_is_answered(serve):
    server, source, answers = serve(is_open=False)
    server.request(10)
    for frame in range(200, 300):
        server.request(frame)
    source.is_open = True
    answers.wait_for(299)
    assert set(answers.frames) <= {10, 200, 299}
    assert answers.frames[-1] == 299


def test_the_neighbourhood_is_read_ahead_both_ways(serve):
    server, source, _ = serve()
    server.request(500)
    source.wait_for(lambda read: len(read) == 40)
    assert set(source.read) == set(range(487, 527))


def test_going_back_reads_ahead_backwards(serve):
    server, source, answers = serve(n_pictures=61)
    server.request(500)
    answers.wait_for(500)
    server.request(499)
    source.wait_for(lambda read: min(read) <= 470)
    assert all(server.cached(frame) is not None for frame in range(475, 500))
    # In pieces, each read on from its beginning: not frame by frame backwards.
    back = source.read[source.read.index(499) :]
    assert sum(b != a + 1 for a, b in pairwise(back)) <= 4


def test_a_request_interrupts_reading_ahead(serve):
    server, source, answers = serve(is_open=False)
    server.request(0)
    source.passes.release()
    answers.wait_for(0)
    source.passes.release(2)
    source.wait_for(lambda read: len(read) == 3)
    server.request(900)
    source.passes.release(2)
    answers.wait_for(900)
    assert 900 in source.read[3:5]


def test_closing_interrupts_a_read_and_delivers_nothing_more(serve):
    server, _, answers = serve(is_open=False)
    server.request(5)
    server.close()
    assert answers.got == []


def test_closing_twice_or_before_anything_does_no_harm(serve):
    server, _, _ = serve()
    server.close()
    server.close()


def test_an_error_is_told_and_the_next_request_answered(serve):
    server, source, answers = serve()
    source.fails_at = 400
    server.request(400)
    assert "the disk is on fire" in answers.wait_for(400).damage
    server.request(500)
    assert not answers.wait_for(500).damage


def test_a_receiver_that_fails_does_not_end_the_thread(serve):
    asked = threading.Event()

    def deliver(frame, picture):
        if frame == 2:
            asked.set()
        else:
            raise RuntimeError("the window has gone")

    server, _, _ = serve(deliver=deliver)
    server.request(1)
    server.request(2)
    assert asked.wait(WAIT_S)


def test_frames_outside_are_refused_at_once(serve):
    server, _, _ = serve(n_frames=10)
    for frame in (-1, 10):
        with pytest.raises(IndexError):
            server.request(frame)


def test_memory_stays_within_the_budget(serve):
    server, source, answers = serve(n_pictures=20)
    for frame in (100, 101, 500, 499, 498, 3):
        server.request(frame)
        answers.wait_for(frame)
    source.wait_for(lambda read: 10 in read)
    assert server._cache.n_bytes <= 60


def test_a_real_clip_scrubbed_to_and_fro(made):
    clip, answers = open_clip(made("h264 in open groups")), Answers()
    server = FrameServer(clip, answers, budget_bytes=12 * 3 * 64 * 96)
    try:
        for frame in (0, 39, 20, 21, 22, 19, 18, 5):
            server.request(frame)
            assert number_shown(answers.wait_for(frame).image) == frame
    finally:
        server.close()


def test_a_clip_that_has_gone_is_told_for_each_request(made, tmp_path):
    path = tmp_path / "gone.mkv"
    path.write_bytes(made("vp9").read_bytes())
    clip, answers = open_clip(path), Answers()
    path.unlink()
    server = FrameServer(clip, answers)
    try:
        server.request(3)
        assert "does not exist" in answers.wait_for(3).damage
    finally:
        server.close()
    with pytest.raises(UserError):
        clip.open()
