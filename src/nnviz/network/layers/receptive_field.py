"""What part of an image a unit depends on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray

__all__ = ["ReceptiveField"]

_Places = tuple[int, ...]


@dataclass(frozen=True)
class ReceptiveField:
    """The rows and columns of an image that a unit depends on, where each row meets each column.

    Attributes
    ----------
    rows, columns
        From the first to the last, counted from the image's upper left corner. With dilation they
        are not neighbours. Those below 0, and from the image's height or width on, lie in the
        padding.
    image
        The image's height and width.

    Examples
    --------
    >>> from nnviz.network import MaxPool2D
    >>> field = MaxPool2D(3, stride=2, padding=1).receptive_field(0, 1, (8, 12, 12))
    >>> field.rows, field.columns
    ((-1, 0, 1), (1, 2, 3))
    >>> field.padding
    ((1, 0), (0, 0))
    """

    rows: _Places
    columns: _Places
    image: tuple[int, int]

    @property
    def inside(self) -> tuple[_Places, _Places]:
        """The rows and the columns that lie in the image itself."""
        height, width = self.image
        return (
            tuple(row for row in self.rows if 0 <= row < height),
            tuple(column for column in self.columns if 0 <= column < width),
        )

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many rows lie above and below the image, how many columns left and right of it."""
        above, below = (
            (sum(place < 0 for place in places), sum(place >= size for place in places))
            for places, size in zip((self.rows, self.columns), self.image, strict=True)
        )
        return above, below

    @property
    def is_inside(self) -> np.ndarray:
        """Which of its pixels lie in the image itself, shape (rows, columns)."""
        rows, columns = (np.array(places) for places in (self.rows, self.columns))
        height, width = self.image
        inside: np.ndarray = np.logical_and.outer(
            (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
        )
        return inside

    def of(self, images: npt.ArrayLike, padding: float = 0.0) -> FloatArray:
        """Return what the unit sees of images.

        Parameters
        ----------
        images : array_like
            Shape (..., height, width).
        padding : float, optional
            What stands in the padding.

        Returns
        -------
        ndarray
            Shape (..., rows, columns).
        """
        values = np.asarray(images, dtype=float)
        height, width = self.image
        rows, columns = np.clip(self.rows, 0, height - 1), np.clip(self.columns, 0, width - 1)
        return np.where(self.is_inside, values[..., rows[:, None], columns], padding)
