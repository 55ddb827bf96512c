"""Figures for papers and slides: cropped, sharp, and the same in all three formats."""

from __future__ import annotations

import io

import cairosvg
import manim as mn
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from nnviz import MNistMobject, Network, NetworkMobject, PixelImage, mnist, save_figure
from nnviz._manim import temp_config
from nnviz.mobjects.primitives.edge_array import EdgeArray

FORMATS = ["png", "svg", "pdf"]


def read(path, width):
    """Return a figure as seen in a program, floats in [0, 1], (height, width, 4)."""
    if path.suffix == ".pdf":
        page = pypdfium2.PdfDocument(path.read_bytes())[0]
        bitmap = page.render(scale=width / page.get_width(), fill_color=(0, 0, 0, 0))
        image = bitmap.to_pil()
    elif path.suffix == ".svg":
        data = cairosvg.svg2png(bytestring=path.read_bytes(), output_width=width)
        image = Image.open(io.BytesIO(data))
    else:
        image = Image.open(path)
    return np.asarray(image.convert("RGBA")) / 255


def blocks(picture, across=20):
    """Return the mean colours of a grid over a picture, with transparent as black."""
    height, width = picture.shape[:2]
    down = round(across * height / width)
    opaque = picture[..., :3] * picture[..., 3:]
    image = Image.fromarray(np.rint(opaque * 255).astype(np.uint8))
    return np.asarray(image.resize((across, down), Image.Resampling.BOX)) / 255


def exhibits():
    x = mnist.load().train.images[0]
    network = Network.random((6, 5, 3), seed=0)
    net = NetworkMobject(network).show_activations(network.forward_pass(np.linspace(0, 1, 6)))
    colours = PixelImage(np.random.RandomState(0).rand(5, 8, 3)).rotate(0.3)
    gradient = mn.Square(fill_color=[mn.RED, mn.GREEN], fill_opacity=0.6)
    photo = mn.ImageMobject(np.uint8([[[250, 0, 0, 255], [0, 0, 250, 120]]])).scale(80)
    photo.set_resampling_algorithm(mn.RESAMPLING_ALGORITHMS["nearest"])
    rows = [mn.Group(MNistMobject(x), net.show_weights()), mn.Group(colours, gradient, photo)]
    for row in rows:
        row.arrange(mn.RIGHT)
    return mn.Group(*rows).arrange(mn.DOWN)


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("background", ["#000000", "#FFFFFF"])
@pytest.mark.parametrize("transparent", [False, True])
def test_all_formats_show_the_same(tmp_path, background, transparent):
    with temp_config({"background_color": mn.ManimColor(background)}):
        shown = exhibits()
        files = {
            kind: save_figure(shown, tmp_path / f"it.{kind}", width=3, transparent=transparent)
            for kind in FORMATS
        }
    png = read(files["png"], None)
    assert png.shape[1] == 3 * 300
    corner = (0, 0, 0, 0) if transparent else (*mn.ManimColor(background).to_rgb(), 1)
    for kind in FORMATS:
        picture = read(files[kind], png.shape[1])
        assert abs(picture.shape[0] - png.shape[0]) <= 1
        assert picture[0, 0] == pytest.approx(corner, abs=0.01)
        difference = np.abs(blocks(picture) - blocks(png))
        assert difference.mean() < 0.004, kind
        assert difference.max() < 0.08, kind
    assert blocks(png).std() > 0.1


@pytest.mark.parametrize("kind", FORMATS)
def test_it_is_cropped_to_what_is_seen_strokes_and_all(tmp_path, kind):
    line = mn.Line(mn.ORIGIN, 2 * mn.RIGHT, stroke_width=50).shift(20 * mn.UP)
    unseen = mn.Square(30, stroke_opacity=0)
    shown = mn.VGroup(line, unseen, mn.Dot(9 * mn.DOWN, fill_opacity=0))
    path = save_figure(shown, tmp_path / f"line.{kind}", margin=0, dpi=200)
    picture = read(path, 200)  # two units are an inch
    assert picture.shape[:2] == (50, 200)
    assert picture[..., :3].min() > 0.98
    with_margin = save_figure(shown, path, margin=0.25, width=2.5, dpi=80)
    picture = read(with_margin, 200)
    assert picture.shape[:2] == (80, 200)
    seen = picture[..., 0] > 0.5
    assert seen.any(axis=1).nonzero()[0][[0, -1]].tolist() == [20, 59]
    assert seen.any(axis=0).nonzero()[0][[0, -1]].tolist() == [20, 179]


