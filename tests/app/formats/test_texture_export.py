"""Textures leave the project as pictures, layers and maps, and in what is made to be looked at."""

from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from app.formats.look import Look
from app.formats.registry import FORMATS
from app.media.clip import open_clip
from app.project import paint_verbs, verbs
from app.project.clip_location import record_of
from app.project.edits import Edit, Swap
from app.project.model import Kind, Label, Provenance
from app.project.project import Project
from app.tasks.exchange import Wanted, export_labels, export_plan, label_source, snapshot
from engines.labels.painting import Painting
from engines.labels.rle import RleMask
from engines.labels.sheets import Sheet, Sheets
from engines.texture.mesh import mesh_over
from tests.app.clips import HEIGHT, STEP, WIDTH, picture, square, write_frames

N_FRAMES, RED = 4, (230, 30, 40)


@pytest.fixture
def project(tmp_path):
    """A texture painted on the square on frame 0, laid on frames 1 and 2 by an accepted run, and a mask."""
    clip = open_clip(write_frames(tmp_path / "clip", N_FRAMES))
    path = tmp_path / "work.throughline"
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[square(0)] = (*RED, 255)
    mesh = mesh_over(square(0))
    with Project.create(path, record_of(clip, path)) as made:
        made.apply(verbs.add_object(made, "stripes", kind=Kind.TEXTURE))
        made.apply(verbs.add_object(made, "car", (0, 0, 255)))
        made.apply(paint_verbs.paint_picture(made, 1, 0, Painting.encode(rgba)))
        made.apply(verbs.paint_mask(made, 2, 3, RleMask.encode(square(3))))
        for frame in (1, 2):
            aims = mesh.vertices + np.float32([STEP * frame, 0])
            sheet = Sheet(0, mesh.vertices, mesh.triangles, aims, np.full(len(aims), 255))
            label = Label(Provenance.DERIVED, made.add_mask(Sheets.of([sheet])), confidence=0.8)
            made.apply(Edit("", labels={(1, frame): Swap(None, label)}))
        yield made, clip


def source(project, **look):
    made, clip = project
    return label_source(snapshot(made, clip), Wanted(look=replace(Look(), **look)))


def run(found, name, out):
    for _ in export_labels(found, name, out):
        pass


def test_frames_layers_and_maps_show_the_paint_where_it_lies(project, tmp_path):
    out = tmp_path / "out"
    run(source(project), "textures", out)
    with np.load(out / "uv.npz") as arrays:
        uv, painted = arrays["uv"], arrays["painted"]
    assert list(painted) == [0, 0, 0, -1]
    assert uv.shape == (N_FRAMES, HEIGHT, WIDTH, 2)
    for frame in range(N_FRAMES):
        image = np.asarray(Image.open(out / f"{frame:05d}.png"))
        layer = np.asarray(Image.open(out / "layers" / f"{frame:05d}.png"))
        true = square(frame) if frame < 3 else np.zeros_like(square(0))
        assert ((layer[..., 3] > 128) == true).mean() > 0.98
        assert np.array_equal(image[layer[..., 3] == 0], picture(frame)[layer[..., 3] == 0])
        inner = true & np.roll(true, 3, 1) & np.roll(true, -3, 1)
        if inner.any():
            assert np.abs(layer[inner][:, :3].astype(int) - RED).mean() < 25
            rows, columns = np.nonzero(inner)
            assert np.abs(uv[frame][inner] - np.stack([columns - STEP * frame, rows], 1)).max() < 0.5
    assert np.isnan(uv[3]).all()


def test_masks_are_left_out_of_textures_and_textures_of_masks_and_it_is_said(project):
    found = source(project)
    assert any("no place for masks" in note for note in export_plan(found, "textures").notes)
    assert any("no place for textures" in note for note in export_plan(found, "davis").notes)
    assert not any("no place" in note for note in export_plan(found, "overlay").notes)


def test_what_is_looked_at_shows_textures_below_masks(project, tmp_path):
    run(source(project, opacity=1.0), "overlay", tmp_path / "out")
    (file,) = (tmp_path / "out").glob("overlay.*")
    with av.open(str(file)) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert frames[1][22, 6 + STEP + 8, 0] > 150 > frames[1][22, 6 + STEP + 8, 2], "paint"
    assert frames[3][22, 6 + 3 * STEP + 8, 2] > 150, "the mask"


def test_the_labels_alone_are_transparent_around_the_paint(project, tmp_path):
    from app.formats.drawing import labels_alone

    layer = labels_alone(source(project), 1, lambda: picture(1))
    assert ((layer[..., 3] > 128) == square(1)).mean() > 0.98


def test_hidden_textures_are_not_drawn_and_a_project_without_any_is_the_clip(project, tmp_path):
    made, _ = project
    made.apply(verbs.set_hidden(made, 1, True))
    found = source(project)
    assert not found.dressed(1, picture(1)).layer.any()
    made.apply(verbs.delete_object(made, 1))
    run(source(project), "textures", tmp_path / "out")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "00001.png")), picture(1))
    assert source(project).dressed(1, picture(1)) is None
    assert FORMATS["textures"].kinds == {Kind.TEXTURE}
