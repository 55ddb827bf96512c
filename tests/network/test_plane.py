"""Planes in parameter space: their directions, what lies on them, and the cost on them."""

from itertools import product

import numpy as np
import pytest

from nnviz.network import (
    ACTIVATIONS,
    COSTS,
    Activate,
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Gradient,
    Layer,
    MaxPool2D,
    Network,
    NetworkError,
    ParameterPlane,
    check_parameter,
    plane_costs,
    pretrained,
)

RNG = np.random.RandomState(3)
POINTS = RNG.uniform(-1.5, 1.5, (7, 2))
#: Exponentials of exponentials leave the range of floats.
HIDDEN = [name for name, a in ACTIVATIONS.items() if a.axis is None and name != "exp"]
COSTED = [
    (HIDDEN[k % len(HIDDEN)], output, cost)
    for k, (output, cost) in enumerate(product(ACTIVATIONS, COSTS))
    if COSTS[cost].accepts(ACTIVATIONS[output])
]


class Scaled(Layer):
    """A layer of somebody's own."""

    kind = "scaled"
    parameter_names = ("factors",)

    def __init__(self, factors):
        self.factors = check_parameter(factors, "factors")

    def output_shape(self, input_shape):
        return input_shape

    def forward(self, x, rng=None):
        return x * self.factors**2, x

    def backward(self, memory, error):
        return error * self.factors**2

    def gradients(self, memory, error):
        return ((2 * error * memory * self.factors).sum(axis=0),)


def convolutional():
    rng = np.random.RandomState(0)
    return Network(
        [
            Conv2D.random(2, 3, 3, rng, activation="relu"),
            BatchNorm(rng.rand(3) + 0.5, rng.randn(3), rng.randn(3), rng.rand(3) + 0.5),
            MaxPool2D(2),
            Conv2D.random(3, 4, 2, rng, activation="tanh"),
            Flatten(),
            Dropout(0.5),
            Dense.random(16, 5, rng, "relu"),
            Dense.random(5, 3, rng, "softmax"),
        ],
        "cross-entropy",
        (2, 8, 8),
    )


def odd():
    rng = np.random.RandomState(0)
    return Network(
        [
            Flatten(),
            Activate("tanh"),
            Scaled(rng.randn(12)),
            Dense.random(12, 4, rng, "relu"),
            BatchNorm(rng.rand(4), rng.randn(4), rng.randn(4), rng.rand(4)),
            Dense.random(4, 2, rng, "sigmoid"),
        ],
        input_shape=(3, 2, 2),
    )


def normalised():
    """The first parameters are those of a norm, by channels of images."""
    rng = np.random.RandomState(0)
    return Network(
        [
            BatchNorm(rng.rand(2) + 0.5, rng.randn(2), rng.randn(2), rng.rand(2) + 0.5),
            Conv2D.random(2, 3, 2, rng, activation="tanh"),
            Flatten(),
            Dense.random(12, 2, rng, "sigmoid"),
        ],
        input_shape=(2, 3, 3),
    )


def examples(network, n=9):
    rng = np.random.RandomState(1)
    x = rng.randn(n, *network.input_shape)
    return x, rng.uniform(0.1, 0.9, (n, *network.output_shape))


def assert_costs(plane, x, y, points=POINTS):
    wanted = [plane.network_at(*point).cost(x, y) for point in points]
    np.testing.assert_allclose(plane.costs(x, y, points), wanted, rtol=1e-12)


# --- the cost


@pytest.mark.parametrize(("hidden", "output", "cost"), COSTED)
def test_costs_are_the_networks_of_dense_layers(hidden, output, cost):
    network = Network.random([4, 5, 3, 3], 0, activations=[hidden, hidden, output], cost=cost)
    assert_costs(ParameterPlane.random(network), *examples(network))


@pytest.mark.parametrize("make", [convolutional, odd, normalised])
def test_costs_are_the_networks_of_all_layers(make):
    network = make()
    directions = np.random.RandomState(2).randn(2, network.n_parameters) * 0.1
    assert_costs(ParameterPlane(network, directions), *examples(network))


def test_costs_are_the_networks_of_the_trained_ones():
    rng = np.random.RandomState(0)
    for name, shape in (("dense", (784,)), ("cnn", (1, 28, 28))):
        x, y = rng.rand(30, *shape), np.eye(10)[rng.randint(0, 10, 30)]
        assert_costs(ParameterPlane.random(pretrained(name)), x, y)


