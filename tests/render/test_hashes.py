"""Hashes of plays follow what is seen, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import manim as mn
import pytest
from manim.utils import hashing
from manim.utils.hashing import get_json

from nnviz.render.hashes import quick_hashes


def picture() -> mn.VGroup:
    return mn.VGroup(mn.MathTex("x", "=2"), mn.Square(color=mn.RED), mn.DecimalNumber(0.5))


def hashed(mobject: mn.Mobject) -> str:
    with quick_hashes():
        return get_json(mobject)


def test_the_same_made_twice_has_one_hash() -> None:
    # Manim counts formulas: two of them are told apart, whatever they say.
    assert hashed(picture()[1:]) == hashed(picture()[1:])
    group = picture()
    assert hashed(group) == hashed(group.copy())


CHANGES: dict[str, Callable[[mn.VGroup], object]] = {
    "a point": lambda group: group[0][0][0].points.__setitem__((3, 0), 0.1),
    "a colour": lambda group: group[1].set_stroke(mn.BLUE),
    "a width": lambda group: group[1].set_stroke(width=5),
    "a joint": lambda group: setattr(group[1], "joint_type", mn.LineJointType.ROUND),
    "another kind": lambda group: group.submobjects.__setitem__(1, mn.Circle(color=mn.RED)),
    "a member": lambda group: group.add(mn.Dot()),
    "the order": lambda group: group.submobjects.reverse(),
    "an updater": lambda group: group[2].add_updater(lambda m: m.shift(mn.UP)),
    "what it turns into": lambda group: group[1].generate_target().shift(mn.UP),
    "something deep in an attribute": lambda group: setattr(group[1], "notes", {"a": [1, 2]}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_changes_it(change: Callable[[mn.VGroup], object]) -> None:
    group = picture()
    before = hashed(group)
    change(group)
    assert hashed(group) != before


def test_manims_own_hashing_comes_back() -> None:
    plain = hashing._CustomEncoder.default
    with quick_hashes():
        assert hashing._CustomEncoder.default is not plain
    assert hashing._CustomEncoder.default is plain
