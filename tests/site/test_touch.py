"""The five pages that the site has to play with, in a browser."""

from __future__ import annotations

import contextlib
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

SCRIPTS = sorted((Path(__file__).parents[2] / "docs" / "pages").glob("*.py"))


@pytest.fixture(scope="module")
def touched(tmp_path_factory):
    """The pages that the site has, written by their scripts."""
    folder = tmp_path_factory.mktemp("touched")
    with contextlib.chdir(folder):
        for script in SCRIPTS:
            runpy.run_path(str(script))
    return folder


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", [script.stem for script in SCRIPTS])
def test_the_sites_pages_work(browser, touched, name, width):
    """They know their examples, and fit; all that a page shows can be chosen and explained."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text))
    tab.goto((touched / f"{name}.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    if name != "xor":  # which has learnt nothing yet
        marked = tab.evaluate(
            "Array.from({length: page.content.examples.count}, (_, k) => { page.choose(k);"
            " return document.querySelector('.bar.best.true') !== null; })"
        )
        assert np.mean(marked) >= 0.8
    targets = tab.locator("#parts [role=button]:not(.missing)")
    for k in range(0, targets.count(), max(1, targets.count() // 12)):
        targets.nth(k).focus()
        assert tab.locator("#explained p").first.inner_text()
        assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert wrong == []
    context.close()


def test_exclusive_or_is_learnt(browser, touched):
    tab = browser.new_page(reduced_motion="reduce")
    tab.goto((touched / "xor.html").as_uri())
    # As the button does, without waiting for frames.
    tab.evaluate("for (let k = 0; k < 600; k++) page.engine.step(page.all(), page.rate())")
    found = tab.evaluate("page.all().map(({inputs}) => page.engine.forward(inputs)[0])")
    assert np.allclose(found, [0, 1, 1, 0], atol=0.1)
    tab.close()
