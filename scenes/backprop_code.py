"""The code of backpropagation, and what each of its lines computes."""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Code,
    Create,
    DecimalNumber,
    FadeIn,
    FadeOut,
    ManimColor,
    MathTex,
    SurroundingRectangle,
    Tex,
    Transform,
    VGroup,
    interpolate,
    tempconfig,
)
from numpy.typing import NDArray

from nnviz.animations import FeedForward
from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import BLACK, WHITE, YELLOW, stroke
from nnviz.network import Gradient
from nnviz.scene.network_scene import NetworkScene

Vector = Matrix = NDArray[np.float64]


def sigmoid(z):
    """Squash numbers into the interval from 0 to 1."""
    return 1 / (1 + np.exp(-z))


def backprop(weights, biases, x, y):
    """Return the gradient of one example's cost."""
    a = [x]
    for k in range(len(weights)):
        a.append(sigmoid(weights[k] @ a[k] + biases[k]))

    delta = 2 * (a[-1] - y) * a[-1] * (1 - a[-1])
    nabla_b = [delta]
    nabla_w = [np.outer(delta, a[-2])]
    for k in range(len(weights) - 1, 0, -1):
        delta = weights[k].T @ delta * a[k] * (1 - a[k])
        nabla_b.insert(0, delta)
        nabla_w.insert(0, np.outer(delta, a[k - 1]))
    return nabla_w, nabla_b


def code_of(width: float) -> VGroup:
    """Return the lines of :func:`backprop`, as wide as given."""
    # At any quality: Manim cuts off text that is larger than the picture.
    with tempconfig({"pixel_width": 1920, "pixel_height": 1080}):
        code = Code(
            code_string=inspect.getsource(backprop),
            language="python",
            formatter_style="monokai",
            add_line_numbers=False,
            paragraph_config={"line_spacing": 1.2},
        )
    return code.scale_to_fit_width(width).code_lines


