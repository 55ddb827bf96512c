"""The engine: networks of layers, back-propagation and training, in NumPy and SciPy.

=====================  =============================================================================
ACTIVATIONS            Every activation function, by name.
CELLS                  Every kind of recurrent cell, by name.
COSTS                  Every cost function, by name.
LAYERS                 Every kind of layer, by name.
OPTIMIZERS             Every optimiser, by name.
SGD                    Stochastic gradient descent: the learning rate times the gradient.
Activate               An activation function on its own, as after a pooling.
Activation             An activation function and its pullback.
Adam                   Mean gradient over root mean square: steps of about the learning rate.
AdamW                  Adam whose parameters also decay.
AdaptiveAveragePool2D  Means of windows that give an output of one size, whatever the image's.
Add                    The sum of its inputs: what a skip connection ends in.
AttentionGradients     Derivatives of the cost by what one head of attention computed.
AttentionHead          What one head of attention computed for one sequence.
AttentionOutput        What a layer of attention makes of its heads.
AveragePool2D          The mean of each window.
BackwardPass           Derivatives of each example's cost on the way from output back to input.
BatchNorm              Every channel shifted and scaled to a mean and a variance.
Cache                  Keys and values of the positions so far, for the next ones.
CachedHead             What one head of attention keeps in a key-value cache.
CausalMask             Scores (..., queries, keys), with -inf where a key comes after the query.
Cell                   One step of a recurrent network: from an input and states to new states.
Classes                What outputs stand for.
Concatenate            Inputs one beside the other along an axis.
Constant               The same values for every example, whatever comes in.
Conv1D                 A convolution along a sequence (channels, length): see Conv2D.
Conv2D                 A convolution: every kernel slides over the image, and makes a feature map.
ConvTranspose2D        The transpose of a convolution.
Cost                   The cost of one example and its gradient.
CostForm               A cost as functions of an output's z, a and targets.
CostGrid               The cost at the points of a grid on a plane.
Dense                  A fully connected layer: z = weights @ x + biases.
Dropout                In training, silence values at random and strengthen the others.
EdgePlace              A weight.
Embedding              A vector for every token: a row of a table.
EmbeddingDerivative    How one number of a token's embedding acts on the cost: an exact sum.
EmbeddingTerm          What one position has of that derivative.
EpochReport            State of a training after one epoch.
Extended               The further positions of a sequence, and the cache after them.
Factor                 One partial derivative of a chain.
Flatten                An image as a vector: channel by channel, and in each row by row.
ForwardPass            Everything that a network computes on the way from input to output.
GRUCell                The gated recurrent unit.
Generated              A token that a language model chose.
GlobalAveragePool2D    The mean of each channel: an image becomes a vector of its channels.
Gradient               Derivatives of a cost with respect to every parameter.
Graph                  Nodes in an order in which they can be computed, and the shapes that follow.
GroupNorm              Groups of channels shifted and scaled to mean 0 and variance 1.
HeadProduct            The product by which a head makes the query, key or value of one token.
LSTMCell               Long short-term memory: gates, a cell and a hidden state.
Layer                  A layer computes weighted inputs z from what comes in.
LayerNorm              Every example, or token, shifted and scaled to mean 0 and variance 1.
LayerSummary           One row of a Summary.
LogitSum               The score of a token as a sum over what wrote into the residual stream.
LogitTerm              What one part of a network adds to a logit.
Mask                   Scores with -inf where a second input is 0.
MatMul                 The product of two matrices, or of stacks of them: z = factor a @ b.
MaxPool2D              The largest number in each window.
MergeHeads             The features of all heads side by side.
Momentum               Gradient descent with a velocity v.
Multiply               The product of its inputs, number by number: what a gate does.
Named                  A tuple whose items are also asked for by name.
Nesterov               Momentum that looks ahead.
Network                A neural network.
NetworkError           A network, its input or its file is not what it has to be.
NetworkLimitError      Reading a network would cost more than nnviz.limits.Limits allow.
NeuronPlace            A neuron.
Node                   One step of a network's computation.
Nudge                  What becomes of the cost when a parameter is changed a little.
Optimizer              A rule for a step, given the gradient and the steps before.
PReLU                  z above 0, a learned slope times z below.
Pad                    A margin around an image, or before and after a sequence (channels, length).
ParameterDerivative    How one weight or bias acts on the cost of one example, link by link.
ParameterPlace         Where one number of a network's parameters stands.
ParameterPlane         A plane in parameter space: the networks origin + a * first + b * second.
Parameters             The parameters of a graph's layers, in the order of Graph.owners.
PositionalEmbedding    A learned vector for every position, added to what stands there.
Projection             Where networks lie, seen from a plane.
RMSNorm                Every example, of a sequence every token, divided by its root mean square.
RMSprop                The gradient over the root of the mean of its squares.
RNNCell                The simple recurrent cell: h' = tanh(W [x, h] + b) (J.
ReceptiveField         The rows and columns of an image that a unit depends on.
Repeat                 Every value along an axis several times, one beside the other: a, a, b, b.
Report                 State of a training at one moment.
Reshape                The same numbers in another shape: row by row, the last axis first.
RotaryPositions        Queries or keys turned by angles that grow with the position.
Scale                  Every channel (of a vector every number) times a number, plus another.
ScoreDerivative        How one score of a head acts on the cost, factor by factor.
SinusoidalPositions    Waves of many lengths that tell positions apart, added to what stands there.
Slice                  Some of the values along an axis.
Snapshot               A Report on its own; its attributes are described there.
Snapshots              Reports of one training in little memory, which stand wherever reports do.
Softmax                A softmax along any axis.
SplitHeads             The features of every token cut into heads.
Standardise            Every channel less its mean, divided by its deviation.
Subtract               The first input less the second.
Summary                What a network is made of, which prints as a table, and is one in a notebook.
Symbol                 A quantity's name.
Tap                    Where a block reads from the residual stream, and adds to it.
Term                   A product of factors: one summand of a Factor.
Transpose              The axes in another order.
UnitSum                The way from what comes into a unit to its activation.
UnitSums               What the units of a network compute for one input.
UnitTerm               One product of a unit's sum.
Upsample               Images made larger.
ValuePlace             Where a number stands: the node or input that gives it, and its index there.
Work                   What it costs to compute something, as estimated before it is.
Zero                   Why a derivative is 0.
attention              Make the nodes of attention: query, key, value, scores, pattern, mixed, out.
attention_gradients    Return the derivatives by what one head of attention computed.
attention_head         Return what one head of attention computed.
attention_output       Return what a layer of attention made of its heads.
cached_head            Return the keys and values that one head of attention keeps in a cache.
check_parameter        Copy numbers into a read-only array of float64.
clamp                  Make the function z between two limits, and the nearer limit beyond.
confusion_matrix       Count examples by their true and their predicted class.
cosine                 Let the learning rate fall along half a cosine.
cost_of_nudge          Return the cost as a function of the change of one parameter alone.
cost_of_nudged_value   Return the cost as a function of the change of one value on the way.
dense_block            Make the two dense layers that every token of a transformer goes through.
elu                    Make the function z above 0, alpha (e^z - 1) below: elu(alpha).
embedding_derivative   Take the derivative by one number of an embedding apart.
exponential            Multiply the learning rate by a factor after every epoch.
get_activation         Look an activation function up by name; an Activation is returned as it is.
get_cost               Look a cost function up by name; a Cost is returned as it is.
get_optimizer          Look an optimiser up by name; an Optimizer is returned as it is.
head_product           Return the matrix and the vector whose product is a query, key or value.
huber                  Make the cost that is quadratic up to delta, and linear beyond it.
last_of                Return the name of the last node, which is a block's output.
leaky_relu             Make the function z above 0, slope z below: leaky-relu(slope).
logit_lens             Return the scores that the stream would give, if nothing more were added.
logit_sum              Return what each head and block adds to a token's score at one position.
named_chain            Make a block of layers in a row, named by kind and number.
next_distribution      Return what generate draws the next token from: softmax at a temperature.
one_hot                Desired outputs for labels: 1 at the label, 0 elsewhere.
pretrained             Load one of the trained networks that come with nnviz.
recorded               Load what was recorded of the training of a network that comes with nnviz.
recurrent              Make the nodes of a recurrent network: a cell unrolled over its steps.
residual               Make a block whose output is added to what it takes.
residual_tap           Return where one block reads from the residual stream, and adds to it.
residual_taps          Return the taps of a network's residual stream, first to last.
score_derivative       Split the derivative by one score of attention by the chain rule.
sigmoid                Logistic function 1 / (1 + e^-z), for any float without overflow.
sigmoid_inverse        Logit ln(a / (1 - a)), the inverse of sigmoid.
softmax                Exponentials along an axis, divided by their sum.
softmax_along          Make the softmax along an axis.
softplus               Make the function ln(1 + e^(beta z)) / beta: softplus(beta).
split                  Cut values into parts along an axis: "name.0", "name.1".
stepwise               Multiply the learning rate by a factor after every few epochs.
swiglu                 Make the gated block of recent transformers.
token_block            Return the network that a block is for one token, and what it computed.
transformer            Make a language model: from tokens to a distribution over the next one.
transformer_block      Make a block of a transformer.
unit_sum               Return what one unit computes: inputs times weights, sum, bias, activation.
warm_up                Let the learning rate rise in equal steps, then follow a schedule.
=====================  =============================================================================

Examples
--------
>>> from nnviz.network import Network, one_hot
>>> network = Network.random([784, 16, 16, 10], seed=0)
>>> network
Network(784-16-16-10, sigmoid, quadratic, 13,002 parameters)
"""

