"""Classes that outputs stand for, and the labels that name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError, Shape
from nnviz.network.activations import Activation

__all__ = ["IGNORED", "Classes"]

#: The label of a position that does not count.
IGNORED = -1


@dataclass(frozen=True)
class Classes:
    """What outputs stand for: one class at each position, or a yes or no for each output.

    Attributes
    ----------
    shape
        Shape of one example's outputs.
    axis
        Which axis of one example the classes lie along, counted from the end; None where each
        output is a yes or no of its own.
    """

    shape: Shape
    axis: int | None

    @classmethod
    def of(cls, activation: Activation, shape: Shape) -> Classes | None:
        """Return what outputs of an activation function stand for; None where they are numbers.

        A softmax's are a distribution over classes. Several sigmoids or tanhs are marks for
        classes; one sigmoid output is a yes or no, and so are those of an image or a sequence.
        Others, such as the two numbers of a regression, stand for no classes.
        """
        if activation.axis is not None:
            return cls(shape, activation.axis)
        if len(shape) == 1 and shape != (1,) and activation.marks_classes:
            return cls(shape, -1)
        if activation.name == "sigmoid":
            return cls(shape, None)
        return None

    @property
    def count(self) -> int:
        """Number of classes."""
        return 2 if self.axis is None else self.shape[self.axis]

    @property
    def label_shape(self) -> Shape:
        """Shape of one example's labels."""
        if self.axis is None:
            return () if self.shape == (1,) else self.shape
        return self.shape[: self.axis] + (self.shape[self.axis :][1:])

    def of_outputs(self, outputs: FloatArray) -> IntArray:
        """Return the classes that outputs, or desired outputs, stand for."""
        if self.axis is not None:
            found: IntArray = np.argmax(outputs, axis=self.axis)
            return found
        yes: IntArray = (outputs > 0.5).astype(np.int64)
        return yes[..., 0] if self.shape == (1,) else yes

    def are_labels(self, y: npt.ArrayLike, is_batch: bool) -> bool:
        """Return whether desired outputs are given as labels: integers, one per position."""
        return (
            self.axis is not None
            and np.ndim(y) == len(self.label_shape) + is_batch
            and np.asarray(y).dtype.kind in "iu"
        )

    def check_labels(self, y: npt.ArrayLike) -> IntArray:
        """Return labels as integers.

        Raises
        ------
        NetworkError
            If their shape is wrong, or one is neither that of a class nor -1.
        """
        labels = np.asarray(y)
        if labels.size == 0:
            labels = labels.astype(np.int64)
        own = self.label_shape
        if labels.dtype.kind not in "iu" or labels.shape not in (own, (*labels.shape[:1], *own)):
            wanted = ", ".join(["batch", *map(str, own)])
            raise NetworkError(
                f"labels must be integers of shape {own} or ({wanted}), not {labels.dtype} of "
                f"shape {labels.shape}"
            )
        wrong = (labels < IGNORED) | (labels >= self.count)
        if wrong.any():
            raise NetworkError(
                f"labels must lie between 0 and {self.count - 1}, but one is {labels[wrong][0]}; "
                f"{IGNORED} is for positions that do not count"
            )
        return labels.astype(np.int64)

    def targets(self, y: npt.NDArray[Any]) -> FloatArray:
        """Return desired outputs: numbers as they are, labels as 1 at the label and 0 elsewhere.

        Where the label is -1 all are 0.
        """
        if self.axis is None or y.dtype.kind == "f":
            return y
        targets = np.zeros((*y.shape, self.count))
        counts = y != IGNORED
        np.put_along_axis(
            targets, np.where(counts, y, 0)[..., np.newaxis], counts[..., np.newaxis], -1
        )
        return np.moveaxis(targets, -1, self.axis)
