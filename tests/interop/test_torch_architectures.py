"""Architectures written in PyTorch: outputs and gradients, `make test-torch` runs these tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import nnviz

torch: Any = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
nn, F = torch.nn, torch.nn.functional

#: Largest gap, relative to the largest number; both sides compute in double precision.
NEAR = 1e-9


def block(*layers: Any) -> Any:
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """The basic block of ResNet-18."""

    def __init__(self, n_in: int, n: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n, n, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n)
        self.downsample = None
        if stride != 1 or n_in != n:
            self.downsample = block(nn.Conv2d(n_in, n, 1, stride, bias=False), nn.BatchNorm2d(n))

    def forward(self, x: Any) -> Any:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = block(Residual(4, 4), Residual(4, 4))
        self.layer2 = block(Residual(4, 6, 2), Residual(6, 6))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Any) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.avgpool(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(x, 1))


class DenseLayer(nn.Module):
    def __init__(self, n_in: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.relu1 = nn.BatchNorm2d(n_in), nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(n_in, growth, 3, padding=1, bias=False)

    def forward(self, x: Any) -> Any:
        return torch.cat([x, self.conv1(self.relu1(self.norm1(x)))], 1)


def densenet() -> Any:
    return block(
        nn.Conv2d(3, 4, 3, padding=1),
        DenseLayer(4, 3),
        DenseLayer(7, 3),
        nn.BatchNorm2d(10),
        nn.ReLU(),
        nn.Conv2d(10, 5, 1),
        nn.AvgPool2d(2),
        DenseLayer(5, 3),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.branch1 = nn.Conv2d(4, 3, 1)
        self.branch2 = block(nn.Conv2d(4, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 3, padding=1))
        self.branch3 = block(nn.Conv2d(4, 2, 1), nn.ReLU(), nn.Conv2d(2, 2, 5, padding=2))
        self.branch4 = block(nn.MaxPool2d(3, 1, 1), nn.Conv2d(4, 2, 1))
        self.fc = nn.Linear(10, 3)

    def forward(self, x: Any) -> Any:
        parts = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return self.fc(F.relu(torch.cat(parts, dim=1)).mean((2, 3)))


class Fire(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.squeeze, self.act = nn.Conv2d(4, 2, 1), nn.ReLU(inplace=True)
        self.expand1x1, self.expand3x3 = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, x: Any) -> Any:
        x = self.act(self.squeeze(x))
        return torch.cat([self.act(self.expand1x1(x)), self.act(self.expand3x3(x))], 1)


class Inverted(nn.Module):
    """The inverted residual of MobileNetV2."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = block(
            block(nn.Conv2d(4, 12, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU6(inplace=True)),
            block(
                nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False),
                nn.BatchNorm2d(12),
                nn.ReLU6(inplace=True),
            ),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )

    def forward(self, x: Any) -> Any:
        return x + self.conv(x)


class SqueezeExcite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 2), nn.Linear(2, 4)

    def forward(self, x: Any) -> Any:
        b, c, _, _ = x.size()
        s = torch.sigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1).view(b, c)))))
        return x * s.view(b, c, 1, 1)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = block(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU())
        self.down2 = block(nn.Conv2d(4, 6, 3, padding=1), nn.ReLU())
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(6, 4, 2, 2)
        self.merge = block(nn.Conv2d(8, 4, 3, padding=1), nn.ReLU())
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x: Any) -> Any:
        skip = self.down1(x)
        up = self.up(self.down2(self.pool(skip)))
        return self.out(self.merge(torch.cat([up, skip], dim=1)))


