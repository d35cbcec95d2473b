"""What is seen of tubes on the canvas: those that are looked at, and no others."""

import pytest

from tests.app.finding import findings
from tests.widgets.tubes import give_mask, put_tubes

__all__ = ["findings"]  # a fixture


@pytest.fixture
def tubes(canvas, workspace, findings):
    return put_tubes(workspace)


def look(canvas):
    return canvas.grab().toImage()


def test_only_what_is_selected_or_pointed_at_is_drawn(canvas, workspace, tubes):
    ghosts, plain = workspace.proposer.ghosts, look(canvas)
    ghosts.point(tubes[0].ghost_id)
    pointed = look(canvas)
    assert pointed != plain
    ghosts.point(None)
    assert look(canvas) == plain
    ghosts.select((tubes[0].ghost_id,))
    assert look(canvas) not in (plain, pointed)  # dashed
    ghosts.select(())
    assert look(canvas) == plain


def test_the_one_under_the_pointer_lies_on_top_and_is_drawn_once(canvas, workspace, tubes):
    ghosts = workspace.proposer.ghosts
    ghosts.select((tubes[0].ghost_id, tubes[2].ghost_id))
    ghosts.point(tubes[0].ghost_id)
    assert list(canvas.layers.tubes.looked_at()) == [tubes[2], tubes[0]]


def test_a_tube_that_is_away_is_not_drawn(canvas, workspace, tubes):
    plain = look(canvas)
    assert not tubes[1].tube.is_there[workspace.view.frame]
    workspace.proposer.ghosts.point(tubes[1].ghost_id)
    assert look(canvas) == plain


def test_its_mask_is_seen_as_soon_as_it_is_made(canvas, workspace, tubes):
    workspace.proposer.ghosts.select((tubes[0].ghost_id,))
    box = look(canvas)
    give_mask(workspace, tubes[0], 0)
    assert look(canvas) != box
    assert not canvas.layers.masks.shown  # tools see labels only
