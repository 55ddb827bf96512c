"""An image, pixel by pixel.

What a network is given of an image is one number a pixel: 0 is black and 1 is white.

Section: Images and numbers
Shows: PixelImage, PixelsAsSquares, PixelsFromVect, as_square_image
Next: digits, saliency
"""

from manim import BLACK, WHITE, FadeIn, FadeOut, Scene, VGroup

from nnviz import MNistMobject, SansText, mnist
from nnviz.mobjects.primitives.pixel_image import PixelsAsSquares


class Pixels(Scene):
    def construct(self):
        x = mnist.load().test.images[0]
        image = MNistMobject(x, height=5)
        self.add(image)
        self.wait(0.5)
        squares = PixelsAsSquares(image)
        self.add(squares)
        self.remove(image)
        self.play(squares.animate.arrange_in_grid(28, 28, buff=0.05).scale_to_fit_height(7))
        chosen = [28 * row + column for row in range(6, 12) for column in range(12, 20)]
        near = VGroup(*(squares[k] for k in chosen))
        others = VGroup(*(square for square in squares if square not in near))
        self.play(FadeOut(others), run_time=0.7)
        self.play(near.animate.scale_to_fit_height(6.6).center())
        numbers = VGroup()
        for k, square in zip(chosen, near, strict=True):
            color = BLACK if x[k] > 0.45 else WHITE
            numbers.add(SansText(f"{x[k]:.2f}", font_size=30, color=color).move_to(square))
        self.play(FadeIn(numbers))
        self.wait(2)
