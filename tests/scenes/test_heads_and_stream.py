"""Many heads, the stream, what the MLP adds: all that is written there is computed here again."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from nnviz.network import pretrained
from on_screen import is_rounded, numbers_of, played

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("ManyHeads", "TheStream", "WhatTheMlpAdds")

ROW = [3, 1, 4, 1, 5, 9, 2, 6]


@pytest.fixture(scope="module")
def network():
    return pretrained("sort")


def computed(network, tokens):
    return network.with_inputs(len(tokens)).forward_pass(tokens)


def is_inside(scene):
    height, width = scene.camera.frame_height / 2, scene.camera.frame_width / 2
    return all(
        abs(part.points[:, 0]).max() <= width and abs(part.points[:, 1]).max() <= height
        for part in scene.get_mobject_family_members()
        if len(part.points)
    )


def probabilities(network, stream):
    """By hand: the last norm, the rows of the table, and a softmax."""
    norm, table = network.nodes["norm"].layer, network.nodes["scores"].layer.weights
    x = (stream - stream.mean()) / np.sqrt(stream.var() + norm.epsilon)
    scores = table @ (norm.scale * x + norm.shift)
    powers = np.exp(scores - scores.max())
    return scores, powers / powers.sum()


def test_four_heads_are_put_together(chapter, network):
    scene = chapter("many_heads").ManyHeads(skip_animations=True)
    seen = played(scene)
    forward = computed(network, ROW)
    row = forward["block0.attention.pattern"][:, -1]
    shares = 100 * np.array([row[1, [1, 3]].sum(), row[2, 6], row[3, 7], row[0].max()])
    ones, two, itself, most = (f"{share:.0f} %" for share in shares)
    texts = {text for one in seen for text in one}
    for part in (
        f"takes {ones} from the two ones",
        f"Head 3 takes {two} from the 2",
        f"token that asks: {itself}",
        f"more than {most}",
    ):
        assert any(part in text for text in texts), part
    known = [*range(10), 32, *shares]  # digits, heads, how many numbers
    assert all(is_rounded(number, known) for one in seen for number in numbers_of(one))
    np.testing.assert_array_equal(scene.projected.merged, forward["block0.attention.merged"][-1])
    layer = network.nodes["block0.attention.out"].layer
    wanted = layer.weights @ forward["block0.attention.merged"][-1] + layer.biases
    np.testing.assert_allclose(scene.projected.added.values, wanted, atol=1e-12)
    assert is_inside(scene)


def test_nothing_on_the_stream_is_replaced(chapter, network):
    scene = chapter("the_stream").TheStream(skip_animations=True)
    seen = played(scene)
    forward = computed(network, ROW)
    parts = [
        forward[name][-1]
        for name in ("positions", *(f"block{k}.{one}" for k in (0, 1) for one in _ADDED))
    ]
    shown = [column.values for column in scene.columns]
    np.testing.assert_array_equal(shown[:-1], parts)
    np.testing.assert_allclose(shown[-1], np.sum(parts, axis=0), atol=1e-12)
    sizes = [np.sqrt(np.mean(vector**2)) for vector in (*parts, np.sum(parts, axis=0))]
    texts = max(seen, key=lambda texts: "sum" in texts)
    written = [text for text in texts if re.fullmatch(r"\d\.\d\d", text)]
    assert written == [f"{size:.2f}" for size in sizes]
    powers = np.exp(forward.zs["scores"][-1])
    known = [*range(10), 32, 128, *sizes, *(100 * powers / powers.sum())]
    assert all(is_rounded(number, known) for one in seen for number in numbers_of(one))
    assert scene.bars.words[0].text == str(min(ROW))
    assert scene.stream.get_right()[0] < scene.bars.get_left()[0]
    assert is_inside(scene)


_ADDED = ("attention.out", "feed_forward.down")


def test_the_mlp_turns_a_wrong_digit_into_the_right_one(chapter, network):
    scene = chapter("what_the_mlp_adds").WhatTheMlpAdds(skip_animations=True)
    seen = played(scene)
    forward = computed(network, [*ROW, 1, 1, 2, 3, 4])
    before, after = (forward[f"block1.sum{n}"][-1] for n in (1, 2))
    scores, shares = zip(*(probabilities(network, one) for one in (before, after)), strict=True)
    assert scores[0].argmax() == 6
    assert scores[1].argmax() == sorted(ROW)[5] == 5
    np.testing.assert_allclose(scene.bars_before.probabilities, shares[0], atol=1e-12)
    np.testing.assert_allclose(scene.bars_after.probabilities, shares[1], atol=1e-12)
    np.testing.assert_array_equal(scene.before.values, before)
    np.testing.assert_array_equal(scene.after.values, after)
    up = forward["block1.feed_forward.up"][-1]
    np.testing.assert_allclose(scene.net.shown[1], up, atol=1e-12)
    drawn = scene.net.layers[1].shown_units
    assert sorted(np.abs(up[drawn])) == sorted(np.abs(up))[-12:]
    grown, fallen = scores[1][5] - scores[0][5], scores[0][6] - scores[1][6]
    texts = {text for one in seen for text in one}
    assert f"{(up > 0.1).sum()} of its 128 neurons are above 0.1." in texts
    assert any(f"grown by {grown:.1f}, that of 6 has fallen by {fallen:.1f}" in t for t in texts)
    known = [*range(10), 12, 32, 128, 0.1, (up > 0.1).sum(), grown, fallen]
    known += [*(100 * shares[0]), *(100 * shares[1])]
    assert all(is_rounded(number, known) for one in seen for number in numbers_of(one))
    row = [scene.bars_before, scene.before, scene.net, scene.after, scene.bars_after]
    for left, right in pairwise(row):
        assert left.get_right()[0] < right.get_left()[0]
    assert is_inside(scene)
