"""Joints come in the skeleton's order; what is skipped comes last, and round again."""

import pytest

from app.project.skeleton import SkeletonJoint
from widgets.canvas.tools.joint_order import JointOrder

JOINTS = [SkeletonJoint(name, (0, 0, 0), slot) for slot, name in ((4, "head"), (2, "hand"), (9, "foot"))]


@pytest.fixture
def order():
    return JointOrder()


def followed(order, missing, step, n_steps):
    """Return what is next before each of some steps."""
    names = []
    for _ in range(n_steps):
        names.append(order.next(missing).name)
        step(missing)
    return names


def test_skipping_goes_round_and_round(order):
    assert followed(order, JOINTS, order.skip, 7) == ["head", "hand", "foot", "head", "hand", "foot", "head"]


def test_skipping_back_goes_round_the_other_way(order):
    assert followed(order, JOINTS, order.skip_back, 4) == ["head", "foot", "hand", "head"]


def test_what_was_skipped_comes_when_the_others_are_placed(order):
    order.skip(JOINTS)
    assert order.next(JOINTS).name == "hand"
    assert order.next(JOINTS[:1]).name == "head"
    assert order.next([]) is None


def test_a_joint_that_is_gone_to_is_next_until_it_is_placed_and_cleared_order_begins_anew(order):
    order.go_to(9, JOINTS)
    assert order.next(JOINTS).name == "foot"
    assert order.next(JOINTS[:2]).name == "head"
    order.clear()
    assert order.next(JOINTS).name == "head"


def test_with_nothing_missing_skipping_does_nothing(order):
    order.skip([])
    order.skip_back([])
    assert order.next(JOINTS).name == "head"
