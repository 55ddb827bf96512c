"""Back along the arcs.

The derivative of the cost by what the last letter took goes back to the values that it was taken
from, and shrinks to their shares on the way. The arcs are as wide as the cost would change with
each share: red where more of a value would lower it.

Section: Moving
Shows: AttendBackwards, AttentionGradients, attention_gradients
Next: attend, areas
"""

import numpy as np
from manim import DOWN, UP, Scene, VGroup

from nnviz import AttendBackwards, AttentionArcs, TokenRow, VectorColumn, attention_head, pretrained
from nnviz.mobjects import columns_of
from nnviz.network import attention_gradients
from nnviz.texts import NAMES_TOKENIZER


class BackAlongTheArcs(Scene):
    def construct(self):
        text, tokens = ".maria", NAMES_TOKENIZER.encode(".maria")
        network = pretrained("names").with_inputs(6)
        labels = [-1, -1, -1, -1, -1, NAMES_TOKENIZER.encode("n")[0]]
        block = "block0.attention", 1
        head = attention_head(network, network.forward_pass(tokens), *block)
        found = attention_gradients(network, network.backward_pass(tokens, labels), *block)
        row = TokenRow(text, height=0.8, pitch=2).to_edge(DOWN)
        asking = TokenRow(text[-1], height=0.8).to_edge(UP)
        limit = np.abs(found.mixed[-1]).max()
        source = VectorColumn(found.mixed[-1], 0.13, limit).next_to(asking, DOWN)
        columns = columns_of(np.zeros_like(head.values), row.boxes, 0.13, limit)
        arcs = AttentionArcs(columns, VGroup(source), found.pattern[-1:])
        self.add(row, asking, source, columns)
        self.play(AttendBackwards(arcs, source, columns, head, found, query=-1, run_time=4))
        self.wait(0.5)
