"""Every number of the gradient scenes is the engine's, computed here once more."""

from itertools import pairwise

import numpy as np
import pytest
from manim import DecimalNumber, Tex, config, smooth

from gradient_nudging import edge_parameters
from nnviz import mnist
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.network import Network, one_hot
from whole_runs import run

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = (
    "GradientNudging",
    "InterpretGradientComponents",
    "ConstructGradientFromAllTrainingExamples",
)

SIZES = [784, 16, 16, 10]


@pytest.fixture(scope="module")
def training_set():
    train = mnist.load().train
    return train.images, one_hot(train.labels)


def numbers_on_screen(scene):
    """Return the written value of every number that can be seen, sorted."""
    found = [
        mobject
        for mobject in scene.get_mobject_family_members()
        if isinstance(mobject, DecimalNumber)
        and any(glyph.get_fill_opacity() > 0.01 and glyph.height > 0.01 for glyph in mobject)
    ]
    return sorted(number.number for number in found)


def close(values):
    return pytest.approx(sorted(float(value) for value in values), abs=1e-9)


def watched(scene_class, look):
    """Return the scene's class with a look at it after every play."""

    class Watched(scene_class):
        def play(self, *args, **kwargs):
            super().play(*args, **kwargs)
            look(self)

    return Watched


def run_until(scene_class, *methods):
    """Run the first methods of a scene's script."""

    class Part(scene_class):
        def construct(self):
            for method in methods:
                getattr(self, method)()

    scene = Part(skip_animations=True)
    scene.render()
    return scene


def downhill(network, training_set):
    return -network.backprop(*training_set).flatten()


# GradientNudging


def test_nudging_shows_the_true_gradient_of_eleven_true_steps(chapter, training_set):
    shown = []
    scene_class = chapter("gradient_nudging").GradientNudging
    scene = watched(scene_class, lambda s: shown.append(numbers_on_screen(s)))(skip_animations=True)
    run(scene, "GradientNudging")
    assert scene.clock == pytest.approx(36.0)
    network = Network.random(SIZES, seed=scene_class.seed)
    expected = []
    for step in range(12):
        if step > 0:
            network = network.step(network.backprop(*training_set), scene_class.learning_rate)
        components = downhill(network, training_set)[scene.components] / 0.1
        expected += [components] * (3 if step == 0 else 2)
    assert scene.network.flatten() == pytest.approx(network.flatten())
    expected = [*expected[:24], expected[-1]]
    assert len(shown) == 25
    for seen, wanted in zip(shown, expected, strict=True):
        assert seen == close(wanted)
    # What is written can be read: at the start no component is zero at two decimals.
    assert min(abs(expected[0])) > 0.05
    assert {np.sign(round(float(v), 2)) for v in expected[0]} == {-1, 1}


# InterpretGradientComponents


@pytest.fixture
def interpreted(chapter):
    return chapter("interpret_gradient").InterpretGradientComponents


def test_interpreting_shows_true_costs_gradients_and_steps(interpreted, training_set):
    shown, networks = [], []

    def look(scene):
        shown.append(numbers_on_screen(scene))
        networks.append(scene.network)
        assert scene.cost_group.get_bottom()[1] > 0.25 - config.frame_y_radius

    scene = watched(interpreted, look)(skip_animations=True)
    run(scene, interpreted.__name__)
    assert scene.clock == pytest.approx(47.0)
    assert len(shown) == 37
    start = Network.random(SIZES, seed=interpreted.seed)
    steps = [start, *networks[0:9:3]]
    costs = [network.cost(*training_set) for network in steps]
    assert [f"{cost:.2f}" for cost in costs] == ["3.48", "3.27", "3.06", "2.85"]
    for before, after in pairwise(steps):
        moved, wanted = after.flatten() - before.flatten(), downhill(before, training_set)
        multiple = np.linalg.norm(moved) / np.linalg.norm(wanted)
        assert 0 < multiple < 1
        assert moved == pytest.approx(multiple * wanted)
    columns = [downhill(n, training_set)[scene.components] / 0.1 for n in steps]
    for step in range(3):
        before, after, count = columns[step], columns[step + 1], 3 * step
        assert shown[count] == close([*before, *before, costs[step]])  # and a copy under the cost
        assert shown[count + 1] == close([*before, costs[step + 1]])
        assert shown[count + 2] == close([*after, costs[step + 1]])
    for seen in shown[9:17]:
        assert seen == close([*columns[-1], costs[-1]])
    isolated = downhill(steps[-1], training_set)[[w.parameter for w in scene.nudged]] / 0.1
    for seen in shown[17:]:
        assert seen == close([*isolated, costs[-1]])
    # The colour says the sign, also of the component that changes it on the way.
    assert any(np.prod(np.sign(pair)) < 0 for pair in zip(columns[0], columns[-1], strict=True))
    for number in scene.column.numbers:
        wanted = number.negative_color if number.number < 0 else number.positive_color
        assert {glyph.get_fill_color() for glyph in number} == {wanted}


