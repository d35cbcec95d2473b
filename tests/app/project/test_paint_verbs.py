"""Textures and colour live in a project as masks and points do: kept, undone, carried, and never overwritten."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from app.project import identity, paint_verbs, pending, verbs
from app.project.anchors import mask_anchors, paint_anchors
from app.project.faults import DamagedFile
from app.project.masks import _READERS
from app.project.model import ABSENT, Kind, Provenance
from app.project.project import Project
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheet, Sheets
from engines.propagation.types import PaintResult, Stretch
from tests.app.project.material import CLIP, HEIGHT, WIDTH, add_object, pattern, snapshot


def painting(value=200, width=WIDTH, height=HEIGHT):
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[2:6, 3:9] = (value, 10, 20, 255)
    return Painting.encode(rgba)


def sheets(frame=0, at=0.0):
    rest = np.array([[1, 1], [9, 1], [1, 9]], np.float32)
    return Sheets.of([Sheet(frame, rest, np.array([[0, 1, 2]]), rest + at, np.full(3, 255))])


def chroma():
    return ChromaMap.encode(np.ones((3, 4, 2)), np.ones((3, 4)))


@pytest.fixture
def texture(project):
    return add_object(project, kind=Kind.TEXTURE, name="stripes")


def begin(project, object_id, *frames):
    """Begin a run of an object from its anchor on the left to the end."""
    left = project.anchor_frames(object_id)[0]
    stretch = Stretch(object_id, left + 1, CLIP.n_frames - 1, left, None)
    return project.begin_run("ours", "forward", "normal", [stretch]).run_id


def test_what_is_painted_is_an_anchor_that_is_kept_and_undone(project, texture):
    before = snapshot(project)
    edit = paint_verbs.paint_picture(project, texture, 2, painting())
    project.apply(edit)
    label = project.label(texture, 2)
    assert label.provenance is Provenance.ANCHOR
    assert project.painting(label.mask_id) == painting()
    after = snapshot(project)
    project.apply(edit.inverse())
    assert snapshot(project) == before
    project.apply(edit)
    project.close()
    with Project.open(project.path) as again:
        assert snapshot(again) == after
        (anchor,) = paint_anchors(again, [texture])
        assert (anchor.frame, anchor.content, anchor.is_here) == (2, painting(), True)
        assert mask_anchors(again, [texture]) == ()


def test_erasing_all_paint_leaves_no_label(project, texture):
    project.apply(paint_verbs.paint_picture(project, texture, 2, painting()))
    project.apply(paint_verbs.paint_picture(project, texture, 2, Painting.empty(WIDTH, HEIGHT)))
    assert project.label(texture, 2) is None


def test_pictures_are_refused_where_they_do_not_belong(project, texture):
    car = add_object(project)
    with pytest.raises(ValueError, match="labelled with mask"):
        paint_verbs.paint_picture(project, car, 0, painting())
    with pytest.raises(ValueError, match="picture of 12 x 16 in a clip"):
        paint_verbs.paint_picture(project, texture, 0, painting(width=HEIGHT, height=WIDTH))
    colour = add_object(project, kind=Kind.COLOUR)
    with pytest.raises(ValueError, match="labelled with colour"):
        paint_verbs.lay_sheets(project, colour, 0, sheets())
    project.apply(verbs.set_locked(project, texture, True))
    with pytest.raises(ValueError, match="locked"):
        paint_verbs.paint_picture(project, texture, 0, painting())


@pytest.mark.parametrize(("kind", "content"), [(Kind.TEXTURE, sheets()), (Kind.COLOUR, chroma())])
def test_a_run_proposes_beside_the_anchors_and_accepting_keeps_them(project, kind, content):
    object_id = add_object(project, kind=kind)
    project.apply(paint_verbs.paint_picture(project, object_id, 0, painting()))
    run_id = begin(project, object_id)
    results = [PaintResult(object_id, frame, content, 0.7, Presence.VISIBLE) for frame in range(1, 5)]
    project.add_results(run_id, results)
    project.apply(paint_verbs.paint_picture(project, object_id, 3, painting(90)))
    project.add_results(run_id, [PaintResult(object_id, 3, content, 0.9, Presence.VISIBLE)])
    assert project.proposal(object_id, 3) is None
    assert project.painting(project.label(object_id, 3).mask_id) == painting(90)
    assert project.is_stale(object_id, 2)
    project.apply(verbs.accept(project))
    assert project.content(project.label(object_id, 1).mask_id) == content
    project.apply(verbs.confirm(project, [object_id], [1]))
    assert [anchor.content for anchor in paint_anchors(project, [object_id])] == [painting(), content, painting(90)]
    assert pending.shown(project, object_id, 1)[0].provenance is Provenance.ANCHOR


@pytest.mark.parametrize("presence", ABSENT)
def test_a_frame_on_which_it_is_not_is_an_anchor_of_nothing(project, texture, presence):
    project.apply(verbs.set_presence(project, texture, 4, presence))
    (anchor,) = paint_anchors(project, [texture])
    assert not anchor.is_here and anchor.content.is_nothing
    with pytest.raises(ValueError, match="no paint on frame 4"):
        project.apply(verbs.set_presence(project, texture, 4, Presence.VISIBLE))


def test_a_dragged_vertex_makes_an_anchor_and_labels_around_it_stale(project, texture):
    project.apply(paint_verbs.paint_picture(project, texture, 0, painting()))
    run_id = begin(project, texture)
    project.add_results(
        run_id, [PaintResult(texture, frame, sheets(), 0.7, Presence.VISIBLE) for frame in range(1, CLIP.n_frames)]
    )
    project.apply(paint_verbs.lay_sheets(project, texture, 5, sheets(at=1.5)))
    assert project.anchor_frames(texture) == [0, 5]
    assert project.content(project.label(texture, 5).mask_id) == sheets(at=1.5)
    assert all(project.is_stale(texture, frame) for frame in range(1, CLIP.n_frames) if frame != 5)


def test_textures_swap_with_textures_alone(project, texture):
    other, car = add_object(project, kind=Kind.TEXTURE), add_object(project)
    project.apply(paint_verbs.paint_picture(project, texture, 2, painting()))
    project.apply(identity.swap_objects(project, texture, other, range(CLIP.n_frames)))
    assert project.label(other, 2) is not None and project.label(texture, 2) is None
    with pytest.raises(ValueError, match="alike"):
        identity.swap_objects(project, other, car, range(CLIP.n_frames))
    with pytest.raises(ValueError, match="texture"):
        identity.merge_objects(project, other, [texture])


def test_a_content_of_another_kind_under_an_id_is_damage(project, texture):
    mask_id = project.add_mask(pattern(3))
    with pytest.raises(DamagedFile, match="is a mask instead of a picture"):
        project.painting(mask_id)


def test_a_file_whose_picture_was_tampered_with_is_told_of(project, texture):
    project.apply(paint_verbs.paint_picture(project, texture, 2, painting()))
    mask_id = project.label(texture, 2).mask_id
    project.close()
    with closing(sqlite3.connect(project.path)) as file, file:
        file.execute("UPDATE masks SET data = ? WHERE mask_id = ?", (b"TLI1" + bytes(20), mask_id))
    with Project.open(project.path) as again, pytest.raises(DamagedFile):
        again.painting(mask_id)


def test_every_content_says_by_its_first_bytes_what_it_is():
    contents = (pattern(1), painting(), sheets(), chroma())
    for content in contents:
        assert _READERS[content.to_bytes()[:4]](content.to_bytes(), (WIDTH, HEIGHT)) == content
