"""A network's own page: the package that writes it is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy.typing as npt

if TYPE_CHECKING:
    from nnviz.network.network import Network
    from nnviz.page import Page

__all__ = ["page", "save_page"]


def page(
    network: Network,
    *,
    inputs: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    answers: npt.ArrayLike | None = None,
    input_labels: Sequence[str] = (),
    output_labels: Sequence[str] = (),
    title: str = "",
    description: str = "",
    ranges: npt.ArrayLike | None = None,
    vocabulary: Sequence[str] | None = None,
    learning_rate: float = 0.5,
    precision: Literal["single", "double"] = "single",
    **options: Any,
) -> Page:
    """Return the network as one interactive page, which a notebook shows as a cell's value.

    Parameters
    ----------
    inputs : array_like or mapping from str to array_like, optional
        As for :class:`nnviz.page.Page`.
    answers, ranges : array_like, optional
        As for :class:`nnviz.page.Page`.
    input_labels, output_labels, vocabulary : sequence of str, optional
        As for :class:`nnviz.page.Page`.
    title, description : str, optional
        As for :class:`nnviz.page.Page`.
    learning_rate : float, optional
        As for :class:`nnviz.page.Page`.
    precision : {"single", "double"}, optional
        As for :class:`nnviz.page.Page`.
    **options : object
        For :class:`nnviz.NetworkMobject`, as for :class:`nnviz.page.Page`.

    Returns
    -------
    nnviz.page.Page
        Its method ``save`` writes a file.
    """
    from nnviz.page import Page

    return Page(
        network,
        inputs=inputs,
        answers=answers,
        input_labels=input_labels,
        output_labels=output_labels,
        title=title,
        description=description,
        ranges=ranges,
        vocabulary=vocabulary,
        learning_rate=learning_rate,
        precision=precision,
        **options,
    )


def save_page(
    network: Network,
    path: str | Path,
    *,
    inputs: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    answers: npt.ArrayLike | None = None,
    input_labels: Sequence[str] = (),
    output_labels: Sequence[str] = (),
    title: str = "",
    description: str = "",
    ranges: npt.ArrayLike | None = None,
    vocabulary: Sequence[str] | None = None,
    learning_rate: float = 0.5,
    precision: Literal["single", "double"] = "single",
    **options: Any,
) -> Path:
    """Write the network as one interactive page, an HTML file that needs nothing else.

    Parameters
    ----------
    path : str or Path
        Path of the file.
    inputs : array_like or mapping from str to array_like, optional
        As for :class:`nnviz.page.Page`.
    answers, ranges : array_like, optional
        As for :class:`nnviz.page.Page`.
    input_labels, output_labels, vocabulary : sequence of str, optional
        As for :class:`nnviz.page.Page`.
    title, description : str, optional
        As for :class:`nnviz.page.Page`.
    learning_rate : float, optional
        As for :class:`nnviz.page.Page`.
    precision : {"single", "double"}, optional
        As for :class:`nnviz.page.Page`.
    **options : object
        For :class:`nnviz.NetworkMobject`, as for :class:`nnviz.page.Page`.

    Returns
    -------
    Path
        Path of the file.
    """
    made = page(
        network,
        inputs=inputs,
        answers=answers,
        input_labels=input_labels,
        output_labels=output_labels,
        title=title,
        description=description,
        ranges=ranges,
        vocabulary=vocabulary,
        learning_rate=learning_rate,
        precision=precision,
        **options,
    )
    return made.save(path)
