"""Modules of PyTorch, where that is installed: `make test-torch` runs these tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import ModelMismatchError, UnsupportedModelError
from nnviz.interop.torch_joins import JOINS
from nnviz.interop.torch_layers import FUNCTIONS, MODULES
from nnviz.limits import LimitError, Limits
from nnviz.network import Activate, NetworkError

torch: Any = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
nn, F = torch.nn, torch.nn.functional

RNG = np.random.RandomState(0)
IMAGE = (4, 6, 5)


def drawn(module: Any) -> Any:
    """Give a module other numbers than it begins with, statistics as well."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                values = RNG.randn(*tensor.shape)
                tensor.copy_(torch.tensor(values**2 + 0.5 if "var" in name else 0.5 * values))
    return module


def check(module: Any, *shape: int, log: bool = False, near: float = 1e-8) -> nnviz.Network:
    """Read a module, and compare values, and gradients by the input, in double precision."""
    network = nnviz.from_torch(module, shape)
    twin = module.double().eval()
    x = RNG.randn(3, *shape)
    theirs = torch.tensor(x, requires_grad=True)
    outputs = twin(theirs.clone())  # In-place layers may change it.
    if log:
        outputs = outputs.exp()
    values = network.feedforward(x)
    np.testing.assert_allclose(
        values, outputs.detach().numpy().reshape(values.shape), rtol=1e-10, atol=1e-12
    )
    if len(network.output_shape) == 1:
        y = RNG.rand(*values.shape)
        quadratic = network.replace(cost="quadratic")
        ((outputs.reshape(values.shape) - torch.tensor(y)) ** 2).sum().backward()
        ours = quadratic.backward_pass(x, y).activation_gradients[0]
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=near, atol=1e-10)
    return network


