"""What a language model writes while it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.attention.pattern_panel import called
from nnviz.mobjects.charts.chart_colors import WRONG_COLOR, ink
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import segments
from nnviz.mobjects.charts.signs import show_sign
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import visible_text, without_markup
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Network, Report

__all__ = ["SamplesPanel"]

#: In heights of a digit: the arrow's place, what is free beside a token in a row of single tokens,
#: a sign with the gap before it, and how far below a wrong token its line runs.
_ARROW, _BESIDE, _SIGN, _BELOW = 2.4, 0.6, 1.7, 0.42
#: A digit's height, of a row's, and at most, in scene units.
_LETTER, _MOST = 0.42, 0.5
#: How much is seen of a prompt, and of the arrow after it.
_PROMPT, _ARROW_SEEN = 0.75, 0.5
#: Where nothing stands, as the model has ended its text.
_NOTHING = -1


class SamplesPanel(Panel):
    """A language model's continuations of given prompts, a row each, from report to report.

    It is always what the network of a report writes, the last one so far. With temperature 0 each
    token is the likeliest. Else tokens are drawn, from the same seed at every report, so that only
    the network makes a difference.

    Parameters
    ----------
    prompts : sequence of sequence of int
        One or several, each a sequence of integers.
    count : int
        Number of tokens that are written.
    width, height : float, optional
        Size of the panel, in scene units.
    wanted : sequence of sequence of int, optional
        What should be written, a sequence of integers for each prompt. A token that differs has
        another colour and a line below it, and each row ends with a tick or a cross.
    names : sequence of str, optional
        What tokens are called, by their numbers; the numbers by default.
    stop : int, optional
        The token that ends a text; it is written, and nothing after it.
    temperature : float, optional
        As for `Network.generate`.
    top_k : int, optional
        As for `Network.generate`.
    seed : int, optional
        What each row's tokens are drawn from; each row has one of its own.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``. Tokens are written as they are.

    Raises
    ------
    ValueError
        If there are no prompts, or those or what is wanted do not fit.

    Examples
    --------
    >>> from nnviz import SamplesPanel
    >>> from nnviz.network import recorded
    >>> rows = [[3, 1, 4, 1, 5, 9, 2, 6]]
    >>> panel = SamplesPanel(rows, 8, wanted=[sorted(row) for row in rows])
    >>> for snapshot in (recorded("sort")[4], recorded("sort")[-1]):
    ...     print(panel.show_report(snapshot).texts, panel.right)
    ['12345699'] [False]
    ['11234569'] [True]
    """

    rows: Part[VGroup] = Part(
        1, doc="A group a prompt: its words, an arrow, what is written, lines below, and the sign."
    )

    def __init__(
        self,
        prompts: Sequence[Sequence[int]],
        count: int,
        width: float = 6.0,
        height: float = 1.5,
        *,
        wanted: Sequence[Sequence[int]] | None = None,
        names: Sequence[str] | None = None,
        stop: int | None = None,
        temperature: float = 0.0,
        top_k: int | None = None,
        seed: int = 0,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.prompts = [[int(token) for token in prompt] for prompt in _rows(prompts, "prompts")]
        self.count, self.stop, self.seed = count, stop, seed
        self.temperature, self.top_k = temperature, top_k
        self.names = None if names is None else tuple(map(str, names))
        self.wanted: NDArray[np.int64] | None = None
        if wanted is not None:
            rows = [list(row) for row in _rows(wanted, "wanted")]
            if [len(row) for row in rows] != [count] * len(self.prompts):
                raise ValueError(
                    f"wanted holds {count} tokens for each of {len(self.prompts)} prompts, not "
                    f"{[len(row) for row in rows]}"
                )
            self.wanted = np.array(rows, dtype=np.int64)
        self._asked = [self._texts(prompt) for prompt in self.prompts]
        self._writing = without_markup(writing)
        self._lay_out()
        rows_of_words = VGroup()
        for asked in self._asked:
            cells = max(map(len, self._asked)) if self.wanted is not None else 1
            prompt = VGroup(*(self._word(_PROMPT) for _ in range(min(cells, len(asked)))))
            made = VGroup(*(self._word() for _ in range(count if self.wanted is not None else 1)))
            lines = VMobject(stroke_color=WRONG_COLOR, stroke_width=stroke(4))
            rows_of_words.add(VGroup(prompt, self._word(_ARROW_SEEN), made, lines, VMobject()))
        self.add(rows_of_words)
        self._draw_prompts()

    @property
    def texts(self) -> list[str]:
        """The text after each prompt."""
        rows: Any = self.rows
        return ["".join(word.text for word in row[2]) for row in rows]

    @property
    def right(self) -> list[bool]:
        """Whether each row is as wanted; nothing if nothing is wanted, or shown."""
        if self.wanted is None or not self.measured:
            return []
        return [bool(row.all()) for row in self.measured[-1] == self.wanted]

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks that do not continue texts, and tokens without a name."""
        for report in reports[:1]:
            for prompt in self.prompts:
                report.network.generate(prompt, self.count, top_k=self.top_k)
            tokens = report.network.output_shape[-1]
            if self.names is not None and len(self.names) != tokens:
                raise ValueError(
                    f"{len(self.names)} names for the {tokens} tokens of {report.network!r}"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return the tokens written, shape (prompts, count); -1 after the end of a text."""
        return np.array(
            [self._written(report.network, k) for k in range(len(self.prompts))], dtype=float
        )

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Write what the last report's network writes."""
        self._draw_prompts()
        row: Any
        for k, (row, tokens) in enumerate(zip(self.rows, past[-1].astype(np.int64), strict=True)):
            texts = self._texts(token for token in tokens if token != _NOTHING)
            if self.wanted is None:
                room = self.size[0] - self._start
                self._say(row[2][0], "".join(texts), self._start, k, room)
            else:
                self._draw_marked(row, texts, tokens == self.wanted[k], k)

    # --- inside

    def _written(self, network: Network, k: int) -> list[int]:
        rng = np.random.RandomState(self.seed + k)
        found: list[int] = []
        for made in network.generate(
            self.prompts[k], self.count, temperature=self.temperature, top_k=self.top_k, rng=rng
        ):
            found.append(made.token)
            if made.token == self.stop:
                break
        return found + [_NOTHING] * (self.count - len(found))

    def _texts(self, tokens: Any) -> list[str]:
        return [visible_text(text) for text in called(tokens, self.names)]

    def _word(self, opacity: float = 1.0) -> Lettering:
        word = Lettering(ink(), (-1 if self.wanted is None else 0, 0), self._writing)
        word.set_fill(opacity=opacity)
        return word

    def _lay_out(self) -> None:
        """Find the size of letters, and where the written text begins."""
        width, height = self.size
        ruler = Lettering(ink(), writing=self._writing)
        letter = min(_LETTER * height / len(self.prompts), _MOST)
        if self.wanted is None:
            asked = max(ruler.width_of("".join(texts), 1.0) for texts in self._asked)
            # At least half of the width is for what is written.
            self._letter = min(letter, width / (2 * (asked + _ARROW)))
            self._pitch = 0.0
            self._left, self._start = 0.0, (asked + _ARROW) * self._letter
            return
        names = self.names or [str(int(k)) for k in range(int(self.wanted.max()) + 1)]
        pitch = max(ruler.width_of(visible_text(name), 1.0) for name in names) + _BESIDE
        longest = max(map(len, self.prompts))
        across = (longest + self.count) * pitch + _ARROW + _SIGN
        self._letter = min(letter, width / across)
        self._pitch = pitch * self._letter
        self._left = (width - across * self._letter) / 2
        self._start = self._left + longest * self._pitch + _ARROW * self._letter

    def _height_of(self, k: int) -> float:
        """Return the height in the box at which a row's middle stands."""
        return self.size[1] * (1 - (k + 0.5) / len(self.prompts))

    def _say(self, word: Lettering, text: str, x: float, k: int, room: float = np.inf) -> None:
        at = self.place([(x, self._height_of(k))])[0]
        word.say(text, at, self._letter * self.enlargement, room * self.enlargement)

    def _draw_prompts(self) -> None:
        row: Any
        for k, (row, asked) in enumerate(zip(self.rows, self._asked, strict=True)):
            arrow = self._start - 0.5 * _ARROW * self._letter
            if self.wanted is None:
                self._say(row[0][0], "".join(asked), self._left, k)
                arrow -= 0.5 * row[1].width_of("→", self._letter)
            else:
                first = self._start - _ARROW * self._letter - len(asked) * self._pitch
                for j, (word, text) in enumerate(zip(row[0], asked, strict=True)):
                    self._say(word, text, first + (j + 0.5) * self._pitch, k)
            self._say(row[1], "→", arrow, k)

    def _draw_marked(
        self, row: Any, texts: Sequence[str], is_right: NDArray[np.bool_], k: int
    ) -> None:
        """Write tokens one by one, and mark what is wrong."""
        low = self._height_of(k) - (0.5 + _BELOW) * self._letter
        half = 0.5 * self._pitch - 0.12 * self._letter
        ends = []
        word: Any
        for j, (word, right) in enumerate(zip(row[2], is_right, strict=True)):
            x = self._start + (j + 0.5) * self._pitch
            self._say(word, texts[j] if j < len(texts) else "", x, k)
            word.set_fill(ink() if right else WRONG_COLOR)
            if not right:
                ends.append([(x - half, low), (x + half, low)])
        if ends:
            flat = self.place(np.array(ends).reshape(-1, 2)).reshape(-1, 2, 3)
            row[3].points = segments(flat[:, 0], flat[:, 1])
        else:
            row[3].clear_points()
        x = self._start + self.count * self._pitch + (_SIGN - 1.0) * self._letter
        corner = np.array([x, self._height_of(k) - 0.5 * self._letter])
        show_sign(row[4], self, corner, self._letter, bool(is_right.all()))


def _rows(rows: Any, what: str) -> Sequence[Sequence[int]]:
    """Return rows of tokens, of which there is at least one, and none is empty."""
    if not len(rows) or any(np.ndim(row) != 1 or not len(row) for row in rows):
        raise ValueError(
            f"{what} is a sequence of sequences of integers, at least one and none of them empty, "
            f"such as [[3, 1, 4]], not {rows!r}"
        )
    found: Sequence[Sequence[int]] = rows
    return found
