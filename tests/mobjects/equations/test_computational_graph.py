"""Computational graphs: nodes by name, lines between them, dots where the engine puts them."""

import numpy as np
import pytest

from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.equations.formula import layer_before
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.network import Network, sigmoid

W, B, Z, A, A_PREV, C = "w^{(L)}", "b^{(L)}", "z^{(L)}", "a^{(L)}", "a^{(L-1)}", "C_0"


@pytest.fixture
def graph():
    return ComputationalGraph(
        [[W, A_PREV, B], [Z], [A], [C]],
        [(W, Z), (A_PREV, Z), (B, Z), (Z, A), (A, C), ("y", C)],
        beside={"y": A},
    )


@pytest.fixture
def lined(graph):
    for name in (W, Z, A):
        graph.add_line(name, ValueLine(0.5).shift(graph.node(name).get_center()))
    return graph.add_line(C, ValueLine(0.1, (0, 0.5, 0.1)))


def test_causes_stand_over_effects_and_lines_lead_from_one_to_the_other(graph):
    for cause, effect in [(W, Z), (A_PREV, Z), (B, Z), (Z, A), (A, C), ("y", C)]:
        line, top, bottom = graph.edge(cause, effect), graph.node(cause), graph.node(effect)
        assert np.linalg.norm(line.get_start() - top.get_bottom()) == pytest.approx(0.1)
        assert np.linalg.norm(line.get_end() - bottom.get_top()) == pytest.approx(0.1)
        assert top.get_bottom()[1] > bottom.get_top()[1]


def test_rows_are_centred_and_a_node_beside_is_not_counted(graph):
    row = [graph.node(name) for name in (W, A_PREV, B)]
    middle = (row[0].get_left()[0] + row[-1].get_right()[0]) / 2
    xs = [middle, *(graph.node(name).get_x() for name in (Z, A, C))]
    assert xs == pytest.approx([xs[0]] * 4)
    assert graph.node("y").get_right()[0] < graph.node(A).get_left()[0]
    assert graph.node("y").get_bottom()[1] == pytest.approx(graph.node(A).get_bottom()[1])


def test_edges_into_are_all_that_a_node_depends_on(graph):
    assert list(graph.edges_into(Z)) == [graph.edge(name, Z) for name in (W, A_PREV, B)]
    assert list(graph.edges_into(C)) == [graph.edge(A, C), graph.edge("y", C)]
    assert len(graph.edges_into(W)) == 0


def test_a_path_follows_the_edges(graph):
    assert list(graph.path(W, Z, A, C)) == [graph.node(name) for name in (W, Z, A, C)]
    assert list(graph.edges_along(Z, A, C)) == [graph.edge(Z, A), graph.edge(A, C)]


@pytest.mark.parametrize("names", [(W, A), (Z, W), (W, Z, C)])
def test_a_path_without_an_edge_is_refused(graph, names):
    with pytest.raises(ValueError, match="no edge from"):
        graph.path(*names)


def test_unknown_nodes_and_names_given_twice_are_refused(graph):
    with pytest.raises(ValueError, match=r"no node x; the nodes are w"):
        graph.node("x")
    with pytest.raises(ValueError, match="no node x"):
        ComputationalGraph([["w"], ["z"]], [("w", "x")])
    with pytest.raises(ValueError, match="w is there twice"):
        ComputationalGraph([["w", "w"], ["z"]], [])


def test_copies_have_parts_of_their_own(lined):
    copy = lined.copy().shift([1, 0, 0])
    copy.show_values({W: 0.25})
    copy.remove_lines()
    assert copy.node(Z).get_x() == pytest.approx(lined.node(Z).get_x() + 1)
    assert copy.edge(W, Z).get_start()[0] == pytest.approx(lined.edge(W, Z).get_start()[0] + 1)
    assert lined.values == pytest.approx({W: 0.5, Z: 0.5, A: 0.5, C: 0.1})
    assert copy.values == {}


def test_a_subgraph_has_the_same_places_and_lines_that_lead_on(graph):
    graph.scale(0.8).shift([2, 1, 0])
    sub = graph.subgraph([W, A_PREV, B, Z], rename=layer_before)
    for name in (W, A_PREV, B, Z):
        node = sub.node(layer_before(name))
        np.testing.assert_allclose(node.get_center(), graph.node(name).get_center())
        assert node.height == pytest.approx(graph.node(name).height)
    assert len(sub.edges) == 4
    np.testing.assert_allclose(sub.edge(layer_before(Z), A_PREV).points, graph.edge(Z, A).points)
    sub.shift([5, 0, 0])
    assert graph.edge(W, Z).get_start()[0] < 5
    assert len(graph.edges) == 6


def test_a_node_has_one_line(lined):
    with pytest.raises(ValueError, match="has a number line already"):
        lined.add_line(Z, ValueLine(0.5))
    with pytest.raises(ValueError, match="y has no number line"):
        lined.line("y")
    assert lined.remove_lines().add_line(Z, ValueLine(0.25)).values == {Z: pytest.approx(0.25)}


@pytest.mark.every(5)
@pytest.mark.parametrize("w", np.linspace(0, 1, 11))
@pytest.mark.parametrize("scale", [1.0, 0.7])
def test_at_any_weight_the_dots_stand_at_the_engines_values(lined, w, scale):
    network = Network.random([1, 1, 1, 1], seed=6)
    *front, last = network.layers
    changed = network.replace(layers=[*front, last.replace(weights=[[w]])])
    forward = changed.forward_pass([0.5])
    links = {Z: forward.zs[-1].item(), A: forward.output.item(), C: changed.cost([0.5], [1.0])}
    lined.scale(scale).show_values({W: w, "y": 1.0} | links)
    # What the formulas on screen say, from the layer before.
    a_prev = network.forward_pass([0.5]).activations[-2].item()
    z = w * a_prev + network.biases[-1].item()
    a = sigmoid(z)
    assert lined.values == pytest.approx({W: w, Z: z, A: a, C: (a - 1) ** 2}, abs=1e-9)
