"""The engine: networks of layers, back-propagation and training, in NumPy and SciPy.

===================  ==============================================================================
ACTIVATIONS          Every activation function, by name.
COSTS                Every cost function, by name.
LAYERS               Every kind of layer, by name.
OPTIMIZERS           Every optimiser, by name.
SGD                  Stochastic gradient descent: eta times the gradient.
Activate             An activation function on its own, as after a pooling.
Activation           An activation function and its pullback.
Adam                 Steps of about eta whatever the gradient's size: mean over root mean square.
AveragePool2D        The mean of each window.
BackwardPass         Derivatives of each example's cost on the way from output back to input.
BatchNorm            Every channel shifted and scaled to a mean and a variance.
ChainLinks           The values on the way from a last weight to the cost.
Conv2D               A convolution: every kernel slides over the image, and makes a feature map.
Cost                 The cost of one example and its gradient.
CostForm             A cost as functions of an output layer's z, a and targets.
CostGrid             The cost at the points of a grid on a plane.
Dense                A fully connected layer: z = weights @ x + biases.
Dropout              In training, silence values at random and strengthen the others.
EdgePlace            A weight, from a neuron of one layer to one of the next.
EpochReport          State of a training after one epoch.
Factor               One partial derivative of a chain.
Flatten              An image as a vector: channel by channel, and in each row by row.
ForwardPass          Everything that a network computes on the way from input to output.
GlobalAveragePool2D  The mean of each channel: an image becomes a vector of its channels.
Gradient             Derivatives of a cost with respect to every parameter.
Layer                A layer computes weighted inputs z from what comes in.
LayerSummary         One row of a Summary.
MaxPool2D            The largest number in each window.
Momentum             Gradient descent with a velocity v.
Network              A feed-forward network: a sequence of layers, and the cost of what comes out.
NetworkError         A network, its input or its file is not what it has to be.
NeuronPlace          A neuron: its layer, counted from the input, which is 0, and its number there.
Nudge                What becomes of the cost when a parameter is changed a little.
Optimizer            A rule for a step, given the gradient and the steps before.
ParameterDerivative  How one weight or bias acts on the cost of one example, link by link.
ParameterPlace       Where one number of a network's parameters stands.
ParameterPlane       A plane in parameter space: the networks origin + a * first + b * second.
Projection           Where networks lie, seen from a plane.
ReceptiveField       The rows and columns of an image that a unit depends on.
Report               State of a training at one moment.
Snapshot             A Report on its own; its attributes are described there.
Snapshots            Reports of one training in little memory, which stand wherever reports do.
Summary              What a network is made of, which prints as a table, and is one in a notebook.
Symbol               A quantity's name.
Term                 A product of factors: one summand of a Factor.
WeightToCost         How a weight of a network's last layer acts on the cost of one example.
check_parameter      Copy numbers into a read-only array of float64.
cost_of_nudge        Return the cost as a function of the change of one parameter alone.
elu                  Make the function z above 0, alpha (e^z - 1) below: elu(alpha).
get_activation       Look an activation function up by name; an Activation is returned as it is.
get_cost             Look a cost function up by name; a Cost is returned as it is.
get_optimizer        Look an optimiser up by name; an Optimizer is returned as it is.
leaky_relu           Make the function z above 0, slope z below: leaky-relu(slope).
one_hot              Desired outputs for labels: 1 at the label, 0 elsewhere.
pretrained           Load a network that was trained on the shipped images of digits.
requested_changes    Compute how each example on its own would like some parameters to change.
sigmoid              Logistic function 1 / (1 + e^-z), for any float without overflow.
sigmoid_inverse      Logit ln(a / (1 - a)), the inverse of sigmoid.
softmax              Exponentials along the last axis, divided by their sum.
===================  ==============================================================================

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
from nnviz.network.chain import EdgePlace, Factor, NeuronPlace, Symbol, Term
from nnviz.network.costs import COSTS, Cost, CostForm, get_cost
from nnviz.network.explanation import Nudge, ParameterDerivative
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
    ReceptiveField,
)
from nnviz.network.network import Network
from nnviz.network.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, get_optimizer
from nnviz.network.passes import BackwardPass, ForwardPass
from nnviz.network.plane import CostGrid, ParameterPlane, Projection
from nnviz.network.recording import Report, Snapshot, Snapshots
from nnviz.network.sensitivity import (
    ChainLinks,
    WeightToCost,
    cost_of_nudge,
    requested_changes,
)
from nnviz.network.stack import ParameterPlace
from nnviz.network.summary import LayerSummary, Summary
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
    "EdgePlace",
    "EpochReport",
    "Factor",
    "Flatten",
    "ForwardPass",
    "GlobalAveragePool2D",
    "Gradient",
    "Layer",
    "LayerSummary",
    "MaxPool2D",
    "Momentum",
    "Network",
    "NetworkError",
    "NeuronPlace",
    "Nudge",
    "Optimizer",
    "ParameterDerivative",
    "ParameterPlace",
    "ParameterPlane",
    "Projection",
    "ReceptiveField",
    "Report",
    "Snapshot",
    "Snapshots",
    "Summary",
    "Symbol",
    "Term",
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
