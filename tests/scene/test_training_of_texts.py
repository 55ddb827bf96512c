"""TrainingScene of token models: questions and answers, patterns, embeddings, each in its place."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from manim import config

from nnviz import Network, TrainingScene, texts
from nnviz._manim import temp_config
from nnviz.network import transformer

SHAPES = {"wide": (16 / 9 * 8, 8.0), "high": (4.5, 8.0)}


class Sorts(TrainingScene):
    """Reads three digits, and writes them in order."""

    epochs = 3
    run_time = 0.6
    batch_size = 40

    def make_network(self):
        return transformer(4, 5, 8, heads=2, blocks=1, rng=np.random.RandomState(0))

    def data(self):
        rows = np.random.RandomState(1).randint(0, 4, (80, 3))
        answers = np.sort(rows, axis=1)
        return np.hstack([rows, answers[:, :-1]]), np.hstack([np.full((80, 2), -1), answers])


class Names(Sorts):
    """Goes on with letters."""

    panels = ("samples", "embeddings", "pattern", "cost")
    token_names = "." + "abn"
    temperature = 1.0
    shown_samples = 2
    shown_example = 1
    attention = ("block0.attention", 1)
    stop = 0

    def data(self):
        tokens = texts.CharacterTokenizer(".abn")
        return tuple(texts.next_tokens(["anna", "ban", "nab", "ab"], tokens, 5))


class FewNames(Names):
    panels = ("samples", "embeddings")


def box_of(mobject):
    points = [
        part.points[:, :2]
        for part in mobject.family_members_with_points()
        if np.max(part.get_stroke_opacity()) or part.get_fill_opacity()
    ]
    return np.concatenate(points).min(axis=0), np.concatenate(points).max(axis=0)


def assert_in_place(scene):
    half = np.array([config.frame_width, config.frame_height]) / 2
    things = [scene.network_mob, *scene.panel_mobs]
    for (low, high), (other_low, other_high) in combinations(map(box_of, things), 2):
        assert (np.abs([low, high, other_low, other_high]) < half).all()
        assert (high < other_low).any() or (other_high < low).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_has_its_place_at_the_beginning_and_at_the_end(shape):
    width, height = SHAPES[shape]
    with temp_config({"frame_width": width, "frame_height": height}):
        for example in (Sorts, Names if shape == "wide" else FewNames):
            scene = example(skip_animations=True)
            scene.setup()
            assert_in_place(scene)
            scene.show_training()
            assert_in_place(scene)


def test_what_is_shown_at_the_end_is_the_networks():
    scene = Sorts(skip_animations=True)
    scene.render()
    kinds = [type(panel).__name__ for panel in scene.panel_mobs]
    assert kinds == ["SamplesPanel", "Accuracy", "CostCurve", "PatternPanel"]
    samples, accuracy, cost, pattern = scene.panel_mobs
    (x, y), trained = scene.examples, scene.network_mob.network
    assert trained == scene.reports[-1].network
    for text, row in zip(samples.texts, x[:3, :3], strict=True):
        tokens = row.tolist()
        for _ in range(3):
            scores = trained.with_inputs(len(tokens)).forward_pass(tokens).zs[trained.output]
            tokens.append(int(scores[-1].argmax()))
        assert text == "".join(map(str, tokens[3:]))
    assert samples.wanted.tolist() == y[:3, 2:].tolist()
    assert accuracy.number.text == f"{100 * (trained.predict(x) == y)[:, 2:].mean():.1f} %"
    assert cost.measured[-1].tolist() == [3, trained.cost(x, y)]
    weights = trained.forward_pass(x[0])["block0.attention.pattern"][0]
    np.testing.assert_array_equal(pattern.pattern.pattern, weights[2:])


def test_texts_begin_with_their_first_token_and_are_drawn():
    scene = Names(skip_animations=True)
    scene.render()
    samples, table, _, pattern = scene.panel_mobs
    assert samples.prompts == [[0], [0]]
    assert samples.wanted is None
    trained = scene.reports[-1].network
    for k, text in enumerate(samples.texts):
        made = trained.generate([0], 5, rng=np.random.RandomState(k))
        tokens = [one.token for one in made]
        tokens = tokens[: tokens.index(0) + 1] if 0 in tokens else tokens
        assert text == "".join(".abn"[token] for token in tokens)
    # The padding after "ban" is neither asked nor seen.
    assert pattern.tokens.tolist() == [0, 2, 1, 3]
    weights = trained.with_inputs(4).forward_pass(pattern.tokens)["block0.attention.pattern"][1]
    np.testing.assert_array_equal(pattern.pattern.pattern, weights)
    np.testing.assert_array_equal(table.plane.vectors, trained.nodes["embedding"].layer.weights)


def test_what_is_not_there_is_said():
    class Plain(Sorts):
        panels = ("pattern",)

        def make_network(self):
            return Network.random([2, 2], seed=0)

        def data(self):
            return [[0, 0], [0, 1]], [0, 1]

    with pytest.raises(ValueError, match=r"no attention in Network.*leave out 'pattern'"):
        Plain(skip_animations=True).setup()
    Plain.panels = ("embeddings",)
    with pytest.raises(ValueError, match=r"no embedding in Network.*leave out 'embeddings'"):
        Plain(skip_animations=True).setup()
    Plain.panels = ("samples",)
    with pytest.raises(ValueError, match="a label at every position"):
        Plain(skip_animations=True).setup()