def generator() -> Any:
    """DCGAN's."""
    return block(
        nn.ConvTranspose2d(5, 8, 4, 1, 0, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(True),
        nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(True),
        nn.ConvTranspose2d(4, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


class Encoder(nn.Module):
    """Of a variational autoencoder: two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(8, 6)
        self.mu, self.logvar = nn.Linear(6, 2), nn.Linear(6, 2)

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.hidden(x))
        return self.mu(h), self.logvar(h)


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = block(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
        self.out = nn.Linear(3, 1)

    def forward(self, left: Any, right: Any) -> Any:
        difference = self.encoder(left) - self.encoder(right)
        return torch.sigmoid(self.out(difference * difference))


class TextCNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.convs = nn.ModuleList([nn.Conv1d(4, 3, k) for k in (2, 3)])
        self.fc = nn.Linear(6, 2)

    def forward(self, x: Any) -> Any:
        x = self.embedding(x).transpose(1, 2)
        return self.fc(torch.cat([F.relu(conv(x)).mean(2) for conv in self.convs], 1))


class Recurrent(nn.Module):
    def __init__(self, kind: Any, how: str = "last", **options: Any) -> None:
        super().__init__()
        self.rnn = kind(3, 4, batch_first=True, **options)
        self.fc = nn.Linear(8 if options.get("bidirectional") else 4, 2)
        self.how = how

    def forward(self, x: Any) -> Any:
        out, state = self.rnn(x)
        if self.how == "last":
            return self.fc(out[:, -1, :])
        if self.how == "mean":
            return self.fc(out.mean(1))
        state = state[0] if isinstance(self.rnn, nn.LSTM) else state
        if self.rnn.bidirectional:
            return self.fc(torch.cat([state[-2], state[-1]], 1))
        return self.fc(state[-1])


class Unfolded(nn.Module):
    """An LSTM that has the steps first, as many a tutorial does."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.fc = nn.LSTM(3, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        start = torch.zeros(1, x.size(0), 4, dtype=torch.float64)
        out, _ = self.rnn(x.permute(1, 0, 2), (start, start))
        return self.fc(out[-1])


class CausalSelfAttention(nn.Module):
    def __init__(self, n: int, heads: int, length: int, flash: bool) -> None:
        super().__init__()
        self.c_attn, self.c_proj = nn.Linear(n, 3 * n), nn.Linear(n, n)
        self.attn_dropout, self.resid_dropout = nn.Dropout(0.1), nn.Dropout(0.1)
        self.n, self.heads, self.flash = n, heads, flash
        self.register_buffer("bias", torch.tril(torch.ones(length, length))[None, None])

    def forward(self, x: Any) -> Any:
        B, T, C = x.size()  # noqa: N806
        q, k, v = self.c_attn(x).split(self.n, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        if self.flash:
            y = F.scaled_dot_product_attention(
                q, k, v, dropout_p=0.1 if self.training else 0.0, is_causal=True
            )
        else:
            att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
            y = self.attn_dropout(F.softmax(att, dim=-1)) @ v
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.resid_dropout(self.c_proj(y))


class Block(nn.Module):
    def __init__(self, n: int, heads: int, length: int, flash: bool) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(n), nn.LayerNorm(n)
        self.attn = CausalSelfAttention(n, heads, length, flash)
        self.mlp = block(nn.Linear(n, 4 * n), nn.GELU(), nn.Linear(4 * n, n), nn.Dropout(0.1))

    def forward(self, x: Any) -> Any:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """As nanoGPT has it: the table of the tokens also gives the scores."""

    def __init__(self, flash: bool = False) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(11, 8), nn.Embedding(7, 8)
        self.drop = nn.Dropout(0.1)
        self.h = nn.ModuleList([Block(8, 2, 7, flash) for _ in range(2)])
        self.ln_f = nn.LayerNorm(8)
        self.lm_head = nn.Linear(8, 11, bias=False)
        self.wte.weight = self.lm_head.weight

    def forward(self, idx: Any) -> Any:
        _, t = idx.size()
        pos = torch.arange(0, t, dtype=torch.long, device=idx.device)
        x = self.drop(self.wte(idx) + self.wpe(pos))
        for one in self.h:
            x = one(x)
        return self.lm_head(self.ln_f(x))


class Attentive(nn.Module):
    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, dropout=0.1, batch_first=batch_first)
        self.norm, self.fc = nn.LayerNorm(6), nn.Linear(6, 3)
        self.batch_first = batch_first

    def forward(self, x: Any) -> Any:
        if not self.batch_first:
            x = x.transpose(0, 1)
        out, _ = self.attention(x, x, x)
        x = self.norm(x + out)
        return self.fc(x.mean(1 if self.batch_first else 0))


class ViT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 6, 4, 4)
        self.cls = nn.Parameter(torch.randn(1, 1, 6))
        self.pos = nn.Parameter(torch.randn(1, 5, 6))
        layer = nn.TransformerEncoderLayer(
            6, 2, 12, 0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.size(0), -1, -1), x], dim=1) + self.pos
        return self.head(self.encoder(x)[:, 0])


class Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1))
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        x = (x / 255 - self.mean) / self.std
        return self.fc(F.relu(self.conv(x)).mean((2, 3)))


class Siren(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.out = nn.Linear(2, 5), nn.Linear(5, 5), nn.Linear(5, 1)

    def forward(self, x: Any) -> Any:
        return self.out(torch.sin(30 * self.second(torch.sin(30 * self.first(x)))))


class Case(NamedTuple):
    """How to make an architecture, what it takes, and options of `from_torch`."""

    make: Callable[[], Any]
    shape: Any
    options: Mapping[str, Any] = {}


CASES: dict[str, Case] = {
    "ResNet": Case(ResNet, (3, 24, 24)),
    "DenseNet": Case(densenet, (3, 8, 8)),
    "Inception": Case(Inception, (4, 6, 6)),
    "SqueezeNet": Case(Fire, (4, 5, 5)),
    "MobileNetV2": Case(Inverted, (4, 5, 5)),
    "Squeeze-and-excitation": Case(SqueezeExcite, (4, 5, 6)),
    "U-Net": Case(UNet, (1, 8, 8)),
    "DCGAN generator": Case(generator, (5, 1, 1)),
    "VAE encoder, mean": Case(Encoder, (8,), {"output": 0}),
    "VAE encoder, log-variance": Case(Encoder, (8,), {"output": 1}),
    "Siamese": Case(Siamese, {"left": (5,), "right": (5,)}),
    "TextCNN": Case(TextCNN, (6,)),
    "Bag of words": Case(lambda: block(nn.EmbeddingBag(9, 4), nn.Linear(4, 2)), (5,)),
    "RNN": Case(lambda: Recurrent(nn.RNN), (5, 3)),
    "RNN, relu": Case(lambda: Recurrent(nn.RNN, "state", nonlinearity="relu"), (5, 3)),
    "LSTM": Case(lambda: Recurrent(nn.LSTM), (5, 3)),
    "LSTM, two levels": Case(
        lambda: Recurrent(nn.LSTM, "state", num_layers=2, dropout=0.2), (4, 3)
    ),
    "LSTM, both ways": Case(lambda: Recurrent(nn.LSTM, "state", bidirectional=True), (4, 3)),
    "LSTM, steps first": Case(Unfolded, (4, 3)),
    "GRU": Case(lambda: Recurrent(nn.GRU, "mean"), (5, 3)),
    "GRU, both ways": Case(lambda: Recurrent(nn.GRU, "last", bidirectional=True), (4, 3)),
    "nanoGPT": Case(GPT, (6,)),
    "nanoGPT, flash": Case(lambda: GPT(True), (7,)),
    "MultiheadAttention": Case(Attentive, (5, 6)),
    "MultiheadAttention, tokens first": Case(lambda: Attentive(False), (5, 6)),
    "ViT, TransformerEncoder": Case(ViT, (1, 8, 8)),
    "Standardised input": Case(Normalised, (3, 6, 6)),
    "SIREN": Case(Siren, (2,)),
}


#: Our names of parameters, and torch's.
PARAMETERS = {
    "Linear": {"weights": "weight", "biases": "bias"},
    "Conv1d": {"kernels": "weight", "biases": "bias"},
    "Conv2d": {"kernels": "weight", "biases": "bias"},
    "ConvTranspose2d": {"kernels": "weight", "biases": "bias"},
    "BatchNorm2d": {"scale": "weight", "shift": "bias"},
    "LayerNorm": {"scale": "weight", "shift": "bias"},
    "Embedding": {"weights": "weight"},
}
#: Chains of modules without names, whose nodes are called by kind and number.
NAMELESS = ("Bag of words", "DCGAN generator", "DenseNet")


def drawn(module: Any) -> Any:
    """Give a module other numbers than it begins with, statistics as well."""
    rng = np.random.RandomState(1)
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(torch.tensor(0.3 * rng.randn(*tensor.shape)))
        for name, tensor in module.named_buffers():
            if "running" in name:
                values = rng.randn(*tensor.shape)
                tensor.copy_(torch.tensor(values**2 + 0.5 if "var" in name else 0.5 * values))
    return module.eval()


def inputs_of(network: nnviz.Network) -> dict[str, np.ndarray]:
    rng = np.random.RandomState(2)
    limits = network.graph.integer_inputs
    return {
        name: rng.randint(0, limits[name], (3, *shape))
        if name in limits
        else np.asarray(0.5 * rng.randn(3, *shape), np.float32).astype(float)
        for name, shape in network.inputs.items()
    }


def gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs.reshape(ours.shape)).max() / max(np.abs(theirs).max(), 1e-3))


