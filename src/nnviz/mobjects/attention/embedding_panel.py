"""The plane of embeddings while a network learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnviz.mobjects.attention.embedding_plane import EmbeddingPlane
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.network import Network, Report
from nnviz.network.layers import Embedding

__all__ = ["EmbeddingPanel"]


class EmbeddingPanel(Panel):
    """The table of an embedding in a plane, from report to report.

    The plane is that in which the vectors of the last report differ most. It stays as it is, with
    its scale, so that what moves is the vectors alone: at a report each dot is where the report's
    network has it, and between two reports on the straight way.

    Parameters
    ----------
    reports : sequence of Report
        The training that will be shown, the network before it included if that is shown, too.
        Until something is shown, the panel shows the last one.
    names : object
        One a vector: a text, whose characters they are, or a sequence.
    node : str, optional
        Name of the embedding.
    width, height : float, optional
        Size of the panel, in scene units.
    style : NetworkStyle, optional
        Colours and writing.

    Raises
    ------
    ValueError
        If there are no reports, the node is no embedding, or as by `EmbeddingPlane`.

    Examples
    --------
    >>> from nnviz import EmbeddingPanel
    >>> from nnviz.network import recorded
    >>> training = recorded("sort")
    >>> panel = EmbeddingPanel(training, "0123456789").show_report(training[0])
    >>> table = training[0].network.nodes["embedding"].layer.weights
    >>> bool((panel.plane.vectors == table).all())
    True
    """

    plane: Part[EmbeddingPlane] = Part(1, doc="The plane on screen.")

    def __init__(
        self,
        reports: Sequence[Report],
        names: Any,
        node: str = "embedding",
        width: float = 5.0,
        height: float = 4.0,
        *,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        super().__init__(width, height, self.style.writing)
        if not len(reports):
            raise ValueError("there are no reports: the last one says which plane is shown")
        self.node = node
        tables = np.stack([self.measure(report) for report in reports])
        self.add(
            EmbeddingPlane(
                tables[-1], names, width=width, height=height, including=tables, style=self.style
            )
        )

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks that have no such table, or one of another shape."""
        for report in reports[:1]:
            shape, own = self.measure(report).shape, self.plane.vectors.shape
            if shape != own:
                raise ValueError(
                    f"{self.node} has a table of shape {shape}, the plane one of {own}"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return the table, shape (n, features)."""
        return _table(report.network, self.node)

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Show the last table, or vectors on the way to the next."""
        self.plane.show_between(past[-1], after, share)


def _table(network: Network, name: str) -> FloatArray:
    layer = network.nodes[name].layer if name in network.nodes else None
    if not isinstance(layer, Embedding):
        known = [one for one, other in network.nodes.items() if isinstance(other.layer, Embedding)]
        raise ValueError(
            f"{name!r} is no embedding: "
            + (f"there are {', '.join(known)}" if known else f"there is none in {network!r}")
        )
    return layer.weights
