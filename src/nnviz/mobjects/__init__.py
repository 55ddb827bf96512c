"""What stands on screen: networks, images, formulas, numbers and graphs, drawn as computed.

They are Manim's mobjects, to be added, moved and animated as any other.

==================  =============================================================================
LAYER_PICTURES      What every kind of layer looks like.
ROLE_COLORS         Colours of the quantities in formulas.
Accuracy            The share of examples in the right class.
AccuracyCurve       The share of examples in the right class, from epoch to epoch.
ActivationNumber    An activation written into its neuron.
AttentionArcs       Arcs from the tokens that are seen to those that ask, as wide as the weights.
AttentionHeads      The patterns of all heads, as small multiples.
AttentionPattern    How much each token takes from each other one, as dots or as cells.
BlockInside         What is in a block of a residual stream: its patterns, or a network.
BoxLayer            A node or a shut block on screen as a frame with words or a sign in it.
ChainRule           The derivative of a last quantity by a first one.
ChangeMark          A brace over a stretch of a line, and the name of the change.
ComputationalGraph  Formulas in rows, from causes at the top to effects below.
ColorLegend         What the colours of a network's picture mean.
ConfusionMatrix     How many examples of each class a network puts into each class.
ConvolutionSum      What one unit of a convolution computes, as grids of cells.
CostCurve           The cost from epoch to epoch, with a name at each curve's end.
CostMap             The cost over a plane in parameter space, seen from above.
CostNumber          The cost of a network, as a number that counts from report to report.
CostPath            The way of a network over a chart of the cost.
CostSurface         The cost over a plane in parameter space as a surface, drawn as one mobject.
DecisionBoundary    The plane of two inputs, coloured by what the network says at each point.
Derivative          A partial derivative as a fraction, each term in its quantity's colour.
Edge                One line of an EdgeArray, with all that a Manim Line can do.
EdgeArray           Straight lines as arrays in one mobject.
EdgeSelection       A part of an EdgeArray: changes of it change the array.
EmbeddingPanel      The table of an embedding in a plane, from report to report.
EmbeddingPlane      Vectors by their two first principal components.
EmbeddingTable      The table of an embedding: a row a token with its name, a column a feature.
FactorEquation      A factor of a chain, and what it is: fraction, equals sign, value.
FittedCurve         A network of one input as the curve that it computes, and the data.
Formula             A formula made of terms that are found by name and coloured by their letter.
Heatmap             A matrix as cells, coloured by sign and size, with numbers and names.
KernelGrid          All kernels of a convolution.
KeyValueCache       Keys and values that a language model keeps, a column a token.
LatexMissingError   A text needs LaTeX, which is not installed.
LayerMobject        One layer on screen.
LayerPicture        How a kind of layer is drawn; one of your own is a subclass.
LogitBars           A token's score as a sum: each bar begins where the one before ends.
MNistMobject        An MNIST image, a PixelImage of 28 x 28, in its frame.
MapLayer            A layer of feature maps, each an image of its activations, or one image.
MatrixLayer         A matrix as cells, coloured by the sign and the size of its values.
MatrixProduct       A matrix times a vector, perhaps plus biases, and the vector that it gives.
NetworkMobject      A network: layers in columns, a line for every weight, arrows for all else.
NetworkStyle        How a network looks: colours, sizes, writing, direction.
NeuronExplanation   What one unit computes.
NeuronLayer         A layer of neurons in a column (or a row), with dots where it is shortened.
NextTokens          The likeliest next tokens as bars: the softmax of scores at a temperature.
NumberFormat        How a number is written: mantissa * 10 ** exponent, and its decimals.
Panel               A chart of what a network is like, in a box of fixed size.
PatternPanel        One head's attention pattern, from report to report of a training.
PixelImage          An image, grey or in colours, as cheap on screen as one square.
PixelsAsSquares     An image as one square a pixel, in place, for animations that take it apart.
PixelsFromVect      A vector of brightnesses as the squares of a square image.
Predictions         Images in rows, below each the class that the network says.
ProjectedHeads      The columns of a token's heads, the output matrix, and what is added.
QuickDecimalNumber  A DecimalNumber that changes in a tenth of the time.
ResidualStream      A rail a token, and taps where blocks read and add.
SaliencyMap         An image, and over it how each pixel moves an output, or the cost.
SamplesPanel        What a language model writes after given prompts, from report to report.
SansText            A Text in the typeface that comes with nnviz, Source Sans 3.
ScoreExplanation    The chain rule for one score of attention, its numbers and the proof.
ScoreGradients      The derivatives of the cost by all scores of one query, as areas.
ScoreGrid           The way of one head from queries and keys to its pattern, as numbers.
ShownInNotebooks    A mobject that Jupyter shows as a picture.
SignedNumber        A number in one colour where positive, in another where negative.
SignificantNumber   A number with a chosen number of significant digits.
TokenExplanation    How one number of an embedding acts on the cost: a sum, and the proof.
TokenLayer          A sequence of integers, such as tokens, as numbers in squares.
TokenRow            Tokens side by side, each in a box; a space is written as ␣.
ValueLine           A number line, and a dot on it at a value.
VectorColumn        A vector as a column of cells, coloured by sign and size of its values.
WeightExplanation   The chain rule for one weight or bias.
WeightPath          Light on a network: a weight's edge, and the way from there to the cost.
Writing             What turns a string into a mobject, or its name: "text" or "latex".
arrow               Return an arrow with a slim stem and a tip of at most .35 of its length.
as_square_image     Return a vector of n * n brightnesses as the (n, n) image it was made from.
baseline            Return the height on which the letters of a text stand.
color_of            Return the colour of a term: its letter's in the table, white without one.
columns_of          Return a column for each token, beside it.
double_arrow        Return an arrow with a tip at both ends.
layer_before        Return the same quantity one layer earlier: w^{(L-1)} for w^{(L)}.
signed_colors       Return values of any range as colours.
stroke              Return Manim's stroke width for a line's width in pixels, of 1080.
vector              Return an arrow from the origin.
wiggled             Return where a wiggle takes the curves of an array, one after the other.
written             Return a text on screen, as large as its neighbours whatever letters it has.
==================  =============================================================================
"""