MODULE_CASES: dict[str, list[tuple[Callable[[], Any], tuple[int, ...]]]] = {
    "AdaptiveAvgPool2d": [
        (lambda: nn.AdaptiveAvgPool2d(1), IMAGE),
        (lambda: nn.AdaptiveAvgPool2d((3, None)), IMAGE),
        (lambda: nn.AdaptiveAvgPool2d(4), IMAGE),
        (lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 3, 1)), IMAGE),
        (lambda: nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(4, 2)), IMAGE),
    ],
    "AvgPool2d": [
        (lambda: nn.AvgPool2d(2), IMAGE),
        (lambda: nn.AvgPool2d((3, 2), 1, (1, 0)), IMAGE),
        (lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE),
        (lambda: nn.AvgPool2d(2, (2, 1), ceil_mode=True), IMAGE),
    ],
    "BatchNorm1d": [
        (lambda: nn.BatchNorm1d(5, eps=0.1), (5,)),
        (lambda: nn.BatchNorm1d(5, affine=False), (5,)),
    ],
    "BatchNorm2d": [(lambda: nn.BatchNorm2d(4, momentum=0.3), IMAGE)],
    "Conv2d": [
        (lambda: nn.Conv2d(4, 3, 2), IMAGE),
        (lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (2, 1), groups=2, bias=False), IMAGE),
        (lambda: nn.Conv2d(4, 3, (3, 2), padding="same", dilation=2), IMAGE),
        (lambda: nn.Conv2d(4, 3, 4, padding="same"), IMAGE),
        (lambda: nn.Conv2d(4, 4, 3, padding="valid", groups=4), IMAGE),
    ],
    "Dropout": [(lambda: nn.Sequential(nn.Linear(5, 4), nn.Dropout(0.3)), (5,))],
    "ELU": [(lambda: nn.ELU(), (5,)), (lambda: nn.ELU(0.3), (5,))],
    "Conv1d": [
        (lambda: nn.Conv1d(4, 6, 3, 2, 1, groups=2), (4, 9)),
        (lambda: nn.Conv1d(4, 3, 3, padding="same", dilation=2, bias=False), (4, 9)),
    ],
    "ConvTranspose2d": [
        (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2, bias=False), IMAGE),
        (lambda: nn.ConvTranspose2d(4, 3, (3, 2), (2, 1), dilation=2), IMAGE),
    ],
    "GroupNorm": [(lambda: nn.GroupNorm(2, 4), IMAGE), (lambda: nn.GroupNorm(2, 4), (4, 9))],
    "Hardsigmoid": [(lambda: nn.Hardsigmoid(), (5,))],
    "Hardswish": [(lambda: nn.Hardswish(), (5,))],
    "Hardtanh": [(lambda: nn.Hardtanh(-0.5, 0.7), (5,))],
    "InstanceNorm2d": [
        (lambda: nn.InstanceNorm2d(4), IMAGE),
        (lambda: nn.InstanceNorm2d(4, affine=True), IMAGE),
    ],
    "LayerNorm": [
        (lambda: nn.LayerNorm(5, eps=0.1), (5,)),
        (lambda: nn.LayerNorm((6, 5), elementwise_affine=False), IMAGE),
    ],
    "Mish": [(lambda: nn.Mish(), (5,))],
    "PReLU": [(lambda: nn.PReLU(), IMAGE), (lambda: nn.PReLU(4), IMAGE)],
    "RMSNorm": [(lambda: nn.RMSNorm(5, eps=0.1), (5,))],
    "ReLU6": [(lambda: nn.ReLU6(), (5,))],
    "ReflectionPad2d": [(lambda: nn.ReflectionPad2d((1, 2, 0, 3)), IMAGE)],
    "SELU": [(lambda: nn.SELU(), (5,))],
    "Softsign": [(lambda: nn.Softsign(), (5,))],
    "Unflatten": [
        (lambda: nn.Sequential(nn.Flatten(), nn.Unflatten(1, (5, -1, 6))), IMAGE),
    ],
    "Upsample": [
        (lambda: nn.Upsample(scale_factor=2), IMAGE),
        (lambda: nn.Upsample(size=(12, 15), mode="bilinear"), IMAGE),
    ],
    "ZeroPad2d": [(lambda: nn.ZeroPad2d((1, 2, 0, 3)), IMAGE)],
    "Flatten": [
        (lambda: nn.Flatten(), IMAGE),
        (lambda: nn.Flatten(2), IMAGE),
        (lambda: nn.Flatten(-3, 3), IMAGE),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(5, 2)), (5,)),
    ],
    "GELU": [(lambda: nn.GELU(), IMAGE), (lambda: nn.GELU("tanh"), (5,))],
    "Identity": [(lambda: nn.Sequential(nn.Linear(5, 4), nn.Identity(), nn.Tanh()), (5,))],
    "LeakyReLU": [(lambda: nn.LeakyReLU(), (5,)), (lambda: nn.LeakyReLU(0.3), IMAGE)],
    "Linear": [(lambda: nn.Linear(5, 3), (5,)), (lambda: nn.Linear(5, 3, bias=False), (5,))],
    "MaxPool2d": [
        (lambda: nn.MaxPool2d(2), IMAGE),
        (lambda: nn.MaxPool2d((2, 3), (1, 2), (1, 1)), IMAGE),
        (lambda: nn.MaxPool2d((2, 1), ceil_mode=True), IMAGE),
    ],
    "ReLU": [(lambda: nn.ReLU(inplace=True), IMAGE)],
    "SiLU": [(lambda: nn.SiLU(), (5,))],
    "Sigmoid": [(lambda: nn.Sigmoid(), (5,))],
    "Softmax": [
        (lambda: nn.Softmax(dim=1), (5,)),
        (lambda: nn.Softmax(-1), (5,)),
        (lambda: nn.Softmax(1), IMAGE),
    ],
    "Softplus": [(lambda: nn.Softplus(), (5,)), (lambda: nn.Softplus(2), (5,))],
    "Tanh": [(lambda: nn.Tanh(), (5,))],
}


@pytest.mark.parametrize(
    ("make", "shape"), [case for cases in MODULE_CASES.values() for case in cases]
)
def test_modules(make: Callable[[], Any], shape: tuple[int, ...]) -> None:
    module = make()
    # torch's own derivative of this one has 1 / 6 in single precision.
    near = 1e-7 if isinstance(module, nn.Hardsigmoid) else 1e-8
    check(drawn(nn.Sequential(module)), *shape, near=near)


def test_every_module_is_tried() -> None:
    assert set(MODULES) == {*MODULE_CASES, "LogSoftmax"}


