"""Networks' own pages in a browser: what they show, and what they do."""

from __future__ import annotations

import base64
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nnviz import Network, NetworkMobject, NetworkStyle, mnist, pretrained
from nnviz.texts import NAMES_TOKENIZER

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

DIGITS = list("0123456789")


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
    assert f"exactly {length} tokens" in tab.locator("#controls").inner_text()
    assert "Here are 3" in tab.locator("[role=status]").first.inner_text()
    tab.fill("textarea", "(x)")
    assert "“x” is not one of the 2 tokens" in tab.locator("[role=status]").first.inner_text()
    tab.close()


@pytest.fixture
def sorter(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "sorter.html"
    pretrained("sort").save_page(
        path,
        inputs=[[3, 1, 4, 1, 5, 9, 2, 6]],
        answers=[[-1] * 7 + [1]],
        vocabulary=DIGITS,
        precision="double",
        open="all",
    )
    tab = browser.new_page()
    tab.goto(path.as_uri())
    yield tab
    tab.close()


def test_a_transformer_writes_on_from_text_of_any_length(sorter):
    network = pretrained("sort")
    assert "1 to 15 tokens" in sorter.locator("#controls").inner_text()
    assert said(sorter) == "1"
    cost = float(sorter.locator("#cost").inner_text().replace("−", "-"))
    probability = network.with_inputs(8)([3, 1, 4, 1, 5, 9, 2, 6])[7, 1]
    assert cost == pytest.approx(-np.log(probability), rel=5e-3)
    write = sorter.get_by_role("button", name="Write the next token")
    for _ in range(7):
        write.click()
    assert sorter.locator("textarea").input_value() == "31415926" + "1123456"
    assert write.is_disabled()
    assert said(sorter) == "9"
    tokens = [0, 7, 7, 2]
    sorter.fill("textarea", "0772")
    assert np.allclose(numbers(sorter), network.with_inputs(4)(tokens).ravel(), atol=1e-10)
    assert sorter.locator("#position option").count() == 4
    assert sorter.locator("#parts .frame.missing").count() == 11
    assert sorter.locator("#cost").inner_text() == "–"  # nobody said what follows
    sorter.select_option("#position", "1")
    assert said(sorter) == str(network.with_inputs(4)(tokens)[1].argmax())


def test_a_cell_of_attention_says_its_query_times_key(sorter):
    network, x = pretrained("sort"), [3, 1, 4, 1, 5, 9, 2, 6]
    forward = network.with_inputs(8).forward_pass(x)
    name = next(one for one in network.nodes if one.endswith("attention.pattern"))
    head, query, key = 2, 6, 3
    sorter.evaluate(
        "([name, unit]) => page.picture.on.choose({kind: 'unit', unit,"
        "value: page.names.all.findIndex(one => one.name === name)})",
        [name, (head * 8 + query) * 8 + key],
    )
    title = sorter.locator("#explanation-title").inner_text()
    assert title == f"{name}, head 3: query 7 (“2”), key 4 (“1”)"
    shown = float(sorter.locator("tr.sum").get_attribute("data-z"))
    source = network.nodes[name].inputs[0]
    assert shown == pytest.approx(forward[source][head, query, key], abs=1e-10)
    products = sorter.locator("table").first.locator("td:nth-child(3)").all_inner_texts()[1:-2]
    factor = next(n.layer.factor for n in network.nodes.values() if n.layer.kind == "matmul")
    total = factor * sum(float(one.replace("−", "-")) for one in products)
    assert total == pytest.approx(shown, abs=0.01)
    shares = sorter.locator("table").nth(1).locator("td:nth-child(2)").all_inner_texts()[1:]
    assert [float(one) for one in shares] == pytest.approx(forward[name][head, query], abs=1e-3)


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
    forward = network.forward_pass(image)
    assert z == pytest.approx(forward.zs["conv1"].ravel()[unit], abs=1e-10)

    # The window, the kernel, and their products; the window is framed in the image.
    kernel, (row, column) = unit // 24**2, divmod(unit % 24**2, 24)
    grids = [
        [float(one.replace("−", "-")) for one in grid.locator("text").all_text_contents()]
        for grid in tab.locator(".grid").all()
    ]
    window = image[0, row : row + 5, column : column + 5]
    kernels = network.layers[0].kernels[kernel, 0]
    assert np.allclose(grids, [w.ravel() for w in (window, kernels, window * kernels)], atol=0.006)
    frame = tab.locator("#parts g .pixel")
    assert frame.count() == 1
    whole = tab.locator("#parts image").first.bounding_box()
    box = frame.bounding_box()
    assert (box["x"] - whole["x"]) / whole["width"] == pytest.approx(column / 28, abs=0.02)
    assert (box["y"] - whole["y"]) / whole["height"] == pytest.approx(row / 28, abs=0.02)
    tab.locator(".grid.weights rect, .weights rect").nth(7).click()
    assert tab.evaluate("page.shown.index") == 25 * kernel + 7

    # Keys go from pixel to pixel.
    tab.locator("#parts .frame").nth(3).focus()
    tab.keyboard.press("Shift+ArrowRight")
    middle = tab.evaluate("page.kept.unit")
    tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("Shift+ArrowDown")
    assert tab.evaluate("page.kept.unit") == middle + 1 + 24

    # Of several maps, one at a time.
    tab.evaluate("page.picture.on.choose({kind: 'unit', value: 3, unit: 70})")
    tab.select_option(".window select", "5")
    found = [float(t.replace("−", "-")) for t in tab.locator(".weights text").all_text_contents()]
    shape = network.layers[2].kernels.shape
    which = 70 // forward["conv2"][0].size
    assert np.allclose(found, network.layers[2].kernels[which, 5].ravel(), atol=0.006)
    assert tab.locator(".window option").count() == shape[1]
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

    tab.evaluate("page.inputs[0].fill(-1)")
    drop = """data => {
      const given = new DataTransfer();
      const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
      given.items.add(new File([bytes], "digit.png", { type: "image/png" }));
      document.querySelector("canvas.field").dispatchEvent(
        new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
    }"""
    tab.evaluate(drop, base64.b64encode(path.read_bytes()).decode())
    wait_for(tab, "page.inputs[0][0] >= 0")
    assert said(tab) == str(digits.labels[11])


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


def test_all_terms_are_shown_by_a_button(tab):
    tab.locator("#parts .neuron").nth(16 + 4).click()
    assert tab.locator("#explained table tr").count() == 1 + 8 + 3
    tab.get_by_role("button", name="776 other terms: show them all").press("Enter")
    assert tab.locator("#explained table tr").count() == 1 + 784 + 2
    assert "look at this weight" in tab.evaluate(
        "document.activeElement.getAttribute('aria-label')"
    )


@pytest.fixture(scope="module")
def axe():
    file = Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"
    if not file.is_file():
        pytest.skip("axe-core is not there: tools/setup_docs.sh installs it where there is npm")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, address, axe, tmp_path, scheme, width):
    names = pretrained("names-small")
    words = list(NAMES_TOKENIZER.characters)
    other = names.save_page(tmp_path / "names.html", vocabulary=words, open="all")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    for where, chosen in ((address, 40), (other.as_uri(), 5)):
        tab = context.new_page()
        tab.goto(where)
        tab.locator("#parts [role=button]").nth(chosen).click()
        tab.evaluate(axe + ";0")
        found = tab.evaluate("axe.run()")["violations"]
        assert [(one["impact"], one["id"], one["nodes"][0]["html"]) for one in found] == []
        tab.close()
    context.close()


def test_a_finger_does_what_a_mouse_does(browser, address):
    """At 390 pixels: a tap on a neuron, on a line, and a stroke on the field."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    tab.goto(address)
    tab.locator("#parts .neuron").nth(16 + 16 + 2).tap()
    assert tab.evaluate("[page.kept.kind, page.kept.value]") == ["unit", 2]
    tab.locator("th button").first.tap()
    assert tab.evaluate("page.kept.kind") == "weight"
    tab.get_by_role("button", name="Clear").tap()
    field = tab.locator("canvas.field")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    session = context.new_cdp_session(tab)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [
            {"x": box["x"] + u * box["width"], "y": box["y"] + v * box["height"]} for u, v in points
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (0.5, 0.15))
    for k in range(1, 9):
        touch("touchMove", (0.5 - 0.01 * k, 0.15 + 0.08 * k))
    touch("touchEnd")
    assert said(tab) == "1"
    assert tab.evaluate("window.scrollX") == 0
    context.close()


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
