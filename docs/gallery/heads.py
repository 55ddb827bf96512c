"""The heads of attention are put together.

The columns of four heads stack to one; the output matrix reads it row by row, and each row gives
one number of what is added to the stream.

Section: Moving
Shows: ProjectedHeads, ConcatenateHeads, ProjectHeads, AttentionOutput, attention_output
Next: afar, attend
"""

from manim import Scene

from nnviz import ConcatenateHeads, ProjectedHeads, ProjectHeads, pretrained
from nnviz.network import attention_output


class PutTogether(Scene):
    def construct(self):
        network = pretrained("sort").with_inputs(8)
        forward = network.forward_pass([3, 1, 4, 1, 5, 9, 2, 6])
        heads = ProjectedHeads(attention_output(network, forward, "block0.attention"), height=5)
        self.add(heads)
        self.wait(0.5)
        self.play(ConcatenateHeads(heads, run_time=2))
        self.play(ProjectHeads(heads, run_time=4))
        self.wait(0.5)
