"""Real steps down a real cost surface: careful ones by the gradient, hasty ones by mini-batches."""

from abc import ABC
from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UL,
    UP,
    Animation,
    ChangingDecimal,
    Dot,
    FadeIn,
    ManimColor,
    Rectangle,
    Tex,
    UpdateFromAlphaFunc,
    VGroup,
    linear,
    smooth,
)
from numpy.typing import NDArray

from nnviz import mnist
from nnviz.animations import Descend
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.cost_surface import CostSurface
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import LIGHT_GREY, RED, WHITE, YELLOW
from nnviz.network import Network, ParameterPlane, one_hot, pretrained
from nnviz.scene.nn_scene import NNScene


class CostScene(NNScene, ABC):
    """Descents of a network of 13,002 weights and biases, by the first of MNIST's examples."""

    n_examples: ClassVar[int] = 500

    def setup(self) -> None:
        super().setup()
        train = mnist.load().train
        self.x = train.images[: self.n_examples]
        self.y = one_hot(train.labels[: self.n_examples])

    def costs_of(self, networks: Iterable[Network]) -> list[float]:
        return [network.cost(self.x, self.y) for network in networks]


class TODOInsertStepsDownCostSurface(CostScene):
    """The cost over two of 13,002 directions, and real steps down its gradient on this surface."""

    plane_seed = 1
    start = (-0.9, 0.8)
    learning_rate = 0.02
    n_steps = 32
    span = (-1.2, 1.2)

    def construct(self) -> None:
        self.show_surface()
        self.take_steps()
        self.look_around()

    def show_surface(self) -> None:
        origin = pretrained()
        self.plane = ParameterPlane.random(origin, self.plane_seed)
        self.surface = CostSurface(
            self.plane,
            self.x,
            self.y,
            width=9.0,
            height=3.2,
            azimuth=-55,
            elevation=20,
            spans=(self.span, self.span),
            label_height=0.24,
            writing=Tex,
        )
        self.surface.move_to(0.5 * DOWN)
        count = f"{origin.n_parameters:,}".replace(",", "{,}")
        note = Tex(f"2 of {count} directions").scale(0.8).to_corner(UL, buff=0.5)
        self.play(FadeIn(self.surface), FadeIn(note))
        self.play(self.surface.animate.turn(azimuth=-30), run_time=3)

    def take_steps(self) -> None:
        """Let the network roll down; the number is the engine's cost where the dot is."""
        self.networks = self.descent()
        path = self.surface.path(self.networks, color=YELLOW, dot_radius=0)
        whole = path.copy()
        costs = self.costs_of(self.networks)
        label = Tex("Cost")
        number = QuickDecimalNumber(costs[0], color=YELLOW).scale(1.2)
        label.scale(1.2)
        counter = VGroup(label, number).arrange(RIGHT, buff=0.3, aligned_edge=DOWN)
        self.counter = counter.to_edge(UP, buff=0.45)
        self.dot = Dot(path.places[0], 0.13, color=WHITE)
        self.surface.remove(path)
        self.play(FadeIn(self.dot, scale=2), FadeIn(counter))
        self.wait()
        self.surface.add(path)
        self.play(
            Descend(path, self.dot),
            ChangingDecimal(
                number,
                lambda share: float(np.interp(whole.steps_at(share), np.arange(len(costs)), costs)),
                rate_func=smooth,
            ),
            run_time=8,
        )
        self.wait()

    def descent(self) -> list[Network]:
        """Return networks on the plane, each a step down the gradient along its directions."""
        place = np.array(self.start)
        networks = [self.plane.network_at(*place)]
        for _ in range(self.n_steps):
            gradient = networks[-1].backprop(self.x, self.y).flatten()
            place = place - self.learning_rate * self.plane.directions @ gradient
            networks.append(self.plane.network_at(*place))
        return networks

    def look_around(self) -> None:
        self.dot.add_updater(
            lambda dot: dot.move_to(self.surface.point(self.networks[-1])), call_updater=False
        )
        self.play(self.surface.animate.turn(azimuth=-60), run_time=4)
        self.dot.clear_updaters()
        self.wait()


class Descent(NamedTuple):
    """A descent, and how it is told."""

    name: str
    networks: list[Network]
    #: Examples that a step looks at.
    a_step: int
    color: ManimColor

    @property
    def n_looked_at(self) -> int:
        return self.a_step * (len(self.networks) - 1)


