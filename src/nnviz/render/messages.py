"""Manim's messages while a scene is rendered: warnings only, unless more are asked for."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import manim
from manim import config, error_console, logger
from rich.logging import RichHandler

__all__ = ["quiet"]

_MANIM = Path(manim.__file__).parent


@contextlib.contextmanager
def quiet(unless: bool = False) -> Iterator[None]:
    """Let Manim write only warnings and errors, on standard error.

    Parameters
    ----------
    unless : bool, optional
        Whether all messages are asked for. The configuration may also ask for them.
    """
    handlers = [handler for handler in logger.handlers if isinstance(handler, RichHandler)]
    consoles = [handler.console for handler in handlers]
    # INFO is the default of the configuration.
    is_wanted = _is_asked_for if config.verbosity == "INFO" and not unless else None
    for handler in handlers:
        handler.console = error_console
        if is_wanted:
            handler.addFilter(is_wanted)
    try:
        yield
    finally:
        for handler, console in zip(handlers, consoles, strict=True):
            handler.console = console
            if is_wanted:
                handler.removeFilter(is_wanted)


def _is_asked_for(record: logging.LogRecord) -> bool:
    """Return whether a message is a warning, or one of the scene's own."""
    own = not record.name.startswith("libav") and _MANIM not in Path(record.pathname).parents
    return own or record.levelno >= logging.WARNING
