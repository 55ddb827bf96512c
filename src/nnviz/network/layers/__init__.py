"""Layers: one class each, and one entry each in `LAYERS`."""

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
