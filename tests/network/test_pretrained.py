import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import pytest
from scipy.spatial import cKDTree

from nnviz import _resources, mnist, texts
from nnviz.network import (
    GRUCell,
    Network,
    NetworkError,
    Node,
    pretrained,
    recorded,
    recurrent,
)
from nnviz.network.trained_networks import PRETRAINED_FILES, RECORDED_FILES

TRAIN_TOOL = Path(__file__).parents[2] / "tools" / "train.py"
in_a_checkout = pytest.mark.skipif(not TRAIN_TOOL.exists(), reason="not in a checkout")


def test_it_is_the_chapters_network() -> None:
    network = pretrained()
    assert network.sizes == (784, 16, 16, 10)
    assert {a.name for a in network.activations} == {"sigmoid"}
    assert network.cost_function.name == "quadratic"
    assert pretrained() is network


def test_it_recognises_images_it_has_not_seen() -> None:
    test = mnist.load().test
    right = pretrained().predict(test.images) == test.labels
    assert right.mean() >= 0.92
    # The figure that data/README.md gives.
    assert right.sum() == 1403
    per_digit = [right[test.labels == digit].mean() for digit in range(10)]
    assert min(per_digit) > 0.8, "no digit may be given up"


def test_its_cost_is_low_and_falls_on() -> None:
    train = mnist.load().train
    network = pretrained()
    x, y = train.images[:500], np.eye(10)[train.labels[:500]]
    cost = network.cost(x, y)
    assert cost < 0.15
    assert network.step(network.backprop(x, y), 0.1).cost(x, y) < cost


@pytest.mark.parametrize("name", PRETRAINED_FILES)
def test_float32_holds_the_weights_exactly(name: str) -> None:
    flat = pretrained(name).flatten()
    np.testing.assert_array_equal(flat * 2**16, np.round(flat * 2**16))
    np.testing.assert_array_equal(flat, flat.astype(np.float32))


def test_the_convolutional_one() -> None:
    network = pretrained("cnn")
    assert network.shapes[0] == (1, 28, 28)
    assert [layer.kind for layer in network.layers[:2]] == ["conv2d", "max_pool2d"]
    test = mnist.load().test
    right = network.predict(test.images.reshape(-1, 1, 28, 28)) == test.labels
    assert right.mean() >= 0.975
    # The figure that data/README.md gives.
    assert right.sum() == 1478
    assert pretrained("cnn") is network
    with pytest.raises(NetworkError, match=r"'rnn'.*dense, cnn"):
        pretrained("rnn")


def test_they_are_small() -> None:
    assert {name: pretrained(name).n_parameters for name in PRETRAINED_FILES} == {
        "dense": 13_002,
        "cnn": 5_994,
        "residual": 18_130,
        "sort": 26_272,
        "names": 86_784,
        "names-small": 2_376,
        "count": 84,
        "remember": 53,
        "denoise": 4_994,
    }
    folder = _resources.data_dir()
    sizes = [(folder / file).stat().st_size for file in PRETRAINED_FILES.values()]
    assert sum(sizes) < 1_000_000


@pytest.mark.slow
def test_the_residual_one() -> None:
    network = pretrained("residual")
    assert network.nodes["block1.sum"].inputs[0] == "stem.max_pool1"
    assert network.nodes["block2.sum"].inputs[0] == "between.max_pool1"
    test = mnist.load().test
    right = network.predict(test.images.reshape(-1, 1, 28, 28)) == test.labels
    # The figure that data/README.md gives.
    assert right.sum() == 1479


