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
FILES = sorted(path.name for kind in ("*.keras", "*.h5") for path in MODELS.glob(kind))


def channels_first(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Turn Keras's inputs into ours."""
    return x.transpose(0, 3, 1, 2) if x.ndim == 4 else x.reshape(-1, *shape)


@pytest.mark.filterwarnings("ignore:.*nested.keras.*logarithms")
@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    network = nnviz.from_keras(MODELS / name)
    theirs = OUTPUTS[f"{name}/y"]
    if name == "nested.keras":  # It ends in a log_softmax.
        theirs = np.exp(theirs)
    x = {
        own: channels_first(OUTPUTS[f"{name}/x{k or ''}"], shape)
        for k, (own, shape) in enumerate(network.inputs.items())
    }
    ours = network.feedforward(x if len(x) > 1 else next(iter(x.values())))
    np.testing.assert_allclose(ours, theirs, rtol=5e-6, atol=1e-6)


def test_the_same_model_from_files_of_every_kind_is_the_same() -> None:
    for name in ("branches", "recurrent", "attention"):
        assert nnviz.from_keras(MODELS / f"{name}.keras") == nnviz.from_keras(MODELS / f"{name}.h5")
        kind = f"keras2-{name}"
        assert nnviz.from_keras(MODELS / f"{kind}.keras") == nnviz.from_keras(MODELS / f"{kind}.h5")


def test_a_graph_of_a_file_has_the_layers_names() -> None:
    network = nnviz.from_keras(MODELS / "branches.keras")
    assert list(network.inputs) == ["left", "right"]
    assert {"encoder.conv2d", "encoder.conv2d_2", "concatenate", "add"} <= set(network.nodes)
    first, second = (network.nodes[name].layer for name in ("encoder.conv2d", "encoder.conv2d_2"))
    assert first is second


def test_a_file_gives_the_layers_it_says() -> None:
    network = nnviz.from_keras(str(MODELS / "conv.keras"))
    assert network.input_shape == (2, 9, 7)
    assert [layer.kind for layer in network.layers] == [
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
        new.writestr("metadata.json", old.read("metadata.json"))
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
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {"keras_history": [layer(model, source)["name"], 0, 0]},
            }
            for source in sources
        ]
        layer(model, kind)["inbound_nodes"] = [{"args": [tensors], "kwargs": {}}]

    return edit


def two_outputs(model: dict[str, Any]) -> None:
    name = layer(model, "Dropout")["name"]
    model["config"]["output_layers"] = [[name, 0, 0], model["config"]["output_layers"]]


def with_part(kind: str, part: int) -> Callable[[dict[str, Any]], None]:
    """Let what follows take another value than a layer gives."""

    def edit(model: dict[str, Any]) -> None:
        name = layer(model, kind)["name"]
        for one in model["config"]["layers"]:
            for tensor in [a for node in one["inbound_nodes"] for a in node["args"]]:
                if tensor["config"]["keras_history"][0] == name:
                    tensor["config"]["keras_history"][2] = part

    return edit


def called_with(kind: str, **kwargs: object) -> Callable[[dict[str, Any]], None]:
    return lambda model: layer(model, kind)["inbound_nodes"][0]["kwargs"].update(kwargs)


