"""Building blocks of pictures: arrays of lines, images, numbers and words.

==================  ============================================================================
ActivationNumber    An activation written into its neuron.
Edge                One line of an EdgeArray, with all that a Manim Line can do.
EdgeArray           Straight lines as arrays in one mobject.
EdgeSelection       A part of an EdgeArray: changes of it change the array.
LatexMissingError   A text needs LaTeX, which is not installed.
MNistMobject        An MNIST image, a PixelImage of 28 x 28, in its frame.
NumberFormat        How a number is written: mantissa * 10 ** exponent, and its decimals.
PixelImage          An image, grey or in colours, as cheap on screen as one square.
PixelsAsSquares     An image as one square a pixel, in place, for animations that take it apart.
PixelsFromVect      A vector of brightnesses as the squares of a square image.
QuickDecimalNumber  A DecimalNumber that changes in a tenth of the time.
SansText            A Text in the typeface that comes with nnviz, Source Sans 3.
ShownInNotebooks    A mobject that Jupyter shows as a picture.
SignedNumber        A number in one colour where positive, in another where negative.
SignificantNumber   A number with a chosen number of significant digits.
Writing             What turns a string into a mobject, or its name: "text" or "latex".
arrow               Return an arrow with a slim stem and a tip of at most .35 of its length.
as_square_image     Return a vector of n * n brightnesses as the (n, n) image it was made from.
baseline            Return the height on which the letters of a text stand.
double_arrow        Return an arrow with a tip at both ends.
signed_colors       Return values of any range as colours.
stroke              Return Manim's stroke width for a line's width in pixels, of 1080.
vector              Return an arrow from the origin.
wiggled             Return where a wiggle takes the curves of an array, one after the other.
written             Return a text on screen, as large as its neighbours whatever letters it has.
==================  ============================================================================
"""

from nnviz.mobjects.primitives.arrows import (
    arrow,
    double_arrow,
    vector,
)
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.decimal_numbers import (
    ActivationNumber,
    QuickDecimalNumber,
    SignedNumber,
)
from nnviz.mobjects.primitives.edge import Edge
from nnviz.mobjects.primitives.edge_array import (
    EdgeArray,
    EdgeSelection,
)
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import (
    MNistMobject,
    PixelImage,
    PixelsAsSquares,
    PixelsFromVect,
    as_square_image,
    signed_colors,
)
from nnviz.mobjects.primitives.significant_digits import (
    NumberFormat,
    SignificantNumber,
)
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.wiggling import wiggled
from nnviz.mobjects.primitives.writing import (
    LatexMissingError,
    Writing,
    written,
)

__all__ = [
    "ActivationNumber",
    "Edge",
    "EdgeArray",
    "EdgeSelection",
    "LatexMissingError",
    "MNistMobject",
    "NumberFormat",
    "PixelImage",
    "PixelsAsSquares",
    "PixelsFromVect",
    "QuickDecimalNumber",
    "SansText",
    "ShownInNotebooks",
    "SignedNumber",
    "SignificantNumber",
    "Writing",
    "arrow",
    "as_square_image",
    "baseline",
    "double_arrow",
    "signed_colors",
    "stroke",
    "vector",
    "wiggled",
    "written",
]
