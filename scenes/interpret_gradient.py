"""What a gradient's components say: which nudges to the weights matter most."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from manim import (
    DOWN,
    LEFT,
    MED_SMALL_BUFF,
    PI,
    RIGHT,
    SMALL_BUFF,
    UP,
    Animation,
    ApplyFunction,
    Brace,
    ChangingDecimal,
    Create,
    DecimalNumber,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    Indicate,
    Line,
    MathTex,
    Mobject,
    MoveToTarget,
    Restore,
    SurroundingRectangle,
    Tex,
    UpdateFromAlphaFunc,
    VGroup,
    there_and_back,
    wiggle,
)

from gradient_column import choose_components
from gradient_nudging import GradientNudging, edge_parameters
from nnviz.animations import Blink, staggered, write
from nnviz.characters import Randolph
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.mobjects.primitives.arrows import arrow, vector
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import LIGHT_GREY, MAROON_B, RED, WHITE, YELLOW, stroke
from nnviz.network import cost_of_nudge


class Nudged(NamedTuple):
    """A weight that is nudged, and what stands for it on screen."""

    parameter: int
    number: QuickDecimalNumber
    arrow: Mobject
    edge: Line
    term: Mobject

    @property
    def parts(self) -> VGroup:
        return VGroup(self.number, self.arrow, self.edge, self.term)


class InterpretGradientComponents(GradientNudging):
    """Two weights are nudged alike, one 32 times as important to the cost as the other."""

    style = replace(GradientNudging.style, layer_buff=3.0, weight_exponent=2.0)
    wanted_components = GradientNudging.wanted_components[:6]
    n_steps = 3
    factor_first = True
    delta_cost = -0.21
    #: Components of the two weights to look at, in the column's unit: 32 to 1.
    wanted_pair = (1.28, 0.04)
    #: Weights are nudged by this much, a tick of their line; a tick of the cost's is 0.1.
    nudge = 1.0
    weight_range = (-2.0, 2.0, 1.0)
    cost_range = (-0.2, 0.2, 0.1)

    def construct(self) -> None:
        self.setup_network()
        self.add_cost()
        self.add_gradient()
        self.change_weights_repeatedly()
        self.ask_about_high_dimensions()
        self.circle_magnitudes()
        self.isolate_particular_weights()
        self.shift_cost_expression()
        self.tweak_individual_weights()

    def setup_network(self) -> None:
        self.network_mob.scale(0.55).to_corner(UP + RIGHT)
        self.color_network_edges()

    def add_cost(self) -> None:
        rect = SurroundingRectangle(self.network_mob, color=RED, stroke_width=stroke(4))
        to_cost = vector(DOWN, RED).shift(rect.get_bottom())
        last = tex_count(self.network.n_parameters - 1)
        self.cost_expression = MathTex("C(", rf"w_0, w_1, \dots, w_{{{last}}}", ")", "=")
        self.cost_expression[0].set_color(RED)
        self.cost_expression[2].set_color(RED)
        self.cost = QuickDecimalNumber(self.network.cost(self.x, self.y), color=RED)
        self.cost_group = VGroup(self.cost_expression, self.cost)
        self.cost_group.arrange(RIGHT).next_to(to_cost, DOWN)
        self.add(rect, to_cost, self.cost_group)

    def change_weights_repeatedly(self) -> None:
        for _ in range(self.n_steps):
            self.move_grad_terms_into_position(
                self.column.contents.copy(), *self.get_weight_adjustment_anims()
            )
            self.play(*self.changes_of_gradient())

    def step_size(self) -> float:
        """Return the multiple of -grad C that lowers the cost by ``delta_cost``."""
        start, eta = self.network.cost(self.x, self.y), -self.delta_cost / self.gradient.norm**2
        for _ in range(4):  # the cost falls nearly in proportion to eta
            there = self.network.step(self.gradient, eta).cost(self.x, self.y)
            eta *= self.delta_cost / (there - start)
        return eta

    def ask_about_high_dimensions(self) -> None:
        count = tex_count(self.network.n_parameters)
        words = Tex(rf"Direction in \\ ${count}$ dimensions?!?", color=YELLOW)
        words.move_to(self.column.brackets).to_edge(DOWN)
        up = arrow(words.get_top(), self.column.brackets.get_bottom(), buff=SMALL_BUFF)
        randy = Randolph().scale(0.6).next_to(words, LEFT)
        randy.to_edge(LEFT, SMALL_BUFF)
        self.play(write(words, run_time=2), GrowArrow(up))
        self.play(FadeIn(randy))
        self.play(randy.animate.change("confused", words))
        self.play(Blink(randy))
        self.wait()
        self.play(*map(FadeOut, [randy, words, up]))

    def circle_magnitudes(self) -> None:
        rects = VGroup(
            *(
                SurroundingRectangle(
                    VGroup(*number[1:]) if number.number < 0 else number,
                    color=WHITE,
                    stroke_width=stroke(4),
                    buff=SMALL_BUFF,
                )
                for number in self.column.numbers
            )
        )
        self.play(staggered(Create, rects))
        self.play(FadeOut(rects))

    def isolate_particular_weights(self) -> None:
        net, contents = self.network_mob, self.column.contents
        net.put_edges_on_neurons()
        parameters = edge_parameters(net)
        components = self.downhill()[parameters] / self.unit
        chosen = choose_components(components, self.wanted_pair)
        edges = [net.edges[i].copy().set_stroke(width=stroke(4)) for i in chosen]
        numbers = [QuickDecimalNumber(components[i]) for i in chosen]
        new_contents = VGroup(
            *(MathTex(r"\vdots"), numbers[0], MathTex(r"\vdots"), numbers[1], MathTex(r"\vdots"))
        )
        new_contents.arrange(DOWN).move_to(contents)
        w_terms = self.cost_expression[1]
        new_w_terms = MathTex(r"\dots", "w_n", r"\dots", "w_k", r"\dots").move_to(w_terms, DOWN)
        self.nudged = []
        for i, edge, number, term, color in zip(
            chosen, edges, numbers, new_w_terms[1::2], (YELLOW, MAROON_B), strict=True
        ):
            VGroup(edge, number, term).set_color(color)
            to_edge = arrow(number.get_right(), edge.get_center(), color)
            self.nudged.append(Nudged(int(parameters[i]), number, to_edge, edge, term))
        self.play(
            FadeOut(contents),
            FadeIn(new_contents),
            FadeOut(w_terms),
            FadeIn(new_w_terms),
            net.edges.animate.set_stroke(LIGHT_GREY, stroke(0.35)),
        )
        for seconds, weight in enumerate(self.nudged, start=1):
            self.play(GrowArrow(weight.arrow))
            self.play(Create(weight.edge))
            self.wait(seconds)
        self.remove(self.cost_group)
        self.cost_expression.submobjects[1] = new_w_terms
        self.add(self.cost_group)

    def shift_cost_expression(self) -> None:
        self.play(self.cost_group.animate.shift(1.3 * DOWN + 0.5 * LEFT))

    def tweak_individual_weights(self) -> None:
        cost_line, cost_brace, cost_ends = self.line_over(self.cost, self.cost_range)
        added = self.appearing(cost_line, cost_brace, cost_ends, self.cost)
        saved = [weight.parts for weight in self.nudged]
        for parts in saved:
            parts.save_state()
        for weight, parts, other in zip(self.nudged, saved, reversed(saved), strict=True):
            line, brace, ends = self.line_over(weight.term, self.weight_range)
            words = (
                Tex("Nudge this weight").scale(0.7).next_to(VGroup(line, ends), UP, MED_SMALL_BUFF)
            )
            self.play(
                Restore(parts),
                other.animate.fade(0.7),
                *self.appearing(line, brace, ends, weight.term),
                write(words, run_time=1),
                *added,
            )
            added = []
            for _ in range(2):
                self.play(
                    *self.get_nudge_anims(weight, line, cost_line),
                    rate_func=lambda t: wiggle(t, 4),
                    run_time=2,
                )
                self.wait()
            self.play(*map(FadeOut, [line, brace, ends, words]))

    # Gradient terms on their way into the weights

    def move_grad_terms_into_position(self, grad_terms: VGroup, *added: Animation) -> None:
        """Lay a copy of the column under the weights of the cost, and let them take it up."""
        w_terms = self.cost_expression[1]
        grad_terms.generate_target()
        next(t for t in grad_terms.target if not isinstance(t, DecimalNumber)).rotate(PI / 2)
        grad_terms.target.arrange(RIGHT).scale_to_fit_width(self.cost_expression.width)
        grad_terms.target.next_to(self.cost_expression, DOWN)
        words = Tex("Nudge weights").scale(0.8).next_to(grad_terms.target, DOWN)
        self.play(MoveToTarget(grad_terms), FadeIn(words))
        along = np.linspace(w_terms.get_left(), w_terms.get_right(), len(grad_terms))
        places = dict(zip(grad_terms, along, strict=True))
        self.play(
            staggered(
                ApplyFunction,
                grad_terms,
                lambda term: (lambda m: m.scale(0).move_to(places[term]), term),
                run_time=1,
            ),
            FadeOut(words),
            *added,
        )
        self.remove(grad_terms)

    def get_weight_adjustment_anims(self) -> list[Animation]:
        """Take a step; return the edges, the weights and the cost changing with it."""
        on_the_way = self.take_step()
        return [
            self.change_of_edges(),
            staggered(Indicate, self.cost_expression[1], rate_func=there_and_back, run_time=1.5),
            ChangingDecimal(
                self.cost,
                lambda share: on_the_way(share).cost(self.x, self.y),
                run_time=1.5,
            ),
        ]

    # Nudging one weight

    def line_over(
        self, term: Mobject, x_range: tuple[float, float, float]
    ) -> tuple[ValueLine, Brace, VGroup]:
        """Return a number line of changes above a term, its brace, and its ends' numbers."""
        line = ValueLine(0, x_range, color=term.get_color())
        line.axis.set_color(WHITE)
        brace = Brace(line, DOWN, buff=SMALL_BUFF)
        VGroup(line, brace).next_to(term, UP)
        ends = VGroup(
            *(
                MathTex(f"{end:g}").scale(0.65).next_to(line.point(end), UP, 1.5 * SMALL_BUFF)
                for end in x_range[:2]
            )
        )
        return line, brace, ends

    def appearing(
        self, line: ValueLine, brace: Brace, ends: VGroup, term: Mobject
    ) -> list[Animation]:
        """Let a line appear, and its dot come out of the term that it is about."""
        line.dot.save_state()
        line.dot.move_to(term).set_fill(opacity=0)
        return [GrowFromCenter(brace), Create(line.axis), FadeIn(ends), Restore(line.dot)]

    def get_nudge_anims(
        self, weight: Nudged, line: ValueLine, cost_line: ValueLine
    ) -> list[Animation]:
        """Move a weight to and fro by ``nudge``, and the cost by what the engine says."""
        cost_at = cost_of_nudge(self.network, self.x, self.y, weight.parameter)
        start = self.cost.number
        return [
            ChangingDecimal(self.cost, lambda share: cost_at(self.nudge * share)),
            UpdateFromAlphaFunc(line.dot, lambda _, share: line.set_value(self.nudge * share)),
            UpdateFromAlphaFunc(
                cost_line.dot,
                lambda _, share: cost_line.set_value(cost_at(self.nudge * share) - start),
            ),
            weight.edge.animate.set_stroke(width=stroke(8)),
        ]


def tex_count(number: int) -> str:
    """Return a whole number in TeX, its thousands set off by commas."""
    return f"{number:,}".replace(",", "{,}")