@pytest.mark.slow
def test_sorting() -> None:
    """Every digit that is right after right ones makes the whole answer right."""
    network = pretrained("sort")
    rng = np.random.RandomState(1)
    for most in (2, 3, 10):
        rows = rng.randint(0, most, (1000, 8))
        answers = np.sort(rows, axis=1)
        found = network.predict(np.hstack([rows, answers[:, :-1]]))[:, 7:]
        np.testing.assert_array_equal(found, answers)
    for row in ([0] * 8, [9] * 8, list(range(8)), list(range(9, 1, -1)), *rows[:10].tolist()):
        made = list(network.generate(row, 8, temperature=0))
        assert [one.token for one in made] == sorted(row)
        assert made[-1].tokens == (*row, *sorted(row))


def nats(name: str, split: tuple[str, ...]) -> float:
    """Return the mean of -ln of the probability of every letter, and of every end."""
    tokens, labels = texts.next_tokens(split, texts.NAMES_TOKENIZER, 12)
    probabilities = pretrained(name)(tokens)
    costs = [
        -np.log(row[t, label])
        for row, wanted in zip(probabilities, labels, strict=True)
        for t, label in enumerate(wanted)
        if label >= 0
    ]
    assert len(costs) == sum(len(text) + 1 for text in split)
    return float(np.mean(costs))


# The figures that data/README.md gives.
@pytest.mark.parametrize(("name", "cost"), [("names", 1.9085), ("names-small", 2.0979)])
def test_what_a_letter_of_an_unknown_name_costs(name: str, cost: float) -> None:
    assert nats(name, texts.names().test) == pytest.approx(cost, abs=5e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["names", "names-small"])
def test_names_are_written(name: str) -> None:
    network, tokenizer = pretrained(name), texts.NAMES_TOKENIZER

    def written(seed: int, count: int) -> list[str]:
        rng = np.random.RandomState(seed)
        start = [tokenizer.end_token]
        tokens = [[m.token for m in network.generate(start, 12, rng=rng)] for _ in range(count)]
        return [tokenizer.decode(row) for row in tokens]

    made = written(0, 40)
    assert made[:10] == written(0, 10)
    assert made[:10] != written(1, 10)
    # They end, are as long as names are, and are not all learnt by heart.
    assert all("." in text for text in made)
    names = [text.partition(".")[0] for text in made]
    known = texts.names()
    assert 4.5 < np.mean([len(one) for one in names]) < 7.5
    assert len(set(names)) > 35
    assert len(set(names) - set(known.train)) > 15
    assert set(names) & set(known.train)
    # Drawn letters are far less like names.
    likely = nats(name, tuple(one for one in names if 0 < len(one) < 12))
    rng = np.random.RandomState(0)
    drawn = tuple("".join(rng.permutation(list(one))) for one in known.test)
    assert likely < nats(name, drawn) - 0.3


def test_counting() -> None:
    """A cell of the LSTM is as high as brackets are open, also deeper than it has learnt."""
    network = pretrained("count")
    rng = np.random.RandomState(1)
    rows, depth = np.zeros((1000, 32), int), np.zeros((1000, 33), int)
    for t in range(32):
        rows[:, t] = (depth[:, t] > 0) & (rng.random_sample(1000) < 0.5)
        depth[:, t + 1] = depth[:, t] + 1 - 2 * rows[:, t]
    depth = depth[:, 1:]
    assert depth[:, 16:].max() > depth[:, :16].max()
    np.testing.assert_array_equal(network.predict(rows), depth == 0)
    forward = network.forward_pass(rows)
    cells = np.stack([forward[f"lstm.{t}.cell"] for t in range(32)], axis=1)
    # The figures that data/README.md gives.
    assert np.corrcoef(cells[..., 1].ravel(), depth.ravel())[0, 1] > 0.9999
    assert np.abs(cells[..., 1] - (depth - 0.9)).max() < 0.2


