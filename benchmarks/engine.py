"""Time an epoch of training: the engine's mini-batches against a loop over single examples.

The loop is how textbooks write back-propagation: one example at a time, vectors as columns, a
gradient summed up over the mini-batch. Both start from the same network, see the same mini-batches
and measure the accuracy after the epoch; after the first they must have the same weights. So the
ratio is that of the same work done in two ways.
"""

from __future__ import annotations

import os
import sys
import time

# Before NumPy is loaded. At these sizes threads only wait for each other, most of all in the loop,
# whose time they make a matter of luck.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import numpy.typing as npt

from nnviz import mnist
from nnviz.network import Network, one_hot

BATCH_SIZE = 10
ETA = 1.5
SEED = 0
EPOCHS = 12
REQUIRED_RATIO = 10.0

FloatArray = npt.NDArray[np.float64]


def sigmoid(z: FloatArray) -> FloatArray:
    """Logistic function, as short as it can be written."""
    a: FloatArray = 1.0 / (1.0 + np.exp(-z))
    return a


class LoopNetwork:
    """The network of the usual textbook code: columns, and one example at a time."""

    def __init__(self, network: Network) -> None:
        self.weights = [w.copy() for w in network.weights]
        self.biases = [b.reshape(-1, 1).copy() for b in network.biases]

    def gradient_of_one(
        self, x: FloatArray, y: FloatArray
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Gradient of the quadratic cost of one example, x and y being columns."""
        activation, activations, zs = x, [x], []
        for w, b in zip(self.weights, self.biases, strict=True):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        n_layers = len(self.weights)
        w_gradients = [np.zeros(w.shape) for w in self.weights]
        b_gradients = [np.zeros(b.shape) for b in self.biases]
        slope = sigmoid(zs[-1]) * (1 - sigmoid(zs[-1]))
        delta = 2 * (activations[-1] - y) * slope
        for layer in range(n_layers - 1, -1, -1):
            if layer < n_layers - 1:
                slope = sigmoid(zs[layer]) * (1 - sigmoid(zs[layer]))
                delta = np.dot(self.weights[layer + 1].T, delta) * slope
            w_gradients[layer] = np.dot(delta, activations[layer].T)
            b_gradients[layer] = delta
        return w_gradients, b_gradients

    def learn(self, batch: list[tuple[FloatArray, FloatArray]], eta: float) -> None:
        """Take one step down the mean gradient of a mini-batch."""
        w_sums = [np.zeros(w.shape) for w in self.weights]
        b_sums = [np.zeros(b.shape) for b in self.biases]
        for x, y in batch:
            w_gradients, b_gradients = self.gradient_of_one(x, y)
            w_sums = [total + g for total, g in zip(w_sums, w_gradients, strict=True)]
            b_sums = [total + g for total, g in zip(b_sums, b_gradients, strict=True)]
        rate = eta / len(batch)
        self.weights = [w - rate * g for w, g in zip(self.weights, w_sums, strict=True)]
        self.biases = [b - rate * g for b, g in zip(self.biases, b_sums, strict=True)]

    def accuracy(self, images: FloatArray, labels: npt.NDArray[np.int64]) -> float:
        """Share of images recognised, looked at one by one."""
        right = 0
        for image, label in zip(images, labels, strict=True):
            activation = image.reshape(-1, 1)
            for w, b in zip(self.weights, self.biases, strict=True):
                activation = sigmoid(np.dot(w, activation) + b)
            right += int(np.argmax(activation) == label)
        return right / len(labels)


def main() -> int:
    """Time both, print both; status 1 if the engine is not fast enough."""
    train, validation, _ = mnist.load()
    targets = one_hot(train.labels)
    start = Network.random([784, 16, 16, 10], seed=0)
    examples = [
        (x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(train.images, targets, strict=True)
    ]
    loop, rng = LoopNetwork(start), np.random.RandomState(SEED)
    reports = start.sgd(
        train.images,
        targets,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        eta=ETA,
        seed=SEED,
        validation=(validation.images, one_hot(validation.labels)),
    )
    loop_times, engine_times = [], []
    # In turns, so that whatever else the machine does hits both; the best epoch of each counts.
    for _ in range(EPOCHS):
        before = time.perf_counter()
        order = rng.permutation(len(examples))
        for first in range(0, len(order), BATCH_SIZE):
            loop.learn([examples[i] for i in order[first : first + BATCH_SIZE]], ETA)
        accuracy = loop.accuracy(validation.images, validation.labels)
        loop_times.append(time.perf_counter() - before)

        before = time.perf_counter()
        report = next(reports)
        engine_times.append(time.perf_counter() - before)

        if report.epoch == 1:  # Later, rounding has made two different networks of them.
            for ours, theirs in zip(report.network.weights, loop.weights, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
            assert report.accuracy == accuracy

    slow, fast = min(loop_times), min(engine_times)
    print(
        f"An epoch of {len(train):,} images in mini-batches of {BATCH_SIZE} and a look at the "
        f"{len(validation):,} for validation,\n784-16-16-10, best of {EPOCHS}:"
    )
    print(f"  example by example  {slow * 1e3:8.1f} ms")
    print(f"  nnviz.network       {fast * 1e3:8.1f} ms")
    print(f"  ratio               {slow / fast:8.1f}  (required: {REQUIRED_RATIO:g})")
    return 0 if slow / fast >= REQUIRED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
