"""Train the network that comes with nnviz, and write its weights.

The same images give the same file, byte for byte. Only the training set is learnt from; the epoch
to keep is chosen on the validation set; the held-out test set is looked at once, at the end.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
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
from nnviz.network import Network, one_hot
from nnviz.network.trained import PRETRAINED_FILES

SIZES = (784, 16, 16, 10)
SEED = 0
EPOCHS = 150
BATCH_SIZE = 30
ETA = 3.0
MAX_SHIFT = 1
# After every so many examples all parameters are rounded to a multiple of GRID. Processors differ
# in the last digits of a sum, and training doubles such a difference every dozen steps; rounded
# away while it is still far below GRID, it never shows. A power of two, so that float32 holds the
# rounded numbers exactly.
EXAMPLES_PER_ROUNDING = 750
GRID = 2.0**-16


def shifted(images: npt.NDArray[np.float64], rng: np.random.RandomState) -> npt.NDArray[np.float64]:
    """Move every image by up to a pixel either way, at random.

    The images have a margin of some black pixels, so that what rolls over an edge is black (a
    stroke that reaches the margin is rare, and a pixel of it does no harm).
    """
    squares = images.reshape(-1, 28, 28)
    moved = np.empty_like(squares)
    shifts = rng.randint(-MAX_SHIFT, MAX_SHIFT + 1, size=(len(squares), 2))
    for shift in np.unique(shifts, axis=0):
        chosen = (shifts == shift).all(axis=1)
        moved[chosen] = np.roll(squares[chosen], shift, axis=(1, 2))
    return moved.reshape(images.shape)


def on_grid(network: Network) -> Network:
    """Round all parameters to multiples of `GRID`."""
    return network.with_parameters(np.round(network.flatten() / GRID) * GRID)


def train(data: mnist.MNIST, epochs: int, *, quiet: bool) -> tuple[Network, int, float]:
    """Train and return the best network on the validation set, its epoch and accuracy there."""
    rng = np.random.RandomState(SEED)
    network = on_grid(Network.random(SIZES, rng=rng, scaled=True))
    targets = one_hot(data.train.labels)
    best, best_epoch, best_accuracy = network, 0, 0.0
    with tqdm(total=epochs, unit="epoch", disable=quiet or None) as bar:
        for epoch in range(1, epochs + 1):
            # Half a cosine: large steps first, ever smaller ones at the end.
            eta = ETA * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / epochs))
            images = shifted(data.train.images, rng)
            order = rng.permutation(len(images))
            for start in range(0, len(order), EXAMPLES_PER_ROUNDING):
                part = order[start : start + EXAMPLES_PER_ROUNDING]
                (report,) = network.sgd(
                    images[part], targets[part], epochs=1, batch_size=BATCH_SIZE, eta=eta
                )
                network = on_grid(report.network)
            accuracy = network.accuracy(data.validation.images, data.validation.labels)
            if accuracy > best_accuracy:
                best, best_epoch, best_accuracy = network, epoch, accuracy
            bar.set_postfix(eta=f"{eta:.3f}", validation=f"{accuracy:.1%}")
            bar.update()
    return best, best_epoch, best_accuracy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, help="where to write (default: nnviz's own data)")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="default: %(default)s")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        parser.error("--epochs must be positive")

    data = mnist.load()
    out: Path = options.out or data_dir() / PRETRAINED_FILES["dense"]
    network, epoch, on_validation = train(data, options.epochs, quiet=options.quiet)
    network.save(out, dtype=np.float32)
    on_training = network.accuracy(data.train.images, data.train.labels)
    on_test = network.accuracy(data.test.images, data.test.labels)
    print(f"{out}: {network}, epoch {epoch} of {options.epochs}")
    print(
        f"accuracy: {on_training:.2%} of {len(data.train):,} training images, "
        f"{on_validation:.2%} of {len(data.validation):,} for validation, "
        f"{on_test:.2%} of {len(data.test):,} held out"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
