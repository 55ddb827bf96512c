"""Pieces of a text become numbers, and each number becomes a row of a table."""

from __future__ import annotations

from typing import Any

from manim import (
    DOWN,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Polygon,
    ReplacementTransform,
    VGroup,
)

from nnviz import (
    AddVectors,
    EmbeddingTable,
    MergeTokens,
    SansText,
    TakeRow,
    TokenRow,
    VectorColumn,
)
from nnviz.mobjects import columns_of
from nnviz.texts import BytePairTokenizer, names
from telling import ROW, ToldScene

#: What is cut into pieces, and how many merges are learned from the names that come with nnviz.
_NAME, _MERGES = "marianna", 100
#: Places of the token that is followed, a 4, of the two ones, and of all but the first.
_FOLLOWED = 2
_ONES = [place for place, digit in enumerate(ROW) if digit == 1]
_OTHERS = [place for place in range(len(ROW)) if place != _FOLLOWED]
#: Rows of the table of positions that are shown, of 15.
_PLACES = [*range(10), 14]
#: Seconds in which a sentence comes before something moves.
_QUICK = 0.6
#: The size of number that has the full colour, in both tables and in all columns.
_LIMIT = 0.3
#: In scene units: the middle of all tables, and their width and height; from token to token.
_TABLE, _WIDTH, _HEIGHT, _PITCH = (-3.65, -0.55, 0), 5.5, 4.4, 0.74
#: In scene units: the height of a number in a column, and from one to the one that is added.
_CELL, _BESIDE = _HEIGHT / 32, 0.37


