"""A clip too long to be decoded when it is opened: little is decoded, and memory does not grow with it."""

import numpy as np
import pytest

from app.media.clip import open_clip
from app.media.decoder import PacketDecoder
from app.tasks.bench_media import RATE_FPS, SEGMENT_FRAMES, make_long_clip

N_FRAMES = 8_000


@pytest.fixture(scope="module")
def long_clip_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    make_long_clip(path, N_FRAMES)
    return path


@pytest.fixture
def decoded(monkeypatch):
    numbers, step = [], PacketDecoder.step

    def counted(self, may_skip=False):
        numbers.append(self.next_packet)
        return step(self, may_skip)

    monkeypatch.setattr(PacketDecoder, "step", counted)
    return numbers


def test_opening_decodes_the_beginning_alone(long_clip_file, decoded):
    clip = open_clip(long_clip_file)
    assert clip.n_frames == N_FRAMES
    np.testing.assert_allclose(clip.times_s, clip.times_s[0] + np.arange(N_FRAMES) / RATE_FPS, atol=1e-4)
    assert len(decoded) < 100 and clip.notices == ()


def test_a_seek_decodes_one_group_at_most(long_clip_file, decoded):
    clip = open_clip(long_clip_file)
    truth = clip.open().image(7)
    with clip.open(cache_bytes=1) as reader:
        for group in (30, 3, 17):
            decoded.clear()
            # The clip repeats one group, so that the picture is known wherever it stands.
            np.testing.assert_array_equal(reader.image(group * SEGMENT_FRAMES + 7), truth)
            assert len(decoded) < 20
            reader.read(group * SEGMENT_FRAMES + SEGMENT_FRAMES - 1)
            assert len(decoded) < SEGMENT_FRAMES + 40
