"""A network's own page: the room that writes it is loaded when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.network.network import Network
    from nnviz.page import Page

__all__ = ["page", "save_page"]


def page(network: Network, **options: Any) -> Page:
    """Return the network as one interactive page, which a notebook shows as a cell's value.

    Parameters
    ----------
    **options
        As for :class:`nnviz.page.Page`: ``inputs`` and ``answers`` of examples, labels, a
        title and a description.

    Returns
    -------
    nnviz.page.Page
        What ``save`` writes to a file.
    """
    from nnviz.page import Page

    return Page(network, **options)


def save_page(network: Network, path: str | Path, **options: Any) -> Path:
    """Write the network as one interactive page, an HTML file that needs nothing else.

    Parameters
    ----------
    path : str or Path
        Path of the file.
    **options
        As for :class:`nnviz.page.Page`.
    """
    return page(network, **options).save(path)
