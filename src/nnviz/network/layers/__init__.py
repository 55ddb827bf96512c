"""Layers: one class each, and one entry each in `LAYERS`.

===================  ===========================================================================
LAYERS               Every kind of layer, by name.
Activate             An activation function on its own, as after a pooling.
AveragePool2D        The mean of each window.
BatchNorm            Every channel shifted and scaled to a mean and a variance.
Conv2D               A convolution: every kernel slides over the image, and makes a feature map.
Dense                A fully connected layer: z = weights @ x + biases.
Dropout              In training, silence values at random and strengthen the others.
Flatten              An image as a vector: channel by channel, and in each row by row.
GlobalAveragePool2D  The mean of each channel: an image becomes a vector of its channels.
Layer                A layer computes weighted inputs z from what comes in.
MaxPool2D            The largest number in each window.
ReceptiveField       The rows and columns of an image that a unit depends on.
===================  ===========================================================================
"""

from nnviz.network.layers.base import Layer
from nnviz.network.layers.convolution import Conv2D
from nnviz.network.layers.dense import Dense
from nnviz.network.layers.normalisation import BatchNorm
from nnviz.network.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from nnviz.network.layers.receptive_field import ReceptiveField
from nnviz.network.layers.simple import Activate, Dropout, Flatten

__all__ = [
    "LAYERS",
    "Activate",
    "AveragePool2D",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePool2D",
    "Layer",
    "MaxPool2D",
    "ReceptiveField",
]

LAYERS: dict[str, type[Layer]] = {
    layer.name: layer
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
    )
}
"""Every kind of layer by name. Adding one here is all it takes to save, load and test it."""
