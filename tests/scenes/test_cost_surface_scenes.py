"""The ways down the cost surface are real descents, and every number on screen is the engine's."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from manim import Rectangle

from nnviz import mnist
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.cost_surface import CostSurface
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.network import Network, ParameterPlane, one_hot, pretrained
from whole_runs import run

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("TODOInsertStepsDownCostSurface", "SGDSteps", "GradientDescentSteps", "BothDescents")

SECONDS = {
    "TODOInsertStepsDownCostSurface": 20,
    "SGDSteps": 16,
    "GradientDescentSteps": 16,
    "BothDescents": 17,
}
#: Examples that a step looks at.
A_STEP = {"careful": 500, "hasty": 10}


@pytest.fixture(scope="module")
def examples():
    train = mnist.load().train
    return train.images[:500], one_hot(train.labels[:500])


@pytest.fixture(scope="module")
def descents(examples):
    """Both of them once more, step by step."""
    x, y = examples
    rng = np.random.RandomState(0)
    start = Network.random([784, 16, 16, 10], rng=rng)
    careful, hasty = [start], [start]
    for _ in range(60):
        careful.append(careful[-1] - 3.0 * careful[-1].backprop(x, y))
    for _ in range(2):
        order = rng.permutation(500)
        for batch in order.reshape(50, 10):
            hasty.append(hasty[-1] - 3.0 * hasty[-1].backprop(x[batch], y[batch]))
    return {"careful": careful, "hasty": hasty}


@pytest.fixture(scope="module")
def plane(descents):
    careful, hasty = descents["careful"], descents["hasty"]
    return ParameterPlane.principal(careful + hasty, origin=careful[-1])


def ended(chapter, name):
    scene = getattr(chapter("cost_surface"), name)(skip_animations=True)
    run(scene)
    return scene


def numbers(scene):
    return [
        m.number for m in scene.get_mobject_family_members() if isinstance(m, QuickDecimalNumber)
    ]


def test_the_dot_rolls_down_a_surface_by_real_steps(chapter, examples):
    scene = ended(chapter, "TODOInsertStepsDownCostSurface")
    assert scene.clock == pytest.approx(SECONDS["TODOInsertStepsDownCostSurface"])
    (chart,) = [m for m in scene.mobjects if isinstance(m, CostSurface)]
    plane, networks = chart.plane, scene.networks
    assert plane == ParameterPlane.random(pretrained(), scene.plane_seed)
    points, distances = plane.project(networks)
    # On the plane, from the place given, and each step down the gradient along both directions.
    assert distances == pytest.approx(0, abs=1e-9)
    assert points[0] == pytest.approx(scene.start)
    for network, step in zip(networks, np.diff(points, axis=0), strict=False):
        slopes = []
        for way in np.eye(2) * 1e-5:
            ahead, behind = (
                plane.network_at(*(plane.project([network]).points[0] + sign * way))
                for sign in (1, -1)
            )
            slopes.append((ahead.cost(*examples) - behind.cost(*examples)) / 2e-5)
        assert step == pytest.approx(-scene.learning_rate * np.array(slopes), rel=1e-3, abs=1e-7)
    costs = [network.cost(*examples) for network in networks]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 2.5 > 0.15 > costs[-1]
    (path,) = [m for m in chart if isinstance(m, CostPath)]
    assert path.places[-1] == pytest.approx(chart.at(*points[-1]))
    assert scene.dot.get_center() == pytest.approx(chart.at(*points[-1]))
    assert numbers(scene) == pytest.approx([costs[-1]])


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("SGDSteps", ["hasty"]),
        ("GradientDescentSteps", ["careful"]),
        ("BothDescents", ["careful", "hasty"]),
    ],
)
def test_it_shows_real_descents(chapter, examples, descents, plane, name, ways):
    scene = ended(chapter, name)
    assert scene.clock == pytest.approx(SECONDS[name])
    (chart,) = [m for m in scene.mobjects if isinstance(m, CostMap)]
    assert chart.plane == plane
    assert chart.grid.costs[30, 30] == pytest.approx(
        plane.network_at(chart.grid.across[30], chart.grid.up[30]).cost(*examples), rel=1e-12
    )
    paths = [m for m in chart if isinstance(m, CostPath)]
    shown = []
    for path, way, dot in zip(paths, ways, scene.dots, strict=True):
        networks = descents[way]
        points, _ = plane.project(networks)
        assert path.points_on_plane == pytest.approx(points)
        assert dot.get_center() == pytest.approx(chart.at(*points[-1]))
        shown += [(len(networks) - 1) * A_STEP[way], networks[-1].cost(*examples)]
    assert numbers(scene) == pytest.approx(shown)
    # The bars are as long as the numbers of examples, in one unit.
    bars = [m for m in scene.get_mobject_family_members() if isinstance(m, Rectangle)]
    lengths = [bar.width for bar in bars if bar.height == pytest.approx(0.32)]
    unit = scene.bar_length / 30_000
    assert lengths == pytest.approx([unit * count for count in shown[::2]])


def test_the_caption_says_what_the_film_shows(chapter, examples, descents):
    film = tomllib.loads((Path(__file__).parents[2] / "scenes" / "chapter.toml").read_text())
    (caption,) = [one["caption"] for one in film["scenes"] if one["name"] == "BothDescents"]
    counts = {way: (len(descents[way]) - 1) * A_STEP[way] for way in ("careful", "hasty")}
    assert f"{counts['hasty']:,} examples instead of {counts['careful']:,}" in caption
    costs = [descents[way][-1].cost(*examples) for way in counts]
    assert f"{costs[0]:.2f}" == f"{costs[1]:.2f}"


def test_the_counters_go_with_the_dots(chapter, examples, descents, half_time):
    # The third play is the way down; at half time half of either length has been gone.
    scene = half_time(chapter("cost_surface").BothDescents, 2)
    expected = []
    paths = [m for m in scene.map if isinstance(m, CostPath)]
    for path, way, dot in zip(paths, ("careful", "hasty"), scene.dots, strict=True):
        places = np.array([scene.map.at(*point) for point in path.points_on_plane])
        reached = np.cumsum([0, *np.linalg.norm(np.diff(places, axis=0), axis=1)])
        half = int(np.searchsorted(reached, reached[-1] / 2)) - 1
        share = (reached[-1] / 2 - reached[half]) / (reached[half + 1] - reached[half])
        middle = places[half] + share * (places[half + 1] - places[half])
        assert dot.get_center() == pytest.approx(middle)
        expected += [half * A_STEP[way], descents[way][half].cost(*examples)]
    assert numbers(scene) == pytest.approx(expected)


def test_hasty_steps_stumble_and_careful_ones_do_not(descents, plane):
    def turns(networks):
        """Mean angle between steps that follow each other, in the valley."""
        steps = np.diff(plane.project(networks[-40:]).points, axis=0)
        angles = np.arctan2(*steps.T[::-1])
        return np.abs(np.angle(np.exp(1j * np.diff(angles)))).mean()

    assert turns(descents["hasty"]) > 10 * turns(descents["careful"])
