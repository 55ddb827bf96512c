"""What travels through a network is what the engine computes: w a forwards, and w dC/dz back."""

import numpy as np
import pytest
from manim import RIGHT, UP, ManimColor, VGroup

from nnviz import CostCurve, CostNumber, DecisionBoundary, Dense, Node
from nnviz.animations import Backpropagate, FeedForward, TakeStep
from nnviz.animations.pulses import ARRIVAL, Pulse
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.signals import signals_into
from nnviz.network import Add, Network, Snapshot
from nnviz.scene.nn_scene import NNScene

WEIGHTS = np.array([[1.0, -4.0, 2.0], [0.5, 3.0, -1.0]])  # from three inputs to two outputs
X, Y = np.array([0.5, 0.0, 1.0]), np.array([1.0, 0.0])


def picture(**style):
    return NetworkMobject(Network([Dense(WEIGHTS, [0.1, -0.2])]), **style).show_weights()


def pulses_of(animation):
    """Return the pulses of a group, however deep."""
    if isinstance(animation, Pulse):
        return [animation]
    return [one for part in getattr(animation, "animations", ()) for one in pulses_of(part)]


def begun(animation):
    animation.begin()
    animation.interpolate(0.0)
    return animation


def at_half_way(net, animation):
    """Return the front piece of the pulses when their fronts are half way."""
    begun(animation)
    animation.interpolate(ARRIVAL / 2)
    (pulse,) = pulses_of(animation)
    assert pulse.front(ARRIVAL / 2) == pytest.approx(0.5)
    return pulse.mobject[0]


def test_what_travels_is_weight_times_activation():
    net = picture()
    front = at_half_way(net, FeedForward(net, X, layers=[1]))
    products = (WEIGHTS * X).T.ravel()  # an input's edges lie next to each other
    shares = np.abs(products) / 4  # the strongest weight, of an input of 1
    assert shares.max() == pytest.approx(0.5)
    assert front.stroke_rgbas[:, 3] == pytest.approx(shares)
    assert front.widths == pytest.approx(5 * net.style.max_edge_width * shares)
    colors = {True: net.style.positive_color, False: net.style.negative_color}
    for rgb, product in zip(front.stroke_rgbas[:, :3], products, strict=True):
        if product:
            assert rgb == pytest.approx(ManimColor(colors[product > 0]).to_rgb())


def test_a_silent_neuron_sends_nothing_and_the_others_are_side_by_side():
    net = picture()
    front = at_half_way(net, FeedForward(net, X, layers=[1]))
    edges = net.edges
    assert front.ends == pytest.approx((edges.starts + edges.ends) / 2)
    assert not front.stroke_rgbas[2:4, 3].any()  # out of the second input, which is 0
    assert not front.widths[2:4].any()
    assert front.widths[[0, 1, 4, 5]].all()


def test_pulses_are_where_the_network_is():
    net = picture()
    animation = FeedForward(net, X, layers=[1])
    begun(animation)
    net.shift(2 * RIGHT + UP)
    animation.interpolate(ARRIVAL / 2)
    (pulse,) = pulses_of(animation)
    assert pulse.mobject[0].ends == pytest.approx((net.edges.starts + net.edges.ends) / 2)


def test_edges_are_faint_below_pulses_and_as_they_were_afterwards():
    net = picture()
    net.edges.set_stroke(opacity=0.8)
    before = net.edges.stroke_rgbas.copy()
    animation = begun(FeedForward(net, X, layers=[1]))
    animation.interpolate(0.5)
    assert net.edges.stroke_rgbas[:, 3] == pytest.approx(0.3 * 0.8)
    animation.finish()
    np.testing.assert_array_equal(net.edges.stroke_rgbas, before)


def test_what_else_changes_opacities_meanwhile_is_kept():
    net = picture()
    wanted = net.copy().highlight_path([0, 1])
    scene = NNScene(skip_animations=True)
    scene.add(net)
    scene.play(FeedForward(net, X), net.animate.highlight_path([0, 1]))
    assert net.edges.stroke_rgbas[:, 3] == pytest.approx(wanted.edges.stroke_rgbas[:, 3])


def test_one_colour_for_all_if_it_is_given():
    net = picture()
    front = at_half_way(net, FeedForward(net, X, layers=[1], color="#123456"))
    assert front.stroke_rgbas[:, :3] == pytest.approx(
        np.tile(ManimColor("#123456").to_rgb(), (6, 1))
    )


def test_errors_travel_back_as_parts_of_the_derivatives():
    net = picture()
    backward = net.network.backward_pass(X, Y)
    (delta,) = backward.errors
    parts = (WEIGHTS * delta[:, None]).T  # w dC/dz: the sum over outputs is dC/da of an input
    assert parts.sum(axis=1) == pytest.approx(backward.activation_gradients[0])
    animation = begun(Backpropagate(net, X, Y))
    (pulse,) = pulses_of(animation)
    half = 0.3 + 0.7 * ARRIVAL / 2  # the rings come first
    animation.interpolate(half)
    front = pulse.mobject[0]
    assert front.starts == pytest.approx((net.edges.starts + net.edges.ends) / 2)
    shares = np.abs(parts.ravel()) / (4 * np.abs(delta).max())
    assert front.stroke_rgbas[:, 3] == pytest.approx(shares)
    colors = {True: net.style.decrease_color, False: net.style.increase_color}
    for rgb, part in zip(front.stroke_rgbas[:, :3], parts.ravel(), strict=True):
        assert rgb == pytest.approx(ManimColor(colors[part > 0]).to_rgb())


