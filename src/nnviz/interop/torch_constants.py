"""Constants in a forward of PyTorch, and the values that forward returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.torch_functions import BATCH
from nnviz.interop.torch_joins import Learned, Live
from nnviz.interop.torch_sequences import Stacked

__all__ = [
    "chosen",
    "has",
    "of_parameter",
    "of_stacked",
    "parts_by_name",
    "tensor",
    "with_one",
]


def has(kind: type, arguments: Any) -> bool:
    """Return whether an argument is of a kind."""
    if isinstance(arguments, kind):
        return True
    if isinstance(arguments, Live | Learned):
        return False
    if isinstance(arguments, slice):
        return any(has(kind, one) for one in (arguments.start, arguments.stop, arguments.step))
    if isinstance(arguments, tuple | list):
        return any(has(kind, one) for one in arguments)
    if isinstance(arguments, dict):
        return any(has(kind, one) for one in arguments.values())
    return False


def with_one(arguments: Any) -> Any:
    """Return arguments with one in the place of the number of examples."""
    if arguments is BATCH:
        return 1
    if isinstance(arguments, tuple | list):
        return type(arguments)(with_one(one) for one in arguments)
    if isinstance(arguments, dict):
        return {key: with_one(value) for key, value in arguments.items()}
    return arguments


def tensor(value: Any) -> Any:
    """Return an attribute or function of a parameter, as torch does."""
    return value.parameter if isinstance(value, Learned) else value


def of_parameter(name: str, learned: Learned, others: Any) -> Learned:
    """Return a parameter in another shape, or the first of its rows."""
    shape = learned.shape
    if name == "unsqueeze":
        place = others[0] % (len(shape) + 1)
        return learned._replace(shape=(*shape[:place], 1, *shape[place:]))
    if name == "squeeze":
        return learned._replace(shape=tuple(n for n in shape if n != 1))
    if name in ("expand", "repeat"):
        sizes = others[0] if len(others) == 1 and isinstance(others[0], tuple) else others
        if sizes[0] is BATCH and all(
            n in (-1, 1, m) for n, m in zip(sizes[1:], shape[1:], strict=True)
        ):
            return learned
    if name in ("view", "reshape"):
        sizes = others[0] if len(others) == 1 and isinstance(others[0], tuple) else others
        if -1 not in sizes and math.prod(sizes) == math.prod(shape):
            return learned._replace(shape=tuple(sizes))
    if name == "getitem":
        parts = others[0] if isinstance(others[0], tuple) else (others[0],)
        made = list(shape)
        for axis, part in enumerate(parts):
            if not isinstance(part, slice) or part.step not in (None, 1) or part.start:
                break
            made[axis] = len(range(shape[axis])[part])
        else:
            rows = next((axis for axis, n in enumerate(shape) if n != 1), 0)
            if all(
                n == m for axis, (n, m) in enumerate(zip(made, shape, strict=True)) if axis != rows
            ):
                return learned._replace(shape=tuple(made))
    raise UnsupportedModelError(
        f"{name} of a parameter is not supported: training would not keep it up to date"
    )


def of_stacked(name: str, stacked: Stacked, others: Any) -> Any:
    """Return one of the states of a recurrent layer."""
    if name == "getitem":
        index = others[0]
        if isinstance(index, tuple) and all(one == slice(None) for one in index[1:]):
            index = index[0]
        if isinstance(index, int):
            return stacked.values[index]
    if name == "squeeze" and len(stacked.values) == 1 and others in ((0,), ()):
        return stacked.values[0]
    if name == "unbind" and others in ((), (0,)):
        return stacked.values
    raise UnsupportedModelError(
        f"{name} of the states of a recurrent layer is not supported; supported is h[-1]"
    )


def parts_by_name(result: Any) -> dict[str | int, Any]:
    """Return the values that forward returns, by position or key."""
    if isinstance(result, Mapping):
        return {**result, **dict(enumerate(result.values()))}
    if isinstance(result, tuple | list):
        found: dict[str | int, Any] = dict(enumerate(result))
        for name in getattr(result, "_fields", ()):
            found[name] = getattr(result, name)
        return found
    return {0: result}


def chosen(result: Any, output: int | str | None) -> Any:
    """Return one of the values that forward returns."""
    several = isinstance(result, Mapping | tuple | list) and not isinstance(result, Live)
    if output is None and several and len(result) > 1:
        names = ", ".join(repr(one) for one in parts_by_name(result))
        raise UnsupportedModelError(
            f"forward returns {len(result)} values: choose one of them with output={names}"
        )
    if not several:
        if output not in (None, 0):
            raise UnsupportedModelError(f"there is no output {output!r}: forward returns one value")
        return result
    found = parts_by_name(result)
    key = 0 if output is None else output
    if isinstance(key, int) and key < 0:
        key += len(result)
    if key not in found:
        raise UnsupportedModelError(
            f"there is no output {output!r}; the outputs are {', '.join(map(repr, found))}"
        )
    return found[key]
