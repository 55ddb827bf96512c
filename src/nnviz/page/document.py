"""Write a network as one interactive HTML page, with its picture and its engine."""

from __future__ import annotations

import base64
import html
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz._policy import policy
from nnviz.files import write_whole
from nnviz.network import Network, NetworkError
from nnviz.network.examples import check_inputs, check_pairs
from nnviz.page.picture import picture_of
from nnviz.page.specification import Arrays, PageError, specification

__all__ = ["ENGINE", "Page"]

_HERE = Path(__file__).resolve().parent
#: Longer vectors have no sliders.
_MOST_SLIDERS = 32
#: The scripts of the page, joined in this order.
ENGINE = ("functions.js", "layers.js", "engine.js")
_SCRIPTS = (
    *ENGINE,
    "drawing.js",
    "picture.js",
    "inputs.js",
    "window.js",
    "explaining.js",
    "outputs.js",
    "page.js",
)
#: Number of grey levels of images that are stored as bytes.
_LEVELS = (255.0, 256.0)


class Page:
    """A network as one interactive page: change an input and see the outputs.

    The page is one HTML file. It loads nothing else, and works from disk, on a phone, and in
    a notebook, where it is shown if it is a cell's value. It computes by itself, forwards and
    backwards, what the network computes in Python: inputs, weights and steps of learning show at
    once in the picture, which is that of :class:`NetworkMobject`.

    Parameters
    ----------
    network : Network
        The network to show.
    inputs : array_like, mapping from str to array_like, optional
        Examples to choose from: a batch, or a mapping of batches where there are several inputs.
        A single one of zeros by default. Texts may be shorter than the network's.
    answers : array_like, optional
        The examples' true answers: labels of classes, or desired outputs.
    input_labels, output_labels : sequence of str, optional
        Names of the inputs and outputs, one each; of the classes, where a network predicts one
        of them at every position.
    title, description : str, optional
        Title and text above the picture. Plain text; HTML in it is escaped.
    ranges : array_like, optional
        Lowest and highest value of every slider, shape (n, 2); by default those of the examples.
    vocabulary : sequence of str, optional
        Text of each token, for a network with tokens as inputs.
    learning_rate : float, optional
        Learning rate at the start; it can be changed on the page.
    precision : {"single", "double"}, optional
        "single": weights have seven digits, the page is small. "double": as in Python.
    **options : object
        For :class:`NetworkMobject`: ``max_shown``, ``layer_titles``, ``open``, ``direction``...

    Attributes
    ----------
    html : str
        The whole page.
    fixed : tuple of str
        Nodes whose values stay as Python computed them, because their layer or activation function
        is not nnviz's own. The page says so.

    Raises
    ------
    PageError
        If the number of labels, ranges or tokens is wrong, or the cost is not supported.
    NetworkError
        If examples or answers do not fit the network.

    Examples
    --------
    >>> from nnviz import Network
    >>> network = Network.random([2, 3, 1], seed=0)
    >>> page = network.page(inputs=[[0, 1], [1, 1]], answers=[[1], [0]], title="Exclusive or")
    >>> page.save("xor.html")  # doctest: +SKIP
    """

    def __init__(
        self,
        network: Network,
        *,
        inputs: ArrayLike | Mapping[str, ArrayLike] | None = None,
        answers: ArrayLike | None = None,
        input_labels: Sequence[str] = (),
        output_labels: Sequence[str] = (),
        title: str = "",
        description: str = "",
        ranges: ArrayLike | None = None,
        vocabulary: Sequence[str] | None = None,
        learning_rate: float = 0.5,
        precision: Literal["single", "double"] = "single",
        **options: Any,
    ) -> None:
        if precision not in ("single", "double"):
            raise PageError(f"precision is 'single' or 'double', not {precision!r}")
        if not 0 < learning_rate < math.inf:
            raise PageError(f"learning_rate must be a number above 0, not {learning_rate}")
        examples, targets = _examples(network, inputs, answers)
        arrays = Arrays()
        spec, fixed = specification(network, arrays, examples)
        outputs = _outputs(network, output_labels, vocabulary, spec["steps"] is not None)
        controls = _inputs(network, examples, input_labels, ranges, vocabulary)
        controls[0]["any_length"] = spec["steps"] is not None
        _check_lengths(network, examples, spec["steps"] is not None)
        words = {"input_labels": list(input_labels)}
        if not outputs["positions"]:
            words["output_labels"] = list(output_labels)
        picture = picture_of(
            network, {**{name: some for name, some in words.items() if some}, **options}
        )
        content = {
            "title": title,
            "spec": spec,
            "fixed": fixed,
            "precision": precision,
            "rate": learning_rate,
            "inputs": controls,
            "outputs": outputs,
            "examples": {
                "count": len(next(iter(examples.values()))),
                "inputs": [arrays.add(one) for one in examples.values()],
                "sizes": [math.prod(one.shape[1:]) for one in examples.values()],
                "targets": None if targets is None else arrays.add(targets),
                "given": inputs is not None,
            },
            "picture": {
                "parts": picture.parts,
                "edges": picture.edges,
                "numbers": picture.numbers,
            },
            "arrays": [_packed(array, precision) for array in arrays.all],
        }
        self.fixed: Final = tuple(fixed)
        self.html: Final = _document(title, description, content, picture)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file. On a failure, an earlier file is kept.

        Parameters
        ----------
        path : str or Path
            Path of the file, usually ending in ``.html``.

        Raises
        ------
        FileNotFoundError
            If the folder does not exist.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
        write_whole(path, self.html.encode())
        return path

    def _repr_html_(self) -> str:
        """Return the HTML that a notebook shows for the page."""
        return (
            f'<iframe title="A network to touch" sandbox="allow-scripts" width="100%" height="760" '
            f'style="border:0" srcdoc="{html.escape(self.html)}"></iframe>'
        )


