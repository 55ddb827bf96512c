"""The attention of a transformer that sorts, all heads.

A row is a token that asks, a column one that is seen; the area of a dot is the weight. What a mask
hides is grey. The patterns of the first block give way to those of the second.

Section: Networks
Shows: AttentionPattern, AttentionHeads, TokenRow
Next: afar, generation
"""

from manim import Scene

from nnviz import AttentionHeads, pretrained


class AllHeads(Scene):
    def construct(self):
        tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2]
        forward = pretrained("sort").with_inputs(len(tokens)).forward_pass(tokens)
        heads = AttentionHeads(forward["block0.attention.pattern"], tokens, size=2.6)
        self.add(heads)
        self.wait(0.5)
        others = zip(heads, forward["block1.attention.pattern"], strict=True)
        self.play(*(one.animate.show_pattern(pattern) for one, pattern in others), run_time=2)
        self.wait(0.5)
