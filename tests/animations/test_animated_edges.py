"""Animations of edges, as arrays and as parts of arrays, against those of Manim's lines."""

import contextlib
from functools import lru_cache

import manim as mn
import numpy as np
import pytest

from nnviz._manim_arrays import arrays_as_one
from nnviz.animations import CreateThenErase, staggered
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.scene.nn_scene import NNScene

COUNT = 5


def some_edges(count):
    rng = np.random.RandomState(4)
    starts, ends = rng.uniform(-3, 3, (2, count, 3)) * (1.4, 1, 0)
    edges = EdgeArray(starts, ends)
    colors = rng.random_sample((count, 3))
    return edges.set_stroke(colors, rng.uniform(3, 30, count), rng.uniform(0.4, 1, count))


def an_array(kind):
    """Return edges, what is on screen with them, and both again as lines."""
    edges = some_edges(COUNT)
    return (edges, edges), (lines := edges.lines(), lines)


def a_part(kind):
    array = some_edges(COUNT + 4)
    part, rest = array[4:], array[:4]
    lines = part.lines()
    # In a scene of ours a part stays within its array, as a group does within a group.
    within = [lines] if kind is NNScene else lines
    return (part, array), (lines, mn.VGroup(*rest.lines(), *within))


def a_scattered_part(kind):
    array, rows = some_edges(COUNT + 4), [7, 1, 4, 2, 8]
    lines = array.lines()
    return (array[rows], array), (mn.VGroup(*(lines[k] for k in rows)), lines)


class Film(list):
    """The frames of one animation, and of what is left on screen after it."""

    def __init__(self, kind, subject, shown, animate):
        film = self

        class Scene(kind):
            def construct(self):
                self.renderer.add_frame = lambda frame, num_frames=1: film.append(frame)
                self.add(mn.Square(fill_color=mn.GREY, fill_opacity=0.5))
                animation = animate(subject)
                builds = isinstance(animation, mn.Animation) and animation.is_introducer()
                if shown and not builds:
                    self.add(shown)
                self.add(mn.Dot(radius=0.5, fill_opacity=0.8))
                self.play(animation)
                self.wait(0.2)

        Scene().render()


def shapes():
    return mn.VGroup(
        mn.Square(fill_color=mn.RED, fill_opacity=0.7),
        mn.VGroup(mn.Dot(radius=0.4), mn.Triangle().shift(mn.UP)),
        mn.Star(color=mn.GREEN).shift(2 * mn.RIGHT),
    )


def moved(edges):
    return edges.copy().shift(mn.UP + mn.LEFT).rotate(1).set_stroke(mn.RED, 12, 0.7)


def restored(edges):
    edges.save_state()
    edges.shift(mn.RIGHT).set_stroke(mn.BLUE, 5, opacity=0.3)
    return mn.Restore(edges)


def written_on_behind(edges):
    edges.set_stroke(mn.BLUE, 30, 0.6, background=True)
    return edges.animate.set_stroke(mn.RED, 2).set_stroke(mn.WHITE, 50, background=True)


ANIMATIONS = {
    "create": mn.Create,
    "create all at once": lambda e: mn.Create(e, lag_ratio=0),
    "uncreate": mn.Uncreate,
    "write": mn.Write,
    "unwrite": mn.Unwrite,
    "draw border": lambda e: mn.DrawBorderThenFill(e, lag_ratio=0.3),
    "fade in": lambda e: mn.FadeIn(e, shift=mn.UP, lag_ratio=0.4),
    "fade out": lambda e: mn.FadeOut(e, scale=0.5, lag_ratio=0.1),
    "fade to": lambda e: mn.FadeToColor(e, mn.RED),
    "passing flash": lambda e: mn.ShowPassingFlash(e, time_width=0.6),
    "passing flash by and by": lambda e: mn.ShowPassingFlash(e, time_width=0.6, lag_ratio=0.2),
    "create then erase": lambda e: CreateThenErase(e, lag_ratio=0.3),
    "indicate": mn.Indicate,
    "grow": mn.GrowFromCenter,
    "spin in": mn.SpinInFromNothing,
    "shrink": mn.ShrinkToCenter,
    "rotate": lambda e: mn.Rotate(e, 2),
    "rotating": lambda e: mn.Rotating(e, angle=2, run_time=1),
    "wave": mn.ApplyWave,
    "transform": lambda e: mn.Transform(e, moved(e)),
    "transform by and by": lambda e: mn.Transform(e, moved(e), lag_ratio=0.3),
    "transform on an arc": lambda e: mn.Transform(e, moved(e), path_arc=2, lag_ratio=0.3),
    "replace": lambda e: mn.ReplacementTransform(e, moved(e)),
    "from copy": lambda e: mn.TransformFromCopy(e, moved(e)),
    "into one": lambda e: mn.Transform(e, mn.Circle(fill_opacity=0.5)),
    "into more": lambda e: mn.Transform(e, some_edges(COUNT + 3).lines()),
    "into fewer": lambda e: mn.Transform(e, some_edges(COUNT - 2).lines()),
    "into shapes": lambda e: mn.Transform(e, shapes()),
    "replaced by shapes": lambda e: mn.ReplacementTransform(e, shapes()),
    "a copy into shapes": lambda e: mn.ReplacementTransform(e.copy(), shapes(), lag_ratio=0.2),
    "out of shapes": lambda e: mn.ReplacementTransform(shapes(), e.copy()),
    "out of one": lambda e: mn.ReplacementTransform(mn.Circle(), e.copy()),
    "shift": lambda e: e.animate.shift(mn.RIGHT),
    "scale": lambda e: e.animate(lag_ratio=0.5).scale(0.4, scale_stroke=True),
    "colour": lambda e: e.animate.set_color(mn.GREEN),
    "opacity": lambda e: e.animate.set_opacity(0.2),
    "fade": lambda e: e.animate.fade(0.6),
    "stroke": lambda e: e.animate(lag_ratio=0.2).set_stroke(mn.RED, 30, 0.3),
    "background": written_on_behind,
    "restore": restored,
    "maps": lambda e: e.animate.apply_function(lambda p: p + 0.1 * p[0] ** 2 * mn.UP),
    "one by one": lambda e: mn.LaggedStartMap(mn.FadeToColor, e, lambda m: (m, mn.RED)),
    "staggered": lambda e: staggered(mn.Indicate, list(e), run_time=1),
    "wiggle": mn.Wiggle,
    "wiggle by and by": lambda e: mn.Wiggle(e, scale_value=2, lag_ratio=0.3),
    "wiggle among others": lambda e: mn.Wiggle(mn.VGroup(mn.Square(), e, mn.Dot(mn.UL))),
    "wiggle about points": lambda e: mn.Wiggle(
        e, scale_about_point=mn.UP, rotate_about_point=mn.RIGHT
    ),
    "created one after the other": lambda e: mn.LaggedStart(*map(mn.Create, e), run_time=1),
    "faded one after the other": lambda e: mn.LaggedStart(
        *(mn.FadeOut(edge, shift=mn.UP) for edge in e), lag_ratio=0.3
    ),
    "moved one after the other": lambda e: mn.LaggedStart(
        *(edge.animate.shift(mn.UP) for edge in e), lag_ratio=0.3
    ),
    "shown one after the other": lambda e: mn.ShowIncreasingSubsets(mn.VGroup(*e)),
    "two swapped": lambda e: mn.Swap(e[0], e[1]),
    "grow from a point": lambda e: mn.GrowFromPoint(e, mn.UP),
    "along a path": lambda e: mn.MoveAlongPath(e, mn.Circle()),
    "matrix": lambda e: mn.ApplyMatrix([[1, 1], [0, 1]], e),
    "homotopy": lambda e: mn.Homotopy(lambda x, y, z, t: (x + t, y + t * x / 3, z), e),
    "fade into": lambda e: mn.FadeTransform(e, moved(e)),
    "becomes": lambda e: e.animate.become(moved(e)),
    "shift and write": lambda e: mn.AnimationGroup(e.animate.shift(mn.UP), mn.Write(mn.Square())),
    "in a group": lambda e: mn.FadeOut(mn.VGroup(mn.Square(), e), lag_ratio=0.3),
}


