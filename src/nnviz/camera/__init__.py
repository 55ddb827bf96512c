"""Cameras that draw Manim's pictures in less time.

A camera turns the mobjects of a scene into draw commands (:mod:`nnviz.drawing`), which are made
again only where a mobject changed. :class:`NNCamera` paints them, and so draws exactly what Manim's
own camera draws; the renderer records them. :class:`DrawsItself` is the base of mobjects that
return their own draw commands, for every camera. :func:`save_figure` writes a mobject to a file, as
a picture or as vectors.

==============  ===================================================================================
QUICK           For each class of camera, the faster one that draws the same pictures.
DrawsItself     A mobject that returns its own draw commands.
NNCamera        A faster camera, which draws the same pictures as Camera.
NNMovingCamera  NNCamera for scenes whose camera moves (MovingCamera).
Vectors         A mobject as SVG, and where in the scene that is.
figure_png      Return what save_figure writes as PNG, on Manim's background.
save_figure     Write a picture of a mobject as it stands, cropped to what is seen of it.
vectors_of      Return what save_figure writes as SVG, without background and margin.
==============  ===================================================================================
"""

from nnviz.camera.cameras import QUICK, NNCamera, NNMovingCamera
from nnviz.camera.draws_itself import DrawsItself
from nnviz.camera.figures import Vectors, figure_png, save_figure, vectors_of

__all__ = [
    "QUICK",
    "DrawsItself",
    "NNCamera",
    "NNMovingCamera",
    "Vectors",
    "figure_png",
    "save_figure",
    "vectors_of",
]