@pytest.mark.parametrize("make", [convolutional, lambda: Network.random([4, 5, 3], 0)])
def test_however_few_are_computed_at_a_time(make, monkeypatch):
    network = make()
    x, y = examples(network)
    plane = ParameterPlane.random(network)
    wanted = plane.costs(x, y, POINTS)
    for numbers in (1, 13, 300):
        monkeypatch.setattr(plane_costs, "_AT_A_TIME", numbers)
        monkeypatch.setattr(plane_costs, "_EXAMPLES", 1 + numbers // 100)
        np.testing.assert_allclose(plane.costs(x, y, POINTS), wanted, rtol=1e-13)


def test_a_single_example_and_points_of_any_shape():
    network = Network.random([2, 3, 1], 0)
    plane = ParameterPlane.random(network)
    costs = plane.costs([0.5, -1.0], [1.0], POINTS[:6].reshape(2, 3, 2))
    assert costs.shape == (2, 3)
    assert costs[1, 2] == pytest.approx(plane.network_at(*POINTS[5]).cost([0.5, -1.0], [1.0]))
    assert plane.costs([0.5, -1.0], [1.0], (0, 0)).shape == ()


def test_what_leaves_the_range_of_floats_is_infinite():
    network = Network.random([1, 2, 1], 0, activations="identity")
    plane = ParameterPlane.random(network)
    assert np.isinf(plane.costs([[1.0]], [[0.0]], [(1e150, 3e150)])).all()


def test_a_grid_is_laid_out_as_it_says():
    network = Network.random([2, 3, 1], 0)
    x, y = examples(network)
    plane = ParameterPlane.random(network)
    grid = plane.cost_grid(x, y, ((-1, 1), (0, 3)), (5, 4))
    assert grid.across == pytest.approx([-1, -0.5, 0, 0.5, 1])
    assert grid.up == pytest.approx([0, 1, 2, 3])
    assert grid.costs.shape == (4, 5)
    assert grid.costs[3, 1] == pytest.approx(plane.network_at(-0.5, 3).cost(x, y), rel=1e-12)
    assert grid.costs[0, 2] == pytest.approx(network.cost(x, y), rel=1e-12)


# --- directions


def test_filters_of_random_directions_are_as_long_as_the_networks():
    network = convolutional()
    plane = ParameterPlane.random(network, seed=4)
    for vector in plane.directions:
        parts = Gradient.from_vector(vector, network.parameter_shapes).parts
        for layer, part in zip(network.layers, parts, strict=True):
            for own, drawn in zip(layer.parameters, part, strict=True):
                if own.ndim == 1:
                    assert not drawn.any()
                    continue
                norms = [np.linalg.norm(a.reshape(len(a), -1), axis=1) for a in (own, drawn)]
                assert norms[1] == pytest.approx(norms[0])
    assert plane == ParameterPlane.random(network, seed=4)
    assert plane != ParameterPlane.random(network, seed=5)
    assert len({plane, ParameterPlane.random(network, seed=4)}) == 1


def test_the_gradient_leads_uphill_and_the_other_direction_along():
    network = Network.random([3, 4, 2], 1)
    x, y = examples(network)
    plane = ParameterPlane.gradient(network, x, y)
    first, second = plane.directions
    lengths = np.linalg.norm(plane.directions, axis=1)
    assert lengths == pytest.approx(np.full(2, np.linalg.norm(network.flatten())))
    assert first @ second == pytest.approx(0, abs=1e-12 * lengths[0] ** 2)
    h = 1e-6
    slope = np.diff(plane.costs(x, y, [(-h, 0), (h, 0), (0, -h), (0, h)]))[[0, 2]] / (2 * h)
    assert slope[0] == pytest.approx(network.backprop(x, y).norm * lengths[0], rel=1e-6)
    assert slope[1] == pytest.approx(0, abs=1e-6 * slope[0])


def test_a_plane_goes_through_its_networks():
    a, b, c = (Network.random([2, 3, 2], seed) for seed in range(3))
    plane = ParameterPlane.through(a, b, c)
    points, distances = plane.project([a, b, c])
    assert points[:2] == pytest.approx(np.array([(0, 0), (1, 0)]))
    assert points[2, 1] > 0
    assert distances == pytest.approx(np.zeros(3), abs=1e-12)
    first, second = plane.directions
    assert first @ second == pytest.approx(0, abs=1e-12)
    assert np.linalg.norm(second) == pytest.approx(np.linalg.norm(first))
    # Distances on the plane are those of parameter space.
    away = np.linalg.norm(c.flatten() - b.flatten()) / np.linalg.norm(first)
    assert np.linalg.norm(points[2] - points[1]) == pytest.approx(away)


def test_a_plane_through_two_networks_has_a_random_second_direction():
    a, b = (Network.random([2, 3, 2], seed) for seed in range(2))
    planes = [ParameterPlane.through(a, b, seed=seed) for seed in (0, 0, 1)]
    assert planes[0] == planes[1] != planes[2]
    for plane in planes:
        assert plane.project([a, b]).points == pytest.approx(np.array([(0, 0), (1, 0)]))
        assert plane.directions[0] @ plane.directions[1] == pytest.approx(0, abs=1e-12)


def test_principal_directions_find_the_plane_of_a_path():
    network = Network.random([3, 4, 2], 0)
    rng = np.random.RandomState(5)
    basis, _ = np.linalg.qr(rng.randn(network.n_parameters, 2))
    turns = np.linspace(0, 4, 30)
    inside = np.stack([(5 - turns) * np.cos(turns), 0.5 * (5 - turns) * np.sin(turns)], axis=1)
    path = network.flatten() + (inside - inside[-1]) @ basis.T
    plane = ParameterPlane.principal(path, origin=network)
    assert np.linalg.svd(basis.T @ plane.directions.T)[1] == pytest.approx([1, 1])
    assert plane.directions @ plane.directions.T == pytest.approx(np.eye(2), abs=1e-12)
    points, distances = plane.project(path)
    assert distances == pytest.approx(np.zeros(30), abs=1e-10)
    assert points[-1] == pytest.approx([0, 0], abs=1e-10)
    # More of the variance along the first, and both are uncorrelated, as principal components are.
    covariance = np.cov(points.T)
    assert covariance[0, 0] > covariance[1, 1]
    assert covariance[0, 1] == pytest.approx(0, abs=1e-9 * covariance[0, 0])
    # It comes from the upper left.
    assert points[0, 0] < 0 < points[0, 1]
    networks = [network.with_parameters(vector) for vector in path]
    again = ParameterPlane.principal(iter(networks))
    assert again.origin == networks[-1]
    np.testing.assert_allclose(again.directions, plane.directions, atol=1e-9)


def test_projections_are_the_nearest_points():
    network = Network.random([2, 3, 1], 0)
    # At an angle, so that coordinates are not just inner products.
    u = np.random.RandomState(1).randn(network.n_parameters)
    v = u + 0.3 * np.random.RandomState(2).randn(network.n_parameters)
    plane = ParameterPlane(network, [u, Gradient.from_vector(v, network.parameter_shapes)])
    other = Network.random([2, 3, 1], 1)
    (point,), (distance,) = plane.project([other])
    rest = other.flatten() - plane.parameters(point)
    assert plane.directions @ rest == pytest.approx(np.zeros(2), abs=1e-9)
    assert distance == pytest.approx(np.linalg.norm(rest))
    assert plane.project(other.flatten()[None]).points[0] == pytest.approx(point)


def test_spans_hold_a_path_with_a_margin():
    network = Network.random([2, 3, 1], 0)
    plane = ParameterPlane.random(network)
    path = [plane.network_at(a, b) for a, b in [(0, 0), (2, 1)]]
    for span, wanted in zip(plane.spans(path, 0.5), [(-1, 3), (-1.5, 2.5)], strict=True):
        assert span == pytest.approx(wanted)
    for span, wanted in zip(
        plane.spans(path, 0.1, square=False), [(-0.2, 2.2), (-0.1, 1.1)], strict=True
    ):
        assert span == pytest.approx(wanted)


# --- what is wrong is said


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda n: ParameterPlane(n, np.ones((2, 3))), "13 numbers span a plane"),
        (lambda n: ParameterPlane(n, [np.ones(13)]), "two vectors"),
        (lambda n: ParameterPlane(n, [np.ones(13), -2 * np.ones(13)]), "parallel"),
        (lambda n: ParameterPlane(n, [np.ones(13), np.zeros(13)]), "no length"),
        (lambda n: ParameterPlane(n, [np.ones(13), np.full(13, np.nan)]), "NaN"),
        (lambda n: ParameterPlane.through(n), "two or three networks, not 1"),
        (lambda n: ParameterPlane.through(n, n), "one and the same"),
        (
            lambda n: ParameterPlane.through(
                n, n.with_parameters(n.flatten() + 1), n.with_parameters(n.flatten() - 2)
            ),
            "parallel",
        ),
        (lambda n: ParameterPlane.through(n, Network.random([2, 4, 1], seed=0)), "does not lie in"),
        (lambda n: ParameterPlane.through(n, "n"), "network 1 is a str"),
        (lambda n: ParameterPlane.principal([n, n]), "three networks or more, not 2"),
        (lambda n: ParameterPlane.principal([]), "three networks or more, not 0"),
        (lambda n: ParameterPlane.principal([n, n, n]), "one line"),
        (lambda n: ParameterPlane.principal(np.ones((4, 13))), "origin"),
        (lambda n: ParameterPlane.random(n).project(np.ones((4, 12))), r"\(n, 13\), not \(4, 12\)"),
        (lambda n: ParameterPlane.random(n).spans([]), "no place"),
        (lambda n: ParameterPlane.random(n).costs([[0, 1]], [1], [1.0]), r"\(..., 2\)"),
        (lambda n: ParameterPlane.random(n).cost_grid([[0, 1]], [1], ((0, 0), (0, 1))), "span"),
        (lambda n: ParameterPlane.random(n).cost_grid([[0, 1]], [1], resolution=1), "2 or more"),
        (lambda n: ParameterPlane.random(n).cost_grid([[0, 1, 2]], [1]), "x: must have shape"),
    ],
)
def test_bad_input(act, words):
    with pytest.raises(NetworkError, match=words):
        act(Network.random([2, 3, 1], 0))


