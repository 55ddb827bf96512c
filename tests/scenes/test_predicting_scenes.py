"""What the scenes on predicting and failing write on the screen is what the models compute."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from nnviz.mobjects import NextTokens
from nnviz.network import logit_sum, pretrained
from nnviz.texts import NAMES_TOKENIZER, names
from on_screen import is_rounded, numbers_of, played

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("Predicting", "WhereItFails")


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def shown(scene, kind):
    return [one for top in scene.mobjects for one in top.get_family() if isinstance(one, kind)]


def test_the_name_is_written_as_the_model_writes_it(chapter):
    module = chapter("predicting")
    scene = module.Predicting(skip_animations=True)
    temperatures, bars_seen = [], []
    play = scene.play

    def play_and_compare(*args, **kwargs):
        play(*args, **kwargs)
        for bars in shown(scene, NextTokens):
            scores = bars.logits / bars.temperature
            np.testing.assert_allclose(bars.probabilities, softmax(scores), rtol=1e-12)
            temperatures.append(bars.temperature)
            bars_seen.append(bars.logits)

    scene.play = play_and_compare
    texts = played(scene)
    network = pretrained("names")
    prompt = NAMES_TOKENIZER.encode(".cla")
    rng = np.random.RandomState(9)
    made = list(network.generate(prompt, 4, temperature=0.8, rng=rng))
    whole = made[-1].tokens
    assert NAMES_TOKENIZER.decode(whole) == ".claira." == "".join(scene.row.texts)
    assert {0.3, 2.0, 0.8} <= set(np.round(temperatures, 9))
    # Scores are the last vector times the letters' rows of the table.
    forward = network.with_inputs(4).forward_pass(prompt)
    table = network.nodes["embedding"].layer.weights
    np.testing.assert_array_equal(table, network.nodes["scores"].layer.weights)
    scores = table @ forward["norm"][-1]
    np.testing.assert_allclose(bars_seen[0], scores, rtol=1e-9)
    for one in made:
        assert any(np.allclose(one.logits, logits, rtol=1e-9) for logits in bars_seen)
    # One column a pass is computed, and keys and values are those of a pass over all.
    assert scene.passes == [(4, 4), (5, 1), (6, 1), (7, 1)]
    assert scene.columns.kept == 6
    forward = network.with_inputs(7).forward_pass(whole[:-1])
    kept = {"keys": scene.columns.shown_keys, "values": scene.columns.shown_values}
    for part, found in kept.items():
        all_heads = forward[f"block0.attention.{part}"]
        np.testing.assert_allclose(found, all_heads[0], rtol=1e-12, atol=1e-14)
    # All numbers that are read.
    shares = [
        100 * softmax(one.logits / temperature)
        for one in made
        for temperature in (0.3, 0.8, 1.0, 2.0)
    ]
    counts = [48, 27, 0, 1, 4, 7, 15, 22, 5163, 0.8]
    known = np.concatenate([scores, *shares, counts, [0.3, 1.0, 2.0]])
    read = {number for at_once in texts for number in numbers_of(at_once)}
    assert {"48", "27", "7", "15", "22", "5163", "4.26"} <= read
    assert all(is_rounded(number, known) for number in read)
    listed = [one for part in names() for one in part]
    assert len(listed) == 5163
    assert "claira" not in listed


def test_five_rows_are_sorted_wrongly_and_this_is_one(chapter):
    module = chapter("where_it_fails")
    rng = np.random.RandomState(0)
    rows = np.array([rng.permutation(one) for one in combinations_with_replacement(range(10), 8)])
    answers = np.sort(rows, axis=1)
    x = np.hstack([rows, answers[:, :-1]])
    network = pretrained("sort")
    said = np.concatenate([network(part)[:, 7:].argmax(axis=-1) for part in np.array_split(x, 24)])
    wrong = rows[(said != answers).any(axis=1)]
    assert (len(rows), len(wrong)) == (module.ROWS, module.WRONG) == (24_310, 5)
    assert list(module.FAILS) in wrong.tolist()


def test_the_failure_is_what_the_model_does(chapter):
    module = chapter("where_it_fails")
    scene = module.WhereItFails(skip_animations=True)
    texts = played(scene)
    network = pretrained("sort")
    row = [8, 8, 0, 7, 8, 7, 0, 6]
    forward = network.with_inputs(10).forward_pass([*row, 0, 0])
    shares = forward.output[-1]
    assert shares.argmax() == 7  # where 6 is right
    pulls = scene.pulls
    found = logit_sum(network, forward, token=7, minus=6)
    assert pulls.rows[-1].value == pytest.approx(np.log(shares[7] / shares[6]), rel=1e-9)
    assert sum(one.value for one in pulls.rows[:-1]) == pytest.approx(found.logit, rel=1e-9)
    by_name = {one.name: one.value for one in pulls.rows}
    assert max(list(by_name)[:-1], key=lambda name: abs(by_name[name])) == "block 2, MLP"
    for (block, k), text in {(0, 1): "block 1, head 2", (1, 0): "block 2, head 1"}.items():
        (term,) = (
            one for one in found.terms if (one.name, one.head) == (f"block{block}.attention", k)
        )
        assert by_name[text] == term.value
    other = [8, 8, 0, 7, 8, 7, 6, 0]
    answer = [one.token for one in network.generate(other, 8, temperature=0)]
    assert answer == sorted(row)
    assert "".join(map(str, answer)) in "".join(one for one in texts[-1] if len(one) == 1)
    again = network.with_inputs(10).forward_pass([*other, 0, 0]).output[-1]
    known = np.concatenate(
        [
            np.arange(10),
            [24310, 5, np.exp(found.logit)],
            100 * shares,
            100 * again,
            [one.value for one in pulls.rows],
        ]
    )
    read = {number.lstrip("+") for at_once in texts for number in numbers_of(at_once)}
    assert {"24310", "5", "95", "5.2", "1.67", "2.90", "18", "-0.48"} <= read
    assert all(is_rounded(number, known) for number in read)


def test_the_end_names_the_models_and_their_sizes(chapter):
    module = chapter("what_it_was")
    texts = played(module.WhatItWas(skip_animations=True))[-1]
    for name in ("sort", "names"):
        assert f'pretrained("{name}")' in texts
        assert f"{pretrained(name).n_parameters:,} parameters" in texts
    assert {"26,272 parameters", "86,784 parameters"} <= set(texts)
    rows = "".join(one for one in texts if len(one) == 1)
    assert rows == "31415926" + "11234569" + ".cla" + "ira."
