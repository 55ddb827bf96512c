"""Time what a network's page computes, in a browser: forwards, and a step of learning.

Takes Chromium and Playwright: ``make docs-test`` installs them. Milliseconds of one example,
medians; a frame has 16.7. "All shown" is a pass, painted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nnviz import Network, mnist, pretrained

REPEATS = 30
RUN = """repeats => {
  const median = change => {
    const times = Array.from({ length: repeats }, () => {
      const began = performance.now();
      change();
      return performance.now() - began;
    });
    return times.sort((a, b) => a - b)[repeats >> 1];
  };
  const { engine, inputs, outputs } = page, y = engine.a[engine.output].map((_, k) => +(k === 0));
  return [
    median(() => engine.forward(inputs)),
    median(() => engine.step([{ inputs, y, example: 0 }], 0)),
    median(() => page.follow(true)),
  ];
}"""


def examples(name: str) -> tuple[Network, dict[str, Any]]:
    """Return a network and its page's options."""
    network = pretrained(name)
    images = mnist.load()[2].images[:1]
    if name == "names":
        return network, {"inputs": np.ones((1, 12), dtype=int)}
    return network, {"inputs": images.reshape(1, *network.input_shape)}


def main() -> int:
    """Print a row a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of each (default 30)")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("Playwright is not there: make docs-test installs it", file=sys.stderr)
        return 0
    browser_path = (
        os.environ.get("NNVIZ_BROWSER")
        or subprocess.run(
            ["tools/find_browser.sh"], check=True, capture_output=True, text=True
        ).stdout.strip()
    )
    print(f"{'network':10} {'kB':>6} {'forward':>9} {'step':>9} {'all shown':>10}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        for name in ("dense", "cnn", "residual", "names"):
            network, given = examples(name)
            path = network.save_page(Path(folder) / f"{name}.html", **given)
            tab = browser.new_page()
            tab.goto(path.as_uri())
            forward, step, shown = tab.evaluate(RUN, options.repeats)
            size = path.stat().st_size / 1000
            print(f"{name:10} {size:6.0f} {forward:9.2f} {step:9.2f} {shown:10.2f}", flush=True)
            tab.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
