"""Draw commands as figures, without Manim."""

from __future__ import annotations

import io
from copy import copy
from typing import Any

import cairosvg
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from nnviz.drawing.commands import Command
from nnviz.drawing.vectors import WRITERS, Figure, figure_png


def read(data: bytes, kind: str, width: int) -> np.ndarray:
    if kind == ".pdf":
        page = pypdfium2.PdfDocument(data)[0]
        image = page.render(scale=width / page.get_width(), fill_color=(0, 0, 0, 0)).to_pil()
    elif kind == ".svg":
        image = Image.open(io.BytesIO(cairosvg.svg2png(bytestring=data, output_width=width)))
    else:
        image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_figure_is_cropped_and_in_its_colours(kind: str, path: Any, colors: Any) -> None:
    square = [(10, 10), (14, 10), (14, 12), (10, 12), (10, 10)]
    figure = Figure([path(square, fill=colors((1, 0.5, 0, 1)))], None, 0.0, 0.5)
    assert figure.inches == pytest.approx((2, 1), abs=0.01)
    picture = read(WRITERS[kind](figure, 100), kind, 200)
    assert picture.shape[:2] == pytest.approx((100, 200), abs=1)
    assert picture[50, 100].tolist() == pytest.approx([255, 128, 0, 255], abs=2)


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_commands_are_the_same_bytes(kind: str, samples: dict[str, Command]) -> None:
    commands = [samples[name] for name in ("Path", "Curves", "Faces", "PixelGrid", "Shades")]
    files = {WRITERS[kind](Figure(commands, (0, 0, 0), 0.1, 0.5), 80) for _ in range(3)}
    assert len(files) == 1


def test_a_width_and_a_margin(path: Any) -> None:
    figure = Figure(
        [path([(0, 0), (4, 0), (4, 2), (0, 2), (0, 0)])], (0, 0, 1), 1.0, 0.5, width=3.0
    )
    assert figure.inches == pytest.approx((3, 2), abs=0.01)
    picture = read(figure_png(figure, 100), ".png", 300)
    assert picture[3, 3].tolist() == [0, 0, 255, 255]


def test_nothing_to_be_seen_is_an_error(path: Any) -> None:
    with pytest.raises(ValueError, match="nothing to be seen"):
        Figure([path(fill=b"")], None, 0.1, 0.5)
    with pytest.raises(ValueError, match="nothing to be seen"):
        Figure([], None, 0.1, 0.5)


@pytest.mark.parametrize(("pixels", "fits"), [(1000, True), (32_767, True), (32_768, False)])
def test_a_picture_has_as_many_pixels_on_a_side_as_cairo_can(
    path: Any, pixels: int, fits: bool
) -> None:
    strip = [(0, 0), (4, 0), (4, 0.001), (0, 0.001), (0, 0)]
    figure = Figure([path(strip)], None, 0.0, 0.5, width=pixels / 100)
    if fits:
        assert read(figure_png(figure, 100), ".png", pixels).shape[1] == pixels
    else:
        with pytest.raises(ValueError, match=f"{pixels} times .* is too large"):
            figure_png(figure, 100)


@pytest.mark.parametrize("kind", WRITERS)
def test_an_image_stands_in_a_figure_as_it_is(kind: str, samples: dict[str, Command]) -> None:
    flat = copy(samples["Picture"])
    flat.pixels = np.full((3, 5, 4), (200, 40, 90, 255), np.uint8)
    picture = read(WRITERS[kind](Figure([flat], None, 0.0, 0.5), 100), kind, 60)
    rows, columns = picture.shape[:2]
    assert picture[rows // 2, columns // 2].tolist() == pytest.approx([200, 40, 90, 255], abs=2)
