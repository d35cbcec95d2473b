import sqlite3
from contextlib import closing

import numpy as np
import pytest

from app.errors import UserError
from app.project import colour_verbs
from app.project.colour_draft import ColourAnswer, ColourDraft, ColourHint, ColourMix, draft_from_json
from app.project.model import Kind
from app.project.project import Project
from engines.labels.rle import RleMask
from tests.app.project.material import CLIP, add_object

REGION = RleMask.encode(np.eye(6, 8, dtype=bool))
DRAFT = ColourDraft(
    ColourAnswer("sample", seed=3, number=2),
    (ColourMix(ColourAnswer("reference", path="/pictures/old ä.png"), REGION),),
    (ColourHint(((1.5, 2.0),), (40.25, -3.0)), ColourHint(((0, 0), (7, 5)), (0, 1), 4, 0.1, 2)),
)


@pytest.mark.parametrize("draft", [ColourDraft(), DRAFT])
def test_what_was_asked_for_comes_back(draft):
    assert draft_from_json(draft.to_json(), (8, 6)) == draft


def test_all_answers_are_named():
    assert [answer.kind for answer in DRAFT.answers] == ["sample", "reference"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"answer":["magic",0,0,-1,""],"mixes":[],"hints":[]}',
        '{"answer":["grey",0,0,-1,7],"mixes":[],"hints":[]}',
        '{"answer":["grey",0.5,0,-1,""],"mixes":[],"hints":[]}',
        '{"answer":["grey",0,0,-1,""],"mixes":[[["grey",0,0,-1,""],"!!"]],"hints":[]}',
        '{"answer":["grey",0,0,-1,""],"mixes":[],"hints":[[[],[0,0],1,0.3,0]]}',
        '{"answer":["grey",0,0,-1,""],"mixes":[],"hints":[[[[NaN,0]],[0,0],1,0.3,0]]}',
        '{"answer":["grey",0,0,-1,""],"mixes":[],"hints":[[[[0,0]],[0,0],1,0,0]]}',
        '{"answer":["grey",0,0,-1,""],"mixes":[],"hints":[[[[0,0]],[0,0],0,0.3,0]]}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="make no sense"):
        draft_from_json(text, (8, 6))


def test_a_region_of_another_size_is_refused():
    with pytest.raises(ValueError, match="make no sense"):
        draft_from_json(DRAFT.to_json(), (9, 6))


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "a.throughline", CLIP) as made:
        yield made


def test_a_draft_is_an_edit_that_can_be_taken_back(project):
    edit = colour_verbs.change_draft(project, 3, ColourDraft(), "colour")
    assert 3 in project.apply(edit).frames
    assert project.colour_drafts == {3: ColourDraft()}
    assert not colour_verbs.change_draft(project, 3, ColourDraft(), "colour")
    project.apply(edit.inverse())
    assert project.colour_drafts == {}


def test_an_edit_of_a_draft_that_has_changed_since_does_not_fit(project):
    edit = colour_verbs.change_draft(project, 3, ColourDraft(), "colour")
    project.apply(edit)
    with pytest.raises(ValueError, match="colours asked for on frame 3"):
        project.apply(edit)
    with pytest.raises(ValueError, match="frame 10 of a clip of 10"):
        project.apply(colour_verbs.change_draft(project, 10, ColourDraft(), "colour"))


def test_drafts_are_there_again_when_the_project_is_opened(project):
    region = RleMask.encode(np.ones((CLIP.height, CLIP.width), bool))
    draft = ColourDraft(ColourAnswer("grey"), (ColourMix(ColourAnswer(), region),), DRAFT.hints)
    for frame in (0, 2):
        project.apply(colour_verbs.change_draft(project, frame, draft, "colour"))
    project.apply(colour_verbs.change_draft(project, 2, None, "clear"))
    project.close()
    with Project.open(project.path) as again:
        assert again.colour_drafts == {0: draft}


def test_a_file_with_a_draft_that_makes_no_sense_is_not_opened(project):
    project.apply(colour_verbs.change_draft(project, 0, ColourDraft(), "colour"))
    project.close()
    with closing(sqlite3.connect(project.path)) as file, file:
        file.execute("UPDATE colour_drafts SET draft = '{}'")
    with pytest.raises(UserError, match="colour hints make no sense"):
        Project.open(project.path)


def test_the_object_of_colour_is_the_selected_one_or_the_first(project):
    assert colour_verbs.colour_object(project, None) is None
    add_object(project)
    first, second = (add_object(project, kind=Kind.COLOUR) for _ in range(2))
    assert colour_verbs.colour_object(project, None).object_id == first
    assert colour_verbs.colour_object(project, 1).object_id == first
    assert colour_verbs.colour_object(project, second).object_id == second