from nnviz.network._checks import check_parameter, one_hot
from nnviz.network._named import Named
from nnviz.network._types import NetworkError, NetworkLimitError
from nnviz.network.activations import (
    ACTIVATIONS,
    Activation,
    clamp,
    elu,
    get_activation,
    leaky_relu,
    sigmoid,
    sigmoid_inverse,
    softmax,
    softmax_along,
    softplus,
)
from nnviz.network.attention_derivatives import (
    EmbeddingDerivative,
    EmbeddingTerm,
    ScoreDerivative,
    embedding_derivative,
    score_derivative,
)
from nnviz.network.attention_heads import (
    AttentionGradients,
    AttentionHead,
    AttentionOutput,
    CachedHead,
    attention_gradients,
    attention_head,
    attention_output,
    cached_head,
)
from nnviz.network.blocks import (
    attention,
    dense_block,
    last_of,
    named_chain,
    residual,
    split,
    swiglu,
    transformer,
    transformer_block,
)
from nnviz.network.classes import Classes
from nnviz.network.confusion import confusion_matrix
from nnviz.network.costs import COSTS, Cost, CostForm, get_cost, huber
from nnviz.network.derivative_terms import EdgePlace, Factor, NeuronPlace, Symbol, Term, Zero
from nnviz.network.generation import Cache, Extended, Generated, next_distribution
from nnviz.network.gradient import Gradient
from nnviz.network.graph import Graph, Node
from nnviz.network.head_products import HeadProduct, head_product
from nnviz.network.layers import (
    LAYERS,
    Activate,
    AdaptiveAveragePool2D,
    Add,
    AveragePool2D,
    BatchNorm,
    CausalMask,
    Concatenate,
    Constant,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    GroupNorm,
    Layer,
    LayerNorm,
    Mask,
    MatMul,
    MaxPool2D,
    MergeHeads,
    Multiply,
    Pad,
    PositionalEmbedding,
    PReLU,
    ReceptiveField,
    Repeat,
    Reshape,
    RMSNorm,
    RotaryPositions,
    Scale,
    SinusoidalPositions,
    Slice,
    Softmax,
    SplitHeads,
    Standardise,
    Subtract,
    Transpose,
    Upsample,
    Work,
)
from nnviz.network.logit_sums import LogitSum, LogitTerm, logit_sum
from nnviz.network.network import Network
from nnviz.network.nudging import Nudge
from nnviz.network.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
    get_optimizer,
)
from nnviz.network.parameter_derivative import ParameterDerivative
from nnviz.network.parameter_plane import CostGrid, ParameterPlane, Projection
from nnviz.network.parameters import ParameterPlace, Parameters
from nnviz.network.propagation import BackwardPass, ForwardPass
from nnviz.network.recurrent_cells import CELLS, Cell, GRUCell, LSTMCell, RNNCell, recurrent
from nnviz.network.residual_taps import Tap, logit_lens, residual_tap, residual_taps, token_block
from nnviz.network.schedules import cosine, exponential, stepwise, warm_up
from nnviz.network.sensitivity import cost_of_nudge, cost_of_nudged_value
from nnviz.network.snapshots import Report, Snapshot, Snapshots
from nnviz.network.summary import LayerSummary, Summary
from nnviz.network.trained_networks import pretrained, recorded
from nnviz.network.training import EpochReport
from nnviz.network.unit_sums import UnitSum, UnitSums, UnitTerm, ValuePlace, unit_sum

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "COSTS",
    "LAYERS",
    "OPTIMIZERS",
    "SGD",
    "Activate",
    "Activation",
    "Adam",
    "AdamW",
    "AdaptiveAveragePool2D",
    "Add",
    "AttentionGradients",
    "AttentionHead",
    "AttentionOutput",
    "AveragePool2D",
    "BackwardPass",
    "BatchNorm",
    "Cache",
    "CachedHead",
    "CausalMask",
    "Cell",
    "Classes",
    "Concatenate",
    "Constant",
    "Conv1D",
    "Conv2D",
    "ConvTranspose2D",
    "Cost",
    "CostForm",
    "CostGrid",
    "Dense",
    "Dropout",
    "EdgePlace",
    "Embedding",
    "EmbeddingDerivative",
    "EmbeddingTerm",
    "EpochReport",
    "Extended",
    "Factor",
    "Flatten",
    "ForwardPass",
    "GRUCell",
    "Generated",
    "GlobalAveragePool2D",
    "Gradient",
    "Graph",
    "GroupNorm",
    "HeadProduct",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LayerSummary",
    "LogitSum",
    "LogitTerm",
    "Mask",
    "MatMul",
    "MaxPool2D",
    "MergeHeads",
    "Momentum",
    "Multiply",
    "Named",
    "Nesterov",
    "Network",
    "NetworkError",
    "NetworkLimitError",
    "NeuronPlace",
    "Node",
    "Nudge",
    "Optimizer",
    "PReLU",
    "Pad",
    "ParameterDerivative",
    "ParameterPlace",
    "ParameterPlane",
    "Parameters",
    "PositionalEmbedding",
    "Projection",
    "RMSNorm",
    "RMSprop",
    "RNNCell",
    "ReceptiveField",
    "Repeat",
    "Report",
    "Reshape",
    "RotaryPositions",
    "Scale",
    "ScoreDerivative",
    "SinusoidalPositions",
    "Slice",
    "Snapshot",
    "Snapshots",
    "Softmax",
    "SplitHeads",
    "Standardise",
    "Subtract",
    "Summary",
    "Symbol",
    "Tap",
    "Term",
    "Transpose",
    "UnitSum",
    "UnitSums",
    "UnitTerm",
    "Upsample",
    "ValuePlace",
    "Work",
    "Zero",
    "attention",
    "attention_gradients",
    "attention_head",
    "attention_output",
    "cached_head",
    "check_parameter",
    "clamp",
    "confusion_matrix",
    "cosine",
    "cost_of_nudge",
    "cost_of_nudged_value",
    "dense_block",
    "elu",
    "embedding_derivative",
    "exponential",
    "get_activation",
    "get_cost",
    "get_optimizer",
    "head_product",
    "huber",
    "last_of",
    "leaky_relu",
    "logit_lens",
    "logit_sum",
    "named_chain",
    "next_distribution",
    "one_hot",
    "pretrained",
    "recorded",
    "recurrent",
    "residual",
    "residual_tap",
    "residual_taps",
    "score_derivative",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
    "softmax_along",
    "softplus",
    "split",
    "stepwise",
    "swiglu",
    "token_block",
    "transformer",
    "transformer_block",
    "unit_sum",
    "warm_up",
]
