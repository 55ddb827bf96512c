"""The scenes that 2017's reminders and cards stood for: every number is the engine's."""

import inspect
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from manim import DecimalNumber, MathTex

from nnviz import mnist
from nnviz.cli.discover import discover
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import WHITE, YELLOW
from nnviz.network import Network, one_hot, pretrained
from whole_runs import run

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = (
    "TODOInsertFeedForwardAnimations",
    "TODOInsertDefinitionOfCostFunction",
    "BackpropCode",
    "PlanInPictures",
    "ReadsTheCode",
)

SCENES = Path(__file__).parents[2] / "scenes"


def watched(scene_class, ask):
    """Run a scene, and collect what `ask` returns after every play."""

    class Watched(scene_class):
        def play(self, *args, **kwargs):
            super().play(*args, **kwargs)
            answers.append(ask(self))

    answers = []
    scene = Watched(skip_animations=True)
    run(scene, scene_class.__name__)
    return scene, answers


def fills(layer):
    return [neuron.get_fill_opacity() for neuron in layer.neurons]


def formulas(scene):
    """The formulas in sight, each as its parts."""
    return [
        tuple(part.tex_string for part in mobject)
        for mobject in scene.get_mobject_family_members()
        if type(mobject) is MathTex and len(mobject) > 1
    ]


# --- an image fed forward


def test_three_images_travel_through_the_trained_network(chapter):
    scene_class = chapter("feed_forward").TODOInsertFeedForwardAnimations

    def look(scene):
        marked = getattr(scene, "mark", None)
        return (
            [fills(layer) for layer in scene.network_mob.layers],
            [(number.number, number.get_fill_color()) for number in scene.numbers],
            marked is not None and marked in scene.mobjects,
        )

    scene, seen = watched(scene_class, look)
    assert 10 <= scene.clock <= 35
    network = pretrained()
    assert scene.network == network
    answers = [look for look in seen if look[2]]
    examples = scene.examples()
    digits = (*scene.digits, int(mnist.load().test.labels[scene.hard_example]))
    assert len(answers) == 2 * len(examples)  # the mark is drawn, and stands
    for x, digit, (layers, numbers, _) in zip(examples, digits, answers[1::2], strict=True):
        forward = network.forward_pass(x)
        assert layers[1] == pytest.approx(list(forward.activations[1]))
        assert layers[2] == pytest.approx(list(forward.activations[2]))
        assert layers[3] == pytest.approx(list(forward.output))
        assert [value for value, _ in numbers] == pytest.approx(list(forward.output))
        wanted = [YELLOW if unit == digit else WHITE for unit in range(10)]
        assert [color for _, color in numbers] == wanted
        assert network.predict(x) == digit == np.argmax(forward.output)
    # The last one is hard: another digit comes close.
    second, first = np.sort(network.feedforward(examples[-1]))[-2:]
    assert first < 0.6
    assert second > 0.35


def test_pixels_unroll_into_a_column_and_go_on_to_their_neurons(chapter, half_time):
    scene_class = chapter("feed_forward").TODOInsertFeedForwardAnimations
    lit = {0: 1.0, 374: 0.5, 377: 0.7, 500: 1.0, 783: 0.2}

    class Corners(scene_class):
        def construct(self):
            self.initialize_network()
            x = np.zeros(784)
            x[list(lit)] = list(lit.values())
            self.show_image(x)
            self.unrolling_time = 1.0
            self.unroll_image()
            self.play(self.send_pixels_into_network())

    scene = Corners(skip_animations=True)
    scene.render()
    # A slot for each of 784 pixels, from the top downwards, between image and network.
    width, height = scene.column_size
    for (index, value), pixel in zip(lit.items(), scene.pixels, strict=True):
        assert pixel.height == pytest.approx(height / 784)
        assert pixel.width == pytest.approx(width)
        assert pixel.get_top()[1] == pytest.approx(height / 2 - index * height / 784)
        assert scene.image.get_right()[0] < pixel.get_left()[0]
        assert pixel.get_right()[0] < scene.network_mob.get_left()[0]
        shown = pixel.get_fill_opacity() * pixel.get_fill_color().to_rgb()[0]
        assert shown == pytest.approx(value, abs=1 / 255)
    # Those whose neurons are shown have gone on.
    neurons = scene.network_mob.layers[0].neurons
    for sender, neuron in zip(scene.senders, (neurons[0], neurons[3]), strict=True):
        assert sender.get_center() == pytest.approx(neuron.get_center())