def test_the_recorded_training_ends_with_the_network_that_is_shipped() -> None:
    training = recorded("sort")
    steps = [one.epoch for one in training]
    # What data/README.md says.
    assert steps == [0, 10, 20, 30, 50, 70, 100, 150, 300, 1000, 3612]
    assert training[-1].network == pretrained("sort")
    costs = [one.cost for one in training]
    assert all(a is not None and b is not None and a > b for a, b in itertools.pairwise(costs))
    for one in training:
        flat = one.network.flatten()
        np.testing.assert_array_equal(flat * 2**16, np.round(flat * 2**16))
    assert (_resources.data_dir() / RECORDED_FILES["sort"]).stat().st_size < 1_300_000
    with pytest.raises(NetworkError, match=r"'dense'.*sort"):
        recorded("dense")


def test_remembering() -> None:
    """A state of two numbers keeps the last capital letter, also much longer than it has learnt."""
    network = pretrained("remember")
    rng = np.random.RandomState(1)
    rows = rng.randint(0, 6, (1000, 12))
    rows[:, 0] = rows[:, 0] % 3 + 3
    is_capital = rows >= 3
    last = np.take_along_axis(
        rows - 3, np.maximum.accumulate(np.where(is_capital, np.arange(12), 0), axis=1), axis=1
    )
    np.testing.assert_array_equal(network.predict(rows), last)
    # The figures that data/README.md gives.
    forward = network.forward_pass(rows)
    gates = np.stack([forward[f"gru.{t}.update_gate"] for t in range(12)], axis=1)
    states = np.stack([forward[f"gru.{t}.hidden"] for t in range(12)], axis=1)
    assert gates[~is_capital].min() > 0.97
    assert gates[is_capital].max() < 0.28
    assert np.abs(np.diff(states, axis=1))[~is_capital[:, 1:]].max() < 0.005

    layers = {name: node.layer for name, node in network.nodes.items()}
    parts = ("reset_gate", "update_gate", "of_input", "of_hidden")
    cell = GRUCell(*(layers[f"gru.0.{part}"] for part in parts))  # type: ignore[arg-type]
    nodes = {"embedding": Node(layers["embedding"], ("letters",))}
    nodes |= recurrent("gru", "embedding", cell, 200)
    nodes["answer"] = Node(layers["answer"], ("gru.199.hidden",))
    longer = Network({"letters": (200,)}, nodes, "answer", "cross-entropy")
    rows = rng.randint(0, 3, (300, 200))
    rows[:, 0] += 3
    np.testing.assert_array_equal(longer.predict(rows), rows[:, 0] - 3)


def test_taking_noise_away() -> None:
    """Step by step noise becomes a spiral, nearly everywhere and everywhere on it."""
    network = pretrained("denoise")
    points = 1.44 * np.random.RandomState(6).randn(4000, 2)
    levels = [*np.geomspace(1, 0.02, 24), 0]
    t = np.linspace(0.25, 1, 5000)[:, np.newaxis]
    spiral = 2 * t * np.hstack([np.cos(3 * np.pi * t), np.sin(3 * np.pi * t)])
    curve = cKDTree(spiral)
    before = curve.query(points)[0]
    for level, following in itertools.pairwise(levels):
        noise = network(np.column_stack([points, np.full(len(points), level)]))
        points = points + (following - level) * noise
    after = curve.query(points)[0]
    # The figures that data/README.md gives.
    assert before.mean() == pytest.approx(0.75, abs=0.03)
    assert np.median(after) == pytest.approx(0.002, abs=0.0005)
    assert (after > 0.1).mean() == pytest.approx(0.005, abs=0.002)
    assert cKDTree(points).query(spiral)[0].max() < 0.05


