"""What of a network is drawn: its inputs, its nodes, and blocks of nodes that are shut."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

import numpy as np

from nnviz.network import Layer, Network, Node
from nnviz.network.activations import Activation

__all__ = ["Open", "Structure", "Thing", "structure_of", "title_of", "titles_by_name"]

#: Which blocks are open: their names, "all", or None for what is usual.
Open = Iterable[str] | Literal["all"] | None
_NUMBERED = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True)
class Thing:
    """One thing that is drawn: an input, a node or a shut block.

    Attributes
    ----------
    name
        Name of the input, the node or the block; of several blocks folded into one, the first
        one's.
    nodes
        The nodes that it stands for; none for an input.
    sources
        Names of the things whose values it takes, in the layer's order.
    taken, value
        Names of the first value that it takes (empty for an input), and of the one that it gives.
    blocks
        Names of the blocks that it stands for: none, one, or several that are folded into one.
    steps
        Number of steps of a recurrent block; 0 for anything else.
    """

    name: str
    nodes: tuple[str, ...]
    sources: tuple[str, ...]
    taken: str
    value: str
    blocks: tuple[str, ...] = ()
    steps: int = 0

    @property
    def is_input(self) -> bool:
        """Whether it is an input."""
        return not self.nodes

    @property
    def is_block(self) -> bool:
        """Whether it is a shut block, or several."""
        return bool(self.blocks)


@dataclass(frozen=True)
class Structure:
    """What is drawn of a network.

    Attributes
    ----------
    things
        The inputs, and then nodes and blocks in an order in which they can be computed.
    opened
        Names of all blocks that are open.
    is_row
        Whether the things are the nodes of a chain, one after the other.
    """

    things: tuple[Thing, ...]
    opened: frozenset[str]
    is_row: bool

    @cached_property
    def _places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for k, thing in enumerate(self.things):
            within = {around for node in thing.nodes for around in _around(node)[:-1]}
            shut = [name for name in within if thing.blocks and name not in self.opened]
            places |= dict.fromkeys((*thing.nodes, *shut, thing.name), k)
        return places

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return sum(thing.is_input for thing in self.things)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """Column of every thing: 0, or one more than the last one of what it takes."""
        columns: list[int] = []
        for k in range(len(self.things)):
            columns.append(max((columns[i] + 1 for i in self.sources(k)), default=0))
        return tuple(columns)

    @property
    def by_columns(self) -> list[list[int]]:
        """The places of the things of every column."""
        members: list[list[int]] = [[] for _ in range(max(self.columns) + 1)]
        for k, column in enumerate(self.columns):
            members[column].append(k)
        return members

    def index(self, name: str) -> int:
        """Return the place of the thing that shows an input, a node or a block.

        Raises
        ------
        KeyError
            If nothing has this name.
        """
        if name not in self._places:
            if name in self.opened:
                raise KeyError(f"the block {name!r} is open: ask for what is in it")
            raise KeyError(
                f"the picture shows no {name!r}: it shows "
                f"{', '.join(thing.name for thing in self.things)}"
            )
        return self._places[name]

    def sources(self, k: int) -> tuple[int, ...]:
        """Return the places of what a thing takes, by its own place."""
        return tuple(self._places[source] for source in self.things[k].sources)


def structure_of(network: Network, opened: Open = None) -> Structure:
    """Return what is drawn of a network.

    Blocks are shut, the outermost ones, but for those asked for and the blocks around them. Where
    that would make a block depend on itself, because something beside it lies between its nodes, it
    is open as well. Equal shut blocks in a row whose names end in consecutive numbers are folded
    into one.

    Parameters
    ----------
    network : Network
        Any.
    opened : Open, optional
        Names of the blocks that are open, or "all". By default none are, but in a chain all are,
        and where all nodes lie in one block, that is.

    Raises
    ------
    ValueError
        If there is no such block.
    """
    blocks = _blocks(network)
    if opened == "all":
        chosen = set(blocks)
    elif opened is None:
        chosen = set(blocks) if network.is_chain else set()
    else:
        if isinstance(opened, str):
            raise ValueError(f"open is 'all' or a list of names of blocks, not {opened!r}")
        chosen = {around for name in opened for around in _around(_known(name, blocks))}
    while True:
        things = _things(network, blocks, chosen)
        if opened is None and len(things) == 1 and things[0].is_block and not things[0].steps:
            chosen.add(things[0].name)
            continue
        try:
            TopologicalSorter({thing.name: thing.sources for thing in things}).prepare()
        except CycleError as error:
            chosen.update(set(error.args[1]) & set(blocks))
            continue
        break
    inputs = [Thing(name, (), (), "", name) for name in network.inputs]
    ordered = _in_order([*inputs, *_folded(network, things)])
    is_row = network.is_chain and not any(thing.is_block for thing in ordered)
    return Structure(tuple(ordered), frozenset(chosen), is_row)


def titles_by_name(titles: Sequence[Any] | Mapping[str, Any], structure: Structure) -> list[Any]:
    """Return one title for each thing, None for those without, from a sequence or by name.

    Of several inputs their names are the titles, if none are given.

    Raises
    ------
    KeyError
        If the picture shows nothing of such a name.
    """
    if not titles and structure.n_inputs > 1:
        titles = {thing.name: thing.name for thing in structure.things if thing.is_input}
    if not isinstance(titles, Mapping):
        return list(titles)
    by_place = {structure.index(name): title for name, title in titles.items()}
    return [by_place.get(k) for k in range(len(structure.things))]


def title_of(block: str, times: int = 1) -> str:
    """Return the last word of a block's name, with the number of one that is not folded.

    Parameters
    ----------
    block : str
        Its name.
    times : int, optional
        Number of equal blocks in a row that are folded into it.
    """
    words = block.split(".")
    if times > 1:
        stem = words[-1].rstrip("0123456789")
        word = stem or (words[-2] if len(words) > 1 else words[-1])
    else:
        word = ".".join(words[-2:]) if words[-1].isdigit() else words[-1]
    return word.replace("_", " ").strip()


def _around(name: str) -> list[str]:
    """Return a name and all blocks around it, the outermost first."""
    words = name.split(".")
    return [".".join(words[: k + 1]) for k in range(len(words))]


def _blocks(network: Network) -> Counter[str]:
    """Return how many nodes every block of two or more nodes has."""
    counts = Counter(block for node in network.nodes for block in _around(node)[:-1])
    return Counter({block: count for block, count in counts.items() if count > 1})


def _known(name: str, blocks: Mapping[str, int]) -> str:
    if name not in blocks:
        known = f"there are {', '.join(blocks)}" if blocks else "there are none"
        raise ValueError(f"there is no block {name!r} of two or more nodes; {known}")
    return name


def _things(network: Network, blocks: Mapping[str, int], opened: set[str]) -> list[Thing]:
    """Return nodes and shut blocks, in the order of their first nodes."""

    def shown_as(name: str) -> str:
        shut = (one for one in _around(name)[:-1] if one in blocks and one not in opened)
        return name if name in network.inputs else next(shut, name)

    members: dict[str, list[str]] = {}
    for node in network.nodes:
        members.setdefault(shown_as(node), []).append(node)
    takers: dict[str, set[str]] = {}
    for name, taker in network.nodes.items():
        for source in taker.inputs:
            takers.setdefault(source, set()).add(shown_as(name))
    things = []
    for name, nodes in members.items():
        outside = [
            source
            for node in nodes
            for source in network.nodes[node].inputs
            if shown_as(source) != name
        ]
        given = [node for node in nodes if takers.get(node, set()) - {name}]
        if network.output in nodes or not given:
            given.append(network.output if network.output in nodes else nodes[-1])
        sources = [shown_as(source) for source in outside]
        is_block = name in blocks and name not in opened
        things.append(
            Thing(
                name,
                tuple(nodes),
                tuple(dict.fromkeys(sources)) if is_block else tuple(sources),
                outside[0],
                given[-1],
                (name,) if is_block else (),
                _steps(network, name) if is_block else 0,
            )
        )
    return things


def _steps(network: Network, block: str) -> int:
    """Return how often a block has the same layers in blocks of consecutive numbers, or 0."""
    children: dict[str, list[Node]] = {}
    for name, node in network.nodes.items():
        if name.startswith(f"{block}."):
            children.setdefault(name[len(block) + 1 :].split(".")[0], []).append(node)
    numbered = [nodes for child, nodes in children.items() if child.isdigit()]
    shared = [{id(node.layer) for node in nodes if node.layer.parameters} for nodes in numbered]
    if len(shared) > 1 and shared[0] and all(one == shared[0] for one in shared):
        return len(shared)
    within = (_steps(network, f"{block}.{child}") for child in children if not child.isdigit())
    return max(within, default=0)


def _folded(network: Network, things: Sequence[Thing]) -> list[Thing]:
    """Fold equal blocks in a row into one."""
    runs: list[list[Thing]] = []
    for thing in things:
        if runs and _continues(network, things, runs[-1], thing):
            runs[-1].append(thing)
        else:
            runs.append([thing])
    folded: list[Thing] = []
    now: dict[str, str] = {}
    for run in runs:
        first, last = run[0], run[-1]
        now |= {thing.name: first.name for thing in run}
        nodes = tuple(node for thing in run for node in thing.nodes)
        blocks = tuple(block for thing in run for block in thing.blocks)
        sources = [s for thing in run for s in thing.sources if s not in blocks]
        kept = tuple(dict.fromkeys(sources)) if len(run) > 1 else first.sources
        folded.append(Thing(first.name, nodes, kept, first.taken, last.value, blocks, first.steps))
    return [
        Thing(
            one.name,
            one.nodes,
            tuple(now.get(source, source) for source in one.sources),
            one.taken,
            one.value,
            one.blocks,
            one.steps,
        )
        for one in folded
    ]


def _continues(
    network: Network, things: Sequence[Thing], run: Sequence[Thing], thing: Thing
) -> bool:
    """Return whether a block repeats the last one of a run, and takes its output."""
    before = run[-1]
    names = [_NUMBERED.fullmatch(one.name) for one in (before, thing)]
    if not (before.is_block and thing.is_block and names[0] and names[1]):
        return False
    stems = [match.group(1) for match in names if match]
    numbers = [int(match.group(2)) for match in names if match]
    takers = [one.name for one in things if before.name in one.sources]
    if stems[0] != stems[1] or numbers[1] != numbers[0] + 1 or takers != [thing.name]:
        return False
    if network.output in before.nodes or _shares(network, before, thing):
        return False
    new = _signature(network, thing, before)
    if len(run) > 1:
        return new == _signature(network, before, run[-2])
    old = _signature(network, before, None)
    return len(old) == len(new) and all(map(_alike, old, new))


def _shares(network: Network, one: Thing, other: Thing) -> bool:
    first, second = (
        {id(network.nodes[node].layer) for node in thing.nodes} for thing in (one, other)
    )
    return any(layer.parameters and id(layer) in first & second for layer in network.layers)


def _signature(network: Network, thing: Thing, before: Thing | None) -> list[tuple[Any, ...]]:
    """Return what a block computes, up to the numbers, with names relative to it."""

    def relative(source: str) -> tuple[str, str]:
        if source in thing.nodes:
            return "inside", source[len(thing.name) :]
        if before is not None and source in before.nodes:
            return "before", source[len(before.name) :]
        return "outside", source

    return [
        (
            name[len(thing.name) :],
            _kind(network.nodes[name].layer),
            network.shapes[name],
            [relative(source) for source in network.nodes[name].inputs],
        )
        for name in thing.nodes
    ]


def _kind(layer: Layer) -> list[Any]:
    """Return a layer's class and arguments, of arrays the shapes."""
    return [type(layer), *((name, _plain(value)) for name, value in layer.arguments.items())]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape
    return value.name if isinstance(value, Activation) else value


def _alike(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Return whether two blocks have the same node, where the second takes the first's output."""
    return old[:3] == new[:3] and all(
        first == second or (first[0], second[0]) == ("outside", "before")
        for first, second in zip(old[3], new[3], strict=True)
    )


def _in_order(things: Sequence[Thing]) -> list[Thing]:
    """Return things in an order in which they can be computed, the first ones first."""
    places = {thing.name: k for k, thing in enumerate(things)}
    waits = [len(set(thing.sources)) for thing in things]
    ready = [k for k, count in enumerate(waits) if not count]
    ordered = []
    while ready:
        k = heapq.heappop(ready)
        ordered.append(things[k])
        for i, thing in enumerate(things):
            if things[k].name in thing.sources:
                waits[i] -= 1
                if not waits[i]:
                    heapq.heappush(ready, i)
    assert len(ordered) == len(places)
    return ordered
