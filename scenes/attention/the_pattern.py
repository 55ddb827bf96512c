"""Products become shares: one row as bars, then all rows as a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    LaggedStart,
    Rectangle,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from nnviz import ScoreGrid, ShowScores
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.primitives.painting import CountTo
from nnviz.mobjects.primitives.palette import stroke
from one_head import ASKING, ONES, WRITTEN, OneHeadScene, TokenBars
from telling import ROW

#: In scene units: height of all bars on top of each other, and where they are piled up.
_PILE, _PILED = 3.9, 4.3
#: Which token's share is worked out in full, and the middle of the lines that say it.
_EXAMPLE, _LINES = ONES[0], -2.2
#: Rows that are read, and which digit they want.
_READ = ((ASKING, "ones", 1), (9, "2", 2), (11, "4", 4))
#: Length of the grid's side, and its middle from the left.
_GRID, _AT = 5.15, -2.4


class ThePattern(OneHeadScene):
    """The products of one query are scaled, made positive and divided; then those of all are."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("How do products become shares?")
        self.show_products()
        self.scale_them()
        self.take_powers()
        self.divide_by_the_sum()
        self.let_all_ask()
        self.read_the_pattern()

    def show_products(self) -> None:
        """Show the products that the query of 6 has with all keys."""
        self.show_row()
        self.numbers = self.numbers_above(self.head.products[ASKING], self.row.boxes)
        come = LaggedStart(*(FadeIn(one, shift=0.2 * DOWN) for one in self.numbers), lag_ratio=0.1)
        self.tell("These are the products of the query of 6 with all keys.", come)

    def scale_them(self) -> None:
        """Divide all by the root of 8."""
        scores = self.head.scores[ASKING]
        product = self.head.products[ASKING, _EXAMPLE]
        self.lines = VGroup(self.line(f"{product:.2f} / √8 ≈ {scores[_EXAMPLE]:.2f}", 0))
        counts = [CountTo(one, s) for one, s in zip(self.numbers, scores, strict=True)]
        self.tell_and_show(
            "A key has 8 components: divided by √8, the scores stay moderate.",
            *counts,
            self.row.animate.mark(ASKING, _EXAMPLE),
            FadeIn(self.lines[0]),
            run_time=2.0,
        )

    def take_powers(self) -> None:
        """Let the scores become exponents, and their powers grow as bars."""
        powers = np.exp(self.head.scores[ASKING])
        raised = self.numbers.copy()
        bases = VGroup()
        for number, place in zip(raised, self.numbers, strict=True):
            base = self.words("e", size=36)
            base.align_to(place, DOWN)
            number.scale(0.75).next_to(base, RIGHT, buff=0.03).shift(0.16 * UP)
            VGroup(base, number).set_x(place.get_x())
            bases.add(base)
        self.tell(
            "As powers of e they are positive, and the large ones win.",
            *(ReplacementTransform(a, b) for a, b in zip(self.numbers, raised, strict=True)),
            FadeIn(bases),
            run_time=1.2,
        )
        self.lines.add(self.power_line(self.head.scores[ASKING, _EXAMPLE], powers[_EXAMPLE]))
        self.bars = TokenBars(self.row, self)
        self.play(FadeOut(bases, raised), FadeIn(self.lines[1]), run_time=0.6)
        self.play(self.bars.come(powers, _PILE / powers.sum()), run_time=2)
        self.wait(0.5)

    def divide_by_the_sum(self) -> None:
        """Pile the bars up, and divide all by how high the pile is."""
        total = float(self.bars.values.sum())
        pile = self.bars.bars.copy()
        height = float(self.bars.bars.get_bottom()[1])
        moves = []
        for bar in pile:
            moves.append(bar.animate.move_to((_PILED, height + bar.height / 2, 0)))
            height += bar.height
        number = number_of(total, 2, 0.3, self.look).move_to((_PILED, height + 0.4, 0))
        words = self.words("sum").next_to(number, LEFT, buff=0.3)
        self.tell_and_show(
            "Piled up, they give their sum.",
            LaggedStart(*moves, lag_ratio=0.25),
            run_time=2.5,
        )
        self.play(FadeIn(number, words), run_time=0.6)
        self.wait(0.8)
        share = self.head.pattern[ASKING, _EXAMPLE]
        self.lines.add(
            self.line(f"{self.bars.values[_EXAMPLE]:.2f} / {total:.2f} ≈ {share:.2f}", 2)
        )
        self.tell_and_show(
            "Each divided by the sum: shares, which add up to 1.",
            self.bars.change_to(self.head.pattern[ASKING], _PILE),
            CountTo(number, 1.0),
            FadeIn(self.lines[2]),
            run_time=2.5,
        )
        self.tell(
            "6 takes nearly all from the ones.", self.row.animate.mark(ASKING, *ONES), run_time=0.8
        )
        self.play(FadeOut(self.bars, pile, number, words, self.lines), run_time=0.7)

    def line(self, text: str, k: int) -> VMobject:
        """Return a line of the example's way, the first, second or third from above."""
        return self.words(text, size=40).move_to((_LINES, self.top - 0.55 - 0.75 * k, 0))

    def power_line(self, score: float, power: float) -> VMobject:
        """Return the second line: a power of e."""
        rest = self.line(f"≈ {power:.2f}", 1)
        base = self.words("e", size=40).align_to(rest, DOWN)
        exponent = self.words(f"{score:.2f}", size=30).next_to(base, RIGHT, buff=0.03)
        exponent.shift(0.2 * UP)
        line = VGroup(base, exponent, rest.next_to(exponent, RIGHT, buff=0.15, coor_mask=[1, 0, 0]))
        return line.set_x(_LINES)

    def let_all_ask(self) -> None:
        """Go on to what the model has written, and let every token ask, row by row."""
        tokens = (*ROW, *WRITTEN)
        head = self.head_of(tokens)
        longer = self.placed(tokens)
        new = [VGroup(longer.boxes[k], longer.words[k]) for k in range(len(ROW), len(tokens))]
        come = LaggedStart(*(FadeIn(one, shift=0.2 * LEFT) for one in new), lag_ratio=0.4)
        self.tell("The model goes on and writes: 1, 1, 2, 3. Every token asks.", come)
        self.grid = ScoreGrid(
            head, tokens, stage="masked", size=_GRID, title=False, style=self.look
        )
        self.grid.move_to((_AT, (self.top + self.bottom) / 2, 0))
        self.grid.show_cells(head.masked, 1.0 - head.hidden, "masked")
        self.remove(self.row, *new)
        self.play(
            FadeOut(longer.boxes),
            ReplacementTransform(longer.words, self.grid.key_words),
            TransformFromCopy(longer.words, self.grid.query_words),
            FadeIn(self.grid.grid),
            run_time=1.5,
        )
        self.add(self.grid)
        self.tell_and_show(
            "A row is a token that asks. Its scores become its shares.",
            ShowScores(self.grid, "pattern", run_time=4.5),
            run_time=4.5,
        )

    def read_the_pattern(self) -> None:
        """Read three rows."""
        self.tell("What this head asks for: digits that come next in order.", wait=False)
        frame: Any = None
        pattern, tokens = self.grid.head.pattern, np.array((*ROW, *WRITTEN))
        for row, name, wanted in _READ:
            share = pattern[row][tokens == wanted].sum()
            text = f"{tokens[row]} takes {share:.2f} from the {name}"
            corners = self.grid.grid.corners(row)
            new = Rectangle(color=self.look.highlight_color, stroke_width=stroke(6))
            new.set_points_as_corners([*corners, corners[0]])
            words = self.words(text, size=32)
            words.next_to(self.grid.grid, RIGHT, buff=0.4).set_y(new.get_y())
            gone = [] if frame is None else [FadeOut(frame)]
            self.play(FadeIn(new, words), *gone, run_time=0.6)
            self.wait(0.9)
            frame = new
        self.wait(0.8)
