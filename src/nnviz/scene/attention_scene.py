"""The base scene of one head of attention, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from manim import (
    DOWN,
    UP,
    Create,
    FadeIn,
    LaggedStart,
    Transform,
    VGroup,
    config,
)

from nnviz.animations import Attend, ShowScores
from nnviz.mobjects.attention import (
    AttentionArcs,
    ScoreGrid,
    Stage,
    TokenRow,
    VectorColumn,
    columns_of,
)
from nnviz.network import AttentionHead, attention_head
from nnviz.scene.language_scene import MARGIN, LanguageScene

__all__ = ["AttentionScene"]


class AttentionScene(LanguageScene):
    """One head of attention, step by step: scores, mask, softmax, and values that travel.

    Choose a text (`text`), a block and a head. For a model of your own define `make_network` and
    `names`, too.

    Attributes
    ----------
    text : sequence
        Class attribute: the text, or the tokens, that the model reads.
    block : str
        Class attribute: a block with attention, such as "block0.attention".
    head : int
        Class attribute: the head, counted from 0.
    query : int
        Class attribute: the token to which values travel; the last one by default.

    Examples
    --------
    ::

        class Sorting(AttentionScene):
            text = "3141592611"
            names = "0123456789"
            head = 3

            def make_network(self):
                return pretrained("sort")
    """

    text: ClassVar[Sequence[Any]] = ".anna"
    block: ClassVar[str] = "block0.attention"
    head: ClassVar[int] = 0
    query: ClassVar[int] = -1

    def construct(self) -> None:
        """Play the script."""
        self.read_text()
        self.show_scores()
        self.show_values()
        self.attend()

    def read_text(self) -> None:
        """Compute the forward pass, and show the tokens."""
        self.tokens = self.tokens_of(self.text)
        self.forward = self.forward_pass(self.tokens)
        self.computed: AttentionHead = attention_head(
            self.network, self.forward, self.block, self.head
        )
        self.words = self.called(self.tokens)
        width = config.frame_width / 2 - 1.5 * MARGIN
        longest = max(map(len, self.words))
        pitch = min(0.8 + 0.2 * longest, width / len(self.words))
        self.row = TokenRow(self.words, pitch=pitch, style=self.look)
        large = min(1.8, (config.frame_width - 2 * MARGIN) / self.row.width)
        self.play(FadeIn(self.row.scale(large), shift=0.3 * UP))

    def show_scores(self) -> None:
        """Show the scores of queries and keys, and how they become the pattern."""
        self.place_grid()
        self.play(Transform(self.row, self.placed_row()), FadeIn(self.grid))
        self.play(ShowScores(self.grid, "products", run_time=4))
        self.play(ShowScores(self.grid, "scores", run_time=2))
        if self.computed.hidden.any():
            self.play(ShowScores(self.grid, "masked", run_time=2))
        self.play(ShowScores(self.grid, "pattern", run_time=4))

    def place_grid(self, stage: Stage | None = None) -> None:
        """Make the grid of scores, in the left half of the frame.

        Parameters
        ----------
        stage : Stage, optional
            The stage that it shows, as for `ScoreGrid`.
        """
        size = min(config.frame_height - 2.6, config.frame_width / 2 - 2.4 * MARGIN)
        self.grid = ScoreGrid(self.computed, self.words, stage=stage, size=size, style=self.look)
        self.grid.move_to((-config.frame_width / 4 + 0.25 * MARGIN, 0, 0))

    def placed_row(self) -> TokenRow:
        """Return the tokens at their place beside the grid, at the bottom."""
        row = TokenRow(self.words, pitch=self.row.pitch, style=self.look)
        x = config.frame_width / 4 - 0.25 * MARGIN
        row.move_to((x, 0, 0)).to_edge(DOWN, buff=MARGIN)
        return row

    def show_values(self) -> None:
        """Show the values of the tokens, and arcs as wide as the pattern's weights."""
        head = self.computed
        room = config.frame_height - 2 * MARGIN - self.row.height - 0.4
        cell = min(0.2, 0.3 * room / head.values.shape[1])
        limit = float(np.abs(head.values).max())
        self.values = columns_of(head.values, self.row.boxes, cell, limit, style=self.look)
        self.asking = TokenRow(self.words, pitch=self.row.pitch, style=self.look)
        self.asking.move_to(self.row).to_edge(UP, buff=MARGIN)
        self.sums = VGroup(
            *(
                VectorColumn(np.zeros(head.values.shape[1]), cell, limit, self.look).next_to(
                    box, DOWN, buff=0.12
                )
                for box in self.asking.boxes
            )
        )
        self.arcs = AttentionArcs(self.values, self.sums, head.pattern, style=self.look)
        self.play(
            LaggedStart(*(FadeIn(one, shift=0.15 * UP) for one in self.values), lag_ratio=0.2),
            FadeIn(self.asking, self.sums, shift=0.3 * DOWN),
            run_time=1.5,
        )
        self.play(Create(self.arcs, lag_ratio=0.02), run_time=1.5)

    def attend(self) -> None:
        """Let the values travel to the token that asks, where they add up."""
        query = range(len(self.tokens))[self.query]
        self.asking.mark(query)
        others = [
            self.arcs.arc(i, j)
            for i in range(len(self.tokens))
            for j in range(len(self.tokens))
            if i != query
        ]
        self.play(
            *(arc.animate.set_stroke(opacity=0.04) for arc in others if arc.stroke_opacity),
            run_time=0.7,
        )
        target = self.sums[query]
        assert isinstance(target, VectorColumn)
        self.play(Attend(self.arcs, self.values, target, self.computed, query, run_time=4))
        self.wait()
