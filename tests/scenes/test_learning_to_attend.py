"""ThePatternSharpens: the numbers on screen are those of the recorded training."""

from __future__ import annotations

import numpy as np
import pytest
from manim import config

from nnviz import pretrained, recorded
from on_screen import is_rounded, numbers_of, played

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("ThePatternSharpens",)

ROW = [3, 1, 4, 1, 5, 9, 2, 6]
ANSWER = sorted(ROW)


def greedy(network, count):
    """Write the likeliest tokens after the row, one after the other, by whole passes."""
    tokens = list(ROW)
    for _ in range(count):
        tokens.append(int(np.argmax(network.with_inputs(len(tokens))(tokens)[-1])))
    return tokens[-count:]


def box_of(mobject):
    """Return the corners of what is seen of a mobject."""
    points = [
        part.points[:, :2]
        for part in mobject.family_members_with_points()
        if part.get_fill_opacity() or part.get_stroke_opacity()
    ]
    return np.concatenate(points).min(axis=0), np.concatenate(points).max(axis=0)


@pytest.fixture(scope="module")
def snapshots():
    return list(recorded("sort"))


@pytest.fixture
def scene(chapter):
    scene = chapter("learning_to_attend").ThePatternSharpens(skip_animations=True)
    learn, scene.seen = scene.learn, []

    def learn_and_look(step, seconds):
        learn(step, seconds)
        scene.seen.append(
            (
                scene.now.epoch,
                scene.pattern.pattern.pattern,
                scene.samples.texts,
                scene.samples.right,
                scene.cost.measured[-1],
            )
        )

    scene.learn = learn_and_look
    return scene


def test_every_number_is_the_trainings_and_all_has_its_place(scene, snapshots):
    texts = played(scene)
    by_step = {one.epoch: one for one in snapshots}
    assert [step for step, *_ in scene.seen] == [50, 100, 300, 3612]
    for step, pattern, written, right, cost in scene.seen:
        network = by_step[step].network
        forward = network.forward_pass([*ROW, *ANSWER[:-1]])
        np.testing.assert_array_equal(pattern, forward["block0.attention.pattern"][1][7:])
        made = greedy(network, 8)
        assert written == ["".join(map(str, made))]
        assert right == [made == ANSWER]
        np.testing.assert_allclose(cost, [step, by_step[step].cost])
    # What is said of two of these moments.
    (_, early, (missing,), *_), (_, _, (answer,), *_) = scene.seen[:2]
    assert early[-1].argmax() == ROW.index(9)
    assert early[-1].max() > 0.5
    assert missing == "12345699"
    assert answer == "11234569"
    untrained = by_step[0].network.with_inputs(8).forward_pass(ROW)["block0.attention.pattern"]
    assert untrained[1][-1].max() < 0.3

    ticks = [0, 0.5, 1, 1.5, 2, *range(0, 4001, 50)]
    shares = [100 * one.accuracy for one in snapshots]
    known = [*range(10), *ticks, *by_step, *shares, pretrained("sort").n_parameters, 1000]
    for screen in texts:
        for number in numbers_of(screen):
            # Digits that are written side by side are those of a row.
            assert is_rounded(number, known) or set(map(int, number)) <= set(ROW), number
    sentences = {text for screen in texts for text in screen if " " in text}
    assert any("26,272 weights" in text for text in sentences)
    assert any("After 100 steps the whole row is right." in text for text in sentences)
    assert any(f"3,612 steps {shares[-1]:.0f} %" in text for text in sentences)

    things = [scene.question, scene.sentence, scene.pattern, scene.samples, scene.cost]
    boxes = [box_of(thing) for thing in things]
    half = np.array([config.frame_width, config.frame_height]) / 2
    for k, (low, high) in enumerate(boxes):
        assert (np.abs([low, high]) <= half).all()
        for other_low, other_high in boxes[k + 1 :]:
            assert (high < other_low).any() or (other_high < low).any()
    assert 35 < scene.clock < 45
