"""A query meets keys, and their products add up.

Component times component, one after the other: where both agree in sign, the sum grows. The last of
eight digits asks, in a model that sorts, and the keys of the ones have the largest products.

Section: Moving
Shows: DotProducts, VectorColumn
Next: matrix_product, mask
"""

import numpy as np
from manim import DOWN, LEFT, ORIGIN, UP, Scene, VGroup

from nnviz import DotProducts, SansText, TokenRow, VectorColumn, attention_head, pretrained
from nnviz.mobjects import QuickDecimalNumber, columns_of


class FindsTheOnes(Scene):
    def construct(self):
        tokens = [3, 1, 4, 1, 5, 9, 2, 6]
        network = pretrained("sort").with_inputs(8)
        head = attention_head(network, network.forward_pass(tokens), "block0.attention", 1)
        limit = np.abs(head.keys).max()
        row = TokenRow(tokens, pitch=1.2).shift(2.6 * DOWN + 0.9 * LEFT).mark(-1)
        keys = columns_of(head.keys, row.boxes, 0.5, limit, width=0.58, numbers=True)
        query = VectorColumn(head.queries[-1], 0.5, limit, width=0.58, numbers=True)
        query.move_to(keys).set_x(5.8)
        numbers = VGroup()
        for key in keys:
            number = QuickDecimalNumber(0, mob_class=SansText, font_size=30, edge_to_fix=ORIGIN)
            numbers.add(number.next_to(key, UP, buff=0.25).set_fill(opacity=0))
        self.add(row, keys, query, numbers)
        self.play(DotProducts(query, keys, numbers, [1], run_time=4))
        self.play(DotProducts(query, keys, numbers, [0, 2, 3, 4, 5, 6, 7], run_time=6))
        self.wait(0.5)
