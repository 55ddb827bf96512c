"""Networks' own pages in a browser: what they compute, against the engine, and what they do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import nnviz.page
from nnviz import Network, NetworkMobject, NetworkStyle, mnist, pretrained
from nnviz.network import ACTIVATIONS, COSTS, LAYERS
from nnviz.page.document import ENGINE
from nnviz.page.specification import Arrays, specification

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

SEEDS = range(50)
DIGITS = list("0123456789")
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
    given = {"spec": spec, "arrays": stored, "inputs": inputs, "y": y.tolist(), "bits": bits}
    return tab.evaluate(RUN, given)


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


def compare(tab: Tab, network: Network, x: dict[str, np.ndarray], y: np.ndarray) -> None:
    given = x if len(x) > 1 else x["x"]
    forward, gradient = network.forward_pass(given), network.backprop(given, y)
    for bits, tolerance in TOLERANCES.items():
        found = computed(tab, network, x, y, bits)
        assert gap([found["cost"]], [network.cost(given, y)]) < tolerance
        for name, values in zip(network.shapes.names, found["a"], strict=True):
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
    assert {layer.name for network in networks for layer in network.layers} == LAYERS.keys()
    assert {network.cost_function.name for network in networks} >= COSTS.keys()


@pytest.mark.parametrize("name", [*ACTIVATIONS, *FAMILIES])
def test_every_activation_function(engine_tab, name):
    rng = np.random.RandomState(3)
    network = Network.dense(
        [rng.randn(40, 3), rng.randn(2, 40)], [3 * rng.randn(40), rng.randn(2)], [name, "tanh"]
    )
    compare(engine_tab, network, {"x": 2 * rng.randn(3)}, rng.randn(2))


# --- What the page does


@pytest.fixture(scope="module")
def digits():
    return mnist.load()[2]


@pytest.fixture(scope="module")
def address(tmp_path_factory, digits):
    path = tmp_path_factory.mktemp("pages") / "digits.html"
    pretrained("dense").save_page(
        path,
        inputs=digits.images[:12],
        answers=digits.labels[:12],
        output_labels=DIGITS,
        title="Digits",
        precision="double",
    )
    return path.as_uri()


@pytest.fixture
def tab(browser, address):
    """A page from disk, which has to ask for nothing and to complain about nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda request: wrong.append(request.url))
    tab.goto(address)
    wrong.remove(address)
    yield tab
    assert [one for one in wrong if not one.startswith(("data:", "blob:"))] == []
    context.close()


def wait_for(tab: Tab, condition: str) -> None:
    """Wait until something is so: the page's policy does not let Playwright's own way in."""
    for _ in range(250):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(20)
    raise AssertionError(f"never: {condition}")


def said(tab: Tab) -> str:
    """Return the class that the page says."""
    return tab.locator(".bar.best .name").inner_text().strip()


def numbers(tab: Tab) -> list[float]:
    return tab.evaluate("Array.from(page.engine.a[page.engine.output])")


def test_outputs_are_the_networks(tab, digits):
    for k in (0, 5, 11):
        tab.select_option("#example", str(k))
        assert np.allclose(numbers(tab), pretrained("dense")(digits.images[k]), atol=1e-12)
        assert said(tab) == str(pretrained("dense").predict(digits.images[k]))


def test_fills_and_widths_are_the_mobjects(tab, digits):
    """What the page paints for an example is what NetworkMobject shows of it."""
    network = pretrained("dense")
    net = NetworkMobject(network, NetworkStyle.dark(), output_labels=DIGITS, fit=(9.0, 6.4))
    net.show_weights().show_activations(network.forward_pass(digits.images[5]))
    tab.select_option("#example", "5")
    fills = tab.locator("#parts .neuron").evaluate_all(
        "all => all.map(one => +one.getAttribute('fill-opacity'))"
    )
    shown = [neuron.get_fill_opacity() for layer in net.layers for neuron in layer.neurons]
    assert np.allclose(fills, shown, atol=6e-4)
    lines = tab.locator("#edges line").evaluate_all(
        "all => all.map(one => [+one.getAttribute('stroke-width'), one.matches('.minus')])"
    )
    edges = [edge for group in net.edge_groups for edge in group]
    assert np.allclose(
        [width for width, _ in lines], [e.get_stroke_width() for e in edges], atol=1e-3
    )
    negative = net.style.negative_color.to_hex()
    assert [is_minus for _, is_minus in lines] == [
        e.get_stroke_color().to_hex() == negative for e in edges
    ]


