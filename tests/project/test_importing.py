"""The snippets of docs/importing.md, as they stand there."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"\n## (\S+)\n\n```python\n(.*?)```", PAGE, re.DOTALL)
MODULES = {"scikit-learn": "sklearn", "PyTorch": "torch", "Keras": "keras", "ONNX": "onnx"}


def test_there_is_one_for_each_framework() -> None:
    assert [name for name, _ in SNIPPETS] == list(MODULES)


@pytest.mark.parametrize(("name", "code"), SNIPPETS, ids=[MODULES[name] for name, _ in SNIPPETS])
def test_snippets(name: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if name == "Keras" and importlib.util.find_spec("torch"):
        monkeypatch.setitem(os.environ, "KERAS_BACKEND", "torch")
    pytest.importorskip(MODULES[name], reason=f"{MODULES[name]} is not there: make test-torch")
    shutil.copy(ROOT / "tests/interop/models/sklearn-classes.onnx", "model.onnx")
    namespace: dict[str, object] = {}
    with warnings.catch_warnings(action="ignore"):
        exec(code, namespace)
    network, picture = namespace["network"], namespace["picture"]
    # The picture shows what the network computed.
    x = [0.1, -0.4, 0.3, 0.9] if name == "ONNX" else np.asarray(namespace["x"][0])
    output = network.feedforward(x)
    fills = [neuron.get_fill_opacity() for neuron in picture.layers[-1].neurons]
    assert fills == pytest.approx(list(output), abs=1e-6)
    if name != "ONNX":
        labels = np.asarray(namespace["y"]).ravel().astype(int)
        assert network.accuracy(np.asarray(namespace["x"]), labels) > 0.93
    if name == "Keras":
        from nnviz import from_keras

        assert from_keras("circle.keras") == network
