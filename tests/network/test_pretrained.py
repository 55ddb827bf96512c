import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnviz import _resources, mnist
from nnviz.network import NetworkError, pretrained
from nnviz.network.trained import PRETRAINED_FILES

TRAIN_TOOL = Path(__file__).parents[2] / "tools" / "train.py"


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
    assert [layer.name for layer in network.layers[:2]] == ["conv2d", "max_pool2d"]
    test = mnist.load().test
    right = network.predict(test.images.reshape(-1, 1, 28, 28)) == test.labels
    assert right.mean() >= 0.975
    # The figure that data/README.md gives.
    assert right.sum() == 1478
    assert pretrained("cnn") is network
    assert (_resources.data_dir() / PRETRAINED_FILES["cnn"]).stat().st_size < 300_000
    with pytest.raises(NetworkError, match=r"'rnn'.*dense, cnn"):
        pretrained("rnn")


@pytest.mark.skipif(not TRAIN_TOOL.exists(), reason="not in a checkout")
@pytest.mark.parametrize("name", PRETRAINED_FILES)
def test_training_makes_the_same_file_again(tmp_path: Path, name: str) -> None:
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        result = subprocess.run(
            [sys.executable, TRAIN_TOOL, name, "--epochs=2", "--quiet", "--out", folder],
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
