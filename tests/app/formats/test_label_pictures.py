import numpy as np
import pytest
from PIL import Image

from app.errors import UserError
from app.formats.label_pictures import read_labels
from app.formats.mask_png import ONLY_255, davis_palette, grey_palette, write_mask
from app.media.clip import open_clip
from tests.app.clips import HEIGHT, WIDTH, square, write_frames, write_label


@pytest.fixture
def clip(tmp_path):
    return open_clip(write_frames(tmp_path / "clip"))


def values(*ids):
    """Return a picture with one row of pixels for each id, uint8 (H, W)."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for row, object_id in enumerate(ids):
        picture[row] = object_id
    return picture


def test_a_single_picture_is_for_frame_0_unless_its_name_is_a_number(tmp_path, clip):
    assert read_labels(write_label(tmp_path / "a" / "first.png"), clip).frames == (0,)
    assert read_labels(write_label(tmp_path / "b" / "00003.png"), clip).frames == (3,)
    assert read_labels(tmp_path / "b", clip).frames == (3,)
    assert read_labels(write_label(tmp_path / "c" / "bmx_00003.png"), clip).frames == (0,)


def test_every_picture_is_an_anchor_of_every_object_that_any_shows(tmp_path, clip):
    folder = tmp_path / "labels"
    folder.mkdir()
    write_mask(folder / "00000.png", values(1, 2), davis_palette())
    write_mask(folder / "00004.png", values(2, 7), davis_palette())
    labels = read_labels(folder, clip)
    assert labels.object_ids == (1, 2, 7)
    assert labels.frames == (0, 4)
    areas = {(anchor.object_id, anchor.frame): anchor.mask.area for anchor in labels.anchors}
    assert areas == {(1, 0): WIDTH, (2, 0): WIDTH, (7, 0): 0, (1, 4): 0, (2, 4): WIDTH, (7, 4): WIDTH}


def test_masks_are_exact(tmp_path, clip):
    (anchor,) = read_labels(write_label(tmp_path / "first.png", value=9), clip).anchors
    assert anchor.object_id == 9
    assert np.array_equal(anchor.mask.decode(), square(0))


def test_grey_0_and_255_is_object_255(tmp_path, clip):
    Image.fromarray((square(0) * 255).astype(np.uint8)).save(tmp_path / "m.png")
    labels = read_labels(tmp_path / "m.png", clip)
    assert labels.object_ids == (255,)
    assert labels.notes == (ONLY_255,)
    assert np.array_equal(labels.palette, grey_palette())


def test_other_files_beside_the_pictures_do_not_disturb(tmp_path, clip):
    write_label(tmp_path / "labels" / "00001.png")
    (tmp_path / "labels" / "frames.json").write_text("[]")
    (tmp_path / "labels" / "more").mkdir()
    assert read_labels(tmp_path / "labels", clip).frames == (1,)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["00006.png"], "for frame 6, but clip has frames 0 to 5"),
        (["00000.png", "cat.png"], "cat.png does not tell its frame"),
        (["00001.png", "1.png"], "for the same frame"),
        ([], "There is no PNG in"),
    ],
)
def test_names_that_do_not_fit_are_refused(tmp_path, clip, names, words):
    (tmp_path / "labels").mkdir()
    for name in names:
        write_label(tmp_path / "labels" / name)
    with pytest.raises(UserError, match=words):
        read_labels(tmp_path / "labels", clip)


def test_a_label_of_another_size_is_refused(tmp_path, clip):
    write_mask(tmp_path / "m.png", np.ones((HEIGHT, WIDTH + 1), np.uint8), davis_palette())
    with pytest.raises(UserError, match=f"65 x {HEIGHT} pixels, but the clip is {WIDTH} x {HEIGHT}"):
        read_labels(tmp_path / "m.png", clip)


def test_labels_without_an_object_are_refused(tmp_path, clip):
    write_mask(tmp_path / "m.png", values(), davis_palette())
    with pytest.raises(UserError, match="shows no object"):
        read_labels(tmp_path / "m.png", clip)


def test_names_that_could_mean_file_numbers_are_explained(tmp_path):
    clip = open_clip(write_frames(tmp_path / "clip", first=1))
    (note,) = read_labels(write_label(tmp_path / "00001.png"), clip).notes
    assert note.startswith("00001.png was taken for frame 1, which is 00002.png")
    assert read_labels(write_label(tmp_path / "first.png"), clip).notes == ()


def test_smoothed_edges_are_pointed_out(tmp_path, clip):
    Image.fromarray(np.tile(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, 1))).save(tmp_path / "m.png")
    (note,) = read_labels(tmp_path / "m.png", clip).notes
    assert "63 different ids" in note
