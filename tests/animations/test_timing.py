import numpy as np
import pytest
from manim import ApplyMethod, Circle, Dot, Line, MathTex, VGroup, linear, there_and_back

from nnviz.animations import CreateThenErase, staggered, write


def progress(run_time, share, alpha, n=5):
    """How far each of n members has come at a part of the whole time."""
    dots = VGroup(*(Dot() for _ in range(n)))
    animation = staggered(
        ApplyMethod,
        dots,
        lambda d: (d.shift, [1, 0, 0]),
        run_time=run_time,
        share=share,
        rate_func=linear,
    )
    assert animation.run_time == run_time
    animation.begin()
    animation.interpolate(alpha)
    return np.array([d.get_center()[0] for d in dots])


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.6, 1.0])
def test_starts_are_evenly_spread_and_each_takes_its_share(share, alpha):
    starts = np.linspace(0, 1 - share, 5)
    wanted = ((alpha - starts) / share).clip(0, 1)
    assert progress(3.0, share, alpha) == pytest.approx(wanted, abs=1e-9)


def test_one_member_takes_all_the_time():
    assert progress(2.0, 0.5, 0.5, n=1) == pytest.approx([0.5])


def test_rate_function_is_each_members_own():
    dots = VGroup(Dot(), Dot())
    animation = staggered(
        ApplyMethod, dots, lambda d: (d.shift, [1, 0, 0]), rate_func=there_and_back
    )
    animation.begin()
    animation.interpolate(0.25)
    assert dots[0].get_center()[0] == pytest.approx(1)
    assert dots[1].get_center()[0] == pytest.approx(0)


def test_bad_shares_and_empty_groups_are_named():
    with pytest.raises(ValueError, match="share must be"):
        staggered(ApplyMethod, [Dot()], share=0)
    with pytest.raises(ValueError, match="no members"):
        staggered(ApplyMethod, VGroup())


@pytest.mark.parametrize(("glyphs", "seconds"), [(4, 1), (5, 2), (14, 2), (15, 3)])
def test_writing_takes_longer_for_longer_texts(glyphs, seconds):
    assert write(MathTex("a" * glyphs)).run_time == seconds
    assert write(MathTex("a" * glyphs), run_time=7).run_time == 7


def test_a_flash_is_drawn_by_a_third_and_erased_from_two_thirds():
    line = Line([0, 0, 0], [3, 0, 0])
    flash = CreateThenErase(line, rate_func=linear)
    flash.begin()
    for alpha, left, right in [(1 / 6, 0, 1.5), (1 / 3, 0, 3), (0.5, 0, 3), (5 / 6, 1.5, 3)]:
        flash.interpolate(alpha)
        assert (line.get_start()[0], line.get_end()[0]) == pytest.approx((left, right), abs=1e-6)


def test_a_flash_leaves_its_mobject_whole():
    from manim import Scene

    circle = Circle()
    points = circle.points.copy()
    scene = Scene(skip_animations=True)
    scene.play(CreateThenErase(circle))
    assert circle.points == pytest.approx(points)
    assert circle not in scene.mobjects
