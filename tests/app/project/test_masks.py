"""Masks are stored once each, kept in bounded memory, and never come back as something else."""

import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.faults import DamagedFile
from app.project.masks import digest_of
from app.project.model import ClipRecord, Label, Provenance
from app.project.project import Project
from engines.labels.doubt import DoubtMap
from engines.labels.rle import RleMask
from tests.app.project.material import CLIP, HEIGHT, WIDTH, add_object, block, paint, pattern


def stored_ids(path):
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return {mask_id for (mask_id,) in file.execute("SELECT mask_id FROM masks")}


def test_equal_masks_have_one_id_new_pending_or_on_disk(project):
    mask_id = project.add_mask(pattern(1))
    assert project.add_mask(pattern(1)) == mask_id
    assert project.add_mask(pattern(2)) != mask_id
    add_object(project)
    project.flush()
    assert project.add_mask(pattern(1)) == mask_id
    paint(project, 1, 0, pattern(1))
    project.close()
    with Project.open(project.path) as again:
        assert again.add_mask(pattern(1)) == mask_id


def test_a_mask_of_another_size_is_refused(project):
    with pytest.raises(ValueError, match=f"12 x 16 in a clip of {WIDTH} x {HEIGHT}"):
        project.add_mask(RleMask.empty(HEIGHT, WIDTH))


@settings(max_examples=5, deadline=None)
@given(st.data())
def test_memory_is_bounded_whatever_is_asked_for(tmp_path_factory, data):
    budget = 8 * 1024
    path = tmp_path_factory.mktemp("masks") / "a.throughline"
    with Project.create(path, CLIP, cache_bytes=budget) as project:
        add_object(project)
        labels = {}
        for number in range(60):
            label = Label(Provenance.DERIVED, project.add_mask(pattern(number)))
            labels[1, number % CLIP.n_frames] = Swap(project.label(1, number % CLIP.n_frames), label)
            project.apply(Edit("", labels=dict([labels.popitem()])))
        project.flush()
        for number in data.draw(st.lists(st.integers(0, 59), max_size=80)):
            assert project.mask(project.add_mask(pattern(number))) == pattern(number)
            assert project._file.masks.cached_bytes <= budget


def doubt(chance, box=(2, 1, 10, 9)):
    return DoubtMap.encode(np.full((2, 4), chance, np.float32), box)


def test_doubt_goes_with_its_mask_pending_on_disk_and_after_opening_again(project):
    ids = [project.add_mask(pattern(1), found) for found in (None, doubt(0.25), doubt(0.5), doubt(0.25))]
    assert ids[1] == ids[3] and len(set(ids)) == 3
    add_object(project)
    labels = [Label(Provenance.DERIVED, mask_id, run_id=1) for mask_id in ids[:3]]
    project.apply(Edit("", labels={(1, frame): Swap(None, label) for frame, label in enumerate(labels)}))
    for _ in range(2):
        assert [project.doubt(mask_id) for mask_id in ids[:3]] == [None, doubt(0.25), doubt(0.5)]
        assert all(project.mask(mask_id) == pattern(1) for mask_id in ids)
        project.flush()
    project.close()
    with Project.open(project.path) as again:
        assert [again.doubt(again.label(1, frame).mask_id) for frame in range(3)] == [None, doubt(0.25), doubt(0.5)]
        assert again.add_mask(pattern(1), doubt(0.5)) == ids[2]


def test_taking_pixels_from_a_derived_label_keeps_its_doubt_and_touching_none_changes_nothing(project):
    for _ in range(2):
        add_object(project)
    label = Label(Provenance.DERIVED, project.add_mask(block(0, 0, 6, 6), doubt(0.5)), run_id=1)
    project.apply(Edit("", proposals={(2, 0): Swap(None, label)}))
    assert (2, 0) not in paint(project, 1, 0, block(10, 0, 12, 6)).proposals
    paint(project, 1, 0, block(4, 0, 12, 6))
    left = project.proposal(2, 0).mask_id
    assert (project.mask(left), project.doubt(left)) == (block(0, 0, 4, 6), doubt(0.5))


