"""A scene that is understood without sound: a question above, one sentence below.

Each text stands as long as it takes to read it, and words have the colours of the picture.

Section: Moving
Shows: ToldScene
Next: explain, attend
"""

from manim import GREEN, ORANGE, Axes, Create

from nnviz import ToldScene


class AsksAndTells(ToldScene):
    colors = {"slope": ORANGE, "sigmoid": GREEN}

    def construct(self):
        axes = Axes((-6, 6), (0, 1), x_length=9, y_length=4)
        curve = axes.plot(lambda x: 1 / (1 + 2.718**-x), color=GREEN)
        tangent = axes.plot(lambda x: 0.5 + x / 4, (-2, 2), color=ORANGE)
        self.ask("How steep is a sigmoid?")
        self.tell("It rises from 0 to 1.", Create(axes), Create(curve))
        self.tell("At most, its slope is 1/4.", Create(tangent))