# --- the cost


@pytest.fixture(scope="module")
def cost_scene(chapter):
    scene_class = chapter("cost_function").TODOInsertDefinitionOfCostFunction
    return watched(scene_class, lambda scene: set(scene.get_mobject_family_members()))


def test_the_cost_of_one_example_is_the_sum_that_is_shown(cost_scene, chapter):
    scene, seen = cost_scene
    assert 10 <= scene.clock <= 30
    assert scene.network == Network.random(scene.sizes, rng=np.random.RandomState(scene.seed))
    assert scene.seed == chapter("gradient_nudging").GradientNudging.seed
    train = mnist.load().train
    x, y = train.images[scene.example], one_hot(train.labels)[scene.example]
    outputs = scene.network.feedforward(x)
    assert seen[7].issuperset(scene.rows.family_members_with_points())
    rows = [[part.tex_string for part in row] for row in scene.rows]
    for (_, a, _, wanted, _, _, square), output, target in zip(rows, outputs, y, strict=True):
        assert (a, wanted) == (f"{output:.2f}", f"{target:.2f}")
        assert square == f"{(output - target) ** 2:.2f}"
        # With the numbers as they are shown, too.
        assert float(square) == pytest.approx((float(a) - float(wanted)) ** 2, abs=0.00501)
    cost = scene.network.cost(x, y)
    assert cost == pytest.approx(((outputs - y) ** 2).sum())
    assert [part.tex_string for part in scene.total] == ["C_0", "=", f"{cost:.2f}"]
    assert seen[7].issuperset(scene.total.family_members_with_points())
    words, formula = scene.formula
    assert words.tex_string == "Cost of one example"
    assert formula.tex == r"C_0 = \sum_j ( a_j - y_j )^2"
    # What is wanted stands beside what is given, and is told as a picture too.
    wanted, _, heads = scene.wanted
    assert [neuron.get_fill_opacity() for neuron in wanted] == pytest.approx(list(y))
    assert [head.tex_string for head in heads] == ["given", "wanted"]
    # An example that costs what all cost would hide which is the average.
    average = scene.network.cost(train.images, one_hot(train.labels))
    assert abs(cost - average) > 1
    assert sum(float(row[-1]) for row in rows) == pytest.approx(float(f"{cost:.2f}"))


def test_the_cost_is_the_average_over_all_examples(cost_scene):
    scene, seen = cost_scene
    train = mnist.load().train
    y = one_hot(train.labels)
    chosen = (scene.example, *scene.others)
    for position, (index, (image, words)) in enumerate(zip(chosen, scene.examples, strict=True)):
        assert image.image.image.ravel() == pytest.approx(train.images[index], abs=1 / 255)
        cost = scene.network.cost(train.images[index], y[index])
        assert [part.tex_string for part in words] == [f"C_{position}", "=", f"{cost:.2f}"]
    assert seen[-1].issuperset(scene.examples[1:].family_members_with_points())
    texts = {getattr(part, "tex_string", "").strip() for part in seen[-1]}
    average = np.mean(
        [scene.network.cost(*example) for example in zip(train.images, y, strict=True)]
    )
    assert texts >= {
        f"Cost: average over all {len(y):,} training examples",
        rf"\frac{{1}}{{{len(y):,}}}".replace(",", "{,}"),
        rf"\sum_{{k=0}}^{{{len(y) - 1:,}}}".replace(",", "{,}"),
        f"{average:.2f}",
    }


# --- the code


