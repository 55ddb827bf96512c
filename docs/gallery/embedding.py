"""A token's row leaves the table, and the row of its place is added.

To a model that sorts, a 4 is row 4 of a table of embeddings. Where it stands is a row of a second
table. The sum is what the model works with.

Section: Moving
Shows: EmbeddingTable, TakeRow, AddVectors
Next: merges, attend
"""

import numpy as np
from manim import RIGHT, Scene, VGroup

from nnviz import AddVectors, EmbeddingTable, TakeRow, VectorColumn, pretrained


class RowsOfTables(Scene):
    def construct(self):
        nodes = pretrained("sort").nodes
        look = {"width": 5.2, "height": 5.4, "limit": 0.3, "rows": 15, "numbers": False}
        tokens = EmbeddingTable(nodes["embedding"].layer, title="tokens", **look)
        places = EmbeddingTable(nodes["positions"].layer, title="places", **look)
        column = VectorColumn(np.zeros(32), 0.17, limit=0.3)
        addend = column.copy()
        VGroup(tokens, VGroup(column, addend).arrange(RIGHT, buff=0.4), places).arrange(buff=0.7)
        VGroup(column, addend).match_y(tokens.grid)
        self.add(tokens, places)
        self.play(TakeRow(tokens, 4, column))
        self.play(TakeRow(places, 9, addend))
        self.play(AddVectors(addend, column))
        self.wait()