from nnviz.mobjects.attention import (
    AttentionArcs,
    AttentionHeads,
    AttentionPattern,
    BlockInside,
    EmbeddingPanel,
    EmbeddingPlane,
    EmbeddingTable,
    KeyValueCache,
    LogitBars,
    NextTokens,
    PatternPanel,
    ProjectedHeads,
    ResidualStream,
    SamplesPanel,
    ScoreExplanation,
    ScoreGradients,
    ScoreGrid,
    TokenExplanation,
    TokenRow,
    VectorColumn,
    columns_of,
)
from nnviz.mobjects.charts import (
    Accuracy,
    AccuracyCurve,
    ConfusionMatrix,
    CostCurve,
    CostMap,
    CostNumber,
    CostPath,
    CostSurface,
    DecisionBoundary,
    FittedCurve,
    Heatmap,
    Panel,
    Predictions,
    SaliencyMap,
)
from nnviz.mobjects.equations import (
    ROLE_COLORS,
    ChainRule,
    ChangeMark,
    ComputationalGraph,
    Derivative,
    FactorEquation,
    Formula,
    MatrixProduct,
    NeuronExplanation,
    ValueLine,
    WeightExplanation,
    WeightPath,
    color_of,
    layer_before,
)
from nnviz.mobjects.network import (
    LAYER_PICTURES,
    BoxLayer,
    ColorLegend,
    ConvolutionSum,
    KernelGrid,
    LayerMobject,
    LayerPicture,
    MapLayer,
    MatrixLayer,
    NetworkMobject,
    NetworkStyle,
    NeuronLayer,
    TokenLayer,
)
from nnviz.mobjects.primitives import (
    ActivationNumber,
    Edge,
    EdgeArray,
    EdgeSelection,
    LatexMissingError,
    MNistMobject,
    NumberFormat,
    PixelImage,
    PixelsAsSquares,
    PixelsFromVect,
    QuickDecimalNumber,
    SansText,
    ShownInNotebooks,
    SignedNumber,
    SignificantNumber,
    Writing,
    arrow,
    as_square_image,
    baseline,
    double_arrow,
    signed_colors,
    stroke,
    vector,
    wiggled,
    written,
)

__all__ = [
    "LAYER_PICTURES",
    "ROLE_COLORS",
    "Accuracy",
    "AccuracyCurve",
    "ActivationNumber",
    "AttentionArcs",
    "AttentionHeads",
    "AttentionPattern",
    "BlockInside",
    "BoxLayer",
    "ChainRule",
    "ChangeMark",
    "ColorLegend",
    "ComputationalGraph",
    "ConfusionMatrix",
    "ConvolutionSum",
    "CostCurve",
    "CostMap",
    "CostNumber",
    "CostPath",
    "CostSurface",
    "DecisionBoundary",
    "Derivative",
    "Edge",
    "EdgeArray",
    "EdgeSelection",
    "EmbeddingPanel",
    "EmbeddingPlane",
    "EmbeddingTable",
    "FactorEquation",
    "FittedCurve",
    "Formula",
    "Heatmap",
    "KernelGrid",
    "KeyValueCache",
    "LatexMissingError",
    "LayerMobject",
    "LayerPicture",
    "LogitBars",
    "MNistMobject",
    "MapLayer",
    "MatrixLayer",
    "MatrixProduct",
    "NetworkMobject",
    "NetworkStyle",
    "NeuronExplanation",
    "NeuronLayer",
    "NextTokens",
    "NumberFormat",
    "Panel",
    "PatternPanel",
    "PixelImage",
    "PixelsAsSquares",
    "PixelsFromVect",
    "Predictions",
    "ProjectedHeads",
    "QuickDecimalNumber",
    "ResidualStream",
    "SaliencyMap",
    "SamplesPanel",
    "SansText",
    "ScoreExplanation",
    "ScoreGradients",
    "ScoreGrid",
    "ShownInNotebooks",
    "SignedNumber",
    "SignificantNumber",
    "TokenExplanation",
    "TokenLayer",
    "TokenRow",
    "ValueLine",
    "VectorColumn",
    "WeightExplanation",
    "WeightPath",
    "Writing",
    "arrow",
    "as_square_image",
    "baseline",
    "color_of",
    "columns_of",
    "double_arrow",
    "layer_before",
    "signed_colors",
    "stroke",
    "vector",
    "wiggled",
    "written",
]