def same_names(model: dict[str, Any]) -> None:
    first, second, *_ = model["config"]["layers"]
    second["name"] = first["name"]


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another layer": (
        rename("Flatten", class_name="Conv3D"),
        r"layers\[7\] 'flatten' \(Conv3D\): a Conv3D of Keras is not supported; .*Conv2D",
    ),
    "a layer of one's own": (
        rename("Flatten", module="mine", registered_name="mine>Flatten"),
        r"layers\[7\] 'flatten' \(Flatten\): a mine>Flatten of mine is not supported: it is not",
    ),
    "a layer that is registered": (
        rename("Flatten", registered_name="mine>Flatten"),
        r"layers\[7\] 'flatten' \(Flatten\): a mine>Flatten of keras.layers is not supported",
    ),
    "a layer of another package": (
        rename("Flatten", module="keras_more.layers"),
        "not a class of Keras",
    ),
    "a model of one's own": (
        lambda model: model.update(class_name="Doubled", registered_name="mine>Doubled"),
        "a mine>Doubled of .* is not supported, as its call may compute anything",
    ),
    "a model that is registered": (
        lambda model: model.update(registered_name="mine>Functional"),
        "a mine>Functional of .* is not supported",
    ),
    "a lambda": (
        change("Activation", activation={"class_name": "__lambda__", "config": {"value": "x"}}),
        r"\(Activation\): the activation \{'class_name': '__lambda__', .* is not supported",
    ),
    "a function of one's own": (
        change(
            "Activation",
            activation={"class_name": "function", "config": "relu", "module": "mine"},
        ),
        r"\(Activation\): the activation \{'class_name': 'function', .* is not supported",
    ),
    "an activation": (
        change("Activation", activation="glu"),
        "'glu' is not supported; supported are celu, elu",
    ),
    "two arguments": (
        take_from("Flatten", "Activation", "ReLU"),
        r"'flatten' \(Flatten\): its input has to be a value of the model",
    ),
    "a cycle": (take_from("ReLU", "Dropout"), "its layers form a cycle: '.*re_lu"),
    "no such layer": (
        lambda model: layer(model, "Flatten")["inbound_nodes"][0]["args"][0]["config"].update(
            keras_history=["none", 0, 0]
        ),
        r"'flatten' needs the output of \('none', 0\), which is not there",
    ),
    "no such value": (with_part("Flatten", 1), "output 1 of 'flatten' is used, but it has no such"),
    "one name for two": (same_names, "two of its layers have the name"),
    "two outputs": (two_outputs, "the model has 2 outputs: choose one of them with output=0, 1,"),
    "channels first": (
        change("Flatten", data_format="channels_first"),
        "supported is 'channels_last'",
    ),
    "always training": (called_with("Dropout", training=True), "training=True is not supported"),
    "a mask": (called_with("ReLU", mask=[1]), "a mask is not supported"),
    "an argument": (
        called_with("ReLU", more=3),
        "called with 1 arguments and more; supported is one",
    ),
    "quantised": (change("ReLU", quantization_config={"mode": "int8"}), "the type .* is not supp"),
    "a type": (
        change("Dropout", dtype="int8"),
        "the type int8 is not supported; supported are float32",
    ),
    "threshold": (change("ReLU", threshold=1.0), r"\(ReLU\): a ReLU with a threshold"),
    "softmax axis": (change("Softmax", axis=0), "must not run over the examples"),
    "softmax axes": (change("Softmax", axis=[1]), "a softmax over several axes"),
    "any size": (
        change("InputLayer", batch_shape=[None, None, None, 2]),
        r"its input x has shape \(None, None, 2\): give the shape of one example in numbers with",
    ),
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
    with pytest.raises(
        UnsupportedModelError, match="type int is not supported; supported are a Keras"
    ):
        nnviz.from_keras(3)
    path = tmp_path / "x.keras"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(NetworkError, match=r"x\.keras: damaged or cut off"):
        nnviz.from_keras(path)
    path.write_bytes(b"text")
    with pytest.raises(NetworkError, match=r"x\.keras: damaged, or not a file of Keras"):
        nnviz.from_keras(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(NetworkError, match=r"x\.keras: it has no model\.weights\.h5"):
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
            r"'dense\w*' \(Dense\): it has 0 arrays of weights and needs 2",
        ),
        (
            replace("layers/dense/vars/1", None),
            r"has 1 arrays of weights and needs 2: kernel, bias",
        ),
        (
            replace("layers/dense/vars/0", np.ones((5, 36))),
            r"weights look transposed: their shape \(36, 5\)",
        ),
        (replace("layers/dense/vars/0", np.ones((35, 5))), r"\(35,\), not \(36,\)"),
        (replace("layers/dense/vars/0", np.full((36, 5), np.nan)), "weights: contains a NaN"),
        (replace("layers/dense/vars/0", np.ones(36)), "its kernel has to have two axes"),
        (replace("layers/dense/vars/0", b"text"), "has to hold uncompressed numbers"),
        (replace("layers/conv2d/vars/0", np.ones((3, 3, 2))), "its kernel has to have four axes"),
        (
            replace("layers/dense", h5py.SoftLink("/layers/dense_1")),
            "is a link, which is not supported",
        ),
        (
            replace("layers/dense", h5py.ExternalLink("/etc/passwd", "/")),
            "is a link, which is not supported",
        ),
        (outside, "is stored in another file, which is not supported"),
        (squeezed, "uncompressed"),
        (unwritten, "is incomplete"),
    ],
)
def test_weights_that_do_not_fit(tmp_path: Path, edit: Callable[[Any], None], message: str) -> None:
    path = rewritten(tmp_path / "x.keras", described(), with_weights(edit))
    with pytest.raises(NetworkError, match=rf"x\.keras: .*{message}"):
        nnviz.from_keras(path)