class CostMapScene(CostScene, ABC):
    """Two descents from one random network, seen from above, and a bar each of examples."""

    sizes: ClassVar[tuple[int, ...]] = (784, 16, 16, 10)
    batch_size: ClassVar[int] = 10
    learning_rate: ClassVar[float] = 3.0
    careful_steps: ClassVar[int] = 60
    hasty_steps: ClassVar[int] = 100
    margin: ClassVar[float] = 0.12
    #: The left edge of what stands beside the map, and how long the longest bar is.
    column: ClassVar[float] = 1.2
    bar_length: ClassVar[float] = 5.2
    seconds: ClassVar[float] = 12

    def setup(self) -> None:
        super().setup()
        start = Network.random(self.sizes, rng=self.rng)
        everything = np.arange(self.n_examples)
        careful = self.descent(start, [everything] * self.careful_steps)
        hasty = self.descent(start, self.mini_batches(self.hasty_steps))
        self.careful = Descent("Gradient descent", careful, self.n_examples, YELLOW)
        self.hasty = Descent("Stochastic gradient descent", hasty, self.batch_size, RED)
        both = [*careful, *hasty]
        self.plane = ParameterPlane.principal(both, origin=careful[-1])
        self.spans = self.plane.spans(both, self.margin)

    def descent(self, start: Network, batches: Iterable[NDArray[np.int_]]) -> list[Network]:
        networks = [start]
        for batch in batches:
            gradient = networks[-1].backprop(self.x[batch], self.y[batch])
            networks.append(networks[-1].step(gradient, self.learning_rate))
        return networks

    def mini_batches(self, count: int) -> Iterator[NDArray[np.int_]]:
        size = self.batch_size
        while count > 0:
            order = self.rng.permutation(self.n_examples)
            for first in range(0, self.n_examples, size)[:count]:
                yield order[first : first + size]
            count -= self.n_examples // size

    def show_map(self) -> None:
        self.map = CostMap(
            self.plane,
            self.x,
            self.y,
            width=5.6,
            height=5.6,
            spans=self.spans,
            levels=16,
            label_height=0.22,
            writing=Tex,
        )
        self.map.to_edge(LEFT, buff=0.4).set_y(0.25)
        count = f"{self.plane.origin.n_parameters:,}".replace(",", "{,}")
        note = Tex(f"The cost from above, along 2 of {count} directions").scale(0.65)
        note.next_to(self.map, DOWN, buff=0.25).align_to(self.map, LEFT)
        self.play(FadeIn(self.map), FadeIn(note))

    def go_down(self, *descents: Descent) -> None:
        """Follow descents at the same time, and count what they take."""
        longest = max(descent.n_looked_at for descent in (self.careful, self.hasty))
        panels = [self.panel(descent) for descent in descents]
        column = VGroup(*panels).arrange(DOWN, buff=1.1, aligned_edge=LEFT).set_y(0.25)
        column.align_to(self.column * RIGHT, LEFT)
        moves: list[Animation] = []
        self.dots = VGroup()
        for descent, panel in zip(descents, panels, strict=True):
            path = self.map.path(descent.networks, color=descent.color, dot_radius=0, note=False)
            dot = Dot(path.places[0], 0.1, color=descent.color, stroke_color=WHITE, stroke_width=2)
            self.dots.add(dot)
            moves += [
                Descend(path, dot, rate_func=linear),
                *self.counting(descent, path.copy(), panel, longest),
            ]
        self.play(*(FadeIn(panel[:1]) for panel in panels), FadeIn(self.dots))
        self.add(*panels)
        self.play(*moves, run_time=self.seconds)

    def panel(self, descent: Descent) -> VGroup:
        """Return a descent's name, its bar, and its numbers, all from the column's left edge."""
        name = Tex(descent.name, color=descent.color).scale(0.85)
        bar = Rectangle(height=0.32, width=self.bar_length, stroke_width=0)
        bar.set_fill(descent.color, 1)
        looked = QuickDecimalNumber(0, num_decimal_places=0, edge_to_fix=UL)
        cost = QuickDecimalNumber(self.costs_of(descent.networks[:1])[0])
        rows = VGroup(
            VGroup(Tex("examples looked at"), looked),
            VGroup(Tex("cost"), cost),
        )
        panel = VGroup(name, bar, rows)
        for words, number in rows:
            words.scale(0.8).set_color(LIGHT_GREY).align_to(ORIGIN, LEFT)
            number.scale(0.8).next_to(3.5 * RIGHT, RIGHT, buff=0)
            words.shift((number[0].get_bottom() - words[0][0].get_bottom())[1] * UP)
        rows[1].shift(0.5 * DOWN)
        name.next_to(rows, UP, buff=0.75).align_to(ORIGIN, LEFT)
        bar.next_to(name, DOWN, buff=0.2).align_to(ORIGIN, LEFT)
        return panel

    def counting(
        self, descent: Descent, path: CostPath, panel: VGroup, longest: int
    ) -> list[Animation]:
        """Return the bar growing, and the numbers counting, with the steps that the dot takes."""
        _, bar, ((_, looked), (_, cost)) = panel
        costs, count = self.costs_of(descent.networks), len(descent.networks) - 1
        left, length = bar.get_left(), self.bar_length * descent.n_looked_at / longest

        def taken(share: float) -> int:
            return int(path.steps_at(share) + 1e-9)

        def grow(mobject: Rectangle, share: float) -> None:
            width = max(length * taken(share) / count, 1e-3)
            mobject.stretch_to_fit_width(width).move_to(left, LEFT)

        grow(bar, 0)
        return [
            UpdateFromAlphaFunc(bar, grow, rate_func=linear),
            ChangingDecimal(looked, lambda t: descent.a_step * taken(t), rate_func=linear),
            ChangingDecimal(cost, lambda t: costs[taken(t)], rate_func=linear),
        ]


class SGDSteps(CostMapScene):
    """Stochastic gradient descent: quick steps by ten examples each, which stumble downhill."""

    def construct(self) -> None:
        self.show_map()
        self.go_down(self.hasty)
        self.wait(2)


class GradientDescentSteps(CostMapScene):
    """Gradient descent: every step by all examples, slow and straight down the same surface."""

    def construct(self) -> None:
        self.show_map()
        self.go_down(self.careful)
        self.wait(2)


class BothDescents(CostMapScene):
    """Careful and hasty steps at the same time, and how many examples either has looked at."""

    def construct(self) -> None:
        self.show_map()
        self.go_down(self.careful, self.hasty)
        self.wait(3)
