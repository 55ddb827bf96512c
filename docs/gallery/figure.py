"""A figure for a page.

`save_figure` writes any mobject to a PNG, an SVG or a PDF, cropped to what is seen of it. Here the
file stands beside the network that it is of.

Section: Images and numbers
Shows: save_figure
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from manim import LEFT, RIGHT, FadeIn, ImageMobject, Scene

from nnviz import Network, NetworkMobject, NetworkStyle, save_figure


class OnPaper(Scene):
    def construct(self):
        network = Network.random([3, 4, 2], seed=8)
        net = NetworkMobject(network, fit=(5, 4)).show_weights().to_edge(LEFT)
        printed = NetworkMobject(network, NetworkStyle.light()).show_weights()
        with TemporaryDirectory() as folder:
            file = save_figure(printed, Path(folder, "network.png"), background="white", dpi=150)
            page = ImageMobject(file).scale_to_fit_height(4).to_edge(RIGHT)
        self.add(net)
        self.play(FadeIn(page, shift=RIGHT))
        self.wait(0.7)
