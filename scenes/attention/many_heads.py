"""Four heads ask at once: four patterns, four columns, and one matrix that mixes them."""

from __future__ import annotations

from typing import Any

from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, Rectangle, VGroup

from nnviz import AttentionHeads, ConcatenateHeads, ProjectedHeads, ProjectHeads
from nnviz.mobjects.primitives.palette import stroke
from nnviz.network import attention_output
from telling import ROW, ToldScene

#: Which attention, the heads that are told of, from 0, and what they look at: the ones, the 2, and
#: the token that asks.
_BLOCK, _ONES, _TWO, _ITSELF = "block0.attention", 1, 2, 3
#: In scene units: the side of a pattern, the gap between two, and the height of 32 numbers.
_SIZE, _GAP, _HEIGHT = 2.75, 0.4, 4.7


class ManyHeads(ToldScene):
    """Four heads ask four questions; their answers are put side by side and projected."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("Is one question enough?")
        self.show_one_head()
        self.show_all_heads()
        self.add_up_values()
        self.stack()
        self.project()

    def show_one_head(self) -> None:
        """Show one pattern, and the row of the token that asks."""
        forward = self.forward_pass()
        self.pattern = forward[f"{_BLOCK}.pattern"]
        self.found = attention_output(self.network.with_inputs(len(ROW)), forward, _BLOCK)
        self.heads = AttentionHeads(self.pattern, ROW, size=_SIZE, buff=_GAP, style=self.look)
        self.heads.move_to((0, (self.top + self.bottom) / 2, 0))
        first: Any = self.heads[_ONES]
        self.large = first.copy().scale(1.7).move_to(self.heads)
        self.tell("One head asks one question, the same of every token.", FadeIn(self.large))
        band = self.band(self.large)
        share = self.percent(_ONES, *(k for k, digit in enumerate(ROW) if digit == 1))
        self.tell(f"Here the last token, 6, takes {share} from the two ones.", Create(band))
        self.play(FadeOut(band), run_time=0.4)

    def show_all_heads(self) -> None:
        """Let all patterns light up at the same row."""
        others = [one for k, one in enumerate(self.heads) if k != _ONES]
        first: Any = self.heads[_ONES]
        self.tell("This layer has four heads: four questions at once.", wait=False)
        self.play(self.large.animate.become(first), run_time=1)
        self.play(
            LaggedStart(*(FadeIn(one, shift=0.2 * UP) for one in others), lag_ratio=0.3),
            run_time=1.5,
        )
        self.remove(self.large)
        self.add(self.heads)
        self.bands = [self.band(one) for one in self.heads]
        self.tell(
            "At the row of the same token, each shows something else.",
            LaggedStart(*map(Create, self.bands), lag_ratio=0.3),
            run_time=1.5,
        )
        self.only(_TWO)
        self.tell(f"Head 3 takes {self.percent(_TWO, ROW.index(2))} from the 2.")
        self.only(_ITSELF)
        self.tell(f"Head 4 stays with the token that asks: {self.percent(_ITSELF, len(ROW) - 1)}.")
        self.only(0)
        most = f"{100 * self.pattern[0, -1].max():.0f} %"
        self.tell(f"Head 1 looks around: no token gives more than {most}.")

    def add_up_values(self) -> None:
        """Let a column come out of each pattern."""
        self.projected = ProjectedHeads(self.found, height=_HEIGHT, style=self.look)
        self.projected.move_to((0, (self.top + self.bottom) / 2 - 0.1, 0))
        ends = self.projected.slots()[0] + 1.1 * LEFT, self.projected.added.get_right()
        self.projected.shift(-(ends[0][0] + ends[1][0]) / 2 * RIGHT)
        self.only(*range(len(self.heads)))
        up = (self.top - self.heads.get_top()[1]) * UP
        self.play(VGroup(self.heads, *self.bands).animate.shift(up), run_time=0.8)
        for column, title, one in zip(
            self.projected.heads, self.projected.titles, self.heads, strict=True
        ):
            column.next_to(one.grid, DOWN, buff=0.35)
            title.set_opacity(0).move_to(one.title)
        self.tell("Each head adds up its own values: a column of 8 numbers.", wait=False)
        self.play(
            LaggedStart(
                *(
                    FadeIn(column, target_position=band, scale=0.3)
                    for column, band in zip(self.projected.heads, self.bands, strict=True)
                ),
                lag_ratio=0.4,
            ),
            run_time=2.5,
        )
        self.wait(0.7)

    def stack(self) -> None:
        """Put the columns of all heads side by side, as one."""
        for title in self.projected.titles:
            title.set_opacity(1)
        self.add(self.projected.titles)
        self.play(FadeOut(self.heads), *map(FadeOut, self.bands), run_time=0.7)
        count = self.projected.merged.size
        self.tell(f"Four columns become one: 4 times 8 is {count}.", wait=False)
        self.play(ConcatenateHeads(self.projected, run_time=2.5))
        self.wait(0.4)

    def project(self) -> None:
        """Let the output matrix mix all that the heads found."""
        self.tell("One matrix mixes what all heads have found.", FadeIn(self.projected.projection))
        self.add(self.projected)
        self.play(ProjectHeads(self.projected, run_time=3))
        self.tell("This column is what attention adds to the token.")
        self.wait(0.6)

    def percent(self, head: int, *keys: int) -> str:
        """Return how much the last token takes from some others, as it is written."""
        return f"{100 * self.pattern[head, -1, list(keys)].sum():.0f} %"

    def band(self, pattern: Any) -> Rectangle:
        """Return what runs around the last row of a pattern."""
        rows, _ = pattern.grid.shape
        band = Rectangle(
            width=pattern.grid.width + 0.06,
            height=pattern.cell + 0.06,
            stroke_color=self.look.highlight_color,
            stroke_width=stroke(4),
        )
        middle = (pattern.grid.middle(rows - 1, 0) + pattern.grid.middle(rows - 1, rows - 1)) / 2
        return band.move_to(middle)

    def only(self, *heads: int) -> None:
        """Dim all heads but some."""
        self.play(
            *(self.lit(one, 1 if k in heads else 0.25) for k, one in enumerate(self.heads)),
            *(
                band.animate.set_stroke(opacity=1 if k in heads else 0.25)
                for k, band in enumerate(self.bands)
            ),
            run_time=0.6,
        )

    def lit(self, pattern: Any, opacity: float) -> Any:
        """Return how a pattern comes to be seen by a share."""
        return pattern.dots.animate.set_fill(opacity=opacity)
