"""Textures and colour as PNGs: out and in again, from other programs, and files that do not fit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.errors import UserError
from app.formats.look import Look
from app.media.clip import open_clip
from app.project import paint_verbs, verbs
from app.project.clip_location import record_of
from app.project.edits import Edit, Swap
from app.project.model import Kind, Label, Provenance
from app.project.project import Project
from app.tasks.colour_levels import label_picture
from app.tasks.exchange import export_labels, export_plan, import_labels, label_source, read_to_import, snapshot
from engines.labels.alpha import multiplied
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, square, write_frames

N_FRAMES = 4


def paint(seed, alphas=(0, 255)):
    """Return a picture of large patches in any colour, each as opaque as one of `alphas`."""
    rng = np.random.default_rng(seed)
    rgba = rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 4), dtype=np.uint8)
    rgba[..., 3] = rng.choice(alphas, rgba.shape[:2])
    return np.repeat(np.repeat(rgba, 8, 0), 8, 1)


def painted(seed, alphas=(0, 255)):
    return Painting.encode(multiplied(paint(seed, alphas)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return open_clip(write_frames(tmp_path_factory.mktemp("clips") / "clip", N_FRAMES))


@pytest.fixture
def project(clip, tmp_path):
    """Two textures, one hidden and not here on frame 2; colour on frames 1 and 3; and a mask."""
    path = tmp_path / "work.throughline"
    with Project.create(path, record_of(clip, path)) as made:
        for name, kind in (("skin", Kind.TEXTURE), ("löss", Kind.TEXTURE), ("Colour", Kind.COLOUR), ("car", Kind.MASK)):
            made.apply(verbs.add_object(made, name, kind=kind))
        for object_id, frame in ((1, 0), (1, 1), (2, 1)):
            made.apply(paint_verbs.paint_picture(made, object_id, frame, painted(10 * object_id + frame)))
        made.apply(verbs.set_presence(made, 2, 2, Presence.OUT_OF_FRAME))
        made.apply(Edit("", {2: Swap(made.objects[2], replace(made.objects[2], is_hidden=True))}))
        coloured = {1: Label(Provenance.ANCHOR, made.add_mask(painted(5, (255,))))}
        rng = np.random.default_rng(7)
        chroma = ChromaMap.encode(rng.uniform(-30, 30, (12, 16, 2)), np.ones((12, 16)))
        coloured[3] = Label(Provenance.DERIVED, made.add_mask(chroma), confidence=0.7)
        made.apply(Edit("", labels={(3, frame): Swap(None, label) for frame, label in coloured.items()}))
        made.apply(verbs.paint_mask(made, 4, 0, RleMask.encode(square(0))))
        yield made


def source(project, clip, **look):
    return replace(label_source(snapshot(project, clip)), look=Look(**look))


def again(name, folder, clip, out):
    list(import_labels(read_to_import(folder, name, clip), clip, out))
    return Project.open(out)


def test_paint_goes_out_by_texture_and_comes_back_as_it_was(project, clip, tmp_path):
    plan = export_plan(source(project, clip), "paint")
    assert set(plan.files) >= {"1/00000.png", "1/00001.png", "2/00001.png"} and "2/00002.png" not in plan.files
    assert any("no place for masks and colour" in note and note.endswith("left out: 2.") for note in plan.notes)
    list(export_labels(source(project, clip), "paint", tmp_path / "out"))
    assert sorted(file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.*")) == sorted(
        plan.files
    )
    layer = np.array(Image.open(tmp_path / "out" / "1" / "00001.png"))
    shown = paint(11)
    assert np.array_equal(layer[..., 3], shown[..., 3])
    assert np.array_equal(layer[shown[..., 3] > 0], shown[shown[..., 3] > 0])
    with again("paint", tmp_path / "out", clip, tmp_path / "new.throughline") as found:
        assert [(one.name, one.kind) for one in found.objects.values()] == [
            ("skin", Kind.TEXTURE),
            ("löss", Kind.TEXTURE),
        ]
        for object_id, frame in ((1, 0), (1, 1), (2, 1)):
            content = [made.content(made.label(object_id, frame).mask_id).decode() for made in (project, found)]
            assert np.array_equal(*content)
        assert found.label(2, 2).presence is Presence.OUT_OF_FRAME and found.label(1, 2) is None


def test_colour_goes_out_as_seen_and_comes_back_as_the_same_colours(project, clip, tmp_path):
    list(export_labels(source(project, clip), "colours", tmp_path / "out"))
    names = sorted(file.name for file in (tmp_path / "out").glob("*.png"))
    assert names == ["00001.png", "00003.png"]
    with clip.open() as frames:
        pictures = {
            frame: label_picture(frames.image(frame), project.content(project.label(3, frame).mask_id))
            for frame in (1, 3)
        }
        for frame, picture in pictures.items():
            assert np.array_equal(np.array(Image.open(tmp_path / "out" / f"{frame:05d}.png")), picture)
        with again("colours", tmp_path / "out", clip, tmp_path / "new.throughline") as found:
            (one,) = found.objects.values()
            assert (one.name, one.kind) == ("Colour", Kind.COLOUR)
            for frame, picture in pictures.items():
                shown = label_picture(frames.image(frame), found.content(found.label(1, frame).mask_id))
                assert np.abs(shown.astype(int) - picture).mean() < 2


def test_the_report_counts_only_what_the_format_holds_and_no_frames_that_it_does_not_write(project, clip):
    for object_id, frame in ((1, 2), (1, 3), (2, 3)):
        sheet = Label(Provenance.DERIVED, project.add_mask(painted(1)), sources=(99, 0))
        project.apply(Edit("", labels={(object_id, frame): Swap(None, sheet)}))
    stale = {"colours": "1.", "paint": "3.", "textures": "3.", "overlay": "4."}
    for name in (*stale, "youtube-vos", "davis"):
        notes = export_plan(source(project, clip), name).notes
        assert [note.split()[-1] for note in notes if "stale" in note] == ([stale[name]] if name in stale else [])
        assert any("left empty" in note for note in notes) == (name == "davis")


def test_what_is_looked_at_is_in_colour_with_textures_and_masks_on_it(project, clip, tmp_path):
    list(export_labels(source(project, clip, side=2000), "contact-sheet", tmp_path / "out"))
    sheet = np.array(Image.open(tmp_path / "out" / "contact-sheet.png")).astype(int)
    n_columns = sheet.shape[1] // WIDTH
    with clip.open() as frames:
        for frame in range(N_FRAMES):
            top, left = 8 + frame // n_columns * (HEIGHT + 30), 8 + frame % n_columns * (WIDTH + 8)
            tile = sheet[top : top + HEIGHT, left : left + WIDTH]
            expected = frames.image(frame)
            if frame in (1, 3):
                expected = label_picture(expected, project.content(project.label(3, frame).mask_id))
            if frame in (0, 1):
                rgba = paint(10 + frame)
                expected = np.where(rgba[..., 3:] > 0, rgba[..., :3], expected)
            outside = ~square(0) if frame == 0 else np.ones((HEIGHT, WIDTH), bool)
            assert np.array_equal(tile[outside], expected[outside]), frame
    notes = export_plan(source(project, clip, ground="nothing", codec="vp9"), "overlay").notes
    assert "Colour is left out, which lies on the clip itself." in notes


@given(seed=st.integers(0, 1000), alphas=st.lists(st.integers(0, 255), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_half_transparent_paint_changes_by_rounding_alone(clip, tmp_path_factory, seed, alphas):
    folder = tmp_path_factory.mktemp("paint")
    given = painted(seed, alphas)
    with Project.create(folder / "p.throughline", record_of(clip, folder)) as made:
        made.apply(verbs.add_object(made, "skin", kind=Kind.TEXTURE))
        made.apply(paint_verbs.paint_picture(made, 1, 0, given))
        if made.label(1, 0) is None:
            return  # nothing is painted
        list(export_labels(source(made, clip), "paint", folder / "out"))
        with again("paint", folder / "out", clip, folder / "new.throughline") as found:
            content = found.content(found.label(1, 0).mask_id).decode().astype(int)
    assert np.abs(content - given.decode()).max() <= 1
    assert np.array_equal(content[..., 3], given.decode()[..., 3])


def test_a_picture_with_alpha_from_another_program_is_a_texture(clip, tmp_path):
    Image.fromarray(paint(1)).save(tmp_path / "drawn.png")
    found = read_to_import(tmp_path / "drawn.png", "paint", clip)
    ((label,),) = found.labels
    assert (found.objects[0].kind, label.frame) == (Kind.TEXTURE, 0) and isinstance(label.mask, Painting)
    (tmp_path / "drawn.png").rename(tmp_path / "00002.png")
    ((label,),) = read_to_import(tmp_path, "paint", clip).labels
    assert label.frame == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("paint", np.zeros((HEIGHT, WIDTH, 3), np.uint8), "does not say where it is painted"),
        ("paint", np.zeros((8, 9, 4), np.uint8), "9 x 8 pixels, but the clip is 64 x 48"),
        ("colours", np.zeros((8, 9, 3), np.uint8), "9 x 8 pixels, but the clip is 64 x 48"),
    ],
)
def test_pictures_that_do_not_fit_are_told(clip, tmp_path, name, content, words):
    Image.fromarray(content).save(tmp_path / "00001.png")
    with pytest.raises(UserError, match=words):
        list(read_to_import(tmp_path, name, clip).labels)


@pytest.mark.parametrize("name", ["paint", "colours"])
def test_a_project_without_such_objects_is_told(clip, tmp_path, name):
    with (
        Project.create(tmp_path / "p.throughline", record_of(clip, tmp_path)) as made,
        pytest.raises(UserError, match="There is no"),
    ):
        export_plan(source(made, clip), name)


def test_folders_that_are_no_textures_are_told(clip, tmp_path):
    for name in ("1", "01"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match="number of their own"):
        read_to_import(tmp_path, "paint", clip)