class WhatIsAToken(ToldScene):
    """A token is the number of a row in a table; the row of its place is added."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("What does a model read?")
        self.cut_a_name()
        self.read_digits()
        self.show_the_table()
        self.take_the_row_of_4()
        self.take_all_rows()
        self.show_the_places()
        self.add_the_place_of_4()
        self.add_all_places()

    def cut_a_name(self) -> None:
        """Merge letters that are often side by side, and number the pieces."""
        self.tokenizer = BytePairTokenizer.train(names().train, _MERGES)
        self.name = TokenRow(_NAME, 1.2, style=self.look)
        self.tell("A text is cut into pieces.", FadeIn(self.name))
        first, *others = self.tokenizer.steps(_NAME)
        self.tell("Pieces that are often side by side become one.", run_time=_QUICK, wait=False)
        self.play(MergeTokens(self.name, first.pieces, run_time=1.8))
        for _, pieces in others:
            self.play(MergeTokens(self.name, pieces, run_time=0.9))
        ids = self.tokenizer.encode(_NAME)
        numbered = TokenRow(self.name.texts, 1.2, ids=ids, style=self.look)
        self.numbers = numbered.move_to(self.name, UP).ids
        self.tell("Each piece has a number: its token.", FadeIn(self.numbers, shift=0.2 * DOWN))

    def read_digits(self) -> None:
        """Go over to the model of the film."""
        large = TokenRow(ROW, 1.2, ids=ROW, pitch=1.4, style=self.look)
        self.tell(
            "The model of this film reads digits: each is a token.",
            FadeOut(self.name, self.numbers),
            FadeIn(large),
        )
        self.row = TokenRow(ROW, 0.6, pitch=_PITCH, style=self.look)
        self.row.move_to((3.5, 2.2, 0))
        self.large = large

    def show_the_table(self) -> None:
        """Show the table of embeddings as numbers, and the numbers as colours."""
        layer = self.network.nodes["embedding"].layer
        numbers = self.table_of(layer, "token", columns=[0, 1, 2, 3, 30, 31], numbers=True)
        parts = zip(self.large[:2], self.row[:2], strict=True)
        self.tell(
            "A token is the number of a row in a table.",
            FadeOut(self.large.ids),
            *(ReplacementTransform(old, new) for old, new in parts),
            FadeIn(numbers),
        )
        self.add(self.row)
        self.table = self.table_of(layer, "token", numbers=False)
        self.tell(
            "A row has 32 numbers: green above 0, red below.", FadeOut(numbers), FadeIn(self.table)
        )

    def take_the_row_of_4(self) -> None:
        """Let one row slide out of the table, and stand up as a column below its token."""
        empty = [[0.0] * 32] * len(ROW)
        columns = columns_of(empty, self.row.boxes, _CELL, _LIMIT, 0.12, DOWN, style=self.look)
        self.columns: list[VectorColumn] = list(columns)
        self.tell(
            "For the model, a 4 is row 4.",
            self.row.animate.mark(_FOLLOWED),
            run_time=_QUICK,
            wait=False,
        )
        self.play(TakeRow(self.table, ROW[_FOLLOWED], self.columns[_FOLLOWED], run_time=2.6))

    def take_all_rows(self) -> None:
        """Let the other rows follow."""
        self.tell(
            "The two ones get the same row.",
            self.row.animate.mark(*_ONES),
            run_time=_QUICK,
            wait=False,
        )
        takes = [TakeRow(self.table, ROW[place], self.columns[place]) for place in _OTHERS]
        self.play(LaggedStart(*takes, lag_ratio=0.25, run_time=3.2))
        self.wait(0.5)

    def show_the_places(self) -> None:
        """Show the table of positions, and count the places."""
        layer = self.network.nodes["positions"].layer
        table = self.table_of(layer, "place", rows=_PLACES, numbers=False)
        places = (
            SansText(str(place), font_size=22, color=self.look.text_color).next_to(box, UP, 0.12)
            for place, box in enumerate(self.row.boxes)
        )
        self.tell(
            "Where it stands? A second table has a row for each place.",
            FadeOut(self.table),
            FadeIn(table),
            FadeIn(VGroup(*places)),
            self.row.animate.mark(_FOLLOWED),
        )
        self.table = table

    def add_the_place_of_4(self) -> None:
        """Take the row of the place, and add it."""
        addend = self.beside(_FOLLOWED)
        self.tell("The row of its place is added.", run_time=_QUICK, wait=False)
        self.play(TakeRow(self.table, _FOLLOWED, addend, run_time=2.2))
        self.play(AddVectors(addend, self.columns[_FOLLOWED], run_time=1.8))

    def add_all_places(self) -> None:
        """Do so for all tokens."""
        self.tell(
            "So the two ones are told apart.",
            self.row.animate.mark(*_ONES),
            run_time=_QUICK,
            wait=False,
        )
        addends = {place: self.beside(place) for place in _OTHERS}
        takes = [TakeRow(self.table, place, addends[place]) for place in _OTHERS]
        self.play(LaggedStart(*takes, lag_ratio=0.2, run_time=3))
        adds = [AddVectors(addends[place], self.columns[place]) for place in _OTHERS]
        self.play(LaggedStart(*adds, lag_ratio=0.1, run_time=1.6))
        corners = self.table.grid.corners
        alike = Polygon(*corners(0)[:2], *corners(6)[2:], color=self.look.highlight_color)
        self.tell(
            "Rows 0 to 6 are nearly equal: for sorting, order hardly matters.",
            Create(alike),
            self.row.animate.mark(),
        )

    def table_of(self, layer: Any, what: str, **options: Any) -> EmbeddingTable:
        """Return the table of a layer, where all tables stand, and what it has rows for."""
        options |= {"width": _WIDTH, "height": _HEIGHT, "limit": _LIMIT, "style": self.look}
        table = EmbeddingTable(layer, title=f"a row for each {what}", **options)
        return table.shift(_TABLE - table.grid.get_center())

    def beside(self, place: int) -> VectorColumn:
        """Return where the row of a place waits to be added."""
        column = self.columns[place]
        return column.copy().shift(_BESIDE * RIGHT)
