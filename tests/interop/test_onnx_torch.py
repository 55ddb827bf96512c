"""PyTorch's architectures as its exporters to ONNX write them: outputs and gradients.

`make test-torch` runs these tests; where onnxscript is installed, with both exporters.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz

pytest.importorskip("torch", reason="torch is not installed: make test-torch")
pytest.importorskip("onnx.reference")

spec = importlib.util.spec_from_file_location(
    "architectures", Path(__file__).with_name("test_torch_architectures.py")
)
assert spec is not None
assert spec.loader is not None
architectures: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(architectures)
torch, nn = architectures.torch, architectures.nn

#: What ONNX has as a loop is refused; as an embedding and a mean it is read.
LOOPS = ("Bag of words",)
#: Largest gap, relative to the largest number: weights are single precision, sums of constants are
#: made by the exporter.
NEAR = 1e-5


class Unfolded(architectures.Unfolded):  # type: ignore[misc, name-defined]
    """In single precision."""

    def forward(self, x: Any) -> Any:
        start = torch.zeros(1, x.size(0), 4, dtype=x.dtype)
        return self.fc(self.rnn(x.permute(1, 0, 2), (start, start))[0][-1])


class Bag(nn.Module):  # type: ignore[misc, name-defined]
    """A bag of words, written down."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.fc = nn.Embedding(9, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(self.embedding(x).mean(1))


class SkipGram(nn.Module):  # type: ignore[misc, name-defined]
    """word2vec: one word, and scores for those around it."""

    def __init__(self) -> None:
        super().__init__()
        self.of_word, self.of_context = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)

    def forward(self, x: Any) -> Any:
        return self.of_context(self.of_word(x)[:, 0])


class Grouped(nn.Module):  # type: ignore[misc, name-defined]
    """Upsampling and norms by group and by root mean square."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 4, 3, padding=1), nn.LayerNorm(5)
        self.up = nn.Upsample(scale_factor=2)
        self.blend = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x: Any) -> Any:
        return self.blend(self.norm(torch.relu(self.conv(x))).tanh()) + self.up(x).sum(1, True)


CASES: dict[str, Any] = {
    **{
        name: case
        for name, case in architectures.CASES.items()
        if name not in (*LOOPS, "LSTM, steps first")
    },
    "LSTM, steps first": architectures.Case(Unfolded, (4, 3)),
    "Bag of words": architectures.Case(Bag, (5,)),
    "word2vec": architectures.Case(SkipGram, (1,)),
    "Conv1d": architectures.Case(
        lambda: nn.Sequential(
            nn.Conv1d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv1d(3, 2, 2, stride=2), nn.Flatten()
        ),
        (2, 8),
    ),
    "Upsample": architectures.Case(Grouped, (2, 4, 5)),
    "RNN, both ways, two levels": architectures.Case(
        lambda: architectures.Recurrent(nn.RNN, "state", num_layers=2, bidirectional=True), (4, 3)
    ),
}
#: How many tokens there are.
TOKENS = {"TextCNN": 11, "nanoGPT": 11, "nanoGPT, flash": 11, "Bag of words": 9, "word2vec": 9}


def shapes_of(name: str) -> dict[str, tuple[int, ...]]:
    shape = CASES[name].shape
    return shape if isinstance(shape, dict) else {"x": shape}


def exported(module: Any, name: str, path: Path, dynamo: bool, dynamic: bool) -> None:
    """Write a module as ONNX, with a batch of any size or of one."""
    rng = np.random.RandomState(0)
    count = 2 if dynamic else 1
    shapes = shapes_of(name)
    example = tuple(
        torch.tensor(rng.randint(0, TOKENS[name], (count, *shape)))
        if name in TOKENS
        else torch.tensor(rng.randn(count, *shape), dtype=torch.float32)
        for shape in shapes.values()
    )
    options: dict[str, Any] = {"dynamo": dynamo, "input_names": list(shapes)}
    if dynamic and dynamo:
        options["dynamic_shapes"] = tuple({0: torch.export.Dim("batch")} for _ in shapes)
    elif dynamic:
        options["dynamic_axes"] = {one: {0: "batch"} for one in shapes}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with (
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        torch.onnx.export(module, example, path, **options)


@pytest.mark.parametrize("dynamic", [False, True], ids=["one", "any"])
@pytest.mark.parametrize("dynamo", [False, True], ids=["script", "dynamo"])
@pytest.mark.parametrize("name", CASES)
def test_onnx_of_torch_architectures(
    tmp_path: Path, name: str, dynamo: bool, dynamic: bool
) -> None:
    if dynamo:
        pytest.importorskip("onnxscript")
    case = CASES[name]
    module = architectures.drawn(case.make()).float()
    exported(module, name, tmp_path / "x.onnx", dynamo, dynamic)
    network = nnviz.from_onnx(tmp_path / "x.onnx", **case.options)
    found = architectures.gaps(module, network, case.options.get("output"))
    found.pop("compared")
    if not dynamo and any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        # This exporter makes one convolution of a convolution and the norm after it.
        convs = [part for part, one in module.named_modules() if isinstance(one, nn.Conv2d)]
        for part in convs:
            found.pop(f"d/d{part}.weight", None)
            found.pop(f"d/d{part}.bias", None)
    assert max(found.values()) < NEAR, found


def test_onnx_loops_of_torch_are_refused(tmp_path: Path) -> None:
    module = architectures.CASES["Bag of words"].make().eval()
    exported(module, "Bag of words", tmp_path / "x.onnx", False, True)
    with pytest.raises(nnviz.network.NetworkError, match=r"Loop is not supported: .*EmbeddingBag"):
        nnviz.from_onnx(tmp_path / "x.onnx")


@pytest.mark.parametrize("name", ["nanoGPT", "nanoGPT, flash", "MultiheadAttention"])
def test_onnx_of_torch_reads_as_attention(tmp_path: Path, name: str) -> None:
    """The same names as in the graphs that `from_torch` gives and `attention` makes."""
    module = architectures.drawn(CASES[name].make()).float()
    exported(module, name, tmp_path / "x.onnx", False, True)
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    block = "attention" if name == "MultiheadAttention" else "h.1.attn"
    kinds = {
        one.removeprefix(f"{block}."): node.layer.kind
        for one, node in network.nodes.items()
        if one.startswith(f"{block}.")
    }
    causal = {} if name == "MultiheadAttention" else {"mask": "causal_mask"}
    assert kinds == {
        **dict.fromkeys(("query", "key", "value"), "slice"),
        **{f"{part}_heads": "split_heads" for part in ("query", "key", "value")},
        **({"query_key_value": "dense", "out": "dense"} if not causal else {}),
        **({"c_attn": "dense", "c_proj": "dense"} if causal else {}),
        **{"scores": "matmul", "pattern": "softmax", "mixed": "matmul", "merged": "merge_heads"},
        **causal,
    }
