"""Images and networks look alike in every kind of scene, and ours may be of any kind as well."""

import contextlib
import subprocess
import sys
from pathlib import Path

import av
import manim as mn
import numpy as np
import pytest
from PIL import Image

from nnviz import MNistMobject, Network, NetworkMobject, NetworkScene, NNScene, mnist, pretrained
from nnviz._manim_arrays import arrays_as_one
from nnviz.camera import NNMovingCamera
from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.primitives.edge_array import EdgeArray

SCENES = [mn.Scene, mn.MovingCameraScene, mn.ZoomedScene, mn.ThreeDScene]
#: Ten thousand edges.
LARGE = (60, 100, 40)
STYLE = NetworkStyle(max_shown=250, neuron_radius=0.02, neuron_buff=0.01, edge_width=0.3)


def exhibits():
    """Return a network that recognises a digit, the digit, and a network with many edges."""
    x = mnist.load().train.images[0]
    network = pretrained()
    net = NetworkMobject(network).show_activations(network.forward_pass(x)).show_weights()
    large = NetworkMobject(Network.random(LARGE, seed=1), STYLE).show_weights()
    assert len(large.edges) == 10_000
    return mn.VGroup(
        net.scale_to_fit_height(6),
        MNistMobject(x).to_corner(mn.UL),
        large.scale_to_fit_height(7.5).shift(4 * mn.RIGHT),
    )


@pytest.fixture(scope="module")
def shown():
    return exhibits()


def made(kind):
    scene = kind()
    scene.setup()
    return scene


