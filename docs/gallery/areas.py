"""A score matters as far as its value pulls more than the average.

Each letter has a bar as wide as its share, and as high as its value pulls at the cost. What is
between a bar's end and the average is the derivative of the cost by the letter's score: as much
area lies above as below.

Section: Calculus
Shows: ScoreGradients
Next: explain_score, attend_backwards
"""

from manim import DOWN, UP, Create, FadeIn, GrowFromEdge, LaggedStart, Scene

from nnviz import pretrained, score_derivative
from nnviz.mobjects import ScoreGradients
from nnviz.texts import NAMES_TOKENIZER


class Areas(Scene):
    def construct(self):
        network, text = pretrained("names").with_inputs(9), ".elizabet"
        labels = [-1] * 8 + NAMES_TOKENIZER.encode("h")
        found = score_derivative(
            network, NAMES_TOKENIZER.encode(text), labels, "block0.attention", 1
        )
        chart = ScoreGradients(found, text, width=12, height=5.5, digit=0.26)
        self.add(chart.axis, chart.names, chart.title)
        rises = [
            GrowFromEdge(bar, DOWN if pull >= 0 else UP)
            for bar, pull in zip(chart.bars, found.pattern_gradients, strict=True)
        ]
        self.play(LaggedStart(*rises, lag_ratio=0.2), run_time=1.5)
        self.play(FadeIn(chart.numbers), Create(chart.average[0]), FadeIn(chart.average[1]))
        areas = [FadeIn(chart.area(key)) for key in chart.named]
        self.play(LaggedStart(*areas, lag_ratio=0.5), run_time=2)
        self.wait(0.5)
