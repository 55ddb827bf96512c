"""Which pixels of an image move an output or the cost, laid over the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import ManimColor, ParsableManimColor, Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.chart_colors import CLASS_COLORS, background, ink
from nnviz.mobjects.charts.cost_scale import number_text
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import letter_of, segments
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import PixelImage, as_square_image
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Network, Report

__all__ = ["SaliencyMap"]

#: Share of the image's brightness below the colours, so that these stand out.
_DIMMED = 0.55
#: Of red, green and blue.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Shades of the scale, and its width in heights of a letter.
_SHADES, _BAR = 128, 1.3
#: In heights of a letter: from the image to the scale, a tick, and a number with its sign.
_GAP, _TICK, _NUMBER = 1.4, 0.4, 5.0


class SaliencyMap(Panel):
    """An image as a network takes it, and over it how each pixel moves an output, or the cost.

    The colours are the engine's derivatives at this image, K. Simonyan, A. Vedaldi and
    A. Zisserman's saliency maps ("Deep Inside Convolutional Networks", 2013): one colour where more
    brightness would raise the output or the cost, another where it would lower it, as opaque as the
    derivative is large. Where nothing depends on a pixel, the image is seen alone, dimmed. An image
    in colours is grey below them, by its luminance (Rec. 709), and each pixel shows the derivative
    by that of its channels by which it is largest.

    What is written beside the scale is that of a report, the last one so far. Between two reports
    colours are blended, each relative to its report's scale.

    Parameters
    ----------
    x : array_like
        The image as the network takes it: a vector of side * side numbers, or shape (channels,
        height, width) with 1 or 3 channels. Numbers outside of [0, 1] are shown from the least,
        black, to the largest, white.
    output : int, optional
        Index of the output whose derivatives are shown, dy/dx.
    y : array_like, optional
        The desired output, as for :meth:`nnviz.network.Network.cost`: the derivatives of the cost
        are shown instead, dC/dx.
    width, height : float, optional
        Size of the panel, in scene units. The image is as large as fits beside the scale.
    magnitude : bool, optional
        Whether the sizes of the derivatives are shown alone, in one colour.
    limit : float, optional
        The derivative with the full colour; by default the largest of each report.
    scale : bool, optional
        Whether the scale is there.
    name : str, optional
        What stands over the scale; by default the derivative.
    positive, negative : color, optional
        Colours of derivatives above and below 0.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    ValueError
        If `x` is no image, not exactly one of `output` and `y` is given, or the limit is not above
        0.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz import Network, SaliencyMap
    >>> network = Network.random([9, 2], seed=0)
    >>> image = np.full(9, 0.5)
    >>> panel = SaliencyMap(image, output=1).show_network(network)
    >>> bool((panel.derivatives.ravel() == network.input_gradient(image, 1)).all())
    True
    """

    image: Part[PixelImage] = Part(1, doc="The image with the colours over it.")
    scale_bar: Part[VGroup] = Part(
        3, doc="Colours, frame, ticks, numbers and name beside the image; empty if there is none."
    )

    def __init__(
        self,
        x: ArrayLike,
        output: int | None = None,
        y: ArrayLike | None = None,
        width: float = 5.0,
        height: float = 4.0,
        *,
        magnitude: bool = False,
        limit: float | None = None,
        scale: bool = True,
        name: str | None = None,
        positive: ParsableManimColor = CLASS_COLORS[0],
        negative: ParsableManimColor = CLASS_COLORS[4],
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.x = np.asarray(x, dtype=float)
        if self.x.ndim not in (1, 3) or (self.x.ndim == 3 and self.x.shape[0] not in (1, 3)):
            raise ValueError(
                "x must be an image: a vector of side * side numbers, or shape (channels, height, "
                f"width) with 1 or 3 channels, not {self.x.shape}"
            )
        if (output is None) == (y is None):
            raise ValueError(
                "say of what the derivatives are: give output, an index, or y, a desired output"
            )
        if limit is not None and not 0 < limit < np.inf:
            raise ValueError(f"the limit needs to be a number above 0, got {limit}")
        self.output, self.y = output, None if y is None else np.asarray(y)
        self.magnitude, self.limit = magnitude, limit
        self._colors = (positive, negative)
        image = as_square_image(self.x) if self.x.ndim == 1 else np.moveaxis(self.x, 0, -1)
        low, high = min(0.0, float(image.min())), max(1.0, float(image.max()))
        grey = ((image - low) / (high - low)).reshape(*image.shape[:2], -1)
        grey = grey @ _LUMINANCE if grey.shape[2] == 3 else grey[..., 0]
        #: The image below the colours, shape (rows, columns, 3), in [0, 1].
        self.below = grey[..., None].repeat(3, axis=2)
        picture = PixelImage(_DIMMED * self.below, channel_axis=2)
        self._letter = letter_of(self)
        parts, taken = VGroup(), 0.0
        if scale:
            taken = (_GAP + _BAR + _TICK + 0.4 + _NUMBER) * self._letter
        if width <= 1.5 * taken:
            raise ValueError(f"a box of width {width:g} has no room for a scale: leave it out")
        rows, columns = image.shape[:2]
        pixel = min((width - taken) / columns, height / rows)
        self._extent = (pixel * columns, pixel * rows)
        picture.stretch_to_fit_width(self._extent[0]).stretch_to_fit_height(self._extent[1])
        frame = Rectangle(
            width=self._extent[0],
            height=self._extent[1],
            stroke_color=ink(),
            stroke_width=stroke(1.5),
            stroke_opacity=0.6,
        )
        # Image and scale together in the middle of the box.
        self._left = (width - taken - self._extent[0]) / 2
        (middle,) = self.place([(self._left + self._extent[0] / 2, height / 2)])
        if scale:
            parts.add(*self._scale(name))
        self.add(picture.move_to(middle), frame.move_to(middle), parts)

    @property
    def derivatives(self) -> FloatArray:
        """What is shown, shape (rows, columns): one number a pixel."""
        if not self.measured:
            raise ValueError("nothing is shown yet: show_network(network) first")
        return self.measured[-1].copy()

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks of other inputs."""
        for report in reports[:1]:
            shapes = list(report.network.inputs.values())
            if shapes != [self.x.shape]:
                raise ValueError(
                    f"the image has shape {self.x.shape}, which {report.network!r} does not take"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return the derivatives, one a pixel, shape (rows, columns)."""
        found = self._by_input(report.network)
        if self.magnitude:
            found = np.abs(found)
        channels = found.reshape(-1, *self.below.shape[:2])
        largest = np.abs(channels).argmax(axis=0)
        derivatives: FloatArray = np.take_along_axis(channels, largest[None], axis=0)[0]
        return derivatives

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Lay colours over the image, blended between two reports."""
        shares = self._shares(past[-1])
        if share:
            shares = shares + share * (self._shares(after) - shares)
        over = self._over(_DIMMED * self.below, shares)
        self.image.pixels = np.rint(255 * over).astype(np.uint8)
        if len(self.scale_bar):
            self._write_numbers(self._limit(past[-1]))

    # --- inside

    def _by_input(self, network: Network) -> FloatArray:
        if self.y is None:
            assert self.output is not None
            return network.input_gradient(self.x, self.output)
        return network.backward_pass(self.x, self.y).activation_gradients[0]

    def _limit(self, derivatives: FloatArray) -> float:
        return float(np.abs(derivatives).max()) if self.limit is None else self.limit

    def _shares(self, derivatives: FloatArray) -> FloatArray:
        shares: FloatArray = derivatives / (self._limit(derivatives) or 1.0)
        return shares.clip(-1, 1)

    def _over(self, below: FloatArray, shares: FloatArray) -> FloatArray:
        """Return colours over colours, shape (rows, columns, 3), as opaque as shares are large."""
        plus, minus = map(_rgb, self._colors)
        opacity = np.abs(shares)[..., None]
        tones = np.where(shares[..., None] < 0, minus, plus)
        mixed: FloatArray = below + opacity * (tones - below)
        return mixed.clip(0, 1)

    def _scale(self, name: str | None) -> list[VMobject]:
        """Return the scale: colours over the background, with their derivatives."""
        letter, height, extent = self._letter, self.size[1], self._extent
        top = height / 2 + extent[1] / 2 - 2.2 * letter
        low = height / 2 - extent[1] / 2
        left = self._left + extent[0] + _GAP * letter
        right = left + _BAR * letter
        shares = np.linspace(1, 0 if self.magnitude else -1, _SHADES)[:, None].repeat(2, axis=1)
        behind = np.broadcast_to(_rgb(background()), (*shares.shape, 3))
        bar = PixelImage(self._over(behind, shares), channel_axis=2)
        bar.stretch_to_fit_width(right - left).stretch_to_fit_height(top - low)
        bar.move_to(self.place([((left + right) / 2, (top + low) / 2)])[0])
        frame = Rectangle(width=right - left, height=top - low, stroke_color=ink())
        frame.set_stroke(width=stroke(1.5), opacity=0.6).move_to(bar)
        ticks = VMobject(stroke_color=ink(), stroke_width=stroke(2))
        levels = self._levels()
        heights = [low + (top - low) * (k / (len(levels) - 1)) for k in range(len(levels))]
        ticks.points = segments(
            self.place([(right, y) for y in heights]),
            self.place([(right + _TICK * letter, y) for y in heights]),
        )
        #: Where the numbers stand.
        self._spots = [(right + (_TICK + 0.4) * letter, y) for y in heights]
        numbers = VGroup(*(Lettering(ink(), (-1, 0), self.writing) for _ in heights))
        title = Lettering(ink(), (-1, 1), self.writing)
        (at,) = self.place([(left, height / 2 + extent[1] / 2)])
        text = self._name() if name is None else name
        title.say(text, at, letter, (_BAR + _TICK + 0.4 + _NUMBER) * letter)
        return [bar, frame, ticks, numbers, title]

    def _levels(self) -> tuple[int, ...]:
        return (0, 1) if self.magnitude else (-1, 0, 1)

    def _name(self) -> str:
        name = "dC/dx" if self.y is not None else f"dy{self.output}/dx"
        return f"|{name}|" if self.magnitude else name

    def _write_numbers(self, limit: float) -> None:
        letter = self._letter
        numbers = self.scale_bar[3]
        for number, level, spot in zip(numbers, self._levels(), self._spots, strict=True):
            text = number_text(float(f"{level * limit:.2g}")) if level else "0"
            text = text.replace("-", "\N{MINUS SIGN}")
            (at,) = self.place([spot])
            scale = self.enlargement
            number.say(text, at, letter * scale, _NUMBER * letter * scale)


def _rgb(color: ParsableManimColor) -> FloatArray:
    values: FloatArray = ManimColor(color).to_rgb()
    return values
