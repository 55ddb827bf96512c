"""What draws: cameras that make Manim's pictures in less time.

A camera turns the mobjects of a scene into pixels. :class:`NNCamera` draws exactly what Manim's
own camera draws, but only the part of the frame that changed; :class:`DrawsItself` is for mobjects
that know a better way onto Cairo than path, fill and stroke, and is heeded by every camera.

==============  ===================================================================================
DrawsItself     A mobject that knows a cheaper or better way onto Cairo than path, fill and stroke.
NNCamera        Manim's camera in less time: the pictures are those of Camera.
NNMovingCamera  NNCamera for scenes whose camera moves (MovingCamera).
==============  ===================================================================================
"""

from nnviz.camera.camera import NNCamera, NNMovingCamera
from nnviz.camera.drawing import DrawsItself

__all__ = ["DrawsItself", "NNCamera", "NNMovingCamera"]
