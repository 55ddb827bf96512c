"""Functions that differ in numbers, and the names that these numbers stand in: ``elu(0.5)``."""

from __future__ import annotations

import re
from functools import partial

import numpy as np

from nnviz.network._types import FloatArray, NetworkError

__all__ = ["With", "family_name", "numbers_in"]

#: As Python writes a float.
_NUMBER = r"-?(?:\d{1,17}(?:\.\d{1,25})?(?:e[+-]?\d{1,3})?|inf)"
_NAME = re.compile(rf"([a-z][a-z0-9-]*)\(({_NUMBER}(?:, {_NUMBER})*)\)", re.ASCII)


class With(partial[FloatArray]):
    """A function with numbers; two of the same are equal, as values made of them must be."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, With) and self.func is other.func and self.keywords == other.keywords
        )

    def __hash__(self) -> int:
        return hash((self.func, *self.keywords.values()))


def family_name(family: str, *numbers: tuple[float, float], infinite: bool = False) -> str:
    """Return a name such as ``elu(0.5)``, or the family's alone where all numbers are the usual.

    Parameters
    ----------
    family : str
        Name of the family.
    *numbers : tuple of (float, float)
        A number, and the usual one.
    infinite : bool, optional
        Whether a number may be infinite.
    """
    for number, _ in numbers:
        if np.isnan(number) or not (infinite or np.isfinite(number)):
            raise NetworkError(f"{family} must have a finite number, not {number}")
    if all(number == usual for number, usual in numbers):
        return family
    return f"{family}({', '.join(repr(float(number)) for number, _ in numbers)})"


def numbers_in(name: object) -> tuple[str, tuple[float, ...]] | None:
    """Split a name such as ``clamp(0.0, 6.0)``; None if it is not one."""
    found = _NAME.fullmatch(name) if isinstance(name, str) and len(name) < 200 else None
    if not found:
        return None
    return found[1], tuple(float(number) for number in found[2].split(", "))
