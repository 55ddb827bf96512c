"""Images on screen, drawn by Cairo itself, and the same image as squares."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    ManimColor,
    Mobject,
    ParsableManimColor,
    Square,
    SurroundingRectangle,
    VGroup,
    VMobject,
    config,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.draws_itself import DrawsItself, Place
from nnviz.drawing.pixel_commands import PixelGrid
from nnviz.mobjects.primitives.group_parts import Bearer, Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLUE, RED, WHITE, stroke

__all__ = [
    "MNistMobject",
    "PixelImage",
    "PixelsAsSquares",
    "PixelsFromVect",
    "as_square_image",
    "blended",
    "signed_colors",
]

#: Corners of the outline in image order: upper left, upper right, lower right, lower left.
_CORNERS = (UP + LEFT, UP + RIGHT, DOWN + RIGHT, DOWN + LEFT)


def as_square_image(vector: ArrayLike) -> NDArray[np.float64]:
    """Return a vector of ``n * n`` brightnesses as the (n, n) image it was made from.

    Raises
    ------
    ValueError
        If the length is not a square number.
    """
    values = np.asarray(vector, dtype=float).ravel()
    side = round(len(values) ** 0.5)
    if side * side != len(values) or side == 0:
        raise ValueError(
            f"a square image needs 1, 4, 9, ... values (784 for MNIST), got {len(values)}"
        )
    return values.reshape(side, side)


def signed_colors(
    values: ArrayLike,
    limit: float | None = None,
    positive: ParsableManimColor = BLUE,
    negative: ParsableManimColor = RED,
    neutral: ParsableManimColor | None = None,
) -> NDArray[np.float64]:
    """Return values of any range as colours: from ``negative`` through ``neutral`` to ``positive``.

    A value v is ``neutral + |v| / limit * (color - neutral)`` in red, green and blue, with the
    colour of its sign; beyond the limit it is that colour itself.

    Parameters
    ----------
    values : array_like
        Shape (height, width).
    limit : float, optional
        The size of value that has the full colour, more than 0; by default that of the largest.
    positive, negative, neutral : color, optional
        Colours of ``limit``, ``-limit`` and 0. ``neutral`` is the background's by default, so that
        what is 0 looks like nothing, on a dark background as on a light one.

    Returns
    -------
    NDArray
        Shape (height, width, 3), for :class:`PixelImage`.

    Raises
    ------
    ValueError
        If the values have another shape or are not finite, or the limit is not above 0.
    """
    signed = np.asarray(values, dtype=float)
    if signed.ndim != 2 or signed.size == 0:
        raise ValueError(
            f"signed values need shape (height, width), got {signed.shape}; "
            "of several channels show one at a time, such as values[0]"
        )
    if not np.isfinite(signed).all():
        raise ValueError("signed values need to be finite, got NaN or infinity")
    largest = float(np.abs(signed).max()) if limit is None else limit
    if limit is not None and not 0 < limit < np.inf:
        raise ValueError(f"the limit needs to be a number above 0, got {limit}")
    shares = np.clip(signed / (largest or 1.0), -1, 1)[..., None]
    background: Any = config.background_color if neutral is None else neutral
    zero, plus, minus = (ManimColor(c).to_rgb() for c in (background, positive, negative))
    colors: NDArray[np.float64] = zero + np.abs(shares) * (np.where(shares < 0, minus, plus) - zero)
    return colors.clip(0, 1)


def _checked(image: ArrayLike, channel_axis: int | None) -> NDArray[np.uint8]:
    """Return bytes of shape (height, width) if the image is grey, else (height, width, 3)."""
    values = _channels_last(np.asarray(image, dtype=float), channel_axis)
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            "an image needs brightnesses from 0 to 1, got values from "
            f"{values.min()} to {values.max()}; divide bytes by 255, and show values of any "
            "range with PixelImage.signed"
        )
    result: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return result


def _channels_last(values: NDArray[np.float64], axis: int | None) -> NDArray[np.float64]:
    shapes = "(height, width), (height, width, 3) or (3, height, width)"
    if values.size == 0:
        raise ValueError(f"an image needs pixels, got shape {values.shape}")
    if values.ndim == 2 and axis is None:
        return values
    if values.ndim != 3:
        raise ValueError(f"an image needs shape {shapes}, got {values.shape}")
    if axis is None:
        found = [a for a in (0, 2) if values.shape[a] in (1, 3)]
        if len(found) == 2:
            raise ValueError(
                f"an image of shape {values.shape} may have its channels first or last: "
                "say which with channel_axis=0 or channel_axis=2"
            )
        axis = found[0] if found else 2
    if axis not in (0, 2, -1):
        raise ValueError(f"channel_axis needs to be 0 or 2, got {axis}")
    if values.shape[axis] not in (1, 3):
        raise ValueError(
            f"an image needs shape {shapes}, with 1 or 3 channels, got {values.shape}; "
            "leave transparency out"
        )
    values = np.moveaxis(values, axis, -1)
    return values[..., 0] if values.shape[-1] == 1 else values


def _as_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def blended(first: NDArray[np.uint8], second: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Return a mixture of the pixels of two images; of other sizes, the nearer of the two.

    Parameters
    ----------
    first, second : ndarray of uint8
        Shapes (height, width) or (height, width, 3).
    share : float
        That of the second, from 0 to 1.
    """
    if first.ndim != second.ndim:
        first, second = _as_rgb(first), _as_rgb(second)
    if first.shape != second.shape:
        return first if share < 0.5 else second
    blend = (1 - share) * first.astype(float) + share * second
    result: NDArray[np.uint8] = np.rint(blend.clip(0, 255)).astype(np.uint8)
    return result