def test_no_gradient_no_direction():
    network = Network.dense([[[1.0]]], [[0.0]], "identity")
    with pytest.raises(NetworkError, match="zero here"):
        ParameterPlane.gradient(network, [[1.0]], [[1.0]])


# --- kept results


@pytest.fixture
def counted(monkeypatch):
    """Forget what is kept in memory, and count what is computed."""
    plane_costs._memory.clear()
    calls = []
    plain = ParameterPlane.costs

    def costs(self, *args):
        calls.append(args)
        return plain(self, *args)

    monkeypatch.setattr(ParameterPlane, "costs", costs)
    return calls


def question(seed=0, x=((0.0, 1.0), (1.0, 0.5)), y=(1.0, 0.0), **options):
    plane = ParameterPlane.random(Network.random([2, 3, 1], seed))
    return plane.cost_grid(np.array(x), np.array(y), resolution=5, **options).costs


def test_equal_questions_are_answered_from_memory(counted):
    first = question()
    assert question() is first
    assert len(counted) == 1
    assert not first.flags.writeable


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"x": ((0.0, 1.0), (1.0, 0.6))},
        {"y": (1.0, 0.1)},
        {"spans": ((-1, 1), (-1, 2))},
    ],
)
def test_other_questions_are_not(other, counted, tmp_path):
    first = question(folder=tmp_path)
    assert not np.array_equal(question(**other, folder=tmp_path), first)
    assert len(counted) == len(list(tmp_path.iterdir())) == 2