def execute(function: Callable[..., Any], *arguments: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run a function; yield the lines as they were executed, and its variables after each.

    Lines are counted from that of ``def``, which is 0. Variables that hold lists hold copies.
    """
    lines: list[int] = []
    states: list[dict[str, Any]] = []

    def note(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        if lines:  # the line before is through
            variables = frame.f_locals.items()
            states.append({k: v[:] if isinstance(v, list) else v for k, v in variables})
        if event == "line":
            lines.append(frame.f_lineno - function.__code__.co_firstlineno)
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return zip(lines, states, strict=True)


def is_new(before: Any, after: Any) -> bool:
    """Return whether a variable has been set, or a list has grown."""
    if isinstance(after, list):
        return before is None or len(after) > len(before)
    return after is not before


class BackpropCode(NetworkScene):
    """A dozen lines of Python that really run, and beside them what each line computes."""

    seed = 3
    sizes = (2, 3, 2)
    output_labels = ()
    style = NetworkStyle(
        fit=None,
        neuron_radius=0.33,
        neuron_buff=1.3,
        layer_buff=1.0,
        neuron_stroke_color=WHITE,
        neuron_stroke_width=stroke(4),
        neuron_fill_color=WHITE,
        max_edge_width=stroke(6),
    )
    x, y = np.array([0.9, 0.4]), np.array([1.0, 0.0])
    code_width = 9.3
    edge = 0.3
    # Where numbers stand on the edges, as shares of the way: away from the middle layer.
    shares = (0.4, 0.6)

    def construct(self) -> None:
        self.initialize_network()
        self.add_code()
        self.run_code()

    def initialize_network(self) -> None:
        net = self.network_mob.to_edge(RIGHT, buff=0.35).shift(0.5 * DOWN)
        net.show_weights()
        self.wanted = VGroup()
        for neuron, y in zip(net.layers[-1].neurons, self.y, strict=True):
            wanted = MathTex("y", "=", f"{y:.0f}").scale(0.7).set_color(YELLOW)
            side = UP if neuron.get_y() > net.get_y() else DOWN
            self.wanted.add(wanted.next_to(neuron, side, buff=0.15).shift(0.1 * RIGHT))
        self.gradient_numbers = VGroup()
        self.caption = self.get_caption("weights $w$")
        self.add(self.wanted, self.caption)

    def add_code(self) -> None:
        self.lines = code_of(self.code_width).to_edge(LEFT, buff=self.edge)
        self.add(self.lines)
        self.pointer = self.get_pointer(0)
        self.play(Create(self.pointer))

    def get_pointer(self, line: int) -> SurroundingRectangle:
        return SurroundingRectangle(
            self.lines[line], color=YELLOW, stroke_width=stroke(3), buff=0.08
        )

    def run_code(self) -> None:
        """Execute the code, and show what is new after each of its lines."""
        show = {
            "a": self.show_activations,
            "delta": self.show_errors,
            "nabla_b": self.show_gradient_of_biases,
            "nabla_w": self.show_gradient_of_weights,
        }
        parameters = self.network.weights, self.network.biases
        known: dict[str, Any] = {}
        for line, variables in execute(backprop, *parameters, self.x, self.y):
            self.play(self.pointer.animate.become(self.get_pointer(line)), run_time=0.5)
            for name, show_it in show.items():
                if is_new(known.get(name), variables.get(name)):
                    self.play(*show_it(**variables))
            known = variables
        self.wait(2)

    def say(self, words: str) -> list[Animation]:
        """Replace the words above the network, if they are others."""
        old, self.caption = self.caption, self.get_caption(words)
        if old.tex_string == self.caption.tex_string:
            self.caption = old
            return []
        return [AnimationGroup(FadeOut(old), FadeIn(self.caption), lag_ratio=1)]

    def get_caption(self, words: str) -> Tex:
        return Tex(words).scale(0.9).next_to(self.network_mob, UP, buff=0.65)

    def show_activations(self, a: list[Vector], **_: Any) -> list[Animation]:
        layer = len(a) - 1
        neurons = self.network_mob.layers[layer].neurons
        numbers = VGroup(
            *(
                ActivationNumber(value, neuron, num_decimal_places=2, bright=0.8)
                for value, neuron in zip(a[layer], neurons, strict=True)
            )
        )
        return [
            FeedForward(self.network_mob, a[0], layers=[layer], run_time=1),
            FadeIn(numbers),
            *self.say("activations $a$"),
        ]

    def show_errors(
        self, delta: Vector, k: int, nabla_b: Sequence[Vector] = (), **_: Any
    ) -> list[Animation]:
        layer = self.network_mob.layers[k if nabla_b else -1]
        errors = VGroup()
        # Beyond what is wanted, where that is written.
        places = layer.neurons if nabla_b else self.wanted
        for error, neuron in zip(delta, places, strict=True):
            label = MathTex(r"\delta", "=", f"{error:.2f}").scale(0.55)
            side = UP if neuron.get_y() > layer.get_y() + 0.1 else DOWN
            errors.add(label.set_color(self.color_of(error)).next_to(neuron, side, buff=0.15))
        return [FadeIn(errors), *self.say(r"errors $\delta = {\partial C \over \partial z}$")]

    def show_gradient_of_biases(self, nabla_b: list[Vector], **_: Any) -> list[Animation]:
        neurons = self.network_mob.layers[-len(nabla_b)].neurons
        rings = [
            neuron.animate.set_stroke(self.color_of(change), stroke(8))
            for change, neuron in zip(nabla_b[0], neurons, strict=True)
        ]
        return [*rings, *self.say(r"biases: ${\partial C \over \partial b} = \delta$")]

    def show_gradient_of_weights(
        self, nabla_w: list[Matrix], nabla_b: list[Vector], weights: list[Matrix], **_: Any
    ) -> list[Animation]:
        net, layer = self.network_mob, len(weights) - len(nabla_w)
        # What has not been computed yet is nothing.
        nothing = self.network.with_parameters(0 * self.network.flatten())
        gradient = Gradient.dense(
            [*nothing.weights[:layer], *nabla_w], [*nothing.biases[:layer], *nabla_b]
        )
        edges = net.edge_groups[layer]
        painted = net.edges_by_gradient(gradient)[edges.rows]
        numbers = VGroup()
        for (j, i), change in np.ndenumerate(nabla_w[0]):
            start, end = net.layers[layer].neurons[i], net.layers[layer + 1].neurons[j]
            place = interpolate(start.get_center(), end.get_center(), self.shares[layer])
            number = DecimalNumber(change, font_size=28, color=self.color_of(change))
            number.add_background_rectangle(BLACK, opacity=0.85, buff=0.03)
            numbers.add(number.move_to(place))
        before, self.gradient_numbers = self.gradient_numbers, numbers
        return [
            Transform(edges, painted),
            FadeIn(numbers),
            *([FadeOut(before)] if len(before) else []),
            *self.say(r"weights: ${\partial C \over \partial w} = a \, \delta$"),
        ]

    def color_of(self, derivative: float) -> ManimColor:
        """Return the colour of a parameter that a step down the gradient lowers or raises."""
        style = self.network_mob.style
        return style.decrease_color if derivative > 0 else style.increase_color
