"""What was true in this film: its models, how large they are, where they are; and thanks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, VGroup

from nnviz.mobjects import TokenRow, arrow
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.primitives.palette import LIGHT_GREY
from nnviz.network import pretrained
from nnviz.texts import NAMES_TOKENIZER
from predicting import PROMPT, SEED, TEMPERATURE
from telling import ROW, ToldScene

#: In scene units: the left ends of what is read and of what is answered, between the middles of two
#: tokens; the heights of the two models, how far below a model its size stands, and digits.
READ, ANSWERED, PITCH = -6.0, 0.75, 0.66
HEIGHTS, BELOW, DIGIT = (1.75, -0.15), 0.75, 0.26


class WhatItWas(ToldScene):
    """What the two models do once more, their sizes, where they are, and whom to thank."""

    #: With it the second model writes what it wrote before.
    seed = SEED

    def construct(self) -> None:
        self.ask("What was true here?")
        self.show_sorter()
        self.show_writer()
        self.thank()

    def show_sorter(self) -> None:
        made = self.network.generate(ROW, len(ROW), temperature=0)
        self.show_model("sort", ROW, [one.token for one in made], HEIGHTS[0])

    def show_writer(self) -> None:
        prompt = NAMES_TOKENIZER.encode(PROMPT)
        written = []
        for one in pretrained("names").generate(prompt, 12, temperature=TEMPERATURE, rng=self.rng):
            written.append(NAMES_TOKENIZER.decode([one.token]))
            if written[-1] == ".":
                break
        self.show_model("names", PROMPT, written, HEIGHTS[1])

    def show_model(self, name: str, read: Sequence[Any], answer: Sequence[Any], y: float) -> None:
        rows = VGroup()
        for tokens, left in ((read, READ), (answer, ANSWERED)):
            row = TokenRow(tokens, 0.6, pitch=PITCH, style=self.look)
            rows.add(row.move_to((left, y, 0), aligned_edge=LEFT))
        between = arrow(LEFT, RIGHT, stroke_width=3, color=self.look.text_color).scale(0.3)
        between.move_to((ANSWERED - 0.75, y, 0))
        size = f"{pretrained(name).n_parameters:,} parameters"
        texts = VGroup(
            self.line(f'pretrained("{name}")', READ, y - BELOW),
            self.line(size, ANSWERED, y - BELOW),
        )
        self.play(FadeIn(rows, between, texts, shift=0.2 * UP), run_time=0.8)
        self.wait(1.0)

    def thank(self) -> None:
        true = self.line(
            "Every number came out of these two, or of their training.", 0, -1.95, DIGIT * 1.1, 0
        )
        self.play(FadeIn(true), run_time=0.6)
        self.wait(1.8)
        thanks = VGroup(
            self.line(
                "Drawn with nnviz and Manim Community Edition.", 0, -2.85, 0.22, 0, LIGHT_GREY
            ),
            self.line("Inspired by the way 3Blue1Brown tells.", 0, -3.35, 0.22, 0, LIGHT_GREY),
        )
        self.play(FadeIn(thanks, shift=0.2 * UP), run_time=0.6)
        self.wait(2.0)

    def line(
        self,
        text: str,
        x: float,
        y: float,
        height: float = DIGIT,
        side: float = -1,
        color: Any = None,
    ) -> Lettering:
        written = Lettering(color or self.look.text_color, (side, 0), self.look.writing)
        return written.say(text, np.array([x, y, 0.0]), height)
