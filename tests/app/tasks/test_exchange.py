import dataclasses

import numpy as np
import pytest

from app.errors import UserError
from app.formats.registry import FORMATS
from app.media.clip import open_clip
from app.project import pending, verbs
from app.project.clip_location import record_of
from app.project.model import Provenance, RunState
from app.project.project import Project
from app.tasks.exchange import export_labels, export_notes, import_labels, label_source, read_to_import
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult
from tests.app.clips import square, write_frames

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


def test_anchors_and_accepted_labels_are_exported_and_proposals_are_told(project, clip):
    source = label_source(project, clip)
    assert {frame: label.provenance for frame, on in source.labels.items() for label in on.values()} == {
        0: Provenance.ANCHOR,
        1: Provenance.DERIVED,
        2: Provenance.DERIVED,
    }
    assert source.n_proposals == 2
    for name in FORMATS:
        assert any(note.endswith("left out: 2.") for note in export_notes(source, name))


def test_an_export_tells_of_empty_frames_and_stale_labels(project, clip):
    assert not any("stale" in note for note in export_notes(label_source(project, clip), "davis"))
    project.apply(verbs.paint_mask(project, 1, 0, RleMask.encode(square(1))))
    notes = export_notes(label_source(project, clip), "davis")
    assert any("stale" in note and note.endswith(": 2.") for note in notes)
    assert any("empty" in note and note.endswith(": 3.") for note in notes)


def test_an_export_does_not_follow_later_edits(project, clip):
    source = label_source(project, clip)
    project.apply(verbs.delete_object(project, 1))
    ((found, mask),) = source.masks_on(2)
    assert found.name == "cat"
    assert np.array_equal(mask.decode(), square(2))


def test_progress_counts_every_frame(project, clip, tmp_path):
    steps = list(export_labels(label_source(project, clip), "davis", tmp_path / "out"))
    assert steps == [(number, N_FRAMES) for number in range(1, N_FRAMES + 1)]


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.can_write])
def test_an_export_that_is_given_up_leaves_nothing(project, clip, tmp_path, name):
    before = sorted(tmp_path.iterdir())
    steps = export_labels(label_source(project, clip), name, tmp_path / "out")
    next(steps)
    steps.close()
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_does_not_go_into_its_own_clip(project, clip):
    with pytest.raises(UserError, match="made from"):
        next(export_labels(label_source(project, clip), "davis", clip.path))


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.can_write and row.can_read])
def test_out_and_in_again_gives_the_same_masks_as_anchors(project, clip, tmp_path, name):
    list(export_labels(label_source(project, clip), name, tmp_path / "out"))
    steps = list(import_labels(read_to_import(tmp_path / "out", name, clip), clip, tmp_path / "new.throughline"))
    assert steps[-1] == (N_FRAMES, N_FRAMES)
    with Project.open(tmp_path / "new.throughline") as found:
        assert found.clip.fingerprint == clip.fingerprint
        assert list(found.objects.values()) == [dataclasses.replace(project.objects[1], position=0)]
        assert found.anchor_frames(1) == [0, 1, 2]
        for frame in range(3):
            assert np.array_equal(found.mask(found.labels_of(1)[frame].mask_id).decode(), square(frame))


def test_an_import_that_is_given_up_leaves_nothing(project, clip, tmp_path):
    list(export_labels(label_source(project, clip), "davis", tmp_path / "out"))
    before = sorted(tmp_path.iterdir())
    steps = import_labels(read_to_import(tmp_path / "out", "davis", clip), clip, tmp_path / "new.throughline")
    next(steps)
    steps.close()
    assert sorted(tmp_path.iterdir()) == before
