"""Every number of the scene on one score, read off the screen, is the engine's."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz import attention_head, pretrained
from nnviz._manim import temp_config
from on_screen import is_rounded, numbers_of, played

TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
LABELS = [-1] * 13 + [6]
SCORES, PATTERN = "block0.attention.scores", "block0.attention.pattern"


def test_every_number_on_screen_is_the_engines_and_what_was_said_comes_true(chapter):
    network = pretrained("sort").with_inputs(14)
    engine = network, network.forward_pass(TOKENS), network.backward_pass(TOKENS, LABELS)
    with temp_config({"frame_rate": 1, "pixel_height": 60, "pixel_width": 108}):
        scene = chapter("one_weight_backwards").OneWeightBackwards()
        texts = played(scene)
    check_numbers(texts, *engine)
    check_what_was_said(texts, *engine)
    check_what_arrived(scene, *engine)
    assert 42 < scene.renderer.time < 52  # as the script says


def cost_of(network, forward, change):
    """Return the cost and the share with another score: the pattern is changed by hand."""
    scores = forward[SCORES][1, 13].copy()
    scores[5] += change
    row = np.exp(scores - scores.max())
    pattern = forward[PATTERN].copy()
    pattern[1, 13] = row / row.sum()
    after = network.after(PATTERN)
    inputs = {name: forward[name] for name in after.inputs} | {PATTERN: pattern}
    return after.cost(inputs, LABELS), float(pattern[1, 13, 5])


def check_numbers(texts, network, forward, backward):
    pattern, pulls = forward[PATTERN][1, 13], backward[PATTERN][1, 13]
    costs = [cost_of(network, forward, change) for change in np.linspace(-0.01, 0, 101)]
    derivative = backward[SCORES][1, 13, 5]
    known = np.concatenate(
        [
            TOKENS,
            [0.01, 3, -3],  # the nudge, and powers of ten
            [forward.output[-1, 6]],
            pattern,
            1e3 * pulls,
            [1e3 * pattern @ pulls, 1e3 * derivative, 10 * derivative],
            forward[SCORES][1, 13, 5] - np.linspace(0, 0.01, 101),
            [1e3 * cost for cost, _ in costs],
            [share for _, share in costs],
            [1e3 * (costs[-1][0] - costs[0][0])],
        ]
    )
    written = {number for play in texts for number in numbers_of(play)}
    assert len(written) > 25
    strange = [number for number in written if not is_rounded(number, known)]
    # A superscript is read as a number of its own: ten to the third.
    assert set(strange) <= {"10", "103"}


def check_what_was_said(texts, network, forward, backward):
    said = next(t for play in texts for t in play if "should fall" in t)
    came = next(t for t in texts[-1] if "It falls by" in t)
    predicted, true = float(numbers_of([said])[-1]), float(numbers_of([came])[0])
    fell = cost_of(network, forward, 0.0)[0] - cost_of(network, forward, -0.01)[0]
    assert predicted == pytest.approx(10 * backward[SCORES][1, 13, 5], abs=5e-6)
    assert true == pytest.approx(1e3 * fell, abs=5e-6)
    assert true == pytest.approx(predicted, rel=0.02)


def check_what_arrived(scene, network, forward, backward):
    shown = np.array([column.values for column in scene.arrived])
    # Other tokens look at values, too, but hardly anything of theirs reaches the last digit.
    wanted = backward["block0.attention.values"][1]
    others = backward["block0.attention.mixed"][1, :13]
    assert np.abs(shown - wanted).max() <= np.abs(others).max() + 1e-15
    head = attention_head(network, forward, "block0.attention", 1)
    np.testing.assert_allclose(
        shown, head.pattern[13][:, None] * backward["block0.attention.mixed"][1, 13], atol=1e-15
    )
    np.testing.assert_allclose(scene.pulls.weights[0], backward[PATTERN][1, 13], atol=1e-15)
