"""Keras: real files, kept with their outputs; and models alive, where Keras is installed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import ModelMismatchError, UnsupportedModelError
from nnviz.network import NetworkError

h5py: Any = pytest.importorskip("h5py")

MODELS = Path(__file__).parent / "models"
OUTPUTS = np.load(MODELS / "outputs.npz")
FILES = sorted(path.name for path in MODELS.glob("*.keras"))


def channels_first(x: np.ndarray) -> np.ndarray:
    """Turn Keras's inputs into ours."""
    if x.ndim == 3:
        return x[:, np.newaxis]
    return x.transpose(0, 3, 1, 2) if x.ndim == 4 else x


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    network = nnviz.from_keras(MODELS / name)
    theirs = OUTPUTS[f"{name}/y"]
    if name == "nested.keras":  # It ends in a log_softmax.
        theirs = np.exp(theirs)
    ours = network.feedforward(channels_first(OUTPUTS[f"{name}/x"]))
    np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-7)


def test_a_file_gives_the_layers_it_says() -> None:
    network = nnviz.from_keras(str(MODELS / "conv.keras"))
    assert network.input_shape == (2, 9, 7)
    assert [layer.name for layer in network.layers] == [
        *("conv2d", "batch_norm", "average_pool2d", "max_pool2d", "conv2d"),
        *("flatten", "batch_norm", "dropout", "dense", "dense"),
    ]
    norm = network.layers[1]
    assert (norm.arguments["epsilon"], norm.arguments["momentum"]) == (0.01, pytest.approx(0.1))
    assert network.cost_function.name == "cross-entropy"
    binary = nnviz.from_keras(MODELS / "dense.keras")
    assert binary.predict(np.zeros((2, 5))).shape == (2,)


# --- files that are changed


def described(name: str = "conv.keras") -> dict[str, Any]:
    with zipfile.ZipFile(MODELS / name) as archive:
        model: dict[str, Any] = json.loads(archive.read("config.json"))
    return model


def rewritten(path: Path, model: object, weights: bytes | None = None, name: str = "conv") -> Path:
    """Write a file with another description, or other weights."""
    with (
        zipfile.ZipFile(MODELS / f"{name}.keras") as old,
        zipfile.ZipFile(path, "w") as new,
    ):
        new.writestr("config.json", model if isinstance(model, str) else json.dumps(model))
        new.writestr("model.weights.h5", weights or old.read("model.weights.h5"))
    return path


def layer(model: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [part for part in model["config"]["layers"] if part["class_name"] == name]
    return found


def change(kind: str, **config: object) -> Callable[[dict[str, Any]], None]:
    return lambda model: layer(model, kind)["config"].update(config)


def rename(kind: str, **words: object) -> Callable[[dict[str, Any]], None]:
    return lambda model: layer(model, kind).update(words)


def take_from(kind: str, *sources: str) -> Callable[[dict[str, Any]], None]:
    def edit(model: dict[str, Any]) -> None:
        tensors = [{"config": {"keras_history": [layer(model, s)["name"], 0, 0]}} for s in sources]
        layer(model, kind)["inbound_nodes"] = [{"args": [tensors], "kwargs": {}}]

    return edit


def use_twice(model: dict[str, Any]) -> None:
    node = layer(model, "Flatten")["inbound_nodes"]
    node.append(node[0])


def two_outputs(model: dict[str, Any]) -> None:
    model["config"]["output_layers"] = [["a", 0, 0], ["b", 0, 0]]


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another layer": (
        rename("Flatten", class_name="LSTM"),
        r"layers\[7\] 'flatten' \(LSTM\): a LSTM of keras.layers is not supported; .*Conv2D",
    ),
    "a layer of one's own": (
        rename("Flatten", module="mine", registered_name="mine>Flatten"),
        r"layers\[7\] 'flatten' \(Flatten\): a Flatten of mine is not supported",
    ),
    "a lambda": (
        change("Activation", activation={"class_name": "__lambda__", "config": {"value": "x"}}),
        r"\(Activation\): the activation \{'class_name': '__lambda__', .* is not supported",
    ),
    "an activation": (
        change("Activation", activation="mish"),
        r"'mish' is not supported; elu, gelu",
    ),
    "a skip connection": (
        take_from("Flatten", "Activation", "ReLU"),
        r"layer 'flatten' \(Flatten\) joins average_pooling2d and re_lu: .*skip connection",
    ),
    "a branch": (
        take_from("Dropout", "ReLU"),
        r"after layer 're_lu' the model goes on in 2 ways \(average_pooling2d, dropout\w*\)",
    ),
    "a cycle": (take_from("ReLU", "Dropout"), "the model goes on in 0 ways"),
    "used twice": (use_twice, r"layer 'flatten' \(Flatten\) is used 2 times"),
    "two outputs": (two_outputs, "the model has 2 outputs"),
    "channels first": (change("Flatten", data_format="channels_first"), "'channels_last' is"),
    "relu6": (change("ReLU", max_value=6.0), r"\(ReLU\): max_value 6\.0 is not supported"),
    "softmax axis": (change("Softmax", axis=0), "over the last axis, not 0"),
    "any size": (
        change("InputLayer", batch_shape=[None, None, None, 2]),
        r"its input has shape \(None, None, 2\); taken is",
    ),
    "a huge input": (change("InputLayer", batch_shape=[None, 10**6, 10**6, 2]), "more than 16,77"),
}