def test_one_weight_matters_32_times_as_much_as_the_other(interpreted, training_set):
    scene = run_until(
        interpreted,
        *("setup_network", "add_cost", "add_gradient", "change_weights_repeatedly"),
        *("isolate_particular_weights", "shift_cost_expression"),
    )
    network, components = scene.network, downhill(scene.network, training_set)
    strong, weak = scene.nudged
    ratio = components[strong.parameter] / components[weak.parameter]
    assert ratio == pytest.approx(32, abs=1.5)
    # The edges on screen are those weights', from neuron to neuron.
    for weight in scene.nudged:
        like = [
            edge
            for edge, parameter in zip(
                scene.network_mob.edges, edge_parameters(scene.network_mob), strict=True
            )
            if parameter == weight.parameter
        ]
        assert weight.edge.get_start() == pytest.approx(like[0].get_start())
        assert weight.edge.get_end() == pytest.approx(like[0].get_end())
    cost_line, *_ = scene.line_over(scene.cost, scene.cost_range)
    start = network.cost(*training_set)
    moves = []
    for weight in scene.nudged:
        line, *_ = scene.line_over(weight.term, scene.weight_range)
        animations = scene.get_nudge_anims(weight, line, cost_line)[:3]
        for animation in animations:
            animation.rate_func = smooth
            animation.begin()
        for alpha in (0.3, 1.0):
            for animation in animations:
                animation.interpolate(alpha)
            change = scene.nudge * smooth(alpha)
            nudge = change * np.eye(1, network.n_parameters, weight.parameter)[0]
            cost = network.with_parameters(network.flatten() + nudge).cost(*training_set)
            assert line.value == pytest.approx(change)
            assert scene.cost.number == pytest.approx(cost)
            assert cost_line.value == pytest.approx(cost - start)
        moves.append(cost_line.dot.get_x() - cost_line.point(0)[0])
        for animation in animations:
            animation.rate_func = lambda t: 0.0
            animation.interpolate(1)
    # The same move on both lines: the cost goes far with one weight, and hardly with the other.
    assert moves[0] < -0.2
    assert 20 < moves[0] / moves[1] < 45


def test_number_lines_go_away_with_their_words(interpreted):
    scene = run_until(
        interpreted,
        *("setup_network", "add_cost", "add_gradient"),
        *("isolate_particular_weights", "shift_cost_expression", "tweak_individual_weights"),
    )
    family = scene.get_mobject_family_members()
    names = [type(mobject).__name__ for mobject in family]
    assert names.count("NumberLine") == 1  # the cost's
    assert names.count("Brace") == 3  # the gradient's, the cost's, and the network's 784
    assert not [m for m in family if isinstance(m, Tex) and "Nudge" in m.tex_string]
    assert scene.cost.number == scene.network.cost(scene.x, scene.y)


def test_boxes_hold_the_digits_of_every_number_and_no_minus(interpreted):
    scene = run_until(interpreted, "setup_network", "add_cost", "add_gradient")
    boxes = []
    plain = scene.play
    scene.play = lambda *animations, **_: boxes.append(animations[0])
    scene.circle_magnitudes()
    scene.play = plain
    numbers = list(scene.column.numbers)
    for animation, number in zip(boxes[0].animations, numbers, strict=True):
        box, digits = animation.mobject, number[-4:]
        assert box.width == pytest.approx(digits.width + 0.2)
        assert box.get_center() == pytest.approx(digits.get_center())


# ConstructGradientFromAllTrainingExamples