class PixelImage(ShownInNotebooks, Bearer, DrawsItself):
    """An image, grey or in colours, as cheap on screen as one square.

    It is a rectangle to Manim: it moves, scales, rotates, fades and follows
    paths as any shape does. The fill colour tints it (white shows it as it is)
    and the fill opacity fades it; black pixels are opaque black. Pixels keep
    crisp edges where the image is large and are averaged where it is small.

    Parameters
    ----------
    image : array_like
        Brightnesses from 0 (black) to 1 (``color``). A grey image has shape (height, width); one
        in red, green and blue (height, width, 3), or (3, height, width) as networks have them.
        One channel with an axis of its own, (1, height, width) or (height, width, 1), is grey.
    height : float, optional
        In scene units; the width follows.
    color : color, optional
        Colour of a pixel with brightness 1.
    channel_axis : int, optional
        Which axis of three has the channels, 0 or 2. By default the one of the two that has 1 or
        3 entries; needed only where both have.

    Raises
    ------
    ValueError
        If the image has another shape, its channels may be first as well as last, or a brightness
        is not in [0, 1].

    Examples
    --------
    .. manim:: Images
        :save_last_frame:

        from nnviz import PixelImage

        class Images(Scene):
            def construct(self):
                x, y = np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 30))
                grey = PixelImage(x * y)
                colors = PixelImage([x, y, 1 - x])
                signed = PixelImage.signed(np.sin(9 * x) * np.cos(5 * y))
                self.add(VGroup(grey, colors, signed).arrange(RIGHT))
    """

    def __init__(
        self,
        image: ArrayLike,
        height: float = 2.0,
        color: ParsableManimColor = WHITE,
        channel_axis: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.pixels = _checked(image, channel_axis)
        super().__init__(color=color, fill_opacity=1, stroke_width=0, **kwargs)
        rows, columns = self.pixels.shape[:2]
        corners = [corner * (columns / rows, 1, 0) * height / 2 for corner in _CORNERS]
        self.set_points_as_corners([*corners, corners[0]])

    @classmethod
    def signed(
        cls,
        values: ArrayLike,
        limit: float | None = None,
        positive: ParsableManimColor = BLUE,
        negative: ParsableManimColor = RED,
        neutral: ParsableManimColor | None = None,
        height: float = 2.0,
        **kwargs: Any,
    ) -> Self:
        """Return an image of values of any range, such as a feature map or a kernel.

        Parameters
        ----------
        values : array_like
            As for :func:`signed_colors`, which makes the colours.
        limit : float, optional
            The size of value that has the full colour. Give images that are to be compared one
            limit.
        positive, negative : color, optional
            Colours above and below 0.
        neutral : color, optional
            Colour of 0.
        height : float, optional
            Height of the image, in scene units.
        **kwargs
            As for the class.

        Raises
        ------
        ValueError
            If the values have a shape other than (height, width) or are not finite, or the limit
            is not above 0.
        """
        colors = signed_colors(values, limit, positive, negative, neutral)
        return cls(colors, height, channel_axis=2, **kwargs)

    @property
    def image(self) -> NDArray[np.float64]:
        """The brightnesses, in [0, 1], shape (height, width) or (height, width, 3)."""
        return self.pixels / 255

    def set_image(self, image: ArrayLike, channel_axis: int | None = None) -> Self:
        """Show another image in the same outline.

        Parameters
        ----------
        image : array_like
            As for the class. An image of another format is stretched.
        channel_axis : int, optional
            As for the class.
        """
        self.pixels = _checked(image, channel_axis)
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Blend colours, and the pixels of two images of one size."""
        super().interpolate_color(mobject1, mobject2, alpha)
        first = getattr(mobject1, "pixels", None)
        second = getattr(mobject2, "pixels", None)
        if first is None or second is None:
            return self
        if first is not second and not np.array_equal(first, second):
            self.pixels = blended(first, second, float(alpha))
        elif self.pixels is not first and not np.array_equal(self.pixels, second):
            self.pixels = second.copy()
        return self

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_commands` depends on."""
        pixels = self.pixels
        return (self.points.tobytes(), self.fill_rgbas.tobytes(), pixels.shape, pixels.tobytes())

    def draw_commands(self, place: Place) -> tuple[PixelGrid, ...]:
        """Return what draws the image into its outline (see :class:`~nnviz.camera.DrawsItself`)."""
        red, green, blue, alpha = self.fill_rgbas[0].clip(0, 1).round(4).tolist()
        if alpha <= 0 or not self.has_points():
            return ()
        pixels = self.pixels.copy()  # anybody may write into the mobject's
        return (PixelGrid(pixels, (red, green, blue, alpha), place(self.corners())[:, :2]),)

    def corners(self) -> NDArray[np.float64]:
        """Return the upper left, upper right, lower left and lower right corner, shape (4, 3)."""
        if len(self.points) == 16:
            return self.points[[0, 4, 12, 8]]
        # Manim gave the outline more points, to turn it into something else.
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        middle = (low[2] + high[2]) / 2
        return np.array([(x, y, middle) for y in (high[1], low[1]) for x in (low[0], high[0])])


class MNistMobject(ShownInNotebooks, VGroup):
    """An MNIST image, a :class:`PixelImage` of 28 x 28, in its frame.

    Parameters
    ----------
    vector : array_like
        784 brightnesses in [0, 1], or any square number of them.
    height : float, optional
        Height of the image, in scene units; ``scale_to_fit_height`` sets that of the frame.
    frame_color : color, optional
        Colour of the frame.
    frame_width : float, optional
        Stroke width of the frame.
    frame_buff : float, optional
        Distance between the image and the frame, in scene units.
    """

    image: Part[PixelImage] = Part(0, doc="The image itself.")
    frame: Part[VMobject] = Part(1, doc="The rectangle around the image.")

    def __init__(
        self,
        vector: ArrayLike,
        height: float = 2.0,
        frame_color: ParsableManimColor = BLUE,
        frame_width: float = stroke(4),
        frame_buff: float = 0.1,
    ) -> None:
        image = PixelImage(as_square_image(vector), height)
        frame = SurroundingRectangle(
            image, color=ManimColor(frame_color), buff=frame_buff, stroke_width=frame_width
        )
        super().__init__(image, frame)


class PixelsAsSquares(ShownInNotebooks, VGroup):
    """An image as one square a pixel, in place, for animations that take it apart.

    Parameters
    ----------
    image : PixelImage or MNistMobject
        Grey or in colours, of any size; place, turn, pixels, tint and opacity are its own at this
        moment.
    """

    def __init__(self, image: PixelImage | MNistMobject) -> None:
        source = image.image if isinstance(image, MNistMobject) else image
        rows, columns = source.pixels.shape[:2]
        upper_left, upper_right, lower_left, _ = source.corners()
        across, down = (upper_right - upper_left) / columns, (lower_left - upper_left) / rows
        tint, opacity = source.get_fill_color().to_rgb(), source.get_fill_opacity()
        super().__init__()
        for (r, c), rgb in zip(
            np.ndindex(rows, columns), _as_rgb(source.pixels).reshape(-1, 3), strict=True
        ):
            corner = upper_left + c * across + r * down
            square = Square(stroke_width=0.5, stroke_opacity=0.25, stroke_color=WHITE)
            square.set_fill(ManimColor(rgb / 255 * tint), opacity)
            square.set_points_as_corners(
                [corner + across, corner, corner + down, corner + across + down, corner + across]
            )
            self.add(square)


class PixelsFromVect(PixelsAsSquares):
    """A vector of brightnesses as the squares of a square image.

    Parameters
    ----------
    vector : array_like
        n * n values in [0, 1] (784 for MNIST), row after row.
    height : float, optional
        Height of the whole, in scene units.
    """

    def __init__(self, vector: ArrayLike, height: float = 2.0) -> None:
        super().__init__(PixelImage(as_square_image(vector), height))
