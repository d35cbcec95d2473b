"""Videos and pictures for looking, of clips as cameras make them: upright, whole, each frame at its own time."""

import numpy as np
import pytest
from PIL import Image

from app.errors import UserError
from app.formats import animation, contact_sheet
from app.formats.interface import LabelSource
from app.formats.look import Look
from app.formats.registry import FORMATS
from app.media.clip import open_clip
from app.project.model import Kind, Label, Object, Provenance
from app.project.skeleton import skeleton_of
from engines.labels.points import Joint, Points
from engines.labels.rle import RleMask
from tests.app.formats import material
from tests.app.media.clips import Recipe, make, number_shown, with_matrix

LOOKING = [name for name, row in FORMATS.items() if row.options]
UNEVEN = (0, 700, 1400, 3000, 3600, 9000, 9400)
N_FRAMES = len(UNEVEN)
RED, BLUE = (255, 0, 0), (0, 0, 255)
CLIPS = {
    "portrait of odd size": Recipe(".mp4", "libx264", "yuv444p", size=(65, 97), stamps=UNEVEN),
    "10 bit": Recipe(".mp4", "libx264", "yuv420p10le", size=(96, 64), stamps=UNEVEN),
    "turned": Recipe(".mp4", "libx264", size=(96, 64), stamps=UNEVEN),
}