def with_activation() -> dict[str, Any]:
    """Describe conv.keras with an activation of its own instead of the average pooling."""
    model = described()
    pool = layer(model, "AveragePooling2D")
    pool["class_name"] = "Activation"
    pool["config"] = {"name": pool["config"]["name"], "activation": "tanh"}
    return model


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    edit, message = REFUSED[case]
    model = with_activation()
    edit(model)
    with pytest.raises(UnsupportedModelError, match=rf"(?s)x\.keras: .*{message}"):
        nnviz.from_keras(rewritten(tmp_path / "x.keras", model))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=r"save the model as a \.keras file"):
        nnviz.from_keras(tmp_path)
    with pytest.raises(FileNotFoundError):
        nnviz.from_keras(tmp_path / "none.keras")
    with pytest.raises(UnsupportedModelError, match="a Keras model or the path of one, not a int"):
        nnviz.from_keras(3)
    path = tmp_path / "x.keras"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(NetworkError, match=r"x\.keras: damaged, or no file that Keras 3 saved"):
        nnviz.from_keras(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(NetworkError, match=r"x\.keras: there is no model\.weights\.h5 in it"):
        nnviz.from_keras(path)


@pytest.mark.parametrize("text", ["[", "[]", "{}", "[" * 100_000, '{"config": 3}'])
def test_descriptions_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(NetworkError, match=r"x\.keras: "):
        nnviz.from_keras(rewritten(tmp_path / "x.keras", text))


def with_weights(edit: Callable[[Any], None], name: str = "conv") -> bytes:
    with zipfile.ZipFile(MODELS / f"{name}.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content, "r+") as file:
        edit(file)
    return content.getvalue()


def replace(path: str, value: Any) -> Callable[[Any], None]:
    def edit(file: Any) -> None:
        del file[path]
        if value is not None:
            file[path] = value

    return edit


def outside(file: Any) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset(
        "layers/dense/vars/0", (36, 5), "<f4", external=[("/etc/passwd", 0, 36 * 5 * 4)]
    )


def squeezed(file: Any) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (30_000, 30_000), "<f4", compression="gzip")


def unwritten(file: Any) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (30_000, 30_000), "<f4")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            replace("layers/dense/vars/0", None),
            r"'dense\w*' \(Dense\): has 0 arrays of weights, not 2",
        ),
        (replace("layers/dense/vars/1", None), r"has 1 arrays of weights, not 2: kernel, bias"),
        (
            replace("layers/dense/vars/0", np.ones((5, 36))),
            r"weights look transposed: their shape \(36, 5\)",
        ),
        (replace("layers/dense/vars/0", np.ones((35, 5))), r"\(35,\), not \(36,\)"),
        (replace("layers/dense/vars/0", np.full((36, 5), np.nan)), "weights: contains a NaN"),
        (replace("layers/dense/vars/0", np.ones(36)), "its kernel must have two axes"),
        (replace("layers/dense/vars/0", b"text"), "must hold numbers"),
        (replace("layers/conv2d/vars/0", np.ones((3, 3, 2))), "its kernel must have four axes"),
        (replace("layers/dense", h5py.SoftLink("/layers/dense_1")), "a link to elsewhere"),
        (replace("layers/dense", h5py.ExternalLink("/etc/passwd", "/")), "a link to elsewhere"),
        (outside, "lies in another file, which is not read"),
        (squeezed, "uncompressed"),
        (unwritten, "is not whole"),
    ],
)
def test_weights_that_do_not_fit(tmp_path: Path, edit: Callable[[Any], None], message: str) -> None:
    path = rewritten(tmp_path / "x.keras", described(), with_weights(edit))
    with pytest.raises(NetworkError, match=rf"x\.keras: .*{message}"):
        nnviz.from_keras(path)


# --- models alive


class Imitation:
    """What a model of Keras answers, told by a file's description and arrays."""

    def __init__(self, y: np.ndarray) -> None:
        self.name = "imitation"
        self._y = y
        dense = {"units": 2, "use_bias": True, "activation": "relu", "name": "dense"}
        self._config = {
            "layers": [
                {"class_name": "InputLayer", "config": {"batch_shape": (None, 2), "name": "x"}},
                {"class_name": "Dense", "config": dense},
            ]
        }
        self._weights = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2)]

    @property
    def layers(self) -> list[Any]:
        dense = type("Dense", (), {"name": "dense", "get_weights": lambda _: self._weights})
        return [dense()]

    def get_config(self) -> dict[str, Any]:
        return self._config

    def get_weights(self) -> list[np.ndarray]:
        return self._weights

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(np.maximum(x @ self._weights[0], 0) * self._y, np.float32)


def test_a_model_is_asked_for_what_it_has_and_a_gap_is_said() -> None:
    network = nnviz.from_keras(Imitation(np.ones(1)))
    assert network.weights[0].tolist() == [[1, 3], [2, 4]]
    with pytest.raises(ModelMismatchError, match=r"this Imitation .* differ by 0\.001 of the"):
        nnviz.from_keras(Imitation(np.array([1, 1.001])))
