"""Where a token stands, its row in the table is learned.

One number of the letter a, in the table of embeddings: each place where the letter stands has its
part of the derivative, and as the table makes the scores of the next letter, too, so has each score
of it. The sum is exact, and a nudge of the number proves it.

Section: Calculus
Shows: TokenExplanation, EmbeddingDerivative, EmbeddingTerm, embedding_derivative
Next: explain_score, attention
"""

from manim import FadeIn, LaggedStart, Scene

from nnviz import pretrained
from nnviz.mobjects import TokenExplanation
from nnviz.network import embedding_derivative
from nnviz.texts import NAMES_TOKENIZER


class OneNumberOfA(Scene):
    def construct(self):
        network, text = pretrained("names").with_inputs(5), ".anna"
        tokens, labels = NAMES_TOKENIZER.encode(text), NAMES_TOKENIZER.encode("anna.")
        found = embedding_derivative(network, tokens, labels, token=tokens[1], feature=5)
        explained = TokenExplanation(found, text, "a", height=0.3, fit=(12, 7))
        self.add(explained.title, explained.rule)
        parts = [*explained.table.rows, explained.table.total, explained.proof]
        self.play(LaggedStart(*map(FadeIn, parts), lag_ratio=0.5), run_time=4)
        self.wait(0.5)
