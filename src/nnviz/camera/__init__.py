"""What draws: cameras that make Manim's pictures in less time.

A camera turns the mobjects of a scene into pixels. :class:`NNCamera` draws exactly what Manim's
own camera draws, but only the part of the frame that changed; :class:`DrawsItself` is for mobjects
that know a better way onto Cairo than path, fill and stroke, and is heeded by every camera.
"""

from nnviz.camera.camera import QUICK, NNCamera, NNMovingCamera
from nnviz.camera.drawing import DrawsItself

__all__ = ["QUICK", "DrawsItself", "NNCamera", "NNMovingCamera"]
