"""Charts of what a network does: its cost, how it learns, what it decides."""

from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_path import CostPath, Descend
from nnviz.mobjects.charts.cost_surface import CostSurface, Turn

__all__ = ["CostMap", "CostPath", "CostSurface", "Descend", "Turn"]
