"""A kernel slides over an image.

Slowly where its products and their sum are to be read, ever quicker elsewhere; the feature map
fills in.

Section: Convolution
Shows: Convolve, Conv2D
"""

from manim import DOWN, Scene

from nnviz import Convolve, NetworkMobject, mnist, pretrained


class Slides(Scene):
    def construct(self):
        net = NetworkMobject(pretrained("cnn"), fit=(13, 4.2)).to_edge(DOWN).show_weights()
        x = mnist.first_of_each_digit(1)[3].reshape(1, 28, 28)
        self.add(net)
        self.play(Convolve(net, 1, x, channel=1, slow=[(4, 9), (22, 9)], run_time=8))
        self.wait(0.5)
