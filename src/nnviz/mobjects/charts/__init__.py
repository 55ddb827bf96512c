"""Charts of what the engine computes: costs, decisions, predictions, and how they change.

================  ==================================================================================
Accuracy          The share of examples in the right class: a name, a number in per cent, and a bar.
AccuracyCurve     The share of examples in the right class, from epoch to epoch.
ConfusionMatrix   How many examples of each class a network puts into each class.
CostCurve         The cost from epoch to epoch, with a name at each curve's end.
CostMap           The cost over a plane in parameter space, seen from above.
CostNumber        The cost of a network, as a number that counts from report to report.
CostPath          The way of a network over a chart of the cost: a line, and a dot for each network.
CostSurface       The cost over a plane in parameter space as a surface, drawn as one mobject.
DecisionBoundary  The plane of two inputs, coloured by what the network says at each point.
Descend           A path is drawn at an even pace, and a marker goes before it.
FittedCurve       A network of one input as the curve that it computes, and the data.
Heatmap           A matrix as cells, coloured by sign and size, with numbers and names.
Panel             A chart of what a network is like, in a box of fixed size.
Predictions       Images in rows, below each the class that the network says.
SaliencyMap       An image, and over it how each pixel moves an output, or the cost.
Turn              A surface turns, and all that is on it.
================  ==================================================================================
"""

from nnviz.mobjects.charts.accuracy import Accuracy
from nnviz.mobjects.charts.confusion_matrix import ConfusionMatrix
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_number import CostNumber
from nnviz.mobjects.charts.cost_path import CostPath, Descend
from nnviz.mobjects.charts.cost_surface import CostSurface, Turn
from nnviz.mobjects.charts.decision_boundary import DecisionBoundary
from nnviz.mobjects.charts.fitted_curve import FittedCurve
from nnviz.mobjects.charts.heatmap import Heatmap
from nnviz.mobjects.charts.panel import Panel
from nnviz.mobjects.charts.predictions import Predictions
from nnviz.mobjects.charts.saliency_map import SaliencyMap
from nnviz.mobjects.charts.training_curves import AccuracyCurve, CostCurve

__all__ = [
    "Accuracy",
    "AccuracyCurve",
    "ConfusionMatrix",
    "CostCurve",
    "CostMap",
    "CostNumber",
    "CostPath",
    "CostSurface",
    "DecisionBoundary",
    "Descend",
    "FittedCurve",
    "Heatmap",
    "Panel",
    "Predictions",
    "SaliencyMap",
    "Turn",
]
