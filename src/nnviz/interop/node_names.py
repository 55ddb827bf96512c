"""Names of nodes and blocks of nodes: those of the model's parts where these have names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container

from nnviz.network import Layer
from nnviz.network.graph import kind_of

__all__ = ["Names"]

_LETTERS = re.compile(r"[^\W\d]")
#: Bytes of a text in a set, besides its letters.
_TEXT = 100


class Names:
    """The names of a graph's nodes so far.

    Parameters
    ----------
    inputs : container of str
        Names that nodes must not have.

    Attributes
    ----------
    unnamed : set of str
        Names of the nodes that are named by kind and number.
    """

    def __init__(self, inputs: Container[str]) -> None:
        self.unnamed: set[str] = set()
        self._inputs = inputs
        self._nodes: set[str] = set()
        #: Names of nodes, and of all blocks that they lie in.
        self._parts: set[str] = set()
        self._kinds: Counter[str] = Counter()
        #: Last number tried for a name that was in use.
        self._node_numbers: Counter[str] = Counter()
        self._block_numbers: Counter[str] = Counter()

    @staticmethod
    def cost(name: str) -> int:
        """Return how many bytes are needed to keep a name, and those of the blocks around it."""
        return (name.count(".") + 1) * (len(name) + _TEXT)

    def put(self, name: str) -> None:
        """Note that the name is in use."""
        self._nodes.add(name)
        words = name.split(".")
        self._parts.update(".".join(words[: k + 1]) for k in range(len(words)))

    def node(self, layer: Layer, label: str, part: str) -> str:
        """Return a free name for a node: a part of what is called `label`, or kind and number."""
        kind = kind_of(layer.kind)
        base = ".".join(word for word in (_words(label), part) if word)
        if not base:
            base = f"{kind}{self._kinds[kind] + 1}"
        name = _free(base, self._node_numbers, self._nodes, self._inputs)
        if not _LETTERS.search(label):
            self.unnamed.add(name)
            self._kinds[kind] += 1
        return name

    def block(self, label: str) -> str:
        """Return a free name for a block of nodes, that of `label` where it is free."""
        return _free(_words(label) or "block", self._block_numbers, self._parts)


def _free(base: str, numbers: Counter[str], *taken: Container[str]) -> str:
    """Return a name that nothing has: with a number where something has it already."""
    name = base
    while any(name in names for names in taken):
        numbers[base] += 1
        name = f"{base}_{numbers[base] + 1}"
    return name


def _words(label: str) -> str:
    """Return a label as a node's name: words with dots between them, a letter first."""
    parts = [re.sub(r"\W", "_", part) for part in label.split(".") if part]
    name = ".".join(parts)
    if name and not _LETTERS.search(name):
        return ""
    return name if not name[:1].isdigit() else f"block{name}"
