"""What draws: cameras that make Manim's pictures in less time.

A camera turns the mobjects of a scene into pixels. :class:`NNCamera` draws exactly what Manim's
own camera draws, but only the part of the frame that changed; :class:`DrawsItself` is for mobjects
that know a better way onto Cairo than path, fill and stroke, and is heeded by every camera.
:func:`save_figure` writes a mobject to a file of its own, as a picture or as vectors.

==============  ===================================================================================
QUICK           By kind of camera, the one of ours that draws the same in less time.
DrawsItself     A mobject that knows a cheaper or better way onto Cairo than path, fill and stroke.
NNCamera        Manim's camera in less time: the pictures are those of Camera.
NNMovingCamera  NNCamera for scenes whose camera moves (MovingCamera).
figure_png      Return what save_figure writes as PNG, on Manim's background.
save_figure     Write a picture of a mobject as it stands, cropped to what is seen of it.
==============  ===================================================================================
"""

from nnviz.camera.cameras import QUICK, NNCamera, NNMovingCamera
from nnviz.camera.drawing import DrawsItself
from nnviz.camera.figures import figure_png, save_figure

__all__ = ["QUICK", "DrawsItself", "NNCamera", "NNMovingCamera", "figure_png", "save_figure"]
