"""Images in colours.

Red, green and blue, with the channels first as networks have them, or last.

Section: Images and numbers
Shows: PixelImage
Next: images, signed
"""

import numpy as np
from manim import Scene

from nnviz import PixelImage


class InColors(Scene):
    def construct(self):
        y, x = np.mgrid[0:1:32j, 0:1:32j]
        disc = np.hypot(x - 0.5, y - 0.5) < 0.3
        picture = PixelImage(np.stack([x, y, disc]), height=5)
        self.add(picture)
        self.wait(0.5)
        self.play(picture.animate.set_image(np.stack([disc, x, y])))
        self.play(picture.animate.set_image(np.stack([1 - y, disc * x, x])))
        self.wait(0.3)
