"""Mobjects as figures for papers and slides: PNG, and vectors as SVG and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from manim import ManimColor, Mobject, ParsableManimColor, VMobject, config
from manim.mobject.types.image_mobject import AbstractImageMobject

from nnviz.camera.cameras import NNCamera
from nnviz.camera.letter_sizes import COLUMN_WIDTHS, set_letters
from nnviz.camera.lister import Lister
from nnviz.drawing.commands import Command
from nnviz.drawing.vectors import WRITERS, Figure
from nnviz.drawing.vectors import figure_png as png_of
from nnviz.files import write_whole

__all__ = ["Vectors", "figure_png", "save_figure", "vectors_of"]

#: Inches per scene unit, unless a width is given: Manim's whole frame is 7.1 inches wide then.
_INCHES = 0.5
_POINTS_PER_INCH = 72.0


def save_figure(
    mobject: Mobject,
    path: str | Path,
    *,
    transparent: bool = False,
    background: ParsableManimColor | None = None,
    margin: float = 0.1,
    width: float | str | None = None,
    text_size: float | None = None,
    dpi: float = 300,
) -> Path:
    """Write a picture of a mobject as it stands, cropped to what is seen of it.

    Parameters
    ----------
    mobject : Mobject
        A network, an image, or any Manim mobject or group of them; on screen or not.
    path : str or Path
        Ends in ``.png``, ``.svg`` or ``.pdf``, which is the format. SVG and PDF hold vectors,
        and images pixel by pixel.
    transparent : bool, optional
        Whether the background is left out.
    background : color, optional
        A colour; by default Manim's ``config.background_color``.
    margin : float, optional
        Room on every side, in scene units.
    width : float, str, optional
        Width of the whole figure, in inches, or the name of a publisher, for its column width,
        as the notes list them; with "-double" that of two columns. Strokes and texts grow with it.
        By default a scene unit is half an inch.
    text_size : float, optional
        Size of all letters in points, whatever the width: each text grows or shrinks where it
        stands. By default texts are as large as they are, with all else.
    dpi : float, optional
        Pixels an inch, of PNG.

    Returns
    -------
    Path
        Path of the file. On a failure, an earlier file is kept. The same mobject gives the same
        bytes.

    Raises
    ------
    ValueError
        If the path ends in something else, nothing of the mobject is seen, both ``transparent``
        and ``background`` are given, a number makes no sense, there is no width of that name, or
        letters of that size do not fit without overlapping.
    FileNotFoundError
        If the folder does not exist.
    TypeError
        If something is no mobject, or of a kind that Cairo cannot draw.

    Notes
    -----
    The widths that have names, with their sources:

    ======================  =============  ========================================================
    "ieee", "ieee-double"   3.5, 7.16 in   IEEE Author Center, "Size Requirements for Graphics"
    "nature",               89, 183 mm     Nature's research figure guide, "Building and exporting
    "nature-double"                        figure panels"
    "icml", "icml-double"   3.25, 6.75 in  ``icml2025.sty``: a text 6.75 in wide, in two columns
                                           that are 0.25 in apart
    "neurips"               5.5 in         ``neurips_2026.sty``: the width of the text
    "iclr"                  5.5 in         ``iclr2026_conference.sty``: the width of the text
    "article"               345 pt         ``size10.clo`` of LaTeX: the width of the text of the
                                           article class at 10 points; 72.27 pt are an inch
    ======================  =============  ========================================================

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject, save_figure
    >>> net = NetworkMobject(Network.random([3, 4, 2], seed=0))
    >>> save_figure(net, "network.pdf", width="ieee", text_size=8)  # doctest: +SKIP
    PosixPath('network.pdf')
    """
    path = Path(path)
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(
            f"a figure is written as {', '.join(WRITERS)}, which its name has to end in, "
            f"not as {path.name!r}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    if transparent and background is not None:
        raise ValueError("a figure is transparent or has a background, not both")
    color: Any = config.background_color if background is None else background
    behind = None if transparent else ManimColor(color)
    figure = _figure(mobject, behind, margin, _inches(width), text_size)
    write_whole(path, writer(figure, dpi))
    return path


def figure_png(mobject: Mobject, dpi: float = 150) -> bytes:
    """Return what :func:`save_figure` writes as PNG, on Manim's background."""
    return png_of(_figure(mobject, ManimColor(config.background_color), 0.1, None), dpi)


class Vectors(NamedTuple):
    """A mobject as SVG, and where in the scene that is.

    Attributes
    ----------
    svg
        A document whose user units are points.
    corner
        Left and top of the whole, in scene units.
    points_per_unit
        How large a scene unit is.
    """

    svg: str
    corner: tuple[float, float]
    points_per_unit: float


def vectors_of(mobject: Mobject) -> Vectors:
    """Return what :func:`save_figure` writes as SVG, without background and margin.

    Parameters
    ----------
    mobject : Mobject
        As for :func:`save_figure`.

    Raises
    ------
    ValueError
        If nothing of it is seen.
    """
    figure = _figure(mobject, None, 0.0, None)
    svg = WRITERS[".svg"](figure, 0.0).decode()
    return Vectors(svg, figure.corner, _POINTS_PER_INCH * figure.inches_per_unit)


def _inches(width: float | str | None) -> float | None:
    if not isinstance(width, str):
        return width
    if width not in COLUMN_WIDTHS:
        raise ValueError(
            f"there is no width {width!r}: give inches, or one of {', '.join(COLUMN_WIDTHS)}"
        )
    return COLUMN_WIDTHS[width]


def _figure(
    mobject: Mobject,
    background: ManimColor | None,
    margin: float,
    width: float | None,
    text_size: float | None = None,
) -> Figure:
    for name, value in (("margin", margin), ("width", 1.0 if width is None else width)):
        if not (0 <= value < np.inf and (value or name == "margin")):
            raise ValueError(f"the {name} of a figure cannot be {value}")
    behind: Any = None if background is None else tuple(background.to_rgb().tolist())

    def figure(shown: Mobject) -> Figure:
        try:
            return Figure(_commands(shown, background), behind, margin, _INCHES, width)
        except ValueError as error:
            raise ValueError(f"{error} of {mobject}") from None

    whole = figure(mobject)
    if text_size is None:
        return whole
    return figure(
        set_letters(mobject, text_size, lambda shown: figure(shown).inches_per_unit, width)
    )


def _commands(mobject: Mobject, background: ManimColor | None) -> tuple[Command, ...]:
    """Return the draw commands of a mobject and its family, in scene units."""
    if not isinstance(mobject, Mobject):
        raise TypeError(
            f"a figure shows a mobject, not {type(mobject).__name__}; several make a Group"
        )
    camera = NNCamera(background_color=background)
    for member in camera.get_mobjects_to_display([mobject]):
        textured = isinstance(member, VMobject) and member.get_background_image()
        if not isinstance(member, (VMobject, AbstractImageMobject)) or textured:
            what = "what has a background image" if textured else type(member).__name__
            raise TypeError(f"a figure cannot show {what}: leave it out")
    return Lister().layer(camera, [mobject]).commands
