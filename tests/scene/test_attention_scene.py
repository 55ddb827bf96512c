"""Base scenes of language models: what is on screen at the end is what the model computed."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz import AttentionScene, GenerationScene, attention_head, pretrained
from nnviz._manim import temp_config
from nnviz.texts import NAMES_TOKENIZER


@pytest.fixture(autouse=True)
def dry(tmp_path):
    options = {"dry_run": True, "frame_rate": 2, "pixel_height": 60, "pixel_width": 108}
    with temp_config({**options, "media_dir": str(tmp_path)}):
        yield


def is_inside(scene):
    height, width = scene.camera.frame_height / 2, scene.camera.frame_width / 2
    return all(
        abs(part.points[:, 0]).max() <= width and abs(part.points[:, 1]).max() <= height
        for part in scene.get_mobject_family_members()
        if len(part.points)
    )


def test_one_head_step_by_step():
    class Sorting(AttentionScene):
        text = "31415926"
        names = "0123456789"
        block, head = "block1.attention", 2
        query = 5

        def make_network(self):
            return pretrained("sort")

    scene = Sorting()
    scene.render()
    network = pretrained("sort").with_inputs(8)
    forward = network.forward_pass([3, 1, 4, 1, 5, 9, 2, 6])
    head = attention_head(network, forward, "block1.attention", 2)
    np.testing.assert_array_equal(scene.grid.values, head.pattern)
    np.testing.assert_array_equal(scene.arcs.weights, head.pattern)
    np.testing.assert_array_equal(scene.sums[5].values, head.mixed[5])
    assert not scene.sums[4].values.any()
    assert is_inside(scene)
    assert scene.grid.get_right()[0] < scene.row.get_left()[0]


class Name(GenerationScene):
    prompt = ".an"
    temperature = 0.8
    top_k = 6
    count = 4
    stop = None
    seed = 3


def test_a_text_grows_by_what_the_model_draws():
    scene = Name()
    scene.render()
    model, rng = pretrained("names"), np.random.RandomState(3)
    prompt = NAMES_TOKENIZER.encode(".an")
    made = list(model.generate(prompt, 4, temperature=0.8, top_k=6, rng=rng))
    assert [one.token for one in scene.made] == [one.token for one in made]
    assert "".join(scene.row.texts) == NAMES_TOKENIZER.decode(made[-1].tokens)
    assert is_inside(scene)


def test_a_text_ends_with_its_stop():
    prompt = NAMES_TOKENIZER.encode(".ann")
    made = list(pretrained("names").generate(prompt, 3, temperature=0))
    second = NAMES_TOKENIZER.decode([made[1].token])
    assert made[0].token != made[1].token

    class Short(Name):
        prompt = ".ann"
        temperature = 0.0
        top_k = None
        count = 8
        stop = second
        block = None

    scene = Short()
    scene.render()
    assert [one.token for one in scene.made] == [one.token for one in made[:2]]
    assert scene.row.texts[-1] == second


@pytest.mark.parametrize("keeps", [True, False])
def test_columns_are_kept_or_computed_again(keeps):
    class Cached(Name):
        block, head = "block2.attention", 1
        cached = keeps

    counts = []

    class Counted(Cached):
        def show_token(self, made):
            super().show_token(made)
            counts.append([line.text for line in self.tally])

    scene = Counted()
    scene.render()
    tokens = scene.made[-1].tokens[:-1]
    network = pretrained("names").with_inputs(len(tokens))
    head = attention_head(network, network.forward_pass(tokens), "block2.attention", 1)
    np.testing.assert_allclose(scene.columns.shown_keys, head.keys, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(scene.columns.shown_values, head.values, rtol=1e-12, atol=1e-14)
    assert scene.columns.kept == (len(tokens) - 1 if keeps else 0)
    computed = [one.computed for one in scene.made]
    assert computed == ([3, 1, 1, 1] if keeps else [3, 4, 5, 6])
    assert counts == [
        [
            f"{computed[k]} of {3 + k} positions computed",
            f"so far {sum(computed[: k + 1])} of {sum(range(3, 4 + k))}",
        ]
        for k in range(4)
    ]
    assert is_inside(scene)
    assert scene.columns.get_right()[0] < 0
    assert scene.tally.get_top()[1] < scene.columns.get_bottom()[1]


def test_columns_need_a_block():
    class Wrong(Name):
        block = None
        cached = True

    with pytest.raises(ValueError, match="say which block has it"):
        Wrong().render()


def test_other_characters_are_refused():
    class Wrong(GenerationScene):
        prompt = ".A"

    with pytest.raises(ValueError, match="'A' is not one of the tokens"):
        Wrong().render()
