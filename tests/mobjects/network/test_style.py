"""Options of a network's look: colours for the background, and what is refused."""

import inspect
from dataclasses import fields

import pytest
from manim import BLACK, WHITE, ManimColor, MathTex, tempconfig

from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.network import Network


def luminance(color):
    red, green, blue = ManimColor(color).to_rgb()
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("background", [WHITE, "#F4ECD8", ManimColor("#DDDDDD")])
def test_on_light_backgrounds_the_light_style_is_the_default(background):
    with tempconfig({"background_color": ManimColor(background)}):
        assert NetworkStyle() == NetworkStyle.light()
        net = NetworkMobject(Network.random([2, 2], seed=0), neuron_radius=0.3)
    assert net.style.text_color == NetworkStyle.light().text_color


@pytest.mark.parametrize("background", [BLACK, "#1C1C2B", "#0B3D20"])
def test_on_dark_backgrounds_the_dark_style_is_the_default(background):
    with tempconfig({"background_color": ManimColor(background)}):
        assert NetworkStyle() == NetworkStyle.dark()


@pytest.mark.parametrize(
    ("style", "background"), [(NetworkStyle.dark(), 0), (NetworkStyle.light(), 1)]
)
def test_every_colour_stands_out_from_its_background(style, background):
    for option in fields(NetworkStyle):
        if option.name.endswith("_color") and option.name != "contrast_color":
            # The contrast of the W3C's guidelines, on sRGB values: a rough bound, that can fail.
            assert abs(luminance(getattr(style, option.name)) - background) > 0.25, option.name


def test_colours_are_taken_as_manim_takes_them():
    style = NetworkStyle(
        edge_color="RED", text_color="#123456", neuron_fill_color=ManimColor("#FFF")
    )
    assert style.edge_color == ManimColor("RED")
    assert style.text_color == ManimColor("#123456")


def test_every_option_is_in_the_signature_of_the_picture():
    accepted = inspect.signature(NetworkMobject).parameters
    assert {option.name for option in fields(NetworkStyle)} <= set(accepted)
    network = Network.random([2, 2], seed=0)
    for option in fields(NetworkStyle):
        value = getattr(NetworkStyle.chapter(), option.name)
        net = NetworkMobject(network, **{option.name: value})
        assert getattr(net.style, option.name) == value


def test_what_is_given_changes_the_style_given():
    style = NetworkStyle.chapter(layer_buff=3.0)
    net = NetworkMobject(Network.random([2, 2], seed=0), style, layer_buff=4.0)
    assert (net.style.layer_buff, net.style.writing, net.style.fit) == (4.0, MathTex, None)
    assert hash(style) == hash(NetworkStyle.chapter(layer_buff=3.0))


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
