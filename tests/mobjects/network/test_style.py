"""Options of a network's look: colours for the background, and what is refused."""

import inspect
from dataclasses import fields

import numpy as np
import pytest
from manim import BLACK, WHITE, ManimColor, MathTex

from nnviz._manim import temp_config
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.primitives.contrast import contrast
from nnviz.network import Network


def luminance(color):
    red, green, blue = ManimColor(color).to_rgb()
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("background", [WHITE, "#F4ECD8", ManimColor("#DDDDDD")])
def test_on_light_backgrounds_the_light_style_is_the_default(background):
    with temp_config({"background_color": ManimColor(background)}):
        assert NetworkStyle() == NetworkStyle.light()
        net = NetworkMobject(Network.random([2, 2], seed=0), neuron_radius=0.3)
    assert net.style.text_color == NetworkStyle.light().text_color


@pytest.mark.parametrize("background", [BLACK, "#1C1C2B", "#0B3D20"])
def test_on_dark_backgrounds_the_dark_style_is_the_default(background):
    with temp_config({"background_color": ManimColor(background)}):
        assert NetworkStyle() == NetworkStyle.dark()


@pytest.mark.parametrize(
    ("style", "background"), [(NetworkStyle.dark(), 0), (NetworkStyle.light(), 1)]
)
def test_every_colour_stands_out_from_its_background(style, background):
    for option in fields(NetworkStyle):
        if option.name.endswith("_color") and option.name != "contrast_color":
            # The contrast of the W3C's guidelines, on sRGB values: a rough bound, that can fail.
            assert abs(luminance(getattr(style, option.name)) - background) > 0.25, option.name


#: Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color
#: vision deficiency": what somebody without one kind of cones sees, on linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(color, kind):
    """Return a colour in CIELAB, as somebody sees it."""
    rgb = ManimColor(color).to_rgb()
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    relative = to_xyz @ (np.array(VISION[kind]) @ linear).clip(0, 1) / np.sum(to_xyz, axis=1)
    x, y, z = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", VISION)
@pytest.mark.parametrize("style", [NetworkStyle.dark(), NetworkStyle.light()])
def test_the_gradients_colours_are_told_apart_and_are_not_those_of_weights(style, kind):
    up, down = (seen(color, kind) for color in (style.increase_color, style.decrease_color))
    assert np.linalg.norm(up - down) > 40  # CIE 1976; 2.3 can just be told apart
    for color in (style.positive_color, style.negative_color):
        for other in (up, down):
            assert np.linalg.norm(seen(color, kind) - other) > 10
    ground = style.contrast_color
    assert min(contrast(c, ground) for c in (style.increase_color, style.decrease_color)) > 4.5


def test_colours_are_taken_as_manim_takes_them():
    style = NetworkStyle(
        edge_color="RED", text_color="#123456", neuron_fill_color=ManimColor("#FFF")
    )
    assert style.edge_color == ManimColor("RED")
    assert style.text_color == ManimColor("#123456")


@pytest.mark.slow
def test_every_option_is_in_the_signature_of_the_picture():
    accepted = inspect.signature(NetworkMobject).parameters
    assert {option.name for option in fields(NetworkStyle)} <= set(accepted)
    network = Network.random([2, 2], seed=0)
    other = NetworkStyle.dark(fit=None, neuron_radius=0.15, writing=MathTex, neuron_ground=None)
    for option in fields(NetworkStyle):
        value = getattr(other, option.name)
        net = NetworkMobject(network, **{option.name: value})
        assert getattr(net.style, option.name) == value


def test_what_is_given_changes_the_style_given():
    style = NetworkStyle(layer_buff=3.0, writing=MathTex, fit=None)
    net = NetworkMobject(Network.random([2, 2], seed=0), style, layer_buff=4.0)
    assert (net.style.layer_buff, net.style.writing, net.style.fit) == (4.0, MathTex, None)
    assert hash(style) == hash(NetworkStyle(layer_buff=3.0, writing=MathTex, fit=None))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_shown": 1}, "2 of its parts or more, not 1"),
        ({"max_shown": {0: 2.5}}, "not 2.5"),
        ({"max_maps": True}, "not True"),
        ({"direction": "left"}, "direction is one of right, down, up, not left"),
        ({"neuron_radius": -1}, "neuron_radius is a number from 0 up, not -1"),
        ({"layer_buff": float("nan")}, "layer_buff"),
        ({"activation_limit": 0}, "positive number, not 0"),
        ({"activation_limit": {1: -2.0}}, "positive number, not -2"),
        ({"fit": (1, 0)}, "fit is"),
        ({"fit": "page"}, "fit is"),
        ({"fit": (1, 2, 3)}, "fit is"),
    ],
)
def test_options_out_of_range_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        NetworkStyle(**options)
