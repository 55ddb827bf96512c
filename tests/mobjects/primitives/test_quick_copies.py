import copy

import numpy as np
import pytest
from manim import RIGHT, Circle, Dot, Line, MathTex, Mobject

from nnviz._copying import deep_copy
from nnviz._manim import PatchPoint, patched
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly


class QuickLine(CopiesQuickly, Line):
    pass


class QuickCircle(CopiesQuickly, Circle):
    pass


@pytest.mark.parametrize("kinds", [(QuickLine, Line), (QuickCircle, Circle)])
def test_a_quick_copy_holds_what_manims_copy_holds(kinds):
    quick, plain = (kind(color="#123456", stroke_width=3).copy() for kind in kinds)
    assert quick.__dict__.keys() == plain.__dict__.keys()
    for name, value in plain.__dict__.items():
        if name not in ("original_id", "name"):
            np.testing.assert_equal(quick.__dict__[name], value)


def test_while_rendering_all_copies_are_quick_and_hold_what_manims_hold():
    formula = MathTex("C_0", "= 2").add_updater(lambda m: m)
    formula.generate_target()
    plain = formula.copy()
    with patched(PatchPoint.COPY, deep_copy):
        quick = formula.copy()
    assert Mobject.__deepcopy__ is not deep_copy
    for one, other in zip(quick.get_family(), plain.get_family(), strict=True):
        assert type(one) is type(other)
        assert one.__dict__.keys() == other.__dict__.keys()
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.fill_rgbas, other.fill_rgbas)
    for part in (*quick.get_family(), *quick.target.get_family()):
        part.points += 1
        part.fill_rgbas[:] = 0.5
    np.testing.assert_array_equal(formula[0][0].points, plain[0][0].points)
    assert formula.target[0][0].get_fill_opacity() == 1


def test_a_quick_copy_shares_nothing_that_changes():
    line = QuickLine()
    line.add(Dot())
    line.add_updater(lambda m: m)
    line.generate_target()
    line.save_state()
    twin = line.copy()
    twin.shift(RIGHT).set_stroke(width=9, opacity=0.5).add(Dot())
    twin.target.shift(RIGHT)
    twin.clear_updaters()
    assert line.get_start() == pytest.approx([-1, 0, 0])
    assert line.get_stroke_opacity() == 1
    assert len(line.submobjects) == 1
    assert line.submobjects[0].get_center() == pytest.approx([0, 0, 0])
    assert line.target.get_start() == pytest.approx([-1, 0, 0])
    assert len(line.updaters) == 1
    assert twin.saved_state is not line.saved_state


def test_parts_that_refer_to_each_other_still_do_in_a_copy():
    line = QuickLine()
    dot = Dot()
    line.add(dot)
    line.marker = dot
    twin = copy.deepcopy(line)
    assert twin.marker is twin.submobjects[0]
    assert twin.marker is not dot
