import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnviz import _resources, mnist
from nnviz.network import pretrained
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


def test_float32_holds_the_weights_exactly() -> None:
    flat = pretrained().flatten()
    np.testing.assert_array_equal(flat * 2**16, np.round(flat * 2**16))
    np.testing.assert_array_equal(flat, flat.astype(np.float32))


@pytest.mark.skipif(not TRAIN_TOOL.exists(), reason="not in a checkout")
def test_training_makes_the_same_file_again(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        result = subprocess.run(
            [sys.executable, TRAIN_TOOL, "--epochs=2", "--quiet", "--out", tmp_path / name],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env={**os.environ, "PYTHONHASHSEED": "random"},
        )
    assert "held out" in result.stdout
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


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
