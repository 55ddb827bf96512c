"""A row that the sorter sorts wrongly: how sure it is, who pulled, and how far from right."""

from __future__ import annotations

import math
from typing import Any

from manim import (
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    Indicate,
    LaggedStart,
    Swap,
    VGroup,
)

from nnviz.animations import DrawToken
from nnviz.mobjects import LogitBars, NextTokens, TokenRow, arrow
from nnviz.mobjects.primitives.palette import RED
from nnviz.network import logit_sum
from telling import ToldScene

#: All rows of eight digits that differ in their answers, each shuffled once, in their order, by
#: ``RandomState(0).permutation``: how many there are, and how many the model sorts wrongly.
ROWS, WRONG = 24_310, 5
#: One of these.
FAILS = (8, 8, 0, 7, 8, 7, 0, 6)
#: What the parts that write into the stream are called.
NAMES = {
    "block0.attention": "block 1,",
    "block0.feed_forward.down": "block 1, MLP",
    "block1.attention": "block 2,",
    "block1.feed_forward.down": "block 2, MLP",
}
#: How many terms of the sum have a bar of their own.
SHOWN = 6
#: In scene units: between the middles of two digits; the left ends and the height of what is read
#: and what is answered; the middle, width and height of bars.
PITCH, READ, ANSWERED, LINE = 0.73, -6.45, 0.65, 2.15
MIDDLE, WIDTH, HEIGHT = -0.65, 6.1, 4.2


class WhereItFails(ToldScene):
    """A true failure: the row, the bars at the wrong digit, and what pulled there."""

    def construct(self) -> None:
        self.find_where_it_fails()
        self.show_row()
        self.answer_what_is_right()
        self.answer_what_is_wrong()
        self.show_who_pulled()
        self.exchange_two_digits()

    def find_where_it_fails(self) -> None:
        """Let the model answer up to its first wrong digit."""
        answer = sorted(FAILS)
        made = self.network.generate(FAILS, len(FAILS), temperature=0)
        self.failed, self.wanted = next(
            (one, right) for one, right in zip(made, answer, strict=True) if one.token != right
        )
        self.before = self.failed.tokens[:-1]
        self.answered = self.before[len(FAILS) :]

    def show_row(self) -> None:
        self.ask("Is it always right?")
        self.row = self.placed_row(FAILS, READ)
        self.tell(
            f"No. Of {ROWS:,} rows it sorts all but {WRONG}. This is one of them.", FadeIn(self.row)
        )

    def answer_what_is_right(self) -> None:
        self.arrow = arrow(LEFT, RIGHT, stroke_width=3, color=self.look.text_color).scale(0.3)
        between = (self.row.get_right()[0] + ANSWERED) / 2
        self.arrow.move_to((between, LINE, 0))
        self.answer = self.placed_row(self.answered, ANSWERED)
        last = len(FAILS) - 1 - FAILS[::-1].index(self.wanted)
        self.tell(
            f"So far, so good. The smallest digit that is left is the {self.wanted}.",
            FadeIn(self.arrow, self.answer, shift=0.3 * RIGHT),
            self.row.animate.mark(last),
        )

    def answer_what_is_wrong(self) -> None:
        chosen = self.failed.token
        self.bars = self.placed_bars(self.failed.logits)
        percent = f"{100 * self.bars.probabilities[chosen]:.0f} %"
        self.tell(f"But it answers {chosen}, and is sure of it: {percent}.", FadeIn(self.bars))
        self.play(DrawToken(self.bars, self.answer, chosen, run_time=1.6))
        box: Any = self.answer.boxes[-1]
        self.play(box.animate.set_stroke(RED).set_fill(RED, 0.4), run_time=0.5)

    def show_who_pulled(self) -> None:
        forward = self.forward_pass(self.before)
        chosen = self.failed.token
        found = logit_sum(self.network, forward, token=chosen, minus=self.wanted)
        self.pulls = LogitBars(
            found,
            shown=SHOWN,
            width=WIDTH,
            height=HEIGHT,
            total=f"{chosen} minus {self.wanted}",
            names=NAMES,
            style=self.look,
        ).move_to((ANSWERED - 0.1 + WIDTH / 2, MIDDLE, 0))
        axis, links, bars, names, numbers = self.pulls
        self.tell(
            f"The score of {chosen} minus that of {self.wanted} is a sum: so much each part added.",
            FadeIn(axis, names),
            LaggedStart(
                *(
                    LaggedStart(GrowFromEdge(bar, LEFT), FadeIn(number), lag_ratio=0.3)
                    for bar, number in zip(bars, numbers, strict=True)
                ),
                lag_ratio=0.5,
            ),
            run_time=3.0,
        )
        self.add(links, self.pulls)
        lit = self.look.highlight_color
        most = max(range(len(bars) - 1), key=lambda k: abs(self.pulls.rows[k].value))
        name, _, value = self.pulls.rows[most]
        self.tell(
            f"Most of it came from {name}: {value:.2f}.",
            Indicate(VGroup(bars[most], names[most], numbers[most]), 1.1, lit),
        )
        times = f"{math.exp(found.logit):.0f}"
        self.tell(
            f"Below 0 it would be right. At {found.logit:.2f}, {chosen} is {times} times as likely "
            f"as {self.wanted}.",
            Indicate(VGroup(bars[-1], names[-1], numbers[-1]), 1.1, lit),
        )

    def exchange_two_digits(self) -> None:
        """Show that the same digits in another order are sorted."""
        other = (*FAILS[:-2], FAILS[-1], FAILS[-2])
        made = list(self.network.generate(other, len(other), temperature=0))
        here, there = (VGroup(self.row.boxes[k], self.row.words[k]) for k in (-1, -2))
        k = len(self.answered)
        answer = self.placed_row([one.token for one in made], ANSWERED)
        bars = self.placed_bars(made[k].logits)
        digits = [
            FadeIn(VGroup(box, word), shift=0.2 * UP)
            for box, word in zip(answer.boxes, answer.words, strict=True)
        ]
        self.play(FadeOut(self.pulls, self.bars, self.answer), run_time=0.6)
        self.tell(
            "Exchange the last two digits, and it is right. Why? We do not know.",
            Swap(here, there),
            run_time=1.2,
            wait=False,
        )
        self.play(FadeIn(bars), LaggedStart(*digits, lag_ratio=0.3), run_time=2.0)
        self.wait(1.6)

    # What they share

    def placed_row(self, digits: Any, left: float) -> TokenRow:
        row = TokenRow(digits, 0.66, pitch=PITCH, style=self.look).set_y(LINE)
        return row.shift((left - row.get_left()[0]) * RIGHT)

    def placed_bars(self, logits: Any) -> NextTokens:
        bars = NextTokens(logits, shown=5, width=WIDTH, height=HEIGHT, title=False, style=self.look)
        return bars.move_to((READ + 0.3 + WIDTH / 2, MIDDLE, 0))
