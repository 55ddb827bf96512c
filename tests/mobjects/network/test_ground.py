"""Neurons hide what is behind them, and colours are for the background that there is."""

import warnings

import numpy as np
import pytest
from manim import (
    BLACK,
    RED,
    UP,
    WHITE,
    Circle,
    FadeIn,
    FadeOut,
    ManimColor,
    Rotate,
    Scene,
    Square,
    Transform,
    VGroup,
)

from nnviz._manim import temp_config
from nnviz.animations import FeedForward
from nnviz.camera.cameras import NNCamera
from nnviz.camera.lister import Lister
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.network.neuron import Neuron
from nnviz.network import Network
from nnviz.scene import NetworkScene

SMALL = {"pixel_width": 320, "pixel_height": 180}


def picture(**options):
    """A network with edges behind the middle neuron of its second layer, all wide and red."""
    network = Network.random([3, 3, 1], seed=0)
    net = NetworkMobject(network, edge_color=RED, edge_width=8, **options)
    # Another way: straight through the middle of the hidden layer.
    net.edges.set_ends(net.edges.starts, net.edges.ends)
    column = net.layers[1].neurons
    net.edges[0].put_start_and_end_on(column.get_top() + UP, column.get_bottom() - UP)
    return net


def pixels(mobject, at, background=BLACK):
    """Draw a mobject, and return the colours at points of the scene."""
    with temp_config(SMALL):
        camera = NNCamera(background_color=background)
        camera.capture_mobjects([mobject])
        image = camera.pixel_array
    unit = SMALL["pixel_width"] / camera.frame_width
    columns = [int(SMALL["pixel_width"] / 2 + unit * x) for x, *_ in at]
    rows = [int(SMALL["pixel_height"] / 2 - unit * y) for _, y, *_ in at]
    return image[rows, columns, :3].astype(int)


def places(net):
    """Return points of the middle hidden neuron: on the line behind, and beside it."""
    neuron = net.layers[1].neurons[1]
    middle, side = neuron.get_center(), np.array([0.5 * neuron.width / 2, 0, 0])
    return [middle, middle + side, middle - side]


@pytest.mark.parametrize("activation", [0.0, 0.1, 0.6, 1.0])
@pytest.mark.parametrize("background", [BLACK, WHITE, ManimColor("#223344")])
def test_a_neuron_is_one_even_fill_of_its_activation_on_the_background(activation, background):
    net = picture(background=background)
    neuron = net.layers[1].neurons[1].set_fill(opacity=activation)
    seen = pixels(net, places(net), background)
    full = ManimColor(net.style.neuron_fill_color).to_rgb()
    wanted = 255 * (activation * full + (1 - activation) * background.to_rgb())
    assert np.abs(seen - wanted).max() <= 2
    assert neuron.get_fill_opacity() == activation
    assert neuron.get_fill_color() == net.style.neuron_fill_color


def test_without_a_ground_what_is_behind_is_seen():
    for style in (NetworkStyle(neuron_ground=None), NetworkStyle.dark(neuron_ground=None)):
        net = picture(style=style)
        line, *beside = pixels(net, places(net))
        assert line[0] > 150
        assert (np.array(beside) == 0).all()
    with temp_config({"background_opacity": 0.0}):
        assert NetworkStyle().neuron_ground.to_rgba()[3] == 0
    assert (pixels(picture(neuron_ground=BLACK), places(picture())) == 0).all()


@pytest.mark.parametrize(
    "handle",
    [
        lambda net: net.copy(),
        lambda net: net.rotate(0.4),
        lambda net: net.set_z_index(3),
        lambda net: net.show_activations(net.network.forward_pass([0.1, 0.2, 0.3])),
        lambda net: picture().become(net),
        lambda net: net.fade(0.0),
        lambda net: net.set_stroke(opacity=0.5),
        lambda net: net.highlight_path([1, 0, 0]),
    ],
)
def test_the_ground_survives(handle):
    net = handle(picture())
    seen = pixels(net, places(net))
    assert np.abs(seen - seen[0]).max() <= 2


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5])
def test_the_ground_goes_with_fading(opacity):
    for fade in (lambda net: net.fade(1 - opacity), lambda net: net.set_opacity(opacity)):
        white = VGroup(Square(20, fill_color=WHITE, fill_opacity=1, stroke_width=0))
        net = fade(NetworkMobject(Network.random([1, 1], seed=0)))
        filled = net.layers[1].neurons[0].set_fill(opacity=0)
        ((value, *_),) = pixels(white.add(net), [filled.get_center()])
        assert value == pytest.approx(255 * (1 - opacity), abs=2)