def test_tokens_are_written_and_read(browser, tmp_path):
    """Of a transformer or a recurrent network: text in, every value as the engine computes it."""
    network = pretrained("count")
    (length,) = network.input_shape
    path = network.save_page(
        tmp_path / "count.html",
        inputs=np.zeros((1, length), int),
        vocabulary=["(", ")"],
        precision="double",
    )
    tab = browser.new_page()
    tab.goto(path.as_uri())
    tokens = np.random.RandomState(2).randint(2, size=length)
    tab.fill("textarea", "".join("()"[one] for one in tokens))
    assert np.allclose(numbers(tab), network(tokens).ravel(), atol=1e-10)
    assert tab.locator("text.token").first.text_content() == "()"[tokens[0]]
    tab.fill("textarea", "(()")
    assert tab.locator("[role=status]").first.inner_text() == (
        f"This network takes {length} tokens; here are 3."
    )
    tab.fill("textarea", "(x)")
    assert "“x” is not one of the 2 tokens" in tab.locator("[role=status]").first.inner_text()
    tab.close()


def test_maps_are_images_and_pixels_have_sums(browser, tmp_path, digits):
    network, image = pretrained("cnn"), digits.images[0].reshape(1, 28, 28)
    path = network.save_page(
        tmp_path / "cnn.html", inputs=image[None], answers=digits.labels[:1], precision="double"
    )
    tab = browser.new_page()
    tab.goto(path.as_uri())
    assert np.allclose(numbers(tab), network(image), atol=1e-10)
    tab.locator("#parts .frame").nth(3).click()
    value, unit = tab.evaluate("[page.shown.value, page.shown.unit]")
    assert value == 1
    z = float(tab.locator("tr.sum").get_attribute("data-z"))
    assert z == pytest.approx(network.forward_pass(image).zs["conv1"].ravel()[unit], abs=1e-10)
    tab.close()


def test_a_digit_that_is_drawn_is_read(tab):
    """A one: a stroke from top to bottom; and a seven, with the mouse."""
    box = tab.locator("canvas.field").bounding_box()

    def draw(*points: tuple[float, float]) -> None:
        tab.get_by_role("button", name="Clear").click()
        places = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in points]
        tab.mouse.move(*places[0])
        tab.mouse.down()
        for place in places[1:]:
            tab.mouse.move(*place, steps=8)
        tab.mouse.up()

    draw((0.8, 0.1), (0.72, 0.6))  # small and in a corner: it is centred and scaled
    assert said(tab) == "1"
    draw((0.25, 0.2), (0.75, 0.2), (0.45, 0.85))
    assert said(tab) == "7"
    assert tab.locator("#example").input_value() == "own"


def test_an_image_of_a_digit_is_read_as_the_digit_itself(tab, digits, tmp_path):
    """Dark on light, four times as large, off its place: what is dropped in is put right."""
    from PIL import Image

    right = 0
    for k in range(12):
        grey = np.round(255 * digits.images[k].reshape(28, 28)).astype(np.uint8)
        whole = np.full((200, 200), 255, np.uint8)
        whole[10:122, 70:182] = 255 - grey.repeat(4, axis=0).repeat(4, axis=1)
        path = tmp_path / "digit.png"
        Image.fromarray(whole).save(path)
        tab.evaluate("page.inputs[0].fill(-1)")
        tab.set_input_files("input[type=file]", path)
        wait_for(tab, "page.inputs[0][0] >= 0")
        right += said(tab) == str(digits.labels[k])
    assert right >= 11


def test_hover_shows_the_sum_that_is_z(tab):
    neuron = tab.locator("#parts .neuron").nth(16 + 16 + 4)
    neuron.hover()
    products = tab.locator("tr td:nth-child(3)").all_inner_texts()[1:]
    *terms, total = [float(one.replace("−", "-")) for one in products]
    z = float(tab.locator("tr.sum").get_attribute("data-z"))
    name = tab.locator("#explanation-title").inner_text()
    digit = int(tab.evaluate("page.shown.unit"))
    assert name == f"dense2, neuron {digit}"
    sizes = [abs(one) for one in terms[:8]]
    assert sizes == sorted(sizes, reverse=True)
    assert total == pytest.approx(z, abs=1e-3)
    assert sum(terms) == pytest.approx(z, abs=0.01)
    network, x = pretrained("dense"), tab.evaluate("Array.from(page.inputs[0])")
    assert z == pytest.approx(network.forward_pass(x).zs["dense2"][digit], abs=1e-9)


