"""The reader decodes what it must and no more, and keeps to its budget of bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.cache import PictureCache
from app.media.clip import open_clip
from app.media.decoder import PacketDecoder
from app.media.picture import whole
from app.media.reader import FrameReader
from tests.app.media.clips import number_shown

PICTURE_BYTES = 3 * 64 * 96


@pytest.fixture
def decoded(monkeypatch):
    """Return the list of the numbers of all packets that are decoded from now on."""
    numbers, step = [], PacketDecoder.step

    def counted(self, may_skip=False):
        numbers.append(self.next_packet)
        return step(self, may_skip)

    monkeypatch.setattr(PacketDecoder, "step", counted)
    return numbers


class Still:
    """A source of one-pixel pictures whose colour is the frame's number."""

    def __init__(self):
        self.read = []

    def pictures(self, first, last, stop=lambda: False):
        for frame in range(first, last + 1):
            if stop():
                return
            self.read.append(frame)
            yield frame, whole(np.full((1, 1, 3), frame, np.uint8))

    def run_start(self, frame):
        return frame // 10 * 10

    def close(self):
        self.is_closed = True


def reader_of(source, n_pictures, n_frames=100):
    cache = PictureCache(3 * n_pictures)
    return FrameReader(source, n_frames=n_frames, width=1, height=1, fingerprint="f", cache=cache)


def test_playing_decodes_each_packet_once(made, decoded):
    clip = open_clip(made("h264 in open groups"))
    decoded.clear()
    with clip.open(cache_bytes=PICTURE_BYTES) as reader:
        for frame in range(40):
            reader.read(frame)
    assert sorted(set(decoded)) == sorted(decoded)


def test_going_back_does_not_decode_the_group_for_each_step(made, decoded):
    clip = open_clip(made("h264 in one group"))
    decoded.clear()
    with clip.open(cache_bytes=20 * PICTURE_BYTES) as reader:
        reader.read(39)
        there = len(decoded)
        for frame in reversed(range(39)):
            assert number_shown(reader.image(frame)) == frame
    # Ten frames at a time: four times the way to the end, at most, and not thirty-nine times.
    assert len(decoded) <= 5 * there


def test_what_is_in_the_cache_is_not_decoded_again(made, decoded):
    clip = open_clip(made("h264 in open groups"))
    with clip.open() as reader:
        for frame in range(40):
            reader.read(frame)
        decoded.clear()
        for frame in reversed(range(40)):
            reader.read(frame)
    assert decoded == []


def test_a_seek_decodes_only_from_the_key_before(made, decoded):
    clip = open_clip(made("h264 with B-frames"))
    decoded.clear()
    with clip.open() as reader:
        reader.read(35)
    assert min(decoded) == 30


def test_pictures_that_no_other_needs_are_left_out_on_the_way(made, monkeypatch):
    clip, skipped, step = open_clip(made("h264 with B-frames")), [], PacketDecoder.step

    def spied(self, may_skip=False):
        skipped.append(may_skip)
        return step(self, may_skip)

    monkeypatch.setattr(PacketDecoder, "step", spied)
    with clip.open() as reader:
        reader.read(19)
        assert any(skipped)
        skipped.clear()
        for frame in range(20, 30):
            reader.read(frame)
    assert not any(skipped)


def test_a_step_back_reads_a_piece_and_a_jump_back_does_not():
    source = Still()
    reader = reader_of(source, 8)
    reader.read(57)
    reader.read(56)
    assert source.read == [57, 53, 54, 55, 56]
    reader.read(23)
    assert source.read[5:] == [23]


def test_loading_reads_only_what_is_missing():
    source = Still()
    reader = reader_of(source, 50)
    reader.read(5)
    reader.load(3, 8)
    assert source.read == [5, 3, 4, 6, 7, 8]
    reader.load(95, 200)
    assert source.read[6:] == [95, 96, 97, 98, 99]


def test_loading_stops_when_told():
    source = Still()
    reader = reader_of(source, 50)
    reader.load(0, 99, stop=lambda: len(source.read) >= 3)
    assert source.read == [0, 1, 2]


def test_a_stopped_read_says_so():
    reader = reader_of(Still(), 50)
    with pytest.raises(InterruptedError):
        reader.read(3, stop=lambda: True)


def test_a_stopped_video_goes_on_where_it_was(made, decoded):
    clip = open_clip(made("h264 in one group"))
    decoded.clear()
    with clip.open() as reader:
        with pytest.raises(InterruptedError):
            reader.read(39, stop=lambda: len(decoded) > 20)
        assert number_shown(reader.image(39)) == 39
    assert sorted(set(decoded)) == sorted(decoded)


def test_closing_gives_files_and_memory_back():
    source = Still()
    cache = PictureCache(30)
    with FrameReader(source, n_frames=5, width=1, height=1, fingerprint="f", cache=cache) as reader:
        reader.read(2)
        assert cache.n_bytes == 3
    assert source.is_closed and cache.n_bytes == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9), st.integers(1, 9)), max_size=60), st.integers(0, 400))
def test_the_cache_keeps_to_its_budget_and_never_mixes_frames_up(puts, budget_bytes):
    cache, newest = PictureCache(budget_bytes), {}
    for frame, height, width in puts:
        picture = whole(np.zeros((height, width, 3), np.uint8))
        cache.put(frame, picture)
        newest[frame] = picture
        kept = [f for f in range(21) if f in cache]
        assert cache.n_bytes == sum(newest[f].n_bytes for f in kept)
        assert cache.n_bytes <= budget_bytes or kept == [frame]
        assert all(cache.get(f) is newest[f] for f in kept)


def test_the_cache_lets_go_of_what_was_used_longest_ago():
    cache = PictureCache(9)
    for frame in range(3):
        cache.put(frame, whole(np.zeros((1, 1, 3), np.uint8)))
    cache.get(0)
    cache.touch([1])
    cache.put(3, whole(np.zeros((1, 1, 3), np.uint8)))
    assert [frame for frame in range(4) if frame in cache] == [0, 1, 3]
