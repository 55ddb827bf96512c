"""A whole transformer from afar, while it reads a name.

Blocks read from the stream and add to it; a line is as wide as what it carries. Each block opens,
the vector of the last letter changes, and at the end it says which letter comes next.

Section: Networks
Shows: TransformerScene, ResidualStream, GrowStream, BlockInside, Tap, residual_tap, residual_taps
Next: heads, opens
"""

from nnviz import TransformerScene, pretrained


class FromAfar(TransformerScene):
    text = ".ann"
    seconds = 1.5

    def make_network(self):
        return pretrained("names-small")
