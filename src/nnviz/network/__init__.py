"""The engine: networks of layers, back-propagation and training, in NumPy and SciPy.

Examples
--------
>>> from nnviz.network import Network, one_hot
>>> network = Network.random([784, 16, 16, 10], seed=0)
>>> network
Network(784-16-16-10, sigmoid, quadratic, 13,002 parameters)
"""

from nnviz.network._checks import check_parameter, one_hot
from nnviz.network._types import NetworkError
from nnviz.network.activations import (
    ACTIVATIONS,
    Activation,
    elu,
    get_activation,
    leaky_relu,
    sigmoid,
    sigmoid_inverse,
    softmax,
)
from nnviz.network.costs import COSTS, Cost, CostForm, get_cost
from nnviz.network.gradient import Gradient
from nnviz.network.layers import (
    LAYERS,
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MaxPool2D,
)
from nnviz.network.network import Network
from nnviz.network.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, get_optimizer
from nnviz.network.passes import BackwardPass, ForwardPass
from nnviz.network.plane import CostGrid, ParameterPlane, Projection
from nnviz.network.sensitivity import (
    ChainLinks,
    WeightToCost,
    cost_of_nudge,
    requested_changes,
)
from nnviz.network.stack import ParameterPlace
from nnviz.network.trained import pretrained
from nnviz.network.training import EpochReport

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "LAYERS",
    "OPTIMIZERS",
    "SGD",
    "Activate",
    "Activation",
    "Adam",
    "AveragePool2D",
    "BackwardPass",
    "BatchNorm",
    "ChainLinks",
    "Conv2D",
    "Cost",
    "CostForm",
    "CostGrid",
    "Dense",
    "Dropout",
    "EpochReport",
    "Flatten",
    "ForwardPass",
    "GlobalAveragePool2D",
    "Gradient",
    "Layer",
    "MaxPool2D",
    "Momentum",
    "Network",
    "NetworkError",
    "Optimizer",
    "ParameterPlace",
    "ParameterPlane",
    "Projection",
    "WeightToCost",
    "check_parameter",
    "cost_of_nudge",
    "elu",
    "get_activation",
    "get_cost",
    "get_optimizer",
    "leaky_relu",
    "one_hot",
    "pretrained",
    "requested_changes",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
]