def test_along_arrows_go_activations():
    halves = Dense([[0.5, 0.0], [0.0, 0.5]], [0.0, 0.0])
    nodes = {
        "a": Node(halves, ("x",)),
        "b": Node(halves, ("y",)),
        "sum": Node(Add(), ("a", "b")),
    }
    network = Network({"x": (2,), "y": (2,)}, nodes, "sum", "quadratic")
    net = NetworkMobject(network)
    forward = network.forward_pass({"x": [-0.6, 0.2], "y": [0.0, 0.0]})
    k = net.structure.index("sum")
    along = signals_into(net, k, net.per_layer(forward))
    arrows = [tie.path for tie in net.connections[k - 2]]
    assert [signal.lines for signal in along] == arrows
    source = net["a"]
    largest = np.abs(source.fractions(forward["a"])).max()
    assert [signal.strengths.item() for signal in along] == pytest.approx([-largest, 0.0])
    animation = begun(FeedForward(net, {"x": [-0.6, 0.2], "y": [0.0, 0.0]}, layers=["sum"]))
    animation.interpolate(0.4)
    sent, silent = (pulse.mobject[0] for pulse in pulses_of(animation))
    assert sent.get_stroke_color() == ManimColor(net.style.negative_color)
    assert sent.get_stroke_opacity() == pytest.approx(largest)
    assert silent.get_stroke_opacity() == 0


def test_passes_leave_nothing_behind():
    net = picture()
    scene = NNScene(skip_animations=True)
    scene.add(net)
    sizes = []
    for _ in range(3):
        scene.play(FeedForward(net, X, run_time=0.1))
        scene.play(Backpropagate(net, X, Y, run_time=0.1))
        sizes.append((len(scene.mobjects), len(net.get_family()), len(net.edges._known)))
    assert sizes[1] == sizes[2]
    assert scene.mobjects == [net]


# --- a step


def test_a_step_shows_where_each_weight_goes_and_settles():
    net = picture()
    network, style = net.network, net.style
    gradient = network.backprop(X, Y)
    changes = -0.3 * gradient.parts[0][0].T.ravel()
    weights = WEIGHTS.T.ravel()
    animation = begun(TakeStep(net, gradient, 0.3))
    animation.interpolate(0.45)  # between going there and settling
    most = np.abs(changes).max()
    shown = weights + changes * 0.8 * 4 / most
    assert net.edges.widths == pytest.approx(
        style.max_edge_width * np.minimum(np.abs(shown) / 4, 2.5)
    )
    for rgb, change, weight in zip(net.edges.stroke_rgbas[:, :3], changes, weights, strict=True):
        own = ManimColor(style.positive_color if weight > 0 else style.negative_color).to_rgb()
        asked = ManimColor(style.increase_color if change > 0 else style.decrease_color).to_rgb()
        share = abs(change) / most
        assert rgb == pytest.approx((1 - share) * own + share * asked, abs=1e-6)
    animation.finish()
    wanted = net.copy().show_weights(network.step(gradient, 0.3))
    np.testing.assert_array_equal(net.edges.stroke_rgbas, wanted.edges.stroke_rgbas)
    np.testing.assert_array_equal(net.edges.stroke_width, wanted.edges.stroke_width)


def test_the_cost_counts_down_to_that_of_the_new_network():
    net = picture()
    network, gradient = net.network, net.network.backprop(X, Y)
    cost = CostNumber((X, Y), decimals=5)
    assert cost.number.text == ""
    animation = begun(TakeStep(net, gradient, 0.3, panels=[cost]))
    after = network.step(gradient, 0.3).cost(X, Y)
    assert cost.number.text == f"{network.cost(X, Y):.5f}"
    shown = []
    for share in (0.2, 0.5, 0.7, 0.8, 0.9):
        animation.interpolate(share)
        shown.append(float(cost.number.text))
    assert shown[0] == pytest.approx(network.cost(X, Y), abs=1e-5)
    assert (np.diff(shown[1:]) < 0).all()
    animation.finish()
    assert cost.number.text == f"{after:.5f}"


def test_other_panels_follow_a_step_and_curves_do_not():
    net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    x, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
    gradient = net.network.backprop(x, y[:, None])
    boundary = DecisionBoundary(x, y, resolution=20)
    animation = begun(TakeStep(net, gradient, 5.0, panels=[boundary]))
    animation.finish()
    wanted = DecisionBoundary(x, y, resolution=20).show_network(net.network)
    for one, other in zip(boundary.measured, wanted.measured, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="CostCurve is a curve over the epochs"):
        TakeStep(net, gradient, panels=[CostCurve({"a": (x, y)})])


def test_a_cost_number_takes_one_example_or_many_and_stays_in_its_box():
    network = Network.random([2, 3, 2], seed=0)
    x, labels = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 0])
    many = CostNumber((x, labels), name="cost of both").show_network(network)
    assert many.number.text == f"{network.cost(x, [[0, 1], [1, 0]]):.3f}"
    one = CostNumber((x[0], [1, 0])).show_network(network)
    assert one.number.text == f"{network.cost(x[0], [1, 0]):.3f}"
    for panel in (many, one):
        name, number = panel[1:]
        assert name.get_right()[0] < number.get_left()[0]
        words = VGroup(name, number)
        assert (words.get_corner([-1, -1, 0]) >= panel.box.get_corner([-1, -1, 0]) - 1e-9).all()
        assert (words.get_corner([1, 1, 0]) <= panel.box.get_corner([1, 1, 0]) + 1e-9).all()
    with pytest.raises(ValueError, match="these reports say no cost"):
        CostNumber().expect([Snapshot(1, None, None, network)])