def test_a_weight_says_its_derivative_and_follows_its_slider(tab, digits):
    tab.locator("#parts .neuron").nth(16 + 16 + 4).click()
    tab.locator("th button").first.click()
    what = tab.evaluate("page.shown")
    network, k = pretrained("dense"), what["index"]
    gradient = network.backprop(digits.images[0], digits.labels[0])
    shown = float(tab.locator("[data-value]").get_attribute("data-value"))
    assert shown == pytest.approx(gradient["dense2"]["weights"].ravel()[k], rel=1e-9)
    before = numbers(tab)
    slider = tab.locator("#explained input[type=range]")
    slider.fill(slider.get_attribute("max"))
    moved = float(slider.get_attribute("max"))
    weights = network.layers[1].weights.copy()
    weights.flat[k] = moved
    other = network.replace(
        layers=[network.layers[0], network.layers[1].replace(weights=weights), network.layers[2]]
    )
    assert np.allclose(numbers(tab), other(digits.images[0]), atol=1e-9)
    tab.get_by_role("button", name="Reset this one").click()
    assert numbers(tab) == before
    tab.click("#step")  # the slider follows a step as well
    shown = float(slider.input_value())
    assert shown == pytest.approx(
        tab.evaluate("Array.from(page.engine.parameters[1][0])")[k], abs=0.01
    )


def test_steps_go_down_and_are_undone(tab, digits):
    tab.select_option("#example", "3")
    before, network = numbers(tab), pretrained("dense")
    tab.fill("#rate", "0.25")
    tab.click("#step")
    stepped = network.step(network.backprop(digits.images[3], digits.labels[3]), 0.25)
    assert np.allclose(numbers(tab), stepped(digits.images[3]), atol=1e-9)
    tab.click("#undo")
    assert numbers(tab) == before
    tab.click("#many")
    wait_for(tab, "page.costs.length > 5")
    tab.click("#many")
    costs = tab.evaluate("page.costs")
    assert costs[-1] < costs[0]
    assert tab.locator("#curve path.graph").count() == 1
    tab.click("#reset")
    assert numbers(tab) == before


def test_keys_reach_every_neuron_and_every_control(tab):
    """One stop of Tab leads into the picture; arrows lead on; names are read out."""
    assert tab.locator("#parts [tabindex='0']").count() == 1
    tab.locator("#parts [tabindex='0']").focus()
    seen = set()
    for key in ["ArrowDown"] * 20 + ["ArrowRight"] + ["ArrowUp"] * 20 + ["ArrowRight"] * 2:
        tab.keyboard.press(key)
        seen.add(tab.evaluate("document.activeElement.getAttribute('aria-label').split(':')[0]"))
    assert {"x, row 0, column 1", "x, row 27, column 27", "dense1, neuron 0"} <= seen
    assert any("dense3" in one for one in seen)
    tab.keyboard.press("Enter")
    assert tab.evaluate("page.kept.kind") == "unit"
    unnamed = tab.evaluate(
        "[...document.querySelectorAll('button, select, input, textarea, [role=button], canvas')]"
        ".filter(e => !(e.getAttribute('aria-label') || e.textContent || e.labels?.length)).length"
    )
    assert unnamed == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser, address, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(address)
    tab.locator("#parts .neuron").nth(40).click()
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    boxes = [tab.locator(f"#{name}").bounding_box() for name in ("input", "network", "output")]
    assert all(one["y"] + one["height"] < two["y"] for one, two in pairwise(boxes))
    context.close()


def test_hostile_words_stay_words(browser, tmp_path):
    hostile = "</script><img src=x onerror='window.hurt=1'>"
    path = Network.random([2, 2], seed=0).save_page(
        tmp_path / "hostile.html",
        inputs=[[0.5, 1.0]],
        input_labels=[hostile, "b"],
        output_labels=["a", hostile],
        title=hostile,
        description=hostile,
    )
    tab = browser.new_page()
    tab.goto(path.as_uri())
    assert tab.evaluate("window.hurt") is None
    assert tab.locator("img").count() == 0
    assert tab.locator("h1").inner_text() == tab.title() == hostile
    assert tab.locator(".bar .name").nth(1).inner_text() == hostile
    tab.close()


def test_a_notebook_shows_it(browser, address):
    page = Network.random([2, 3, 1], seed=0).page(inputs=[[0, 1]], answers=[[1]])
    tab = browser.new_page()
    tab.set_content(page._repr_html_())
    frame = tab.frame_locator("iframe")
    assert frame.locator("#parts .neuron").count() == 6
    assert frame.locator(".bar .number").inner_text()
    tab.close()
