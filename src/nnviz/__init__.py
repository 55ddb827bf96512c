"""Neural networks that compute, and Manim pictures of them that show what they computed.

The names below can be imported from here. Each is loaded when it is first asked for, so that
``import nnviz`` and the engine do without Manim. More is in the packages, and ``help`` of each says
what: ``nnviz.network`` computes, ``nnviz.interop`` reads other people's models, ``nnviz.mnist`` has
images of digits and ``nnviz.texts`` names, ``nnviz.mobjects`` and ``nnviz.characters`` stand on
screen, ``nnviz.animations`` move them, ``nnviz.scene`` has scenes to begin with, ``nnviz.camera``
draws, and ``nnviz.render`` makes videos.

====================  =============================================================================
mnist                 MNIST's images and labels, a subset of them shipped.
texts                 First names, and tokens of texts.
words                 Words that nnviz draws, in the language that you choose.
Accuracy              The share of examples in the right class.
AccuracyCurve         The share of examples in the right class, from epoch to epoch.
AddVectors            A column goes onto another one, and is added to it.
ApplyMask             A mask comes over a pattern, and what is left grows to 1 again.
Attend                Values travel along arcs to the token that asks, and add up there.
AttendBackwards       The derivative by what a token took goes back along arcs to the keys.
AttentionArcs         Arcs from the tokens that are seen to those that ask, as wide as the weights.
AttentionHeads        The patterns of all heads, as small multiples.
AttentionPattern      How much each token takes from each other one, as dots or as cells.
AttentionScene        One head of attention, step by step.
Backpropagate         The cost's derivatives travel back, from the output to the input.
BatchNorm             Every channel shifted and scaled to a mean and a variance.
ConfusionMatrix       How many examples of each class a network puts into each class.
Conv2D                A convolution: every kernel slides over the image, and makes a feature map.
ColorLegend           What the colours of a network's picture mean.
ConcatenateHeads      The columns of a token's heads slide together to one.
Convolve              The kernel slides over the maps before, and the feature map fills in.
CostCurve             The cost from epoch to epoch, with a name at each curve's end.
CostMap               The cost over a plane in parameter space, seen from above.
CostNumber            The cost of a network, as a number that counts from report to report.
CostSurface           The cost over a plane in parameter space as a surface, drawn as one mobject.
DecisionBoundary      The plane of two inputs, coloured by what the network says at each point.
Dense                 A fully connected layer: z = weights @ x + biases.
Descend               A path is drawn at an even pace, and a marker moves at its end.
DotProducts           A query meets keys, and products of components add up to a number each.
DrawToken             A token that was drawn goes from its bar to the end of the text.
Dropout               In training, silence values at random and strengthen the others.
EmbeddingPanel        The table of an embedding in a plane, from report to report.
EmbeddingPlane        Vectors by their two first principal components.
EmbeddingTable        The table of an embedding: a row a token with its name, a column a feature.
ExplainNeuron         Show how one neuron computes its activation.
ExplainNeuronScene    A network, and beside it how one of its neurons computes its activation.
ExplainScore          Show how one score of attention acts on the cost.
ExplainWeight         Show how one weight or bias acts on the cost.
ExplainWeightScene    A network, and beside it how one of its weights acts on the cost.
ExtendCache           New columns of a key-value cache fill in; the others stay as they are.
FeedForward           An input travels through a network, layer after layer.
FittedCurve           A network of one input as the curve that it computes, and the data.
Flatten               An image as a vector: channel by channel, and in each row by row.
ForwardPass           Everything that a network computes on the way from input to output.
GenerationScene       A text that a language model writes.
GrowStream            A residual stream grows from below.
Heatmap               A matrix as cells, coloured by sign and size, with numbers and names.
KeyValueCache         Keys and values that a language model keeps, a column a token.
Layer                 A layer computes weighted inputs z from what comes in.
Limits                What reading a file or a model may cost.
LogitBars             A token's score as a sum: each bar begins where the one before ends.
MNistMobject          An MNIST image, a PixelImage of 28 x 28, in its frame.
MatrixProduct         A matrix times a vector, perhaps plus biases, and the vector that it gives.
MaxPool2D             The largest number in each window.
MergeTokens           Tokens that are side by side become one.
MultiplyMatrix        Rows of a matrix sweep over a vector, and their products add up.
NextTokens            The likeliest next tokens as bars: the softmax of scores at a temperature.
NNScene               A Manim scene whose frames depend on the scene alone.
Network               A neural network: layers as the nodes of a graph, and a cost.
NetworkError          A network, its input or its file is not what it has to be.
NetworkMobject        A network: layers in columns, a line for every weight, arrows for all else.
NetworkScene          A scene with one network on screen from the start.
NetworkStyle          How a network looks: colours, sizes, writing, direction.
Node                  One step of a network's computation.
ParameterDerivative   How one weight or bias acts on the cost of one example, link by link.
ParameterPlane        A plane in parameter space: the networks origin + a * first + b * second.
PatternPanel          One head's attention pattern, from report to report of a training.
PixelImage            An image, grey or in colours, as cheap on screen as one square.
Predictions           Images in rows, below each the class that the network says.
ProjectedHeads        The columns of a token's heads, the output matrix, and what is added.
ProjectHeads          The output matrix reads the heads, row by row.
Recording             What a model was like at many moments of its training, for films of it.
ResidualStream        A rail a token, and taps where blocks read and add.
SaliencyMap           An image, and over it how each pixel moves an output, or the cost.
SamplesPanel          What a language model writes after given prompts.
SansText              A Text in the typeface that comes with nnviz, Source Sans 3.
ScoreGrid             The way of one head from queries and keys to its pattern, as numbers.
ShowGradient          Edges turn into those of a gradient, all at once.
ShowScores            A grid of scores goes on to its next stage, row after row.
Snapshots             Reports of one training in little memory, which stand wherever reports do.
TakeRow               A row of a table lights up, leaves it, and turns into a column.
TakeStep              A network takes a step down a gradient, and edges and numbers follow.
TokenRow              Tokens side by side, each in a box; a space is written as ␣.
ToldScene             A scene that asks above, tells below, and shows between.
Train                 A network on screen, and panels beside it, go through a training.
TrainingScene         A film of a training.
TransformerScene      A whole transformer from afar, from tokens to bars of the next one.
VectorColumn          A vector as a column of cells, coloured by sign and size of its values.
attention_head        Return what one head of attention computed.
from_keras            Read a model of Keras: a Sequential, or a functional one that is a chain.
from_onnx             Read an ONNX file, such as PyTorch and skl2onnx write them.
from_sklearn          Read a fitted MLPClassifier or MLPRegressor of scikit-learn.
from_torch            Read a module of PyTorch whose forward is a chain.
inspect_scene         Run a scene, and find what a careful viewer would object to.
logit_sum             Return what each head and block adds to a token's score.
one_hot               Desired outputs for labels: 1 at the label, 0 elsewhere.
pretrained            Load one of the trained networks that come with nnviz.
recorded              Load what was recorded of the training of a shipped network.
save_figure           Write a picture of a mobject as it stands, cropped to what is seen of it.
save_page             Write a network as one interactive page.
score_derivative      Take the derivative by one score of attention apart.
unit_sum              Return what one unit computes: inputs times weights, sum, bias, activation.
====================  =============================================================================
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz import mnist as mnist
    from nnviz import texts as texts
    from nnviz import words as words
    from nnviz.animations import AddVectors as AddVectors
    from nnviz.animations import ApplyMask as ApplyMask
    from nnviz.animations import Attend as Attend
    from nnviz.animations import AttendBackwards as AttendBackwards
    from nnviz.animations import Backpropagate as Backpropagate
    from nnviz.animations import ConcatenateHeads as ConcatenateHeads
    from nnviz.animations import Convolve as Convolve
    from nnviz.animations import Descend as Descend
    from nnviz.animations import DotProducts as DotProducts
    from nnviz.animations import DrawToken as DrawToken
    from nnviz.animations import ExplainNeuron as ExplainNeuron
    from nnviz.animations import ExplainScore as ExplainScore
    from nnviz.animations import ExplainWeight as ExplainWeight
    from nnviz.animations import ExtendCache as ExtendCache
    from nnviz.animations import FeedForward as FeedForward
    from nnviz.animations import GrowStream as GrowStream
    from nnviz.animations import MergeTokens as MergeTokens
    from nnviz.animations import MultiplyMatrix as MultiplyMatrix
    from nnviz.animations import ProjectHeads as ProjectHeads
    from nnviz.animations import ShowGradient as ShowGradient
    from nnviz.animations import ShowScores as ShowScores
    from nnviz.animations import TakeRow as TakeRow
    from nnviz.animations import TakeStep as TakeStep
    from nnviz.animations import Train as Train
    from nnviz.camera import save_figure as save_figure
    from nnviz.interop import Recording as Recording
    from nnviz.interop import from_keras as from_keras
    from nnviz.interop import from_onnx as from_onnx
    from nnviz.interop import from_sklearn as from_sklearn
    from nnviz.interop import from_torch as from_torch
    from nnviz.limits import Limits as Limits
    from nnviz.mobjects import Accuracy as Accuracy
    from nnviz.mobjects import AccuracyCurve as AccuracyCurve
    from nnviz.mobjects import AttentionArcs as AttentionArcs
    from nnviz.mobjects import AttentionHeads as AttentionHeads
    from nnviz.mobjects import AttentionPattern as AttentionPattern
    from nnviz.mobjects import ColorLegend as ColorLegend
    from nnviz.mobjects import ConfusionMatrix as ConfusionMatrix
    from nnviz.mobjects import CostCurve as CostCurve
    from nnviz.mobjects import CostMap as CostMap
    from nnviz.mobjects import CostNumber as CostNumber
    from nnviz.mobjects import CostSurface as CostSurface
    from nnviz.mobjects import DecisionBoundary as DecisionBoundary
    from nnviz.mobjects import EmbeddingPanel as EmbeddingPanel
    from nnviz.mobjects import EmbeddingPlane as EmbeddingPlane
    from nnviz.mobjects import EmbeddingTable as EmbeddingTable
    from nnviz.mobjects import FittedCurve as FittedCurve
    from nnviz.mobjects import Heatmap as Heatmap
    from nnviz.mobjects import KeyValueCache as KeyValueCache
    from nnviz.mobjects import LogitBars as LogitBars
    from nnviz.mobjects import MatrixProduct as MatrixProduct
    from nnviz.mobjects import MNistMobject as MNistMobject
    from nnviz.mobjects import NetworkMobject as NetworkMobject
    from nnviz.mobjects import NetworkStyle as NetworkStyle
    from nnviz.mobjects import NextTokens as NextTokens
    from nnviz.mobjects import PatternPanel as PatternPanel
    from nnviz.mobjects import PixelImage as PixelImage
    from nnviz.mobjects import Predictions as Predictions
    from nnviz.mobjects import ProjectedHeads as ProjectedHeads
    from nnviz.mobjects import ResidualStream as ResidualStream
    from nnviz.mobjects import SaliencyMap as SaliencyMap
    from nnviz.mobjects import SamplesPanel as SamplesPanel
    from nnviz.mobjects import SansText as SansText
    from nnviz.mobjects import ScoreGrid as ScoreGrid
    from nnviz.mobjects import TokenRow as TokenRow
    from nnviz.mobjects import VectorColumn as VectorColumn
    from nnviz.network import ForwardPass as ForwardPass
    from nnviz.network import Network as Network
    from nnviz.network import NetworkError as NetworkError
    from nnviz.network import Node as Node
    from nnviz.network import ParameterDerivative as ParameterDerivative
    from nnviz.network import ParameterPlane as ParameterPlane
    from nnviz.network import Snapshots as Snapshots
    from nnviz.network import attention_head as attention_head
    from nnviz.network import logit_sum as logit_sum
    from nnviz.network import one_hot as one_hot
    from nnviz.network import pretrained as pretrained
    from nnviz.network import recorded as recorded
    from nnviz.network import score_derivative as score_derivative
    from nnviz.network import unit_sum as unit_sum
    from nnviz.network.layers import BatchNorm as BatchNorm
    from nnviz.network.layers import Conv2D as Conv2D
    from nnviz.network.layers import Dense as Dense
    from nnviz.network.layers import Dropout as Dropout
    from nnviz.network.layers import Flatten as Flatten
    from nnviz.network.layers import Layer as Layer
    from nnviz.network.layers import MaxPool2D as MaxPool2D
    from nnviz.page import save_page as save_page
    from nnviz.preview.inspection import inspect_scene as inspect_scene
    from nnviz.scene import AttentionScene as AttentionScene
    from nnviz.scene import ExplainNeuronScene as ExplainNeuronScene
    from nnviz.scene import ExplainWeightScene as ExplainWeightScene
    from nnviz.scene import GenerationScene as GenerationScene
    from nnviz.scene import NetworkScene as NetworkScene
    from nnviz.scene import NNScene as NNScene
    from nnviz.scene import ToldScene as ToldScene
    from nnviz.scene import TrainingScene as TrainingScene
    from nnviz.scene import TransformerScene as TransformerScene

__version__ = "0.2.0"

#: Where each name is loaded from. Checkers of types read the imports above.
_HOMES = {
    "Accuracy": "nnviz.mobjects",
    "AccuracyCurve": "nnviz.mobjects",
    "AddVectors": "nnviz.animations",
    "ApplyMask": "nnviz.animations",
    "Attend": "nnviz.animations",
    "AttendBackwards": "nnviz.animations",
    "AttentionArcs": "nnviz.mobjects",
    "AttentionHeads": "nnviz.mobjects",
    "AttentionPattern": "nnviz.mobjects",
    "AttentionScene": "nnviz.scene",
    "Backpropagate": "nnviz.animations",
    "BatchNorm": "nnviz.network.layers",
    "ConfusionMatrix": "nnviz.mobjects",
    "Conv2D": "nnviz.network.layers",
    "ColorLegend": "nnviz.mobjects",
    "ConcatenateHeads": "nnviz.animations",
    "Convolve": "nnviz.animations",
    "CostCurve": "nnviz.mobjects",
    "CostMap": "nnviz.mobjects",
    "CostNumber": "nnviz.mobjects",
    "CostSurface": "nnviz.mobjects",
    "DecisionBoundary": "nnviz.mobjects",
    "Dense": "nnviz.network.layers",
    "Descend": "nnviz.animations",
    "DotProducts": "nnviz.animations",
    "DrawToken": "nnviz.animations",
    "Dropout": "nnviz.network.layers",
    "EmbeddingPanel": "nnviz.mobjects",
    "EmbeddingPlane": "nnviz.mobjects",
    "EmbeddingTable": "nnviz.mobjects",
    "ExplainNeuron": "nnviz.animations",
    "ExplainNeuronScene": "nnviz.scene",
    "ExplainScore": "nnviz.animations",
    "ExplainWeight": "nnviz.animations",
    "ExplainWeightScene": "nnviz.scene",
    "ExtendCache": "nnviz.animations",
    "FeedForward": "nnviz.animations",
    "FittedCurve": "nnviz.mobjects",
    "Flatten": "nnviz.network.layers",
    "ForwardPass": "nnviz.network",
    "GenerationScene": "nnviz.scene",
    "GrowStream": "nnviz.animations",
    "Heatmap": "nnviz.mobjects",
    "KeyValueCache": "nnviz.mobjects",
    "Layer": "nnviz.network.layers",
    "Limits": "nnviz.limits",
    "LogitBars": "nnviz.mobjects",
    "MNistMobject": "nnviz.mobjects",
    "MatrixProduct": "nnviz.mobjects",
    "MaxPool2D": "nnviz.network.layers",
    "MergeTokens": "nnviz.animations",
    "MultiplyMatrix": "nnviz.animations",
    "NextTokens": "nnviz.mobjects",
    "NNScene": "nnviz.scene",
    "Network": "nnviz.network",
    "NetworkError": "nnviz.network",
    "NetworkMobject": "nnviz.mobjects",
    "NetworkScene": "nnviz.scene",
    "NetworkStyle": "nnviz.mobjects",
    "Node": "nnviz.network",
    "ParameterDerivative": "nnviz.network",
    "ParameterPlane": "nnviz.network",
    "PatternPanel": "nnviz.mobjects",
    "PixelImage": "nnviz.mobjects",
    "Predictions": "nnviz.mobjects",
    "ProjectedHeads": "nnviz.mobjects",
    "ProjectHeads": "nnviz.animations",
    "Recording": "nnviz.interop",
    "ResidualStream": "nnviz.mobjects",
    "SaliencyMap": "nnviz.mobjects",
    "SamplesPanel": "nnviz.mobjects",
    "SansText": "nnviz.mobjects",
    "ScoreGrid": "nnviz.mobjects",
    "ShowGradient": "nnviz.animations",
    "ShowScores": "nnviz.animations",
    "Snapshots": "nnviz.network",
    "TakeRow": "nnviz.animations",
    "TakeStep": "nnviz.animations",
    "TokenRow": "nnviz.mobjects",
    "ToldScene": "nnviz.scene",
    "Train": "nnviz.animations",
    "TrainingScene": "nnviz.scene",
    "TransformerScene": "nnviz.scene",
    "VectorColumn": "nnviz.mobjects",
    "attention_head": "nnviz.network",
    "from_keras": "nnviz.interop",
    "from_onnx": "nnviz.interop",
    "from_sklearn": "nnviz.interop",
    "from_torch": "nnviz.interop",
    "inspect_scene": "nnviz.preview.inspection",
    "logit_sum": "nnviz.network",
    "one_hot": "nnviz.network",
    "pretrained": "nnviz.network",
    "recorded": "nnviz.network",
    "save_figure": "nnviz.camera",
    "save_page": "nnviz.page",
    "score_derivative": "nnviz.network",
    "unit_sum": "nnviz.network",
}

#: Names that are here for this release alone, with a warning, and where they are to be had.
_MOVED = {
    "Activate": "nnviz.network.layers",
    "ActivationNumber": "nnviz.mobjects",
    "AttentionHead": "nnviz.network",
    "AveragePool2D": "nnviz.network.layers",
    "BackwardPass": "nnviz.network",
    "ContinualEdgeUpdate": "nnviz.animations",
    "ConvolutionSum": "nnviz.mobjects",
    "Creature": "nnviz.characters",
    "CreatureScene": "nnviz.scene",
    "EdgeArray": "nnviz.mobjects",
    "EngineAnimation": "nnviz.animations",
    "GlobalAveragePool2D": "nnviz.network.layers",
    "Gradient": "nnviz.network",
    "KernelGrid": "nnviz.mobjects",
    "LAYER_PICTURES": "nnviz.mobjects",
    "LatexMissingError": "nnviz.mobjects",
    "LayerPicture": "nnviz.mobjects",
    "LimitError": "nnviz.limits",
    "Mortimer": "nnviz.characters",
    "NeuronExplanation": "nnviz.mobjects",
    "Page": "nnviz.page",
    "PageError": "nnviz.page",
    "PiCreatureScene": "nnviz.scene",
    "PixelsAsSquares": "nnviz.mobjects",
    "QuickDecimalNumber": "nnviz.mobjects",
    "Randolph": "nnviz.characters",
    "ReceptiveField": "nnviz.network",
    "TeacherStudentsScene": "nnviz.scene",
    "UnitSum": "nnviz.network",
    "WeightExplanation": "nnviz.mobjects",
    "change_activation": "nnviz.animations",
    "flash_edges": "nnviz.animations",
    "flip_edges": "nnviz.animations",
    "staggered": "nnviz.animations",
    "wiggle_edges": "nnviz.animations",
}
#: What only the chapter needs: it is no part of the package any more, but lies beside its scenes.
_IN_SCENES = {
    "GradientNudging": "scenes/gradient_nudging.py",
    "PreviewLearning": "scenes/preview_learning.py",
}

__all__ = ["mnist", "texts", "words", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in ("mnist", "texts", "words"):
        return import_module(f"nnviz.{name}")
    if name in _MOVED:
        home = _MOVED[name]
        warnings.warn(
            f"nnviz.{name} will be gone in the next release: write from {home} import {name}",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(home), name)
    if name not in _HOMES:
        where = f": it is in {_IN_SCENES[name]} of the repository" if name in _IN_SCENES else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{where}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
