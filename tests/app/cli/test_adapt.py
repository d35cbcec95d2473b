"""The verb `adapt`: what the window learns while the person thinks, on the same project file."""

import pytest

from app.cli import learning
from app.opening import open_clip_with_project
from app.project import verbs
from app.project.project import Project
from app.tasks.adapt import Learned, Trial, Verdict
from engines.labels.rle import RleMask
from tests.app.clips import square, write_frames


@pytest.fixture
def work(tmp_path):
    """A project with one object that has anchors on frames 0 and 5."""
    opened = open_clip_with_project(write_frames(tmp_path / "clip"))
    project = opened.project
    project.apply(verbs.add_object(project))
    for frame in (0, 5):
        mask = RleMask.encode(square(frame))
        project.apply(verbs.paint_mask(project, 1, frame, mask, exclusive_over=False))
    project.save_as(tmp_path / "work.throughline")
    project.close()
    return tmp_path / "work.throughline"


@pytest.fixture
def teaches(monkeypatch):
    """Let learning end with these IoUs of a left-out anchor."""

    def use(before, after):
        def adapt(_clip, run, engines):
            assert {anchor.frame for anchor in run.anchors} == {0, 5}
            yield 0.25
            yield 0.9
            weights = engines.weights_of(run.engine, run.weights).fingerprint
            return Learned(Verdict((Trial(1, 0, before, after),), 1.0), weights, b"a map")

        monkeypatch.setattr(learning, "adapt", adapt)

    return use


def kept(work, facts):
    with Project.open(work) as project:
        return project.learned(facts["weights_fingerprint"])


def test_what_helps_is_kept_in_the_project_and_what_does_not_is_discarded(run, work, teaches):
    teaches(0.8, 0.9)
    answer = run("adapt", work, "--json")
    assert answer.code == 0
    assert answer.facts["taken"] is True
    assert kept(work, answer.facts).data == b"a map"
    assert "taken in" in kept(work, answer.facts).told
    teaches(0.8, 0.7)
    answer = run("adapt", work)
    assert answer.out.strip() == "IoU on 1 left-out anchor .800 → .700: no better, discarded."
    assert kept(work, run("adapt", work, "--json").facts) is None


def test_it_is_forgotten_when_asked(run, work, teaches):
    teaches(0.8, 0.9)
    facts = run("adapt", work, "--json").facts
    assert run("adapt", work, "--forget", "--json").facts["forgotten"] is True
    assert kept(work, facts) is None
    assert "was nothing" in run("adapt", work, "--forget").out


def test_labels_stay_as_they_are(run, work, teaches):
    with Project.open(work) as project:
        before = {frame: label.mask_id for frame, label in project.labels_of(1).items()}
    teaches(0.8, 0.9)
    run("adapt", work)
    with Project.open(work) as project:
        assert {frame: label.mask_id for frame, label in project.labels_of(1).items()} == before


def test_one_anchor_is_refused_in_a_sentence(run, work):
    with Project.open(work) as project:
        project.apply(verbs.clear_label(project, 1, 5))
    answer = run("adapt", work)
    assert answer.code == 1
    assert "two anchors of one object" in answer.err
