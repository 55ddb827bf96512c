"""Train: edges between true states, a function of time alone, and the last state at the end."""

import numpy as np
import pytest
from manim import FadeIn, Scene, Square, Succession, smooth

from nnviz import Accuracy, CostCurve, DecisionBoundary, NetworkMobject, Recording, Train
from nnviz.network import Network, Snapshot
from nnviz.scene.nn_scene import NNScene

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0, 1, 1, 0])
NETWORK = Network.random([2, 4, 1], seed=1, cost="cross-entropy")


def training(epochs=6):
    return NETWORK.train(X, Y, epochs=epochs, optimizer="adam", learning_rate=0.2)


def panels():
    return [CostCurve({"a": (X, Y)}), Accuracy((X, Y)), DecisionBoundary(X, Y, resolution=20)]


def painted(network):
    edges = NetworkMobject(network).show_weights().edges
    return edges.stroke_rgbas, edges.stroke_width


def state(*mobjects):
    """Return all that is seen of mobjects."""
    parts = [part for mobject in mobjects for part in mobject.get_family()]
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width", "pixels")
    return [[np.array(getattr(part, name, 0.0)) for name in names] for part in parts]


def assert_same(one, other):
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)


def test_edges_are_blended_between_true_states():
    net, reports = NetworkMobject(NETWORK).show_weights(), list(training())
    train = Train(net, reports)
    train.begin()
    states = [painted(network) for network in (NETWORK, *(r.network for r in reports))]
    for position in (0, 1, 2.25, 3, 4.5, 6, 0.5):
        train.interpolate(position / 6)
        k = int(position)
        share = position - k
        for now, before, after in zip(
            (net.edges.stroke_rgbas, net.edges.stroke_width),
            states[k],
            states[min(k + 1, 6)],
            strict=True,
        ):
            np.testing.assert_allclose(now, before + share * (after - before), atol=1e-9)
        if 1 <= k < 6:
            assert net.network is reports[k - 1].network


def test_it_starts_from_what_is_shown():
    net = NetworkMobject(NETWORK)  # plain edges: the weights have not been shown
    plain = net.edges.stroke_width.copy()
    train = Train(net, training(2))
    train.begin()
    np.testing.assert_array_equal(net.edges.stroke_width, plain)
    train.interpolate(0.25)
    after = painted(train.course[0].network)[1]
    np.testing.assert_allclose(net.edges.stroke_width, (plain + after) / 2)


@pytest.mark.parametrize("count", [1, 3])
def test_played_again_it_starts_from_what_is_shown_then(count):
    reports = list(training(count))
    net = NetworkMobject(NETWORK).show_weights()
    train = Train(net, reports, example=X[1])
    last = reports[-1].network
    for start in (NETWORK, last, last):
        train.begin()
        assert net.network is start
        for position in (0, 0.25, 0.5, count - 0.75, 0, 0.5):
            train.interpolate(position / count)
            k = int(position)
            states = (start, *(report.network for report in reports))[k : k + 2]
            share = position - k
            for now, before, after in zip(
                (net.edges.stroke_rgbas, net.edges.stroke_width),
                *(painted(network) for network in states),
                strict=True,
            ):
                np.testing.assert_allclose(now, before + share * (after - before), atol=1e-9)
            before, after = (network.feedforward(X[1]) for network in states)
            np.testing.assert_allclose(
                net.layers[-1].activations, before + share * (after - before), atol=1e-12
            )
            assert net.network is states[0]
        train.finish()
        assert net.network is last


def test_neurons_show_an_example():
    reports = list(training(2))
    net = NetworkMobject(NETWORK, neuron_radius=0.45, neuron_buff=0.9).show_weights()
    net.show_values(NETWORK.forward_pass(X[0]))
    train = Train(net, reports, example=X[1])
    train.begin()
    passes = [network.forward_pass(X[1]) for network in (NETWORK, *(r.network for r in reports))]

    def shown():
        return [layer.activations for layer in net.layers]

    def assert_shown(wanted):
        for now, then in zip(shown(), wanted, strict=True):
            np.testing.assert_allclose(now, then, atol=1e-12)

    for k, forward in enumerate(passes):
        train.interpolate(k / 2)
        assert_shown(net.per_layer(forward))
        (output,) = net.values[-1]
        assert output.number == pytest.approx(forward.output.item())
    train.interpolate(0.75)
    between = zip(*map(net.per_layer, passes[1:]), strict=True)
    assert_shown([(before + after) / 2 for before, after in between])
    fills = [neuron.get_fill_opacity() for neuron in net.layers[-1].neurons]
    assert fills == pytest.approx(shown()[-1])
    train.finish()
    assert_shown(net.per_layer(passes[-1]))
    with pytest.raises(ValueError, match="x is a batch of 4, shape"):
        Train(net, reports, example=X)


def test_pictures_depend_on_the_time_alone():
    seen = []
    for times in ([0.63], [0.1, 0.2, 0.5, 0.63], [0.9, 1.0, 0.05, 0.63]):
        net, shown = NetworkMobject(NETWORK).show_weights(), panels()
        train = Train(net, training(), shown)
        train.begin()
        for time in times:
            train.interpolate(time)
        seen.append(state(net, *shown))
    assert_same(seen[0], seen[1])
    assert_same(seen[0], seen[2])