def assert_films_are_equal(film, wanted):
    assert len(film) == len(wanted) > 3
    for k, (frame, like) in enumerate(zip(film, wanted, strict=True)):
        difference = np.abs(frame.astype(int) - like)
        assert difference.max() == 0, f"frame {k}: {(difference > 0).sum()} values"


@lru_cache(maxsize=4)  # as many tests in a row ask for one
def film_of_lines(case, kind, name):
    _, (lines, shown) = case(kind)
    return Film(kind, lines, shown, ANIMATIONS[name])


@contextlib.contextmanager
def edge_by_edge():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnviz._manim_arrays.arrays_as_one", contextlib.nullcontext)
        yield


#: Manim's scenes as they are and as our renderer has them, and ours, as they are and edge by edge.
SCENES = {
    "slowly": (mn.Scene, contextlib.nullcontext),
    "as one": (mn.Scene, arrays_as_one),
    "ours": (NNScene, contextlib.nullcontext),
    "ours, edge by edge": (NNScene, edge_by_edge),
}


@pytest.mark.every(16)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("case", [an_array, a_part])
@pytest.mark.parametrize("name", ANIMATIONS)
def test_frames_are_those_of_lines(name, case, scene):
    kind, counting = SCENES[scene]
    (edges, shown), _ = case(kind)
    with counting():
        film = Film(kind, edges, shown, ANIMATIONS[name])
    assert_films_are_equal(film, film_of_lines(case, kind, name))


@pytest.mark.parametrize("name", ["shift", "stroke", "background", "transform", "maps"])
def test_a_part_moves_between_its_neighbours(name):
    (edges, shown), _ = a_scattered_part(NNScene)
    film = Film(NNScene, edges, shown, ANIMATIONS[name])
    assert_films_are_equal(film, film_of_lines(a_scattered_part, NNScene, name))


@pytest.mark.parametrize("case", [an_array, a_part, a_scattered_part])
@pytest.mark.parametrize("animation", [mn.FadeIn, mn.Create, CreateThenErase])
def test_edges_start_one_after_the_other_as_mobjects_do(animation, case):
    (edges, shown), (lines, _) = case(NNScene)
    for share in (0.3, 1):
        film = Film(NNScene, edges, shown, lambda e, s=share: staggered(animation, e, share=s))
        wanted = Film(NNScene, lines, lines, lambda e, s=share: staggered(animation, e, share=s))
        assert len(film) == len(wanted)
        assert all(map(np.array_equal, film, wanted))


def test_edges_among_others_start_one_by_one_if_asked_to():
    def film(first, last, **options):
        members = [*first, mn.VGroup(mn.Square(), mn.Star()), *last]
        return Film(NNScene, None, None, lambda _: staggered(mn.FadeIn, members, **options))

    first, last = some_edges(5), some_edges(9)[5:]
    together = film([first], [last], edge_by_edge=True)
    one_by_one = film(first.lines(), last.lines())
    assert len(together) == len(one_by_one) > 5
    assert all(map(np.array_equal, together, one_by_one))
    assert not all(map(np.array_equal, film([first], [last]), one_by_one))
