import dataclasses

import numpy as np
import pytest

from app.errors import UserError
from app.formats.mask_png import read_mask
from app.media.clip import open_clip
from app.project import pending, verbs
from app.project.clip_location import record_of
from app.project.model import Provenance, RunState
from app.project.project import Project
from app.tasks.exchange import (
    Becomes,
    Wanted,
    converted,
    export_labels,
    export_plan,
    import_labels,
    label_source,
    read_to_import,
    snapshot,
)
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult
from tests.app.clips import square, write_frames
from tests.app.formats.material import MASK_FORMATS

N_FRAMES = 6


@pytest.fixture
def clip(tmp_path):
    return open_clip(write_frames(tmp_path / "clip", N_FRAMES))


@pytest.fixture
def project(clip, tmp_path):
    """Return a project with an anchor on frame 0, accepted labels on 1 and 2, and proposals on 3 and 4."""
    path = tmp_path / "p.throughline"
    with Project.create(path, record_of(clip, path)) as found:
        found.apply(verbs.add_object(found, "cat", (10, 200, 30), "animal"))
        found.apply(verbs.paint_mask(found, 1, 0, RleMask.encode(square(0))))
        stretches = pending.stretches(found, (1,), range(N_FRAMES), "both", "missing")
        run = found.begin_run("copy", "both", "normal", stretches)
        results = [MaskResult(1, frame, RleMask.encode(square(frame)), 0.5, Presence.VISIBLE) for frame in range(1, 5)]
        found.add_results(run.run_id, results)
        found.end_run(run.run_id, RunState.CANCELLED)
        found.apply(verbs.accept(found, None, (1, 2)))
        yield found


@pytest.mark.parametrize("name", [row.name for row in MASK_FORMATS.values() if row.can_write])
def test_an_export_replaces_an_earlier_one_and_nothing_else(project, clip, tmp_path, name):
    source = label_source(snapshot(project, clip))
    for _ in range(2):
        list(export_labels(source, name, tmp_path / "out"))
    first = tmp_path / "other" / export_plan(source, name).files[0]
    first.parent.mkdir(parents=True)
    first.write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        next(export_labels(source, name, tmp_path / "other"))
    assert [path for path in (tmp_path / "other").rglob("*") if path.is_file()] == [first]
    assert first.read_text() == "mine"


def test_anchors_and_accepted_labels_are_exported_and_proposals_are_told(project, clip):
    source = label_source(snapshot(project, clip))
    assert {frame: label.provenance for frame, on in source.labels.items() for label in on.values()} == {
        0: Provenance.ANCHOR,
        1: Provenance.DERIVED,
        2: Provenance.DERIVED,
    }
    assert source.told.proposals == 2
    for name in MASK_FORMATS:
        assert any("accepted are left out: 2." in note for note in export_plan(source, name).notes)


def test_an_export_tells_of_empty_frames_and_stale_labels(project, clip):
    assert not any("stale" in note for note in export_plan(label_source(snapshot(project, clip)), "davis").notes)
    project.apply(verbs.paint_mask(project, 1, 0, RleMask.encode(square(1))))
    notes = export_plan(label_source(snapshot(project, clip)), "davis").notes
    assert any("stale" in note and note.endswith(": 2.") for note in notes)
    assert any("empty" in note and note.endswith(": 3.") for note in notes)


def test_an_export_does_not_follow_later_edits(project, clip):
    source = label_source(snapshot(project, clip))
    project.apply(verbs.delete_object(project, 1))
    ((found, _, mask),) = source.labels_on(2)
    assert found.name == "cat"
    assert np.array_equal(mask.decode(), square(2))


def test_progress_counts_every_frame(project, clip, tmp_path):
    steps = list(export_labels(label_source(snapshot(project, clip)), "davis", tmp_path / "out"))
    assert steps == [(number, N_FRAMES) for number in range(1, N_FRAMES + 1)]


@pytest.mark.parametrize("name", [name for name, row in MASK_FORMATS.items() if row.can_write])
def test_an_export_that_is_given_up_leaves_nothing(project, clip, tmp_path, name):
    before = sorted(tmp_path.iterdir())
    steps = export_labels(label_source(snapshot(project, clip)), name, tmp_path / "out")
    next(steps)
    steps.close()
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_does_not_go_into_its_own_clip(project, clip):
    with pytest.raises(UserError, match="made from"):
        next(export_labels(label_source(snapshot(project, clip)), "davis", clip.path))


