"""What draws: cameras that make Manim's pictures in less time.

A camera turns the mobjects of a scene into draw commands (:mod:`nnviz.drawing`), which are made
again only where a mobject changed. :class:`NNCamera` paints them, and so draws exactly what Manim's
own camera draws; the renderer records them. :class:`DrawsItself` is for mobjects that give their
commands by themselves, in every camera. :func:`save_figure` writes a mobject to a file of its own,
as a picture or as vectors.

==============  ===================================================================================
QUICK           By kind of camera, the one of ours that draws the same in less time.
DrawsItself     A mobject that says by itself with which commands it is drawn.
NNCamera        Manim's camera in less time: the pictures are those of Camera.
NNMovingCamera  NNCamera for scenes whose camera moves (MovingCamera).
Vectors         A mobject as SVG, and where in the scene that is.
figure_png      Return what save_figure writes as PNG, on Manim's background.
save_figure     Write a picture of a mobject as it stands, cropped to what is seen of it.
vectors_of      Return what save_figure writes as SVG, on nothing and without a margin.
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
