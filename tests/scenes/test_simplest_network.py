"""The simplest network: every number is the engine's, and the page stays tidy to the end."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from manim import Wait, config

from nnviz.animations import FollowValue
from nnviz.network import Network
from weight_to_cost import WeightToCost
from whole_runs import run

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("SimplestNetworkExample",)

W, B, Z, A, A_PREV, Y, C = "w^{(L)}", "b^{(L)}", "z^{(L)}", "a^{(L)}", "a^{(L-1)}", "y", "C_0"
EXAMPLE = WeightToCost(Network.random([1, 1, 1, 1], seed=6), [0.5], [1.0])


def visible(part):
    stroke = part.get_stroke_opacity() if part.get_stroke_width() > 0.01 else 0
    return max(part.get_fill_opacity(), stroke) > 0.02


def box(mobject):
    return np.array([mobject.get_corner([-1, -1, 0])[:2], mobject.get_corner([1, 1, 0])[:2]])


def terms_on_screen(scene):
    """Return (TeX, box) of all visible terms, digits and words; not of those shrunk to nothing."""
    found = []
    for mobject in scene.get_mobject_family_members():
        tex = getattr(mobject, "tex_string", None)
        if not tex or any(hasattr(part, "tex_string") for part in mobject.submobjects):
            continue
        parts = mobject.family_members_with_points()
        if mobject.width > 1e-6 and any(visible(part) for part in parts):
            found.append((tex, box(mobject)))
    return found


def numbers_hidden(scene):
    """Return the numbers on screen that their neurons cover."""
    order = {id(m): i for i, m in enumerate(scene.get_mobject_family_members())}
    return [
        name
        for name, number in getattr(scene, "numbers", {}).items()
        if not order[id(scene.neurons[name])] < min(order.get(id(digit), -1) for digit in number)
    ]


class Record:
    """What was seen after every play of one run."""

    def __init__(self):
        self.terms, self.shakes, self.flickers, self.hidden = [], [], [], []
        self.scene = None

    def watch(self, scene_class):
        record = self

        class Watched(scene_class):
            def play(self, *args, **kwargs):
                if args and isinstance(args[0], FollowValue):
                    record.shakes.append(self.at_half_time(args[0]))
                super().play(*args, **kwargs)
                record.terms.append(terms_on_screen(self))
                record.hidden += [(len(record.terms) - 1, tex) for tex in numbers_hidden(self)]
                if args and isinstance(args[0], Wait) and args[0].run_time == 0.2:
                    record.flickers.append(
                        [self.neurons[name].get_fill_opacity() for name in (Y, A, A_PREV)]
                    )

            @staticmethod
            def at_half_time(shake):
                shake.begin()
                shake.interpolate(0.5)
                values = shake.mobject.values
                shake.finish()
                return values, shake.mobject.values

        self.scene = Watched(skip_animations=True)
        run(self.scene, scene_class.__name__)
        return self


@pytest.fixture(scope="module")
def record(chapter):
    """Run the scene once for all tests here."""
    return Record().watch(chapter("simplest_network").SimplestNetworkExample)


def test_it_runs_to_its_end_in_time(record):
    assert len(record.terms) == 221
    assert record.scene.clock == pytest.approx(242.2)


def test_it_shows_the_network_of_seed_6(record):
    scene = record.scene
    assert scene.network == EXAMPLE.network
    assert scene.network_mob.network == EXAMPLE.network
    activations = [a.item() for a in EXAMPLE.network.forward_pass([0.5]).activations]
    fills = [layer.neurons[0].get_fill_opacity() for layer in scene.network_mob.layers[1:]]
    assert fills == pytest.approx(activations[1:])
    assert [scene.numbers[name].number for name in (A, A_PREV, Y)] == pytest.approx(
        [activations[-1], activations[-2], 1.0]
    )


def test_edges_are_as_wide_as_their_weights_and_coloured_by_sign(record):
    edges, weights = record.scene.network_mob.edges[1:], EXAMPLE.network.weights[1:]
    for edge, weight in zip(edges, weights, strict=True):
        assert edge.get_stroke_width() == pytest.approx(2 * abs(weight.item()) * 8 / 10.8)
    red, blue = (edge.get_stroke_color().to_rgb() for edge in edges)
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_dots_stand_at_the_engines_values_while_the_weight_is_shaken_and_after(record):
    def values(w):
        links = EXAMPLE.links(w)
        return {W: links.w, Z: links.z, A: links.a, C: links.cost}

    assert len(record.shakes) == 8
    start = EXAMPLE.links().w
    for half_time, end in record.shakes:
        assert half_time == pytest.approx(values(start - 0.5), abs=1e-9)
        assert end == pytest.approx(values(start), abs=1e-9)


def test_the_flickering_examples_are_the_seeds(record):
    rng = np.random.RandomState(6)
    rng.randn(6)  # the network's
    expected = rng.random_sample((20, 3))
    expected[:, 0] = expected[:, 0].round()
    assert np.array(record.flickers) == pytest.approx(expected)


def test_no_neuron_ever_covers_its_number(record):
    assert record.hidden == []


def test_no_term_ever_lies_on_another(record):
    for step, terms in enumerate(record.terms):
        for (tex, one), (other_tex, other) in combinations(terms, 2):
            shared = np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])
            assert shared.min() < 0.01, f"{tex} lies on {other_tex} after play {step}"


def test_no_term_ever_leaves_the_frame(record):
    half = np.array([config.frame_width, config.frame_height]) / 2
    for step, terms in enumerate(record.terms):
        for tex, corners in terms:
            assert (np.abs(corners) < half).all(), f"{tex} is cut off after play {step}"


def test_nothing_is_left_behind(record):
    """At the end there are the two graphs, the last rule, three formulas and the labels."""
    graph = [W, A_PREV, B, Z, A, Y, C]
    before = ["w^{(L-1)}", "a^{(L-2)}", "b^{(L-1)}", "z^{(L-1)}"]
    rule = [
        rf"{{\partial {C}", r"\over", rf"\partial {A_PREV}}}", "=",
        rf"{{\partial {Z}", r"\over", rf"\partial {A_PREV}}}",
        rf"{{\partial {A}", r"\over", rf"\partial {Z}}}",
        rf"{{\partial {C}", r"\over", rf"\partial {A}}}",
    ]  # fmt: skip
    formulas = [
        C, "=", "(", A, "-", Y, ")", "^2",
        Z, "=", W, A_PREV, "+", B,
        A, "=", r"\sigma", "(", Z, ")",
    ]  # fmt: skip
    labels = [A, A_PREV, "a^{(L-2)}", Y]
    numbers = [*"0.66", *"0.48", *"0.32", *"1.00"]
    expected = Counter([*graph, *before, *rule, *formulas, *labels, *numbers])
    assert Counter(tex for tex, _ in record.terms[-1]) == expected
