"""A whole transformer from afar, while it reads a row of digits.

Blocks read from the stream and add to it; a line is as wide as what it carries. The first two open,
the vector of the last token changes, and at the end it says which digit comes next.

Section: Networks
Shows: TransformerScene, ResidualStream, GrowStream, BlockInside, Tap, residual_tap, residual_taps
Next: heads, opens
"""

from nnviz import TransformerScene, pretrained


class FromAfar(TransformerScene):
    text = "31415926"
    names = "0123456789"
    opened = ["block0.attention", "block0.feed_forward"]
    seconds = 3

    def make_network(self):
        return pretrained("sort")
