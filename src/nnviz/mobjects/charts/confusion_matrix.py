"""How often a network puts examples of each class into each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import ParsableManimColor, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.chart_colors import RIGHT_COLOR, WRONG_COLOR, ink, letters_on, tint
from nnviz.mobjects.charts.labels import labels_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import letter_of, segments
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import PixelImage
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report, confusion_matrix

__all__ = ["ConfusionMatrix"]

#: Most size of a number, as a share of a cell's side.
_FILLED = 0.72
#: Numbers whose digits would be lower than this, in scene units, are left out.
_SMALLEST = 0.06
#: Names of classes take at most this share of the box.
_NAMES = 0.3
#: In heights of a letter: from names to cells, and from the title to names.
_GAP, _TITLE_GAP = 0.7, 0.9


class ConfusionMatrix(Panel):
    """How many examples of each class a network puts into each class: rows true, columns predicted.

    A cell is the darker or lighter on the background the larger its share of its row is, as the
    square root of the share, so that rare confusions are seen. Cells on the diagonal, which count
    what is right, have one colour and a frame, the others another. Numbers are always those of a
    report, the last one so far; colours move between reports. A row without examples is blank, and
    so are cells in which a number would be too small to be read.

    Parameters
    ----------
    examples : (array_like, array_like)
        Examples to count, ``(x, labels)``: inputs of shape ``(n, *input_shape)``, and true classes
        as integers of shape (n,) or rows of shape (n, classes).
    width, height : float, optional
        Size of the panel, in scene units. The cells are squares, as large as fits.
    names : sequence of str, optional
        Names of the classes; their numbers by default.
    classes : int, optional
        Number of classes; by default that of names, or else one more than the largest label.
    percent : bool, optional
        Whether cells say per cent of their row, instead of counts: with one decimal where there is
        room, and the title of the columns ends with the sign.
    x_name, y_name : str, optional
        Titles of columns and rows.
    right_color, wrong_color : color, optional
        Colours of cells that hold a whole row, on the diagonal and elsewhere.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    ValueError
        If the labels name no classes, do not fit inputs or names, or there is no room.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz import ConfusionMatrix, Network
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> panel = ConfusionMatrix((x, y), names=["equal", "different"])
    >>> panel.show_network(Network.random([2, 4, 1], seed=1)).counts.sum()
    np.int64(4)
    >>> ConfusionMatrix.of_labels([0, 0, 1, 2], [0, 1, 1, 2]).counts
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """

    image: Part[PixelImage] = Part(1, doc="The cells' colours, a pixel each.")
    numbers: Part[VGroup] = Part(4, doc="What is written in the cells, row by row.")
    _row_labels: Part[VGroup] = Part(5, 0, doc="The classes' names at the rows.")
    _column_labels: Part[VGroup] = Part(5, 1, doc="The classes' names at the columns.")
    titles: Part[VGroup] = Part(5, 2, doc="What stands over the columns, and beside the rows.")

    def __init__(
        self,
        examples: tuple[ArrayLike, ArrayLike],
        width: float = 4.0,
        height: float = 4.0,
        *,
        names: Sequence[str] | None = None,
        classes: int | None = None,
        percent: bool = False,
        x_name: str | None = None,
        y_name: str | None = None,
        right_color: ParsableManimColor = RIGHT_COLOR,
        wrong_color: ParsableManimColor = WRONG_COLOR,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.examples = np.asarray(examples[0]), _labels(examples[1])
        if len(self.examples[0]) != len(self.examples[1]) or not len(self.examples[1]):
            raise ValueError(
                f"{len(self.examples[0])} examples, but {len(self.examples[1])} labels"
            )
        labels, named = self.examples[1], None if names is None else len(names)
        count = classes or named or int(labels.max()) + 1
        if named is not None and named != count:
            raise ValueError(f"{named} names for {count} classes")
        if labels.max() >= count:
            raise ValueError(f"{count} classes are counted from 0, and a label is {labels.max()}")
        #: What stands at rows and columns.
        self.names = tuple(map(str, range(count) if names is None else names))
        self.percent = percent
        x_name = words.word("predicted") if x_name is None else x_name
        y_name = words.word("true") if y_name is None else y_name
        sign = " (%)" if percent and x_name else ""
        self._titles = (x_name + sign, y_name)
        self._colors = (right_color, wrong_color)
        blank = np.broadcast_to(tint(right_color, 0), (count, count, 3))
        image = PixelImage(blank, 1.0, channel_axis=2)
        lines = VMobject(stroke_color=ink(), stroke_width=stroke(1), stroke_opacity=0.35)
        marks = VMobject(stroke_color=ink(), stroke_width=stroke(3))
        numbers = VGroup(*(Lettering(ink(), writing=writing) for _ in range(count * count)))
        self._upwards, self._decimals = False, 1
        self.add(image, lines, marks, numbers, self._words())
        self._arrange()

    @classmethod
    def of_labels(cls, labels: ArrayLike, predictions: ArrayLike, **options: Any) -> Self:
        """Return the matrix of classes that are known already, true ones and predicted ones.

        Parameters
        ----------
        labels, predictions : array_like
            Classes, integers of shape (n,) or rows of shape (n, classes).
        **options
            As for the class.
        """
        true, said = _labels(labels), _labels(predictions)
        if "names" not in options and options.get("classes") is None:
            options["classes"] = int(max(true.max(initial=0), said.max(initial=0))) + 1
        panel = cls((said, true), **options)
        return panel._show(confusion_matrix(true, said, len(panel.names)))

    @property
    def labels(self) -> tuple[VGroup, VGroup]:
        """The classes' names at the rows, and at the columns."""
        return self._row_labels, self._column_labels

    @property
    def counts(self) -> NDArray[np.int64]:
        """The counts that are shown, shape (classes, classes): rows true, columns predicted."""
        count = len(self.names)
        if not self.measured:
            return np.zeros((count, count), dtype=np.int64)
        return self.measured[-1].astype(np.int64)

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks of other classes, and those that predict several at once."""
        for report in reports[:1]:
            classes = report.network.classes
            if classes is None or classes.label_shape:
                raise ValueError(
                    f"a confusion matrix is of a network that puts an example into one class, not "
                    f"of {report.network!r}"
                )
            if classes.count != len(self.names):
                raise ValueError(
                    f"the matrix has {len(self.names)} classes, and {report.network!r} has "
                    f"{classes.count}: give names, or classes={classes.count}"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return how often examples of each class are put into each, shape (classes, classes)."""
        x, labels = self.examples
        return confusion_matrix(labels, report.network.predict(x), len(self.names)).astype(float)

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Colour the cells between two reports, and write the numbers of the last one."""
        counts = past[-1]
        blended = _shares(counts)
        if share:
            blended = blended + share * (_shares(after) - blended)
        right, wrong = (tint(color, 1) for color in self._colors)
        full = np.where(np.eye(len(counts), dtype=bool)[..., None], right, wrong)
        strength = np.sqrt(blended)[..., None]
        colors = tint(self._colors[0], 0) + strength * (full - tint(self._colors[0], 0))
        self.image.pixels = np.rint(255 * colors.clip(0, 1)).astype(np.uint8)
        self._write(counts)

    # --- what stands where

    def _show(self, counts: NDArray[np.int64]) -> Self:
        self.measured = (counts.astype(float),)
        self.draw(self.measured, self.measured[-1], 0.0)
        return self

    def _words(self) -> VGroup:
        """Return names and titles, still to be placed."""
        letter, width = letter_of(self), self.size[0]
        rows, columns, titles = VGroup(), VGroup(), VGroup()
        measure = Lettering(ink(), writing=self.writing)
        widest = max(measure.width_of(name, letter) for name in self.names)
        # What all names may take beside the cells, and how wide a cell is then, about.
        room = min(widest, _NAMES * width)
        side = min(width - room, self.size[1]) / len(self.names)
        self._upwards = widest > 0.9 * side - 3 * letter / len(self.names)
        for _ in self.names:
            rows.add(Lettering(ink(), (1, 0), self.writing))
            align = (-1, 0) if self._upwards else (0, -1)
            columns.add(Lettering(ink(), align, self.writing, upwards=self._upwards))
        titles.add(Lettering(ink(), (0, 0), self.writing))
        titles.add(Lettering(ink(), (0, 0), self.writing, upwards=True))
        return VGroup(rows, columns, titles)

    def _arrange(self) -> None:
        """Put all into the box, which is as at the beginning."""
        count, (width, height) = len(self.names), self.size
        rows, columns, titles = self[5]
        letter = letter_of(self)
        widest = max(rows[0].width_of(name, letter) for name in self.names)
        beside, over = min(widest, _NAMES * width), min(widest, _NAMES * height)
        title = [(1 + _TITLE_GAP) * letter if name else 0.0 for name in self._titles]
        left = 0.3 * letter + title[1] + beside + _GAP * letter
        top = 0.3 * letter + title[0] + (over if self._upwards else letter) + _GAP * letter
        side = min(width - left - 0.2 * letter, height - top - 0.2 * letter) / count
        if side * count < 4 * letter:
            raise ValueError(
                f"a box of {width:g} x {height:g} is too small for {count} x {count} cells with "
                "names: make it larger, or the names shorter"
            )
        # The whole in the middle of the box.
        x = left + (width - left - 0.2 * letter - count * side) / 2
        y = height - top - (height - top - 0.2 * letter - count * side) / 2
        self.side, self._corner = side, (x, y)
        (middle,) = self.place([(x + count * side / 2, y - count * side / 2)])
        self.image.stretch_to_fit_width(count * side).stretch_to_fit_height(count * side)
        self.image.move_to(middle)
        self._rule()
        widest = self.numbers[0].width_of("100.0", 1.0)
        self._decimals = int(_FILLED * side / widest >= 0.6 * letter)
        # Names next to each other do not meet.
        low = min(letter, 0.8 * side)
        for k, (row, column) in enumerate(zip(rows, columns, strict=True)):
            at = self.place([(x - _GAP * letter, y - (k + 0.5) * side)])[0]
            row.say(self.names[k], at, low, beside)
            at = self.place([(x + (k + 0.5) * side, y + _GAP * letter)])[0]
            column.say(self.names[k], at, low, over if self._upwards else 0.9 * side)
        reach = max((over if self._upwards else low) + _GAP * letter, _GAP * letter)
        over_columns = (x + count * side / 2, y + reach + (_TITLE_GAP + 0.5) * letter)
        leftmost = x - _GAP * letter - beside
        beside_rows = (leftmost - (_TITLE_GAP + 0.5) * letter, y - count * side / 2)
        for one, name, spot in zip(titles, self._titles, (over_columns, beside_rows), strict=True):
            one.say(name, self.place([spot])[0], letter, count * side)

    def _rule(self) -> None:
        """Draw the lines between cells, and the frames of those on the diagonal."""
        count, side, (x, y) = len(self.names), self.side, self._corner
        steps, end = side * np.arange(count + 1), side * count
        starts = [*((x + s, y) for s in steps), *((x, y - s) for s in steps)]
        ends = [*((x + s, y - end) for s in steps), *((x + end, y - s) for s in steps)]
        _, _, lines, marks, *_ = self.submobjects
        lines.points = segments(self.place(starts), self.place(ends))
        frames = []
        for s in steps[:-1]:
            a, b = x + s, y - s
            corners = [(a, b), (a + side, b), (a + side, b - side), (a, b - side), (a, b)]
            frames.append(VMobject().set_points_as_corners(self.place(corners)).points)
        marks.points = np.concatenate(frames)

    def _write(self, counts: FloatArray) -> None:
        """Write numbers into the cells, all of one size."""
        texts = [self._text(*pair) for pair in zip(counts.ravel(), _of_rows(counts), strict=True)]
        side, (x, y), count = self.side, self._corner, len(counts)
        widest = max(self.numbers[0].width_of(text, 1.0) for text in texts) or 1.0
        # At most the size of the letters at the axes: numbers are as important, not more.
        letter = min(1.25 * letter_of(self), 0.45 * side, _FILLED * side / widest)
        pixels = self.image.pixels.reshape(-1, 3) / 255
        for k, (number, text, fill) in enumerate(zip(self.numbers, texts, pixels, strict=True)):
            row, column = divmod(k, count)
            (at,) = self.place([(x + (column + 0.5) * side, y - (row + 0.5) * side)])
            number.say(text if letter >= _SMALLEST else "", at, letter * self.enlargement)
            number.set_fill(letters_on(fill))

    def _text(self, count: float, share: float) -> str:
        if not self.percent:
            return f"{count:.0f}"
        return "" if np.isnan(share) else words.number(f"{100 * share:.{self._decimals}f}")


def _labels(y: ArrayLike) -> NDArray[np.int64]:
    """Return classes: integers of any number as they are, others as all charts take them."""
    values = np.asarray(y)
    if values.ndim == 1 and values.dtype.kind in "iu" and (values >= 0).all():
        return values.astype(np.int64)
    return labels_of(y)


def _of_rows(counts: FloatArray) -> FloatArray:
    """Return shares of rows, shape (classes * classes,); NaN in rows without examples."""
    totals = counts.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(
        counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0
    ).ravel()
    return shares


def _shares(counts: FloatArray) -> FloatArray:
    return np.nan_to_num(_of_rows(counts)).reshape(counts.shape)
