"""Dropout on screen: which neurons a real pass of training silences, and their lines."""

import numpy as np
import pytest
from manim import Transform

from nnviz.mobjects.network import NetworkMobject
from nnviz.network import Dense, Dropout, Network

X = [0.1, 0.9, 0.5]


@pytest.fixture(scope="module")
def network():
    rng = np.random.RandomState(3)
    layers = [Dense.random(3, 6, rng, "relu"), Dropout(0.5), Dense.random(6, 2, rng, "softmax")]
    return Network(layers, "cross-entropy", (3,))


@pytest.fixture(scope="module")
def forward(network):
    return network.forward_pass(X, rng=np.random.RandomState(1))


def looks(net):
    return [
        (part.fill_rgbas.copy(), part.stroke_rgbas.copy())
        for part in (*net.layers.family_members_with_points(), net.edges, *net.connections[1])
    ]


def crosses_of(net):
    return [cross.get_stroke_opacity() for group in net.dropped for cross in group]


def crossed_out(net):
    return np.array(crosses_of(net)) == 1


def assert_alike(ones, others):
    for one, other in zip(ones, others, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-9)


def test_a_pass_as_in_training_says_what_it_silenced(network, forward):
    dropped = forward.dropped["dropout1"]
    rng = np.random.RandomState(1)
    wanted, factors = network.layers[1].forward(forward["dense1"][None], rng)
    np.testing.assert_array_equal(dropped, factors[0] == 0)
    np.testing.assert_array_equal(forward["dropout1"], wanted[0])
    assert 0 < dropped.sum() < 6
    assert network.forward_pass(X).dropped == {}
    batch = network.forward_pass([X, X], rng=np.random.RandomState(1))
    assert batch.dropped["dropout1"].shape == (2, 6)


def test_silenced_neurons_are_crossed_out_with_their_lines(network, forward):
    net = NetworkMobject(network).show_weights().show_activations(forward)
    before = net.edges.stroke_rgbas[:, 3].copy()
    net.show_dropout(forward)
    dropped = forward.dropped["dropout1"]
    np.testing.assert_array_equal(crossed_out(net), dropped)
    assert [len(group) for group in net.dropped] == [0, 0, 6, 0]
    for cross, unit in zip(net.dropped[2][:], range(6), strict=True):
        if not dropped[unit]:
            continue
        neuron = net.layers[2].neuron_of(unit)
        np.testing.assert_allclose(cross.get_center(), neuron.get_center(), atol=1e-9)
        assert cross.width < 0.5 * neuron.width
        assert neuron.get_stroke_opacity() == pytest.approx(net.style.dim_opacity)
    share = net.edges.stroke_rgbas[:, 3] / before
    into = share[:18]
    out = share[18:].reshape(6, 2)
    assert (into == 1).all()
    assert (out[dropped] < 0.1).all()
    assert (out[~dropped] == 1).all()
    ties = net.connections[1][0].stroke_rgbas[:, 3]
    assert (ties[dropped] < 0.1).all()
    assert (ties[~dropped] == 1).all()
    # Whatever is computed, a silenced neuron shows nothing; weights may change meanwhile.
    net.show_activations([X, np.ones(6), np.ones(6), np.ones(2)]).show_weights()
    fills = [neuron.get_fill_opacity() for neuron in net.layers[2].neurons]
    np.testing.assert_array_equal(fills, ~dropped)
    assert (net.edges.stroke_rgbas[18:, 3].reshape(6, 2)[dropped] < 0.1).all()


def test_it_is_undone(network, forward):
    net = NetworkMobject(network).show_weights().show_activations(network.forward_pass(X))
    before = looks(net)
    net.show_dropout(forward).hide_dropout()
    assert_alike(before, looks(net))
    assert not len(net.dropped)
    other = network.forward_pass(X, rng=np.random.RandomState(5))
    net.show_dropout(forward).show_dropout(other)  # a mask replaces another
    np.testing.assert_array_equal(crossed_out(net), other.dropped["dropout1"])
    copy = net.copy().hide_dropout()
    assert_alike(before, looks(copy))
    assert len(net.dropped[2])


def test_animations_end_as_the_methods_do(network, forward):
    net = NetworkMobject(network).show_weights().show_activations(forward)
    plain, other = net.copy(), network.forward_pass(X, rng=np.random.RandomState(5))
    for change in (
        lambda one: one.show_dropout(forward),
        lambda one: one.show_dropout(other),
        lambda one: one.hide_dropout(),
    ):
        wanted = change(net.copy())
        move = change(net.animate).build()
        move.begin()
        start = crosses_of(net)
        move.interpolate(0.5)
        if start:  # half of the way from what there was
            between = (np.array(start) + (crosses_of(wanted) or np.zeros(6))) / 2
            np.testing.assert_allclose(crosses_of(net), between, atol=0.01)
        move.finish()
        move.clean_up_from_scene(_Stage())
        assert_alike(looks(wanted), looks(net))
        assert len(wanted.dropped) == len(net.dropped)
        if len(wanted.dropped):
            np.testing.assert_array_equal(crossed_out(wanted), crossed_out(net))
    assert_alike(looks(plain), looks(net))
    turned = Transform(plain, plain.copy().show_dropout(forward))
    turned.begin()
    turned.finish()
    assert len(plain.dropped)


class _Stage:
    """A scene as far as the end of an animation needs one."""

    def remove(self, *mobjects):
        return self


def test_what_is_no_mask_is_refused(network, forward):
    net = NetworkMobject(network)
    with pytest.raises(ValueError, match=r"shows no dropout.*rng"):
        net.show_dropout(network.forward_pass(X))
    with pytest.raises(ValueError, match=r"shape \(2, 6\), not \(6,\)"):
        net.show_dropout({"dropout1": np.zeros((2, 6))})
    with pytest.raises(ValueError, match=r"'dense1' is no dropout.*dropout1"):
        net.show_dropout({"dense1": np.zeros(6)})
    with pytest.raises(ValueError, match="hide_path"):
        net.copy().highlight_path([0, 0, 0, 0]).show_dropout(forward)
    with pytest.raises(ValueError, match="hide_dropout"):
        net.copy().show_dropout(forward).highlight_path([0, 0, 0, 0])