# --- files of a few layers, against NumPy


def called(kind: str, *given: object, **config: object) -> dict[str, Any]:
    """Describe a layer or an operation, and what it is called with, as Keras 3 writes it."""
    is_layer = kind in ("InputLayer", "ReLU", "RepeatVector") or "Pooling" in kind
    return {
        "module": "keras.layers" if is_layer else "keras.src.ops.numpy",
        "class_name": kind,
        "config": config,
        "inbound_nodes": [{"args": [*given], "kwargs": {}}],
    }


def in_a_row(shape: tuple[int, ...], *layers: dict[str, Any], parts: int = 1) -> dict[str, Any]:
    """Describe a model whose last layer gives one value or several."""
    start = called("InputLayer", batch_shape=[None, *shape], dtype="float32")
    row = [start | {"inbound_nodes": []}, *layers]
    for k, one in enumerate(row):
        one["name"] = one["config"]["name"] = f"x{k}"
    for k, one in enumerate(layers):
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [f"x{k}", 0, 0]}}
        one["inbound_nodes"][0]["args"].insert(0, tensor)
    ends = [[f"x{len(layers)}", 0, k] for k in range(parts)]
    config = {
        "name": "model",
        "layers": row,
        "input_layers": ["x0", 0, 0],
        "output_layers": ends[0] if parts == 1 else ends,
    }
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


FACTORS = {"class_name": "__numpy__", "config": {"value": [1, -2, 3], "dtype": "float64"}}


@pytest.mark.parametrize(
    ("model", "function"),
    [
        (in_a_row((2, 3), called("Multiply", FACTORS)), lambda x: x * [1, -2, 3]),
        (in_a_row((5, 3), called("Repeat", repeats=2, axis=1)), lambda x: np.repeat(x, 2, axis=1)),
        (
            in_a_row((5, 3), called("Repeat", repeats=2, axis=-1)),
            lambda x: np.repeat(x, 2, axis=-1),
        ),
        (in_a_row((4,), called("RepeatVector", n=3)), lambda x: np.stack([x, x, x], axis=1)),
        (in_a_row((2, 3), called("Swapaxes", axis1=1, axis2=-1)), lambda x: x.swapaxes(1, 2)),
        (in_a_row((2, 3), called("Transpose", axes=[0, 2, 1])), lambda x: x.swapaxes(1, 2)),
    ],
    ids=[
        "a number for each feature",
        "steps twice",
        "features twice",
        "a vector at every step",
        "two axes swapped",
        "axes in another order",
    ],
)
def test_what_numbers_become(
    tmp_path: Path, model: dict[str, Any], function: Callable[[np.ndarray], np.ndarray]
) -> None:
    network = nnviz.from_keras(rewritten(tmp_path / "x.keras", model))
    x = np.random.RandomState(0).randn(2, *network.input_shape)
    np.testing.assert_allclose(network.feedforward(x), function(x), rtol=1e-12)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("kind", ["Average", "Max"])
def test_what_remains_of_images_that_are_pooled(tmp_path: Path, kind: str, keepdims: bool) -> None:
    pooled = called(f"Global{kind}Pooling2D", keepdims=keepdims, data_format="channels_last")
    model = in_a_row((4, 5, 3), pooled, called("Multiply", FACTORS))
    network = nnviz.from_keras(rewritten(tmp_path / "x.keras", model))
    x = np.random.RandomState(0).randn(2, 3, 4, 5)
    pool = np.mean if kind == "Average" else np.max
    expected = pool(x, axis=(2, 3)) * [1, -2, 3]
    ours = network.feedforward(x)
    assert ours.shape == ((2, 3, 1, 1) if keepdims else (2, 3))
    np.testing.assert_allclose(ours.reshape(2, 3), expected, rtol=1e-12)