def test_png_is_what_a_scene_shows(tmp_path, picture):
    frame = mn.Rectangle(width=128 / 9, height=8, stroke_opacity=0, fill_opacity=0.01)
    shown = mn.Group(frame, exhibits().scale_to_fit_height(7))
    with temp_config({"pixel_width": 854, "pixel_height": 480}):
        path = save_figure(shown, tmp_path / "it.png", margin=0, dpi=120)
        scene = mn.Scene()
        scene.add(shown)
        wanted = picture(scene)
    got = read(path, None)
    assert got.shape[:2] == (480, 854)
    assert np.abs(got[..., :3] - wanted).mean() < 0.01


def test_turned_images_are_cropped_closely(tmp_path):
    image = PixelImage(np.ones((2, 3)), height=2).rotate(np.pi / 4)
    picture = read(save_figure(image, tmp_path / "it.png", margin=0), None)
    side = round(5 / 2**0.5 * 150)
    assert picture.shape[:2] == pytest.approx((side, side), abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_figure_is_the_same_file(tmp_path, kind):
    first = save_figure(exhibits(), tmp_path / f"one.{kind}").read_bytes()
    save_figure(mn.Circle(color=[mn.RED, mn.BLUE]), tmp_path / f"between.{kind}")
    assert save_figure(exhibits(), tmp_path / f"two.{kind}").read_bytes() == first


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_vectors_are_vectors(tmp_path, kind):
    edges = EdgeArray(np.zeros((3, 3)), np.eye(3), width=4)
    path = save_figure(mn.VGroup(edges, mn.Text("words")), tmp_path / f"it.{kind}")
    assert b"<image" not in path.read_bytes()
    assert b"/Subtype /Image" not in path.read_bytes()


def test_thin_lines_are_as_faint_in_a_pdf_as_they_are(tmp_path):
    edges = EdgeArray(*np.zeros((2, 40, 3)), width=0.05)
    heights = np.linspace(-1, 1, 40)[:, None] * mn.UP
    edges.set_ends(heights + mn.LEFT, heights + mn.RIGHT)
    means = [
        read(save_figure(edges, tmp_path / f"it.{kind}"), 1200)[..., :3].mean() for kind in FORMATS
    ]
    assert means == pytest.approx([means[0]] * 3, rel=0.1)


def test_a_background_of_ones_own(tmp_path):
    path = save_figure(mn.Dot(), tmp_path / "dot.PNG", background="#0000FF")
    assert read(path, None)[0, 0].tolist() == [0, 0, 1, 1]
    assert Image.open(path).info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(
    ("mobject", "name", "options", "error", "says"),
    [
        (mn.Dot(), "it.jpg", {}, ValueError, r"\.png, \.svg, \.pdf.*'it\.jpg'"),
        (mn.Dot(), "it", {}, ValueError, "'it'"),
        (mn.Dot(), "missing/it.png", {}, FileNotFoundError, "no folder .*missing"),
        (mn.VGroup(), "it.png", {}, ValueError, "nothing to be seen of VGroup"),
        (mn.Dot(fill_opacity=0), "it.svg", {}, ValueError, "nothing to be seen of Dot"),
        (mn.PMobject().add_points([[0, 0, 0]]), "it.pdf", {}, TypeError, "cannot show PMobject"),
        ([mn.Dot()], "it.pdf", {}, TypeError, "not list; several make a Group"),
        (mn.Dot(), "it.png", {"width": 0}, ValueError, "width .* cannot be 0"),
        (mn.Dot(), "it.png", {"margin": -1}, ValueError, "margin .* cannot be -1"),
        (mn.Dot(), "it.png", {"dpi": 0}, ValueError, "dots per inch, not 0"),
        (mn.Dot(), "it.png", {"width": 900}, ValueError, "270000 times .* too large"),
        (mn.Dot(), "it.png", {"transparent": True, "background": "red"}, ValueError, "not both"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(tmp_path, mobject, name, options, error, says):
    (tmp_path / "it.png").write_text("before", encoding="utf-8")
    with pytest.raises(error, match=says):
        save_figure(mobject, tmp_path / name, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["it.png"]
    assert (tmp_path / "it.png").read_text(encoding="utf-8") == "before"
