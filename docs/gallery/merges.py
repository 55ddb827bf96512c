"""Letters merge into tokens.

Pairs that are often side by side in first names become one, the most frequent first: so a
`BytePairTokenizer` cuts a text into pieces, and each piece is a token with a number.

Section: Moving
Shows: MergeTokens, BytePairTokenizer
Next: embedding, generation
"""

from manim import DOWN, FadeIn, Scene

from nnviz import MergeTokens, TokenRow
from nnviz.texts import BytePairTokenizer, names


class LettersMerge(Scene):
    def construct(self):
        tokenizer = BytePairTokenizer.train(names().train, 100)
        row = TokenRow("marianna", 1.3)
        self.add(row)
        for _, pieces in tokenizer.steps("marianna"):
            self.play(MergeTokens(row, pieces))
        numbered = TokenRow(row.texts, 1.3, ids=tokenizer.encode("marianna"))
        numbered.shift(row.boxes.get_center() - numbered.boxes.get_center())
        self.play(FadeIn(numbered.ids, shift=0.2 * DOWN))
        self.wait()
