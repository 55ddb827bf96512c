"""Formulas, derivatives as fractions, and explanations with their numbers.

==================  ============================================================================
ROLE_COLORS         Colours of the quantities in formulas.
ChainRule           The derivative of a last quantity by a first one.
ChangeMark          A brace over a stretch of a line, and the name of the change.
ComputationalGraph  Formulas in rows, from causes at the top to effects below.
Derivative          A partial derivative as a fraction, each term in its quantity's colour.
FactorEquation      A factor of a chain, and what it is: fraction, equals sign, value.
Formula             A formula made of terms that are found by name and coloured by their letter.
MatrixProduct       A matrix times a vector, perhaps plus biases, and the vector that it gives.
NeuronExplanation   What one unit computes.
ValueLine           A number line, and a dot on it at a value.
WeightExplanation   The chain rule for one weight or bias.
WeightPath          Light on a network: a weight's edge, and the way from there to the cost.
color_of            Return the colour of a term: its letter's in the table, white without one.
layer_before        Return the same quantity one layer earlier: w^{(L-1)} for w^{(L)}.
==================  ============================================================================
"""

from nnviz.mobjects.equations.chain_rule import (
    ChainRule,
    Derivative,
    FactorEquation,
)
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.equations.formula import (
    ROLE_COLORS,
    Formula,
    color_of,
    layer_before,
)
from nnviz.mobjects.equations.matrix_product import MatrixProduct
from nnviz.mobjects.equations.neuron_explanation import NeuronExplanation
from nnviz.mobjects.equations.value_line import (
    ChangeMark,
    ValueLine,
)
from nnviz.mobjects.equations.weight_explanation import WeightExplanation
from nnviz.mobjects.equations.weight_path import WeightPath

__all__ = [
    "ROLE_COLORS",
    "ChainRule",
    "ChangeMark",
    "ComputationalGraph",
    "Derivative",
    "FactorEquation",
    "Formula",
    "MatrixProduct",
    "NeuronExplanation",
    "ValueLine",
    "WeightExplanation",
    "WeightPath",
    "color_of",
    "layer_before",
]
