"""A figure for a page.

`save_figure` writes any mobject to a PNG, an SVG or a PDF, cropped to what is seen of it. Here the
file that it wrote of the network comes onto a page.

Section: Images and numbers
Shows: save_figure
Next: light, volumes
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from manim import DOWN, LEFT, RIGHT, UP, WHITE, FadeIn, ImageMobject, Line, Rectangle, Scene, VGroup

from nnviz import Network, NetworkMobject, NetworkStyle, SansText, save_figure


class OnPaper(Scene):
    def construct(self):
        network = Network.random([3, 4, 2], seed=8)
        x = network.forward_pass([0.9, 0.2, 0.6])
        net = NetworkMobject(network, fit=(6, 4.5)).show_weights().show_activations(x)
        printed = NetworkMobject(network, NetworkStyle.light()).show_weights().show_activations(x)
        with TemporaryDirectory() as folder:
            file = save_figure(printed, Path(folder, "network.png"), background="white", dpi=200)
            figure = ImageMobject(file)
        page = Rectangle(width=5, height=6.6, stroke_width=0, fill_color=WHITE, fill_opacity=1)
        lines = VGroup(*(Line(2.1 * LEFT, 2.1 * RIGHT) for _ in range(12))).set_color("#bbbbbb")
        lines.arrange(DOWN, buff=0.2)
        lines[5].scale(0.6, about_point=lines[5].get_start())
        lines[6:].shift(0.3 * DOWN)
        lines.move_to(page).align_to(page, DOWN).shift(0.35 * UP)
        figure.scale_to_fit_width(4.2).next_to(lines, UP, buff=0.35)
        caption = SansText("save_figure(net, ...)", font_size=30)
        for part in (page, lines, figure):
            part.shift(3.6 * RIGHT)
        net.move_to(3.2 * LEFT)
        caption.next_to(net, DOWN, buff=0.5)
        self.add(net, page, lines)
        self.play(FadeIn(caption), run_time=0.6)
        self.wait(0.5)
        self.play(FadeIn(figure, shift=1.5 * RIGHT), run_time=1.2)
        self.wait(2)
