"""What they say, and what they think.

Section: Creatures
Shows: Bubble, SpeechBubble, ThoughtBubble, Mortimer
Next: classroom, eyes
"""

from manim import DL, DR, Create, FadeIn, FadeOut, Scene

from nnviz import Network, NetworkMobject, SansText
from nnviz.characters import Mortimer, Randolph, SpeechBubble, ThoughtBubble


class Bubbles(Scene):
    def construct(self):
        one, other = Randolph().to_corner(DL), Mortimer().to_corner(DR)
        one.look_at(other)
        self.add(one, other)
        words = SansText("A network?", font_size=36)
        says = SpeechBubble().pin_to(one).add_content(words)
        self.play(one.animate.change("speaking", other), Create(says), FadeIn(words))
        self.wait(0.7)
        self.play(FadeOut(says, words), one.animate.change("plain", other), run_time=0.5)
        net = NetworkMobject(Network.random([2, 3, 2], seed=0), fit=(3.9, 1.6)).show_weights()
        thinks = ThoughtBubble().pin_to(other).add_content(net)
        self.play(
            one.animate.look_at(net),
            other.animate.change("pondering", net),
            Create(thinks),
            FadeIn(net),
        )
        self.wait(1.5)
