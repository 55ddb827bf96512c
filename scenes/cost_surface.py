"""Real steps down a real cost surface: careful ones by the gradient, hasty ones by mini-batches."""

from abc import ABC
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

import numpy as np
from manim import (
    DL,
    DOWN,
    LEFT,
    RIGHT,
    UP,
    UR,
    ChangingDecimal,
    Dot,
    FadeIn,
    FadeOut,
    ManimColor,
    Tex,
    VGroup,
    smooth,
)

from nnviz import mnist
from nnviz.animations.timing import write
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_path import CostPath, Descend
from nnviz.mobjects.charts.cost_surface import CostSurface
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.palette import RED, WHITE, YELLOW
from nnviz.network import Network, ParameterPlane, one_hot
from nnviz.scene.base import NNScene


class CostSurfaceScene(NNScene, ABC):
    """Two descents from one random network, and the plane in which they vary most."""

    sizes: ClassVar[tuple[int, ...]] = (784, 16, 16, 10)
    n_examples: ClassVar[int] = 500
    batch_size: ClassVar[int] = 10
    eta: ClassVar[float] = 3.0
    careful_steps: ClassVar[int] = 60
    hasty_steps: ClassVar[int] = 100
    margin: ClassVar[float] = 0.12
    careful_color = YELLOW
    hasty_color = RED
    direction_names = ("principal direction 1", "principal direction 2")

    def setup(self) -> None:
        super().setup()
        train = mnist.load().train
        self.x = train.images[: self.n_examples]
        self.y = one_hot(train.labels[: self.n_examples])
        start = Network.random(self.sizes, rng=self.rng)
        everything = np.arange(self.n_examples)
        self.careful = self.descent(start, [everything] * self.careful_steps)
        self.hasty = self.descent(start, self.mini_batches(self.hasty_steps))
        both = [*self.careful, *self.hasty]
        self.plane = ParameterPlane.principal(both, origin=self.careful[-1])
        self.chart_options = {
            "spans": self.plane.spans(both, self.margin),
            "levels": 16,
            "direction_names": self.direction_names,
            "label_height": 0.2,
            "writing": Tex,
        }

    def descent(self, start: Network, batches: Iterable[np.ndarray]) -> list[Network]:
        networks = [start]
        for batch in batches:
            gradient = networks[-1].backprop(self.x[batch], self.y[batch])
            networks.append(networks[-1].step(gradient, self.eta))
        return networks

    def mini_batches(self, count: int) -> Iterator[np.ndarray]:
        size = self.batch_size
        while count > 0:
            order = self.rng.permutation(self.n_examples)
            for first in range(0, self.n_examples, size)[:count]:
                yield order[first : first + size]
            count -= self.n_examples // size

    def go_down(
        self, path: CostPath, networks: Sequence[Network], a_step: int, seconds: float
    ) -> None:
        """Follow a path, and count what it takes."""
        costs = [network.cost(self.x, self.y) for network in networks]
        steps = np.arange(len(networks))
        rows = (("Steps", steps), ("Examples looked at", a_step * steps))
        rows += (("Cost at the dot", path.costs), ("Cost of the network", costs))
        counters = [
            self.get_counter(words, values, place)
            for (words, values), place in zip(rows, self.counter_places, strict=True)
        ]
        whole = path.copy()
        self.dot = Dot(path.places[0], 0.09, color=WHITE)
        self.add(self.dot, *counters)
        self.play(
            Descend(path, self.dot),
            *(
                ChangingDecimal(
                    counter[1],
                    lambda share, values=values: values[int(whole.steps_at(share) + 1e-9)],
                    rate_func=smooth,
                )
                for counter, (_, values) in zip(counters, rows, strict=True)
            ),
            run_time=seconds,
        )

    def get_counter(self, words: str, values: Sequence[float], place: np.ndarray) -> VGroup:
        """Return words and a number, which is the first of the values."""
        decimals = 0 if np.asarray(values).dtype.kind == "i" else 2
        number = QuickDecimalNumber(values[0], num_decimal_places=decimals).scale(0.8)
        label = Tex(words).scale(0.7).next_to(place, LEFT, buff=0.15)
        number.next_to(place, RIGHT, buff=0.15)
        return VGroup(label, number)


class TODOInsertStepsDownCostSurface(CostSurfaceScene):
    """The cost of a network of 13,002 weights and biases, and real steps down its gradient."""

    counter_places = tuple(5.6 * RIGHT + (2.1 - 0.45 * row) * UP for row in range(4))

    def construct(self) -> None:
        self.show_surface()
        self.take_steps()
        self.look_around()

    def show_surface(self) -> None:
        title = Tex("The cost, as 13{,}002 weights and biases \\\\ vary in two directions")
        title.scale(0.7).to_corner(UR)
        self.surface = CostSurface(
            self.plane, self.x, self.y, width=7.2, azimuth=-60, elevation=28, **self.chart_options
        )
        self.surface.move_to(1.9 * LEFT)
        self.play(FadeIn(self.surface), write(title, run_time=2))
        self.play(self.surface.animate.turn(azimuth=-20), run_time=4)

    def take_steps(self) -> None:
        path = self.surface.path(self.careful, color=self.careful_color)
        self.go_down(path, self.careful, self.n_examples, 12)
        self.wait()

    def look_around(self) -> None:
        self.play(FadeOut(self.dot))
        self.play(self.surface.animate.turn(azimuth=15, elevation=45), run_time=4)
        self.wait()


class CostMapScene(CostSurfaceScene, ABC):
    """The same surface as a map, with words and counters beside it."""

    counter_places = tuple(5.2 * RIGHT + (0.6 - 0.6 * row) * UP for row in range(4))

    def show_map(self, title: str, words: str, color: ManimColor) -> None:
        self.map = CostMap(self.plane, self.x, self.y, width=5.4, height=5.4, **self.chart_options)
        self.map.to_corner(DL, buff=0.35).shift(0.4 * UP)
        heading = Tex(title, color=color).move_to(3.9 * RIGHT + 2.8 * UP)
        note = Tex(words).scale(0.75).next_to(heading, DOWN, buff=0.35)
        self.add(self.map)
        self.play(write(heading, run_time=1), FadeIn(note))


class SGDSteps(CostMapScene):
    """Stochastic gradient descent: quick steps by ten examples each, which stumble downhill."""

    def construct(self) -> None:
        self.show_map(
            "Stochastic gradient descent",
            f"Every step: the gradient of \\\\ a mini-batch of {self.batch_size} examples",
            self.hasty_color,
        )
        path = self.map.path(self.hasty, color=self.hasty_color, dot_radius=0)
        self.go_down(path, self.hasty, self.batch_size, 10)
        self.wait(2)


class GradientDescentSteps(CostMapScene):
    """Gradient descent: every step by all examples, slow and straight down the same surface."""

    def construct(self) -> None:
        self.show_map(
            "Gradient descent",
            f"Every step: the gradient of \\\\ all {self.n_examples} examples",
            self.careful_color,
        )
        hasty = self.map.path(self.hasty, color=self.hasty_color, dot_radius=0, note=False)
        hasty.line.set_stroke(opacity=0.7).set_stroke(width=0, background=True)
        self.play(FadeIn(hasty))
        path = self.map.path(self.careful, color=self.careful_color, dot_radius=0.035)
        self.go_down(path, self.careful, self.n_examples, 18)
        self.wait(2)
