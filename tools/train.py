"""Train the networks that come with nnviz, and write their weights.

The same data give the same files, byte for byte. Only the training set is learnt from; the epoch
to keep is chosen on the validation set; the held-out set is looked at once, at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

# Before NumPy is loaded: threads split sums in other places, and sums in another order round
# to other last digits.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import numpy.typing as npt
from tqdm import tqdm  # type: ignore[import-untyped]

from nnviz import mnist, texts
from nnviz._resources import data_dir
from nnviz.network import (
    Activate,
    AdamW,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    GRUCell,
    LSTMCell,
    MaxPool2D,
    Network,
    Node,
    Snapshots,
    cosine,
    last_of,
    named_chain,
    recurrent,
    residual,
    transformer,
    warm_up,
)
from nnviz.network.trained_networks import PRETRAINED_FILES, RECORDED_FILES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SEED = 0
# Parameters are rounded to multiples of GRID: after every step of Adam, and after every so many
# examples of plain descent. Processors differ in the last digits of a sum, and training doubles
# such a difference every dozen steps; rounded away while it is still far below GRID, it never
# shows. A power of two, so that float32 holds the rounded numbers exactly.
GRID = 2.0**-16
EXAMPLES_PER_ROUNDING = 750
# So many of the sequences that are drawn are for validation, and as many are held out.
HELD_OUT = 1000
# Letters that are read, of so many kinds.
N_LETTERS, N_KINDS = 12, 3
# Digits that are sorted; brackets that are read, and how many of them count while it is learnt.
N_SORTED = 8
N_BRACKETS, N_LEARNT = 32, 16
# Standard deviations of the noise on points, the least and the largest.
NOISE_LEVELS = 0.02, 1.0
# Steps after which a network is recorded, dense where it learns most; the one that is kept is last.
# Each costs as much as the network's own file.
RECORDED_STEPS = {"sort": (0, 10, 20, 30, 50, 70, 100, 150, 300, 1000)}


class Examples(NamedTuple):
    """Inputs, and the labels or outputs that are desired."""

    x: npt.NDArray[Any]
    y: npt.NDArray[Any]


class Sets(NamedTuple):
    """Examples to learn from, to choose an epoch by, and held out."""

    train: Examples
    validation: Examples
    held_out: Examples


class StepRecorder:
    """The parameters of a network after some steps of its training.

    Attributes
    ----------
    count
        Number of steps so far.
    kept
        Parameters by the number of steps before them.

    Parameters
    ----------
    network
        As it is before the first step.
    steps
        After how many steps to keep parameters.
    """

    def __init__(self, network: Network, steps: Sequence[int] = ()) -> None:
        self.count = 0
        self.kept: dict[int, FloatArray] = {0: network.flatten()} if 0 in steps else {}
        self._network, self._steps = network, frozenset(steps)

    def __call__(self, parameters: FloatArray) -> None:
        """Count a step, and keep the parameters after it if they are wanted."""
        self.count += 1
        if self.count in self._steps:
            self.kept[self.count] = parameters.copy()

    def snapshots(self, last: Network, step: int, examples: Examples) -> Snapshots:
        """Return what was kept before a last step, and the network after that one.

        Parameters
        ----------
        last
            The last network.
        step
            Number of steps before it.
        examples
            What cost and accuracy are measured on.
        """
        found = Snapshots()
        networks = {k: self._network.with_parameters(p) for k, p in self.kept.items() if k < step}
        for k, network in (networks | {step: last}).items():
            cost, accuracy = network.cost(*examples), network.accuracy(*examples)
            found.add(network, epoch=k, cost=cost, accuracy=accuracy)
        return found


Learn = Callable[
    [Network, Sets, int, np.random.RandomState, Callable[[FloatArray], None]], Iterator[Network]
]


@dataclass(frozen=True)
class Recipe:
    """How a network is made and trained.

    Attributes
    ----------
    sets
        Reads or draws the data.
    start
        Draws the network.
    learn
        From a network, the data, a number of epochs, a generator, and what AdamW is to call with
        the parameters after every step, to the network after every epoch.
    epochs
        How many there are.
    merit
        What the epoch to keep has most of on the validation data.
    figure
        Says in words how good a network is on some examples.
    """

    sets: Callable[[], Sets]
    start: Callable[[np.random.RandomState], Network]
    learn: Learn
    epochs: int
    merit: Callable[[Network, npt.NDArray[Any], npt.NDArray[Any]], float]
    figure: Callable[[Network, npt.NDArray[Any], npt.NDArray[Any]], str]


# --- data


def digits(*shape: int) -> Callable[[], Sets]:
    """Read the images of digits in the shape that a network takes."""

    def read() -> Sets:
        return Sets(
            *(Examples(part.images.reshape(-1, *shape), part.labels) for part in mnist.load())
        )

    return read


def names() -> Sets:
    """Read the names: at every letter the one that follows."""
    parts = texts.names()
    length = 1 + max(len(name) for part in parts for name in part)
    return Sets(
        *(Examples(*texts.next_tokens(part, texts.NAMES_TOKENIZER, length)) for part in parts)
    )


def to_sort() -> Sets:
    """Draw rows of digits, and after them the same in order, of which all but the last is read.

    Some rows have few different digits, which come several times.
    """
    rng = np.random.RandomState(SEED)
    n = 24_000
    different = np.argsort(rng.random_sample((n, 10)), axis=1)
    chosen = (rng.random_sample((n, N_SORTED)) * rng.randint(1, 11, (n, 1))).astype(np.int64)
    rows = np.take_along_axis(different, chosen, axis=1)

    def asked(rows: IntArray) -> Examples:
        answers = np.sort(rows, axis=1)
        before = np.full((len(rows), N_SORTED - 1), -1)
        return Examples(np.hstack([rows, answers[:, :-1]]), np.hstack([before, answers]))

    return Sets(*map(asked, apart(rows, rng)))


def brackets() -> Sets:
    """Draw rows of "(", 0, and ")", 1: after each, whether (1) or not (0) all are closed.

    The first ones alone count in training. More of them nest deeper.
    """
    rng = np.random.RandomState(SEED)
    n = 8000
    rows, depth = np.zeros((n, N_BRACKETS), np.int64), np.zeros(n, np.int64)
    share_opening = rng.uniform(0.35, 0.65, n)
    for step in range(N_BRACKETS):
        rows[:, step] = (depth > 0) & (rng.random_sample(n) >= share_opening)
        depth += 1 - 2 * rows[:, step]
    sets = Sets(
        *(
            Examples(part, (np.cumsum(1 - 2 * part, axis=1) == 0).astype(np.int64))
            for part in apart(rows, rng)
        )
    )
    sets.train.y[:, N_LEARNT:] = -1
    return sets


def letters() -> Sets:
    """Draw rows of small letters, 0 to 2, and capital ones, 3 to 5, of which the first is one.

    After each the answer is which capital letter was the last.
    """
    rng = np.random.RandomState(SEED)
    n = 6000
    kinds = rng.randint(0, N_KINDS, (n, N_LETTERS))
    is_capital = rng.random_sample((n, N_LETTERS)) < rng.uniform(0.1, 0.4, (n, 1))
    is_capital[:, 0] = True
    return Sets(
        *(Examples(part, last_capitals(part)) for part in apart(kinds + N_KINDS * is_capital, rng))
    )


def last_capitals(rows: IntArray) -> IntArray:
    """Return which capital letter was the last, after every letter."""
    places = np.where(rows >= N_KINDS, np.arange(rows.shape[1]), 0)
    last = np.maximum.accumulate(places, axis=1)
    found: IntArray = np.take_along_axis(rows, last, axis=1) - N_KINDS
    return found


def spiral(n: int, rng: np.random.RandomState) -> FloatArray:
    """Draw points of a spiral of one turn and an eighth, as dense everywhere: shape (n, 2)."""
    t = np.sqrt(rng.uniform(1 / 16, 1, n))
    angle = 3 * np.pi * t
    return 2 * np.column_stack([t * np.cos(angle), t * np.sin(angle)])


def noisy_points() -> Sets:
    """Draw points of a spiral with noise: x, y and how much noise; and the noise of size 1."""
    rng = np.random.RandomState(SEED)

    def drawn(n: int) -> Examples:
        points, noise = spiral(n, rng), rng.randn(n, 2)
        level = np.exp(rng.uniform(*np.log(NOISE_LEVELS), (n, 1)))
        return Examples(np.hstack([points + level * noise, level]), noise)

    return Sets(drawn(40_000), drawn(HELD_OUT), drawn(HELD_OUT))


def apart(rows: IntArray, rng: np.random.RandomState) -> tuple[IntArray, IntArray, IntArray]:
    """Cut rows into the three sets, so that none is in two of them."""
    different: IntArray = rng.permutation(np.unique(rows, axis=0))
    return different[2 * HELD_OUT :], different[:HELD_OUT], different[HELD_OUT : 2 * HELD_OUT]


# --- networks


def dense(rng: np.random.RandomState) -> Network:
    """Draw the network of the videos."""
    return Network.random((784, 16, 16, 10), rng=rng, scaled=True)


def cnn(rng: np.random.RandomState) -> Network:
    """Draw a small convolutional network."""
    return Network(
        [
            Conv2D.random(1, 8, 5, rng, activation="relu"),
            MaxPool2D(2),
            Conv2D.random(8, 16, 5, rng, activation="relu"),
            MaxPool2D(2),
            Flatten(),
            Dense.random(256, 10, rng, "softmax"),
        ],
        cost="cross-entropy",
        input_shape=(1, 28, 28),
    )


def residual_cnn(rng: np.random.RandomState) -> Network:
    """Draw a small residual network: two blocks of two convolutions, each with a skip."""

    def conv(n_in: int, n_out: int, activation: str) -> Conv2D:
        return Conv2D.random(n_in, n_out, 3, rng, padding="same", activation=activation)

    def block(name: str, source: str, n: int) -> dict[str, Node]:
        nodes = residual(name, source, [conv(n, n, "relu"), conv(n, n, "identity")])
        return {**nodes, f"{name}.out": Node(Activate("relu"), (last_of(nodes),))}

    stem = [Conv2D.random(1, 12, 5, rng, activation="relu"), MaxPool2D(2)]
    nodes = named_chain("stem", "x", stem)
    nodes |= block("block1", last_of(nodes), 12)
    nodes |= named_chain("between", last_of(nodes), [conv(12, 24, "relu"), MaxPool2D(2)])
    nodes |= block("block2", last_of(nodes), 24)
    head = [MaxPool2D(2), Flatten(), Dense.random(216, 10, rng, "softmax")]
    nodes |= named_chain("head", last_of(nodes), head)
    return Network({"x": (1, 28, 28)}, nodes, last_of(nodes), "cross-entropy")


def counting(rng: np.random.RandomState) -> Network:
    """Draw a small LSTM that says after every bracket whether all are closed."""
    nodes = {"embedding": Node(Embedding(rng.randn(2, 2)), ("brackets",))}
    cell = LSTMCell.random(2, 3, rng)
    nodes |= recurrent("lstm", "embedding", cell, N_BRACKETS, sequence=True)
    nodes["closed"] = Node(Dense.random(3, 2, rng, "softmax"), (last_of(nodes),))
    return Network({"brackets": (N_BRACKETS,)}, nodes, "closed", "cross-entropy")


def remembering(rng: np.random.RandomState) -> Network:
    """Draw a small GRU that says after every letter which capital one was the last."""
    nodes = {"embedding": Node(Embedding(rng.randn(2 * N_KINDS, 2)), ("letters",))}
    nodes |= recurrent("gru", "embedding", GRUCell.random(2, 2, rng), N_LETTERS, sequence=True)
    nodes["answer"] = Node(Dense.random(2, N_KINDS, rng, "softmax"), (last_of(nodes),))
    return Network({"letters": (N_LETTERS,)}, nodes, "answer", "cross-entropy")


def denoising(rng: np.random.RandomState) -> Network:
    """Draw a dense network that says of a point and a noise level what the noise was."""
    layers = [
        Dense.random(3, 48, rng, "silu"),
        Dense.random(48, 48, rng, "silu"),
        Dense.random(48, 48, rng, "silu"),
        Dense.random(48, 2, rng, "identity"),
    ]
    return Network(layers, input_shape=(3,))


# --- learning


def shifted_sgd(batch_size: int, learning_rate: float, max_shift: int) -> Learn:
    """Learn from images that every epoch moves by up to some pixels, with falling steps."""

    def learn(
        network: Network,
        sets: Sets,
        epochs: int,
        rng: np.random.RandomState,
        after_step: Callable[[FloatArray], None],
    ) -> Iterator[Network]:
        rate = cosine(learning_rate, epochs)
        for epoch in range(1, epochs + 1):
            images = shifted(sets.train.x, max_shift, rng)
            order = rng.permutation(len(images))
            for start in range(0, len(order), EXAMPLES_PER_ROUNDING):
                part = order[start : start + EXAMPLES_PER_ROUNDING]
                (report,) = network.sgd(
                    images[part],
                    sets.train.y[part],
                    epochs=1,
                    batch_size=batch_size,
                    learning_rate=rate(epoch),
                )
                network = on_grid(report.network)
            yield network

    return learn


def shifted(images: FloatArray, max_shift: int, rng: np.random.RandomState) -> FloatArray:
    """Move every image by up to some pixels either way, at random.

    The images have a margin of some black pixels, so that what rolls over an edge is black (a
    stroke that reaches the margin is rare, and a pixel of it does no harm).
    """
    squares = images.reshape(-1, 28, 28)
    moved = np.empty_like(squares)
    shifts = rng.randint(-max_shift, max_shift + 1, size=(len(squares), 2))
    for shift in np.unique(shifts, axis=0):
        chosen = (shifts == shift).all(axis=1)
        moved[chosen] = np.roll(squares[chosen], shift, axis=(1, 2))
    return moved.reshape(images.shape)


def adam(batch_size: int, learning_rate: float, weight_decay: float) -> Learn:
    """Learn by AdamW on the grid, with steps that fall after the first epoch."""

    def learn(
        network: Network,
        sets: Sets,
        epochs: int,
        rng: np.random.RandomState,
        after_step: Callable[[FloatArray], None],
    ) -> Iterator[Network]:
        reports = network.train(
            *sets.train,
            epochs=epochs,
            optimizer=AdamWOnGrid(
                weight_decay=weight_decay, largest_norm=1.0, after_step=after_step
            ),
            batch_size=batch_size,
            learning_rate=warm_up(1, cosine(learning_rate, epochs)),
            seed=SEED,
            validation=sets.validation,
        )
        return (report.network for report in reports)

    return learn


@dataclass(frozen=True)
class AdamWOnGrid(AdamW):
    """`AdamW` whose every step ends on the grid.

    Attributes
    ----------
    after_step
        What is called with the parameters after every step.
    """

    name = "adamw-on-grid"
    after_step: Callable[[FloatArray], None] = lambda _parameters: None

    def update(
        self,
        parameters: FloatArray,
        gradient: FloatArray,
        state: tuple[FloatArray, ...],
        learning_rate: float,
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        """Go to the point of the grid that is nearest to where the step would end."""
        change, state = super().update(parameters, gradient, state, learning_rate)
        after = rounded(parameters - change)
        self.after_step(after)
        return parameters - after, state


def rounded(numbers: FloatArray) -> FloatArray:
    """Return the nearest multiples of `GRID`."""
    nearest: FloatArray = np.round(numbers / GRID) * GRID
    return nearest


def on_grid(network: Network) -> Network:
    """Round all parameters to multiples of `GRID`."""
    return network.with_parameters(rounded(network.flatten()))


# --- measuring


def low_cost(network: Network, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> float:
    """Return the more, the lower the cost is."""
    return -network.cost(x, y)


def share_right(network: Network, x: npt.NDArray[Any], y: IntArray) -> str:
    """Say how many examples are in the right class."""
    return f"{network.accuracy(x, y):.2%} right"


def sequences_right(network: Network, x: npt.NDArray[Any], y: IntArray) -> str:
    """Say in how many sequences every answer that counts is right."""
    right = (network.predict(x) == y) | (y < 0)
    return f"{right.all(axis=1).mean():.2%} right"


def nats(network: Network, x: npt.NDArray[Any], y: IntArray) -> str:
    """Say what a letter costs: the mean of -ln of the probability of the one that followed."""
    counts = y >= 0
    followed = np.where(counts, y, 0)[..., np.newaxis]
    probabilities = np.take_along_axis(network(x), followed, axis=-1)[..., 0]
    return f"{-np.log(probabilities[counts]).mean():.4f} nats a letter"


def noise_left(network: Network, x: npt.NDArray[Any], y: FloatArray) -> str:
    """Say how much of the noise is not found: its mean square is 2 where none is."""
    return f"{network.cost(x, y):.4f} of 2 left"


RECIPES = {
    "dense": Recipe(
        digits(784), dense, shifted_sgd(30, 3.0, max_shift=1), 150, Network.accuracy, share_right
    ),
    "cnn": Recipe(
        digits(1, 28, 28), cnn, shifted_sgd(30, 0.1, max_shift=2), 60, Network.accuracy, share_right
    ),
    "residual": Recipe(
        digits(1, 28, 28),
        residual_cnn,
        shifted_sgd(30, 0.1, max_shift=2),
        25,
        Network.accuracy,
        share_right,
    ),
    "sort": Recipe(
        to_sort,
        lambda rng: transformer(10, 2 * N_SORTED - 1, 32, heads=4, blocks=2, rng=rng),
        adam(64, 0.003, weight_decay=0.01),
        12,
        low_cost,
        sequences_right,
    ),
    "names": Recipe(
        names,
        lambda rng: transformer(27, 12, 48, heads=4, blocks=3, rng=rng, dropout=0.1),
        adam(32, 0.003, weight_decay=0.1),
        40,
        low_cost,
        nats,
    ),
    "names-small": Recipe(
        names,
        lambda rng: transformer(27, 12, 12, heads=2, blocks=1, rng=rng),
        adam(32, 0.01, weight_decay=0.01),
        60,
        low_cost,
        nats,
    ),
    "count": Recipe(
        brackets, counting, adam(50, 0.05, weight_decay=0.0), 30, low_cost, sequences_right
    ),
    "remember": Recipe(
        letters, remembering, adam(50, 0.1, weight_decay=0.0), 15, low_cost, sequences_right
    ),
    "denoise": Recipe(
        noisy_points, denoising, adam(100, 0.005, weight_decay=0.0), 30, low_cost, noise_left
    ),
}


def train(
    recipe: Recipe, sets: Sets, epochs: int, *, quiet: bool, steps: Sequence[int] = ()
) -> tuple[Network, int, Snapshots]:
    """Train and return the best network on the validation set, its epoch, and snapshots before it.

    Parameters
    ----------
    recipe
        How.
    sets
        The data.
    epochs
        How many.
    quiet
        Whether no progress bar is shown.
    steps
        After how many steps to take a snapshot.
    """
    rng = np.random.RandomState(SEED)
    best = on_grid(recipe.start(rng))
    recorder = StepRecorder(best, steps)
    best_epoch, best_step, most = 0, 0, -np.inf
    networks = recipe.learn(best, sets, epochs, rng, recorder)
    with tqdm(networks, total=epochs, unit="epoch", disable=quiet or None) as bar:
        for epoch, network in enumerate(bar, start=1):
            merit = recipe.merit(network, *sets.validation)
            if merit > most:
                best, best_epoch, best_step, most = network, epoch, recorder.count, merit
            bar.set_postfix(validation=recipe.figure(network, *sets.validation))
    return best, best_epoch, recorder.snapshots(best, best_step, sets.validation)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("networks", nargs="*", help=f"of {', '.join(RECIPES)} (default: all)")
    parser.add_argument("--out", type=Path, help="folder to write to (default: nnviz's own data)")
    parser.add_argument("--epochs", type=int, help="instead of the recipes' own")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    if options.epochs is not None and options.epochs < 1:
        parser.error("--epochs must be positive")
    if unknown := set(options.networks) - set(RECIPES):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(RECIPES)}")

    folder: Path = options.out or data_dir()
    for name in options.networks or RECIPES:
        recipe = RECIPES[name]
        epochs = options.epochs or recipe.epochs
        sets = recipe.sets()
        steps = RECORDED_STEPS.get(name, ())
        network, epoch, snapshots = train(recipe, sets, epochs, quiet=options.quiet, steps=steps)
        out = folder / PRETRAINED_FILES[name]
        network.save(out, dtype=np.float32)
        if name in RECORDED_FILES:
            snapshots.save(folder / RECORDED_FILES[name])
        print(f"{out}: {network}, epoch {epoch} of {epochs}")
        for part, what in zip(sets, ("to learn from", "for validation", "held out"), strict=True):
            print(f"    {recipe.figure(network, *part)} of {len(part.x):,} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
