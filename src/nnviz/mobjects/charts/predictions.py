"""Images, and what a network says that they show."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from manim import Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.chart_colors import RIGHT_COLOR, WRONG_COLOR, ink
from nnviz.mobjects.charts.labels import labels_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.signs import show_sign
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import PixelImage, as_square_image
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report

__all__ = ["Predictions"]

#: Of an image's side: the gap between cells, and what stands below an image.
_GAP, _CAPTION = 0.25, 0.5


class Predictions(Panel):
    """Images in rows, below each the class that the network predicts, marked as right or wrong.

    What is right has a tick and a thin frame, what is wrong a cross and a thick one, in other
    colours, too. Predictions are always those of a report's network, the last one so far.

    Parameters
    ----------
    x : array_like
        Inputs that are images: vectors of square images, shape (n, side * side), or
        (n, channels, height, width) with 1 or 3 channels. Brightnesses in [0, 1]; other numbers
        are shown from the least, black, to the largest, white.
    y : array_like, optional
        Their classes: whole numbers, shape (n,), or rows of shape (n, classes). Nothing is marked
        without.
    width, height : float, optional
        Size of the panel, in scene units. The images are as large as fits.
    names : sequence of str, optional
        Names of the classes; their numbers by default.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    ValueError
        If the inputs are no images, or the shapes do not fit.
    """

    cells: Part[VGroup] = Part(
        1, doc="A group an image: the image, its frame, the prediction, and the sign."
    )

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        width: float = 5.0,
        height: float = 3.0,
        *,
        names: Sequence[str] | None = None,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.inputs = np.asarray(x, dtype=float)
        if self.inputs.ndim not in (2, 4) or not len(self.inputs):
            raise ValueError(
                "x must hold images, shape (n, side * side) or (n, channels, height, width), not "
                f"{self.inputs.shape}"
            )
        self.labels = None if y is None else labels_of(y)
        if self.labels is not None and len(self.labels) != len(self.inputs):
            raise ValueError(f"{len(self.inputs)} images in x, but {len(self.labels)} in y")
        self.names = None if names is None else tuple(names)
        low, high = min(0.0, float(self.inputs.min())), max(1.0, float(self.inputs.max()))
        images = [_image(example) for example in (self.inputs - low) / (high - low)]
        #: Of an image; and the middles of all images, from the lower left of the box.
        self.side, self.middles = _places(len(images), width, height)
        cells = VGroup()
        for image, middle in zip(images, self.place(self.middles), strict=True):
            picture = PixelImage(image, self.side, channel_axis=None if image.ndim == 2 else 0)
            if picture.width > self.side:
                picture.scale(self.side / picture.width)
            frame = Rectangle(width=self.side, height=self.side)
            word, sign = Lettering(ink(), (-1, 0), writing), VMobject()
            cells.add(VGroup(picture, frame, word, sign).move_to(middle))
        self.add(cells)
        for cell in cells:
            cell[1].set_stroke(ink(), stroke(1), 0.5)

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks of other inputs or without classes, and classes without a name."""
        for report in reports[:1]:
            network = report.network
            if not network.is_classifier or network.input_shape != self.inputs.shape[1:]:
                raise ValueError(
                    f"predictions are of a classifier that takes {self.inputs.shape[1:]}, as the "
                    f"images are, not of {network!r}"
                )
            classes = max(2, network.sizes[-1])
            if self.names is not None and len(self.names) != classes:
                raise ValueError(f"{len(self.names)} names for {classes} classes of {network!r}")

    def measure(self, report: Report) -> FloatArray:
        """Return the classes that the network predicts, shape (n,)."""
        return report.network.predict(self.inputs).astype(float)

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Write the last report's predictions."""
        said = past[-1].astype(np.int64)
        letter = 0.6 * _CAPTION * self.side
        below = (0.5 + 0.62 * _CAPTION) * self.side
        for k, (cell, middle) in enumerate(zip(self.cells, self.middles, strict=True)):
            _, frame, word, sign = cell
            name = str(said[k]) if self.names is None else self.names[said[k]]
            room = self.side - 1.4 * letter if self.labels is not None else self.side
            width = min(word.width_of(name, letter), room)
            taken = width + (1.4 * letter if self.labels is not None else 0)
            left = middle - np.array([taken / 2, below])
            scale = self.enlargement
            word.say(name, self.place(left)[0], letter * scale, room * scale)
            if self.labels is not None:
                right = bool(said[k] == self.labels[k])
                color = RIGHT_COLOR if right else WRONG_COLOR
                corner = left + letter * np.array([width / letter + 0.5, -0.4])
                show_sign(sign, self, corner, 0.8 * letter, right)
                frame.set_stroke(color, stroke(2 if right else 5), 1)


def _image(example: FloatArray) -> FloatArray:
    return as_square_image(example) if example.ndim == 1 else example


def _places(count: int, width: float, height: float) -> tuple[float, FloatArray]:
    """Return the side of images that fill a box, and the middle of each, shape (n, 2)."""

    def side(columns: int) -> float:
        rows = ceil(count / columns)
        across = columns + (columns - 1) * _GAP + 0.06
        down = rows * (1 + _CAPTION) + (rows - 1) * _GAP + 0.06
        return min(width / across, height / down)

    columns = max(range(1, count + 1), key=side)
    size, rows = side(columns), ceil(count / columns)
    k = np.arange(count)
    across = (k % columns - (columns - 1) / 2) * (1 + _GAP)
    down = ((rows - 1) / 2 - k // columns) * (1 + _CAPTION + _GAP) + _CAPTION / 2
    return size, np.array([width, height]) / 2 + size * np.column_stack([across, down])