class Learns(NNScene):
    def construct(self):
        self.reports = list(training())
        self.net = NetworkMobject(NETWORK).show_weights()
        self.shown = panels()
        self.add(self.net, *self.shown)
        self.play(Train(self.net, self.reports, self.shown, run_time=1.3), FadeIn(Square()))


class LearnsAnywhere(Scene):
    construct = Learns.construct


@pytest.mark.parametrize("scene_class", [Learns, LearnsAnywhere])
def test_the_end_is_the_last_report_drawn_or_skipped(scene_class, picture):
    scenes = [scene_class(), scene_class(skip_animations=True)]
    for scene in scenes:
        scene.render()
    for scene in scenes:
        last = scene.reports[-1].network
        assert scene.net.network is last
        for now, expected in zip(
            (scene.net.edges.stroke_rgbas, scene.net.edges.stroke_width),
            painted(last),
            strict=True,
        ):
            np.testing.assert_array_equal(now, expected)
        cost, accuracy, _ = scene.shown
        assert [epoch for epoch, _ in cost.measured] == list(range(7))
        assert cost.measured[-1][1] == last.cost(X, Y)
        assert accuracy.number.text == f"{100 * last.accuracy(X, Y):.1f} %"
    assert_same(state(scenes[0].net, *scenes[0].shown), state(scenes[1].net, *scenes[1].shown))
    np.testing.assert_array_equal(picture(scenes[0]), picture(scenes[1]))


@pytest.mark.parametrize("scene_class", [Learns, LearnsAnywhere])
def test_neurons_stay_on_top_of_the_edges(scene_class):
    scene = scene_class(skip_animations=True)
    scene.render()
    family = list(scene.get_mobject_family_members())
    edges = family.index(scene.net.edges)
    assert all(family.index(n) > edges for layer in scene.net.layers for n in layer.neurons)


def test_at_half_time_half_of_the_reports_have_been_shown(half_time):
    scene = half_time(Learns, 0)
    # The third report has just been reached.
    assert scene.net.network is scene.reports[2].network


class LearnsWithNumbers(Learns):
    def construct(self):
        self.reports = list(training())
        self.net = NetworkMobject(NETWORK).show_weights().show_edge_values().show_biases()
        self.add(self.net)
        self.play(Train(self.net, self.reports, run_time=1.2))


def test_numbers_at_edges_are_those_of_the_last_report(half_time):
    scene = half_time(LearnsWithNumbers, 0)
    network = scene.net.network
    assert network is scene.reports[2].network
    seen = [number.number for group in scene.net.edge_values for number in group]
    assert seen == [w for matrix in network.weights for w in matrix.T.ravel()]
    biases = [number.number for group in scene.net.biases for number in group]
    assert biases == [b for vector in network.biases for b in vector]


def test_any_source_of_reports_will_do(tmp_path):
    reports = list(training())
    recording = Recording.of(reports)
    recording.save(tmp_path / "r.npz")
    ends = []
    for source in (reports, iter(reports), training(), Recording.load(tmp_path / "r.npz")):
        net = NetworkMobject(NETWORK)
        train = Train(net, source)
        train.begin()
        train.finish()
        ends.append(net)
    for net in ends:
        np.testing.assert_allclose(net.edges.stroke_width, ends[0].edges.stroke_width, rtol=1e-5)
        assert net.network.cost(X, Y) == pytest.approx(reports[-1].cost, rel=1e-5)


def test_one_training_after_another():
    class Twice(Scene):
        def construct(self):
            reports = list(training())
            self.net, self.cost = NetworkMobject(NETWORK), CostCurve({"a": (X, Y)})
            self.add(self.net, self.cost)
            self.play(
                Succession(
                    Train(self.net, reports[:3], [self.cost], run_time=0.4, rate_func=smooth),
                    Train(self.net, reports[3:], [self.cost], run_time=0.4),
                )
            )

    scene = Twice()
    scene.render()
    assert [epoch for epoch, _ in scene.cost.measured] == list(range(7))
    assert scene.net.network.cost(X, Y) == scene.cost.measured[-1][1]


def test_a_recording_from_epoch_0_is_not_shown_twice():
    cost = CostCurve({"a": (X, Y)})
    reports = [Snapshot(0, None, None, NETWORK), *training(2)]
    train = Train(NetworkMobject(NETWORK), reports, [cost])
    train.begin()
    train.finish()
    assert [epoch for epoch, _ in cost.measured] == [0, 1, 2]


def test_what_cannot_be_shown_is_said():
    net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    with pytest.raises(ValueError, match=r"of Network\(2-4-1.*picture is of Network\(2-3"):
        Train(net, training())
    with pytest.raises(ValueError, match="there are no reports"):
        Train(net, iter([]))
    unmeasured = [Snapshot(1, None, None, NETWORK)]
    with pytest.raises(ValueError, match="these reports say no cost: record it"):
        Train(NetworkMobject(NETWORK), unmeasured, [CostCurve()])
