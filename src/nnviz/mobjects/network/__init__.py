"""A network on screen, its style, and what each kind of layer looks like."""

from nnviz.mobjects.network.convolution_sum import ConvolutionSum
from nnviz.mobjects.network.kernels import KernelGrid
from nnviz.mobjects.network.layers import LayerMobject, MapLayer, NeuronLayer
from nnviz.mobjects.network.network import NetworkMobject
from nnviz.mobjects.network.pictures import LAYER_PICTURES, LayerPicture
from nnviz.mobjects.network.receptive_field import ReceptiveFieldMobject
from nnviz.mobjects.network.style import NetworkStyle

__all__ = [
    "LAYER_PICTURES",
    "ConvolutionSum",
    "KernelGrid",
    "LayerMobject",
    "LayerPicture",
    "MapLayer",
    "NetworkMobject",
    "NetworkStyle",
    "NeuronLayer",
    "ReceptiveFieldMobject",
]
