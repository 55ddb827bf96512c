"""Pieces of a text become numbers, and each number becomes a row of a table."""

from __future__ import annotations

from manim import DOWN, RIGHT, UP, FadeIn, FadeOut, LaggedStart, ReplacementTransform, VGroup

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
#: Which token is followed, from 0: the 4.
_FOLLOWED = 2
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
        row = TokenRow(_NAME, 1.2, style=self.look)
        self.tell("A text is cut into pieces. At first each letter is one.", FadeIn(row))
        first, *others = self.tokenizer.steps(_NAME)
        self.tell("Pieces that are often side by side become one.", wait=False)
        self.play(MergeTokens(row, first.pieces, run_time=2))
        for _, pieces in others:
            self.play(MergeTokens(row, pieces, run_time=1.1))
        tokens = self.tokenizer.encode(_NAME)
        numbered = TokenRow(row.texts, 1.2, ids=tokens, style=self.look).move_to(row, UP)
        self.tell(
            "Each piece has a number, its token. The model reads nothing else.",
            FadeIn(numbered.ids, shift=0.2 * DOWN),
        )
        self.play(FadeOut(row), FadeOut(numbered.ids), run_time=0.7)

    def read_digits(self) -> None:
        """Go over to the model of the film."""
        large = TokenRow(ROW, 1.0, ids=ROW, pitch=1.25, style=self.look)
        self.tell("The model of this film reads digits. Each of them is a token.", FadeIn(large))
        self.row = TokenRow(ROW, 0.6, pitch=_PITCH, style=self.look)
        self.row.move_to((3.5, 2.2, 0))
        self.play(
            FadeOut(large.ids),
            *(
                ReplacementTransform(old, new)
                for old, new in zip(large[:2], self.row[:2], strict=True)
            ),
        )
        self.add(self.row)

    def show_the_table(self) -> None:
        """Show the table of embeddings as numbers, and the numbers as colours."""
        layer = self.network.nodes["embedding"].layer
        numbers = self.table_of(layer, columns=[0, 1, 2, 3, 30, 31], numbers=True)
        self.tell("A token is the number of a row in a table.", FadeIn(numbers))
        self.table = self.table_of(layer, numbers=False)
        self.tell(
            "A row has 32 numbers. Green is above 0, and red is below.",
            FadeOut(numbers),
            FadeIn(self.table),
        )

    def take_the_row_of_4(self) -> None:
        """Let one row slide out of the table, and stand up as a column below its token."""
        nothing = [[0.0] * 32] * len(ROW)
        columns = columns_of(nothing, self.row.boxes, _CELL, _LIMIT, 0.12, DOWN, style=self.look)
        self.columns: list[VectorColumn] = list(columns)
        self.tell("This is a 4 for the model: row 4.", self.row.animate.mark(_FOLLOWED), wait=False)
        token = ROW[_FOLLOWED]
        self.play(TakeRow(self.table, token, self.columns[_FOLLOWED], run_time=3))
        self.wait()

    def take_all_rows(self) -> None:
        """Let the other rows follow."""
        ones = [place for place, token in enumerate(ROW) if token == 1]
        self.tell("The two ones get the same row.", self.row.animate.mark(*ones), wait=False)
        takes = [
            TakeRow(self.table, token, column)
            for place, (token, column) in enumerate(zip(ROW, self.columns, strict=True))
            if place != _FOLLOWED
        ]
        self.play(LaggedStart(*takes, lag_ratio=0.25, run_time=5))
        self.wait()

    def show_the_places(self) -> None:
        """Show the table of positions, and count the places."""
        places = self.table_of(self.network.nodes["positions"].layer, rows=15, numbers=False)
        counts = VGroup(
            *(
                SansText(str(place), font_size=20, color=self.look.text_color).next_to(
                    box, UP, buff=0.12
                )
                for place, box in enumerate(self.row.boxes)
            )
        )
        self.tell(
            "A second table has a row for each place, counted from 0.",
            FadeOut(self.table),
            FadeIn(places),
            FadeIn(counts),
            self.row.animate.mark(),
        )
        self.table = places

    def add_the_place_of_4(self) -> None:
        """Take the row of the place, and add it."""
        self.tell("4 stands at place 2.", self.row.animate.mark(_FOLLOWED), wait=False)
        addend = self.beside(_FOLLOWED)
        self.play(TakeRow(self.table, _FOLLOWED, addend, run_time=3))
        self.tell("The row of the place is added, number by number.", wait=False)
        self.play(AddVectors(addend, self.columns[_FOLLOWED], run_time=2.5))
        self.wait(0.5)

    def add_all_places(self) -> None:
        """Do so for all tokens."""
        self.tell("So the two ones can be told apart.", self.row.animate.mark(1, 3), wait=False)
        places = [place for place in range(len(ROW)) if place != _FOLLOWED]
        addends = {place: self.beside(place) for place in places}
        takes = [TakeRow(self.table, place, addends[place]) for place in places]
        self.play(LaggedStart(*takes, lag_ratio=0.2, run_time=4))
        adds = [AddVectors(addends[place], self.columns[place]) for place in places]
        self.play(LaggedStart(*adds, lag_ratio=0.1, run_time=2))
        self.tell("Rows 0 to 6 are nearly equal: order matters little for sorting.")

    def table_of(self, layer: object, **options: object) -> EmbeddingTable:
        """Return the table of a layer, where all tables stand."""
        table = EmbeddingTable(
            layer, width=_WIDTH, height=_HEIGHT, limit=_LIMIT, style=self.look, **options
        )
        return table.shift(_TABLE - table.grid.get_center())

    def beside(self, place: int) -> VectorColumn:
        """Return where the row of a place waits to be added."""
        column = self.columns[place]
        return column.copy().shift(_BESIDE * RIGHT)