@pytest.mark.slow
def test_no_black_disc_pops_up_while_a_network_fades_in_or_out():
    for animation in (FadeIn, FadeOut):
        white = Square(20, fill_color=WHITE, fill_opacity=1, stroke_width=0)
        net = NetworkMobject(Network.random([1, 1], seed=0))
        move = animation(net)
        move.begin()
        values = []
        for share in np.linspace(0, 1, 5):
            move.interpolate(share)
            at = [net.layers[1].neurons[0].get_center()]
            values.append(pixels(VGroup(white, net), at)[0, 0])
        steps = np.diff(values) * (1 if animation is FadeOut else -1)
        assert (steps > 0).all()
        assert max(values) == 255
        assert min(values) == 0


def test_a_neuron_that_becomes_something_else_has_no_ground():
    neuron = NetworkMobject(Network.random([1, 1], seed=0)).layers[0].neurons[0]
    assert isinstance(neuron, Neuron)
    move = Transform(neuron, Square())
    move.begin()
    move.interpolate(0.5)
    assert 0 < neuron.ground[3] < 1
    move.finish()
    assert neuron.ground[3] == 0
    assert neuron.get_fill_rgbas()[0, 3] == 0
    circle = Circle().become(NetworkMobject(Network.random([1, 1], seed=0)).layers[0].neurons[0])
    assert circle.get_fill_opacity() == 0


def test_rings_of_errors_have_no_ground():
    network = Network.random([2, 2, 1], seed=0)
    net = NetworkMobject(network, neuron_fill_color=WHITE)
    net.show_activations([np.ones(2), np.ones(2), np.ones(1)])
    net.show_errors(network.backward_pass([0.1, 0.9], [1.0]))
    assert (pixels(net, [net.layers[1].neurons[0].get_center()]) == 255).all()


def test_the_ground_follows_a_rotation_in_an_animation():
    net = picture()
    move = Rotate(net, 0.5)
    move.begin()
    move.interpolate(0.5)
    seen = pixels(net, places(net))
    assert np.abs(seen - seen[0]).max() <= 2


# --- the background that there is


class Light(Scene):
    def construct(self):
        self.camera.background_color = WHITE
        self.net = NetworkMobject(Network.random([2, 1], seed=0))
        self.play(FeedForward(self.net, [0, 1], run_time=0.1))


class Said(Scene):
    def construct(self):
        self.camera.background_color = WHITE
        background = self.camera.background_color
        self.net = NetworkMobject(
            Network.random([2, 1], seed=0), NetworkStyle(max_shown=4), background=background
        )
        self.add(self.net.show_edge_values())


class LightFromTheStart(NetworkScene):
    sizes = (2, 1)

    def setup(self):
        self.camera.background_color = WHITE
        super().setup()


def rendered(scene_class):
    quick = {"dry_run": True, "progress_bar": "none", "disable_caching": True, **SMALL}
    with temp_config(quick):
        scene = scene_class()
        scene.render()
        scene.renderer.update_frame(scene)
        return scene


def test_a_background_that_the_camera_alone_knows_is_said_to_be_another_one():
    said = "background #000000.*is #FFFFFF.*self.camera"
    with pytest.warns(UserWarning, match=said):
        rendered(Light)
    net = NetworkMobject(Network.random([2, 1], seed=0))
    with temp_config(SMALL), pytest.warns(UserWarning, match=said):
        Lister().layer(NNCamera(background_color=WHITE), [net])


@pytest.mark.parametrize("scene_class", [Said, LightFromTheStart])
def test_colours_are_for_the_background_that_is_said(scene_class):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        scene = rendered(scene_class)
    net = scene.network_mob if scene_class is LightFromTheStart else scene.net
    light = NetworkStyle.light()
    assert net.style.text_color == light.text_color
    assert net.style.neuron_ground == WHITE
    frame = scene.renderer.camera.pixel_array
    assert frame[..., :3].mean() > 200  # no dark grounds


def test_a_style_keeps_what_was_given_on_another_background():
    style = NetworkStyle(positive_color=RED, max_shown=4).changed(background=WHITE)
    assert style.positive_color == RED
    assert style.max_shown == 4
    assert style.negative_color == NetworkStyle.light().negative_color
    assert style.behind == WHITE
    assert (
        NetworkStyle.dark().on(NNCamera(background_color=WHITE)) == NetworkStyle.dark()
    )  # somebody said so
