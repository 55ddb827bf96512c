"""Numbers that count in their neurons.

White on dark, and black where the neuron is bright.

Section: Images and numbers
Shows: ActivationNumber, change_activation, QuickDecimalNumber
Next: values, pixels
"""

from manim import RIGHT, WHITE, Circle, Scene, VGroup

from nnviz.animations import change_activation
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber


class Counting(Scene):
    def construct(self):
        neurons = VGroup(*(Circle(1, color=WHITE) for _ in range(4))).arrange(RIGHT)
        neurons.set_fill(WHITE, 0)
        numbers = VGroup(*(ActivationNumber(0, neuron) for neuron in neurons))
        self.add(neurons, numbers)
        for values in ([0.9, 0.1, 0.5, 1.0], [0.2, 0.8, 0.3, 0.0]):
            self.play(
                *(
                    change_activation(neuron, number, value)
                    for neuron, number, value in zip(neurons, numbers, values, strict=True)
                )
            )
            self.wait(0.3)
