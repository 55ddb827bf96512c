"""Scores of attention that constants hide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder
from nnviz.network import CausalMask, Mask

__all__ = ["hide"]


def hide(builder: Builder, seen: npt.NDArray[np.bool_]) -> None:
    """Let scores be -inf where nothing is seen."""
    shape = builder.known_shape()
    seen = np.broadcast_to(seen, np.broadcast_shapes(seen.shape, shape[-2:]))
    while seen.ndim > 2 and len(seen) == 1:
        seen = seen[0]
    rows, columns = shape[-2:]
    if seen.shape == shape[-2:] and np.array_equal(seen, np.tri(rows, columns, columns - rows)):
        builder.add(CausalMask())
    elif not seen.all():
        scores = builder.tip
        builder.add(Mask(), scores, builder.constant(seen.astype(np.float64)))