def _outputs(
    network: Network, labels: Sequence[str], vocabulary: Sequence[str] | None, any_length: bool
) -> dict[str, Any]:
    """Return the names of the outputs, and how to read them.

    A model of sequences predicts a class at each position: its outputs are shown for one position
    at a time. If the classes are the tokens, it can continue the text.
    """
    shape, classes = network.output_shape, network.classes
    has_positions = len(shape) == 2 and classes is not None and classes.axis == -1
    columns = shape[-1] if has_positions else math.prod(shape)
    _check_count(
        labels,
        columns,
        "output_labels",
        "classes at each position" if has_positions else "outputs",
    )
    usual = [
        ", ".join(map(str, place)) for place in np.ndindex(*(shape[1:] if has_positions else shape))
    ]
    tokens = network.graph.integer_inputs
    predicts_tokens = has_positions and list(tokens.values()) == [columns]
    if predicts_tokens and vocabulary is not None:
        usual = list(vocabulary)
    return {
        "labels": list(labels) or usual,
        "classes": has_positions or (classes is not None and len(shape) == 1 and shape[0] > 1),
        "positions": has_positions,
        "writes": predicts_tokens
        and any_length
        and any(layer.kind == "causal_mask" for layer in network.layers),
    }


def _check_lengths(
    network: Network, examples: Mapping[str, NDArray[Any]], any_length: bool
) -> None:
    """Raise an error if the page cannot compute examples of this length."""
    for name, shape in network.inputs.items():
        if examples[name].shape[1:] != shape and not any_length:
            raise PageError(
                f"examples of {name!r} have shape {examples[name].shape[1:]}, but the page can "
                f"compute {shape} alone"
            )


def _check_count(given: Sequence[Any], count: int, name: str, of: str) -> None:
    if len(given) not in (0, count):
        raise PageError(f"{name} are {len(given)}, but there are {count} {of}: give one each")


def _examples(
    network: Network, inputs: Any, answers: ArrayLike | None
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64] | None]:
    """Return a batch of every input, and the desired outputs."""
    graph = network.graph
    if inputs is None:
        if answers is not None:
            raise PageError("answers are those of examples: give inputs as well")
        return {
            name: np.zeros((1, *shape), int if name in graph.integer_inputs else float)
            for name, shape in graph.inputs.items()
        }, None
    network = _as_long_as(network, inputs)
    graph = network.graph
    if answers is None:
        batch = check_inputs(graph, inputs)
        return dict(zip(graph.inputs, map(np.asarray, batch.inputs), strict=True)), None
    pairs = check_pairs(graph, network.classes, inputs, answers)
    if not pairs.is_batch:
        raise PageError("inputs and answers are those of several examples: give them a batch axis")
    targets = np.asarray(pairs.targets)
    if targets.dtype.kind in "iu" and targets.shape[1:] != network.output_shape:
        assert network.classes is not None
        targets = network.classes.targets(targets)
    return dict(zip(graph.inputs, map(np.asarray, pairs.inputs), strict=True)), targets


