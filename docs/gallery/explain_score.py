"""How one score of attention acts on the cost.

The chain rule through softmax for it: its share, how much its value pulls at the cost, and the
average of all values. Then the proof: the score is nudged, and the cost moves as was said. This
clip is quicker than it is told by default.

Section: Calculus
Shows: ExplainScore, ScoreExplanation, ScoreDerivative, score_derivative
Next: areas, explain
"""

from manim import LEFT, Scene

from nnviz import AttentionPattern, ExplainScore, pretrained, score_derivative
from nnviz.texts import NAMES_TOKENIZER


class OneScore(Scene):
    def construct(self):
        network, text = pretrained("names").with_inputs(5), ".anna"
        labels = [-1, -1, -1, -1, NAMES_TOKENIZER.encode("b")[0]]  # what if b came next?
        tokens = NAMES_TOKENIZER.encode(text)
        found = score_derivative(network, tokens, labels, "block0.attention", 1, query=-1, key=3)
        pattern = AttentionPattern(found.computed.pattern, text, size=5).to_edge(LEFT)
        self.add(pattern)
        self.play(ExplainScore(pattern, found, tokens=text, run_time=11.4))
        self.wait(0.5)
