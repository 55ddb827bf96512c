"""What moves: animations that leave a network, an image or a graph as the engine says.

They are Manim's animations, to be played by ``self.play(...)`` in any scene.
"""

from nnviz.animations.convolution import Convolve

__all__ = ["Convolve"]