def blocks(picture, side=6):
    """Return the mean colour of every block of ``side`` times ``side`` pixels."""
    rows, columns = (size // side for size in picture.shape[:2])
    cut = picture[: rows * side, : columns * side]
    return cut.reshape(rows, side, columns, side, -1).mean(axis=(1, 3))


@pytest.mark.every(8)
@pytest.mark.parametrize("kind", SCENES)
def test_the_picture_is_that_of_our_scene(kind, shown, picture):
    wanted, scene = made(NNScene), made(kind)
    wanted.add(shown)
    scene.add(shown)
    np.testing.assert_array_equal(picture(scene), picture(wanted))
    assert picture(wanted).mean() > 0.03


def test_what_is_fixed_in_the_frame_stays_as_the_camera_turns(shown, picture):
    wanted, scene = made(NNScene), made(mn.ThreeDScene)
    wanted.add(shown)
    scene.set_camera_orientation(phi=1, theta=0.5)
    scene.add_fixed_in_frame_mobjects(shown)
    np.testing.assert_array_equal(picture(scene), picture(wanted))


@pytest.fixture(params=["slowly", "as one"])
def counting(request):
    """Have arrays be groups of lines to Manim, or one mobject."""
    with contextlib.nullcontext() if request.param == "slowly" else arrays_as_one():
        yield


def test_parts_of_what_is_fixed_are_fixed(counting, picture):
    edges = EdgeArray(np.zeros((3, 3)), 3 * np.eye(3), width=20)
    scene = made(mn.ThreeDScene)
    scene.set_camera_orientation(phi=1, theta=0.5)
    scene.add_fixed_in_frame_mobjects(edges)
    before = picture(scene)
    scene.add(edges[:2])  # on top, as an animation of it does
    np.testing.assert_array_equal(picture(scene), before)
    scene.clear()
    scene.add_fixed_in_frame_mobjects(edges[0])
    flat = made(mn.Scene)
    flat.add(edges[0])
    np.testing.assert_array_equal(picture(scene), picture(flat))


@pytest.mark.parametrize(
    "told", [lambda e: None, lambda e: e.set_shade_in_3d(), lambda e: e[3].add_tip()]
)
def test_a_camera_that_is_turned_sees_edges_as_it_sees_lines(counting, told, picture):
    rng = np.random.RandomState(0)
    edges = EdgeArray(*rng.uniform(-3, 3, (2, 20, 3)), width=3)
    pictures = []
    told(edges)
    for mobject in (edges, edges.lines()):
        scene = made(mn.ThreeDScene)
        scene.set_camera_orientation(phi=1, theta=0.5)
        scene.add(mobject)
        pictures.append(picture(scene))
    np.testing.assert_array_equal(*pictures)


def test_the_zoomed_display_shows_what_a_camera_there_sees(shown, picture):
    class Zoomed(mn.ZoomedScene):
        def __init__(self):
            size = {"zoomed_display_width": 16 / 3, "zoomed_display_height": 3}
            super().__init__(zoom_factor=0.3, image_frame_stroke_width=0, **size)

    scene = made(Zoomed)
    scene.add(shown)
    scene.activate_zooming(animate=False)
    for frame in (scene.zoomed_camera.frame, scene.zoomed_display.display_frame):
        frame.set_stroke(width=0)
    for there in (shown[1], shown[0].layers[1], shown[2]):
        scene.zoomed_camera.frame.move_to(there)
        whole = picture(scene)
        seen = scene.zoomed_camera.pixel_array
        close = NNMovingCamera()
        close.reset_pixel_shape(*seen.shape[:2])
        close.frame = scene.zoomed_camera.frame.copy()
        close.capture_mobjects([shown])
        np.testing.assert_array_equal(seen, close.pixel_array)
        corner = scene.zoomed_display.get_corner(mn.UL)
        top, left = round((4 - corner[1]) * 15), round((107 / 15 + corner[0]) * 15)
        rows, columns = seen.shape[:2]
        display = whole[top : top + rows, left : left + columns]
        # Manim resamples the display, half a pixel off.
        difference = blocks(display) - blocks(seen[..., :3] / 255)
        assert np.abs(difference).mean() < 0.04 < 0.1 < display.std()


def test_stock_manim_draws_the_same_picture(tmp_path, picture):
    file = tmp_path / "plain.py"
    file.write_text(
        "from manim import *\nfrom nnviz import *\n"
        "class Plain(Scene):\n"
        "    def construct(self):\n"
        "        net = NetworkMobject(Network.random((4, 6, 3), seed=2)).show_weights()\n"
        "        self.add(net, MNistMobject(mnist.load().train.images[3]).to_edge(LEFT))\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "manim", "-s", "-r", "214,120", "--media_dir", str(tmp_path)]
    subprocess.run([*command, str(file), "Plain"], check=True, capture_output=True)
    (still,) = tmp_path.rglob("Plain*.png")
    scene = made(NNScene)
    net = NetworkMobject(Network.random((4, 6, 3), seed=2)).show_weights()
    scene.add(net, MNistMobject(mnist.load().train.images[3]).to_edge(mn.LEFT))
    got = np.asarray(Image.open(still).convert("RGB")) / 255
    np.testing.assert_allclose(got, picture(scene), atol=1e-9)


@pytest.mark.every(2)
@pytest.mark.parametrize("when", ["before", "after"])
def test_opengl_is_one_clear_word(when):
    code = [
        "import manim, nnviz; manim.config.renderer = 'opengl'",
        "for name, *arguments in ('PixelImage', [[0.5]]), ('NNScene',), ('NetworkScene',):",
        "    try:",
        "        getattr(nnviz, name)(*arguments)",
        "    except RuntimeError as error:",
        "        print(error)",
    ]
    if when == "after":
        code.insert(0, "from nnviz import PixelImage, NNScene, NetworkScene")
    command = [sys.executable, "-c", "\n".join(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 3
    assert all(line.startswith("nnviz draws with Cairo") for line in said)


SMALL = {"sizes": (3, 4, 2), "output_labels": ()}
KINDS = {mn.MovingCameraScene: NNMovingCamera, mn.ZoomedScene: None, mn.ThreeDScene: None}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [NNScene, NetworkScene])
@pytest.mark.parametrize("ours_first", [True, False])
def test_bases_come_in_either_order(kind, base, ours_first, picture):
    bases = (base, kind) if ours_first else (kind, base)
    scene = made(type("Both", bases, SMALL))
    assert type(scene.camera) is (KINDS[kind] or type(made(kind).camera))
    wanted = made(type("Ours", (base,), SMALL))
    square = mn.Square(fill_opacity=0.5).to_edge(mn.LEFT)
    for one in (scene, wanted):
        one.add(square)
    np.testing.assert_array_equal(picture(scene), picture(wanted))


@pytest.mark.parametrize("ours_first", [True, False])
def test_the_camera_of_both_moves_as_manims(ours_first):
    def film(*bases):
        frames = []

        class Moving(*bases):
            sizes, output_labels = (3, 4, 2), ()

            def construct(self):
                self.renderer.add_frame = lambda frame, num_frames=1: frames.append(frame)
                if isinstance(self, NetworkScene):
                    net = self.network_mob
                else:
                    rng = np.random.RandomState(0)
                    net = NetworkMobject(Network.random((3, 4, 2), rng=rng))
                    self.add(net)
                zoom = self.camera.frame.animate.scale(0.5).move_to(net.layers[0])
                self.play(zoom, net.edges.animate.set_stroke(mn.RED))
                self.play(net.layers[1].neurons[0].animate.set_fill(opacity=1))

        Moving().render()
        return frames

    ours = (NetworkScene, mn.MovingCameraScene)
    got = film(*(ours if ours_first else reversed(ours)))
    wanted = film(mn.MovingCameraScene)
    assert len(got) == len(wanted) == 10
    for frame, like in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(frame, like)


@pytest.mark.parametrize("ours_first", [True, False])
def test_both_zoom_and_turn_in_plays(ours_first):
    def of(kind):
        return (NetworkScene, kind) if ours_first else (kind, NetworkScene)

    class Zooms(*of(mn.ZoomedScene)):
        sizes, output_labels = (3, 4, 2), ()

        def construct(self):
            self.zoomed_camera.frame.move_to(self.network_mob.layers[1])
            self.activate_zooming(animate=True)
            self.play(self.zoomed_camera.frame.animate.shift(mn.RIGHT))
            self.play(self.get_zoomed_display_pop_out_animation())

    class Turns(*of(mn.ThreeDScene)):
        sizes, output_labels = (3, 4, 2), ()

        def construct(self):
            self.move_camera(phi=1, theta=0.5)
            self.begin_ambient_camera_rotation(0.5)
            self.wait(0.4)

    for kind in (Zooms, Turns):
        scene = kind()
        scene.render()
        frame = scene.renderer.get_frame()[..., :3]
        assert frame.any(axis=2).mean() > 0.01
    flat = made(NetworkScene)
    flat.renderer.update_frame(flat)
    assert not np.array_equal(frame, flat.renderer.get_frame()[..., :3])


def a_tone(path, seconds):
    """Write an MP3 file."""
    rate = 44_100
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mp3", rate=rate)
        resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=1152)
        samples = np.sin(np.arange(int(seconds * rate)) / 20).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.rate = rate
        for part in resampler.resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_scene_with_a_voice(ours_first, tmp_path):
    voiceover = pytest.importorskip("manim_voiceover")
    from manim_voiceover.services.base import SpeechService

    class Tones(SpeechService):
        def generate_from_text(self, text, cache_dir=None, path=None, **kwargs):
            folder = Path(cache_dir or self.cache_dir)
            a_tone(folder / "tone.mp3", 1.5)
            data = {"input_text": text}
            return {**data, "input_data": data, "original_audio": "tone.mp3"}

    bases = (NetworkScene, voiceover.VoiceoverScene)

    class Spoken(*(bases if ours_first else reversed(bases))):
        sizes, output_labels = (3, 4, 2), ()

        def construct(self):
            self.set_speech_service(Tones(cache_dir=tmp_path))
            with self.voiceover(text="These are the weights") as tracker:
                self.length = tracker.duration
                self.play(self.network_mob.animate.show_weights(), run_time=0.6)
            self.spoken = self.clock

    class Silent(NetworkScene):
        sizes, output_labels = (3, 4, 2), ()

        def construct(self):
            self.play(self.network_mob.animate.show_weights(), run_time=0.6)
            self.wait(0.2)

    spoken, silent = Spoken(), Silent()
    for scene in (spoken, silent):
        scene.render()
    assert spoken.length == pytest.approx(1.5, abs=0.1)
    assert spoken.spoken == pytest.approx(spoken.length, abs=0.3)  # a frame or so
    np.testing.assert_array_equal(spoken.renderer.get_frame(), silent.renderer.get_frame())


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_scene_of_slides(ours_first):
    slides = pytest.importorskip("manim_slides")
    try:
        slides.Slide()
    except AttributeError as error:
        pytest.skip(f"this manim-slides cannot make its own Slide with this Manim: {error}")
    bases = (NetworkScene, slides.Slide)

    class Shown(*(bases if ours_first else reversed(bases))):
        sizes, output_labels = (3, 4, 2), ()

        def construct(self):
            self.play(self.network_mob.animate.show_weights())
            self.next_slide()
            self.play(mn.FadeOut(self.network_mob))

    scene = Shown()
    scene.render()
    assert not scene.renderer.get_frame()[..., :3].any()
