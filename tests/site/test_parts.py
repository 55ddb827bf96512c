"""`nnviz watch` in a browser: neurons in the picture say what they compute."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nnviz import Network

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

SCENE = """
from manim import *
from nnviz import Network, NetworkMobject

class Net(Scene):
    def construct(self):
        network = Network.random([9, 4, 2], seed=3)
        net = NetworkMobject(network).scale_to_fit_height(5)
        self.add(net)
        self.play(net.animate.show_activations(network.forward_pass([0.5] * 9)), run_time=0.4)
        self.play(net.animate.shift(2 * LEFT), run_time=0.4)
        self.next_section("Gone")
        self.play(FadeOut(net), run_time=0.2)
"""
X = [0.5] * 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "film.py").write_text(SCENE)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path, browser: Browser) -> Iterator[Page]:
    process = subprocess.Popen(
        [sys.executable, "-m", "nnviz", "watch", "film.py", "--no-browser"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(process.stdout.readline().strip())
    page.wait_for_selector("body[data-status=done]")
    yield page
    page.close()
    process.send_signal(signal.SIGINT)
    process.wait(10)
    assert not complaints


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_a_neuron_says_its_sum_where_it_is(page: Page, folder: Path) -> None:
    page.click("#strip li:nth-child(2) button")
    places = page.locator(".parts button")
    places.nth(14).wait_for()
    assert places.count() == 9 + 4 + 2
    neuron = places.nth(9 + 4 + 1)
    neuron.hover()
    z = Network.random([9, 4, 2], seed=3).forward_pass(X).zs["dense2"][1]
    assert page.locator(".part h3").inner_text() == "dense2, neuron 1"
    rows = {row[0]: number(row[-1]) for row in table(page)}
    assert rows["z"] == pytest.approx(z, abs=1e-3)
    assert rows["a = sigmoid(z)"] == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-3)
    terms = [value for name, value in rows.items() if name.startswith("dense1") or name == "bias"]
    assert sum(terms) == pytest.approx(z, abs=0.01)
    assert len(terms) == 5

    # The box is that of timeline.json, in the frame.
    (file,) = folder.rglob("timeline.json")
    plays = json.loads(file.read_text())["plays"]
    name, (x, y, width, height) = plays[1]["parts"][14]
    assert name == "dense2, neuron 1"
    stage, box = (one.bounding_box() for one in (page.locator("#stage"), neuron))
    assert stage is not None
    assert box is not None
    assert box["x"] == pytest.approx(stage["x"] + x * stage["width"], abs=1)
    assert box["y"] == pytest.approx(stage["y"] + y * stage["height"], abs=1)
    assert box["width"] == pytest.approx(width * stage["width"], abs=1)
    assert box["height"] == pytest.approx(height * stage["height"], abs=1)
    # The whole picture went two units of the frame's 14 2/9 to the left.
    before = plays[0]["parts"][14][1][0]
    assert before - x == pytest.approx(2 / (128 / 9), abs=1e-3)
    assert plays[2]["parts"] == []


def table(page: Page) -> list[list[str]]:
    rows: Any = page.evaluate(
        "[...document.querySelectorAll('.part tr')]"
        ".map(row => [...row.children].map(cell => cell.textContent))"
    )
    return list(rows)


def test_keys_go_from_neuron_to_neuron(page: Page) -> None:
    page.click("#strip li:nth-child(2) button")
    page.locator(".parts button").nth(14).wait_for()
    assert page.locator(".parts button[tabindex='0']").count() == 1
    page.locator(".parts button").first.focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.locator(".part h3").inner_text() == "dense1, neuron 0"
    assert page.evaluate("document.body.dataset.play") == "1", "arrows are the neurons' here"
    page.keyboard.press("Escape")
    assert page.locator(".part").is_hidden()


def test_within_a_play_a_button_leads_to_its_end(page: Page) -> None:
    page.click("#strip li:nth-child(1) button")
    page.locator(".parts button").nth(14).wait_for()
    page.keyboard.press(",")
    page.locator(".to-end").wait_for()
    assert page.locator(".parts button").count() == 0
    page.click(".to-end")
    page.locator(".parts button").nth(14).wait_for()
    page.keyboard.press(" ")  # it runs on
    page.wait_for_selector("body[data-playing=true]")
    assert page.locator(".parts button").count() == 0
    page.wait_for_selector("body[data-playing=false][data-play='2']")
    assert page.locator(".to-end").is_hidden()


@pytest.fixture
def talk(folder: Path, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The same scene as slides, in one file."""
    path = tmp_path / "talk.html"
    words = ["present", "film.py", "Net", "--export", str(path), "-ql"]
    subprocess.run([sys.executable, "-m", "nnviz", *words], cwd=folder, check=True)
    # A stage that is higher than the picture.
    page = browser.new_page(viewport={"width": 800, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert [one for one in asked if not one.startswith(("data:", "blob:"))] == [path.as_uri()]


def test_slides_have_neurons_where_they_wait(talk: Page) -> None:
    talk.keyboard.press("ArrowRight")
    places = talk.locator(".parts button")
    places.nth(14).wait_for()
    neuron = places.nth(14)
    box = neuron.bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], rel=0.02), "the picture is not the stage"
    slide = talk.evaluate("document.body.dataset.slide")
    neuron.click()
    assert talk.locator(".part h3").inner_text() == "dense2, neuron 1"
    assert talk.evaluate("document.body.dataset.slide") == slide, "a click is the neuron's alone"
    assert talk.locator(".to-end").is_hidden()
    talk.keyboard.press("ArrowLeft")  # which is the talk's, as before
    talk.wait_for_function("document.body.dataset.does !== 'waits'")
