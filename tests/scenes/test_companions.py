"""The companions of the film on attention: every number on screen is what was computed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree

from nnviz._manim import temp_config
from nnviz.network import pretrained
from nnviz.render.source import import_file
from on_screen import is_rounded, numbers_of, played

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("RemembersWithGates", "GradientsWithSkips", "NoiseToData")

COMPANIONS = Path(__file__).parents[2] / "scenes" / "companions"


def module(name):
    """Import a file of scenes as Manim does."""
    return import_file(COMPANIONS / f"{name}.py")


def ended(folder, name, scene_class):
    """Return a scene that has run to its end, and what was to be read after each play."""
    options = {"dry_run": True, "pixel_width": 214, "pixel_height": 120, "frame_rate": 5}
    quiet = {"progress_bar": "none", "verbosity": "ERROR"}
    with temp_config({**options, **quiet, "media_dir": str(folder.mktemp("media"))}):
        scene = getattr(module(name), scene_class)(skip_animations=True)
        return scene, played(scene)


def unknown(seen, values):
    """Return the numbers on screen that are none of some values, rounded."""
    return {
        number for texts in seen for number in numbers_of(texts) if not is_rounded(number, values)
    }


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# --- a GRU remembers


@pytest.fixture(scope="module")
def remembers(tmp_path_factory):
    return ended(tmp_path_factory, "remembers_with_gates", "RemembersWithGates")


def gru(text):
    """Compute proposals, gates and states by NumPy alone, each of shape (letters, 2)."""
    nodes = pretrained("remember").nodes
    table = nodes["embedding"].layer.weights
    layers = {name: nodes[f"gru.0.{name}"].layer for name in ("reset_gate", "update_gate")}
    layers |= {name: nodes[f"gru.0.{name}"].layer for name in ("of_input", "of_hidden")}

    def dense(name, x):
        return layers[name].weights @ x + layers[name].biases

    state, found = np.zeros(2), []
    for letter in text:
        x = table["abcABC".index(letter)]
        both = np.concatenate([x, state])
        reset, gate = sigmoid(dense("reset_gate", both)), sigmoid(dense("update_gate", both))
        proposal = np.tanh(dense("of_input", x) + reset * dense("of_hidden", state))
        state = gate * state + (1 - gate) * proposal
        found.append((proposal, gate, state))
    return np.array(found).transpose(1, 0, 2)


def test_every_cell_of_the_gru_is_computed(remembers):
    scene, seen = remembers
    text = module("remembers_with_gates").TEXT
    proposals, gates, states = gru(text)
    for columns, values in ((scene.gates, gates), (scene.states, states)):
        shown = [[number.number for number in column.numbers] for column in columns]
        np.testing.assert_allclose(shown, values, atol=0.005)
    counted = [53, 1000, 1000 * scene.share_right(), 1]
    assert not unknown(
        seen, np.concatenate([proposals, gates, 1 - gates, states], axis=None).tolist() + counted
    )
    # All that was computed has been on screen.
    shown = [float(number) for texts in seen for number in numbers_of(texts)]
    for value in np.concatenate([proposals, gates, states], axis=None):
        assert np.abs(np.array(shown) - value).min() <= 0.005
    last = "".join(
        text[max(k for k in range(t + 1) if text[k].isupper())] for t in range(len(text))
    )
    assert "".join(scene.answer_row.texts) == last


def test_the_state_stays_where_the_gate_is_shut(remembers):
    scene, seen = remembers
    small = [t for t, letter in enumerate(module("remembers_with_gates").TEXT) if letter.islower()]
    for t in small:
        assert scene.gate(t).min() > 0.97
        np.testing.assert_allclose(scene.state(t), scene.state(t - 1), atol=0.01)
    # What is said of the proposals holds for all small letters, and they are the ones that go.
    assert scene.refused() == small
    assert "of 1,000 other rows 1,000 are right" in seen[-1][-1]
    assert 50 < scene.clock < 70


# --- gradients, without skips and with them


@pytest.fixture(scope="module")
def gradients(tmp_path_factory):
    return ended(tmp_path_factory, "gradients_with_skips", "GradientsWithSkips")


def forward_and_back(network, x, y, *, skips):
    """Compute cost, output and the gradients of all weights by NumPy alone."""
    layers = [network.nodes[f"layer{k}"].layer for k in range(1, 21)]
    last = network.nodes["out"].layer
    states, outs = [x], []
    for k, layer in enumerate(layers):
        outs.append(np.tanh(states[-1] @ layer.weights.T + layer.biases))
        states.append(outs[-1] + (states[-1] if skips and k else 0))
    said = sigmoid(states[-1] @ last.weights.T + last.biases)[:, 0]
    cost = -np.mean(y * np.log(said) + (1 - y) * np.log(1 - said))
    error = (said - y)[:, None] / len(x) @ last.weights
    found = []
    for k in reversed(range(20)):
        inside = error * (1 - outs[k] ** 2)
        found.append(inside.T @ states[k])
        error = inside @ layers[k].weights + (error if skips and k else 0)
    return cost, said, found[::-1]


def test_the_bars_are_the_gradients_of_both_networks(gradients):
    scene, seen = gradients
    allowed = [20, 10, 100, 1, -1, 0.05, 2, 0.5, 0, 25, 50, 75]
    for row, network in enumerate(scene.networks):
        cost, _, parts = forward_and_back(network, scene.points, scene.kinds, skips=bool(row))
        norms = [np.linalg.norm(part) for part in parts]
        np.testing.assert_allclose(scene.norms[row], norms, rtol=1e-9)
        heights = [bar.get_top()[1] - bar.get_bottom()[1] for bar in scene.bar_rows[row]]
        # Equal steps up are equal factors.
        np.testing.assert_allclose(np.diff(heights) * 8 / 1.9, np.diff(np.log10(norms)), atol=1e-6)
        assert scene.costs[row][0] == pytest.approx(cost)
        right = scene.n_right(scene.trained[row])
        allowed += [norms[0], norms[-1], cost, scene.costs[row][-1], right]
    ratio = scene.norms[1][0] / scene.norms[0][0]
    allowed.append(float(f"{ratio:.1e}"))
    assert not unknown(seen, allowed)


def test_without_skips_the_gradient_vanishes_and_with_them_it_stays(gradients):
    scene, _ = gradients
    plain, skips = scene.norms
    assert plain[0] < 1e-3 * plain[-1]
    assert skips[0] > 0.5 * skips[-1]
    assert skips[0] > 1e5 * plain[0]
    # The same layers in both.
    for k in range(1, 21):
        assert (
            scene.networks[0].nodes[f"layer{k}"].layer == scene.networks[1].nodes[f"layer{k}"].layer
        )
    for row, network in enumerate(scene.trained):
        cost, said, _ = forward_and_back(network, scene.points, scene.kinds, skips=bool(row))
        assert scene.costs[row][-1] == pytest.approx(cost)
        assert ((said > 0.5) == scene.kinds).sum() == scene.n_right(network)
    assert scene.costs[0][-1] == pytest.approx(np.log(2), abs=1e-3)
    assert scene.costs[1][-1] < 0.01
    assert (np.diff(scene.costs[1]) < 0).all()
    assert 50 < scene.clock < 70


@pytest.mark.parametrize("seed", [0, 4])
def test_it_is_no_luck_of_the_seed(gradients, seed):
    film = module("gradients_with_skips")
    scene, _ = gradients
    rng = np.random.RandomState(seed)
    scene.points, scene.kinds = film.moons(film.N_POINTS, rng)
    (plain, _), (skips, _) = (scene.train(network) for network in film.networks(rng))
    assert plain[-1] == pytest.approx(np.log(2), abs=2e-3)
    assert skips[-1] < 0.4


# --- noise becomes data


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    return ended(tmp_path_factory, "noise_to_data", "NoiseToData")


def said_by_hand(points, level):
    """Compute what the network says by NumPy alone."""
    values = np.column_stack([points, np.full(len(points), level)])
    layers = list(pretrained("denoise").layers)
    for layer in layers[:-1]:
        z = values @ layer.weights.T + layer.biases
        values = z * sigmoid(z)
    return values @ layers[-1].weights.T + layers[-1].biases


def test_points_go_where_the_network_says(noise):
    scene, seen = noise
    film = module("noise_to_data")
    points = scene.ways[0]
    for level, following in pairwise(film.LEVELS):
        points = points + (following - level) * said_by_hand(points, level)
    np.testing.assert_allclose(scene.points_shown.places, points, atol=1e-9)
    on_screen = scene.points_shown.points.reshape(film.N_POINTS, -1, 3)
    middles = (on_screen.min(axis=1) + on_screen.max(axis=1)) / 2
    np.testing.assert_allclose(middles, film.on_screen(points), atol=1e-6)

    t = np.linspace(0.25, 1, 20_000)[:, None]
    spiral = 2 * t * np.hstack([np.cos(3 * np.pi * t), np.sin(3 * np.pi * t)])
    far = [KDTree(spiral).query(some)[0] for some in (scene.ways[0], points)]
    assert far[0].mean() > 0.6
    assert far[1].mean() < 0.02
    near = (far[1] < 0.1).sum()
    assert near >= 195
    k = scene.shown_point()
    one = scene.data[k] + scene.noise[k]
    allowed = [*one, *said_by_hand([one], 1.0)[0], *scene.noise[k], near]
    allowed += [far[0].mean(), far[1].mean(), 200, 0.1, 1, 48, 24, 4994, *film.LEVELS, film.SHARP]
    assert not unknown(seen, allowed)
    np.testing.assert_allclose(far[1][np.argsort(far[1])[100]], 0.002, atol=0.002)


def test_the_data_lie_on_the_spiral_that_was_learnt(noise):
    scene, _ = noise
    assert scene.distances(scene.data).max() < 5e-4
    assert scene.distances(scene.ways[0]).mean() > 0.6
    # Noise has no point outside of the picture.
    film = module("noise_to_data")
    for points in (scene.data + scene.noise, scene.ways[0]):
        places = film.on_screen(points)
        assert places[:, 1].max() + 0.05 < scene.top
        assert places[:, 1].min() - 0.05 > scene.bottom


def test_arrows_show_what_the_network_says(noise):
    scene, _ = noise
    film = module("noise_to_data")
    for level in (1.0, 0.3):
        scene.set_field(level)
        wanted = -said_by_hand(scene.field.places, level)
        np.testing.assert_allclose(scene.field.vectors, wanted, atol=1e-9)
        corners = scene.field.points.reshape(len(wanted), 3, 4, 3)[:, :, 0, :2]
        way = corners[:, 1] - (corners[:, 0] + corners[:, 2]) / 2
        size = np.linalg.norm(wanted, axis=1)
        length = film.UNIT * film.LENGTH * np.minimum(size, 1.2)
        np.testing.assert_allclose(way, wanted * (length / size)[:, None], atol=1e-6)
        middles = (corners[:, 1] + (corners[:, 0] + corners[:, 2]) / 2) / 2
        np.testing.assert_allclose(middles, film.on_screen(scene.field.places)[:, :2], atol=1e-6)


def test_level_and_arrows_go_along_with_the_points(noise):
    scene, _ = noise
    film = module("noise_to_data")
    animation = scene.steps(1, len(film.LEVELS) - 1)
    # What is not in an animation's mobject may stand still on screen.
    members = animation.mobject.get_family()
    assert {scene.field, scene.points_shown, scene.level[1], scene.level[3]} <= set(members)
    animation.begin()
    animation.interpolate(0.5)
    step, rest = divmod(1 + (len(film.LEVELS) - 2) / 2, 1)
    level, following = film.LEVELS[int(step) : int(step) + 2]
    now = level + rest * (following - level)
    assert scene.level[1].number == pytest.approx(now)
    rail, bar = scene.level[2:]
    assert bar.get_length() / rail.get_length() == pytest.approx(now)
    says = said_by_hand(scene.field.places, level)
    np.testing.assert_allclose(scene.field.vectors, -says, atol=1e-9)
    before, after = scene.ways[int(step) : int(step) + 2]
    np.testing.assert_allclose(scene.points_shown.places, before + rest * (after - before))
    animation.interpolate(1)
    animation.finish()
