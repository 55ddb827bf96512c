"""``nnviz page``: write a model as one interactive page."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nnviz.cli.listing import UsageError
from nnviz.interop import from_keras, from_onnx
from nnviz.network import Network
from nnviz.page import save_page

__all__ = ["MODELS", "run"]

#: Functions that read a model, by suffix of the file.
MODELS: dict[str, Callable[..., Network]] = {
    ".onnx": from_onnx,
    ".npz": Network.load,
    ".keras": from_keras,
}


def run(options: Namespace) -> int:
    """Write the page of a model.

    Parameters
    ----------
    options : Namespace
        The parsed command line.

    Returns
    -------
    int
        The exit status: 0, or 1 if the page cannot be written.

    Raises
    ------
    UsageError
        If a file is missing, or is of a kind that is not supported.
    """
    model: Path = options.model
    read = MODELS.get(model.suffix.lower())
    if read is None:
        raise UsageError(f"{model.name} is not supported; supported are {', '.join(MODELS)} files")
    if not model.is_file():
        raise UsageError(f"there is no file {model}")
    output: Path = options.output or model.with_suffix(".html")
    words: dict[str, Any] = {
        "title": options.title or model.stem,
        "description": options.description,
        "input_labels": _words(options.input_labels),
        "output_labels": _words(options.output_labels),
    }
    try:
        save_page(read(model), output, **words, **_examples(options.examples))
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{output}: {output.stat().st_size / 1000:.0f} kB")
    return 0


def _words(text: str | None) -> list[str]:
    return [] if text is None else [word.strip() for word in text.split(",")]


def _examples(file: Path | None) -> dict[str, Any]:
    """Return the arrays ``inputs`` and, if there is one, ``answers`` of a NumPy file."""
    if file is None:
        return {}
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    try:
        with np.load(file, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in ("inputs", "answers") if name in arrays}
    except (ValueError, OSError, AttributeError, TypeError) as error:
        raise UsageError(f"{file} is not a file of numpy.savez: {error}") from None
    if "inputs" not in found:
        raise UsageError(
            f"{file} has no array `inputs`: write it with numpy.savez(..., inputs=x, answers=y)"
        )
    return found