@pytest.fixture(scope="module", params=CLIPS)
def clip(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    path = make(folder / "clip.mp4", CLIPS[request.param])
    if request.param == "turned":
        path = with_matrix(path, folder / "turned.mp4", (0, 1, -1, 0))
    found = open_clip(path)
    assert (found.width < found.height) is (request.param != "10 bit")
    return found


@pytest.fixture
def source(clip):
    """A blue strip near the bottom of every frame, and joints on the left."""
    strip = np.zeros((clip.height, clip.width), bool)
    strip[-24:-8, 20:40] = True
    joints = Points.of((Joint(6, 30), Joint(6, 50, is_visible=False)))
    skeleton = skeleton_of("pair", ("a", "b"), [("a", "b")], colours={"a": RED, "b": RED})
    objects = (Object(1, "strip", BLUE), Object(2, "pair", RED, kind=Kind.POINTS, skeleton=skeleton))
    label = Label(Provenance.ANCHOR, 1)
    labels = {frame: {1: label, 2: label} for frame in range(N_FRAMES)}
    mask = RleMask.encode(strip)
    return lambda **look: LabelSource(
        clip, objects, labels, lambda _: mask, lambda _: joints, look=Look(opacity=1.0, **look)
    )


def bluer(image):
    return image[..., 2].astype(int) - image[..., 0]


def assert_labelled(image, clip):
    """The strip is where it belongs in a picture of the clip's size, and so are the joints."""
    assert bluer(image[clip.height - 20 : clip.height - 12, 25:35]).min() > 100
    assert abs(bluer(image[: clip.height - 30, 20:])).mean() < 25
    assert bluer(image[28:33, 4:9]).min() < -100


@pytest.mark.parametrize("codec", ["h264", "vp9", "prores"])
@pytest.mark.parametrize("name", ["overlay", "side-by-side"])
def test_videos_are_upright_whole_and_in_time(source, clip, tmp_path, name, codec):
    if name == "side-by-side" and codec == "vp9":
        layout, size = "below", (clip.width, 2 * clip.height)
    else:
        layout, size = "beside", (clip.width * (2 if name == "side-by-side" else 1), clip.height)
    folder = material.written(name, source(codec=codec, layout=layout), tmp_path / "out")
    (file,) = folder.iterdir()
    video = open_clip(file)
    assert (video.width - size[0], video.height - size[1]) in {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert video.times_s == pytest.approx(clip.times_s, abs=0.0006)
    left, top = (size[0] - clip.width, size[1] - clip.height) if name == "side-by-side" else (0, 0)
    with video.open() as frames, clip.open() as plain:
        for frame in range(N_FRAMES):
            image = frames.image(frame)
            assert_labelled(image[top : top + clip.height, left : left + clip.width], clip)
            if name == "side-by-side":
                first = image[: clip.height, : clip.width].astype(int)
                assert np.abs(first - plain.image(frame)).mean() < 8


def test_a_sheet_has_chosen_frames_evenly_and_no_larger_than_wanted(source, clip, tmp_path):
    shown = source(tiles=4, side=48, frames="1-6")
    folder = material.written("contact-sheet", shown, tmp_path / "out")
    sheet = np.array(Image.open(folder / "contact-sheet.png"))
    wide, high = contact_sheet.tile_size(shown)
    assert max(wide, high) == 48 and abs(wide / high - clip.width / clip.height) < 0.03
    columns = (sheet.shape[1] - 8) // (wide + 8)
    rows = (sheet.shape[0] - 8) // (high + 22 + 8)
    assert columns * rows >= 4 > columns * (rows - 1)
    with clip.open() as frames:
        for place, frame in enumerate((1, 3, 4, 6)):
            top, left = 8 + place // columns * (high + 30), 8 + place % columns * (wide + 8)
            tile = sheet[top : top + high, left : left + wide]
            plain = Image.fromarray(frames.image(frame)).resize((wide, high), Image.Resampling.LANCZOS)
            assert np.median(np.abs(tile.astype(int) - np.array(plain))) == 0
            assert sheet[top + high : top + high + 22, left : left + wide].max() > 150, "its time stamp"


def test_a_sheet_that_nobody_could_open_is_refused_in_the_plan(source, clip, monkeypatch):
    monkeypatch.setattr(contact_sheet, "MAX_PIXELS", 10_000)
    with pytest.raises(UserError, match="pixels: reduce"):
        contact_sheet.plan(source())


def test_a_gif_is_in_time_and_in_its_colours(source, clip, tmp_path):
    folder = material.written("gif", source(side=2000), tmp_path / "out")
    animation = open_clip(folder / "animation.gif")
    assert (animation.width, animation.height) == (clip.width, clip.height)
    assert animation.times_s == pytest.approx(clip.times_s, abs=0.0051)
    with animation.open() as frames:
        for frame in range(N_FRAMES):
            assert_labelled(frames.image(frame), clip)
    with Image.open(folder / "animation.gif") as opened:
        opened.seek(3)
        assert opened.info["duration"] == pytest.approx(1000 * np.diff(clip.times_s)[3], abs=6)


def test_a_gif_stays_within_its_bound(source, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "MAX_SUM_PIXELS", 3 * clip.width * clip.height)
    plan = animation.plan(source())
    assert plan.n_steps == 3 and plan.losses == ("Of 7 frames 3 are shown.",)
    folder = material.written("gif", source(), tmp_path / "out")
    found = open_clip(folder / "animation.gif")
    assert found.times_s == pytest.approx(clip.times_s[[0, 3, 6]], abs=0.0051)


@pytest.mark.parametrize("name", LOOKING)
def test_a_still_without_labels_can_be_looked_at_too(name, tmp_path):
    Image.fromarray(np.full((5, 3, 3), 77, np.uint8)).save(tmp_path / "still.png")
    clip = open_clip(tmp_path / "still.png")
    source = LabelSource(clip, (), {}, {}.__getitem__, {}.__getitem__)
    material.written(name, source, tmp_path / "out")


def test_frames_keep_their_numbers_in_an_excerpt(clip, source, tmp_path):
    folder = material.written("overlay", source(frames="2,5"), tmp_path / "out")
    with open_clip(folder / "overlay.mp4").open() as frames:
        images = [frames.image(place) for place in (0, 1)]
    if clip.path.stem == "turned":
        images = [np.rot90(image) for image in images]
    assert [number_shown(image[:20]) for image in images] == [2, 5]
