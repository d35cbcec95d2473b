import sys

import av
import numpy as np
import pytest

from app.errors import UserError
from app.formats import overlay
from app.formats.look import Look
from app.media.clip import open_clip
from app.media.video_writer import CODINGS
from tests.app.clips import HEIGHT, WIDTH, square

N_FRAMES = 5
GREEN = (0, 255, 0)
DECODERS = {"vp9": "libvpx-vp9", "prores": "prores"}
"""Of what is transparent: FFmpeg's own decoder of VP9 passes transparency over."""


def test_the_video_has_every_frame_at_the_clips_own_times(maker, tmp_path):
    maker.add(1, colour=GREEN)
    maker.add(2, colour=(255, 0, 0), is_hidden=True)
    maker.put(1, 2, square(2))
    maker.put(2, 1, square(1))
    source = maker.source()
    assert "1" in overlay.plan(source).losses[0]
    assert sum(1 for _ in overlay.write(source, tmp_path)) == N_FRAMES
    video = open_clip(tmp_path / "overlay.mp4")
    assert video.n_frames == N_FRAMES
    assert np.diff(video.times_s) == pytest.approx(np.diff(maker.clip.times_s), abs=1e-3)
    with video.open() as frames, maker.clip.open() as originals:
        images = [frames.image(frame).astype(int) for frame in range(N_FRAMES)]
        plain = [originals.image(frame).astype(int) for frame in range(N_FRAMES)]
    greener = [(image - other)[..., 1] - (image - other)[..., 0] for image, other in zip(images, plain, strict=True)]
    inside, outside = square(2), ~square(2)
    assert greener[2][inside].mean() > 50
    assert abs(greener[2][outside].mean()) < 15
    assert all(abs(greener[frame].mean()) < 15 for frame in (0, 1, 3, 4))


@pytest.mark.parametrize("codec", ["vp9", "prores"])
def test_labels_alone_are_transparent_where_there_is_none(maker, tmp_path, codec):
    maker.add(1, colour=GREEN)
    maker.put(1, 2, square(2))
    list(overlay.write(maker.source(look=Look(codec=codec, ground="nothing", opacity=1.0)), tmp_path))
    decoder = av.CodecContext.create(DECODERS[codec], "r")
    with av.open(str(tmp_path / f"overlay{CODINGS[codec].suffix}")) as container:
        decoder.extradata = container.streams.video[0].codec_context.extradata
        packets = list(container.demux(video=0))
        pictures = [frame.to_ndarray(format="rgba") for packet in packets for frame in decoder.decode(packet)]
    assert len(pictures) == N_FRAMES
    assert all(picture[..., 3].max() < 8 for frame, picture in enumerate(pictures) if frame != 2)
    core, apart = square(2).copy(), ~square(2)
    core[[14, 29]] = core[:, [10, 25]] = False  # coding blurs edges
    apart[12:32, 8:28] = False
    assert pictures[2][core][:, 3].min() > 240 and pictures[2][apart][:, 3].max() < 16
    assert np.abs(pictures[2][core][:, :3].mean(axis=0) - GREEN).max() < 12


def test_h264_is_told_not_to_be_transparent(maker):
    with pytest.raises(UserError, match="cannot be transparent: choose VP9"):
        overlay.plan(maker.source(look=Look(ground="nothing")))


def test_an_encoder_that_is_not_installed_is_told_in_the_plan(maker, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", {"libx264"})
    with pytest.raises(UserError, match="no encoder for vp9"):
        overlay.plan(maker.source(look=Look(codec="vp9")))
    assert overlay.plan(maker.source()).files == ("overlay.mp4",)


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (Look(), [0, 1, 2, 3, 4]),
        (Look(step=2), [0, 2, 4]),
        (Look(frames="3-4, 1"), [1, 3, 4]),
        (Look(frames="labelled"), [1, 2]),
        (Look(frames="1–4", step=3), [1, 4]),
    ],
)
def test_chosen_frames_keep_their_distances(maker, tmp_path, look, expected):
    maker.add(1)
    for frame in (1, 2):
        maker.put(1, frame, square(frame))
    source = maker.source(look=look)
    plan = overlay.plan(source)
    assert sum(1 for _ in overlay.write(source, tmp_path)) == plan.n_steps == len(expected)
    assert plan.losses == (() if len(expected) == N_FRAMES else (f"Of 5 frames {len(expected)} are shown.",))
    times_s = open_clip(tmp_path / "overlay.mp4").times_s
    assert times_s == pytest.approx(maker.clip.times_s[expected] - maker.clip.times_s[expected[0]], abs=1e-4)


@pytest.mark.parametrize("text", ["5", "3-2", "x", "1,,2", "-1", "1-2-3", "1.5", "labelled"])
def test_frames_that_there_are_not_are_told(maker, text):
    with pytest.raises(UserError, match=r"says no frames|No frame has a label"):
        overlay.plan(maker.source(look=Look(frames=text)))


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_others_may_read_the_video_as_any_other_file(maker, tmp_path):
    (tmp_path / "other").touch()
    list(overlay.write(maker.source(), tmp_path))
    assert (tmp_path / "overlay.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_export_that_is_given_up_leaves_no_video(maker, tmp_path):
    maker.add(1)
    steps = overlay.write(maker.source(), tmp_path / "clip")
    next(steps)
    steps.close()
    assert not list((tmp_path / "clip").glob("*.mp4*"))


def test_a_stamp_is_opaque_on_nothing(maker, tmp_path):
    layer = overlay.with_alpha(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert layer.shape == (HEIGHT, WIDTH, 4) and (layer[..., 3] == 255).all()
