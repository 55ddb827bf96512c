"""The table of an embedding: a row a token, or a row a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.heatmap import Heatmap
from nnviz.mobjects.network.layer_mobjects import Shown
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.network import Embedding, PositionalEmbedding

__all__ = ["EmbeddingTable"]


class EmbeddingTable(Heatmap):
    """The table of an embedding: a row a token with its name, a column a feature.

    A large table shows some rows and columns, with dots between. `TakeRow` takes a row out.

    Parameters
    ----------
    table : Embedding, PositionalEmbedding or array_like
        A layer `Embedding` or `PositionalEmbedding`, or its weights of shape (rows, features).
    names : sequence of object, optional
        What the rows are called: a text, whose characters they are, or a sequence; their numbers
        from 0 if None.
    rows, columns : Shown, optional
        How many are shown at most, or which, rising from 0.
    width, height : float, optional
        Size of all cells together, in scene units; names stand at the left of them.
    numbers : bool, optional
        Whether values are written into the cells; None where they can be read.
    decimals : int, optional
        Decimals of the numbers.
    limit : float, optional
        The size of value that has the full colour; that of the largest if None.
    title : str, optional
        What stands above all.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    values : NDArray
        The whole table, shape (rows, features).

    Raises
    ------
    ValueError
        As for `Heatmap`.

    Examples
    --------
    >>> from nnviz import pretrained
    >>> table = EmbeddingTable(pretrained("names").nodes["embedding"].layer, rows=[0, 1, 2, 26])
    >>> table.values.shape
    (27, 48)
    >>> table.place_of(26)
    4
    """

    def __init__(
        self,
        table: Embedding | PositionalEmbedding | ArrayLike,
        names: Sequence[Any] | None = None,
        *,
        rows: Shown = 12,
        columns: Shown = 64,
        width: float = 6.0,
        height: float = 4.0,
        numbers: bool | None = None,
        decimals: int = 2,
        limit: float | None = None,
        title: str = "",
        style: NetworkStyle | None = None,
    ) -> None:
        given: Any = table
        is_layer = isinstance(given, Embedding | PositionalEmbedding)
        values = np.asarray(given.weights if is_layer else given, dtype=float)
        super().__init__(
            values,
            range(len(values)) if names is None else names,
            numbers=numbers,
            decimals=decimals,
            limit=limit,
            max_shown=(rows, columns),
            size=(width, height),
            title=title,
            style=style,
        )

    def place_of(self, row: int) -> int:
        """Return which row of cells shows a row of the table, from 0 at the top.

        Parameters
        ----------
        row : int
            The token, or the position.

        Raises
        ------
        ValueError
            If the row is not shown.
        """
        places = self.places[0]
        if row < 0 or row not in places:
            shown = ", ".join(map(str, self.shown_rows))
            raise ValueError(f"row {row} is not shown, but {shown} are: say which with rows=[...]")
        return int(np.nonzero(places == row)[0][0])