def test_a_later_run_reads_the_file(counted, tmp_path):
    first = question(folder=tmp_path / "new" / "folder")
    plane_costs._memory.clear()
    again = question(folder=tmp_path / "new" / "folder")
    assert len(counted) == 1
    np.testing.assert_array_equal(again, first)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-30]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"costs", b"costz")),
        lambda file: np.savez(file, costs=np.zeros((4, 4))),
        lambda file: np.savez(file, costs=np.array([object()], dtype=object)),
        lambda file: np.savez(file, costs=np.zeros((5, 5), np.float32)),
    ],
)
def test_a_damaged_file_is_computed_anew_and_replaced(damage, counted, tmp_path):
    first = question(folder=tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    damage(file)
    plane_costs._memory.clear()
    np.testing.assert_array_equal(question(folder=tmp_path), first)
    assert len(counted) == 2
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_error(counted, tmp_path):
    (tmp_path / "file").touch()
    question(folder=tmp_path / "file" / "below")
    assert len(counted) == 1


def test_another_version_of_the_engine_computes_anew(counted, tmp_path, monkeypatch):
    question(folder=tmp_path)
    plane_costs._memory.clear()
    monkeypatch.setattr(plane_costs, "_version", lambda: "another")
    question(folder=tmp_path)
    assert len(counted) == 2


def test_functions_of_ones_own_are_kept_in_memory_alone(counted, tmp_path):
    own = Activation("own", lambda z: z**2, lambda z, a, d: 2 * z * d)
    network = Network.random([2, 3, 1], 0, activations=[own, "sigmoid"])
    for _ in range(2):
        plane = ParameterPlane.random(network)
        plane.cost_grid([[0.0, 1.0]], [1.0], resolution=3, folder=tmp_path)
    assert len(counted) == 1
    assert not list(tmp_path.iterdir())


def test_old_files_go(counted, tmp_path, monkeypatch):
    monkeypatch.setattr(plane_costs, "_KEPT_FILES", 2)
    for seed in range(4):
        question(seed=seed, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
