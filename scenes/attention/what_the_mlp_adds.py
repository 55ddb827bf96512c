"""One token's vector through 128 neurons, what they add, and what that does to the next digit."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, FadeIn
from numpy.typing import NDArray

from nnviz import FeedForward, NetworkMobject, NextTokens, TokenRow, VectorColumn
from nnviz.network import logit_lens, residual_tap, token_block
from telling import ROW, ToldScene

#: What the model has written of the answer so far, and the block that is told of.
_WRITTEN, _BLOCK = (1, 1, 2, 3, 4), "block1.feed_forward"
#: Neurons of a layer that are shown.
_SHOWN = 12
#: In scene units: from one token to the next, height of the picture, and of columns.
_PITCH, _HEIGHT, _COLUMN = 0.62, 4.3, 3.4
#: In scene units, from the middle: where bars stand, where columns stand, and how wide bars are.
_BARS, _COLUMNS, _WIDTH = 4.95, 2.65, 3.9


class WhatTheMlpAdds(ToldScene):
    """A dense network reads one token alone, and what it adds turns a wrong answer into a right."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("And between two attentions?")
        self.read_half_an_answer()
        self.say_what_it_would_be()
        self.open_the_block()
        self.feed_the_token()
        self.add_to_the_stream()

    def read_half_an_answer(self) -> None:
        """Show the digits, and what is written of the answer."""
        tokens = [*ROW, *_WRITTEN]
        self.computed = self.forward_pass(tokens)
        self.sorting = self.network.with_inputs(len(tokens))
        self.tap = residual_tap(self.sorting, _BLOCK)
        row = TokenRow(tokens, 0.5, pitch=_PITCH, style=self.look)
        answer = len(ROW)
        for part in (*row.boxes[answer:], *row.words[answer:]):
            part.shift(0.35 * RIGHT)
        self.row = row.move_to((0, self.top - 0.25, 0))
        self.tell("Eight digits to sort, and five that it has written.", FadeIn(self.row))
        self.row.mark(-1)
        self.middle = (self.row.get_bottom()[1] + self.bottom) / 2 - 0.1

    def say_what_it_would_be(self) -> None:
        """Ask the stream what it would answer before the block adds."""
        before = self.computed[self.tap.reads][-1]
        self.limit = float(np.quantile(np.abs(self.computed[self.tap.sum][-1]), 0.9))
        self.before = self.column(before).move_to((-_COLUMNS, self.middle, 0))
        self.tell(
            "Take the last token, 4, just before the last MLP.",
            FadeIn(self.before, target_position=self.row.boxes[-1], scale=0.2),
        )
        self.scores = [
            logit_lens(self.sorting, self.computed, name)[-1]
            for name in (self.tap.reads, self.tap.sum)
        ]
        self.bars_before = self.bars(self.scores[0], -_BARS)
        self.tell(
            f"If the model ended here, it would write a {self.best(0)}. That is wrong.",
            FadeIn(self.bars_before, target_position=self.before, scale=0.2),
        )

    def open_the_block(self) -> None:
        """Show the network between."""
        self.inside, self.read = token_block(self.sorting, self.computed, _BLOCK)
        strongest = np.sort(np.argsort(-np.abs(self.read.activations[1]))[:_SHOWN])
        style = self.look.changed(
            fit=(4.3, _HEIGHT), max_shown=_SHOWN, shown_units={1: strongest.tolist()}
        )
        self.net = NetworkMobject(self.inside, style).show_weights()
        self.net.move_to((0, self.middle, 0))
        n, hidden, _ = self.inside.sizes
        self.tell(
            f"The MLP: {n} numbers, {hidden} neurons (here the {_SHOWN} strongest), {n} again.",
            FadeIn(self.net),
        )

    def feed_the_token(self) -> None:
        """Let the token's vector go through it."""
        self.tell("It reads this token, and no other.", wait=False)
        self.play(FeedForward(self.net, self.read.activations[0], run_time=3))
        active = int((self.read.activations[1] > 0.1).sum())
        self.tell(f"{active} of its {self.inside.sizes[1]} neurons are above 0.1.")

    def add_to_the_stream(self) -> None:
        """Add what comes out, and show what that does to the scores."""
        after = self.computed[self.tap.sum][-1]
        self.after = self.column(self.computed[self.tap.name][-1])
        self.after.move_to((_COLUMNS, self.middle, 0))
        self.tell(
            "What comes out is added to the stream.",
            FadeIn(self.after, target_position=self.net.layers[-1], scale=0.5),
        )
        copy = self.before.copy()
        self.play(copy.animate.move_to(self.after), run_time=1.5)
        self.remove(copy)
        self.play(self.after.animate.become(self.column(after).move_to(self.after)), run_time=0.8)
        self.bars_after = self.bars(self.scores[1], _BARS)
        self.tell(
            f"Now it writes a {self.best(1)}, and that is right.",
            FadeIn(self.bars_after, target_position=self.after, scale=0.2),
        )
        right, wrong = self.best(1), self.best(0)
        change = self.scores[1] - self.scores[0]
        self.tell(
            f"The score of {right} has grown by {change[right]:.1f}, that of {wrong} has fallen by "
            f"{-change[wrong]:.1f}."
        )
        self.tell("Attention brings things together; the MLP works out what follows.")
        self.wait(0.6)

    def best(self, stage: int) -> int:
        """Return which digit has the highest score before the block, 0, or after it, 1."""
        return int(self.scores[stage].argmax())

    def column(self, values: NDArray[np.float64]) -> VectorColumn:
        """Return a vector of the stream as a column."""
        column = VectorColumn(values, _COLUMN / len(values), self.limit, self.look)
        column.stretch_to_fit_width(0.32)
        return column

    def bars(self, scores: NDArray[np.float64], x: float) -> Any:
        """Return what would be written next, at the left or the right."""
        bars = NextTokens(
            scores, range(10), shown=4, width=_WIDTH, height=2.4, title=False, style=self.look
        )
        return bars.move_to((x, self.middle, 0))
