"""A network's own page, as a file: what is in it, and that it asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import nnviz.page
from nnviz import Network, NetworkMobject, NetworkStyle, mnist, pretrained, save_page
from nnviz.cli.main import main
from nnviz.network import ACTIVATIONS, COSTS, LAYERS, Activation, Cost, NetworkError, Node
from nnviz.network import layers as kinds
from nnviz.network.layers import Activate
from nnviz.page import Page, PageError
from nnviz.page.specification import OPERATIONS
from nnviz.texts import NAMES_TOKENIZER

HERE = Path(nnviz.page.__file__).parent
DIGITS = list("0123456789")


@pytest.fixture(scope="module")
def digits():
    return mnist.load()[2]


@pytest.fixture(scope="module")
def page(digits):
    return pretrained("dense").page(
        inputs=digits.images[:20], answers=digits.labels[:20], output_labels=DIGITS, title="Digits"
    )


@pytest.fixture(scope="module")
def content(page):
    return content_of(page.html)


def content_of(html):
    (found,) = re.findall(r'<script type="application/json" id="content">(.*?)</script>', html)
    return json.loads(found)


def array_of(content, place):
    stored = content["arrays"][place]
    values = np.frombuffer(base64.b64decode(stored["data"]), np.dtype(f"<{stored['type']}"))
    return values / stored["over"]


def test_it_is_small_and_always_the_same(page, digits):
    assert len(page.html.encode()) < 300_000
    again = Page(
        pretrained("dense"),
        inputs=digits.images[:20],
        answers=digits.labels[:20],
        output_labels=DIGITS,
        title="Digits",
    )
    assert again.html == page.html


def test_its_policy_allows_its_own_style_and_script_and_no_request(page):
    html = page.html
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    rules = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules.keys() == {"default-src", "style-src", "script-src", "img-src"} | {
        "base-uri",
        "form-action",
    }
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["img-src"] == "data: blob:"
    addresses = set(re.findall(r"https?://[^\"' )]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"\s(style|on\w+)=\"", html.split("<script", 1)[0])


def test_weights_examples_and_answers_are_the_networks(content, digits):
    network = pretrained("dense")
    for layer, places in zip(network.layers, content["spec"]["parameters"], strict=True):
        for array, place in zip(layer.parameters, places, strict=True):
            assert np.allclose(array_of(content, place), array.ravel(), rtol=1e-6)
    (images,) = content["examples"]["inputs"]
    assert np.array_equal(array_of(content, images), digits.images[:20].ravel())
    assert content["arrays"][images]["type"] == "u1"  # grey levels, a byte each
    targets = array_of(content, content["examples"]["targets"]).reshape(20, 10)
    assert np.array_equal(targets.argmax(axis=1), digits.labels[:20])
    assert np.array_equal(targets.sum(axis=1), np.ones(20))


def test_double_precision_is_the_engines():
    network = Network.random([3, 2], seed=1)
    content = content_of(network.page(precision="double").html)
    weights, _ = content["spec"]["parameters"][0]
    assert np.array_equal(array_of(content, weights), network.weights[0].ravel())


def test_the_picture_is_the_mobjects(content):
    """Neurons and edges lie where NetworkMobject puts them; a hundredth of a unit is one."""
    picture = NetworkMobject(
        pretrained("dense"), NetworkStyle.dark(), output_labels=DIGITS, fit=(9.0, 6.4)
    )
    for part, layer in zip(content["picture"]["parts"], picture.layers, strict=True):
        centers = np.array([neuron.get_center() for neuron in layer.neurons])
        assert part["units"] == layer.shown_units.tolist()
        assert np.allclose(part["x"], 100 * centers[:, 0], atol=0.06)
        assert np.allclose(part["y"], -100 * centers[:, 1], atol=0.06)
    for group, edges in zip(content["picture"]["edges"], picture.edge_groups, strict=True):
        assert len(group["ends"][0]) == len(edges)
        first = edges[0]
        shown = [one[0] for one in group["ends"]]
        expected = [*(100 * first.get_start()[:2]), *(100 * first.get_end()[:2])]
        assert np.allclose(shown, np.multiply(expected, [1, -1, 1, -1]), atol=0.06)
    assert content["picture"]["numbers"]["most"] == pytest.approx(picture.style.max_edge_width)


def test_colours_are_the_styles_for_dark_and_light(page):
    light, dark = re.findall(r":root\{(--text.*?)\}", page.html)
    for text, style in ((light, NetworkStyle.light()), (dark, NetworkStyle.dark())):
        assert f"--fill:{style.neuron_fill_color.to_hex()};" in text
        assert f"--minus:{style.negative_color.to_hex()};" in text
    still = page.html.split('id="still"')[1].split('id="parts"')[0]
    assert "var(--text)" in still
    assert "#FFFFFF" not in still.upper()


def test_no_layer_function_or_cost_is_left_out():
    assert OPERATIONS.keys() == LAYERS.keys()
    functions = (HERE / "functions.js").read_text(encoding="utf-8")
    known = set(re.findall(r'^  "([\w-]+)": \[', functions, re.MULTILINE)) | {"softmax"}
    assert known >= ACTIVATIONS.keys()
    quoted = set(re.findall(r'name === "([\w-]+)"', functions))
    assert quoted | {"binary-cross-entropy"} >= COSTS.keys()


def test_hostile_words_are_no_html():
    hostile = "</script><script>alert(1)</script>\"'&"
    page = Network.random([1, 1], seed=0).page(
        inputs=[[0.0]],
        input_labels=[hostile],
        output_labels=[hostile],
        title=hostile,
        description=hostile,
    )
    assert page.html.count("<script") == page.html.count("</script>") == 2
    assert content_of(page.html)["inputs"][0]["labels"] == [hostile]
    (heading,) = re.findall(r"<h1>(.*?)</h1>", page.html)
    assert unescape(heading) == hostile


def test_what_is_ones_own_stays_as_it_was_computed():
    own = Activation("cube", lambda z: z**3, lambda z, a, dc_da: 3 * z * z * dc_da)
    network = Network([Activate(own), Activate("tanh")], input_shape=(2,))
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])
    page = network.page(inputs=x, precision="double")
    assert page.fixed == ("activate1",)
    first, second = content_of(page.html)["spec"]["nodes"]
    assert (first["op"], second["op"]) == ("fixed", "same")
    (values,) = first["constants"]
    assert np.array_equal(array_of(content_of(page.html), values), (x**3).ravel())


def test_what_is_said_at_every_position_is_called_by_the_tokens():
    network = pretrained("names-small")
    words = list(NAMES_TOKENIZER.characters)
    outputs = content_of(network.page(vocabulary=words).html)["outputs"]
    assert outputs == {"labels": words, "classes": True, "positions": True, "writes": True}
    labels = [f"<{word}>" for word in words]
    named = network.page(vocabulary=words, output_labels=labels)
    assert content_of(named.html)["outputs"]["labels"] == labels
    with pytest.raises(PageError, match="are 2, but there are 27 classes at each position"):
        network.page(output_labels=["a", "b"])
    assert content_of(network.page().html)["outputs"]["labels"][26] == "26"
    counting = content_of(pretrained("count").page().html)["outputs"]  # looks at all brackets
    assert counting["positions"]
    assert not counting["writes"]


def test_examples_are_texts_of_any_length_that_the_page_computes():
    network = pretrained("sort")
    page = network.page(inputs=[[3, 1, 2], [0, 9, 9]], answers=[[-1, -1, 1], [-1, -1, 0]])
    content = content_of(page.html)
    assert content["examples"]["sizes"] == [3]
    targets = array_of(content, content["examples"]["targets"]).reshape(2, 3, 10)
    assert np.argwhere(targets).tolist() == [[0, 2, 1], [1, 2, 0]]  # -1: nothing is desired
    assert content["inputs"][0]["any_length"]
    assert not content_of(pretrained("count").page().html)["inputs"][0]["any_length"]
    with pytest.raises(NetworkError, match="must have shape"):
        pretrained("count").page(inputs=[[0, 1]])
    with pytest.raises(NetworkError, match="must have shape"):
        network.page(inputs=[[0] * 16])


def test_fewer_tokens_than_a_layer_computes_are_not_offered():
    """A flattened text needs a weight for each token; one that is averaged needs none."""
    tokens = {"x": (4,)}
    nodes = {"embedding": Node(kinds.Embedding(np.ones((5, 3))), ("x",))}
    flat = {
        **nodes,
        "flat": Node(kinds.Flatten(), ("embedding",)),
        "dense": Node(kinds.Dense(np.ones((2, 12)), np.zeros(2)), ("flat",)),
    }
    fixed = Network(tokens, flat, "dense", "quadratic").page()
    assert not content_of(fixed.html)["inputs"][0]["any_length"]
    every = {**nodes, "dense": Node(kinds.Dense(np.ones((2, 3)), np.zeros(2)), ("embedding",))}
    free = Network(tokens, every, "dense", "quadratic").page()
    assert content_of(free.html)["inputs"][0]["any_length"]


def test_sliders_have_the_ranges_of_the_data():
    network = Network.random([2, 1], seed=0)
    (own,) = content_of(network.page(inputs=[[1.0, 5.0], [3.0, 5.0]]).html)["inputs"]
    assert (own["low"], own["high"]) == ([1.0, -1.0], [3.0, 5.0])
    (own,) = content_of(network.page(ranges=[[0, 2], [-3, 3]]).html)["inputs"]
    assert (own["low"], own["high"]) == ([0.0, -3.0], [2.0, 3.0])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output_labels": ["a"]}, "output_labels are 1, but there are 2 outputs"),
        ({"inputs": [[0, 0, 0]], "input_labels": ["a"]}, "input_labels are 1.* 3 inputs"),
        ({"ranges": [[0, 1]]}, r"ranges must have shape \(3, 2\)"),
        ({"ranges": [[1, 0]] * 3}, "the lowest and the highest"),
        ({"answers": [1]}, "give inputs as well"),
        ({"inputs": [0, 0, 0], "answers": 1}, "batch axis"),
        ({"vocabulary": ["a"]}, "tokens"),
        ({"precision": "half"}, "'single' or 'double'"),
        ({"learning_rate": 0}, "above 0"),
        ({"style": NetworkStyle.dark()}, "instead of style"),
    ],
)
def test_errors_say_what_is_wrong(options, said):
    with pytest.raises(ValueError, match=said):
        Network.random([3, 2], seed=0).page(**options)


def test_errors_about_costs_examples_and_folders(tmp_path):
    own = Cost("own", COSTS["quadratic"].form)
    network = Network.random([3, 2], seed=0)
    with pytest.raises(PageError, match="cannot compute the cost 'own'"):
        network.replace(cost=own).page()
    with pytest.raises(NetworkError, match="shape"):
        network.page(inputs=[[0.0, 1.0]])
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_page(network, tmp_path / "no" / "page.html")


def test_the_command_writes_a_page(tmp_path, capsys):
    Network.random([3, 2], seed=0).save(tmp_path / "net.npz")
    np.savez(tmp_path / "examples.npz", inputs=np.eye(3), answers=[0, 1, 1])
    words = ["page", str(tmp_path / "net.npz"), "--examples", str(tmp_path / "examples.npz")]
    assert main([*words, "--output-labels", "cat, dog"]) == 0
    content = content_of((tmp_path / "net.html").read_text(encoding="utf-8"))
    assert content["outputs"]["labels"] == ["cat", "dog"]
    assert content["examples"]["count"] == 3
    assert content["title"] == "net"
    assert "kB" in capsys.readouterr().out
    assert main(["page", str(tmp_path / "net.pdf")]) == 2
    assert "supported are .onnx, .npz, .keras" in capsys.readouterr().err
    assert main(["page", str(tmp_path / "none.onnx")]) == 2
    assert main([*words, "--output-labels", "cat"]) == 1
    assert "output_labels are 1" in capsys.readouterr().err