def _as_long_as(network: Network, inputs: Any) -> Network:
    """Return a network of tokens for texts as long as those of examples, if it computes these."""
    if isinstance(inputs, Mapping) or np.ndim(inputs) != 2 or not network.graph.integer_inputs:
        return network
    length, shape = np.shape(inputs)[1], next(iter(network.inputs.values()))
    if len(network.inputs) > 1 or len(shape) != 1 or not 0 < length < shape[0]:
        return network
    try:
        return network.with_inputs(length)
    except NetworkError:
        return network


def _inputs(
    network: Network,
    examples: Mapping[str, NDArray[Any]],
    labels: Sequence[str],
    ranges: ArrayLike | None,
    vocabulary: Sequence[str] | None,
) -> list[dict[str, Any]]:
    """Return the controls of every input on the page."""
    found = []
    tokens = network.graph.integer_inputs
    if vocabulary is not None:
        if len(tokens) != 1:
            raise PageError("a vocabulary is for networks with one input of tokens")
        (count,) = tokens.values()
        _check_count(vocabulary, count, "words of the vocabulary", "tokens")
    for name, shape in network.inputs.items():
        count = math.prod(shape)
        own: dict[str, Any] = {"name": name, "shape": shape}
        if name in tokens:
            own |= {"kind": "tokens", "count": tokens[name], "vocabulary": vocabulary}
        elif len(shape) == 1 and count <= _MOST_SLIDERS:
            _check_count(labels, count, "input_labels", "inputs")
            low, high = _ranges(examples[name], ranges)
            own |= {
                "kind": "sliders",
                "labels": list(labels) or [str(k) for k in range(count)],
                "low": low,
                "high": high,
            }
        elif len(shape) == 3 and shape[0] in (1, 3):
            own |= {"kind": "image", "image": shape}
        elif len(shape) == 1 and math.isqrt(count) ** 2 == count:
            own |= {"kind": "image", "image": (1, math.isqrt(count), math.isqrt(count))}
        else:
            own["kind"] = "given"
        found.append(own)
    return found


def _ranges(values: NDArray[Any], ranges: ArrayLike | None) -> tuple[list[float], list[float]]:
    n = values.shape[1]
    if ranges is not None:
        given = np.asarray(ranges, dtype=float)
        if given.shape != (n, 2) or not (given[:, 0] < given[:, 1]).all():
            raise PageError(
                f"ranges must have shape ({n}, 2), the lowest and the highest value of each input, "
                f"not {given.shape}"
            )
        return given[:, 0].tolist(), given[:, 1].tolist()
    low, high = values.min(axis=0).astype(float), values.max(axis=0).astype(float)
    alone = low == high  # a slider needs a range
    low[alone], high[alone] = np.minimum(low[alone], -1.0), np.maximum(high[alone], 1.0)
    return low.tolist(), high.tolist()


def _packed(array: NDArray[Any], precision: str) -> dict[str, Any]:
    """Return an array for JSON: its type, its bytes, and their divisor."""
    over = 1.0
    if array.dtype.kind in "iub":
        is_small = array.min(initial=0) >= 0 and array.max(initial=0) <= 255
        stored = array.astype(np.uint8 if is_small else np.int32)
    else:
        stored = array.astype("<f4" if precision == "single" else "<f8")
        for levels in _LEVELS:
            whole = np.round(array * levels)
            is_grey = array.size > 64 and whole.min() >= 0 and whole.max() <= 255
            if is_grey and np.array_equal(whole / levels, array):
                stored, over = whole.astype(np.uint8), levels
                break
    data = base64.b64encode(np.ascontiguousarray(stored).tobytes()).decode()
    return {"type": stored.dtype.str[1:], "over": over, "data": data}


def _document(title: str, description: str, content: Any, picture: Any) -> str:
    style = _colors(picture) + (_HERE / "page.css").read_text(encoding="utf-8")
    script = "".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    words = {
        "policy": policy(style, script, "img-src data: blob:"),
        "title": html.escape(title or "A neural network"),
        "description": html.escape(description),
        "style": style,
        "box": " ".join(map(str, picture.box)),
        "still": picture.still,
        "content": json.dumps(content, separators=(",", ":"), allow_nan=False).replace(
            "<", "\\u003c"
        ),
        "script": script,
    }
    parts = (_HERE / "page.html").read_text(encoding="utf-8").split("%%")
    return "".join(words[part] if k % 2 else part for k, part in enumerate(parts))


def _colors(picture: Any) -> str:
    """Return the picture's colours as variables, for dark and for light pages."""
    dark, light = (
        "".join(f"--{name}:{value};" for name, value in colors.items())
        for colors in (picture.dark, picture.light)
    )
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
