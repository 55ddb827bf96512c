"""Base scene of a whole transformer from afar: tokens, blocks that add, and the next token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    VGroup,
    config,
)
from numpy.typing import NDArray

from nnviz.animations import GrowStream
from nnviz.mobjects.attention import (
    BlockInside,
    NextTokens,
    ResidualStream,
    VectorColumn,
    columns_of,
)
from nnviz.network import ForwardPass, NetworkError, Softmax, Tap
from nnviz.scene.language_scene import MARGIN, LanguageScene

__all__ = ["TransformerScene"]

FloatArray = NDArray[np.float64]

#: Of the frame's width, what the stream takes; the width of the column beside it, in scene units.
_STREAM, _COLUMN = 0.53, 0.3


class TransformerScene(LanguageScene):
    """A whole transformer from afar: tokens, vectors, blocks that read and add, the next token.

    The model's stream grows from below. Beside it stands the vector of the last token as it is at
    each height. A block that mixes tokens comes out of its frame and shows the patterns of all
    heads, while arcs light up to the last token; any other block shows the network that it is for
    that token. At the end the last vector becomes bars of the next token.

    For a model of your own say `make_network` and `names`. It has to be a stack of blocks with
    their norms before them, as in GPT-2 and in all that came after.

    Attributes
    ----------
    text : sequence
        Class attribute: what is read: a text, or tokens.
    opened : sequence of str or None
        Class attribute: the blocks that show what is in them, such as "block0.attention"; the
        others light up alone. All if None.
    shown : int
        Class attribute: how many bars there are.
    seconds : float
        Class attribute: how long an opened block takes.
    stream : ResidualStream
        What grows.
    column, whose : VectorColumn, VGroup
        The last token's vector, and that token.
    bars : NextTokens
        What comes next.

    Examples
    --------
    ::

        class Sorting(TransformerScene):
            text = "31415926"
            names = "0123456789"

            def make_network(self):
                return pretrained("sort")
    """

    text: ClassVar[Sequence[Any]] = ".anna"
    opened: ClassVar[Sequence[str] | None] = None
    shown: ClassVar[int] = 8
    seconds: ClassVar[float] = 3.0

    def construct(self) -> None:
        """Play the script."""
        self.read_text()
        self.embed()
        for stage, tap in enumerate(self.stream.taps):
            self.go_through(stage, tap)
        self.predict()

    def read_text(self) -> None:
        """Compute all, and show the tokens."""
        self.tokens = self.tokens_of(self.text)
        self.forward: ForwardPass = self.forward_pass(self.tokens)
        self.words = self.called(self.tokens)
        width = _STREAM * config.frame_width - MARGIN
        height = config.frame_height - 2 * MARGIN
        self.stream = ResidualStream(
            self.network, self.forward, self.words, width=width, height=height, style=self.look
        )
        self._check_blocks()
        self.stream.to_edge(LEFT, buff=MARGIN).show_stages(0)
        self.play(FadeIn(self.stream.row, shift=0.3 * UP))
        self.add(self.stream)

    def embed(self) -> None:
        """Let every token become a vector, which goes on as a rail; the last one stays in sight."""
        taps = self.stream.taps
        #: The last token's vector before each block, and after the last, shape (taps + 1, n).
        self.vectors: FloatArray = np.array(
            [self.forward[name][-1] for name in (*(tap.reads for tap in taps), taps[-1].sum)]
        )
        first = self.forward[taps[0].reads]
        height = 0.6 * config.frame_height
        cell = height / first.shape[1]
        columns = columns_of(first, self.stream.row.boxes, cell, buff=0.15, style=self.look)
        for column, box in zip(columns, self.stream.row.boxes, strict=True):
            column.stretch_to_fit_width(min(_COLUMN, 0.6 * box.width))
        self.play(
            LaggedStart(*(FadeIn(one, shift=0.3 * UP) for one in columns), lag_ratio=0.15),
            run_time=1.5,
        )
        self.wait(0.3)
        last = columns[-1]
        assert isinstance(last, VectorColumn)
        self.column = last
        row = self.stream.row
        self.whose = VGroup(row.boxes[-1].copy(), row.words[-1].copy())
        target: Any = self.column.copy().move_to((self._column_place, 0, 0))
        target.stretch_to_fit_width(_COLUMN)
        self.play(
            *(one.animate.stretch(0.02, 0).set_opacity(0) for one in columns[:-1]),
            self.column.animate.become(target),
            self.whose.animate.next_to(target, DOWN, buff=0.15),
            run_time=1.2,
        )
        self.remove(*columns[:-1])

    def go_through(self, stage: int, tap: Tap) -> None:
        """Let a block read and add.

        Parameters
        ----------
        stage : int
            Which, from 0.
        tap : Tap
            Where it reads and adds.
        """
        is_opened = self.opened is None or tap.block in self.opened
        time = self.seconds if is_opened else 1.0
        grow = GrowStream(self.stream, stage, stage + 1, run_time=0.4 * time)
        arcs = self.arcs(stage, tap)
        inside = self.inside(tap) if is_opened else VGroup()
        self.play(grow)
        if is_opened:
            small = 0.3 * self.stream.frame(stage).height / inside.height
            come = {"target_position": self.stream.frame(stage), "scale": small}
            self.play(FadeIn(inside, **come), run_time=0.25 * time)
        if len(arcs):
            self.play(Create(arcs, lag_ratio=0), run_time=0.25 * time)
        self.play(self.take(stage + 1), run_time=0.2 * time)
        self.wait(0.2 * time)
        if is_opened:
            self.play(FadeOut(inside, **come), FadeOut(arcs), run_time=0.2 * time)
        elif len(arcs):
            self.play(FadeOut(arcs), run_time=0.2)

    def take(self, stage: int) -> Any:
        """Return how the column becomes the last token's vector after some blocks.

        Parameters
        ----------
        stage : int
            How many blocks have added.
        """
        values = self.vectors[stage]
        limit = float(np.abs(values).max())
        column = VectorColumn(values, 1.0, limit, self.look)
        column.stretch_to_fit_height(self.column.height).stretch_to_fit_width(self.column.width)
        return self.column.animate.become(column.move_to(self.column))

    def inside(self, tap: Tap) -> BlockInside:
        """Return what is in a block, at the right of the frame.

        Parameters
        ----------
        tap : Tap
            Where the block reads and adds.
        """
        left = self._column_place + _COLUMN / 2 + MARGIN
        right = config.frame_width / 2 - MARGIN
        inside = BlockInside(
            self.network,
            self.forward,
            tap.block,
            self.words,
            width=right - left,
            height=config.frame_height - 3 * MARGIN,
            style=self.look,
        )
        return inside.move_to(((left + right) / 2, 0, 0))

    def arcs(self, stage: int, tap: Tap) -> VGroup:
        """Return arcs to the last token, as wide as the mean of the heads' weights, or nothing.

        Parameters
        ----------
        stage : int
            Which block, from 0.
        tap : Tap
            Where it reads and adds.
        """
        if tap.pattern is None:
            return VGroup()
        pattern = self.forward[tap.pattern]
        weights = pattern.mean(axis=0) if pattern.ndim == 3 else pattern
        return self.stream.arcs(stage, weights[-1])

    def predict(self) -> None:
        """Let the last vector become bars of the next token."""
        logits, last = self._logits(), self.stream.stages - 1
        left = self._column_place + _COLUMN / 2 + MARGIN
        right = config.frame_width / 2 - MARGIN
        self.bars = NextTokens(
            logits,
            self.names,
            shown=self.shown,
            width=right - left,
            height=0.6 * config.frame_height,
            title=False,
            style=self.look,
        )
        self.bars.move_to(((left + right) / 2, 0, 0))
        self.play(GrowStream(self.stream, last, run_time=0.8))
        self.play(FadeIn(self.bars, target_position=self.column, scale=0.1), run_time=1.5)
        self.wait()

    @property
    def _column_place(self) -> float:
        """Where the column stands, from left to right."""
        return -config.frame_width / 2 + _STREAM * config.frame_width + MARGIN

    def _logits(self) -> FloatArray:
        """Return the scores of the token that comes next."""
        name = self.network.output
        node = self.network.nodes[name]
        if isinstance(node.layer, Softmax):
            (name,) = node.inputs
        scores = self.forward.zs[name]
        if scores.ndim != 2 or scores.shape[1] != len(self.names):
            raise NetworkError(
                f"the model gives {name} of shape {scores.shape}, and names has "
                f"{len(self.names)} tokens: a language model has a score for each, at every token"
            )
        logits: FloatArray = scores[-1]
        return logits

    def _check_blocks(self) -> None:
        """Raise an error where something is to be opened that is no block."""
        blocks = [tap.block for tap in self.stream.taps]
        for name in self.opened or ():
            if name not in blocks:
                raise NetworkError(f"opened: there is no block {name!r}, but {', '.join(blocks)}")
        self._logits()