def test_constructing_shows_what_every_example_asks_and_the_mean(chapter, training_set):
    scene_class = chapter("construct_gradient").ConstructGradientFromAllTrainingExamples
    shown = []
    scene = watched(scene_class, lambda s: shown.append(numbers_on_screen(s)))(skip_animations=True)
    run(scene, scene_class.__name__)
    assert scene.clock == pytest.approx(40.0)
    network = Network.random(SIZES, seed=scene_class.seed)
    images, targets = training_set
    two = mnist.first_of_each_digit()[2][0]
    xs, ys = [two, *images[:5]], [one_hot(2), *targets[:5]]
    rows = list(scene_class.parameters)
    assert rows[-1] == network.n_parameters - 1
    asked = np.array([downhill(network, (x, y))[rows] for x, y in zip(xs, ys, strict=True)]).T
    mean = downhill(network, training_set)[rows]
    # Each example is on screen, in its column and with its own image.
    for column, (example, _) in enumerate(scene.examples):
        assert isinstance(example, MNistMobject)
        assert example.image.image.ravel() == pytest.approx(xs[column], abs=1 / 255)
        assert example.get_x() == pytest.approx(scene.table.cell_center(0, column)[0])
    for row, column in np.ndindex(asked.shape):
        assert scene.table.number(row, column).number == pytest.approx(asked[row, column])
    for row in range(4):
        assert scene.table.average(row).number == pytest.approx(mean[row])
    first = list(asked[:, 0])
    for step, count in enumerate((1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4)):
        assert shown[step] == close(first[:count])
    everything = list(asked.ravel())
    for step in range(14, 19):
        assert shown[step] == close(everything)
    for step in range(19, 22):
        assert shown[step] == close([*everything, mean[0]])
    for step in range(22, 27):
        assert shown[step] == close([*everything, *mean])
    for step in range(27, 34):
        assert shown[step] == close(mean)
    # All of it can be read at two decimals, and examples do not agree with each other.
    assert np.abs(asked).min() > 0.005
    assert np.abs(mean).min() > 0.005
    assert {-1.0, 1.0} == set(np.sign(asked[1]))


# OrganizeDataIntoMiniBatches


def test_training_images_stay_on_screen_in_four_rows(chapter, training_set):
    scene_class = chapter("mini_batches").OrganizeDataIntoMiniBatches
    places = []

    def look(scene):
        for example in scene.examples:
            assert np.abs(example.get_x()) + example.width / 2 < config.frame_width / 2
            assert np.abs(example.get_y()) + example.height / 2 < config.frame_height / 2 - 0.1
        places.append(np.array([example.get_center() for example in scene.examples]))

    scene = watched(scene_class, look)(skip_animations=True)
    scene.render()
    assert scene.clock == pytest.approx(27.0)
    assert sum(isinstance(m, MNistMobject) for m in scene.get_mobject_family_members()) == 48
    known = {np.rint(255 * image).astype(np.uint8).tobytes() for image in training_set[0]}
    drawn = {example.image.pixels.tobytes() for example in scene.examples}
    assert len(drawn) == 48
    assert drawn <= known
    # The same places, other images; then restored to the order of the rows.
    mixed, restored = places[1], places[3]
    assert sorted(map(tuple, mixed.round(6))) == sorted(map(tuple, restored.round(6)))
    assert (np.abs(mixed - restored).max(axis=1) > 0.5).sum() > 40
    in_order = np.lexsort((restored[:, 0].round(3), -restored[:, 1].round(3)))
    assert list(in_order) == list(range(48))
    # Four mini-batches of twelve, apart from each other and from the words above them.
    for after in (places[4], places[9], places[11], places[13], places[-1]):
        rows = after.reshape(4, 12, 3)
        assert np.ptp(rows[:, :, 1], axis=1).max() < 1e-6
        assert np.diff(rows[:, 0, 1]).max() < -scene.batch_height - 0.5
    assert not [m for m in scene.mobjects if isinstance(m, Tex) and "Mini" in m.tex_string]


def test_rows_are_pressed_one_by_one_and_come_back(chapter, half_time):
    scene_class = chapter("mini_batches").OrganizeDataIntoMiniBatches
    scene = half_time(scene_class, 8)
    heights = np.array([example.height for example in scene.examples]).reshape(4, 12)
    assert np.ptp(heights[0]) > 0.1
    assert heights[1:] == pytest.approx(np.full((3, 12), scene.batch_height))
    scene = scene_class(skip_animations=True)
    scene.render()
    for example in scene.examples:
        assert example.height == pytest.approx(scene.batch_height)
        assert example.image.get_fill_color().to_hex() == "#FFFFFF"
