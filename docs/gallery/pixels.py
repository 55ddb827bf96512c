"""An image, pixel by pixel.

Section: Images and numbers
Shows: PixelImage, PixelsAsSquares, PixelsFromVect, as_square_image
"""

from manim import FadeOut, Scene

from nnviz import MNistMobject, mnist
from nnviz.mobjects.pixel_image import PixelsAsSquares


class Pixels(Scene):
    def construct(self):
        image = MNistMobject(mnist.load().test.images[0], height=5)
        self.add(image)
        self.wait(0.5)
        squares = PixelsAsSquares(image)
        self.add(squares)
        self.remove(image)
        self.play(squares.animate.arrange_in_grid(28, 28, buff=0.05).scale_to_fit_height(7))
        self.play(FadeOut(squares, scale=0.5))