@pytest.mark.parametrize(
    "module", [lambda: nn.LogSoftmax(1), lambda: nn.Sequential(nn.Linear(5, 5), nn.LogSoftmax(-1))]
)
def test_log_softmax_becomes_softmax(module: Callable[[], Any]) -> None:
    network = check(drawn(module()), 5, log=True)
    assert network.activations[-1].name == "softmax"
    assert network.cost_function.name == "cross-entropy"


class Forward(nn.Module):
    """Layers, and a forward that a test chooses."""

    def __init__(self, forward: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(18, 6)
        self.square = nn.Linear(6, 6)
        self.line, self.up = nn.Conv1d(4, 3, 3), nn.ConvTranspose2d(3, 4, 2)
        self.act = forward

    def forward(self, x: Any) -> Any:
        return self.act(self, x)


FORWARDS: dict[str, Callable[[Any, Any], Any]] = {
    "adaptive_avg_pool2d": lambda m, x: F.adaptive_avg_pool2d(m.conv(x), (1, 1)).flatten(1),
    "avg_pool2d": lambda m, x: F.avg_pool2d(m.conv(x), 3, stride=2, padding=1),
    "clamp": lambda m, x: torch.clamp(m.conv(x).clamp(min=0), max=0.7),
    "clip": lambda m, x: torch.clip(m.conv(x), -0.5, 1.0),
    "conv1d": lambda m, x: F.conv1d(x.flatten(2), m.line.weight, m.line.bias, padding=1),
    "conv_transpose2d": lambda m, x: F.conv_transpose2d(m.conv(x), m.up.weight, stride=2),
    "exp": lambda m, x: torch.exp(-m.conv(x).exp()),
    "hardsigmoid": lambda m, x: F.hardsigmoid(m.conv(x)),
    "hardswish": lambda m, x: F.hardswish(m.conv(x)),
    "hardtanh": lambda m, x: F.hardtanh(F.hardtanh(m.conv(x), -0.5, 2.0)),
    "interpolate": lambda m, x: F.interpolate(m.conv(x), scale_factor=2, mode="nearest"),
    "layer_norm": lambda m, x: F.layer_norm(m.conv(x), (6, 5)),
    "mish": lambda m, x: F.mish(m.conv(x)),
    "pad": lambda m, x: F.pad(F.pad(x, (1, 2, 0, 1), value=2.0), (1, 0, 2, 1), "reflect"),
    "prelu": lambda m, x: F.prelu(m.conv(x), m.norm.weight),
    "relu6": lambda m, x: F.relu6(m.conv(x)),
    "selu": lambda m, x: torch.selu(F.selu(m.conv(x))),
    "sin": lambda m, x: torch.sin(m.conv(x)).sin(),
    "softsign": lambda m, x: F.softsign(m.conv(x)),
    "sum": lambda m, x: m.conv(x).sum(1).sum(dim=(1,)),
    "contiguous": lambda m, x: m.fc(m.pool(m.conv(x)).contiguous().view(x.size(0), -1)),
    "conv2d": lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, stride=2, padding=1),
    "dropout": lambda m, x: F.dropout(m.conv(x), 0.3, training=m.training),
    "elu": lambda m, x: F.elu(m.conv(x), alpha=0.5),
    "flatten": lambda m, x: torch.flatten(m.conv(x), 1),
    "gelu": lambda m, x: F.gelu(F.gelu(m.conv(x)), approximate="tanh"),
    "leaky_relu": lambda m, x: F.leaky_relu(F.leaky_relu(m.conv(x)), 0.2, inplace=True),
    "linear": lambda m, x: F.linear(m.pool(m.conv(x)).flatten(1), m.fc.weight, bias=m.fc.bias),
    "max_pool2d": lambda m, x: torch.max_pool2d(F.max_pool2d(x, 2, stride=1), 2),
    "mean": lambda m, x: m.conv(x).mean((2, 3)),
    "relu": lambda m, x: m.relu(torch.relu(m.conv(F.relu(x).relu()))),
    "relu_": lambda m, x: m.conv(x).relu_(),
    "reshape": lambda m, x: m.conv(x).reshape(x.shape[0], -1),
    "sigmoid": lambda m, x: torch.sigmoid(F.sigmoid(x).sigmoid()),
    "sigmoid_": lambda m, x: m.conv(x).sigmoid_(),
    "silu": lambda m, x: F.silu(m.norm(m.conv(x))),
    "softmax": lambda m, x: F.softmax(m.fc(m.pool(m.conv(x)).flatten(start_dim=1)), dim=1),
    "softplus": lambda m, x: F.softplus(m.conv(x)),
    "tanh": lambda m, x: torch.tanh(F.tanh(m.conv(x)).tanh()),
    "tanh_": lambda m, x: m.conv(x).tanh_(),
    "view": lambda m, x: m.fc(m.pool(m.conv(x)).view(-1, 18)),
}
JOINED: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda m, x: torch.add(x.add(m.relu(x)), 3) + x.mean(1, keepdim=True),
    "add_": lambda m, x: m.conv(x).add_(1.5),
    "bmm": lambda m, x: torch.bmm(x.flatten(2), x.flatten(2).transpose(1, 2)),
    "cat": lambda m, x: torch.cat([x, m.conv(x)], dim=1),
    "chunk": lambda m, x: (lambda a, b: a * b.sigmoid())(*[x.chunk(2, dim=1)[k] for k in (0, 1)]),
    "concat": lambda m, x: torch.concat((x, x), -1),
    "div": lambda m, x: torch.div(x, 3) / m.norm.running_var.sum(),
    "div_": lambda m, x: m.conv(x).div_(-2),
    "expand": lambda m, x: x + x.mean((2, 3), keepdim=True).expand(-1, -1, 6, 5),
    "expand_as": lambda m, x: x * x.mean((2, 3), keepdim=True).expand_as(x),
    "masked_fill": lambda m, x: x.masked_fill(torch.eye(6, 5) == 1, -math.inf).softmax(-1),
    "matmul": lambda m, x: x @ torch.matmul(x.mT, x),
    "mm": lambda m, x: m.fc(m.pool(m.conv(x)).flatten(1)).mm(m.square.weight),
    "mul": lambda m, x: x.mul(2) * torch.mul(x, -1) * m.relu(x),
    "mul_": lambda m, x: m.conv(x).mul_(3),
    "neg": lambda m, x: -torch.neg(x.neg()),
    "permute": lambda m, x: m.relu(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
    "pow": lambda m, x: x**2 + torch.pow(x, 3),
    "scaled_dot_product_attention": lambda m, x: F.scaled_dot_product_attention(x, x, 2 * x),
    "split": lambda m, x: x.split([1, 3], dim=1)[1] - torch.split(x, 3, 1)[0],
    "square": lambda m, x: x.square(),
    "squeeze": lambda m, x: m.conv(x).mean(1, keepdim=True).squeeze(1),
    "stack": lambda m, x: torch.stack([x[:, 0], x[:, -1]], dim=1),
    "sub": lambda m, x: (1 - x) - m.relu(x).sub(0.5) - torch.sub(2, x),
    "swapaxes": lambda m, x: x.swapaxes(1, 3),
    "transpose": lambda m, x: torch.transpose(x, 1, 2),
    "unbind": lambda m, x: x.unbind(1)[2],
    "unsqueeze": lambda m, x: x.mean((2, 3)).unsqueeze(-1) * x.flatten(2),
    "getitem": lambda m, x: x[:, 1:, ::2, 3] + x[..., 0][:, :-1, None, 1::2][:, :, 0],
}
SIZES: list[Callable[[Any, Any], Any]] = [
    lambda m, x: x.view(x.size(0), x.size(1) * x.size(2) * x.size(3)),
    lambda m, x: m.conv(x).view(-1, 3 * x.shape[2] * x.size()[3]),
    lambda m, x: torch.reshape(x, (x.size()[0], -1)),
    lambda m, x: x.mean([-1, -2], keepdim=True).flatten(1),
    lambda m, x: m.square(m.fc(m.pool(m.relu(m.norm(m.conv(x)))).flatten(1))).softmax(-1),
]


