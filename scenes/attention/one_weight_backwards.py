"""The derivative of the cost comes back along the arcs, to one score, and a nudge proves it."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    ReplacementTransform,
    TransformFromCopy,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
)

from nnviz import AttendBackwards, AttentionArcs, TokenRow, VectorColumn, score_derivative
from nnviz.mobjects import SansText, ScoreGradients, columns_of
from nnviz.mobjects.equations.equation_parts import EquationParts, lay_out
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.primitives.palette import stroke
from nnviz.network import Symbol, attention_gradients
from telling import ROW, VALUE, ToldScene

#: What the model has written after the row, and the digit that comes next.
WRITTEN, NEXT = (1, 1, 2, 3, 4, 5), 6
#: The head that is looked at, the token that asks, the one whose score is explained, and by how
#: much that is lowered.
BLOCK, HEAD, ASKING, KEY, NUDGE = "block0.attention", 1, 13, 5, 0.01
#: Numbers are in thousandths, as the cost is small.
UNIT = 1000.0
#: In scene units: from token to token, boxes, cells, digits.
_PITCH, _BOX, _CELL, _DIGIT = 0.92, 0.6, 0.15, 0.2
#: Stroke width of the widest arc.
_ARC = stroke(22)


class OneWeightBackwards(ToldScene):
    """From the cost through values and softmax to one score of attention."""

    def construct(self) -> None:
        """Show the script."""
        self.compute()
        self.ask("How does it know what to change?")
        self.show_task()
        self.show_what_was_taken()
        self.turn_around()
        self.go_back_along_arcs()
        self.show_pulls()
        self.compare_with_average()
        self.nudge_score()

    def compute(self) -> None:
        """Let the engine go forwards and backwards."""
        self.tokens = (*ROW, *WRITTEN)
        network = self.network.with_inputs(len(self.tokens))
        labels = [-1] * ASKING + [NEXT]
        self.forward = network.forward_pass(self.tokens)
        backward = network.backward_pass(self.tokens, labels)
        self.gradients = attention_gradients(network, backward, BLOCK, HEAD)
        self.found = score_derivative(network, self.tokens, labels, BLOCK, HEAD, ASKING, KEY)
        self.head = self.found.computed

    # The picture

    def show_task(self) -> None:
        """Show what has been read and written, and what the cost is."""
        self.row = TokenRow(self.tokens, _BOX, pitch=_PITCH, style=self.look)
        self.row.set_y(self.bottom + 0.55 * _BOX)
        place = self.row.copy().set_y(0.2).set_x(-_PITCH / 2)
        self.wanted = TokenRow([NEXT], _BOX, style=self.look).mark(0)
        self.wanted.move_to(place.boxes[-1]).shift(_PITCH * RIGHT)
        says = float(self.forward.output[-1, NEXT])
        self.says = self.panel(f"it says {NEXT} with", says, 4).move_to((-4.9, self.top - 0.4, 0))
        self.cost = self.panel("cost, in thousandths", UNIT * self.found.cost_of_nudge(0.0), 5)
        self.cost.move_to((4.9, self.top - 0.4, 0))
        shown, self.row = self.row, place
        self.tell(
            f"It has sorted so far. {NEXT} comes next, and it is nearly sure.",
            LaggedStart(*(FadeIn(one) for one in self.members(place)), lag_ratio=0.1),
            run_time=1.4,
            wait=False,
        )
        self.play(FadeIn(self.wanted, shift=0.3 * LEFT), FadeIn(self.says, self.cost))
        self.wait(1.4)
        self.play(self.row.animate.move_to(shown), FadeOut(self.wanted), run_time=0.8)

    def show_what_was_taken(self) -> None:
        """Show the values, and how much of each the last token takes."""
        self.asking = TokenRow([self.tokens[ASKING]], _BOX, style=self.look)
        self.asking.set_y(self.top - _BOX / 2)
        limit = float(np.abs(self.head.values).max())
        self.values = columns_of(self.head.values, self.row.boxes, _CELL, limit, style=self.look)
        for column in self.values:
            column.grid[2].set_stroke(VALUE)
        self.values.shift(0.17 * LEFT)
        self.taken = VectorColumn(self.head.mixed[ASKING], _CELL, limit, self.look)
        self.taken.next_to(self.asking, DOWN, buff=0.12)
        self.taken.grid[2].set_stroke(VALUE)
        shares = self.head.pattern[ASKING : ASKING + 1]
        self.shares = VGroup(
            *(
                number_of(float(share), 2, _DIGIT, self.look).next_to(column, UP, buff=0.12)
                for share, column in zip(shares[0], self.values, strict=True)
            )
        )
        ends = VGroup(*(VGroup(*pair) for pair in zip(self.values, self.shares, strict=True)))
        self.arcs = AttentionArcs(ends, VGroup(self.taken), shares, width=_ARC, style=self.look)
        self.tell(
            "One head takes values for it, most of 6 and 9.",
            TransformFromCopy(self.row.boxes[ASKING], self.asking.boxes[0]),
            TransformFromCopy(self.row.words[ASKING], self.asking.words[0]),
            LaggedStart(*(FadeIn(one, shift=0.1 * UP) for one in self.values), lag_ratio=0.1),
            run_time=1.2,
            wait=False,
        )
        self.play(Create(self.arcs, lag_ratio=0.03), FadeIn(self.taken, self.shares), run_time=1.5)
        self.wait(1.2)

    def turn_around(self) -> None:
        """Show the derivative of the cost by what was taken."""
        limit = float(np.abs(self.gradients.mixed[ASKING]).max())
        self.source = VectorColumn(self.gradients.mixed[ASKING], _CELL, limit, self.look)
        self.source.move_to(self.taken)
        name = EquationParts(1.2 * _DIGIT).fraction(Symbol("C", "C"), Symbol("m", "m"))
        self.name = name.next_to(self.source, RIGHT, buff=0.2)
        self.tell(
            "Backwards: what if it had taken something else?",
            FadeOut(self.arcs, self.taken, self.shares),
            FadeIn(self.source, self.name),
        )

    def go_back_along_arcs(self) -> None:
        """Let the derivative go back to the values, times the shares."""
        gradients = np.zeros_like(self.gradients.values)
        columns = columns_of(gradients, self.row.boxes, _CELL, self.source.limit, style=self.look)
        self.arrived = columns.shift(0.17 * RIGHT)
        pulls = self.gradients.pattern[ASKING : ASKING + 1]
        self.pulls = AttentionArcs(
            self.values, VGroup(self.source), pulls, width=_ARC, style=self.look
        )
        self.tell("This goes back along the arcs, to each value by its share.", wait=False)
        of_head = self.head, self.gradients, ASKING
        self.play(
            AttendBackwards(self.pulls, self.source, columns, *of_head, least=0.03, run_time=4)
        )
        self.tell("Red arcs: more of this value would lower the cost. Blue: raise it.")

    # The chart

    def show_pulls(self) -> None:
        """Make bars of arcs: as wide as shares, as high as values pull."""
        self.chart = ScoreGradients(
            self.found, self.tokens, width=12.8, height=4.7, digit=0.23, style=self.look
        )
        self.chart.set_y(self.top - 0.25, direction=UP)
        boxes, words = self.row.boxes, self.row.words
        named = [
            ReplacementTransform(words[k], name)
            for k, name in zip(self.chart.named, self.chart.names, strict=True)
        ]
        rest = [one for k, one in enumerate(words) if k not in self.chart.named]
        gone = (self.values, self.arrived, self.source, self.name, self.asking, boxes, *rest)
        self.tell(
            "A bar each: as wide as its share, as high as its value pulls.",
            *(FadeOut(one) for one in (*gone, self.pulls, self.says)),
            self.cost.animate.set_y(self.bottom + 0.4),
            *named,
            FadeIn(self.chart.axis, self.chart.title),
            run_time=1.5,
            wait=False,
        )
        grow = [
            GrowFromEdge(bar, DOWN if pull >= 0 else UP)
            for bar, pull in zip(self.chart.bars, self.found.pattern_gradients, strict=True)
        ]
        self.play(LaggedStart(*grow, lag_ratio=0.1), run_time=2)
        self.play(FadeIn(self.chart.numbers), run_time=0.6)
        self.wait(1.0)

    def compare_with_average(self) -> None:
        """Show the average, and what one score has of the cost."""
        self.tell(
            "Shares add up to 1: more for one is less for all others.",
            Create(self.chart.average[0]),
            FadeIn(self.chart.average[1]),
        )
        area = self.chart.area(KEY)
        self.tell("So a score matters if its value pulls more than the average.", FadeIn(area))
        self.rule = self.written_rule().move_to(self.free_place())
        self.play(FadeIn(self.rule[0]))
        self.play(FadeIn(self.rule[1]))
        self.wait(1.0)

    def written_rule(self) -> VGroup:
        """Return the chain rule for the score, with its numbers in thousandths."""
        found, parts = self.found, EquationParts(1.3 * _DIGIT)
        cost, score, share = (Symbol(one, one) for one in "Csp")
        pull, average = (
            parts.number(UNIT * one, 2) for one in (found.pattern_gradient, found.average)
        )
        first = VGroup(
            *(parts.fraction(cost, score), parts.sign("="), parts.symbol(share), parts.sign("(")),
            *(
                parts.fraction(cost, share),
                parts.sign("−"),
                parts.words("average"),
                parts.sign(")"),
            ),
        )
        second = VGroup(
            *(parts.sign("="), parts.number(found.weight), parts.sign("("), pull, parts.sign("−")),
            *(parts.sign("("), average, parts.sign(")"), parts.sign(")"), parts.sign("=")),
            parts.number(UNIT * found.value).set_color(parts.colors.highlight),
        )
        for line in (first, second):
            lay_out([list(line)], "c" * len(line), 0.7 * parts.gap, 0)
        second.next_to(first, DOWN, buff=parts.height)
        second.shift((first[1].get_x() - second[0].get_x()) * RIGHT)
        return VGroup(first, second)

    def nudge_score(self) -> None:
        """Lower the score, and let the cost say whether it was true."""
        found = self.found
        falls = UNIT * NUDGE * found.value
        score, share = (
            self.panel(name, value, digits)
            for name, value, digits in (
                (f"score of {self.tokens[KEY]}", found.score, 3),
                ("its share", found.weight, 4),
            )
        )
        score.move_to(self.cost).set_x(-0.9)
        share.move_to(self.cost).set_x(1.6)
        self.tell(
            f"Lower this score by {NUDGE}: the cost should fall by {falls:.5f}.",
            FadeIn(score, share),
        )

        def show(panels: VMobject, alpha: float) -> None:
            change = -NUDGE * alpha
            score[1].set_value(found.score + change)
            share[1].set_value(float(found.pattern_of_nudge(change)[KEY]))
            self.cost[1].set_value(UNIT * found.cost_of_nudge(change))

        self.play(UpdateFromAlphaFunc(VGroup(score, share, self.cost), show), run_time=3)
        fell = UNIT * (found.cost_of_nudge(0.0) - found.cost_of_nudge(-NUDGE))
        self.tell(f"It falls by {fell:.5f}. Training does so with all weights at once.")
        self.wait(1.0)

    # Small parts

    def panel(self, name: str, value: float, decimals: int) -> VGroup:
        """Return a number under its name."""
        word = SansText(name, font_size=26, color=self.look.text_color)
        number = number_of(value, decimals, 1.2 * _DIGIT, self.look)
        return VGroup(word, number.next_to(word, DOWN, buff=0.18))

    def free_place(self) -> np.ndarray:
        """Return the middle of the place below the widest bar."""
        bar = self.chart.bars[7]
        low = self.chart.numbers[-1].get_bottom()[1]
        return np.array([bar.get_x(), (low + self.cost.get_top()[1]) / 2, 0])

    @staticmethod
    def members(row: TokenRow) -> list[VGroup]:
        """Return each box with its token."""
        return [VGroup(*pair) for pair in zip(row.boxes, row.words, strict=True)]
