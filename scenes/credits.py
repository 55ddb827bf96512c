"""Whose work the chapter is."""

from manim import DOWN, FadeIn, FadeOut, VGroup

from nnviz.mobjects.primitives.palette import BLUE, LIGHT_GREY
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.scene.nn_scene import NNScene


class Credits(NNScene):
    """Who made the chapter of 2017, and with what it is drawn today."""

    rows = (
        ("Script and choreography of 2017", "3Blue1Brown (Grant Sanderson)"),
        ("The code read aloud", "after Michael Nielsen, Neural Networks and Deep Learning"),
        ("Digits", "MNIST, Yann LeCun, Corinna Cortes and Christopher Burges"),
        ("Drawn with", "nnviz and Manim Community Edition"),
    )

    def construct(self) -> None:
        entries = VGroup()
        for role, who in self.rows:
            head = SansText(role, font_size=24, color=LIGHT_GREY)
            entries.add(VGroup(head, SansText(who, font_size=34)).arrange(DOWN, buff=0.15))
        entries.arrange(DOWN, buff=0.6)
        address = SansText("3blue1brown.com", font_size=28, color=BLUE)
        page = VGroup(entries, address).arrange(DOWN, buff=0.7)
        self.play(FadeIn(page))
        self.wait(5)
        self.play(FadeOut(page))
