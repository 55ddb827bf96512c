"""A rail a token, taps where blocks read and add, a sum that proves it, and the model from afar."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Create,
    FadeIn,
    FadeOut,
    Indicate,
    LaggedStart,
    VGroup,
)

from nnviz import GrowStream, NextTokens, ResidualStream, SansText, VectorColumn
from nnviz.mobjects import BlockInside, baseline, columns_of
from nnviz.mobjects.primitives.palette import LIGHT_GREY
from telling import ROW, ToldScene

#: In scene units: the size of the stream, the height of a column and its width, and from one column
#: of the sum to the next.
_STREAM, _COLUMN, _THICK, _PITCH = 7.2, 3.9, 0.3, 1.04
#: In scene units: how far the picture at the right stands from the middle of the frame.
_RIGHT = 3.95
#: What came in and what blocks are called, in order.
_CALLED = ("token", "attention", "MLP", "attention", "MLP")


class TheStream(ToldScene):
    """Nothing is replaced: everything is added to a stream, from the token to the answer."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("Where do the answers go?")
        self.lay_the_rails()
        self.grow_to_the_top()
        self.add_up()
        self.see_from_afar()

    def lay_the_rails(self) -> None:
        """Let the first attention and the first dense network read and add."""
        self.computed = self.forward_pass()
        self.sorting = self.network.with_inputs(len(ROW))
        self.stream = ResidualStream(
            self.sorting,
            self.computed,
            ROW,
            width=_STREAM,
            height=self.top - self.bottom,
            names=_CALLED[1:],
            style=self.look,
        )
        self.stream.to_edge(LEFT, buff=0.35).set_y((self.top + self.bottom) / 2)
        first = self.computed[self.stream.taps[0].reads]
        cell = _COLUMN / first.shape[1]
        columns = columns_of(first, self.stream.row.boxes, cell, style=self.look)
        for column in columns:
            column.stretch_to_fit_width(_THICK)
        self.tell(
            "Each token is a vector, on its way up.",
            FadeIn(self.stream.row, shift=0.3 * UP),
            LaggedStart(*(FadeIn(one, shift=0.3 * UP) for one in columns), lag_ratio=0.1),
            run_time=1.5,
        )
        self.play(*(column.animate.stretch(0.01, 0).fade(1) for column in columns), run_time=0.7)
        self.remove(*columns)
        self.go_through(0, "Attention reads all of them, and adds a vector to each.")
        self.go_through(1, "A dense network, the MLP, reads each alone, and adds.")

    def go_through(self, stage: int, text: str) -> None:
        """Let a block read and add, and open it."""
        inside = BlockInside(
            self.sorting,
            self.computed,
            self.stream.taps[stage].block,
            ROW,
            width=5.2,
            height=self.top - self.bottom,
            title=_CALLED[stage + 1],
            style=self.look,
        )
        inside.move_to((_RIGHT, (self.top + self.bottom) / 2, 0))
        shut: Any = {"target_position": self.stream.frame(stage), "scale": 0.05}
        self.tell(text, wait=False)
        self.play(GrowStream(self.stream, stage, stage + 1, run_time=1.5))
        self.play(FadeIn(inside, **shut), *self.light(stage), run_time=1)
        self.wait(1.2)
        self.play(FadeOut(inside, **shut), *map(FadeOut, self.lights), run_time=0.8)

    def light(self, stage: int) -> list[Animation]:
        """Return how arcs to the last token light up, where a block mixes tokens."""
        pattern = self.stream.taps[stage].pattern
        self.lights: list[Any] = []
        if pattern is not None:
            self.lights = [self.stream.arcs(stage, self.computed[pattern].mean(axis=0)[-1])]
        return [Create(arcs, lag_ratio=0) for arcs in self.lights]

    def grow_to_the_top(self) -> None:
        """Let the second block do the same, and say what widths are."""
        self.tell("Then once more the same.", run_time=0.7, wait=False)
        self.play(GrowStream(self.stream, 2, run_time=2))
        last = len(ROW) - 1
        lines = VGroup(*(self.stream.tap(k, last)[1] for k in range(len(self.stream.taps))))
        self.tell("A line is as wide as what it carries is large.", run_time=0.7, wait=False)
        self.play(LaggedStart(*(Indicate(one, 1.3) for one in lines), lag_ratio=0.4), run_time=2)

    def add_up(self) -> None:
        """Show that the last vector is the first one and all that was added."""
        taps = self.stream.taps
        names = [taps[0].reads, *(tap.name for tap in taps)]
        vectors = [self.computed[name][-1] for name in (*names, taps[-1].sum)]
        limit = float(np.quantile(np.abs(vectors), 0.9))
        columns = VGroup(*(self.column(vector, limit) for vector in vectors))
        columns.arrange(RIGHT, buff=_PITCH - _THICK)
        columns.move_to((_RIGHT, (self.top + self.bottom) / 2 + 0.45, 0))
        signs = VGroup(
            *(
                SansText(sign, font_size=34).move_to((one.get_right() + other.get_left()) / 2)
                for sign, (one, other) in zip("++++=", pairwise(columns), strict=True)
            )
        )
        labels, sizes = VGroup(), VGroup()
        foot = columns.get_bottom()[1] - 0.38
        for text, column, vector in zip((*_CALLED, "sum"), columns, vectors, strict=True):
            label = SansText(text, font_size=22, color=LIGHT_GREY)
            label.move_to(column.get_bottom() + 0.3 * DOWN)
            line = baseline(label)
            labels.add(label if line is None else label.shift((foot - line) * UP))
            size = SansText(f"{np.sqrt((vector * vector).mean()):.2f}", font_size=26)
            sizes.add(size.move_to(column.get_bottom() + 0.75 * DOWN))
        token = len(ROW) - 1
        sources = [self.stream.row.boxes[-1], *(self.stream.tap(k, token)[1] for k in range(4))]
        self.tell("Follow the last token: what came in, and what was added.", wait=False)
        for k, source in enumerate(sources):
            self.play(
                FadeIn(columns[k], target_position=source, scale=0.2),
                FadeIn(labels[k], sizes[k], *signs[max(k - 1, 0) : k]),
                run_time=1,
            )
        self.tell(
            "The last vector is their sum: nothing was replaced.",
            FadeIn(columns[-1], labels[-1], sizes[-1], signs[-1], shift=0.3 * RIGHT),
        )
        self.tell("The number is how large it is: the root of its mean square.")
        self.columns = columns
        self.shown = VGroup(columns, signs, labels, sizes)

    def see_from_afar(self) -> None:
        """Let all of it happen in one sweep, from the tokens to the next one."""
        self.hush(self.shown)
        self.play(self.stream.animate.show_stages(0), run_time=0.7)
        self.tell("From afar: digits come in, blocks read and add,", wait=False)
        for stage in range(len(self.stream.taps)):
            self.play(GrowStream(self.stream, stage, stage + 1, run_time=0.8))
            if lights := self.light(stage):
                self.play(*lights, run_time=0.4)
                self.play(*map(FadeOut, self.lights), run_time=0.3)
        self.play(GrowStream(self.stream, len(self.stream.taps), run_time=0.5))
        scores = self.computed.zs["scores"][-1]
        self.bars = NextTokens(
            scores, range(10), shown=5, width=5.0, height=3.2, title=False, style=self.look
        )
        self.bars.move_to((_RIGHT, (self.top + self.bottom) / 2, 0))
        answer = self.bars.names[int(scores.argmax())]
        end = self.stream.rail(len(self.stream.taps), len(ROW) - 1)
        self.tell(
            f"and the last vector says which digit comes next: {answer}, the smallest.",
            FadeIn(self.bars, target_position=end.get_end(), scale=0.1),
            run_time=1.5,
        )
        self.wait(1)

    def column(self, values: Any, limit: float) -> VectorColumn:
        """Return a vector as a column, as high as all others."""
        column = VectorColumn(values, _COLUMN / len(values), limit, self.look)
        column.stretch_to_fit_width(_THICK)
        return column
