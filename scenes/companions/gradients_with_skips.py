"""Two real networks of 20 layers: without skips the gradient vanishes, and with them it stays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DL,
    DOWN,
    LEFT,
    RIGHT,
    UL,
    UP,
    Create,
    CubicBezier,
    Dot,
    FadeIn,
    GrowFromEdge,
    LaggedStart,
    Line,
    Rectangle,
    ShowPassingFlash,
    Square,
    TransformFromCopy,
    VGroup,
    VMobject,
)
from numpy.typing import NDArray

from nnviz.mobjects.primitives.palette import BLUE, GREY, MAROON_B, RED, TEAL, YELLOW, stroke
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import Add, Dense, Network, Node
from nnviz.scene import ToldScene

FloatArray = NDArray[np.float64]

#: Layers, neurons in each, points to learn from, steps of gradient descent and their length.
N_LAYERS, WIDTH, N_POINTS, STEPS, ETA = 20, 10, 100, 100, 0.05
#: Colours of the two networks, and of the points' two classes.
PLAIN, SKIPS = MAROON_B, TEAL
CLASSES = (BLUE, RED)
#: In scene units: from one layer to the next, the first one's place, a layer's side.
PITCH, FIRST, SIDE = 0.52, -4.75, 0.34
#: Heights of the layers of both networks, and from there to the foot of the bars.
ROWS, FOOT = (0.55, -2.15), 0.27
#: The powers of ten at the foot and at the top of the bars, and the height between them.
LOW, HIGH, HEIGHT = -7, 1, 1.9
#: Where names of networks stand.
BESIDE = 6.27


def moons(n: int, rng: np.random.RandomState) -> tuple[FloatArray, NDArray[np.int_]]:
    """Return points of two half circles that reach into each other, and whose they are."""
    angle, kinds = np.pi * rng.random_sample(n), np.arange(n) % 2
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.where(kinds[:, None] == 1, [1.0, 0.5] - circle, circle)
    return points - [0.5, 0.25] + 0.1 * rng.randn(n, 2), kinds


def networks(rng: np.random.RandomState) -> tuple[Network, Network]:
    """Return two networks of the same layers, without skips and with them.

    Weights and biases are drawn evenly between plus and minus 1 / sqrt(inputs), as PyTorch draws
    those of such layers. A skip adds what comes into a layer to what comes out of it; the first
    layer, which has two inputs, has none.
    """

    def drawn(n_in: int, n_out: int, activation: str) -> Dense:
        limit = 1 / np.sqrt(n_in)
        weights = rng.uniform(-limit, limit, (n_out, n_in))
        return Dense(weights, rng.uniform(-limit, limit, n_out), activation)

    sizes = [2, *[WIDTH] * N_LAYERS]
    layers = [drawn(n_in, n_out, "tanh") for n_in, n_out in pairwise(sizes)]
    last = drawn(WIDTH, 1, "sigmoid")

    def made(*, skips: bool) -> Network:
        nodes, before = {}, "x"
        for k, layer in enumerate(layers, start=1):
            nodes[f"layer{k}"] = Node(layer, (before,))
            if skips and k > 1:
                nodes[f"sum{k}"] = Node(Add(), (before, f"layer{k}"))
            before = list(nodes)[-1]
        nodes["out"] = Node(last, (before,))
        return Network({"x": (2,)}, nodes, "out", "cross-entropy")

    return made(skips=False), made(skips=True)


class GradientsWithSkips(ToldScene):
    """Why does a deep network need skips? Real gradients of 20 layers, without them and with."""

    colors = {"skip": SKIPS, "skips": SKIPS}
    seed = 10  # others end at costs from 0.002 to 0.34 with skips, and all at 0.693 without

    def setup(self) -> None:
        super().setup()
        self.points, self.kinds = moons(N_POINTS, self.rng)
        self.networks = networks(self.rng)
        self.norms = [self.gradient_norms(network) for network in self.networks]
        self.costs, self.trained = zip(*map(self.train, self.networks), strict=True)

    def construct(self) -> None:
        self.ask("Why does a deep network need skips?")
        self.show_task()
        self.show_layers()
        self.go_through()
        self.come_back()
        self.add_skips()
        self.come_back_with_skips()
        self.clear_for_training()
        self.train_both()

    # --- what the engine says

    def gradient_norms(self, network: Network) -> FloatArray:
        """Return the length of the gradient of each layer's weights, shape (layers,)."""
        gradient = network.backprop(self.points, self.kinds)
        parts = dict(zip(network.nodes, gradient.parts, strict=True))
        return np.array([np.linalg.norm(parts[f"layer{k}"][0]) for k in range(1, N_LAYERS + 1)])

    def train(self, network: Network) -> tuple[FloatArray, Network]:
        """Return the cost before each step and after the last, and the network then."""
        costs = [network.cost(self.points, self.kinds)]
        for _ in range(STEPS):
            network = network.step(network.backprop(self.points, self.kinds), ETA)
            costs.append(network.cost(self.points, self.kinds))
        return np.array(costs), network

    def n_right(self, network: Network) -> int:
        """Return how many points are put into the right class."""
        return round(N_POINTS * network.accuracy(self.points, self.kinds))

    # --- what is drawn

    def place(self, layer: int, row: int) -> FloatArray:
        """Return where a layer, from 1, stands; 0 is the input, one more than all the cost."""
        return np.array([FIRST + (layer - 1) * PITCH, ROWS[row], 0.0])

    def text(self, text: str, size: float = 24, color: Any = None) -> SansText:
        """Return a text of the picture."""
        return SansText(text, font_size=size, color=color or self.look.text_color)

    def row_of_layers(self, row: int) -> tuple[VGroup, VGroup]:
        """Return the layers of a network, and lines between them to the cost."""
        color = (PLAIN, SKIPS)[row]
        boxes = VGroup(
            *(
                Square(SIDE, color=color, stroke_width=stroke(3), fill_opacity=0.15).move_to(
                    self.place(layer, row)
                )
                for layer in range(1, N_LAYERS + 1)
            )
        )
        lines = VGroup(
            *(
                Line(
                    self.place(layer, row) + SIDE / 2 * RIGHT,
                    self.place(layer + 1, row) + SIDE / 2 * LEFT,
                    color=GREY,
                    stroke_width=stroke(3),
                )
                for layer in range(N_LAYERS + 1)
            )
        )
        return boxes, lines

    def skips(self) -> VGroup:
        """Return arcs from before each layer but the first to after it."""
        arcs = VGroup()
        for layer in range(2, N_LAYERS + 1):
            start, end = (
                (self.place(layer, 1) + self.place(layer + side, 1)) / 2 for side in (-1, 1)
            )
            low = 1.2 * SIDE * DOWN
            arcs.add(CubicBezier(start, start + low, end + low, end))
        return arcs.set_stroke(SKIPS, stroke(4))

    def axis(self, row: int) -> VGroup:
        """Return lines at powers of ten, and their names."""
        lines, names = VGroup(), VGroup()
        left, right = self.place(1, row)[0] - 0.4, self.place(N_LAYERS, row)[0] + 0.4
        for power in range(LOW + 1, HIGH, 2):
            y = self.height_of(10.0**power, row)
            lines.add(Line((left, y, 0), (right, y, 0), color=GREY, stroke_width=stroke(1.5)))
            name = "1" if power == 0 else f"10{str(power).translate(RAISED)}"
            names.add(self.text(name, 20).next_to((left, y, 0), LEFT, buff=0.12))
        return VGroup(lines.set_stroke(opacity=0.5), names)

    def height_of(self, norm: float, row: int) -> float:
        """Return where a gradient's bar ends: its logarithm, between those of foot and top."""
        share = (np.log10(norm) - LOW) / (HIGH - LOW)
        return float(ROWS[row] + FOOT + np.clip(share, 0.0, 1.0) * HEIGHT)

    def bars(self, row: int) -> VGroup:
        """Return a bar a layer: how long its gradient is."""
        bars = VGroup()
        for layer, norm in enumerate(self.norms[row], start=1):
            foot = self.place(layer, row) + FOOT * UP
            high = self.height_of(norm, row) - foot[1]
            bar = Rectangle(width=SIDE, height=high, stroke_width=0, fill_color=(PLAIN, SKIPS)[row])
            bars.add(bar.set_fill(opacity=0.9).move_to(foot, aligned_edge=DOWN))
        return bars

    def number(self, layer: int, row: int) -> SansText:
        """Return the length of a layer's gradient as a number over its bar."""
        norm = self.norms[row][layer - 1]
        # Halfway between two of the axis' lines: at an odd power of ten.
        power = 2 * np.ceil((np.log10(norm) + 0.4) / 2 - 0.5) + 1
        x = self.place(layer, row)[0]
        number = self.text(significant(norm), 22).move_to((x, self.height_of(10**power, row), 0))
        if layer == 1:
            number.set_x(x - SIDE / 2, LEFT)
        return number

    # --- the script

    def show_task(self) -> None:
        """Show what has to be learnt."""
        self.dots = VGroup(
            *(
                Dot((*point, 0), 0.035, color=CLASSES[kind])
                for point, kind in zip(self.points, self.kinds, strict=True)
            )
        )
        self.dots.scale(1.9).move_to((0, 0, 0))
        self.tell(
            f"{N_POINTS} points: two moons that a network has to tell apart.", FadeIn(self.dots)
        )

    def show_layers(self) -> None:
        """Show the network without skips."""
        self.boxes, self.lines = self.row_of_layers(0)
        small = self.dots.copy().scale(0.25).move_to((-6.15, ROWS[0], 0))
        for dot in small:
            dot.scale(1.6)
        self.dots_end = small
        self.name = self.text("without\nskips", 24, PLAIN).move_to((BESIDE, ROWS[0] + 1.2, 0))
        self.play(self.dots.animate.become(small), run_time=1)
        self.tell(
            f"It has {N_LAYERS} layers of {WIDTH} tanh neurons, and one sigmoid at the end.",
            FadeIn(self.name),
            LaggedStart(
                *(
                    FadeIn(VGroup(line, box))
                    for line, box in zip(self.lines, self.boxes, strict=False)
                ),
                lag_ratio=0.1,
            ),
            run_time=2,
        )
        self.tell("Weights and biases: drawn evenly from −1/√n to 1/√n, n being the inputs.")

    def go_through(self) -> None:
        """Let the points go through all layers, to the cost."""
        cost = self.text(f"cost {self.costs[0][0]:.3f}", 24).move_to((BESIDE, ROWS[0], 0))
        self.tell(
            "What comes in goes through all of them. At the end stands the cost.",
            self.pulse(0),
            FadeIn(self.lines[-1]),
            FadeIn(cost, rate_func=lambda share: max(0.0, 3 * share - 2)),
            run_time=2.5,
        )
        self.row_of_text = VGroup(self.name, cost)

    def pulse(self, row: int) -> ShowPassingFlash:
        """Return light that goes through all layers."""
        way = Line(self.place(0, row), self.place(N_LAYERS + 1, row))
        return ShowPassingFlash(way.set_stroke(YELLOW, stroke(8)), time_width=0.3)

    def come_back(self) -> None:
        """Let the gradient come back, layer by layer."""
        scale = self.text("length of the gradient, logarithmic scale", 20)
        corner = (self.place(1, 0)[0] - 0.3, self.height_of(1.0, 0) + 0.06, 0)
        self.axes = VGroup(self.axis(0), scale.move_to(corner, aligned_edge=DL))
        self.tell(
            "Backwards: how long is the gradient of each layer's weights?",
            FadeIn(self.axes),
        )
        self.bar_rows = [self.bars(0)]
        first, last = self.number(1, 0), self.number(N_LAYERS, 0)
        self.tell(
            f"At layer {N_LAYERS} it is {significant(self.norms[0][-1])} …",
            GrowFromEdge(self.bar_rows[0][-1], DOWN),
            FadeIn(last),
        )
        self.tell(
            "… and each layer multiplies it by its slopes f′, mostly below 1.",
            self.growing(0, N_LAYERS - 1),
            run_time=4,
        )
        self.tell(
            f"At layer 1, {significant(self.norms[0][0])} is left: it does not learn.",
            FadeIn(first),
        )
        self.numbers = VGroup(first, last)

    def growing(self, row: int, count: int) -> LaggedStart:
        """Return an animation in which bars grow, from the last to the first."""
        bars = list(self.bar_rows[row])[:count]
        return LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in reversed(bars)), lag_ratio=0.5)

    def add_skips(self) -> None:
        """Show the same layers once more, and what skips add."""
        boxes, lines = self.row_of_layers(1)
        name = self.text("with\nskips", 24, SKIPS).move_to((BESIDE, ROWS[1] + 1.2, 0))
        dots = self.dots_end.copy().set_y(ROWS[1])
        self.tell(
            "Now the same layers with the same weights …",
            TransformFromCopy(self.boxes, boxes),
            TransformFromCopy(self.lines, lines),
            FadeIn(dots, name),
            run_time=1.5,
        )
        arcs = self.skips()
        self.tell(
            "… and skips: what comes into a layer is added to what comes out.",
            LaggedStart(*map(Create, arcs), lag_ratio=0.1),
            run_time=2,
        )
        self.second = VGroup(boxes, lines, arcs, dots)
        self.row_of_text.add(name)

    def come_back_with_skips(self) -> None:
        """Let the gradient come back where there are skips."""
        axis = self.axis(1)
        self.axes.add(axis)
        cost = self.text(f"cost {self.costs[1][0]:.3f}", 24).move_to((BESIDE, ROWS[1], 0))
        self.row_of_text.add(cost)
        self.tell(
            "Backwards, a sum passes the gradient on: by 1 + f′ instead of f′.", FadeIn(cost, axis)
        )
        self.bar_rows.append(self.bars(1))
        self.play(self.growing(1, N_LAYERS), run_time=3)
        first, last = self.number(1, 1), self.number(N_LAYERS, 1)
        self.numbers.add(first, last)
        ratio = self.norms[1][0] / self.norms[0][0]
        self.tell(
            f"At layer 1 it is {significant(self.norms[1][0])}: {rounded(ratio)} times as long.",
            FadeIn(first, last),
        )
        self.wait(0.5)

    def clear_for_training(self) -> None:
        """Make room for the curves."""
        shown = [self.boxes, self.lines, self.dots, self.second, self.axes, self.numbers]
        self.hush(*shown, self.row_of_text, *self.bar_rows)

    def train_both(self) -> None:
        """Show how the costs go on while both learn."""
        low, high = np.array([-5.2, -2.3]), np.array([3.6, 2.5])
        top = 0.25 * np.ceil(max(map(max, self.costs)) / 0.25)

        def at(step: float, cost: float) -> FloatArray:
            place = low + (high - low) * [step / STEPS, cost / top]
            return np.array([*place, 0.0])

        axes = VGroup(Line(at(0, 0), at(STEPS, 0)), Line(at(0, 0), at(0, top))).set_stroke(
            GREY, stroke(3)
        )
        names = VGroup(self.text("cost", 26).next_to(at(0, top), LEFT, buff=0.2).shift(0.15 * DOWN))
        for cost in np.arange(0, top, 0.5):
            names.add(self.text(f"{cost:g}", 22).next_to(at(0, cost), LEFT, buff=0.15))
        for step in range(0, STEPS + 1, 25):
            name = self.text(f"{step}", 22).next_to(at(step, 0), DOWN, buff=0.12)
            if step == STEPS:
                name = self.text(f"{step} steps", 22).align_to(name, UL)
            names.add(name)
        self.tell(
            f"Both take {STEPS} steps of gradient descent, each {ETA} times the gradient.",
            FadeIn(axes, names),
        )
        curves, ends = VGroup(), VGroup()
        for costs, network, name, color in zip(
            self.costs, self.trained, ("without skips", "with skips"), (PLAIN, SKIPS), strict=True
        ):
            points = [at(step, cost) for step, cost in enumerate(costs)]
            curve = VMobject(stroke_color=color, stroke_width=stroke(5))
            curves.add(curve.set_points_as_corners(points))
            said = VGroup(
                self.text(f"{name}: {costs[-1]:.3f}", 26, color),
                self.text(f"{self.n_right(network)} of {N_POINTS} right", 24),
            ).arrange(DOWN, buff=0.12, aligned_edge=LEFT)
            said.next_to(points[-1], RIGHT, buff=0.2)
            ends.add(said.shift(max(0.0, low[1] + 0.1 - said.get_bottom()[1]) * UP))
        self.play(*(Create(curve, rate_func=lambda share: share) for curve in curves), run_time=4)
        self.tell(
            "Without skips nothing is learnt. With them, the same layers learn.", FadeIn(ends)
        )
        self.wait(0.5)


#: Digits and minus as exponents.
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(number: float, digits: int = 2) -> str:
    """Return a number with so many significant digits, without an exponent."""
    decimals = max(0, digits - 1 - int(np.floor(np.log10(number))))
    return f"{number:.{decimals}f}"


def rounded(number: float) -> str:
    """Return a large number with two significant digits, with commas."""
    unit = 10 ** (int(np.floor(np.log10(number))) - 1)
    return f"{round(number / unit) * unit:,}"
