"""Points out of a project and in again, and files of points of others."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from app.errors import UserError
from app.formats.drawing import draw_points
from app.media.clip import open_clip
from app.project import point_verbs, verbs
from app.project.clip_location import record_of
from app.project.model import Kind, Provenance, RunState
from app.project.project import Project
from app.project.skeleton import skeleton_of
from app.tasks.exchange import (
    Becomes,
    export_labels,
    export_plan,
    import_labels,
    label_source,
    read_to_import,
    snapshot,
)
from engines.labels.points import Joint, Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import PointsResult, Stretch
from tests.app import points
from tests.app.clips import square, write_frames
from tests.app.formats.mutations import mutated

STICK = skeleton_of("stick", ["head", "left_end", "right_end"], [("head", "left_end")], colours={"head": (1, 2, 3)})
PLACED = Points.of([Joint(1.5, 2.25), None, Joint(7, 8, False)])


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return open_clip(write_frames(tmp_path_factory.mktemp("clips") / "clip"))


@pytest.fixture
def project(clip, tmp_path):
    """Two animals and a mask: anchors, a derived label, an absence."""
    with Project.create(tmp_path / "a.throughline", record_of(clip, tmp_path / "a.throughline")) as made:
        for name in ("ann", "bob"):
            made.apply(verbs.add_object(made, name, class_name="stick insect", skeleton=STICK))
        made.apply(verbs.add_object(made, "car"))
        made.apply(point_verbs.place_points(made, 1, 0, PLACED))
        made.apply(point_verbs.place_points(made, 2, 0, Points.of([Joint(4, 4)] * 3)))
        made.apply(verbs.set_presence(made, 2, 3, Presence.OUT_OF_FRAME))
        made.apply(verbs.paint_mask(made, 3, 0, RleMask.encode(square(0))))
        run = made.begin_run("learned", "both", "normal", [Stretch(1, 1, clip.n_frames - 1, 0, None)])
        carried = Points.of([Joint(2, 3, True, 0.25), Joint(4, 5, True, 0.75)])
        made.add_results(run.run_id, [PointsResult(1, 1, carried, 0.5, Presence.VISIBLE)])
        made.end_run(run.run_id, RunState.FINISHED)
        made.apply(verbs.accept(made))
        yield made


def written(project, clip, out):
    list(export_labels(label_source(snapshot(project, clip)), "points", out))
    return out


def taken_in(found, clip, path, becomes=Becomes.AS_TOLD):
    list(import_labels(found, clip, path, becomes))
    return Project.open(path)


def test_out_and_in_again_gives_the_same(project, clip, tmp_path):
    out = written(project, clip, tmp_path / "out")
    with taken_in(read_to_import(out, "points", clip), clip, tmp_path / "b.throughline") as found:
        made = {each.name: each for each in found.objects.values()}
        assert set(made) == {"ann", "bob"}
        for name, before in (("ann", 1), ("bob", 2)):
            told, object_id = project.objects[before], made[name].object_id
            assert replace(made[name], object_id=before, position=told.position, skeleton=STICK) == told
            assert made[name].skeleton.bones == STICK.bones
            for frame in range(clip.n_frames):
                label, again = project.label(before, frame), found.label(object_id, frame)
                assert (label is None) == (again is None)
                if label is not None:
                    assert found.points(again.mask_id) == project.points(label.mask_id)
                    assert (again.provenance, again.presence) == (label.provenance, label.presence)
                    assert again.confidence == label.confidence


def test_what_each_format_has_no_place_for_is_told(project, clip):
    source = label_source(snapshot(project, clip))
    assert any("Objects with masks are left out: 1" in note for note in export_plan(source, "points").notes)
    assert any("Objects with points are left out: 2" in note for note in export_plan(source, "davis").notes)


def test_objects_of_different_joints_do_not_go_into_one_file_and_none_into_none(project, clip):
    project.apply(verbs.add_object(project, skeleton=skeleton_of("dot", ["dot"])))
    with pytest.raises(UserError, match="one skeleton, but the objects have 2"):
        export_plan(label_source(snapshot(project, clip)), "points")
    project.apply(verbs.delete_objects(project, [1, 2, 4]))
    with pytest.raises(UserError, match="no points to export"):
        export_plan(label_source(snapshot(project, clip)), "points")


def test_a_dataset_of_others_becomes_objects_of_points(clip, tmp_path):
    two = [points.joints(0), [[None, None, 0]] * len(points.NAMES)]
    path = points.write(tmp_path / "camel" / "keypoints.json", {"00000": two, "00002": [points.joints(2)] * 2})
    found = read_to_import(path.parent, "points", clip)
    with taken_in(found, clip, tmp_path / "b.throughline", Becomes.ANCHORS) as made:
        assert [each.name for each in made.objects.values()] == ["camel 1", "camel 2"]
        assert {each.kind for each in made.objects.values()} == {Kind.POINTS}
        assert [joint.name for joint in made.objects[1].skeleton.joints] == points.NAMES
        assert made.anchor_frames(1) == [0, 2]
        assert made.anchor_frames(2) == [2]


def test_what_a_run_found_is_told_as_that(clip, tmp_path):
    sure = {"00000": [[1] * 5], "00001": [[0.5] * 5]}
    path = points.write(tmp_path / "points.json", (0, 1), confidence=sure)
    with taken_in(read_to_import(path, "points", clip), clip, tmp_path / "b.throughline") as made:
        labels = made.labels_of(1)
        assert [labels[frame].provenance for frame in (0, 1)] == [Provenance.ANCHOR, Provenance.DERIVED]
        assert labels[1].confidence == 0.5


def test_points_of_other_pictures_are_refused(clip, tmp_path):
    path = points.write(tmp_path / "points.json", image_size=[9, 9])
    with pytest.raises(UserError, match="9 x 9"):
        read_to_import(path, "points", clip)


def test_files_that_were_damaged_are_refused_in_one_sentence_or_read_as_something_sound(project, clip, tmp_path):
    whole = written(project, clip, tmp_path / "out")
    content = (whole / "points.json").read_bytes()
    chance = random.Random(0)
    n_refused = 0
    for _ in range(60):
        (whole / "points.json").write_bytes(mutated(content, chance))
        try:
            for on_frame in read_to_import(whole, "points", clip).labels:
                assert all(0 <= label.confidence <= 1 for label in on_frame)
        except UserError as error:
            n_refused += 1
            assert "\n" not in str(error)
    assert n_refused > 20


def test_joints_of_a_skeleton_in_another_order_keep_their_places(project, clip, tmp_path):
    edit = point_verbs.set_skeleton(project, STICK, replace(STICK, joints=STICK.joints[::-1]))
    project.apply(edit)
    out = written(project, clip, tmp_path / "out")
    told = json.loads((out / "points.json").read_text())
    assert told["names"] == ["right_end", "left_end", "head"]
    assert told["instance_ids"]["00000"] == [0, 1]  # as datasets count them
    assert told["frames"]["00000"][0] == [[7.0, 8.0, 0], [None, None, 0], [1.5, 2.25, 1]]


def test_an_overlay_shows_joints_and_masks(project, clip, tmp_path):
    source = label_source(snapshot(project, clip))
    assert not any("left out: 2" in note and "points" in note for note in export_plan(source, "overlay").notes)
    list(export_labels(source, "overlay", tmp_path / "out"))
    assert open_clip(tmp_path / "out" / "overlay.mp4").n_frames == clip.n_frames


def test_joints_are_drawn_where_they_are():
    image = np.zeros((400, 400, 3), np.uint8)
    draw_points(image, Points.of([Joint(100, 50), Joint(300, 50), Joint(200, 350, False)]), STICK, (9, 200, 9))
    assert image[50, 100].tolist() == [1, 2, 3]
    assert image[50, 200].tolist() == [9, 200, 9]
    assert image[350, 200].tolist() == [0, 0, 0]
    assert image[350, 204].any()
