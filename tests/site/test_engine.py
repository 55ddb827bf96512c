"""What a page's engine computes, in a browser, against the network's own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import nnviz.page
from nnviz import Network, pretrained
from nnviz.network import ACTIVATIONS, COSTS, LAYERS
from nnviz.page.document import ENGINE
from nnviz.page.specification import Arrays, specification

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

SEEDS = range(50)
FAMILIES = ("leaky-relu(0.2)", "elu(0.5)", "softplus(2.0)", "clamp(-0.5, 2.0)")
RUN = """({spec, arrays, inputs, y, bits}) => {
  const kept = arrays.map(one => (one.whole ? Int32Array : Float64Array).from(one.values));
  const engine = new Engine(spec, kept, bits === 32 ? Float32Array : Float64Array);
  engine.forward(inputs);
  const gradient = engine.zeros();
  const errors = engine.backward(y, gradient);
  const list = array => Array.from(array, value => Number.isFinite(value) ? value : null);
  return {
    a: engine.a.map(list), cost: engine.costFor(y), gradient: gradient.map(some => some.map(list)),
  };
}"""
#: How far from the engine's the page's numbers may be, over the largest of an array or 1.
TOLERANCES = {64: 1e-10, 32: 1e-5}


@pytest.fixture(scope="module")
def engine_tab(browser: Browser) -> Iterator[Tab]:
    tab = browser.new_page()
    here = Path(nnviz.page.__file__).parent
    tab.add_script_tag(content="".join((here / name).read_text() for name in ENGINE))
    yield tab
    tab.close()


def computed(tab: Tab, network: Network, x: dict[str, np.ndarray], y: np.ndarray, bits: int) -> Any:
    arrays = Arrays()
    spec, fixed = specification(network, arrays, {name: one[None] for name, one in x.items()})
    assert fixed == []
    stored = [{"whole": a.dtype.kind in "iub", "values": a.ravel().tolist()} for a in arrays.all]
    inputs = [one.ravel().tolist() for one in x.values()]
    given = {"spec": spec, "arrays": stored, "inputs": inputs, "y": y.ravel().tolist()}
    return tab.evaluate(RUN, given | {"bits": bits})


def gap(found: list[float | None], expected: Any) -> float:
    """Return the largest difference over the largest number or 1; infinities have to agree."""
    wanted = np.asarray(expected, dtype=float).ravel()
    numbers = np.array([np.nan if one is None else one for one in found], dtype=float)
    is_number = np.isfinite(wanted)
    assert np.array_equal(np.isfinite(numbers), is_number)
    if not is_number.any():
        return 0.0
    wanted, numbers = wanted[is_number], numbers[is_number]
    return float(np.abs(numbers - wanted).max() / max(1.0, np.abs(wanted).max()))


def compare(
    tab: Tab,
    network: Network,
    x: dict[str, np.ndarray],
    y: np.ndarray,
    by: Network | None = None,
    precisions: Sequence[int] = (64, 32),
) -> None:
    """Compare all that the page computes with the network's, or with another's for that length."""
    given, by = x if len(x) > 1 else x["x"], by or network
    forward, gradient = by.forward_pass(given), by.backprop(given, y)
    for bits in precisions:
        tolerance = TOLERANCES[bits]
        found = computed(tab, network, x, y, bits)
        assert gap([found["cost"]], [by.cost(given, y)]) < tolerance
        for name, values in zip(by.shapes.names, found["a"], strict=True):
            assert gap(values, forward[name]) < tolerance, name
        for parts, values in zip(gradient.parts, found["gradient"], strict=True):
            for part, one in zip(parts, values, strict=True):
                assert gap(one, part) < tolerance


@pytest.mark.parametrize("start", range(0, len(SEEDS), 10))
def test_random_networks_compute_what_the_engine_computes(engine_tab, random_network, start):
    for seed in SEEDS[start : start + 10]:
        compare(engine_tab, *random_network(seed))


def test_random_networks_leave_no_layer_out(random_network):
    networks = [random_network(seed)[0] for seed in SEEDS]
    assert {layer.kind for network in networks for layer in network.layers} == LAYERS.keys()
    assert {network.cost_function.name for network in networks} >= COSTS.keys()


@pytest.mark.parametrize("name", ["sort", "names-small"])
def test_texts_of_every_length_compute_what_the_engine_computes(engine_tab, name):
    """Places change with the length, roundings do not: this is compared in double precision."""
    network = pretrained(name)
    (longest,) = network.input_shape
    for length in (1, 3, longest - 1, longest):
        x = np.random.RandomState(length).randint(10, size=length)
        short = network.with_inputs(length)
        y = np.eye(short.output_shape[1])[x]
        compare(engine_tab, network, {"x": x}, y, by=short, precisions=(64,))


@pytest.mark.parametrize("name", [*ACTIVATIONS, *FAMILIES])
def test_every_activation_function(engine_tab, name):
    rng = np.random.RandomState(3)
    network = Network.dense(
        [rng.randn(40, 3), rng.randn(2, 40)], [3 * rng.randn(40), rng.randn(2)], [name, "tanh"]
    )
    compare(engine_tab, network, {"x": 2 * rng.randn(3)}, rng.randn(2))
