"""A matrix times a vector, row by row.

A row and the vector stand out, their products add up, and a cell of the result fills. It is the
product by which one head of a transformer makes the query of a token: the numbers that are shown,
and those that dots stand for.

Section: Networks
Shows: MatrixProduct, MultiplyMatrix, HeadProduct, head_product
Next: query_and_keys, attend
"""

from manim import Scene

from nnviz import MatrixProduct, MultiplyMatrix, pretrained
from nnviz.network import head_product


class MakesAQuery(Scene):
    def construct(self):
        network = pretrained("sort").with_inputs(8)
        forward = network.forward_pass([3, 1, 4, 1, 5, 9, 2, 6])
        found = head_product(network, forward, "block0.attention", head=1, part="query", token=-1)
        titles = ["matrix", "vector", "bias", "query"]
        product = MatrixProduct(
            found.weights, found.input, found.biases, cell=0.55, titles=titles, filled=False
        )
        self.add(product)
        self.play(MultiplyMatrix(product, [0], run_time=4))
        self.play(MultiplyMatrix(product, range(1, 8), run_time=4))
        self.wait(0.5)