def test_masks_may_be_read_by_any_thread_while_the_person_paints(project):
    add_object(project)
    ids = [project.add_mask(pattern(number)) for number in range(200)]
    wrong = []

    def read():
        for number, mask_id in list(enumerate(ids)) * 3:
            if project.mask(mask_id) != pattern(number):
                wrong.append(number)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(100):
        paint(project, 1, number % CLIP.n_frames, pattern(1000 + number))
    for reader in readers:
        reader.join()
    assert wrong == []


def test_masks_stay_while_undo_may_need_them_and_go_when_the_project_is_closed(project):
    add_object(project)
    first = paint(project, 1, 0, pattern(1))
    second = paint(project, 1, 0, pattern(2))
    unused = project.add_mask(pattern(3))
    project.apply(second.inverse())
    project.apply(first.inverse())
    project.flush()
    ids = stored_ids(project.path)
    assert len(ids) == 3
    for edit in (first, second):
        project.apply(edit)
    assert project.mask(project.label(1, 0).mask_id) == pattern(2)
    project.close()
    assert stored_ids(project.path) == {second.labels[1, 0].new.mask_id}
    with Project.open(project.path) as again:
        assert again.add_mask(pattern(9)) > max(ids), "ids are never used again"
        assert unused in ids


def test_masks_that_a_killed_program_left_go_when_the_project_is_next_opened(project, tmp_path):
    add_object(project)
    for number in range(3):
        paint(project, 1, 0, pattern(number))
    kept = project.label(1, 0).mask_id
    project.save_copy(tmp_path / "as-if-killed.throughline")  # which is not closed, as far as the file knows
    assert len(stored_ids(tmp_path / "as-if-killed.throughline")) == 3
    with Project.open(tmp_path / "as-if-killed.throughline") as again:
        assert stored_ids(again.path) == {kept}
        assert again.mask(kept) == pattern(2)


def test_the_file_shrinks_when_masks_go(tmp_path):
    clip = ClipRecord("a", "/a", "f", 400, 300, 100)
    with Project.create(tmp_path / "a.throughline", clip) as project:
        add_object(project)
        for frame in range(100):
            noise = np.random.default_rng(frame).random((300, 400)) > 0.5
            paint(project, 1, frame, RleMask.encode(noise), exclusive_over=False)
        project.flush()
        full = project.path.with_name("full")
        project.save_copy(full)
        project.apply(verbs.delete_object(project, 1))
    assert project.path.stat().st_size < full.stat().st_size / 10


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM masks",
        "UPDATE masks SET data = substr(data, 1, length(data) - 1)",
        "UPDATE masks SET data = zeroblob(length(data))",
        "UPDATE masks SET data = 'text'",
        "UPDATE masks SET digest = zeroblob(16)",
        "UPDATE masks SET doubt = x'00'",
        "UPDATE masks SET doubt = 'text'",
    ],
)
def test_a_mask_that_is_damaged_in_the_file_is_told_not_shown(project, damage):
    add_object(project)
    paint(project, 1, 0, block(0, 0, 3, 3))
    project.close()
    with closing(sqlite3.connect(project.path)) as file, file:
        file.execute(damage)
    with Project.open(project.path) as again:
        for question in (again.mask, again.doubt):
            with pytest.raises(DamagedFile, match=r"a\.throughline is damaged"):
                question(again.label(1, 0).mask_id)


def test_a_mask_of_a_lying_size_is_refused_though_its_digest_fits(project):
    add_object(project)
    paint(project, 1, 0, block(0, 0, 3, 3))
    project.close()
    lying = RleMask.empty(WIDTH + 1, HEIGHT).to_bytes()
    with closing(sqlite3.connect(project.path)) as file, file:
        file.execute("UPDATE masks SET data = ?, digest = ?", (lying, digest_of(lying)))
    with Project.open(project.path) as again, pytest.raises(DamagedFile, match="instead of 16 x 12"):
        again.mask(again.label(1, 0).mask_id)
