"""The base scene of a text that a language model writes, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from manim import DOWN, RIGHT, UP, FadeIn, FadeOut, VGroup, config

from nnviz import words
from nnviz.animations import DrawToken, ExtendCache
from nnviz.mobjects.attention import AttentionArcs, KeyValueCache, NextTokens, TokenRow
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.network import (
    AttentionHead,
    Cache,
    CachedHead,
    Generated,
    attention_head,
    cached_head,
)
from nnviz.scene.language_scene import MARGIN, LanguageScene

__all__ = ["GenerationScene"]

#: Width of the words "keys" and "values" at the left of the columns, in scene units.
_TITLES = 1.0


class GenerationScene(LanguageScene):
    """A text that a language model writes: bars, the token that is drawn, the next pass.

    Tokens are drawn with `rng`, so that the text is the same every time; another `seed` gives
    another text.

    Attributes
    ----------
    prompt : sequence
        Class attribute: the beginning of the text: a text, or tokens.
    count : int
        Class attribute: the largest number of tokens to draw.
    stop : str or None
        Class attribute: the token that ends the text.
    temperature : float
        Class attribute: temperature of the softmax, which divides the logits.
    top_k : int or None
        Class attribute: the number of likeliest tokens to draw from; all if None.
    block : str or None
        Class attribute: the block whose pattern is shown as arcs over the text; None for no arcs.
    head : int
        Class attribute: the head of that block, counted from 0.
    cached : bool or None
        Class attribute: how each pass computes keys and values of that head, which are shown as
        columns: with True earlier columns are kept, as in a key-value cache; with False all are
        computed again for every token. None shows no columns. The text is the same.
    shown : int
        Class attribute: the number of bars.
    seconds : float
        Class attribute: seconds that one token takes.
    made : list of Generated
        The tokens that are drawn, known from the beginning of the scene on.

    Examples
    --------
    ::

        class Name(GenerationScene):
            prompt = ".an"
            temperature = 0.7
            seed = 3
            cached = True
    """

    prompt: ClassVar[Sequence[Any]] = "."
    count: ClassVar[int] = 8
    stop: ClassVar[str | None] = "."
    temperature: ClassVar[float] = 1.0
    top_k: ClassVar[int | None] = None
    block: ClassVar[str | None] = "block0.attention"
    head: ClassVar[int] = 0
    cached: ClassVar[bool | None] = None
    shown: ClassVar[int] = 8
    seconds: ClassVar[float] = 2.5

    def construct(self) -> None:
        """Play the script."""
        if self.cached is not None and self.block is None:
            raise ValueError("cached shows the keys and values of a head: say which block has it")
        self.columns: KeyValueCache | None = None
        self._cache: Cache | None = None
        self.computed = self.needed = 0
        self.tally = VGroup(
            *(Lettering(self.look.text_color, (-1, 0), self.look.writing) for _ in range(2))
        )
        self.made = self.draw_tokens()
        self.show_prompt()
        for made in self.made:
            if self.cached is not None:
                self.show_pass(made)
            self.show_token(made)
        self.wait()

    def draw_tokens(self) -> list[Generated]:
        """Return all tokens that the model writes, so that the whole text has its place."""
        drawn = self.network.generate(
            self.tokens_of(self.prompt),
            self.count,
            temperature=self.temperature,
            top_k=self.top_k,
            rng=self.rng,
            cached=self.cached is not False,
        )
        made = []
        for one in drawn:
            made.append(one)
            if self.stop is not None and self.names[one.token] == self.stop:
                break
        return made

    def show_prompt(self) -> None:
        """Show the beginning of the text."""
        tokens = self.tokens_of(self.prompt)
        room = config.frame_width - 2 * MARGIN
        if self.cached is not None:
            room = config.frame_width / 2 - 1.5 * MARGIN - _TITLES
        texts = self.called(tokens) + self.called([made.token for made in self.made])
        pitch = min(0.8 + 0.2 * max(map(len, texts)), room / len(texts))
        height = min(0.7, pitch)
        self.row = TokenRow(self.called(tokens), height, pitch=pitch, style=self.look)
        left = -0.5 * pitch * len(texts)
        if self.cached is not None:
            left = _TITLES + MARGIN - config.frame_width / 2
        self.row.shift((left - self.row.get_left()[0]) * RIGHT)
        self.row.set_y(config.frame_height / 2 - 2.6)
        self.play(FadeIn(self.row, shift=0.3 * UP))

    def show_pass(self, made: Generated) -> None:
        """Show the columns of keys and values that are computed for the next token.

        Parameters
        ----------
        made : Generated
            One token that the model has drawn, and its logits.
        """
        head, computed = self._computed_for(made.tokens[:-1])
        positions = len(head.keys)
        self.computed += computed
        self.needed += positions
        run_time = 0.4 * self.seconds
        if self.columns is None:
            self.columns = self._placed_columns(head)
            self._say_how_many(positions, computed)
            self.play(FadeIn(self.columns), FadeIn(self.tally), run_time=run_time)
            return
        self._say_how_many(positions, computed)
        kept = positions - computed
        self.play(ExtendCache(self.columns, head, self.row, kept=kept, run_time=run_time))

    def _computed_for(self, tokens: Sequence[int]) -> tuple[CachedHead | AttentionHead, int]:
        """Return the keys and values of a text, and how many positions a pass computes."""
        assert self.block is not None
        if self.cached:
            known = 0 if self._cache is None else self._cache.length
            forward, self._cache = self.network.extend(tokens[known:], self._cache)
            found = cached_head(self.network, self._cache, self.block, self.head)
            return found, len(forward.output)
        forward = self.forward_pass(tokens)
        return attention_head(self.network, forward, self.block, self.head), len(forward.output)

    def _placed_columns(self, head: CachedHead | AttentionHead) -> KeyValueCache:
        """Return the columns below the text."""
        bottom = -config.frame_height / 2 + MARGIN + 1.0
        cells = head.keys.shape[1] + head.values.shape[1] + 2
        cell = min(0.18, (self.row.get_bottom()[1] - 0.2 - bottom) / cells)
        whole = self._computed_whole()
        limits = (float(np.abs(whole.keys).max()), float(np.abs(whole.values).max()))
        return KeyValueCache(head, self.row, cell=cell, limits=limits, style=self.look)

    def _computed_whole(self) -> AttentionHead:
        """Return what the head computes for the whole text without its last token."""
        assert self.block is not None
        forward = self.forward_pass(self.made[-1].tokens[:-1])
        return attention_head(self.network, forward, self.block, self.head)

    def _say_how_many(self, positions: int, computed: int) -> None:
        """Write how many positions this pass computes, and all passes so far."""
        texts = (
            words.word("positions_computed", count=computed, all=positions),
            words.word("positions_so_far", count=self.computed, all=self.needed),
        )
        left, room = self.row.get_left()[0], config.frame_width / 2 - 1.5 * MARGIN - _TITLES
        assert self.columns is not None
        top = self.columns.get_bottom()[1] - 0.45
        line: Any
        for k, (line, text) in enumerate(zip(self.tally, texts, strict=True)):
            line.say(text, (left, top - 0.5 * k, 0), 0.24, room)

    def show_token(self, made: Generated) -> None:
        """Show the bars that the next token is drawn from, and the token.

        Parameters
        ----------
        made : Generated
            One token that the model has drawn, and its logits.
        """
        before = made.tokens[:-1]
        width, height = min(9.0, config.frame_width - 2 * MARGIN), 3.6
        middle = (0.0, -config.frame_height / 2 + MARGIN + height / 2, 0.0)
        if self.cached is not None:
            width, height = config.frame_width / 2 - 1.5 * MARGIN, 5.5
            middle = (config.frame_width / 4 + 0.25 * MARGIN, 0.0, 0.0)
        bars = NextTokens(
            made.logits,
            self.names,
            shown=self._rows_for(made),
            width=width,
            height=height,
            temperature=self.temperature,
            top_k=self.top_k,
            style=self.look,
        )
        bars.move_to(middle)
        arcs = VGroup()
        if self.block is not None:
            pattern = self.forward_pass(before)[f"{self.block}.pattern"]
            weights = pattern[self.head] if pattern.ndim == 3 else pattern
            arcs = AttentionArcs(self.row, self.row, weights, style=self.look).only(-1)
            self._fit_below_the_edge(arcs)
        self.play(FadeIn(bars, shift=0.2 * DOWN), FadeIn(arcs), run_time=0.3 * self.seconds)
        self.play(DrawToken(bars, self.row, made.token, run_time=0.55 * self.seconds))
        self.play(FadeOut(bars), FadeOut(arcs), run_time=0.15 * self.seconds)

    def _rows_for(self, made: Generated) -> int:
        """Return a number of bars with which the token is shown, too."""
        rank = int(np.argsort(np.argsort(-made.logits, kind="stable"))[made.token])
        return min(max(self.shown, rank + 1), len(made.logits))

    def _fit_below_the_edge(self, arcs: VGroup) -> None:
        """Make arcs lower if they would leave the frame."""
        bottom = self.row.get_top()[1]
        room = config.frame_height / 2 - 0.2 - bottom
        high = max(arc.points[:, 1].max() for arc in arcs) - bottom
        if high > room:
            arcs.stretch(room / high, 1, about_point=np.array([0, bottom, 0]))
