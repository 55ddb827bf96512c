"""Display lists: what is drawn on a frame, as values that can be drawn anywhere.

A frame is a list of draw commands, each a value that contains all that it draws. Lists have a cache
key, can be sent to another process or machine, and become pixels, video, SVG or PDF there. This
package does not depend on Manim.

================  =================================================================================
Command           One draw command.
Curves            Many cubic curves, each with its own colour and width.
Encoding          What frames are encoded to.
Faces             Faces with four corners and lines on them, each drawn over the ones before.
Frame             One frame: the layer of what stands still, and that of what moves above it.
Layer             Commands in the order in which they are drawn, and what they are drawn on.
Nested            A layer shown as an image: what another camera sees.
Patch             The pixels of a part of the frame.
Path              Cubic curves: filled, with a stroke behind and one in front.
Picture           An image in any four corners, as Manim draws its image mobjects.
Piece             Consecutive frames, and what they are encoded to.
PixelGrid         An image whose pixels are seen as squares.
Points            Pixels of a frame, each with its colour, as Manim draws clouds of points.
Raster            The pixels of the whole frame.
Screen            The pixels of one frame after another, of which what changes is drawn.
SegmentEncoder    Encode frames into a segment in memory.
Shades            An image whose colours are interpolated between its pixels.
Solid             One colour for the whole frame.
Textured          Commands that show an image where they paint.
View              How many pixels a frame has, and where the scene's plane lies on them.
draw              Draw a piece, and return it as a video file.
painted           Return the pixels of a frame.
================  =================================================================================
"""

from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Patch, Raster, Solid
from nnviz.drawing.path_commands import Curves, Faces, Path
from nnviz.drawing.pieces import Frame, Piece, Screen, draw, painted
from nnviz.drawing.pixel_commands import Nested, Picture, PixelGrid, Points, Shades, Textured
from nnviz.drawing.segments import Encoding, SegmentEncoder

__all__ = [
    "Command",
    "Curves",
    "Encoding",
    "Faces",
    "Frame",
    "Layer",
    "Nested",
    "Patch",
    "Path",
    "Picture",
    "Piece",
    "PixelGrid",
    "Points",
    "Raster",
    "Screen",
    "SegmentEncoder",
    "Shades",
    "Solid",
    "Textured",
    "View",
    "draw",
    "painted",
]
