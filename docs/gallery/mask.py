"""A mask comes over a pattern of attention.

Without a mask each token would look at those after it, too: here at what it has to find by itself.
Then the corner turns grey, and the rest of each row grows to 1 again.

Section: Moving
Shows: ApplyMask, ScoreGrid
Next: attention, attend
"""

from manim import Scene

from nnviz import ApplyMask, ScoreGrid, attention_head, pretrained


class NoLookingAhead(Scene):
    def construct(self):
        tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2]
        network = pretrained("sort").with_inputs(len(tokens))
        head = attention_head(network, network.forward_pass(tokens), "block0.attention", 1)
        grid = ScoreGrid(head, tokens, size=6.2, title=False).show_unmasked()
        self.add(grid.center())
        self.wait(0.5)
        self.play(ApplyMask(grid, run_time=4))
        self.wait(0.5)
