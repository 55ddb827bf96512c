"""Layers: one class each, and one entry each in `LAYERS`.

=====================  ============================================================================
LAYERS                 Every kind of layer, by name.
Activate               An activation function on its own, as after a pooling.
AdaptiveAveragePool2D  Means of windows that give an output of one size, whatever the image's.
Add                    The sum of its inputs: what a skip connection ends in.
AveragePool2D          The mean of each window.
BatchNorm              Every channel shifted and scaled to a mean and a variance.
CausalMask             Scores (..., queries, keys), with -inf where a key comes after the query.
Concatenate            Inputs one beside the other along an axis.
Constant               The same values for every example, whatever comes in.
Conv1D                 A convolution along a sequence (channels, length): see Conv2D.
Conv2D                 A convolution: every kernel slides over the image, and makes a feature map.
ConvTranspose2D        The transpose of a convolution.
Dense                  A fully connected layer: z = weights @ x + biases.
Dropout                In training, silence values at random and strengthen the others.
Embedding              A vector for every token: a row of a table.
Flatten                An image as a vector: channel by channel, and in each row by row.
GlobalAveragePool2D    The mean of each channel: an image becomes a vector of its channels.
GroupNorm              Groups of channels shifted and scaled to mean 0 and variance 1.
Layer                  A layer computes weighted inputs z from what comes in.
LayerNorm              Every example, or token, shifted and scaled to mean 0 and variance 1.
Mask                   Scores with -inf where a second input is 0.
MatMul                 The product of two matrices, or of stacks of them: z = factor a @ b.
MaxPool2D              The largest number in each window.
MergeHeads             The features of all heads side by side.
Multiply               The product of its inputs, number by number: what a gate does.
PReLU                  z above 0, a learned slope times z below.
Pad                    A margin around an image, or before and after a sequence (channels, length).
PositionalEmbedding    A learned vector for every position, added to what stands there.
RMSNorm                Every example, of a sequence every token, divided by its root mean square.
ReceptiveField         The rows and columns of an image that a unit depends on.
Repeat                 Every value along an axis several times, one beside the other: a, a, b, b.
Reshape                The same numbers in another shape: row by row, the last axis first.
RotaryPositions        Queries or keys turned by angles that grow with the position.
Scale                  Every channel (of a vector every number) times a number, plus another.
SinusoidalPositions    Waves of many lengths that tell positions apart, added to what stands there.
Slice                  Some of the values along an axis.
Softmax                A softmax along any axis.
SplitHeads             The features of every token cut into heads.
Standardise            Every channel less its mean, divided by its deviation.
Subtract               The first input less the second.
Transpose              The axes in another order.
Upsample               Images made larger.
Work                   What it costs to compute something, as estimated before it is.
=====================  ============================================================================
"""

from nnviz.network.layers.base import Layer, Work
from nnviz.network.layers.convolution import Conv1D, Conv2D, ConvTranspose2D
from nnviz.network.layers.dense import Dense
from nnviz.network.layers.joins import Add, Concatenate, MatMul, Multiply, Subtract
from nnviz.network.layers.layer_norms import GroupNorm, LayerNorm, RMSNorm
from nnviz.network.layers.normalisation import BatchNorm
from nnviz.network.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from nnviz.network.layers.rearranging import (
    MergeHeads,
    Repeat,
    Reshape,
    Slice,
    SplitHeads,
    Transpose,
)
from nnviz.network.layers.receptive_field import ReceptiveField
from nnviz.network.layers.resizing import AdaptiveAveragePool2D, Pad, Upsample
from nnviz.network.layers.scaling import Constant, PReLU, Scale, Standardise
from nnviz.network.layers.sequences import (
    CausalMask,
    Embedding,
    Mask,
    PositionalEmbedding,
    RotaryPositions,
    SinusoidalPositions,
)
from nnviz.network.layers.simple import Activate, Dropout, Flatten, Softmax

__all__ = [
    "LAYERS",
    "Activate",
    "AdaptiveAveragePool2D",
    "Add",
    "AveragePool2D",
    "BatchNorm",
    "CausalMask",
    "Concatenate",
    "Constant",
    "Conv1D",
    "Conv2D",
    "ConvTranspose2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAveragePool2D",
    "GroupNorm",
    "Layer",
    "LayerNorm",
    "Mask",
    "MatMul",
    "MaxPool2D",
    "MergeHeads",
    "Multiply",
    "PReLU",
    "Pad",
    "PositionalEmbedding",
    "RMSNorm",
    "ReceptiveField",
    "Repeat",
    "Reshape",
    "RotaryPositions",
    "Scale",
    "SinusoidalPositions",
    "Slice",
    "Softmax",
    "SplitHeads",
    "Standardise",
    "Subtract",
    "Transpose",
    "Upsample",
    "Work",
]

LAYERS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        Dense,
        Conv2D,
        MaxPool2D,
        AveragePool2D,
        GlobalAveragePool2D,
        Flatten,
        Dropout,
        BatchNorm,
        Activate,
        Add,
        Subtract,
        Multiply,
        Concatenate,
        MatMul,
        Slice,
        Reshape,
        Transpose,
        Repeat,
        SplitHeads,
        MergeHeads,
        Softmax,
        Scale,
        Standardise,
        PReLU,
        Constant,
        LayerNorm,
        RMSNorm,
        GroupNorm,
        Embedding,
        PositionalEmbedding,
        SinusoidalPositions,
        RotaryPositions,
        CausalMask,
        Mask,
        Conv1D,
        ConvTranspose2D,
        Upsample,
        Pad,
        AdaptiveAveragePool2D,
    )
}
"""Every kind of layer by name. Adding one here is all it takes to save, load and test it."""