def tool() -> ModuleType:
    """Return tools/train.py as a module; what it asks of the environment is undone."""
    spec = importlib.util.spec_from_file_location("train_tool", TRAIN_TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch.dict(os.environ), patch.dict(sys.modules, {"train_tool": module}):
        spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@in_a_checkout
def test_every_network_has_a_recipe_whose_sets_share_nothing() -> None:
    recipes = tool().RECIPES
    assert recipes.keys() == PRETRAINED_FILES.keys()
    for name, recipe in recipes.items():
        sets = recipe.sets()
        drawn = recipe.start(np.random.RandomState(0))
        assert drawn.shapes == pretrained(name).shapes
        assert drawn.parameter_shapes == pretrained(name).parameter_shapes
        rows = [row.tobytes() for part in sets for row in part.x]
        assert len(set(rows)) == len(rows), name


@in_a_checkout
def test_the_noise_that_is_left() -> None:
    """The figure that data/README.md gives."""
    recipe = tool().RECIPES["denoise"]
    assert recipe.figure(pretrained("denoise"), *recipe.sets().held_out) == "0.9998 of 2 left"


@in_a_checkout
@pytest.mark.parametrize("name", ["sort", "count", "remember"])
def test_every_sequence_held_out_is_right(name: str) -> None:
    """The figures that data/README.md gives."""
    recipe = tool().RECIPES[name]
    held_out = recipe.sets().held_out
    assert len(held_out.x) == 1000
    assert recipe.figure(pretrained(name), *held_out) == "100.00% right"


@pytest.mark.slow
@in_a_checkout
def test_what_was_recorded_is_measured_on_the_validation_rows() -> None:
    validation = tool().RECIPES["sort"].sets().validation
    assert len(validation.x) == 1000
    for one in recorded("sort")[6:7]:
        assert one.cost == pytest.approx(one.network.cost(*validation), rel=1e-12)
        assert one.accuracy == one.network.accuracy(*validation)


@pytest.mark.slow
@in_a_checkout
def test_a_training_is_recorded_step_by_step() -> None:
    """Snapshots are those of shorter trainings, and taking them changes nothing."""
    tools = tool()
    recipe = tools.RECIPES["count"]
    train, validation, held_out = recipe.sets()
    sets = tools.Sets(tools.Examples(train.x[:150], train.y[:150]), validation, held_out)
    plain, _, nothing = tools.train(recipe, sets, 2, quiet=True)
    last, epoch, found = tools.train(recipe, sets, 2, quiet=True, steps=(0, 2, 3, 100))
    assert last == plain
    assert epoch == 2
    assert [one.epoch for one in nothing] == [6]
    assert [one.epoch for one in found] == [0, 2, 3, 6]
    start = tools.on_grid(recipe.start(np.random.RandomState(tools.SEED)))
    (first,) = recipe.learn(start, sets, 1, np.random.RandomState(0), lambda _parameters: None)
    for one, network in zip(found, (start, None, first, last), strict=True):
        assert network is None or one.network == network
        assert one.cost == one.network.cost(*validation)


# The others are learnt as one of these is, and take longer. A second epoch has another order.
@pytest.mark.slow
@pytest.mark.every(6)
@in_a_checkout
@pytest.mark.parametrize(
    ("name", "epochs"), [("dense", 2), ("cnn", 1), ("names-small", 2), ("count", 2)]
)
def test_training_makes_the_same_file_again(tmp_path: Path, name: str, epochs: int) -> None:
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        result = subprocess.run(
            [sys.executable, TRAIN_TOOL, name, f"--epochs={epochs}", "--quiet", "--out", folder],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env={**os.environ, "PYTHONHASHSEED": "random"},
        )
        contents.append((folder / PRETRAINED_FILES[name]).read_bytes())
    assert "held out" in result.stdout
    assert contents[0] == contents[1]


def test_data_are_found_or_missed_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (_resources.data_dir() / PRETRAINED_FILES["dense"]).is_file()
    package = tmp_path / "src" / "nnviz"
    monkeypatch.setattr(_resources, "__file__", str(package / "_resources.py"))
    with pytest.raises(FileNotFoundError, match=r"data are missing.*train-images.*_data.*data"):
        _resources.data_dir()
    for folder in (tmp_path / "data", package / "_data"):  # The package's own wins.
        folder.mkdir(parents=True)
        (folder / "train-images-idx3-ubyte.gz").touch()
        assert _resources.data_dir() == folder
