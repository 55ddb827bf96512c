"""Diffusion in the plane: a network says what is noise, and step by step points become a spiral.

The network is trained to tell the noise in a noisy point (denoising score matching: P. Vincent,
2011; as the noise of a diffusion: J. Ho, A. Jain and P. Abbeel, 2020). New points follow the
probability-flow equation dx/dσ = ε(x, σ) of Y. Song and others, 2021, from much noise to none, in
Euler's steps (those of J. Song, C. Meng and S. Ermon, 2021, and of T. Karras and others, 2022).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    AnimationGroup,
    Arrow,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    Line,
    ManimColor,
    Succession,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    Wait,
    linear,
)
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from nnviz import FeedForward
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.arrows import arrow
from nnviz.mobjects.primitives.baselines import put_on_a_line
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import BLUE, GREY, ORANGE, TEAL, WHITE, stroke
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import pretrained
from nnviz.scene import ToldScene

FloatArray = NDArray[np.float64]

#: Points, and noise levels on the way from the most to none.
N_POINTS = 200
LEVELS = (*np.geomspace(1.0, 0.02, 24), 0.0)
#: The level down to which the field is shown.
SHARP = 0.15
#: How far noise of level 1 makes points of the spiral spread: the deviation of each coordinate.
SPREAD = 1.44
#: Where the plane's origin is on screen, and the length of its unit, in scene units.
ORIGIN, UNIT = np.array([-2.7, 0.0, 0.0]), 0.85
#: Half the sides of the grid of arrows, in units of the plane, and arrows a unit.
REACH, DENSE = (4.7, 3.15), 3.2
#: An arrow's length for noise of size 1, in units of the plane, and its width over the length.
LENGTH, SLIM = 0.24, 0.28
#: Colours of points, of the noise that was added, and of what the network says.
DATA, NOISE, SAID = BLUE, ORANGE, TEAL
#: What stands at the right of the plane: its middle.
ASIDE = 4.5


def spiral(t: ArrayLike) -> FloatArray:
    """Return points of the spiral, shape (n, 2).

    Parameters
    ----------
    t : array_like
        From 1/4, the inner end, to 1, the outer one.
    """
    t = np.asarray(t, dtype=float)
    return 2 * t[:, None] * np.column_stack([np.cos(3 * np.pi * t), np.sin(3 * np.pi * t)])


def on_screen(points: ArrayLike) -> FloatArray:
    """Return where points of the plane are on screen, shape (n, 3)."""
    flat = np.asarray(points, dtype=float)
    return ORIGIN + UNIT * np.column_stack([flat, np.zeros(len(flat))])


def coordinates(point: FloatArray) -> list[str]:
    """Return the coordinates of a point or a vector, written."""
    return [
        f"{name} = {value:.2f}".replace("-", "−") for name, value in zip("xy", point, strict=True)
    ]


class Cloud(VMobject):
    """Many points of the plane, as one path of small circles."""

    def __init__(self, points: ArrayLike, color: ManimColor, radius: float = 0.045) -> None:
        super().__init__(fill_color=color, fill_opacity=1, stroke_width=0)
        self._circle = Circle(radius).points
        self.show_points(points)

    def show_points(self, points: ArrayLike) -> Self:
        """Let the points be elsewhere; shape (n, 2), in units of the plane."""
        self.places = np.array(points, dtype=float)
        middles = on_screen(self.places)
        self.points = (middles[:, None] + self._circle).reshape(-1, 3)
        return self


class Field(VMobject):
    """A vector at each place of a grid, as one path of slim triangles."""

    def __init__(self, color: ManimColor) -> None:
        super().__init__(fill_color=color, fill_opacity=0.75, stroke_width=0)
        x, y = (np.arange(-side, side + 0.01, 1 / DENSE) for side in REACH)
        self.places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        self.show_vectors(np.zeros_like(self.places))

    def show_vectors(self, vectors: ArrayLike) -> Self:
        """Show other vectors, shape (n, 2); long ones are shortened so that none meets the next."""
        self.vectors = np.array(vectors, dtype=float)
        size = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        way = LENGTH * self.vectors / np.maximum(1.0, size / 1.2)
        aside = 0.5 * SLIM * np.column_stack([-way[:, 1], way[:, 0]])
        start, tip = self.places - way / 2, self.places + way / 2
        corners = [on_screen(one) for one in (start + aside, tip, start - aside, start + aside)]
        sides = [
            np.stack([a + share * (b - a) for share in (0, 1 / 3, 2 / 3, 1)], axis=1)
            for a, b in pairwise(corners)
        ]
        self.points = np.concatenate(sides, axis=1).reshape(-1, 3)
        return self


class NoiseToData(ToldScene):
    """How does a network make new points out of noise? It says what is noise, and takes it away."""

    colors = {"noise": NOISE, "network": SAID}
    seed = 3181  # one of those with which no point leaves the frame

    def setup(self) -> None:
        super().setup()
        self.network = pretrained("denoise")
        t = np.sqrt(self.rng.uniform(1 / 16, 1, N_POINTS))
        self.data, self.noise = spiral(t), self.rng.randn(N_POINTS, 2)
        self.ways = self.flow(SPREAD * self.rng.randn(N_POINTS, 2))

    def construct(self) -> None:
        self.ask("How does a network draw new points out of noise?")
        self.show_data()
        self.add_noise()
        self.ask_the_network()
        self.show_field()
        self.begin_with_noise()
        self.follow_the_arrows()
        self.compare()

    # --- what the engine says

    def noise_said(self, points: ArrayLike, level: float) -> FloatArray:
        """Return what noise the network says that points have, shape (n, 2)."""
        points = np.asarray(points, dtype=float)
        level = max(level, LEVELS[-2])
        return self.network(np.column_stack([points, np.full(len(points), level)]))

    def flow(self, points: FloatArray) -> FloatArray:
        """Return where points are at each noise level, shape (levels, n, 2)."""
        ways = [points]
        for level, following in pairwise(LEVELS):
            points = points + (following - level) * self.noise_said(points, level)
            ways.append(points)
        return np.array(ways)

    @staticmethod
    def distances(points: ArrayLike) -> FloatArray:
        """Return how far points are from the spiral, shape (n,)."""
        line = spiral(np.linspace(0.25, 1, 20_000))
        away: FloatArray = KDTree(line).query(points)[0]
        return away

    # --- what is drawn

    def text(self, text: str, size: float = 26, color: Any = None) -> SansText:
        """Return a text of the picture."""
        return SansText(text, font_size=size, color=color or self.look.text_color)

    def number(self, value: float, size: float = 26, decimals: int = 2) -> QuickDecimalNumber:
        """Return a number that can change."""
        return QuickDecimalNumber(
            value, num_decimal_places=decimals, font_size=size, mob_class=SansText
        )

    def gauge(self, level: float) -> VGroup:
        """Return the noise level: its name, a number, and a bar from 0 to 1."""
        name = self.text("noise level σ", 28, NOISE).move_to((ASIDE, 2.5, 0))
        number = self.number(level, 36).move_to((ASIDE, 1.95, 0))
        rail = Line(
            (ASIDE - 1.2, 1.5, 0), (ASIDE + 1.2, 1.5, 0), color=GREY, stroke_width=stroke(4)
        )
        bar = rail.copy().set_stroke(NOISE, stroke(12))
        return VGroup(name, number, rail, bar)

    def set_level(self, level: float) -> None:
        """Let the gauge show another level."""
        _, number, rail, bar = self.level
        number.set_value(level)
        number.move_to((ASIDE, 1.95, 0))
        start, end = rail.get_start(), rail.get_end()
        bar.put_start_and_end_on(start, start + max(level, 1e-3) * (end - start))

    # --- the script

    def show_data(self) -> None:
        """Show the points that there are."""
        self.cloud = Cloud(self.data, DATA)
        self.tell(
            f"Here are {N_POINTS} points of a spiral. We want new ones like them.",
            FadeIn(self.cloud),
        )

    def add_noise(self) -> None:
        """Let noise grow until no spiral is left."""
        self.level = self.gauge(0.0)
        self.set_level(0.0)
        self.tell("Noise is easy to add: a random step for each point …", FadeIn(self.level))

        def spread(_: Any, share: float) -> None:
            self.cloud.show_points(self.data + share * self.noise)
            self.set_level(share)

        self.tell(
            "… σ times as long. At σ = 1 no spiral is left.",
            UpdateFromAlphaFunc(VGroup(self.cloud, self.level), spread),
            run_time=4,
        )

    def ask_the_network(self) -> None:
        """Show for one point what goes into the network, and what it says."""
        k, level = self.shown_point(), 1.0
        clean, noise = self.data[k], self.noise[k]
        point = clean + level * noise
        said = self.noise_said([point], level)[0]
        self.tell(
            "A network learns to say what the noise was.", self.cloud.animate.set_fill(opacity=0.25)
        )
        one = Cloud([point], self.look.text_color, 0.07)
        picture = NetworkMobject(
            self.network, style=self.look.changed(fit=(3.4, 1.9), max_shown=8)
        ).move_to((ASIDE, -0.2, 0))
        asked = self.row("in:", *coordinates(point), f"σ = {level:.1f}").set_y(1.08)
        self.tell("In goes a point, and how noisy it is …", FadeIn(one, asked, picture))
        answer = self.row("says:", *coordinates(said), color=SAID).set_y(-1.5)
        arrows = VGroup(
            self.arrow(point, point - level * said, SAID), self.arrow(clean, point, NOISE)
        )
        self.tell(
            "… out comes the noise that it should take away.",
            FeedForward(picture, [*point, level]),
            Succession(Wait(1), AnimationGroup(FadeIn(answer), GrowArrow(arrows[0]))),
            run_time=2,
        )
        truth = self.row("was:", *coordinates(noise), color=NOISE).set_y(-2.05)
        self.tell("The noise that was added was this.", GrowArrow(arrows[1]), FadeIn(truth))
        self.tell("It cannot know it exactly. It says the mean of all that may have been.")
        self.hush(one, arrows, asked, answer, truth, picture, self.cloud)

    def shown_point(self) -> int:
        """Return a point with much noise, of which the network says not quite what it is."""
        said = self.noise_said(self.data + self.noise, 1.0)
        size, wrong = (np.linalg.norm(one, axis=1) for one in (self.noise, said - self.noise))
        return int(np.argmax(np.where((wrong > 0.5) & (wrong < 0.7), size, 0.0)))

    def row(self, name: str, *values: str, color: ManimColor | None = None) -> VGroup:
        """Return values with their names in a row, as in a table."""
        columns = ASIDE + np.array([-2.1, -1.15, 0.2, 1.55])
        parts = VGroup(*(self.text(text, 24, color) for text in (name, *values)))
        for part, x in zip(parts, columns, strict=False):
            part.set_x(x, LEFT)
        put_on_a_line(parts)
        return parts

    def arrow(self, start: FloatArray, end: FloatArray, color: ManimColor) -> Arrow:
        """Return an arrow between two points of the plane."""
        return arrow(*on_screen([start, end]), color=color)

    def show_field(self) -> None:
        """Show what the network says everywhere, at one noise level after the other."""
        self.field = Field(SAID)
        self.note = self.text("arrows: against the noise,\nlong ones shortened", 22)
        self.note.move_to((ASIDE, 0.6, 0))
        self.set_field(1.0)
        self.set_level(1.0)
        self.tell(
            "It has an answer at each place. At σ = 1 all arrows lead to the middle …",
            FadeIn(self.field, self.note),
        )

        def fall(_: Any, share: float) -> None:
            level = SHARP**share
            self.set_field(level)
            self.set_level(level)

        line = self.line()
        self.tell(
            "… and the less noise there is, the more they lead to the spiral.",
            UpdateFromAlphaFunc(VGroup(self.field, self.level), fall),
            FadeIn(line),
            run_time=5,
        )
        self.play(FadeOut(line), run_time=0.5)

    def line(self) -> VMobject:
        """Return the spiral that the data lie on."""
        line = VMobject(stroke_color=DATA, stroke_width=stroke(4))
        return line.set_points_smoothly(on_screen(spiral(np.linspace(0.25, 1, 60))))

    def set_field(self, level: float) -> None:
        """Let the field show what the network says at a level."""
        self.field.show_vectors(-self.noise_said(self.field.places, level))

    def begin_with_noise(self) -> None:
        """Draw points that are nothing but noise."""
        self.points_shown = Cloud(self.ways[0], WHITE)

        def rise(_: Any, share: float) -> None:
            level = SHARP ** (1 - share)
            self.set_field(level)
            self.set_level(level)

        self.tell(
            f"Now {N_POINTS} points of nothing but noise, and σ = 1.",
            UpdateFromAlphaFunc(VGroup(self.field, self.level), rise),
            FadeIn(self.points_shown),
            run_time=1.5,
        )

    def follow_the_arrows(self) -> None:
        """Let the points go where the arrows lead, step by step, while the level falls."""
        self.tell(
            "One step: each point goes a bit along its arrow, and σ falls a bit.",
            self.steps(0, 1),
            run_time=2,
        )
        n_steps = len(LEVELS) - 1
        self.tell(
            f"{n_steps} such steps, and each time the network says where to go.",
            self.steps(1, n_steps),
            run_time=8,
        )

    def steps(self, first: int, last: int) -> UpdateFromAlphaFunc:
        """Return an animation of some steps: on the way all goes straight, as Euler's steps do."""

        def go(_: Any, share: float) -> None:
            at = first + share * (last - first)
            step = min(int(at), last - 1)
            rest = at - step
            self.points_shown.show_points(
                self.ways[step] + rest * (self.ways[step + 1] - self.ways[step])
            )
            self.set_field(LEVELS[step])
            self.set_level(LEVELS[step] + rest * (LEVELS[step + 1] - LEVELS[step]))

        moves = VGroup(self.field, self.points_shown, self.level)
        return UpdateFromAlphaFunc(moves, go, rate_func=linear)

    def compare(self) -> None:
        """Lay the spiral over the points, and measure."""
        far = [self.distances(points) for points in (self.ways[0], self.ways[-1])]
        near = int((far[1] < 0.1).sum())
        measured = VGroup(
            self.text("mean distance to the spiral", 24),
            VGroup(self.text("as noise", 24, NOISE), self.number(far[0].mean(), 28, 3)),
            VGroup(self.text("now", 24), self.number(far[1].mean(), 28, 3)),
        )
        for row in measured[1:]:
            row.arrange(RIGHT, buff=0.3)
        measured.arrange(DOWN, buff=0.3).move_to((ASIDE, -0.2, 0))
        self.tell(
            "There is the spiral. None of these points was in the data.",
            FadeOut(self.field, self.note),
            Create(self.line()),
            FadeIn(measured),
            run_time=2,
        )
        self.tell(f"{near} of the {N_POINTS} are nearer than 0.1 to it; the rest got lost.")
        self.tell(f"{self.network.n_parameters:,} learnt numbers do this, one step at a time.")
        self.wait(0.5)
