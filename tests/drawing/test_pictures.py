"""Images, clouds and pictures within the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Raster, Rasters, Solid
from nnviz.drawing.pieces import Frame, Screen, painted
from nnviz.drawing.pixel_commands import Picture, PixelGrid, Points, Shades, Textured


def drawn(view: View, *commands: Command, background: Command | None = None) -> np.ndarray:
    return painted(Frame(None, Layer(view, background, commands)))


def test_backgrounds_fill_the_frame(view: View, samples: dict[str, Command]) -> None:
    assert (drawn(view, background=Solid((1, 2, 3, 4))) == (1, 2, 3, 4)).all()
    raster = samples["Raster"]
    np.testing.assert_array_equal(drawn(view, background=raster), raster.pixels)
    np.testing.assert_array_equal(drawn(view, samples["Path"], raster), raster.pixels)


def test_a_grid_shows_its_pixels_as_squares() -> None:
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    corners = np.array([[0.0, 2], [3, 2], [0, 0], [3, 0]])
    view = View(60, 40, 20.0, -20.0, 0.0, 40.0)
    picture = drawn(view, PixelGrid(pixels, (1.0, 0.5, 0.0, 1.0), corners))
    expected = np.repeat(np.repeat(pixels, 20, axis=0), 20, axis=1)
    np.testing.assert_array_equal(picture[..., 0], expected)
    np.testing.assert_array_equal(picture[..., 1], np.rint(expected / 2))
    assert not picture[..., 2].any()
    assert (picture[..., 3] == 255).all()


def test_a_grid_in_perspective_fills_its_corners(view: View, image: Any) -> None:
    corners = np.array([[-3.0, 2], [3, 3], [-3, -2], [3, -3]])
    white = np.full((4, 4, 3), 255, np.uint8)
    picture = drawn(view, PixelGrid(white, (1.0, 1.0, 1.0, 1.0), corners))
    rows = (picture[..., 0] > 128).sum(axis=0)
    assert rows[60] == pytest.approx(4.2 * 13.5, abs=3)
    assert rows[130] == pytest.approx(5.84 * 13.5, abs=3)


@pytest.mark.parametrize("kind", ["PixelGrid", "Shades", "Picture", "Nested"])
def test_what_is_squashed_to_a_line_is_not_drawn(
    kind: str, samples: dict[str, Command], view: View
) -> None:
    command = samples[kind]
    values = {name: getattr(command, name) for name in command.fields}
    for flat in (np.zeros_like(values["corners"]), values["corners"] * (1, 0)):
        assert not drawn(view, type(command)(*(values | {"corners": flat}).values())).any()


def test_shades_go_over_into_each_other(view: View) -> None:
    pixels = np.array([[[0, 0, 0], [255, 255, 255]], [[0, 0, 0], [255, 255, 255]]], np.uint8)
    corners = np.array([[-4.0, 2], [4, 2], [-4, -2]])
    row = drawn(view, Shades(pixels, corners, 1.0))[54, 45:147, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert len(set(row.tolist())) > 60


def test_a_picture_within_the_picture_is_its_layer_as_an_image(
    samples: dict[str, Command], view: View
) -> None:
    nested = samples["Nested"]
    inner = painted(Frame(None, nested.layer))
    picture = Picture(inner, nested.corners, nested.corners, nested.resampling)
    np.testing.assert_array_equal(drawn(view, nested), drawn(view, picture))
    assert nested.size == sum(command.size for command in nested.layer.commands)


def test_of_points_in_one_place_the_last_one_counts(view: View) -> None:
    places = np.array([[5, 7], [5, 7], [-1, 0], [192, 0], [0, -1], [0, 108], [191, 107]])
    colors = np.arange(28, dtype=np.uint8).reshape(7, 4)
    picture = drawn(view, Points(places, colors))
    assert picture[7, 5].tolist() == [4, 5, 6, 7]
    assert picture[107, 191].tolist() == [24, 25, 26, 27]
    assert picture.any(axis=2).sum() == 2


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_no_points_are_fine(kind: type, view: View) -> None:
    none = Points(np.zeros((0, 2), kind), np.zeros((0, 4), np.uint8))
    assert not drawn(view, none).any()


def test_a_texture_is_seen_through_what_covers_it(view: View, path: Any, colors: Any) -> None:
    texture = Raster(np.random.RandomState(0).randint(0, 256, (108, 192, 4)).astype(np.uint8))
    texture.pixels[..., 3] = 255
    white = path([(-2, -2), (2, -2), (2, 2), (-2, 2), (-2, -2)], fill=colors((1, 1, 1, 1)))
    picture = drawn(view, Textured(texture, view, (white,)), background=Solid((0, 0, 9, 255)))
    np.testing.assert_array_equal(picture[30:70, 75:115], texture.pixels[30:70, 75:115])
    assert (picture[:20] == (0, 0, 9, 255)).all()


@pytest.mark.parametrize("seed", range(4))
def test_rasters_show_one_array_after_another(seed: int) -> None:
    rng = np.random.RandomState(seed)
    rasters, screen = Rasters(), Screen()
    pixels = rng.randint(0, 256, (30, 40, 4)).astype(np.uint8)
    kinds = set()
    for _ in range(30):
        what = rng.randint(4)
        if what == 0:
            pixels[:] = rng.randint(0, 256, pixels.shape)
        elif what < 3:
            top, left = rng.randint(0, 25), rng.randint(0, 35)
            pixels[top : top + 5, left : left + 5] += 1
        layer = rasters.layer(pixels)
        kinds.add(len(layer.commands))
        screen.show(Frame(None, layer))
        np.testing.assert_array_equal(screen.pixels, pixels)
    assert kinds == {1, 2}, "whole ones, and parts of ones"


def test_rasters_of_other_sizes() -> None:
    rasters = Rasters()
    for size in ((4, 6), (6, 4), (4, 6)):
        pixels = np.full((*size, 4), 7, np.uint8)
        np.testing.assert_array_equal(painted(Frame(None, rasters.layer(pixels))), pixels)