def gaps(module: Any, network: nnviz.Network, output: int | str | None = None) -> dict[str, float]:
    """Return how far outputs and derivatives by inputs and parameters are from torch's."""
    x = inputs_of(network)
    given = {name: torch.tensor(one) for name, one in x.items()}
    module = module.double()
    real = {name: one.requires_grad_() for name, one in given.items() if one.is_floating_point()}
    outputs = module(*given.values())
    outputs = outputs[output] if isinstance(output, int) else outputs
    values = np.asarray(network.feedforward(x if len(x) > 1 else next(iter(x.values()))))
    y = np.random.RandomState(3).rand(*values.shape)
    ((outputs.reshape(values.shape) - torch.tensor(y)) ** 2).sum().backward()
    result = {"output": gap(values, outputs.detach().numpy())}
    quadratic = network.replace(cost="quadratic")
    run = quadratic.backward_pass(x if len(x) > 1 else next(iter(x.values())), y)
    for name, one in real.items():
        found = run.activation_gradients[name]
        result[f"d/d{name}"] = gap(np.asarray(found), one.grad.numpy())
    gradient = quadratic.backprop(x if len(x) > 1 else next(iter(x.values())), y)
    compared = 0
    for name, part in module.named_modules():
        if type(part).__name__ not in PARAMETERS or name not in network.nodes:
            continue
        for ours, theirs in PARAMETERS[type(part).__name__].items():
            parameter = getattr(part, theirs)
            if parameter is not None and ours in gradient[name]:
                found = len(y) * gradient[name][ours]
                result[f"d/d{name}.{theirs}"] = gap(found, parameter.grad.numpy())
                compared += 1
    result["compared"] = compared
    return result


@pytest.mark.parametrize("name", CASES)
def test_torch_architectures(name: str) -> None:
    make, shape, options = CASES[name]
    module = drawn(make())
    network = nnviz.from_torch(module, shape, **options)
    found = gaps(module, network, options.get("output"))
    assert found.pop("compared") > 1 or name in NAMELESS
    assert max(found.values()) < NEAR, found


def test_torch_every_row_of_the_table_is_tried() -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    table = text.split("| architecture | what is in it |\n| --- | --- |\n")[1].split("\n\n")[0]
    assert [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()] == list(CASES)