@pytest.mark.parametrize("forward", [*FORWARDS.values(), *JOINED.values(), *SIZES])
def test_functions(forward: Callable[[Any, Any], Any]) -> None:
    # So that what is left of the image fits into the linear layer.
    check(drawn(Forward(forward)), *((4, 4, 6) if "fc" in forward.__code__.co_names else IMAGE))


def test_every_function_is_tried() -> None:
    assert set(FUNCTIONS) == {*FORWARDS, "log_softmax"}
    assert set(JOINS) == {*JOINED} - {"getitem"}


# --- whole modules, and what they are left as


class LeNet(nn.Module):
    """As in many a course."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Sequential(nn.Conv2d(6, 16, 5), nn.BatchNorm2d(16)),
        )
        self.drop = nn.Dropout(0.25)
        self.fc1, self.fc2 = nn.Linear(400, 120), nn.Linear(120, 10)

    def forward(self, x: Any) -> Any:
        batch = x.size(0)
        x = F.max_pool2d(F.relu(self.features(x)), 2)
        x = self.drop(F.gelu(self.fc1(x.view(batch, -1))))
        return F.log_softmax(self.fc2(x), dim=1)


def test_a_whole_module_is_read_and_left_as_it_was() -> None:
    module = drawn(LeNet()).train()
    calls: list[Any] = []
    module.fc1.register_forward_hook(lambda *_: calls.append(1))
    module(torch.randn(4, 1, 28, 28)).sum().backward()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    gradients = {name: p.grad.clone() for name, p in module.named_parameters()}
    random_state = torch.get_rng_state()
    network = nnviz.from_torch(module, (1, 28, 28))
    assert [layer.kind for layer in network.layers] == [
        *("conv2d", "max_pool2d", "conv2d", "batch_norm", "max_pool2d", "flatten"),
        *("dense", "dropout", "dense"),
    ]
    assert all(part.training for part in module.modules())
    assert {name: p.dtype for name, p in module.named_parameters()} == dict.fromkeys(
        gradients, torch.float32
    )
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])
    for name, parameter in module.named_parameters():
        assert parameter.requires_grad
        assert torch.equal(parameter.grad, gradients[name])
    assert len(module.fc1._forward_hooks) == 1
    assert torch.equal(torch.get_rng_state(), random_state)
    check(module, 1, 28, 28, log=True)


def test_the_input_shape_may_be_left_out_before_a_linear_layer() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
    network = nnviz.from_torch(module)
    assert network.shapes == ((6,), (6,), (4,), (2,))
    assert nnviz.from_torch(module, 6) == network
    image = nnviz.from_torch(module, (1, 2, 3))
    assert image.shapes == ((1, 2, 3), (6,), (6,), (4,), (2,))


def test_a_linear_output_takes_a_softmax_as_the_docstring_says() -> None:
    network = nnviz.from_torch(nn.Linear(4, 3))
    last = network.layers[-1].replace(activation="softmax")
    network = network.replace(layers=[*network.layers[:-1], last], cost="cross-entropy")
    assert network.activations[-1].name == "softmax"


def test_layers_in_evaluation_and_training_are_the_same() -> None:
    module = drawn(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.2)))
    assert nnviz.from_torch(module.train()) == nnviz.from_torch(module.eval())


def test_parametrised_weights_are_read_as_they_are_used() -> None:
    module = nn.utils.parametrizations.weight_norm(nn.Linear(5, 3))
    check(drawn(nn.Sequential(module)), 5)


# --- what is refused


def shared() -> Any:
    one, two = nn.Linear(4, 4), nn.Linear(4, 4)
    two.weight = one.weight
    return nn.Sequential(one, two)


REFUSED: dict[str, tuple[Callable[[], Any], Any, str]] = {
    "weights tied alone": (shared, 4, r"1 \(Linear\), .*shares some parameters with 0, but is not"),
    "two outputs": (
        lambda: Forward(lambda m, x: (m.relu(x), x)),
        4,
        r"returns 2 values: choose one of them with output=0, 1",
    ),
    "condition": (
        lambda: Forward(lambda m, x: x if x.sum() > 0 else m.relu(x)),
        4,
        "the forward of this Forward cannot be traced",
    ),
    "unknown": (
        lambda: nn.Sequential(nn.Softshrink()),
        4,
        r"0 \(Softshrink\), .*Softshrink is not",
    ),
    "function": (lambda: Forward(lambda m, x: torch.fft.fft(x)), 4, "fft_fft is not supported"),
    "batch in a view": (
        lambda: Forward(lambda m, x: m.fc(x.view(64, -1))),
        (1, 3, 6),
        r"a view to \(64, -1\) works for 64 examples only: write x\.view\(x\.size\(0\), \.\.\.\)",
    ),
    "view mixes": (lambda: Forward(lambda m, x: x.view(-1, 8)), IMAGE, "mixes examples"),
    "mean of all": (lambda: Forward(lambda m, x: x - x.mean()), IMAGE, "leave the examples apart"),
    "mean of examples": (
        lambda: Forward(lambda m, x: x - x.mean(0)),
        IMAGE,
        r"must not run over the examples, .*: not dim 0",
    ),
    "sum over the batch": (lambda: Forward(lambda m, x: torch.cat([x, x])), 4, "not dim 0"),
    "an example": (lambda: Forward(lambda m, x: m.square(x[:1])), 6, "not dim 0"),
    "guessed dim": (lambda: Forward(lambda m, x: F.softmax(x)), (3, 4), "not dim 0"),
    "division": (
        lambda: Forward(lambda m, x: x / (1 + x * x)),
        4,
        "division by a value that depends on",
    ),
    "quantised": (
        lambda: torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 2)), {nn.Linear}),
        3,
        "0 is a quantised Linear",
    ),
    "meta": (lambda: nn.Sequential(nn.Linear(3, 2, device="meta")), 3, "on the device 'meta'"),
    "dropout of channels": (
        lambda: nn.Sequential(nn.Dropout2d()),
        IMAGE,
        "Dropout2d is not supported",
    ),
    "a parameter's function": (
        lambda: Forward(lambda m, x: x * m.norm.weight.exp()),
        3,
        "exp of a parameter is not supported",
    ),
    "always dropout": (lambda: Forward(lambda m, x: F.dropout(x)), 4, "stays active after eval"),
    "circular": (
        lambda: nn.Sequential(nn.Conv2d(4, 2, 3, padding=1, padding_mode="circular")),
        IMAGE,
        "padding_mode 'circular'",
    ),
    "no statistics": (
        lambda: nn.Sequential(nn.BatchNorm1d(4, track_running_stats=False)),
        4,
        "would depend on the other examples",
    ),
    "ceil_mode": (
        lambda: nn.Sequential(nn.MaxPool2d(2, ceil_mode=True)),
        IMAGE,
        "ceil_mode with windows that reach over the edge",
    ),
    "pool dilation": (lambda: nn.Sequential(nn.MaxPool2d(2, dilation=2)), IMAGE, "dilation 2"),
    "indices": (
        lambda: nn.Sequential(nn.MaxPool2d(2, return_indices=True)),
        IMAGE,
        "return_indices",
    ),
    "divisor": (
        lambda: nn.Sequential(nn.AvgPool2d(2, divisor_override=3)),
        IMAGE,
        "divisor_override",
    ),
    "log-softmax inside": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.LogSoftmax(1), nn.Linear(4, 2)),
        4,
        r"2 \(Linear\), .* a layer after a log-softmax",
    ),
    "softmax over the batch": (lambda: nn.Sequential(nn.Softmax(0)), 4, "not dim 0"),
    "flatten all": (
        lambda: Forward(lambda m, x: torch.flatten(x)),
        IMAGE,
        "flatten from 0 to -1 is not supported",
    ),
    "no shape": (lambda: nn.Sequential(nn.Conv2d(1, 2, 3)), None, "give input_shape"),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(3)), 4, "0.weight has no shape yet"),
    "empty": (lambda: nn.Sequential(), 4, "it has no layers"),
    "transposed": (
        lambda: nn.Sequential(nn.Linear(4, 3)),
        3,
        r"weights look transposed: their shape as \(n_out, n_in\) is \(3, 4\)",
    ),
    "no module": (lambda: len, 4, "supported is a torch.nn.Module"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    make, shape, message = REFUSED[case]
    with pytest.raises(UnsupportedModelError, match=message):
        nnviz.from_torch(make(), shape)


def test_limits() -> None:
    module = nn.Sequential(nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1))
    nnviz.from_torch(module)
    for limits, message in (
        (Limits(memory=100_000), r"0 \(Linear\), step 1 of forward: the layer needs 80,800 bytes"),
        (Limits(nodes=1), "nodes: there are 2 or more, more than the limit of 1"),
        (Limits(seconds=1e-6), "comparing the network with this Sequential would take .* s"),
    ):
        with pytest.raises(LimitError, match=message) as caught:
            nnviz.from_torch(module, limits=limits)
        assert isinstance(caught.value, NetworkError)
    with pytest.raises(LimitError, match=r"an input of .* needs 8,000,000,000,000 bytes"):
        nnviz.from_torch(nn.Sequential(nn.ReLU()), (10**4, 10**4, 10**4))
    nnviz.from_torch(module, limits=Limits(seconds=1e-6), check=False)


def test_two_inputs_are_refused() -> None:
    class Two(nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return x + y

    with pytest.raises(
        UnsupportedModelError, match=r"y \(y\), step 1 .*for several inputs.*input_shape"
    ):
        nnviz.from_torch(Two(), 4)


def test_a_hook_that_changes_results_is_noticed() -> None:
    module = nn.Sequential(nn.Linear(4, 3))
    module[0].register_forward_hook(lambda _m, _x, y: 1.001 * y)
    with pytest.raises(ModelMismatchError, match=r"this Sequential .* differ by 0\.001 of the"):
        nnviz.from_torch(module)
    assert nnviz.from_torch(module, check=False).sizes == (4, 3)


# --- what is said, and what training does


def test_logarithms_are_said() -> None:
    with pytest.warns(UserWarning, match="logarithms of probabilities, the network the probabil"):
        nnviz.from_torch(nn.LogSoftmax(1), 5)


def test_dropout_that_never_works_is_nothing() -> None:
    never = nnviz.from_torch(Forward(lambda m, x: m.square(F.dropout(x, training=False))), 6)
    assert [layer.kind for layer in never.layers] == ["dense"]
    mine = nnviz.from_torch(Forward(lambda m, x: m.square(F.dropout(x, 0.2, m.training))), 6)
    assert [layer.kind for layer in mine.layers] == ["dropout", "dense"]


def test_a_forward_that_does_something_else_in_training_is_said() -> None:
    module = Forward(lambda m, x: m.square(x) if m.training else m.relu(m.square(x)))
    with pytest.warns(UserWarning, match="something else in training"):
        nnviz.from_torch(module, 6)


def test_results_in_place_are_what_follows_sees() -> None:
    network = check(drawn(Forward(lambda m, x: (x.relu_(), m.conv(x))[1])), *IMAGE)
    assert [layer.kind for layer in network.layers] == ["activate", "conv2d"]


def test_a_module_used_twice_shares_its_parameters() -> None:
    network = check(drawn(Forward(lambda m, x: m.square(m.relu(m.square(x))))), 6)
    assert network.n_parameters == 42
    assert list(network.nodes) == ["square", "relu", "square_2"]


def test_numbers_are_kept_apart_from_weights() -> None:
    network = check(drawn(Forward(lambda m, x: m.square((x - 3) / 255))), 6)
    assert [layer.kind for layer in network.layers] == ["standardise", "dense"]
    assert network.n_parameters == 42


def test_outputs_are_chosen() -> None:
    module = Forward(lambda m, x: {"a": m.square(x), "b": m.relu(x)})
    assert list(nnviz.from_torch(module, 6, output="b").nodes) == ["relu"]
    assert nnviz.from_torch(module, 6, output=0).output == "square"
    with pytest.raises(
        UnsupportedModelError, match=r"no output 'c'; the outputs are 'a', 'b', 0, 1"
    ):
        nnviz.from_torch(module, 6, output="c")
    classes = nnviz.from_torch(nn.Linear(4, 3), output="softmax")
    assert classes.activations[-1].name == "softmax"
    assert classes.cost_function.name == "cross-entropy"


def test_modules_of_ones_own() -> None:
    class Sine(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.sin() if x.sum() < 1e9 else x

    network = nnviz.from_torch(
        nn.Sequential(nn.Linear(3, 2), Sine()), modules={Sine: lambda module: Activate("sin")}
    )
    assert [layer.kind for layer in network.layers] == ["dense", "activate"]
    with pytest.raises(ModelMismatchError, match="computes something else"):
        nnviz.from_torch(
            nn.Sequential(nn.Linear(3, 2), Sine()), modules={Sine: lambda module: Activate("tanh")}
        )


def test_names_of_modules_are_blocks() -> None:
    module = nn.Sequential()
    module.add_module("encoder", nn.Sequential(nn.Linear(4, 3), nn.ReLU()))
    module.add_module("decoder", nn.Linear(3, 4))
    network = nnviz.from_torch(module, 4)
    assert list(network.nodes) == ["encoder.0", "decoder"]
    assert network.graph.block("encoder") == ("encoder.0",)
