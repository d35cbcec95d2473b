"""What has leaked into an object is told by the anchors, as far as they know it."""

import numpy as np

from engines.propagation.anchor_check import anchor_odds

ROWS, COLUMNS = 20, 30
EVERYWHERE = np.ones((ROWS, COLUMNS), bool)


def block(left, right):
    cells = np.zeros((ROWS, COLUMNS), bool)
    cells[5:15, left:right] = True
    return cells


OBJECT, LEAK = block(3, 13), block(13, 16)
THOUGHT = OBJECT | LEAK


def votes(of_object, elsewhere=0.05):
    return np.where(OBJECT, of_object, elsewhere).astype(np.float32)


def test_a_leak_is_spoken_against_and_the_object_for():
    odds = anchor_odds(votes(0.9), EVERYWHERE, THOUGHT, EVERYWHERE)
    assert odds[7:13, 14:].max() < -0.5
    assert odds[7:13, 5:11].min() > 0.5


def test_votes_count_by_how_the_object_does_on_this_frame():
    """Half the votes of what the object has elsewhere still speak for it where its surroundings have none."""
    odds = anchor_odds(votes(0.6, 0.0), EVERYWHERE, THOUGHT, EVERYWHERE)
    assert odds[7:13, 5:11].min() > 0.5


def test_anchors_that_know_the_object_no_more_say_nothing():
    assert not anchor_odds(votes(0.15), EVERYWHERE, THOUGHT, EVERYWHERE).any()


def test_nothing_is_said_where_nobody_was_asked_or_there_is_no_object():
    nowhere = np.zeros_like(EVERYWHERE)
    assert not anchor_odds(votes(0.9), nowhere, THOUGHT, EVERYWHERE).any()
    assert not anchor_odds(votes(0.9), EVERYWHERE, nowhere, EVERYWHERE).any()
    odds = anchor_odds(votes(0.9), EVERYWHERE, THOUGHT, block(0, 20))
    assert not odds[:, 22:].any()


def test_cells_that_were_not_asked_follow_their_neighbours():
    thinned = np.zeros_like(EVERYWHERE)
    thinned[::2, ::2] = True
    odds = anchor_odds(votes(0.9), thinned, THOUGHT, EVERYWHERE)
    assert odds[7:13, 5:11].min() > 0.5
    assert odds[7:13, 17:].max() < -0.5
