"""A network's own page: the room that writes it is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["page", "save_page"]

_ROOM = "nnviz.page"


def page(network: Network, **options: Any) -> Any:
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
    return import_module(_ROOM).Page(network, **options)


def save_page(network: Network, path: str | Path, **options: Any) -> Path:
    """Write the network as one interactive page, an HTML file that needs nothing else.

    Parameters
    ----------
    path
        Of the file.
    **options
        As for :class:`nnviz.page.Page`.
    """
    saved: Path = import_module(_ROOM).save_page(network, path, **options)
    return saved
