"""The engine: feed-forward networks, back-propagation and gradient descent, in NumPy alone.

Examples
--------
>>> from nnviz.network import Network, one_hot
>>> network = Network.random([784, 16, 16, 10], seed=0)
>>> network
Network(784-16-16-10, sigmoid, quadratic, 13,002 parameters)
"""

from nnviz.network._checks import one_hot
from nnviz.network._types import NetworkError
from nnviz.network.activations import (
    ACTIVATIONS,
    Activation,
    get_activation,
    sigmoid,
    sigmoid_inverse,
    softmax,
)
from nnviz.network.costs import COSTS, Cost, CostForm, get_cost
from nnviz.network.gradient import Gradient
from nnviz.network.network import BackwardPass, ForwardPass, Network
from nnviz.network.trained import pretrained
from nnviz.network.training import EpochReport

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "Activation",
    "BackwardPass",
    "Cost",
    "CostForm",
    "EpochReport",
    "ForwardPass",
    "Gradient",
    "Network",
    "NetworkError",
    "get_activation",
    "get_cost",
    "one_hot",
    "pretrained",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
]
