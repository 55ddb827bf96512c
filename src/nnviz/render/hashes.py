"""Manim's hashes of plays, which name segments, in a third of the time.

Manim writes every attribute of every mobject as JSON, of each glyph also those of the path in the
SVG file that it was made from, long after its points say where it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import Enum
from hashlib import blake2b
from typing import Any

import numpy as np
from manim import ManimColor, VMobject
from manim.utils import hashing
from svgelements import Path as SvgPath  # type: ignore[import-untyped]

__all__ = ["quick_hashes"]

_SCALARS = {type(None), bool, int, float, str, np.float64}


def _condensed(mobject: VMobject) -> dict[str, Any]:
    """Return the attributes of a mobject, with one hash for all numbers, texts and arrays."""
    digest = blake2b(type(mobject).__qualname__.encode(), digest_size=16)
    others: dict[str, Any] = {}
    for name, value in mobject.__dict__.items():
        kind = type(value)
        if name in hashing.KEYS_TO_FILTER_OUT or kind is SvgPath:
            continue
        if kind in _SCALARS or isinstance(value, Enum):
            digest.update(f"{name}={value!r};".encode())
        elif kind is np.ndarray and not value.dtype.hasobject:
            digest.update(f"{name}={value.dtype}{value.shape}".encode())
            digest.update(value.tobytes())
        elif kind is ManimColor:
            digest.update(f"{name}={value.to_rgba().tolist()};".encode())
        elif kind in (list, dict) and not value:
            digest.update(f"{name}={kind.__name__};".encode())
        else:
            others[name] = value
    return {"": digest.hexdigest(), **others}


@contextlib.contextmanager
def quick_hashes() -> Iterator[None]:
    """Let Manim hash so."""
    encoder: Any = hashing._CustomEncoder
    plain = encoder.default

    def default(self: Any, obj: Any) -> Any:
        if isinstance(obj, VMobject):
            return self._cleaned_iterable(_condensed(obj))
        return plain(self, obj)

    encoder.default = default
    try:
        yield
    finally:
        encoder.default = plain
