"""Mobjects as the value of a notebook's cell."""

from __future__ import annotations

from typing import Any

from nnviz.camera import figure_png

__all__ = ["ShownInNotebooks"]


class ShownInNotebooks:
    """A mobject that Jupyter shows as a picture of it, where it is the value of a cell."""

    def _repr_png_(self) -> bytes | None:
        """Return the picture; None if nothing is seen, so that Jupyter shows the text."""
        mobject: Any = self
        try:
            return figure_png(mobject)
        except ValueError:
            return None
