"""What the README shows a newcomer works as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest

import nnviz

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
#: What a moving picture at a page's head may weigh, in bytes.
LIMIT = 2_000_000


def body(code):
    """Return the lines of a scene, from its class on."""
    return [line for line in code[code.index("class ") :].splitlines() if line]


def test_the_scene_of_ones_own_learns_xor_and_runs():
    namespace = {}
    exec(EXAMPLES[0], namespace)
    made = []

    def recorded(*args, **kwargs):
        made.append(nnviz.NetworkMobject(*args, **kwargs))
        return made[-1]

    namespace["NetworkMobject"] = recorded
    namespace["Xor"](skip_animations=True).render()
    (net,) = made
    answers = [float(net.network.feedforward(x)[0]) for x in ([0, 0], [0, 1], [1, 0], [1, 1])]
    assert [round(answer) for answer in answers] == [0, 1, 1, 0]
    (output,) = net.layers[-1].neurons
    assert output.get_fill_opacity() == pytest.approx(answers[2], abs=1e-6)
    assert answers[2] > 0.8
    assert len(body(EXAMPLES[0])) <= 10


def test_the_film_of_a_training_learns_the_moons():
    pytest.importorskip("sklearn", reason="the film has its moons from scikit-learn")
    namespace = {}
    exec(EXAMPLES[1], namespace)
    scene = namespace["Moons"](skip_animations=True)
    scene.render()
    x, y = scene.examples
    said = scene.network_mob.network.feedforward(x)[:, 0] > 0.5
    assert np.mean(said == y) > 0.95
    kinds = [type(panel) for panel in scene.panel_mobs]
    assert kinds == [nnviz.DecisionBoundary, nnviz.Accuracy, nnviz.CostCurve]
    assert len(EXAMPLES[1].strip().splitlines()) <= 15


def test_the_tour_runs_line_by_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(EXAMPLES[2], namespace)
    net, network, x = (namespace[name] for name in ("net", "network", "x"))
    fills = [neuron.get_fill_opacity() for neuron in net.layers[-1].neurons]
    assert np.argmax(fills) == network.predict(x)
    assert Path("network.pdf").read_bytes().startswith(b"%PDF")


def test_the_moving_picture_comes_first_and_is_light():
    first = re.match(r"!\[[^]]+\]\(([^)]+)\)\n", README)[1]
    assert (ROOT / first).suffix == ".webp"
    assert (ROOT / first).stat().st_size < LIMIT


def test_pictures_and_files_it_points_to_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_its_table_names_every_room():
    rooms = {
        path.name
        for path in Path(nnviz.__file__).parent.iterdir()
        if (path / "__init__.py").exists()
    }
    assert set(re.findall(r"`nnviz\.(\w+)`", README)) == rooms
