"""Texts that a scene of a training shows: questions, answers, and nodes of the network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nnviz.network import Network, NetworkError
from nnviz.network.layers import Embedding

__all__ = [
    "Read",
    "Texts",
    "attention_of",
    "embedding_of",
    "read_of",
    "reads_tokens",
    "texts_of",
    "writes_texts",
]


class Texts(NamedTuple):
    """Beginnings of texts, and how they continue.

    Attributes
    ----------
    prompts
        Tokens at the beginning of each text.
    length
        Number of tokens that follow.
    wanted
        The right tokens, where there is one right answer; else None.
    """

    prompts: list[list[int]]
    length: int
    wanted: list[list[int]] | None

    def different(self) -> Texts:
        """Return each prompt once."""
        first = {tuple(prompt): k for k, prompt in reversed(list(enumerate(self.prompts)))}
        kept = sorted(first.values())
        wanted = None if self.wanted is None else [self.wanted[k] for k in kept]
        return Texts([self.prompts[k] for k in kept], self.length, wanted)


class Read(NamedTuple):
    """A text that is read.

    Attributes
    ----------
    tokens
        Its tokens.
    queries
        The positions whose labels count.
    """

    tokens: list[int]
    queries: list[int]


def texts_of(x: ArrayLike, y: ArrayLike, count: int) -> Texts:
    """Return how examples begin, and how they continue.

    A text begins with the tokens of an example up to the first label that counts. Where labels
    before that one do not count, as they are -1, these tokens are a question, and the labels are
    its answer.

    Parameters
    ----------
    x : array_like
        Tokens, shape (n, positions).
    y : array_like
        The token that follows at each position, or -1, shape (n, positions).
    count : int
        Number of examples to take, from the first one on.
    """
    rows = np.asarray(x)[:count], np.asarray(y)[:count]
    prompts, answers = [], []
    for k in range(len(rows[0])):
        queries = read_of(*rows, k).queries
        prompts.append([int(token) for token in rows[0][k][: queries[0] + 1]])
        answers.append([int(label) for label in rows[1][k][queries]])
    longest = max(map(len, answers))
    are_questions = all(len(prompt) > 1 for prompt in prompts)
    have_one_length = {len(answer) for answer in answers} == {longest}
    positions = rows[0].shape[1]
    if are_questions and have_one_length:
        return Texts(prompts, longest, answers)
    return Texts(prompts, positions + 1 - max(map(len, prompts)), None)


def read_of(x: ArrayLike, y: ArrayLike, example: int) -> Read:
    """Return the tokens of an example up to the last label that counts.

    Parameters
    ----------
    x, y : array_like
        As for `texts_of`.
    example : int
        Number of the example, from 0.

    Raises
    ------
    ValueError
        If none of its labels counts.
    """
    tokens, labels = np.asarray(x)[example], np.asarray(y)[example]
    if labels.shape != tokens.shape:
        raise ValueError(
            "panels of texts need a label at every position, or -1 where none counts: y has shape "
            f"{np.shape(y)}, x {np.shape(x)}"
        )
    queries = np.flatnonzero(labels >= 0)
    if not len(queries):
        raise ValueError(f"no label of example {example} counts: all are -1")
    read = tokens[: queries[-1] + 1]
    return Read([int(token) for token in read], [int(query) for query in queries])


def reads_tokens(network: Network) -> bool:
    """Return whether a network reads a row of tokens, and nothing else."""
    return len(network.inputs) == len(network.graph.integer_inputs) == 1 == len(network.input_shape)


def writes_texts(network: Network) -> bool:
    """Return whether a network is a language model, with which `Network.generate` works."""
    if not reads_tokens(network):
        return False
    try:
        network.generate([0], 1)
    except NetworkError:
        return False
    return True


def attention_of(network: Network) -> tuple[str, int] | None:
    """Return the first block with attention, and its first head; None if there is none."""
    ending = ".pattern"
    found = [name.removesuffix(ending) for name in network.nodes if name.endswith(ending)]
    return (found[0], 0) if found else None


def embedding_of(network: Network) -> str | None:
    """Return the name of the first embedding; None if there is none."""
    for name, node in network.nodes.items():
        if isinstance(node.layer, Embedding):
            return name
    return None
