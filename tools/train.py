"""Train the networks that come with nnviz, and write their weights.

The same images give the same files, byte for byte. Only the training set is learnt from; the epoch
to keep is chosen on the validation set; the held-out test set is looked at once, at the end.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# Before NumPy is loaded: threads split sums in other places, and sums in another order round
# to other last digits.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import numpy.typing as npt
from tqdm import tqdm  # type: ignore[import-untyped]

from nnviz import mnist
from nnviz._resources import data_dir
from nnviz.network import Conv2D, Dense, Flatten, MaxPool2D, Network, one_hot
from nnviz.network.trained import PRETRAINED_FILES

SEED = 0
# After every so many examples all parameters are rounded to a multiple of GRID. Processors differ
# in the last digits of a sum, and training doubles such a difference every dozen steps; rounded
# away while it is still far below GRID, it never shows. A power of two, so that float32 holds the
# rounded numbers exactly.
EXAMPLES_PER_ROUNDING = 750
GRID = 2.0**-16


@dataclass(frozen=True)
class Recipe:
    """How a network is made and trained.

    Attributes
    ----------
    start
        Draws the network.
    epochs, batch_size
        As for `Network.sgd`.
    eta
        Learning rate at the start; half a cosine leads it down to 0.
    max_shift
        Images are moved by up to so many pixels.
    """

    start: Callable[[np.random.RandomState], Network]
    epochs: int
    batch_size: int
    eta: float
    max_shift: int


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


RECIPES = {
    "dense": Recipe(dense, epochs=150, batch_size=30, eta=3.0, max_shift=1),
    "cnn": Recipe(cnn, epochs=60, batch_size=30, eta=0.1, max_shift=2),
}


def shifted(
    images: npt.NDArray[np.float64], max_shift: int, rng: np.random.RandomState
) -> npt.NDArray[np.float64]:
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


def on_grid(network: Network) -> Network:
    """Round all parameters to multiples of `GRID`."""
    return network.with_parameters(np.round(network.flatten() / GRID) * GRID)


def train(
    recipe: Recipe, sets: mnist.MNIST, epochs: int, *, quiet: bool
) -> tuple[Network, int, float]:
    """Train and return the best network on the validation set, its epoch and accuracy there."""
    rng = np.random.RandomState(SEED)
    network = on_grid(recipe.start(rng))
    targets = one_hot(sets.train.labels)
    best, best_epoch, best_accuracy = network, 0, 0.0
    with tqdm(total=epochs, unit="epoch", disable=quiet or None) as bar:
        for epoch in range(1, epochs + 1):
            # Half a cosine: large steps first, ever smaller ones at the end.
            eta = recipe.eta * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / epochs))
            images = shifted(sets.train.images, recipe.max_shift, rng)
            order = rng.permutation(len(images))
            for start in range(0, len(order), EXAMPLES_PER_ROUNDING):
                part = order[start : start + EXAMPLES_PER_ROUNDING]
                (report,) = network.sgd(
                    images[part], targets[part], epochs=1, batch_size=recipe.batch_size, eta=eta
                )
                network = on_grid(report.network)
            accuracy = network.accuracy(sets.validation.images, sets.validation.labels)
            if accuracy > best_accuracy:
                best, best_epoch, best_accuracy = network, epoch, accuracy
            bar.set_postfix(eta=f"{eta:.3f}", validation=f"{accuracy:.1%}")
            bar.update()
    return best, best_epoch, best_accuracy


def shaped(sets: mnist.MNIST, shape: tuple[int, ...]) -> mnist.MNIST:
    """Return the images in the shape that a network takes."""
    return mnist.MNIST(*(replace(s, images=s.images.reshape(-1, *shape)) for s in sets))


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
        sets = shaped(mnist.load(), recipe.start(np.random.RandomState(SEED)).input_shape)
        network, epoch, _ = train(recipe, sets, epochs, quiet=options.quiet)
        out = folder / PRETRAINED_FILES[name]
        network.save(out, dtype=np.float32)
        print(f"{out}: {network}, epoch {epoch} of {epochs}")
        print(
            "accuracy: "
            + ", ".join(
                f"{network.accuracy(part.images, part.labels):.2%} of {len(part):,} {what}"
                for part, what in zip(
                    sets, ("to learn from", "for validation", "held out"), strict=True
                )
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
