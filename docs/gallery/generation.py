"""A transformer writes a name.

The bars are the softmax of its scores, with which the next letter is drawn; arcs say how much the
last letter takes from each one before.

Section: Moving
Shows: GenerationScene, NextTokens, DrawToken
Next: attention, opens
"""

from nnviz import GenerationScene


class WritesAName(GenerationScene):
    prompt = ".an"
    temperature, seconds = 0.8, 2.3
    seed = 3
