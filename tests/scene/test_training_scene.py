"""TrainingScene: trainings of all sorts, whole films, everything in its place."""

import inspect
from itertools import combinations
from textwrap import dedent

import numpy as np
import pytest
from sklearn.datasets import load_iris

from nnviz import Network, Recording, TrainingScene, mnist
from nnviz._manim import temp_config
from nnviz.network import Dense, Flatten


class Quick(TrainingScene):
    epochs = 4
    run_time = 0.8
    seed = 1


class Xor(Quick):
    learning_rate = 0.1

    def make_network(self):
        return Network.random([2, 3, 1], seed=1, cost="cross-entropy")

    def data(self):
        return [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


class Iris(Quick):
    title = (
        "Irises: setosa, versicolor, virginica, as Fisher measured them in 1936, in four numbers"
    )
    output_labels = ("s", "c", "v")

    def make_network(self):
        return Network.random(
            [4, 8, 3], seed=0, activations=["relu", "softmax"], cost="cross-entropy", scaled=True
        )

    def data(self):
        iris = load_iris()
        x = (iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0)
        return x[::2], iris.target[::2], x[1::2], iris.target[1::2]


class Blobs(Quick):
    def make_network(self):
        return Network.random(
            [2, 8, 3], seed=0, activations=["tanh", "softmax"], cost="cross-entropy"
        )

    def data(self):
        labels = np.arange(60) % 3
        centres = np.array([[0, 1], [-1, -0.5], [1, -0.5]])
        return centres[labels] + 0.3 * self.rng.randn(60, 2), np.eye(3)[labels]


class Plane(Quick):
    """Two inputs, a number."""

    def make_network(self):
        return Network.random([2, 5, 1], seed=0, activations=["tanh", "identity"])

    def data(self):
        x = self.rng.randn(50, 2)
        return x, (x[:, 0] * x[:, 1])[:, None]


class Sine(Quick):
    title = "A sine, with noise"

    def make_network(self):
        return Network.random([1, 16, 1], seed=0, activations=["tanh", "identity"])

    def data(self):
        x = self.rng.uniform(-3, 3, 60)
        return x[:, None], np.sin(2 * x) + 0.1 * self.rng.randn(60)


class Digits(Quick):
    title = "Handwritten digits"
    output_labels = tuple("0123456789")

    def make_network(self):
        return Network.random([784, 16, 16, 10], seed=0, scaled=True)

    def data(self):
        train, test = mnist.load().train, mnist.load().test
        return train.images[:60], train.labels[:60], test.images[:30], test.labels[:30]


EXAMPLES = {
    Xor: ["DecisionBoundary", "Accuracy", "CostCurve"],
    Iris: ["Accuracy", "CostCurve"],
    Blobs: ["DecisionBoundary", "Accuracy", "CostCurve"],
    Plane: ["DecisionBoundary", "CostCurve"],
    Sine: ["FittedCurve", "CostCurve"],
    Digits: ["Predictions", "Accuracy", "CostCurve"],
}
SHAPES = {"wide": (16 / 9 * 8, 8.0), "square": (8.0, 8.0), "high": (4.5, 8.0)}


def box_of(mobject):
    """Return the least and largest coordinates of all that is seen, strokes included."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for part in mobject.family_members_with_points():
        width = float(np.max(part.get_stroke_width())) * np.max(part.get_stroke_opacity())
        if width or part.get_fill_opacity():
            low = np.minimum(low, part.points[:, :2].min(axis=0) - width / 200)
            high = np.maximum(high, part.points[:, :2].max(axis=0) + width / 200)
    return low, high


def assert_in_place(scene):
    """See that nothing overlaps or leaves the frame, and that panels keep to their boxes."""
    things = [scene.network_mob, *scene.panel_mobs]
    if scene.title:
        things.append(scene.title_mob)
    boxes = [box_of(thing) for thing in things]
    half = np.array([scene.camera.frame_width, scene.camera.frame_height]) / 2
    for thing, (low, high) in zip(things, boxes, strict=True):
        assert (low > -half).all(), f"{thing} leaves the frame: {low}"
        assert (high < half).all(), f"{thing} leaves the frame: {high}"
    for (one, (low, high)), (other, (low2, high2)) in combinations(
        zip(things, boxes, strict=True), 2
    ):
        apart = (high < low2).any() or (high2 < low).any()
        assert apart, f"{one} and {other} overlap"


@pytest.mark.every(4)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__)
@pytest.mark.parametrize("shape", SHAPES)
def test_everything_is_in_its_place_all_the_time(example, shape, half_time):
    width, height = SHAPES[shape]
    pixels = {"pixel_width": round(15 * width), "pixel_height": round(15 * height)}
    with temp_config({"frame_width": width, "frame_height": height} | pixels):
        before = example(skip_animations=True)
        before.setup()
        after = example(skip_animations=True)
        after.render()
        for scene in (before, half_time(example, 1), after):
            assert [type(panel).__name__ for panel in scene.panel_mobs] == EXAMPLES[example]
            assert_in_place(scene)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__)
def test_the_end_is_what_the_engine_says(example):
    scene = example(skip_animations=True)
    scene.render()
    trained = scene.network_mob.network
    last = list(scene.train())[-1]  # equal arguments give equal networks
    assert trained == last.network
    names = dict(zip(EXAMPLES[example], scene.panel_mobs, strict=True))
    x, y = scene.test or scene.examples
    if "Accuracy" in names:
        assert names["Accuracy"].number.text == f"{100 * last.accuracy:.1f} %"
    costs = names["CostCurve"].measured[-1]
    assert costs[0] == example.epochs
    assert costs[-1] == pytest.approx(last.cost, rel=1e-12)
    if "Predictions" in names:
        words = [cell[2].text for cell in names["Predictions"].cells]
        assert words == [str(k) for k in trained.predict(x[:15])]
        ticks = sum(cell[1].get_stroke_width() < 3 for cell in names["Predictions"].cells)
        assert ticks == (trained.predict(x[:15]) == y[:15]).sum()


@pytest.mark.parametrize(
    ("shape", "is_image"),
    [
        ((64,), True),  # As scikit-learn's digits.
        ((81,), True),
        ((784,), True),
        ((49,), False),  # Square, but small: any numbers come as so many.
        ((63,), False),
        ((65,), False),
        ((72,), False),
        ((1, 8, 8), True),
        ((3, 2, 5), True),
        ((2, 8, 8), False),  # No colours have two channels.
        ((4, 8, 8), False),
    ],
)
def test_which_inputs_are_images(shape, is_image):
    class Classes(Quick):
        def make_network(self):
            size = int(np.prod(shape))
            dense = Dense.random(size, 3, np.random.RandomState(0), activation="softmax")
            return Network([Flatten(), dense], cost="cross-entropy", input_shape=shape)

        def data(self):
            return self.rng.rand(6, *shape), np.arange(6) % 3

    class Numbers(Classes):
        def data(self):
            return self.rng.rand(6, *shape), self.rng.rand(6, 3)

    for kind in (Classes, Numbers):
        scene = kind(skip_animations=True)
        scene.network, scene.examples = scene.make_network(), scene.data()
        assert ("predictions" in scene.kinds_of_panels()) is (is_image and kind is Classes)


def test_the_snippet_in_the_documentation_is_short_and_renders(picture):
    """Moons, as written there."""
    _, _, text = inspect.getdoc(TrainingScene).partition("two moons apart::\n")
    lines = [line for line in dedent(text).splitlines() if line.strip()]
    assert len(lines) < 15
    space = {"__name__": "snippet"}
    exec("\n".join(lines), space)
    moons = type("Moons", (space["Moons"],), {"run_time": 1.0})
    scene = moons()
    scene.render()
    last = scene.network_mob.network
    x, y = scene.data()
    assert last.accuracy(x, y) > 0.95
    assert scene.panel_mobs[1].number.text == f"{100 * last.accuracy(x, y):.1f} %"
    seen = picture(scene)
    skipped = moons(skip_animations=True)
    skipped.render()
    np.testing.assert_array_equal(picture(skipped), seen)


def test_a_recording_of_ones_own_is_shown():
    class Recorded(Xor):
        def train(self):
            recording = Recording(self.network)
            for report in super().train():
                recording(network=report.network)  # nobody measured anything
            return recording

    scene = Recorded(skip_animations=True)
    scene.render()
    plain = Xor(skip_animations=True)
    plain.render()
    for one, other in zip(scene.panel_mobs[2].measured, plain.panel_mobs[2].measured, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_what_is_wrong_is_said():
    class Odd(Xor):
        panels = ("cost", "surface")

    with pytest.raises(ValueError, match="no panel 'surface'; there are 'boundary', 'fit'"):
        Odd(skip_animations=True).setup()

    class Three(Xor):
        def data(self):
            return [1], [2], [3]

    with pytest.raises(ValueError, match="x, y, x_test, y_test, not 3 arrays"):
        Three(skip_animations=True).setup()


def test_eta_is_another_name_of_the_learning_rate():
    class Slow(TrainingScene):
        eta = 0.5

    assert Slow.learning_rate == 0.5
    assert TrainingScene.learning_rate == 0.02
    with pytest.raises(ValueError, match="two names of the same number"):
        type("Both", (TrainingScene,), {"eta": 0.5, "learning_rate": 0.1})
