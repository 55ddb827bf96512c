"""Signatures of public functions show which arguments there are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from manim import Animation, Mobject, Scene

import nnviz
import nnviz.network

#: Functions whose arguments depend on something else, and why.
OPEN = {
    # Each kind of layer has its own arguments, and its own inputs.
    "Layer.replace": "changes",
    "Layer.forward": "kwargs",
    "Layer.output_shape": "kwargs",
    # The options of NetworkMobject, about 40.
    "page": "options",
    "save_page": "options",
    # Those of the matrix itself, whose own signature shows them.
    "ConfusionMatrix.of_labels": "options",
    # The fields of a NetworkStyle.
    "NetworkStyle.dark": "changes",
    "NetworkStyle.light": "changes",
    "NetworkStyle.changed": "changes",
}
#: What forwards ``**kwargs`` to a class of Manim's, whose arguments Manim knows.
FORWARDING = (Animation, Mobject, Scene)


def functions() -> Iterator[tuple[str, Any, bool]]:
    """Yield every public function, and whether it belongs to a class of Manim's."""
    seen = set()
    for module in (nnviz, nnviz.network):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                members = [getattr(value, one) for one in dir(value) if one[0] != "_"]
                for one in (value.__init__, *filter(inspect.isroutine, members)):
                    one = getattr(one, "__func__", one)
                    is_ours = str(getattr(one, "__module__", "")).startswith("nnviz")
                    if id(one) not in seen and is_ours and inspect.isfunction(one):
                        seen.add(id(one))
                        yield one.__qualname__, one, issubclass(value, FORWARDING)
            elif inspect.isfunction(value) and id(value) not in seen:
                seen.add(id(value))
                yield value.__qualname__, value, False


def test_arguments_are_spelled_out() -> None:
    found = {
        name: one.name
        for name, function, is_manims in functions()
        for one in inspect.signature(function).parameters.values()
        if one.kind is inspect.Parameter.VAR_KEYWORD
        and "Unpack" not in str(one.annotation)
        and not (is_manims and one.name == "kwargs")
    }
    assert found == OPEN


def test_a_network_shows_all_ways_to_write_it() -> None:
    shown = list(inspect.signature(nnviz.Network).parameters)
    assert shown == ["layers", "cost", "input_shape", "inputs", "nodes", "output", "graph"]
