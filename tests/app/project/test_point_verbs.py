"""Objects of points in a project: verbs, undo, the file."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.errors import UserError
from app.project import identity, pending, point_verbs, verbs
from app.project.anchors import mask_anchors, points_anchors
from app.project.model import ABSENT, Kind, Provenance, RunState
from app.project.project import Project
from app.project.skeleton import skeleton_of
from engines.labels.points import Joint, Points
from engines.labels.presence import Presence
from engines.propagation.types import PointsResult
from tests.app.project.material import CLIP, add_object, block, paint, snapshot

STICK = skeleton_of("stick", ["head", "left_end", "right_end"], [("head", "left_end"), ("head", "right_end")])
THREE = Points.of([Joint(1.5, 2.25), None, Joint(7, 8, False)])


def place(project, object_id, frame, points):
    edit = point_verbs.place_points(project, object_id, frame, points)
    project.apply(edit)
    return edit


def carried(object_id, frame, points, is_final=True):
    return PointsResult(object_id, frame, points, 0.5, points.presence, is_final)


def propose(project, object_id, points, frames=range(CLIP.n_frames)):
    stretches = pending.stretches(project, [object_id], range(CLIP.n_frames), "both", "all")
    run = project.begin_run("learned", "both", "normal", stretches)
    inside = {frame for stretch in stretches for frame in range(stretch.first, stretch.last + 1)}
    project.add_results(run.run_id, [carried(object_id, frame, points) for frame in sorted(inside & set(frames))])
    project.end_run(run.run_id, RunState.FINISHED)


def test_points_are_saved_and_read_back(tmp_path):
    path = tmp_path / "a.throughline"
    with Project.create(path, CLIP) as project:
        animal = add_object(project, skeleton=STICK)
        place(project, animal, 3, THREE)
        propose(project, animal, Points.of([Joint(2, 3, True, 0.25)]))
        project.apply(verbs.accept(project, frames=[4]))
        before = snapshot(project)
    with Project.open(path) as project:
        assert snapshot(project) == before
        assert project.objects[animal].skeleton == STICK
        assert project.points(project.label(animal, 3).mask_id) == THREE


def test_what_a_run_placed_becomes_a_persons_whole(project):
    animal = add_object(project, skeleton=STICK)
    place(project, animal, 0, THREE)
    propose(project, animal, Points.of([Joint(2, 3, True, 0.25)]))
    project.apply(verbs.confirm(project, [animal], [4]))
    label = project.label(animal, 4)
    assert label.provenance is Provenance.ANCHOR
    assert project.points(label.mask_id) == Points.of([Joint(2, 3)])
    project.apply(verbs.set_presence(project, animal, 5, Presence.UNCERTAIN))
    assert project.points(project.label(animal, 5).mask_id) == Points.of([Joint(2, 3)])


def test_without_a_joint_there_is_no_label_but_an_absence_is_one(project):
    animal = add_object(project, skeleton=STICK)
    place(project, animal, 3, THREE)
    place(project, animal, 3, Points())
    assert project.label(animal, 3) is None
    project.apply(verbs.set_presence(project, animal, 3, Presence.OUT_OF_FRAME))
    assert project.label(animal, 3).presence is Presence.OUT_OF_FRAME
    (anchor,) = points_anchors(project, [animal])
    assert (anchor.points, anchor.is_here) == (Points(), False)
    with pytest.raises(ValueError, match="no points"):
        verbs.set_presence(project, animal, 3, Presence.VISIBLE)


def test_mirroring_twice_changes_nothing(project):
    animal = add_object(project, skeleton=STICK)
    place(project, animal, 3, THREE)
    project.apply(point_verbs.mirror_points(project, animal, 3))
    assert project.points(project.label(animal, 3).mask_id) == Points.of([THREE.at(0), THREE.at(2)])
    project.apply(point_verbs.mirror_points(project, animal, 3))
    assert project.points(project.label(animal, 3).mask_id) == THREE


def test_another_skeleton_goes_to_all_that_have_it_and_leaves_labels(project):
    one, two = (add_object(project, skeleton=STICK) for _ in range(2))
    other = add_object(project, skeleton=skeleton_of("dot", ["dot"]))
    place(project, one, 0, THREE)
    _, labels, _ = snapshot(project)
    edit = point_verbs.set_skeleton(project, STICK, replace(STICK, joints=STICK.joints[::-1]))
    project.apply(edit)
    assert set(edit.objects) == {one, two}
    assert project.objects[other].skeleton.name == "dot"
    assert snapshot(project)[1] == labels
    project.apply(edit.inverse())
    assert project.objects[one].skeleton == STICK


def test_masks_and_points_are_not_mixed_up(project):
    animal, car = add_object(project, skeleton=STICK), add_object(project)
    paint(project, car, 0, block(0, 0, 3, 3))
    place(project, animal, 0, THREE)
    with pytest.raises(ValueError, match="labelled with mask"):
        point_verbs.place_points(project, car, 0, THREE)
    with pytest.raises(ValueError, match="labelled with points"):
        verbs.paint_mask(project, animal, 0, block(0, 0, 3, 3))
    with pytest.raises(ValueError, match="alike"):
        identity.swap_objects(project, animal, car, range(CLIP.n_frames))
    with pytest.raises(ValueError, match="not with masks"):
        identity.merge_objects(project, animal, [car])
    with pytest.raises(ValueError, match="without a skeleton"):
        verbs.add_object(project, kind=Kind.POINTS)
    assert [anchor.object_id for anchor in mask_anchors(project, [animal, car])] == [car]
    assert [anchor.object_id for anchor in points_anchors(project, [animal, car])] == [animal]
    # paint takes nothing from points
    paint(project, car, 0, block(0, 0, 16, 12))
    assert project.points(project.label(animal, 0).mask_id) == THREE


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE objects SET skeleton = ''",
        "UPDATE objects SET skeleton = '{}'",
        "UPDATE objects SET skeleton = 'no json'",
        "UPDATE objects SET skeleton = 3",
        "UPDATE objects SET kind = 'mask'",
    ],
)
def test_a_skeleton_that_makes_no_sense_is_damage(tmp_path, damage):
    path = tmp_path / "a.throughline"
    with Project.create(path, CLIP) as project:
        add_object(project, skeleton=STICK)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(damage)
    with pytest.raises(UserError, match="damaged"):
        Project.open(path)


def test_points_that_were_swapped_for_a_mask_in_the_file_are_damage(tmp_path):
    path = tmp_path / "a.throughline"
    with Project.create(path, CLIP) as project:
        animal, car = add_object(project, skeleton=STICK), add_object(project)
        paint(project, car, 0, block(0, 0, 3, 3))
        place(project, animal, 0, THREE)
        painted = project.label(car, 0).mask_id
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE labels SET mask_id = ?", (painted,))
    with Project.open(path) as project, pytest.raises(UserError, match="damaged"):
        project.points(project.label(animal, 0).mask_id)


N_FRAMES = 5
FRAMES = st.integers(0, N_FRAMES - 1)
PLACED = st.lists(st.none() | st.integers(0, 3).map(lambda x: Joint(x, 1)), max_size=3).map(Points.of)
ANIMALS = st.integers(1, 2)


class PointsHistory(RuleBasedStateMachine):
    """Two animals: what a person placed stays as it was placed, whatever runs bring; all of it can be undone."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project.create(self.folder / "a.throughline", replace(CLIP, n_frames=N_FRAMES))
        for _ in range(2):
            add_object(self.project, skeleton=STICK)
        self.anchors, self.steps, self.first = {}, [], snapshot(self.project)

    def do(self, edit, after):
        after = {key: points for key, points in after.items() if points is not None}
        if edit:
            self.project.apply(edit)
            self.steps.append((edit, self.anchors))
        self.anchors = after

    @rule(animal=ANIMALS, frame=FRAMES, points=PLACED)
    def place(self, animal, frame, points):
        after = {**self.anchors, (animal, frame): points if points.joints else None}
        self.do(point_verbs.place_points(self.project, animal, frame, points), after)

    @rule(animal=ANIMALS, frame=FRAMES)
    def mirror(self, animal, frame):
        seen = pending.shown(self.project, animal, frame)
        if seen is not None:
            head, left, right = (self.project.points(seen[0].mask_id).owned().at(slot) for slot in range(3))
            mirrored = Points.of([head, right, left])
            after = {**self.anchors, (animal, frame): mirrored if mirrored.joints else None}
            self.do(point_verbs.mirror_points(self.project, animal, frame), after)

    @rule(animal=ANIMALS, frame=FRAMES, presence=st.sampled_from(Presence))
    def say_presence(self, animal, frame, presence):
        seen = pending.shown(self.project, animal, frame)
        shown = Points() if seen is None else self.project.points(seen[0].mask_id)
        if presence in ABSENT or shown.joints:
            points = Points() if presence in ABSENT else shown.owned()
            edit = verbs.set_presence(self.project, animal, frame, presence)
            self.do(edit, {**self.anchors, (animal, frame): points})

    @rule(animal=ANIMALS, frame=FRAMES)
    def confirm(self, animal, frame):
        seen = pending.shown(self.project, animal, frame)
        if seen is not None:
            points = self.project.points(seen[0].mask_id).owned()
            self.do(verbs.confirm(self.project, [animal], [frame]), {**self.anchors, (animal, frame): points})

    @rule(frame=FRAMES)
    def swap(self, frame):
        after = {key: points for key, points in self.anchors.items() if key[1] < frame}
        for mine, other in ((1, 2), (2, 1)):
            for at in range(frame, N_FRAMES):
                seen = pending.shown(self.project, other, at)
                points = self.anchors.get((other, at))
                if at == frame and at not in (0, N_FRAMES - 1) and seen is not None:
                    points = self.project.points(seen[0].mask_id).owned()
                after[mine, at] = points
        self.do(identity.swap_objects(self.project, 1, 2, range(frame, N_FRAMES)), after)

    @rule(verb=st.sampled_from([verbs.accept, verbs.reject]))
    def review(self, verb):
        self.do(verb(self.project, None, None), self.anchors)

    @rule(points=PLACED, confidence=st.sampled_from([0.25, 0.5]))
    def run(self, points, confidence):
        stretches = pending.stretches(self.project, [1, 2], range(N_FRAMES), "both", "all")
        if stretches:
            run = self.project.begin_run("learned", "both", "normal", stretches)
            unsure = Points.of(None if joint is None else joint._replace(confidence=0.5) for joint in points.joints)
            results = [
                replace(carried(stretch.object_id, frame, unsure), confidence=confidence)
                for stretch in stretches
                for frame in range(stretch.first, stretch.last + 1)
            ]
            edit, _ = self.project.add_results(run.run_id, results)
            self.project.end_run(run.run_id, RunState.FINISHED)
            self.steps.append((edit, self.anchors))

    @precondition(lambda self: self.steps)
    @rule()
    def undo(self):
        edit, self.anchors = self.steps.pop()
        self.project.apply(edit.inverse())

    @rule(patience=st.integers(0, 2))
    def reopen(self, patience):
        if patience == 0:
            before = snapshot(self.project)
            self.project.close()
            self.project = Project.open(self.project.path)
            assert snapshot(self.project) == before
            self.steps, self.first = [], before

    @invariant()
    def what_a_person_placed_is_there(self):
        if hasattr(self, "project"):
            assert self.anchors == {
                (animal, frame): self.project.points(label.mask_id)
                for animal in (1, 2)
                for frame, label in self.project.labels_of(animal).items()
                if label.provenance is Provenance.ANCHOR
            }

    def teardown(self):
        if hasattr(self, "project"):
            while self.steps:
                self.undo()
            assert snapshot(self.project) == self.first
            self.project.close()
            shutil.rmtree(self.folder)


TestPointsHistory = PointsHistory.TestCase
TestPointsHistory.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, derandomize=True, phases=[Phase.generate]
)
