"""A tuple whose items have names as well as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, SupportsIndex, TypeVar, overload

__all__ = ["Named"]

Item = TypeVar("Item", covariant=True)


class Named(tuple[Item, ...]):
    """A tuple whose items are also asked for by name.

    Parameters
    ----------
    items : iterable of Item
        As for a tuple.
    names : iterable of str
        One name an item.

    Attributes
    ----------
    names : tuple of str
        As given.

    Examples
    --------
    >>> sizes = Named([784, 10], ["x", "dense1"])
    >>> sizes["dense1"], sizes[0], sizes
    (10, 784, (784, 10))
    """

    names: tuple[str, ...]

    def __new__(cls, items: Iterable[Item], names: Iterable[str]) -> Named[Item]:
        self = super().__new__(cls, items)
        self.names = tuple(names)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__:
            raise AttributeError(f"nothing changes {name}: it is a tuple's")
        super().__setattr__(name, value)

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Item: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        if key not in self._places:
            raise KeyError(f"there is no {key!r}; there are {', '.join(self.names)}")
        return super().__getitem__(self._places[key])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.names)}

    def items(self) -> Iterator[tuple[str, Item]]:
        """Return pairs of name and item, as a mapping does."""
        return zip(self.names, self, strict=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return Named, (tuple(self), self.names)
