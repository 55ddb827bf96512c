"""A query, keys, and their products, one component after the other."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from manim import UP, FadeIn, FadeOut, LaggedStart, ReplacementTransform, VGroup

from nnviz import DotProducts, MatrixProduct, MultiplyMatrix, VectorColumn
from nnviz.mobjects import columns_of
from nnviz.network import head_product
from one_head import ASKING, BLOCK, HEAD, ONES, OneHeadScene
from telling import KEY, QUERY, ROW

#: In scene units: sides of cells in products, heights and widths of cells in columns.
_CELL, _HIGH, _WIDE = 0.46, 0.45, 0.53
#: Where the products stand, and where the query waits.
_PRODUCT, _QUERY = -1.7, 4.6


class QuestionAndAnswer(OneHeadScene):
    """The last token makes a query, all make keys, and the two that are wanted answer."""

    def construct(self) -> None:
        """Show the script."""
        self.ask("How does a token find the one it needs?")
        self.show_row()
        self.tell("6 was read last. Now the smallest digit is to be written: where is it?")
        self.make_the_query()
        self.make_a_key()
        self.make_all_keys()
        self.meet_a_key()
        self.meet_all_keys()

    def make_the_query(self) -> None:
        """Multiply the last token's vector with the matrix of queries."""
        product = self.product("query", ASKING, "query")
        box = self.row.boxes[ASKING]
        self.tell(
            "6 asks with a query: its vector, times a matrix that was learned.",
            FadeIn(product.vector, target_position=box, scale=0.1),
            run_time=1.2,
            wait=False,
        )
        rest = VGroup(product.matrix, product.biases, product.result, product.signs)
        self.play(FadeIn(rest), run_time=1.0)
        self.add(product)
        self.play(MultiplyMatrix(product, [0], run_time=4))
        self.play(MultiplyMatrix(product, range(1, 8), run_time=3))
        y = self.row.get_top()[1] + 0.14 + 4 * _HIGH
        self.query = self.column(self.head.queries[ASKING], QUERY).move_to((_QUERY, y, 0))
        self.name = self.words("query of 6", QUERY).next_to(self.query, UP, buff=0.2)
        self.play(*self.leaving(product, self.query), FadeIn(self.name), run_time=1.2)

    def make_a_key(self) -> None:
        """Multiply a one's vector with the matrix of keys, quicker."""
        at = ONES[0]
        product = self.product("key", at, "key")
        self.keys = columns_of(
            self.head.keys,
            self.row.boxes,
            _HIGH,
            self.limit,
            0.14,
            style=self.look,
            width=_WIDE,
            numbers=True,
        )
        for column in self.keys:
            column.grid[2].set_stroke(KEY)
        self.tell(
            "And each token has a key, by another matrix.",
            FadeIn(product.vector, target_position=self.row.boxes[at], scale=0.1),
            run_time=1.2,
            wait=False,
        )
        rest = VGroup(product.matrix, product.biases, product.result, product.signs)
        self.play(FadeIn(rest), run_time=0.7)
        self.add(product)
        self.play(MultiplyMatrix(product, run_time=2.8))
        self.play(*self.leaving(product, self.keys[at]), run_time=1.2)

    def make_all_keys(self) -> None:
        """Let the other keys come, made in the same way."""
        others = [self.keys[k] for k in range(len(ROW)) if k != ONES[0]]
        come = LaggedStart(*(FadeIn(one, shift=0.3 * UP) for one in others), lag_ratio=0.2)
        name = self.words("keys", KEY).match_x(self.keys).set_y(self.top - 0.25)
        self.tell_and_show(
            "The same matrix makes a key of every token.", come, FadeIn(name), run_time=1.8
        )

    def meet_a_key(self) -> None:
        """Multiply the query with one key, component by component."""
        values = np.zeros(len(ROW))
        self.products = self.numbers_above(values, self.keys).set_fill(opacity=0)
        self.add(self.products)
        meets = DotProducts(self.query, self.keys, self.products, [ONES[0]], run_time=5.5)
        self.tell("Query times key, component by component, added up:", wait=False)
        self.play(meets)

    def meet_all_keys(self) -> None:
        """Multiply the query with all others, and see where they agree."""
        others = [k for k in range(len(ROW)) if k != ONES[0]]
        meets = DotProducts(self.query, self.keys, self.products, others, run_time=6.4)
        self.tell("Where both point the same way, the sum is large.", wait=False)
        self.play(meets)
        largest = np.argsort(-self.head.products[ASKING])[:2]
        yellow = self.look.highlight_color
        self.tell(
            "6 has found the ones.",
            self.row.animate.mark(ASKING, *largest),
            *(self.products[k].animate.scale(1.25).set_fill(yellow) for k in largest),
        )
        self.wait(1.0)

    @property
    def limit(self) -> float:
        """The size of value that has the full colour in queries and keys."""
        return float(max(np.abs(self.head.keys).max(), np.abs(self.head.queries[ASKING]).max()))

    def column(self, values: Any, color: Any) -> VectorColumn:
        """Return a column with numbers and a frame of a colour."""
        column = VectorColumn(values, _HIGH, self.limit, self.look, _WIDE, numbers=True)
        column.grid[2].set_stroke(color)
        return column

    def product(self, part: Literal["query", "key"], token: int, name: str) -> MatrixProduct:
        """Return the product that makes a token's query or key, not filled yet."""
        network = self.network.with_inputs(len(ROW))
        found = head_product(network, self.forward_pass(), BLOCK, HEAD, part, token)
        product = MatrixProduct(
            found.weights,
            found.input,
            found.biases,
            max_shown=8,
            cell=_CELL,
            titles=["matrix", f"{ROW[token]}", "bias", name],
            filled=False,
            style=self.look,
        )
        product.result.title.set_color({"query": QUERY, "key": KEY}[part])
        middle = (self.top + self.row.get_top()[1]) / 2
        return product.move_to((_PRODUCT, middle, 0))

    def leaving(self, product: MatrixProduct, column: VectorColumn) -> list[Any]:
        """Return animations that take a product away and its result to a place."""
        gone = VGroup(product.matrix, product.vector, product.biases, product.signs)
        title = product.result.title
        self.remove(product)
        return [
            FadeOut(gone),
            FadeOut(title),
            ReplacementTransform(VGroup(product.result.grid), VGroup(column.grid)),
        ]
