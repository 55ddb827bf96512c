"""Words that nnviz draws come from one table, in the language that is chosen."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
from pathlib import Path

import numpy as np
import pytest
from manim import MathTex, Tex, Text

import nnviz
from nnviz import (
    Accuracy,
    ColorLegend,
    ConfusionMatrix,
    CostCurve,
    Network,
    NetworkMobject,
    NetworkStyle,
    ParameterDerivative,
    SansText,
    TrainingScene,
    words,
)
from nnviz._manim import temp_config
from nnviz.mobjects import NeuronExplanation, QuickDecimalNumber, WeightExplanation
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.plot import tick_text
from nnviz.mobjects.network.box_layers import block_box
from nnviz.mobjects.network.layer_mobjects import Range
from nnviz.mobjects.network.layer_pictures import picture_of
from nnviz.mobjects.network.volume_plan import VOLUME_KINDS
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.significant_digits import SignificantNumber
from nnviz.mobjects.primitives.writing import plain_signs
from nnviz.network import attention, unit_sum
from nnviz.network.activations import ACTIVATIONS
from nnviz.network.layers import LAYERS, Activate

MARK = "Ж"
#: Strings that the makers below give, and signs of formulas: no words of nnviz's.
GIVEN = {"xor", "axorb", "hm", "hidden", "out", "yes", "words", "unit"}
#: Of names of nodes, and a token row.
GIVEN |= {"block", "attention", "feed", "forward", "down", "abcd"}


@pytest.fixture(autouse=True)
def as_before():
    with words.using():
        yield


def without_latex():
    """Return the setup and the makers of another test, which knows every public mobject."""
    spec = importlib.util.spec_from_file_location(
        "without_latex", Path(__file__).parents[1] / "equations" / "test_without_latex.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SETUP, module.DRAWN


def use_marked_words():
    """Let every word be a mark, and the places in it."""
    marked = {}
    for key, text in words.table().items():
        if key.endswith("_mark"):
            continue
        places = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        marked[key] = MARK + MARK.join(f"{{{name}}}" for name in places) + MARK
    words.use("en", **marked)


@pytest.fixture
def written(monkeypatch):
    """All strings that are written from now on."""
    strings = []
    for kind in (Text, Tex):
        plain = kind.__init__

        def record(self, *texts, _plain=plain, **kwargs):
            strings.extend(map(str, texts))
            _plain(self, *texts, **kwargs)

        monkeypatch.setattr(kind, "__init__", record)
    say = Lettering.say

    def recording_say(self, text, *args, **kwargs):
        strings.append(text)
        return say(self, text, *args, **kwargs)

    monkeypatch.setattr(Lettering, "say", recording_say)
    return strings


def assert_only_marked(strings):
    assert any(MARK in text for text in strings)
    for text in strings:
        left = re.findall(r"[A-Za-z]{3,}", re.sub(r"\\[A-Za-z]+", "", text))
        assert set(left) <= GIVEN, text


@pytest.mark.parametrize("name", words.languages())
def test_every_language_has_the_words_of_english(name):
    words.use("en")
    english = words.table()
    words.use(name)
    assert list(words.table()) == list(english)
    for key, text in words.table().items():
        places = [
            {name for _, name, _, _ in string.Formatter().parse(one) if name}
            for one in (english[key], text)
        ]
        assert places[0] == places[1], key
        assert text.strip() or key == "group_mark"
    assert len(words.table()["decimal_mark"]) == len(words.table()["group_mark"]) == 1
    comma = {"de", "fr", "es", "pt", "ru"}
    assert words.table()["decimal_mark"] == ("," if name in comma else ".")


def test_languages_are_those_that_are_promised():
    assert set(words.languages()) == {"en", "de", "fr", "es", "pt", "ru", "zh", "ja"}


def test_every_kind_of_layer_volume_and_activation_has_a_word():
    names = {
        *LAYERS,
        *ACTIVATIONS,
        *(kind.name.replace(" ", "_") for kind in VOLUME_KINDS.values()),
    }
    assert names - words.table().keys() == set()


def test_english_names_of_layers_are_as_the_engine_has_them():
    for layer in LAYERS:
        assert words.named(layer) == layer.replace("_", " ")
    for name in ACTIVATIONS:
        assert words.named(name) == name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("xx", {}), "no language 'xx': there are de, en, es"),
        (("en", {"costs": "x"}), "no word 'costs'.*cost"),
        (("en", {"steps": "steps"}), "needs the same places in braces"),
        (("en", {"cost": "{"}), "braces that do not match"),
        (("en", {"cost": 3}), "is a string, not 3"),
        (("en", {"decimal_mark": "{,}"}), "one character|same places"),
        (("en", {"group_mark": ""}), "one character"),
    ],
)
def test_what_is_not_in_the_table_is_said_and_changes_nothing(arguments, said):
    words.use("de")
    language, own = arguments
    with pytest.raises(ValueError, match=said):
        words.use(language, **own)
    assert words.word("cost") == "Kosten"


def test_a_block_in_another_language_ends_also_with_an_error():
    words.use("fr", cost="erreur")
    with pytest.raises(KeyError, match="costs"), words.using("de"):
        words.word("costs" if words.word("cost") == "Kosten" else "cost")
    assert (words.word("cost"), words.word("epoch")) == ("erreur", "époque")


@pytest.mark.slow
def test_no_module_that_draws_calls_a_word_that_is_not_there():
    folder = Path(nnviz.__file__).parent
    asked = set()
    for file in [*folder.glob("mobjects/**/*.py"), *folder.glob("scene/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = ast.unparse(node.func)
            if called == "words.word" and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)
    assert {"accuracy", "steps", "cost"} <= asked
    assert asked <= words.table().keys()


@pytest.mark.slow
def test_every_public_mobject_draws_only_words_of_the_table(written):
    setup, drawn = without_latex()
    names = {}
    use_marked_words()
    with temp_config({}):
        exec(setup, names)
        for made in drawn.values():
            eval(made, names)
    assert_only_marked(written)


@pytest.mark.slow
def test_boxes_legends_and_explanations_draw_only_words_of_the_table(written):
    use_marked_words()
    network = Network.random([2, 4, 1], seed=1)
    ColorLegend(NetworkMobject(network), ["activations", "weights", "gradient"])
    WeightExplanation(ParameterDerivative(network, 0, 0, 1, [0.0, 1.0], [1.0]))
    wide = Network.random([2, 8, 8, 1], seed=1)
    WeightExplanation(ParameterDerivative(wide, 0, 0, 1, [0.5, 1.0], [1.0]), max_terms=2)
    block_box("unit", ((4, 2), (4, 3)), NetworkStyle(), Range(None, None), steps=4)
    assert_only_marked(written)


@pytest.mark.slow
def test_neurons_explained_draw_only_words_of_the_table(written):
    use_marked_words()
    nodes = attention("seen", "x", 4, rng=np.random.RandomState(1), causal=True)
    attending = Network(inputs={"x": (3, 4)}, nodes=nodes, output="seen.out")
    tokens = np.random.RandomState(2).randn(3, 4)
    NeuronExplanation(attending, "seen.pattern", (0, 2), tokens)  # a mask hides it
    NeuronExplanation(Network.random([1200, 2], seed=1), "dense1", 0, np.ones(1200))
    assert_only_marked(written)


@pytest.mark.slow
def test_a_neuron_explained_in_german():
    words.use("de")
    explained = NeuronExplanation(Network.random([1200, 2], seed=1), "dense1", 0, np.ones(1200))
    assert explained.terms.rest[0][0].original_text == "und 1.195 kleinere"
    said = [line[0].original_text for line in explained.terms.below]
    assert said == ["Summe", "Bias", "z"]
    total = unit_sum(Network.random([1200, 2], seed=1), "dense1", 0, np.ones(1200)).total
    assert explained.terms.below[0][1].text == f"{total:.2f}".replace(".", ",").replace("-", "−")


@pytest.mark.slow
def test_words_and_signs_stand_on_the_line_of_digits_not_of_a_decimal_comma():
    words.use("fr")
    explained = NeuronExplanation(Network.random([3, 2], seed=1), "dense1", 0, [0.5, 0.25, 1e-7])
    for word, number in explained.terms.below:
        assert number.mantissa.get_bottom()[1] < number.foot - 0.01 * number.height
        assert baseline(word) == pytest.approx(number.foot, abs=1e-6)
    power = SignificantNumber(-1.23e-7, 0.3)
    assert power[1].get_bottom()[1] == pytest.approx(power.foot)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_the_box_of_a_layer_says_its_word(name):
    words.use("de")
    layer = LAYERS[name].__new__(LAYERS[name])
    if isinstance(layer, Activate):
        layer = Activate("sigmoid")
        assert picture_of(layer).word(layer) == "sigmoid"
    else:
        assert picture_of(layer).word(layer) == words.table()[name]


class Film(TrainingScene):
    epochs = 2
    language = "de"

    def make_network(self):
        return Network.random([2, 3, 1], seed=2, cost="cross-entropy")

    def data(self):
        x = np.random.RandomState(0).randn(12, 2)
        y = (x[:, 0] > 0).astype(int)
        return x[:8], y[:8], x[8:], y[8:]

    def construct(self):
        words.use("ru")


@pytest.mark.slow
def test_a_film_of_a_training_is_in_the_language_of_its_scene(written):
    scene = Film()
    with temp_config({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        scene.render()
    assert {"Genauigkeit (Test)", "Kosten", "Epoche", "Training", "Test"} <= set(written)
    assert any(re.fullmatch(r"\d+,\d %", text) for text in written)
    assert words.word("cost") == "cost", "what a scene chooses ends with it"


def test_a_film_of_a_training_draws_only_words_of_the_table(written):
    use_marked_words()
    film = type("Marked", (Film,), {"language": None})()
    with temp_config({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        film.setup()
    assert_only_marked(written)


def test_own_names_are_written_as_they_are(written):
    words.use("de")
    Accuracy(name="hits")
    ConfusionMatrix.of_labels([0, 1], [0, 1], x_name="said", y_name="", names=["a.b", "c"])
    panel = CostCurve({"train": ([[0, 1]], [[1]])}, x_name="")
    panel.show_network(Network.random([2, 1], seed=0))
    assert {"hits", "said", "a.b", "train", "Kosten"} <= set(written)
    assert not {"vorhergesagt", "tatsächlich", "Genauigkeit", "Epoche"} & set(written)


# --- numbers


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "-1,234.50"),
        ("de", "-1.234,50"),
        ("fr", "-1\N{NO-BREAK SPACE}234,50"),
        ("ja", "-1,234.50"),
    ],
)
@pytest.mark.parametrize("writing", [SansText, MathTex])
def test_numbers_have_the_marks_of_the_language(language, shown, writing):
    words.use(language)
    number = QuickDecimalNumber(-1234.5, mob_class=writing)
    assert "".join(glyph.tex_string for glyph in number) == shown
    widths = [number.width, number.set_value(-1234.5).width]
    assert widths[0] == pytest.approx(widths[1], abs=1e-6)
    words.use("en")
    number.set_value(-4321.25)
    assert "".join(glyph.tex_string for glyph in number) == shown.replace("1", "4", 1).replace(
        "234", "321"
    ).replace("50", "25")


@pytest.mark.slow
def test_a_gap_is_between_groups_of_digits():
    words.use("fr")
    apart = QuickDecimalNumber(1234, num_decimal_places=0, mob_class=SansText)
    first, gap, second, *_ = apart
    assert gap.height == gap.width == 0
    together = QuickDecimalNumber(
        1234, num_decimal_places=0, mob_class=SansText, group_with_commas=False
    )
    digit = together[1].get_center()[0] - together[0].get_center()[0]
    step = second.get_center()[0] - first.get_center()[0]
    assert 1.25 * digit < step < 1.6 * digit


def test_numbers_of_charts_have_the_marks_of_the_language():
    words.use("es")
    assert tick_text(0.25, 0.05) == "0,25"
    assert tick_text(-1.5e-7, 1e-8) == "−1,5e−7"
    number = SignificantNumber(-1.23e-7, 0.3)
    assert number.text == "−1,23 × 10⁻⁷"
    assert number.point_x == pytest.approx(number.mantissa[2].get_left()[0])
    assert number.mantissa[2].tex_string == ","
    assert plain_signs("1,5", MathTex) == "1{,}5"
