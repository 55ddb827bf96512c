"""What the README shows a newcomer works as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_scene_of_ones_own_learns_xor_and_runs():
    namespace = {}
    exec(EXAMPLES[0], namespace)
    scene = namespace["Xor"](skip_animations=True)
    scene.render()
    assert list(scene.network.predict([[0, 0], [0, 1], [1, 0], [1, 1]])) == [0, 1, 1, 0]
    output = [neuron.get_fill_opacity() for neuron in scene.network_mob.layers[-1].neurons]
    assert output == pytest.approx(list(scene.network.feedforward([1, 0])), abs=1e-6)
    assert output[1] > 0.8 > 0.2 > output[0]


def test_the_tour_runs_line_by_line():
    namespace = {}
    exec(EXAMPLES[1], namespace)
    net, network, x = (namespace[name] for name in ("net", "network", "x"))
    fills = [neuron.get_fill_opacity() for neuron in net.layers[-1].neurons]
    assert np.argmax(fills) == network.predict(x)


def test_pictures_and_files_it_points_to_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
