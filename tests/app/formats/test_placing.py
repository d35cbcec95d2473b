"""Frames of a file find theirs of the clip by number, name or time, or the person is told why not."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.formats.interface import FileContent, Found, FrameIdentity
from app.formats.placing import Match, matched, placed
from app.project.model import Kind, Object
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.formats.material import bare_clip

NAMES = ("img_007.png", "img_008.png", "img_010.png")


@pytest.fixture
def clip():
    return bare_clip(8, 6, 3, NAMES, Path("/clips/dog"))


def full(clip):
    return RleMask.encode(np.ones((clip.height, clip.width), bool))


def content(folder, clip, *labels):
    """Return a file that has `labels` on frame 1."""
    objects = tuple(Object(label.object_id, f"  o{label.object_id}\n", (1, 2, 3)) for label in labels)
    return FileContent(objects, (FrameIdentity(1),), iter([(0, labels)]), folder)


@pytest.mark.parametrize(
    ("identities", "how", "frames"),
    [
        ((FrameIdentity(2), FrameIdentity(0)), Match.AUTO, [2, 0]),
        ((FrameIdentity(name="img_010"), FrameIdentity(name="img_007")), Match.AUTO, [2, 0]),
        ((FrameIdentity(0, "img_010"), FrameIdentity(1, "img_007")), Match.AUTO, [0, 1]),
        ((FrameIdentity(0, "img_010"), FrameIdentity(1, "img_007")), Match.NAME, [2, 0]),
        ((FrameIdentity(name="a_01"), FrameIdentity(name="a_00")), Match.NUMBER, [1, 0]),
        ((FrameIdentity(name="a_01"),), Match.AUTO, [1]),
        ((FrameIdentity(5, "img_010", 0.031), FrameIdentity(6, "x", 0.119)), Match.TIME, [0, 2]),
        ((FrameIdentity(name="?", time_s=0.03),), Match.AUTO, [0]),
    ],
)
def test_frames_are_matched(clip, identities, how, frames):
    assert matched(identities, clip, how)[0] == frames


@pytest.mark.parametrize(
    ("identities", "how", "problem"),
    [
        ((FrameIdentity(3),), Match.NUMBER, "frames 0 to 2"),
        ((FrameIdentity(name="dog"),), Match.NUMBER, "no number"),
        ((FrameIdentity(name="img_009"),), Match.NAME, "No frame of dog"),
        ((FrameIdentity(0),), Match.TIME, "no time stamp"),
        ((FrameIdentity(0, time_s=7.0),), Match.TIME, "no frame at 7.000 s"),
        ((FrameIdentity(1, "a"), FrameIdentity(1, "b")), Match.NUMBER, "a and b of the file fall on the same frame"),
    ],
)
def test_what_cannot_be_matched_is_refused(clip, identities, how, problem):
    with pytest.raises(UserError, match=problem):
        matched(identities, clip, how)


def test_a_number_that_names_another_frame_of_the_clip_is_told():
    clip = bare_clip(8, 6, 3, ("00001.png", "00002.png", "00003.png"))
    _, (note,) = matched((FrameIdentity(1, "00001"),), clip, Match.AUTO)
    assert note.startswith("00001 was taken for frame 1, which is 00002.png")


def test_parts_of_one_object_are_put_together(tmp_path, clip):
    left, right = np.zeros((6, 8), bool), np.zeros((6, 8), bool)
    left[:, :4], right[:, 3:] = True, True
    found = placed(content(tmp_path, clip, *(Found(4, RleMask.encode(mask)) for mask in (left, right))), clip)
    ((label,),) = found.labels
    assert label.mask == full(clip) and label.frame == 1


def test_names_are_put_on_one_line_and_presence_follows_the_mask(tmp_path, clip):
    nothing = RleMask.empty(8, 6)
    labels = (Found(1, full(clip), Presence.OCCLUDED), Found(2, nothing), Found(3, nothing, Presence.OCCLUDED))
    found = placed(content(tmp_path, clip, *labels), clip)
    assert [item.name for item in found.objects] == ["o1", "o2", "o3"]
    (read,) = found.labels
    assert [label.presence for label in read] == [Presence.VISIBLE, Presence.OUT_OF_FRAME, Presence.OCCLUDED]


def test_void_without_a_pixel_is_no_label(tmp_path, clip):
    void = FileContent(
        (Object(9, "Void", (1, 2, 3), kind=Kind.VOID),),
        (FrameIdentity(0),),
        iter([(0, (Found(9, RleMask.empty(8, 6)),))]),
        tmp_path,
    )
    assert list(placed(void, clip).labels) == [()]


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_frames_that_a_file_of_several_says_nothing_of_are_told(tmp_path, clip, n_frames):
    identities = tuple(FrameIdentity(frame) for frame in range(n_frames))
    file = FileContent((Object(1, "cat", (1, 2, 3)),), identities, iter([(0, (Found(1, full(clip)),))]), tmp_path)
    told = "The file says nothing of 1 of the clip's 3 frames: they get no label."
    assert placed(file, clip).notes == ((told,) if n_frames == 2 else ())