def test_the_code_computes_the_engines_gradient(chapter):
    module = chapter("backprop_code")
    for seed, sizes in enumerate([(2, 3, 2), (4, 8, 3), (1, 1, 1, 1), (5, 4, 3, 2)]):
        network = Network.random(sizes, seed=seed)
        rng = np.random.RandomState(seed)
        x, y = rng.rand(sizes[0]), rng.rand(sizes[-1])
        nabla_w, nabla_b = module.backprop(network.weights, network.biases, x, y)
        gradient = network.backprop(x, y)
        for ours, engines in (
            *zip(nabla_w, gradient.weights, strict=True),
            *zip(nabla_b, gradient.biases, strict=True),
        ):
            np.testing.assert_allclose(ours, engines, rtol=1e-12)


def test_lines_are_told_as_they_are_executed(chapter):
    def function(n):
        found = []
        for i in range(n):
            found.append(i * i)
        return found

    before = sys.gettrace()
    told = list(chapter("backprop_code").execute(function, 2))
    assert sys.gettrace() is before
    assert [line for line, _ in told] == [1, 2, 3, 2, 3, 2, 4]
    assert [state["found"] for _, state in told] == [[], [], [0], [0], [0, 1], [0, 1], [0, 1]]


@pytest.fixture(scope="module")
def code_scene(chapter):
    def look(scene):
        everything = scene.get_mobject_family_members()
        numbers = [m for m in everything if isinstance(m, DecimalNumber)]
        return {
            "activations": [m.number for m in numbers if isinstance(m, ActivationNumber)],
            "gradient": [m.number for m in numbers if type(m) is DecimalNumber],
            "texts": formulas(scene),
            "pointer": scene.pointer.get_y(),
        }

    module = chapter("backprop_code")
    return (module, *watched(module.BackpropCode, look))


def test_the_code_on_screen_is_the_function_that_runs(code_scene):
    module, scene, seen = code_scene
    assert 10 <= scene.clock <= 30
    source = inspect.getsource(module.backprop).rstrip().split("\n")
    assert len(scene.lines) == len(source)
    for line, words in zip(scene.lines, source, strict=True):
        assert len(line) == len(words.replace(" ", ""))  # a glyph a character
    # The frame goes to every line that is executed.
    pointed = {round(answer["pointer"], 3) for answer in seen}
    executed = [line for line, words in enumerate(source) if words.strip()][2:]
    middles = {round(scene.get_pointer(line).get_y(), 3) for line in (0, *executed)}
    assert pointed == middles


def test_every_number_beside_the_code_is_the_engines(code_scene):
    _, scene, seen = code_scene
    network = Network.random(scene.sizes, rng=np.random.RandomState(scene.seed))
    assert scene.network == network
    forward = network.forward_pass(scene.x)
    gradient = network.backprop(scene.x, scene.y)
    errors = network.backward_pass(scene.x, scene.y).errors
    end = seen[-1]
    assert end["activations"] == pytest.approx(np.concatenate(forward.activations))
    backwards = [gradient.weights[1].ravel(), gradient.weights[0].ravel()]
    # Numbers stand on the edges of the matrix that has been computed last.
    both = [[], *backwards]
    told = [look["gradient"] for look in seen]
    assert all(any(numbers == pytest.approx(list(m)) for m in both) for numbers in told)
    assert told[-1] == pytest.approx(backwards[1])
    assert any(numbers == pytest.approx(backwards[0]) for numbers in told)
    deltas = [row[2] for row in end["texts"] if row[0] == r"\delta"]
    assert deltas == [f"{error:.2f}" for error in (*errors[1], *errors[0])]
    assert [row for row in end["texts"] if row[0] == "y"] == [("y", "=", "1"), ("y", "=", "0")]
    # Edges and rings have the colours of what a step would do.
    net = scene.network_mob
    for layer, matrix in enumerate(gradient.weights):
        for (j, i), change in np.ndenumerate(matrix):
            edge = net.edge(layer, i, j)
            assert edge.get_stroke_color() == scene.color_of(change)
            share = abs(change) / np.abs(matrix).max()
            assert edge.get_stroke_width() == pytest.approx(share * net.style.max_edge_width)
        neurons = net.layers[layer + 1].neurons
        for neuron, change in zip(neurons, gradient.biases[layer], strict=True):
            assert neuron.get_stroke_color() == scene.color_of(change)


