"""Which pixels speak for a seven.

`SaliencyMap` lays derivatives over an image: blue where more ink would raise the output for 7,
orange where it would lower it. It follows a training as all panels do.

Section: Images and numbers
Shows: SaliencyMap
Next: pixels, convolutional
"""

from manim import RIGHT, FadeIn, Scene, VGroup

from nnviz import MNistMobject, SaliencyMap, mnist, pretrained


class SpeaksForSeven(Scene):
    def construct(self):
        image, network = mnist.load().test.images[0], pretrained()
        digit = MNistMobject(image, height=4)
        output = SaliencyMap(image, output=7, width=5.2).show_network(network)
        VGroup(digit, output).arrange(RIGHT, buff=0.8)
        self.add(digit)
        self.wait(0.5)
        self.play(FadeIn(output, shift=RIGHT))
        self.wait(0.7)
