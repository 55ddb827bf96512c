"""What a row would see without the mask, and what is left with it."""

from __future__ import annotations

from manim import (
    LEFT,
    RIGHT,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from nnviz import ApplyMask, ScoreGrid
from nnviz.mobjects.primitives.palette import GREY
from one_head import ASKING, WRITTEN, OneHeadScene, TokenBars
from telling import ROW

#: In scene units: height of a bar of all, length of the grid's side, its middle from the left.
_ALL, _GRID, _AT = 7.5, 5.15, -2.4


class TheMask(OneHeadScene):
    """Without a mask 6 would look at the answer; with it, every position has its own exercise."""

    def construct(self) -> None:
        """Show the script."""
        self.tokens = (*ROW, *WRITTEN)
        self.all = self.head_of(self.tokens)
        self.ask("May a token look ahead?")
        self.show_what_is_learned_from()
        self.look_ahead()
        self.hide_what_comes_after()
        self.hide_the_corner()

    def show_what_is_learned_from(self) -> None:
        """Show the row and what is to be written after it."""
        self.show_row()
        longer = self.placed(self.tokens).mark(ASKING)
        new = [VGroup(longer.boxes[k], longer.words[k]) for k in range(len(ROW), len(self.tokens))]
        come = LaggedStart(*(FadeIn(one, shift=0.2 * LEFT) for one in new), lag_ratio=0.4)
        self.tell("It learns from whole rows, and the answer stands in them: 1 1 2 3.", come)
        self.remove(self.row, *new)
        self.row = longer
        self.add(longer)

    def look_ahead(self) -> None:
        """Show the shares that 6 would have of all tokens."""
        self.bars = TokenBars(self.row, self)
        after = self.all.unmasked[ASKING, ASKING + 1 :].sum()
        self.tell_and_show(
            f"If 6 saw all, it would take {after:.2f} from after itself: from the answer.",
            self.bars.come(self.all.unmasked[ASKING], _ALL),
            run_time=2,
        )
        self.wait(0.5)

    def hide_what_comes_after(self) -> None:
        """Let the shares of what comes after go to 0, and the others grow to 1 again."""
        after = slice(ASKING + 1, None)
        hidden = VGroup(self.bars.bars[after], self.bars.numbers[after], self.row.boxes[after])
        words = self.row.words[after]
        self.tell(
            "It would copy, and learn nothing. So it may not see what comes after.",
            hidden.animate.set_color(GREY),
            words.animate.set_color(GREY),
        )
        self.tell_and_show(
            "Their scores become −∞, the powers 0, and the others share again.",
            self.bars.change_to(self.all.pattern[ASKING], _ALL),
            run_time=2.2,
        )

    def hide_the_corner(self) -> None:
        """Do the same in all rows of the grid."""
        self.grid = ScoreGrid(self.all, self.tokens, size=_GRID, title=False, style=self.look)
        self.grid.show_unmasked()
        self.grid.move_to((_AT, (self.top + self.bottom) / 2, 0))
        self.play(
            FadeOut(self.bars, self.row.boxes),
            ReplacementTransform(self.row.words, self.grid.key_words),
            TransformFromCopy(self.row.words, self.grid.query_words),
            FadeIn(self.grid.grid),
            run_time=1.5,
        )
        self.add(self.grid)
        self.tell_and_show(
            "The same for all: the corner turns grey, each row grows to 1 again.",
            ApplyMask(self.grid, run_time=4),
            run_time=4,
        )
        likeliest = self.forward_pass(self.tokens).output.argmax(axis=1)
        notes = VGroup()
        for row in range(ASKING, len(self.tokens)):
            note = self.words(f"after {self.tokens[row]} comes {likeliest[row]}", size=26)
            note.next_to(self.grid.grid, RIGHT, buff=0.5)
            notes.add(note.set_y(self.grid.grid.middle(row, 0)[1]))
        self.tell_and_show(
            "So each position is an exercise of its own, and all are done at once.",
            LaggedStart(*(FadeIn(one, shift=0.2 * RIGHT) for one in notes), lag_ratio=0.5),
            run_time=2.2,
        )
        self.wait(1)