@pytest.mark.parametrize("name", [name for name, row in MASK_FORMATS.items() if row.can_write and row.can_read])
def test_out_and_in_again_gives_the_same_masks_as_anchors(project, clip, tmp_path, name):
    list(export_labels(label_source(snapshot(project, clip)), name, tmp_path / "out"))
    found = read_to_import(tmp_path / "out", name, clip)
    steps = list(import_labels(found, clip, tmp_path / "new.throughline"))
    assert steps[-1] == (found.n_steps, found.n_steps)
    with Project.open(tmp_path / "new.throughline") as found:
        assert found.clip.fingerprint == clip.fingerprint
        (made,) = found.objects.values()
        assert dataclasses.replace(made, object_id=1) == dataclasses.replace(project.objects[1], position=0)
        assert found.anchor_frames(made.object_id) == [0, 1, 2]
        for frame in range(3):
            mask_id = found.labels_of(made.object_id)[frame].mask_id
            assert np.array_equal(found.mask(mask_id).decode(), square(frame))


def test_imported_labels_become_what_was_asked_for_and_none_is_stale(project, clip, tmp_path):
    list(export_labels(label_source(snapshot(project, clip)), "coco", tmp_path / "out"))
    made = {}
    for becomes in Becomes:
        path = tmp_path / f"{becomes}.throughline"
        list(import_labels(read_to_import(tmp_path / "out", "coco", clip), clip, path, becomes))
        with Project.open(path) as found:
            labels = [found.label(1, frame) for frame in range(3)]
            made[becomes] = [(label.provenance.value, label.confidence) for label in labels]
            assert not any(found.is_stale(1, frame) for frame in range(3))
    assert made == {
        Becomes.ANCHORS: [("anchor", 1.0)] * 3,
        Becomes.DERIVED: [("derived", 1.0), ("derived", 0.5), ("derived", 0.5)],
        Becomes.AS_TOLD: [("anchor", 1.0), ("derived", 0.5), ("derived", 0.5)],
    }


def test_anchors_alone_or_labels_above_a_confidence_go_along(project, clip):
    taken = snapshot(project, clip)
    for wanted, frames in ((Wanted(), [0, 1, 2]), (Wanted(anchors_only=True), [0]), (Wanted(min_confidence=0.6), [0])):
        source = label_source(taken, wanted)
        assert source.frames == frames and source.told.left_out == 3 - len(frames)
    assert any("not wanted" in note for note in export_plan(source, "davis").notes)


def test_pictures_go_where_the_format_wants_them(project, clip, tmp_path):
    source = label_source(snapshot(project, clip))
    plan = export_plan(source, "yolo", with_pictures=True)
    steps = list(export_labels(source, "yolo", tmp_path / "out", with_pictures=True))
    assert steps[-1] == (plan.n_steps, plan.n_steps)
    there = {file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    assert there == set(plan.files)
    assert open_clip(tmp_path / "out" / "images").n_frames == N_FRAMES
    with pytest.raises(UserError, match="no place for pictures"):
        next(export_labels(source, "davis", tmp_path / "other", with_pictures=True))


def test_void_is_left_out_where_a_format_would_take_it_for_a_thing(project, clip, tmp_path):
    project.apply(verbs.add_void(project))
    project.apply(verbs.paint_mask(project, 2, 5, RleMask.encode(square(5))))
    source = label_source(snapshot(project, clip))
    assert any("Void is left out" in note for note in export_plan(source, "yolo").notes)
    list(export_labels(source, "yolo", tmp_path / "yolo"))
    assert not (tmp_path / "yolo" / "labels" / "00005.txt").exists()
    list(export_labels(source, "davis", tmp_path / "davis"))
    assert np.array_equal(read_mask(tmp_path / "davis" / "00005.png").values == 255, square(5))


def test_what_is_converted_keeps_what_both_formats_hold(project, clip, tmp_path):
    list(export_labels(label_source(snapshot(project, clip)), "mot", tmp_path / "mot"))
    *steps, source = converted(read_to_import(tmp_path / "mot", "mot", clip), clip, Wanted())
    assert steps and source.objects[0].name == "cat"
    assert [source.labels[frame][1].confidence for frame in range(3)] == [1.0, 0.5, 0.5]


def test_an_import_that_is_given_up_leaves_nothing(project, clip, tmp_path):
    list(export_labels(label_source(snapshot(project, clip)), "davis", tmp_path / "out"))
    before = sorted(tmp_path.iterdir())
    steps = import_labels(read_to_import(tmp_path / "out", "davis", clip), clip, tmp_path / "new.throughline")
    next(steps)
    steps.close()
    assert sorted(tmp_path.iterdir()) == before
