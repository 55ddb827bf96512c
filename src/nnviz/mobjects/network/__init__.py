"""A network on screen, its style, and what each kind of layer looks like.

=====================  ============================================================================
LAYER_PICTURES         What every kind of layer looks like.
VIEWS                  How networks are drawn, by the name that ``NetworkMobject(view=...)`` takes.
VOLUME_KINDS           What volumes are called and coloured, by the kind of layer.
Annotation             Something on a network's picture that follows what this shows.
BoxLayer               A node or a shut block on screen as a frame with words or a sign in it.
ColorLegend            What the colours of a network's picture mean.
ConvolutionSum         What one unit of a convolution computes, as grids of cells.
KernelGrid             All kernels of a convolution.
LayerMobject           One layer on screen.
LayerPicture           How a kind of layer is drawn; one of your own is a subclass.
MapLayer               A layer of feature maps, each an image of its activations, or one image.
MatrixLayer            A matrix as cells, coloured by the sign and the size of its values.
NetworkMobject         A network: layers in columns, a line for every weight, arrows for all else.
NetworkStyle           How a network looks: colours, sizes, writing, direction.
NeuronLayer            A layer of neurons in a column (or a row), with dots where it is shortened.
ReceptiveFieldMobject  A unit's square, squares around what it looks at.
TokenLayer             A sequence of integers, such as tokens, as numbers in squares.
View                   Layers with their units: neurons, maps, cells.
VolumeKind             A kind of layer among volumes.
VolumeLayer            A layer on screen as a cuboid, with what it gives written beneath.
=====================  ============================================================================
"""

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.box_layers import BoxLayer
from nnviz.mobjects.network.color_legend import ColorLegend
from nnviz.mobjects.network.convolution_sum import ConvolutionSum
from nnviz.mobjects.network.kernels import KernelGrid
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.layer_pictures import LAYER_PICTURES, LayerPicture
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.matrices import MatrixLayer, TokenLayer
from nnviz.mobjects.network.network_mobject import NetworkMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.receptive_field_frames import ReceptiveFieldMobject
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.views import VIEWS, View
from nnviz.mobjects.network.volume_plan import VOLUME_KINDS, VolumeKind
from nnviz.mobjects.network.volumes import VolumeLayer

__all__ = [
    "LAYER_PICTURES",
    "VIEWS",
    "VOLUME_KINDS",
    "Annotation",
    "BoxLayer",
    "ColorLegend",
    "ConvolutionSum",
    "KernelGrid",
    "LayerMobject",
    "LayerPicture",
    "MapLayer",
    "MatrixLayer",
    "NetworkMobject",
    "NetworkStyle",
    "NeuronLayer",
    "ReceptiveFieldMobject",
    "TokenLayer",
    "View",
    "VolumeKind",
    "VolumeLayer",
]
