"""Read files of models, or parts of them, with the errors of networks."""

from __future__ import annotations

import os

from nnviz.limits import Budget, read_file
from nnviz.network import NetworkError, NetworkLimitError

__all__ = ["content_of"]


def content_of(
    path: str | os.PathLike[str], budget: Budget, start: int = 0, length: int | None = None
) -> bytes:
    """Read a file as `read_file` does.

    Raises
    ------
    NetworkError
        If it is not a regular file, changes while it is read, or has fewer bytes.
    NetworkLimitError
        If it is too large.
    OSError
        If it cannot be read.
    """
    try:
        return read_file(path, budget, start, length)
    except NetworkLimitError:
        raise
    except ValueError as error:
        raise NetworkError(str(error)) from None
