"""What processes of scenes have imported when they start, where they are forks.

The server that they are forks of imports this module first.
"""

from __future__ import annotations

import contextlib

from nnviz.files import time_of_change

__all__ = ["is_up_to_date"]

#: Files of Manim's configuration that were there, with times of change; None if that failed.
_configuration: dict[str, int | None] | None = None


def is_up_to_date() -> bool:
    """Return whether a fork, in the folder where it is now, has what a new process would import.

    Manim reads its configuration when it is imported, also from the folder where that happens.
    """
    return _configuration is not None and _configuration == _configuration_here()


def _configuration_here() -> dict[str, int | None]:
    from nnviz._manim import config_file_paths

    files = [path.absolute() for path in config_file_paths()]
    return {str(file): time_of_change(file) for file in files if file.exists()}


def _import_all() -> None:
    """Import what renders and inspects, and what scenes are made of."""
    import nnviz.cli.render
    import nnviz.preview.inspection

    for name in nnviz.__all__:
        getattr(nnviz, name)


# An exception would end the server. A process that imports it again says what is wrong.
with contextlib.suppress(Exception):
    _import_all()
    _configuration = _configuration_here()