# --- the film


def test_clips_that_are_there_are_these(chapter):
    nudging, preview = chapter("gradient_nudging"), chapter("preview_learning")
    assert issubclass(nudging.TODOInsertGradientNudging, nudging.GradientNudging)
    assert issubclass(preview.TODOInsertPreviewLearning, preview.PreviewLearning)


#: What the film shows where 2017 put a clip in by hand, or repeated itself.
IN_PLACE_OF = {
    "PlanInPictures": "LayOutPlan",
    "NudgingLowersCost": "TODOInsertGradientNudging",
    "LearningLowersCost": "TODOInsertPreviewLearning",
    "OpenSGD": "OpenCloseSGD",
    "CloseSGD": "OpenCloseSGD",
    "BothDescents": "SGDSteps",
    "ReadsTheCode": "BackpropCodeAddOn",
    "DerivativeAsSlope": "EOCWrapper",
}


def test_the_film_has_every_scene_of_the_chapter_but_bases_stubs_and_cards():
    film = tomllib.loads((SCENES / "chapter.toml").read_text())
    names = [scene["name"] for scene in film["scenes"]]
    left_out = {"GradientNudging", "PreviewLearning", "GradientDescentSteps"}
    known = [scene.name for scene in discover(SCENES).scenes if scene.file.parent == SCENES]
    assert len(names) == len(set(names)) == 23
    assert set(names) == {
        name for name in known if not name.endswith(("Stub", "Card")) and name not in left_out
    } - set(IN_PLACE_OF.values())
    assert set(IN_PLACE_OF) < set(names)
    assert names[-1] == "Credits"
    # The tags are around the excursion.
    start = names.index("OpenSGD")
    assert names[start + 1 : start + 3] == ["OrganizeDataIntoMiniBatches", "BothDescents"]
    assert names[start + 3] == "CloseSGD"
    assert film["title_cards"]
    for scene in film["scenes"]:
        assert len(scene["title"]) < 40
        assert scene["caption"].endswith(".")
        assert len(scene["caption"]) < 160


def test_the_cost_falls_where_the_film_nudges_and_learns(chapter):
    for file, name, count in (
        ("gradient_nudging", "NudgingLowersCost", 11),
        ("preview_learning", "LearningLowersCost", 64),
    ):
        scene_class = getattr(chapter(file), name)

        class Short(scene_class):
            n_steps = slow_steps = 1
            n_examples, slow_examples = 3, 1

        scene, seen = watched(Short, lambda scene: scene.number.number)
        assert scene.number.number == pytest.approx(scene.network.cost(scene.x, scene.y))
        assert scene.network_mob.network == scene.network
        assert scene.number.number < seen[0] - 0.2
        assert getattr(scene_class, "n_steps" if count == 11 else "n_examples") == count


def test_the_screens_of_2017_are_filled_in_the_film(chapter):
    plan, pictures = watched(
        chapter("plan").PlanInPictures, lambda scene: scene.picture and scene.picture.get_center()
    )
    assert sum(picture is not None for picture in pictures) >= 6
    inside = plan.picture.width < plan.screen.width and plan.picture.height < plan.screen.height
    assert inside
    assert plan.picture.get_center() == pytest.approx(plan.screen.get_center())
    slope = chapter("calculus").DerivativeAsSlope
    for w in (-1.6, 0.3, 1.5):
        rise = (slope.cost(w + 1e-6) - slope.cost(w - 1e-6)) / 2e-6
        assert slope.slope(w) == pytest.approx(rise)
    code = chapter("reading_code").ReadsTheCode
    modes = watched(code, lambda scene: scene.pi_creature.mode)[1]
    assert modes == ["pondering"] * 4 + ["thinking"] * 4 + ["happy"] * 4
