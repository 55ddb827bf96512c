"""Make the models beside this file again, with the frameworks themselves.

It takes Keras, PyTorch (as Keras's backend: set KERAS_BACKEND=torch), scikit-learn, skl2onnx,
onnxruntime and onnxscript. See README.md for the versions that made the files.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import torch
from keras import layers
from skl2onnx import to_onnx
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent
RNG = np.random.RandomState(0)
outputs: dict[str, np.ndarray] = {}


def numbers(*shape: int) -> np.ndarray:
    return RNG.randn(*shape).astype(np.float32)


# --- Keras

DENSE = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(6, activation="tanh"),
        layers.BatchNormalization(scale=False),
        layers.Dense(7, use_bias=False),
        layers.LeakyReLU(negative_slope=0.1),
        layers.Dropout(0.25),
        layers.Dense(4, activation="swish"),
        layers.Dense(1, activation="sigmoid"),
    ],
    name="dense",
)


def conv() -> keras.Model:
    x = image = keras.Input((9, 7, 2))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=0.01)(x)
    x = layers.ReLU()(x)
    x = layers.AveragePooling2D(2, strides=1, padding="same")(x)
    x = layers.MaxPooling2D((2, 1), padding="same")(x)
    x = layers.Conv2D(6, 2, groups=2, activation="gelu", name="second")(x)
    x = layers.Flatten()(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(5, activation="elu")(x)
    x = layers.Dense(3)(x)
    return keras.Model(image, layers.Softmax()(x), name="conv")


NESTED = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.Reshape((8, 8, 1)),
        layers.Rescaling(1 / 4, offset=-0.5),
        keras.Sequential(
            [
                layers.Conv2D(3, 3, dilation_rate=2, activation="softplus"),
                layers.Conv2D(4, 2, padding="valid", activation="leaky_relu"),
            ],
            name="features",
        ),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="log_softmax"),
    ],
    name="nested",
)


def save_keras(model: keras.Model) -> None:
    for layer in model.layers:
        for part in getattr(layer, "layers", [layer]):
            drawn = [0.5 * numbers(*w.shape) for w in part.get_weights()]
            if isinstance(part, layers.BatchNormalization):
                drawn[-1] = drawn[-1] ** 2 + np.float32(0.5)
            part.set_weights(drawn)
    model.save(HERE / f"{model.name}.keras")
    note(f"{model.name}.keras", x := numbers(3, *model.input_shape[1:]), model.predict(x))


def note(name: str, x: np.ndarray, y: np.ndarray) -> None:
    outputs[f"{name}/x"], outputs[f"{name}/y"] = x, y


# --- ONNX from scikit-learn


def save_sklearn() -> None:
    x = numbers(80, 4)
    two, three = RNG.randint(2, size=80), RNG.randint(3, size=80)
    for name, model, y in (
        ("binary", MLPClassifier([5], activation="tanh", max_iter=20), two),
        ("classes", MLPClassifier([5, 4], max_iter=20), three),
        ("labels", MLPClassifier([5], max_iter=20), RNG.randint(2, size=(80, 3))),
        (
            "regressor",
            MLPRegressor(hidden_layer_sizes=[5], activation="logistic", max_iter=20),
            2 * x[:, 0],
        ),
    ):
        model.set_params(random_state=0).fit(x, y)
        file = f"sklearn-{name}.onnx"
        (HERE / file).write_bytes(to_onnx(model, x[:1]).SerializeToString())
        theirs = model.predict(x[:3]) if name == "regressor" else model.predict_proba(x[:3])
        note(file, x[:3], theirs[:, 1:] if name == "binary" else theirs)


# --- ONNX from PyTorch


class Perceptron(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ELU(0.5), nn.Dropout())
        self.last = nn.Linear(5, 3, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.silu(self.layers(x))
        return functional.log_softmax(self.last(x), 1)


class Convolutions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(2, 4, 3, padding="same", groups=2)
        self.norm = nn.BatchNorm2d(4)
        self.two = nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=1)
        self.fc = nn.Linear(16, 5)
        self.out = nn.Linear(5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool2d(functional.leaky_relu(self.norm(self.one(x)), 0.2), 2)
        x = functional.avg_pool2d(functional.gelu(self.two(x)), 3, 1, 1)
        x = x.view(x.size(0), -1)
        x = functional.gelu(self.fc(x), approximate="tanh")
        return functional.softmax(functional.softplus(self.out(x)), dim=1)


class Pooled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.out = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.silu(functional.avg_pool2d(self.conv(x).tanh(), 2, padding=1))
        x = torch.flatten(functional.adaptive_avg_pool2d(self.norm(x), 1), 1)
        return torch.sigmoid(self.out(x))


def save_torch(name: str, module: nn.Module, *shape: int) -> None:
    module.eval()
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(0.5 * numbers(*tensor.shape)))
        for part in module.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.running_var.abs_().add_(0.5)
    x = torch.from_numpy(numbers(3, *shape))
    for file, options in (
        (f"torch-{name}-17.onnx", {"dynamo": False, "opset_version": 17}),
        (f"torch-{name}-20.onnx", {"dynamo": False, "opset_version": 20}),
        (f"torch-{name}-dynamo.onnx", {"dynamo": True}),
    ):
        if not options["dynamo"]:
            options |= {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}}
        example = x if name != "pooled" else x[:1]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file
            torch.onnx.export(module, (example,), path, external_data=False, **options)
            model = onnx.load(path)
        for node in model.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        del model.graph.metadata_props[:]
        content = model.SerializeToString()
        (HERE / file).write_bytes(content)
        note(file, x.numpy(), module(x).detach().numpy())
        session = onnxruntime.InferenceSession(content)
        (y,) = session.run(None, {model.graph.input[0].name: example.numpy()})
        assert np.abs(y - outputs[f"{file}/y"][: len(y)]).max() < 1e-5, file


for made in (DENSE, conv(), NESTED):
    save_keras(made)
save_sklearn()
save_torch("perceptron", Perceptron(), 6)
save_torch("conv", Convolutions(), 2, 8, 6)
save_torch("pooled", Pooled(), 1, 7, 7)
np.savez_compressed(HERE / "outputs.npz", **outputs)
