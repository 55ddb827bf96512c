"""The base scene that tells by text: where texts stand, how long, and in which colours."""

from __future__ import annotations

import pytest
from manim import BLUE, RED, Circle, Create, ManimColor

from nnviz import ToldScene
from nnviz._manim import temp_config
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.typeface import SansText


@pytest.fixture(autouse=True)
def dry(tmp_path):
    options = {"dry_run": True, "frame_rate": 10, "pixel_height": 60, "pixel_width": 108}
    with temp_config({**options, "media_dir": str(tmp_path)}):
        yield


def told(script):
    """Run a scene whose texts a test gives."""

    class Told(ToldScene):
        colors = {"key": BLUE, "keys": RED}

        def construct(self):
            script(self)

    scene = Told()
    scene.render()
    return scene


def test_the_question_stays_above_and_sentences_take_turns_below():
    circle = Circle()

    def script(scene):
        scene.ask("Why is the sky blue?")
        scene.tell("Air is in the way.")
        scene.tell("It scatters what is blue.", Create(circle), run_time=2)

    scene = told(script)
    texts = [one for one in scene.mobjects if isinstance(one, SansText)]
    assert texts == [scene.question, scene.sentence]
    assert [one.original_text for one in texts] == [
        "Why is the sky blue?",
        "It scatters what is blue.",
    ]
    assert circle in scene.mobjects
    assert scene.top < scene.question.get_bottom()[1] < scene.question.get_top()[1] < 4
    assert -4 < scene.sentence.get_bottom()[1] < scene.sentence.get_top()[1] < scene.bottom


def test_one_sentence_stands_on_the_line_of_the_other():
    def script(scene):
        scene.lines = []
        for text in ("So far no more.", "A gap, (typically) jagged", "… and so on."):
            scene.tell(text, wait=False)
            scene.lines.append(baseline(scene.sentence))

    lines = told(script).lines
    assert lines == pytest.approx([lines[0]] * 3)


def test_every_text_stands_as_long_as_it_takes_to_read_it():
    question = "Is it long enough for all?"
    sentence = "A sentence that is somewhat longer than that."

    def script(scene):
        scene.ask(question)
        scene.asked = scene.clock
        scene.tell(sentence)
        scene.told = scene.clock
        scene.tell("Short.", run_time=5)

    scene = told(script)
    # A question stays above: half of its time, or a moment after it has come.
    assert scene.asked == pytest.approx(max(0.5 * scene.seconds_to_read(question), 0.8 + 0.4))
    assert scene.told - scene.asked == pytest.approx(scene.seconds_to_read(sentence))
    assert scene.clock - scene.told == pytest.approx(5.4)
    assert scene.seconds_to_read(sentence) > scene.seconds_to_read(question) > 1.5


def test_words_have_their_colours_also_after_letters_that_would_be_one_glyph():
    text = "First attention: the key, and “keys” of a monkey."
    scene = told(lambda scene: scene.tell(text, wait=False))
    assert len(scene.sentence) == len(text)
    colored = {"key,": BLUE, "“keys”": RED}
    at = 0
    for word in text.split(" "):
        color = ManimColor(colored.get(word, scene._softer))
        letters = scene.sentence[at : at + len(word)]
        assert {one.get_fill_color().to_hex() for one in letters} == {color.to_hex()}, word
        at += len(word) + 1


def test_what_is_told_goes_with_other_things():
    circle = Circle()

    def script(scene):
        scene.hush()
        scene.clocks = [scene.clock]
        scene.add(circle)
        scene.tell("Look at it.", wait=False)
        scene.hush(circle)

    scene = told(script)
    assert scene.clocks == [0]
    assert scene.mobjects == []
    assert scene.sentence is None


def test_what_is_too_long_is_refused():
    with pytest.raises(ValueError, match=r"is 21\.\d wide, and there is room for 13\.5: say it in"):
        told(lambda scene: scene.tell("Much more than anybody would read. " * 3 + "No."))
