"""Values travel along arcs, shrink to their shares, and add up where the question was asked."""

from __future__ import annotations

import numpy as np
from manim import RIGHT, UP, Create, FadeIn, LaggedStart, TransformFromCopy, VGroup

from nnviz import Attend, AttentionArcs, TokenRow, VectorColumn
from nnviz.mobjects import columns_of
from nnviz.mobjects.primitives.palette import stroke
from one_head import ASKING, ONES, OneHeadScene
from telling import ROW, VALUE

#: In scene units: height and width of a cell, and of those that are compared.
_HIGH, _WIDE, _LARGE = 0.18, 0.5, 0.42
#: Stroke width of an arc of weight 1, and where the sum stands, from the left.
_ARC, _MIDDLE = stroke(26), -2.16
#: From the left, the middles of what is compared.
_SUM, _ONE = 3.9, 5.7


class WhatTravels(OneHeadScene):
    """The values of all tokens travel to the one that asks, and their sum is what it takes."""

    def construct(self) -> None:
        """Show the script."""
        self.limit = float(np.abs(self.head.values).max())
        self.ask("What does a token take?")
        self.show_row()
        self.show_values()
        self.show_shares()
        self.let_them_travel()
        self.compare()

    def column(self, values: object, color: object = VALUE) -> VectorColumn:
        """Return a small column with a frame of a colour."""
        column = VectorColumn(values, _HIGH, self.limit, self.look, _WIDE)
        column.grid[2].set_stroke(color)
        return column

    def show_values(self) -> None:
        """Let a third vector of every token come."""
        self.values = columns_of(
            self.head.values, self.row.boxes, _HIGH, self.limit, style=self.look, width=_WIDE
        )
        for column in self.values:
            column.grid[2].set_stroke(VALUE)
        come = LaggedStart(*(FadeIn(one, shift=0.2 * UP) for one in self.values), lag_ratio=0.15)
        self.tell_and_show(
            "By a third matrix each token has a value: what it gives.", come, run_time=1.8
        )

    def show_shares(self) -> None:
        """Show the shares of the token that asks, as numbers and as arcs."""
        self.shares = self.numbers_above(self.head.pattern[ASKING], self.values, 0.12)
        self.asking = TokenRow([ROW[ASKING]], 0.72, style=self.look).mark(0)
        sums = VGroup(*(self.column(np.zeros(8)) for _ in ROW))
        for column in sums:  # of which one is shown
            column.set_x(_MIDDLE).set_y(self.top - 0.1, direction=UP)
        self.total = sums[ASKING]
        self.asking.next_to(self.total, RIGHT, buff=0.15)
        ends = VGroup(*(VGroup(v, n) for v, n in zip(self.values, self.shares, strict=True)))
        self.arcs = AttentionArcs(ends, sums, self.head.pattern, width=_ARC, style=self.look).only(
            ASKING
        )
        self.tell_and_show(
            "The shares say how much of each 6 takes.",
            LaggedStart(*(FadeIn(one, shift=0.1 * UP) for one in self.shares), lag_ratio=0.15),
            TransformFromCopy(self.row.boxes[ASKING], self.asking.boxes[0]),
            TransformFromCopy(self.row.words[ASKING], self.asking.words[0]),
            FadeIn(self.total),
            run_time=1.5,
        )
        self.play(Create(self.arcs.into(ASKING), lag_ratio=0.1), run_time=1.5)
        self.wait(1.0)

    def let_them_travel(self) -> None:
        """Let the values travel, weighted, and add up."""
        self.tell("Each value travels, fades to its share, and is added.", wait=False)
        self.play(
            Attend(self.arcs, self.values, self.total, self.head, ASKING, least=0.03, run_time=6.5)
        )
        self.tell("What has a share near 0 adds hardly anything.")

    def compare(self) -> None:
        """Hold the sum against the value of a one."""
        y = (self.top + self.row.get_top()[1]) / 2 - 0.2
        self.tell("What 6 takes is nearly the value of a 1.", wait=False)
        for small, x, text, color in (
            (self.total, _SUM, "6 takes", self.look.text_color),
            (self.values[ONES[1]], _ONE, "value of 1", VALUE),
        ):
            large, told = (
                VectorColumn(
                    small.values, _LARGE, self.limit, self.look, 2 * _WIDE, numbers=told
                ).move_to((x, y, 0))
                for told in (False, True)
            )
            large.grid[2].set_stroke(VALUE)
            name = self.words(text, color).next_to(large, UP, buff=0.2)
            self.play(TransformFromCopy(VGroup(small.grid), VGroup(large.grid)), run_time=1.2)
            self.play(FadeIn(told.grid.numbers, name), run_time=0.6)
        self.play(self.row.animate.mark(ASKING, ONES[1]), run_time=0.6)
        self.wait(1.6)
