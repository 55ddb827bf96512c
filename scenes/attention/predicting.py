"""How a model writes: scores, softmax, temperature, a draw, and a cache for the next pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, GrowFromEdge, LaggedStart, Square, VGroup

from nnviz.animations import DrawToken, ExtendCache
from nnviz.mobjects import KeyValueCache, NextTokens, TokenRow, VectorColumn
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.network import cached_head
from nnviz.texts import NAMES_TOKENIZER, names
from telling import KEY, VALUE, ToldScene

#: What the name begins with, and how the rest of it is drawn.
PROMPT, TEMPERATURE, SEED = ".cla", 0.8, 9
#: Whose keys and values are shown.
BLOCK, HEAD = "block0.attention", 0
#: How many of the likeliest letters are shown.
SHOWN = 8
#: In scene units: between the middles of two letters; the left end of the text, and its height;
#: the left end, width, height and middle of the bars.
PITCH, LEFT_END, LINE = 0.68, -5.75, 2.2
BARS_LEFT, BARS_WIDTH, BARS_HEIGHT, BARS_MIDDLE = 0.9, 5.8, 5.2, -0.1
#: Side of a square that stands for a column.
SQUARE = 0.5
#: Height of a digit in scores and notes; of a cell in columns of 48, their width, and of a cell in
#: the cache. Where the ends of the scores stand.
DIGIT, CELL, WIDE, CACHED_CELL, SCORES = 0.22, 0.088, 0.42, 0.16, 1.15


class Predicting(ToldScene):
    """The last vector becomes a probability for each letter; one is drawn, and all begins again."""

    model = "names"
    #: It draws "claira", a name that is in none of the lists.
    seed = SEED

    def construct(self) -> None:
        self.read_the_beginning()
        self.show_last_vector()
        self.score_letters()
        self.make_probabilities()
        self.move_temperature()
        self.draw_a_letter()
        self.keep_keys_and_values()
        self.compute_one_column()
        self.finish_the_name()
        self.compare_with_no_cache()

    def read_the_beginning(self) -> None:
        self.characters = NAMES_TOKENIZER.characters
        self.tokens = NAMES_TOKENIZER.encode(PROMPT)
        self.made = []
        drawn = self.network.generate(self.tokens, 12, temperature=TEMPERATURE, rng=self.rng)
        for one in drawn:
            self.made.append(one)
            if self.characters[one.token] == ".":
                break
        self.row = TokenRow(PROMPT, 0.62, pitch=PITCH, style=self.look).set_y(LINE)
        self.row.shift((LEFT_END - self.row.get_left()[0]) * RIGHT)
        self.ask("How does it write?")
        self.tell("It has read the beginning of a name; a dot is in front.", FadeIn(self.row))

    def show_last_vector(self) -> None:
        vector = self.forward_pass(self.tokens)["norm"][-1]
        self.column = self.vector_column(vector).next_to(self.row.boxes[-1], DOWN, buff=0.25)
        self.tell(
            f"After all blocks, {len(vector)} numbers stand below the last letter.",
            FadeIn(self.column, shift=0.4 * DOWN),
            self.row.animate.mark(-1),
        )

    def score_letters(self) -> None:
        """Multiply the vector by each letter's row of the table."""
        made = self.made[0]
        self.bars = self.placed_bars(made.logits, temperature=1.0)
        table = self.network.nodes["scores"].layer.weights
        limit = float(np.abs(table).max())
        best = [int(token) for token in self.bars.order]
        of_letter = self.vector_column(table[best[0]], limit)
        of_letter.next_to(self.column, RIGHT, buff=1.1)
        over = of_letter.get_top() + 0.35 * UP
        letter = self.note(self.characters[best[0]], 0.3, at=over)
        times = self.note("·", 0.6, at=(self.column.get_right() + of_letter.get_left()) / 2)
        self.scores = VGroup()
        for word, token in zip(self.bars.words, best, strict=True):
            text = f"{made.logits[token]:.2f}".replace("-", "−")
            score = self.note(text, DIGIT, (1, 0), (SCORES, word.anchor()[1], 0))
            self.scores.add(VGroup(score, word.copy()))
        title = self.note("score", DIGIT, (1, 0), (SCORES, self.bars.title.anchor()[1], 0))
        self.tell(
            "Times a letter's own row of the table: that is the letter's score.",
            FadeIn(of_letter, letter, times),
            wait=False,
        )
        self.play(FadeIn(self.scores[0], shift=0.4 * RIGHT), FadeIn(title), run_time=0.8)
        self.wait(0.8)
        for token, score in zip(best[1:], self.scores[1:], strict=True):
            of_letter.become(self.vector_column(table[token], limit).move_to(of_letter))
            letter.say(self.characters[token], over, 0.3)
            self.play(FadeIn(score, shift=0.3 * RIGHT), run_time=0.3)
        self.wait(0.4)
        self.aside = VGroup(of_letter, letter, times)
        self.remove(*self.scores)
        self.scores = VGroup(title, *(score for score, _ in self.scores))
        self.add(self.scores, self.bars.words)

    def make_probabilities(self) -> None:
        """Let scores become bars."""
        bars = self.bars
        self.tell(
            f"Softmax makes probabilities of all {len(bars.logits)} scores: their sum is 1.",
            FadeOut(self.aside),
            LaggedStart(*(GrowFromEdge(bar, LEFT) for bar in bars.bars), lag_ratio=0.1),
            FadeIn(bars.numbers, bars.title),
            run_time=1.5,
        )
        self.add(bars)

    def move_temperature(self) -> None:
        """Let the temperature fall and rise."""
        self.tell(
            "Scores are divided by a temperature first. Cold: the largest gets all.",
            self.bars.animate.set_temperature(0.3),
            run_time=1.8,
        )
        self.tell(
            "Hot: they come closer to each other.",
            self.bars.animate.set_temperature(2.0),
            run_time=1.8,
        )

    def draw_a_letter(self) -> None:
        made = self.made[0]
        self.tell(
            "At 0.8 a letter is drawn: now and then one that is not likely.",
            self.bars.animate.set_temperature(TEMPERATURE),
            run_time=1.5,
        )
        self.play(DrawToken(self.bars, self.row, made.token, run_time=2.0))

    def keep_keys_and_values(self) -> None:
        """Show what the first pass has left: columns of one head."""
        _, self.cache = self.network.extend(self.tokens)
        whole = self.network.extend(self.made[-1].tokens[:-1]).cache
        last = cached_head(self.network, whole, BLOCK, HEAD)
        limits = (float(np.abs(last.keys).max()), float(np.abs(last.values).max()))
        head = cached_head(self.network, self.cache, BLOCK, HEAD)
        self.columns = KeyValueCache(
            head,
            self.row.boxes[: len(self.tokens)],
            cell=CACHED_CELL,
            limits=limits,
            style=self.look,
        )
        for title, color in zip(self.columns.titles, (KEY, VALUE), strict=True):
            title.set_color(color)
        self.passes = [(len(self.tokens), len(self.tokens))]
        gone = (FadeOut(one) for one in (self.bars, self.scores, self.column))
        self.play(*gone, self.row.animate.mark(), run_time=0.6)
        self.tell(
            "These letters have their keys and values: here those of one head.",
            FadeIn(self.columns, shift=0.3 * DOWN),
        )

    def compute_one_column(self) -> None:
        self.tell(
            "What comes later does not change them. Only one column is new.",
            self.next_pass(self.made[0].tokens, 2.0),
            run_time=2.0,
        )

    def finish_the_name(self) -> None:
        """Draw letter after letter, each after a pass with the cache."""
        for made in self.made[1:]:
            if made is not self.made[1]:
                self.play(self.next_pass(made.tokens[:-1], 0.9), FadeOut(self.bars))
            self.bars = self.placed_bars(made.logits, TEMPERATURE)
            self.play(FadeIn(self.bars), run_time=0.4)
            self.play(DrawToken(self.bars, self.row, made.token, run_time=1.1))
        self.wait(0.3)

    def compare_with_no_cache(self) -> None:
        """Count what was computed, and what would have been: a row a pass, a square a column."""
        rows = VGroup()
        for k, (positions, computed) in enumerate(self.passes):
            row = VGroup(*(self.square(k >= positions - computed) for k in range(positions)))
            row.arrange(RIGHT, buff=0.25 * SQUARE)
            rows.add(row.move_to((0, -1.35 * k * SQUARE, 0), aligned_edge=LEFT))
        needed, computed = map(sum, zip(*self.passes, strict=True))
        for is_new, text in (
            (True, f"computed: {computed}"),
            (False, f"kept: {needed - computed}"),
        ):
            square = self.square(is_new)
            line = VGroup(square, self.note(text, DIGIT, (-1, 0)).next_to(square, buff=0.25))
            below = 1.6 if is_new else 0.9
            line.move_to((0, rows.get_bottom()[1] - below * SQUARE, 0), aligned_edge=LEFT)
            rows.add(line)
        rows.move_to((BARS_LEFT + BARS_WIDTH / 2, BARS_MIDDLE, 0))
        self.play(FadeOut(self.bars), run_time=0.5)
        self.tell(
            f"In {len(self.passes)} passes {computed} columns were computed, and not {needed}.",
            LaggedStart(*map(FadeIn, rows), lag_ratio=0.5),
            run_time=2.0,
        )
        name = NAMES_TOKENIZER.decode(self.made[-1].tokens).strip(".")
        known = [one for part in names() for one in part]
        if name in known:
            raise ValueError(f"{name} is in the lists: choose another seed")
        self.tell(f"{name} is none of the {len(known):,} names in the list. It made one up.")

    # What they share

    def placed_bars(self, logits: Any, temperature: float) -> NextTokens:
        bars = NextTokens(
            logits,
            self.characters,
            shown=SHOWN,
            width=BARS_WIDTH,
            height=BARS_HEIGHT,
            temperature=temperature,
            style=self.look,
        )
        bars.move_to((BARS_LEFT + BARS_WIDTH / 2, BARS_MIDDLE, 0))
        return bars

    def square(self, is_new: bool) -> Square:
        """Return what stands for a column that was computed, or kept."""
        color = self.look.highlight_color if is_new else self.look.neuron_stroke_color
        square = Square(SQUARE, color=color, stroke_width=2, stroke_opacity=1 if is_new else 0.5)
        return square.set_fill(opacity=0.5 if is_new else 0)

    def vector_column(self, vector: Any, limit: float | None = None) -> VectorColumn:
        return VectorColumn(vector, CELL, limit, self.look).stretch_to_fit_width(WIDE)

    def next_pass(self, tokens: Any, run_time: float) -> ExtendCache:
        """Compute what is new, and return the animation of it."""
        forward, self.cache = self.network.extend(tokens[self.cache.length :], self.cache)
        self.passes.append((self.cache.length, len(forward.output)))
        head = cached_head(self.network, self.cache, BLOCK, HEAD)
        return ExtendCache(self.columns, head, self.row, run_time=run_time)

    def note(self, text: str, height: float, align: Any = (0, 0), at: Any = (0, 0, 0)) -> Lettering:
        return Lettering(self.look.text_color, align, self.look.writing).say(text, at, height)
