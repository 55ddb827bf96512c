"""A whole transformer from afar: what is on screen at each step is what the model computed."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz import NetworkError, TransformerScene, pretrained
from nnviz._manim import temp_config
from nnviz.network import Network, transformer


@pytest.fixture(autouse=True)
def dry(tmp_path):
    options = {"dry_run": True, "frame_rate": 2, "pixel_height": 60, "pixel_width": 108}
    with temp_config({**options, "media_dir": str(tmp_path)}):
        yield


class Sorting(TransformerScene):
    text = "31415926"
    names = "0123456789"

    def make_network(self):
        return pretrained("sort")

    def go_through(self, stage, tap):
        super().go_through(stage, tap)
        self.seen = [*getattr(self, "seen", []), self.column.values]

    def inside(self, tap):
        self.opened_blocks = [*getattr(self, "opened_blocks", []), super().inside(tap)]
        return self.opened_blocks[-1]


def is_inside(scene):
    height, width = scene.camera.frame_height / 2, scene.camera.frame_width / 2
    return all(
        abs(part.points[:, 0]).max() <= width and abs(part.points[:, 1]).max() <= height
        for part in scene.get_mobject_family_members()
        if len(part.points)
    )


def test_a_model_from_its_tokens_to_the_next_one():
    scene = Sorting()
    scene.render()
    forward = pretrained("sort").with_inputs(8).forward_pass([3, 1, 4, 1, 5, 9, 2, 6])
    names = ["block0.sum1", "block0.sum2", "block1.sum1", "block1.sum2"]
    np.testing.assert_array_equal(scene.seen, [forward[name][-1] for name in names])
    scores = forward.zs["scores"][-1]
    np.testing.assert_array_equal(scene.bars.logits, scores)
    assert scene.bars.words[0].text == "1"
    attention, dense, *_ = scene.opened_blocks
    np.testing.assert_array_equal(attention.content.pattern, forward["block0.attention.pattern"])
    up = forward["block0.feed_forward.up"][-1]
    np.testing.assert_allclose(dense.content.shown[1], up, atol=1e-12)
    left, right = scene.stream.get_right()[0], scene.bars.get_left()[0]
    assert left < scene.column.get_left()[0] < scene.column.get_right()[0] < right
    for inside in scene.opened_blocks:
        assert scene.column.get_right()[0] < inside.get_left()[0]
    assert scene.whose[1].text == "6"
    assert is_inside(scene)
    on_screen = set(scene.get_mobject_family_members())
    assert not on_screen & {part for one in scene.opened_blocks for part in one.get_family()}


def test_blocks_that_stay_shut_light_up_alone():
    """A model of another make: no last softmax, gated blocks, positions that turn."""

    class Other(TransformerScene):
        text = (1, 5, 0)
        names = "abcdefg"
        opened = ("block1.attention",)

        def make_network(self):
            rng = np.random.RandomState(0)
            options = {"gated": True, "norm": "rms", "rotary": 1e4, "key_heads": 1}
            made = transformer(7, 3, 8, heads=2, blocks=2, rng=rng, tied=False, **options)
            nodes = dict(list(made.nodes.items())[:-1])
            return Network(made.inputs, nodes, "scores")

        def arcs(self, stage, tap):
            arcs = super().arcs(stage, tap)
            self.weights = [*getattr(self, "weights", []), *getattr(arcs, "weights", [])]
            return arcs

    scene = Other()
    scene.render()
    forward = scene.network.forward_pass([1, 5, 0])
    wanted = [forward[f"block{k}.attention.pattern"].mean(axis=0)[-1] for k in (0, 1)]
    np.testing.assert_allclose(scene.weights, wanted)
    np.testing.assert_array_equal(scene.bars.logits, forward.zs["scores"][-1])
    np.testing.assert_array_equal(scene.column.values, forward["block1.sum2"][-1])


def test_what_is_no_such_model_says_so():
    class NoStream(TransformerScene):
        text = (1, 2)

        def make_network(self):
            return Network.random([2, 3], seed=0)

    with pytest.raises(NetworkError, match="no residual stream"):
        NoStream().render()

    class NoBlock(Sorting):
        opened = ("block0.mlp",)

    with pytest.raises(NetworkError, match=r"no block 'block0\.mlp', but block0\.attention"):
        NoBlock().render()

    class TooFewNames(Sorting):
        names = "012345"
        text = "314"

    with pytest.raises(NetworkError, match="names has 6 tokens"):
        TooFewNames().render()
