"""Two rows that end with the same token at the same place, and what the model writes next."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, FadeOut, VGroup

from nnviz import NextTokens, SansText, TokenRow
from nnviz.mobjects import columns_of
from telling import ROW, ToldScene

#: The other row: one digit is another, so that there is only one 1.
_PLACE = 1
_OTHER = (*ROW[:_PLACE], 8, *ROW[_PLACE + 1 :])
#: In scene units: from the middle of the frame to that of each side, from token to token, and from
#: what is read to what is written.
_AWAY, _PITCH, _GAP = 3.6, 0.62, 0.3
#: In scene units: how high the rows stand, the height of a number in a column, and how far the
#: columns stand from the middle when they are compared.
_Y, _CELL, _APART = 2.25, 0.13, 0.55
#: How many digits have a bar.
_BARS = 3


class WhyNeighbours(ToldScene):
    """The same last token has the same column, and only its neighbours tell what comes next."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("Why is one token not enough?")
        self.show_two_rows()
        self.write_a_digit()
        self.compare_columns()
        self.show_what_comes_next()
        self.look_at_the_neighbours()

    def show_two_rows(self) -> None:
        """Show what is read at the left, and at the right with one digit changed."""
        self.rows = [TokenRow(digits, pitch=_PITCH, style=self.look) for digits in (ROW, _OTHER)]
        for row, side in zip(self.rows, (LEFT, RIGHT), strict=True):
            row.move_to(_AWAY * side).shift(0.5 * (_GAP + _PITCH) * LEFT).set_y(_Y)
        left, right = self.rows
        self.tell("The model reads eight digits, and writes them in order.", FadeIn(left))
        self.tell(
            "In another row, one digit is changed.",
            FadeIn(right.mark(_PLACE)),
            left.animate.mark(_PLACE),
        )

    def write_a_digit(self) -> None:
        """Let the model write the first digit of both, which is the same."""
        first = [next(self.network.generate(one, 1, temperature=0)) for one in (ROW, _OTHER)]
        self.texts = [made.tokens for made in first]
        self.written = VGroup(
            *(
                TokenRow([made.token], pitch=_PITCH, style=self.look).next_to(row, RIGHT, _GAP)
                for made, row in zip(first, self.rows, strict=True)
            )
        )
        self.tell(
            "The first digit that it writes is 1 for both.",
            FadeIn(self.written),
            *(row.animate.mark() for row in self.rows),
        )

    def compare_columns(self) -> None:
        """Show the columns of the two digits that were written, which are equal."""
        vectors = np.array([self.forward_pass(text)["positions"][-1] for text in self.texts])
        columns = columns_of(vectors, self.written, _CELL, direction=DOWN, style=self.look)
        self.columns = columns
        self.tell(
            "The same token at the same place ...",
            FadeIn(columns, shift=0.2 * DOWN),
            *(one.animate.mark(0) for one in self.written),
        )
        equals = SansText("=", font_size=56, color=self.look.text_color).set_y(columns.get_y())
        self.tell(
            "... has the same column.",
            *(
                column.animate.set_x(side[0] * _APART)
                for column, side in zip(columns, (LEFT, RIGHT), strict=True)
            ),
            FadeIn(equals),
        )
        self.play(FadeOut(columns, equals), run_time=0.7)

    def show_what_comes_next(self) -> None:
        """Show the probabilities of the next digit for both."""
        self.bars = VGroup()
        for text, side in zip(self.texts, (LEFT, RIGHT), strict=True):
            logits = self.forward_pass(text).zs["scores"][-1]
            bars = NextTokens(
                logits, range(10), shown=_BARS, width=5.7, height=3.0, title=False, style=self.look
            )
            self.bars.add(bars.move_to((side[0] * _AWAY, -0.2, 0)))
        self.tell("But what comes next is not the same.", FadeIn(self.bars))

    def look_at_the_neighbours(self) -> None:
        """Say which other tokens the answers depend on."""
        left, right = self.rows
        ones = [place for place, digit in enumerate(ROW) if digit == 1]
        self.tell(
            "At the left there are two ones: the second comes next.", left.animate.mark(*ones)
        )
        marked = right.animate.mark(_OTHER.index(1), _OTHER.index(2))
        self.tell("At the right there is a single one, and 2 comes next.", marked)
        self.tell("So a token has to find out what stands around it.")