def test_parts_of_equal_size(tmp_path: Path) -> None:
    path = rewritten(
        tmp_path / "x.keras",
        in_a_row((2, 6), called("Split", indices_or_sections=3, axis=-1), parts=3),
    )
    x = np.random.RandomState(0).randn(2, 2, 6)
    for k, part in enumerate(np.split(x, 3, axis=-1)):
        ours = nnviz.from_keras(path, output=k).feedforward(x)
        np.testing.assert_array_equal(ours, part)


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
def test_what_gets_an_axis_for_channels_is_an_image(tmp_path: Path, axis: int) -> None:
    """Only at the end is that the axis of the channels, which the network has first."""
    model = in_a_row((4, 5), called("ExpandDims", axis=axis), called("ReLU"))
    network = nnviz.from_keras(rewritten(tmp_path / "x.keras", model))
    is_image = axis in (3, -1)
    assert network.input_shape == ((1, 4, 5) if is_image else (4, 5))
    x = np.random.RandomState(0).randn(2, 4, 5)
    ours = network.feedforward(x[:, None] if is_image else x)
    theirs = np.maximum(np.expand_dims(x, axis), 0)
    np.testing.assert_array_equal(ours, theirs.transpose(0, 3, 1, 2))


# --- Keras 2


def called_in(training: bool | None) -> dict[str, Any]:
    """Describe keras2-branches.keras with its encoder called as encoder(x, training=...)."""
    model = described("keras2-branches.keras")
    (encoder,) = [part for part in model["config"]["layers"] if part["class_name"] == "Sequential"]
    for (node,) in encoder["inbound_nodes"]:
        node[3] = {"training": training}
    return model


def test_a_model_called_without_training_by_keras_2_keeps_its_statistics(tmp_path: Path) -> None:
    name = "keras2-branches"
    fixed = nnviz.from_keras(rewritten(tmp_path / "x.keras", called_in(False), name=name))
    plain = nnviz.from_keras(rewritten(tmp_path / "y.keras", called_in(None), name=name))
    kinds = [{node.layer.kind for node in network.nodes.values()} for network in (fixed, plain)]
    assert kinds[0] - kinds[1] == {"standardise", "scale"}
    assert kinds[1] - kinds[0] == {"batch_norm"}
    x = {own: np.ones(shape) for own, shape in plain.inputs.items()}
    np.testing.assert_allclose(fixed.feedforward(x), plain.feedforward(x))
    with pytest.raises(UnsupportedModelError, match="training=True is not supported"):
        nnviz.from_keras(rewritten(tmp_path / "x.keras", called_in(True), name=name))


def test_the_hard_sigmoid_of_keras_2_is_another(tmp_path: Path) -> None:
    for name, fits in (("keras2-attention", False), ("attention", True)):
        model = described(f"{name}.keras")
        layer(model, "Dense")["config"]["activation"] = "hard_sigmoid"
        path = rewritten(tmp_path / "x.keras", model, name=name)
        if fits:
            dense = nnviz.from_keras(path).nodes[layer(model, "Dense")["name"]].layer
            assert dense.activation.name == "hardsigmoid"
        else:
            with pytest.raises(UnsupportedModelError, match="the hard_sigmoid of Keras 2"):
                nnviz.from_keras(path)


# --- models alive


class Sequential:
    """What a model of Keras answers, told by a file's description and arrays."""

    # As it is of Keras's own.
    __module__ = "keras.models"

    def __init__(self, y: np.ndarray, shape: tuple[int, ...] = (2,)) -> None:
        self._y = y
        dense = {"units": 2, "use_bias": True, "activation": "relu", "name": "dense"}
        start = {"batch_shape": (None, *shape), "name": "x"}
        self._config = {
            "layers": [
                {"module": "keras.layers", "class_name": "InputLayer", "config": start},
                {"module": "keras.layers", "class_name": "Dense", "config": dense},
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
    network = nnviz.from_keras(Sequential(np.ones(1)))
    assert network.weights[0].tolist() == [[1, 3], [2, 4]]
    with pytest.raises(ModelMismatchError, match=r"this Sequential .* differ by 0\.001 of the"):
        nnviz.from_keras(Sequential(np.array([1, 1.001])))


def test_images_of_a_model_are_compared_with_their_channels_first() -> None:
    model = Sequential(np.ones(1), (4, 5, 2))
    network = nnviz.from_keras(model)
    x = np.random.RandomState(0).randn(3, 4, 5, 2)
    ours = network.feedforward(x.transpose(0, 3, 1, 2))
    theirs = model.predict_on_batch(x)
    np.testing.assert_allclose(ours, theirs.transpose(0, 3, 1, 2), rtol=1e-6)
    with pytest.raises(ModelMismatchError, match="differ by"):
        nnviz.from_keras(Sequential(np.array([1, 1.001]), (4, 5, 2)))
