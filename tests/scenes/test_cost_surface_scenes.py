"""The ways down the cost surface are real descents, and every number on screen is the engine's."""

import numpy as np
import pytest

from nnviz import mnist
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.cost_surface import CostSurface
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.network import Network, ParameterPlane, one_hot

SECONDS = {"TODOInsertStepsDownCostSurface": 25, "SGDSteps": 13, "GradientDescentSteps": 22}


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
    scene.render()
    return scene


def numbers(scene):
    return [
        m.number for m in scene.get_mobject_family_members() if isinstance(m, QuickDecimalNumber)
    ]


@pytest.mark.parametrize(
    ("name", "kind", "way", "a_step"),
    [
        ("TODOInsertStepsDownCostSurface", CostSurface, "careful", 500),
        ("SGDSteps", CostMap, "hasty", 10),
        ("GradientDescentSteps", CostMap, "careful", 500),
    ],
)
def test_it_shows_a_real_descent(chapter, examples, descents, plane, name, kind, way, a_step):
    scene = ended(chapter, name)
    networks = descents[way]
    assert scene.clock == pytest.approx(SECONDS[name])
    (chart,) = [m for m in scene.mobjects if isinstance(m, kind)]
    assert chart.plane == plane
    assert chart.grid.costs[30, 30] == pytest.approx(
        plane.network_at(chart.grid.across[30], chart.grid.up[30]).cost(*examples), rel=1e-12
    )
    path = [m for m in chart if isinstance(m, CostPath)][-1]
    points, distances = plane.project(networks)
    assert path.points_on_plane == pytest.approx(points)
    assert path.distances == pytest.approx(distances)
    at_the_end = plane.network_at(*points[-1]).cost(*examples)
    steps = len(networks) - 1
    assert path.costs[-1] == pytest.approx(at_the_end, rel=1e-12)
    assert path.places[-1] == pytest.approx(chart.at(*points[-1]))
    assert sorted(numbers(scene)) == pytest.approx(
        sorted([steps, steps * a_step, at_the_end, networks[-1].cost(*examples)])
    )


@pytest.mark.parametrize(("name", "way"), [("SGDSteps", "hasty")])
def test_the_counters_go_with_the_dot(chapter, examples, descents, half_time, name, way):
    # The second play is the way down; at half time half of its length has been gone.
    scene = half_time(getattr(chapter("cost_surface"), name), 1)
    networks = descents[way]
    path = scene.map[-1]
    places = np.array([scene.map.at(*point) for point in path.points_on_plane])
    reached = np.cumsum([0, *np.linalg.norm(np.diff(places, axis=0), axis=1)])
    half = int(np.searchsorted(reached, reached[-1] / 2)) - 1
    share = (reached[-1] / 2 - reached[half]) / (reached[half + 1] - reached[half])
    middle = places[half] + share * (places[half + 1] - places[half])
    assert scene.dot.get_center() == pytest.approx(middle)
    shown = numbers(scene)
    assert shown[:2] == [half, half * 10]
    assert shown[2:] == pytest.approx([path.costs[half], networks[half].cost(*examples)])


def test_both_ways_are_on_one_surface(chapter, descents):
    # Where the careful way is shown, the hasty one is there to compare.
    scene = ended(chapter, "GradientDescentSteps")
    paths = [m for m in scene.map if isinstance(m, CostPath)]
    assert [len(path.costs) for path in paths] == [len(descents["hasty"]), 61]


def test_hasty_steps_stumble_and_careful_ones_do_not(descents, plane):
    def turns(networks):
        """Mean angle between steps that follow each other, in the valley."""
        steps = np.diff(plane.project(networks[-40:]).points, axis=0)
        angles = np.arctan2(*steps.T[::-1])
        return np.abs(np.angle(np.exp(1j * np.diff(angles)))).mean()

    assert turns(descents["hasty"]) > 10 * turns(descents["careful"])
