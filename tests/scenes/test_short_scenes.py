"""The short scenes are drawn to their end, and show what they mean."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from manim import UR, Circle, MathTex, ScreenRectangle, SurroundingRectangle, Tex

from cards import ExternallyAnimatedScene, TODOStub
from nnviz.characters import Brain, Mortimer, SpeechBubble
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.palette import BLUE, MAROON_B, RED, TEAL, WHITE, YELLOW

#: Seconds of every scene.
SHORT_SCENES = {
    ("plan", "LayOutPlan"): 11,
    ("todo_stubs", "TODOInsertFeedForwardAnimationsStub"): 1,
    ("todo_stubs", "TODOInsertStepsDownCostSurfaceStub"): 1,
    ("todo_stubs", "TODOInsertDefinitionOfCostFunctionStub"): 1,
    ("todo_stubs", "TODOInsertGradientNudgingStub"): 1,
    ("todo_stubs", "TODOInsertPreviewLearningStub"): 1,
    ("external_clips", "SGDStepsCard"): 1,
    ("external_clips", "GradientDescentStepsCard"): 1,
    ("external_clips", "BackpropCodeCard"): 1,
    ("lost_in_notation", "GetLostInNotation"): 10,
    ("brain", "NotANeuroScientist"): 13,
    ("sgd_brackets", "OpenCloseSGD"): 6,
    ("swimming_in_terms", "SwimmingInTerms"): 6,
    ("reading_code", "BackpropCodeAddOn"): 12,
    ("reading_code", "CannotFollowCode"): 13,
    ("calculus", "EOCWrapper"): 2,
}


@pytest.mark.parametrize(("module", "name"), SHORT_SCENES)
def test_it_is_drawn_to_its_end(chapter, module, name):
    scene = ended(chapter, module, name)
    assert scene.clock == pytest.approx(SHORT_SCENES[module, name])
    assert any(m.has_points() for m in scene.get_mobject_family_members())


@cache  # the tests look at a scene that is over, and change nothing
def ended(chapter, module, name):
    """Return a scene that has been drawn to its end, frame by frame."""
    scene = getattr(chapter(module), name)()
    scene.render()
    return scene


def watched(scene_class, ask):
    """Run a scene and collect what `ask` returns after every play."""

    class Watched(scene_class):
        def play(self, *args, **kwargs):
            super().play(*args, **kwargs)
            self.answers.append(ask(self))

    Watched.answers = []
    Watched(skip_animations=True).render()
    return Watched.answers


def texts(scene):
    """The texts on screen; a text counts with its group, and parts of one do not."""
    return [m.tex_string for m in scene.mobjects if isinstance(m, MathTex)]


def test_the_plan_points_at_one_item_after_the_other(chapter):
    def brightness(scene):
        items = next(m for m in scene.mobjects if type(m).__name__ == "BulletedList")
        return [item.family_members_with_points()[-1].get_fill_opacity() for item in items]

    seen = watched(chapter("plan").LayOutPlan, brightness)
    assert seen[0] == [1, 1, 1]
    assert [np.argmax(bright) for bright in seen[1:]] == [0, 0, 1, 1, 2, 2]
    assert all(sorted(bright)[1] < 1 for bright in seen[1:])


def test_every_stub_says_what_is_missing(chapter):
    said = [
        texts(ended(chapter, module, name))
        for module, name in SHORT_SCENES
        if module == "todo_stubs"
    ]
    assert said == [
        ["TODO: Insert Feed Forward Animations"],
        ["TODO: Insert Steps Down Cost Surface"],
        ["TODO: Insert Definition of cost function"],
        ["TODO: Insert GradientNudging"],
        ["TODO: Insert PreviewLearning"],
    ]


def test_cards_and_stubs_are_one_class_each(chapter):
    for module, base in (("todo_stubs", TODOStub), ("external_clips", ExternallyAnimatedScene)):
        for _, name in (key for key in SHORT_SCENES if key[0] == module):
            scene_class = getattr(chapter(module), name)
            assert issubclass(scene_class, base)
            assert set(vars(scene_class)) <= {
                *("__module__", "__doc__", "message", "clip", "_original__init__"),
                *("__init__", "__static_attributes__", "__firstlineno__"),
                *("animation_overrides", "__abstractmethods__", "_abc_impl"),
            }


@pytest.mark.parametrize(("module", "name"), SHORT_SCENES)
def test_it_has_a_one_line_description(chapter, module, name):
    doc = getattr(chapter(module), name).__doc__
    assert doc
    assert "\n" not in doc.strip()


def test_every_glyph_swells_into_a_disc_that_fades_to_nothing(chapter, half_time, picture):
    module = chapter("lost_in_notation")

    class Watched(module.GetLostInNotation):
        def setup(self):
            super().setup()
            self.seen = []

        def set_circle_as_target(self, glyph):
            self.seen.append((glyph, glyph.get_center(), glyph.get_fill_color()))
            return super().set_circle_as_target(glyph)

    scene = half_time(Watched, 5)
    translucent = [
        (glyph, color) for glyph, _, color in scene.seen if 0.1 < glyph.get_fill_opacity() < 0.9
    ]
    assert len(translucent) > 5
    assert all(glyph.get_fill_color() == color for glyph, color in translucent)
    assert all(glyph.get_stroke_width() < 0.1 for glyph, _ in translucent)

    scene = Watched(skip_animations=True)
    scene.render()
    glyphs = [g for g, *_ in scene.seen]
    assert len(glyphs) == len(set(map(id, glyphs))) == 64
    on_screen = scene.get_mobject_family_members()
    for glyph, place, color in scene.seen:
        assert glyph in on_screen
        assert (glyph.width, glyph.height) == pytest.approx((1, 1), abs=0.01)
        assert np.linalg.norm(glyph.get_center() - place) < 1e-6
        assert (glyph.get_fill_color(), glyph.get_fill_opacity()) == (color, 0)
    assert {color for *_, color in scene.seen} == {WHITE, YELLOW, RED, MAROON_B, BLUE, TEAL}
    assert not any(isinstance(m, Circle) for m in on_screen)
    assert scene.pi_creature.mode == "pondering"
    # Only the creature is left to see.
    left = picture(scene)
    scene.remove(*set(scene.mobjects) - {scene.pi_creature})
    np.testing.assert_array_equal(left, picture(scene))


def test_the_order_of_the_circles_is_the_seeds(chapter):
    module = chapter("lost_in_notation")
    runs = []
    for _ in range(2):

        class Watched(module.GetLostInNotation):
            order = []

            def set_circle_as_target(self, glyph):
                self.order.append(tuple(glyph.get_center()))
                return super().set_circle_as_target(glyph)

        Watched.order = []
        Watched(skip_animations=True).render()
        runs.append(Watched.order)
    assert runs[0] == runs[1]
    assert runs[0] != sorted(runs[0])


def test_the_network_beside_the_brain_goes_on_changing(chapter):
    scene_class = chapter("brain").NotANeuroScientist

    def look(scene):
        network = next(
            m for m in scene.get_mobject_family_members() if isinstance(m, NetworkMobject)
        )
        colors = np.array([edge.get_stroke_color().to_rgb() for edge in network.edges])
        return colors, np.array([edge.get_stroke_width() for edge in network.edges])

    seen = watched(scene_class, look)
    for (colors, widths), (later, wider) in pairwise(seen):
        assert np.abs(colors - later).max() > 0.1
        assert np.abs(widths - wider).max() > 0.1
    # From the second play on an edge is a mixture of blue and red.
    blue, red = np.array(BLUE.to_rgb()), np.array(RED.to_rgb())
    for colors, _ in seen[2:]:
        share = (colors - blue) @ (red - blue) / ((red - blue) @ (red - blue))
        assert colors == pytest.approx(blue + share[:, None] * (red - blue), abs=0.02)


def test_no_claims_about_neuroscience(chapter):
    scene = ended(chapter, "brain", "NotANeuroScientist")
    assert set(texts(scene)) == {
        "``Neurons that fire together wire together''",
        "No claims here...",
        r"Definitely not \\ a neuroscientist",
        "***",
    }
    rect = next(m for m in scene.mobjects if isinstance(m, SurroundingRectangle))
    brain = next(m for m in scene.get_mobject_family_members() if isinstance(m, Brain))
    inside = rect.get_corner(UR) - brain.get_corner(UR)
    assert (inside[:2] > 0).all()
    assert brain.height == pytest.approx(1.5)
    assert sum(isinstance(m, Brain) for m in scene.mobjects) <= 1  # no outline is left over
    assert [c.mode for c in scene.creatures] == ["sassy"] * 3 + ["guilty"]


def test_the_tag_is_closed(chapter):
    scene = ended(chapter, "sgd_brackets", "OpenCloseSGD")
    (term,) = [m for m in scene.mobjects if isinstance(m, MathTex)]
    opening, name, closing = term
    closing_tag = MathTex(r"\langle /").move_to(opening)
    assert opening.width == pytest.approx(closing_tag.width)
    assert opening.get_right()[0] < name.get_left()[0] < closing.get_left()[0]
    assert name.width == pytest.approx(MathTex(r"\text{Stochastic gradient descent}").width)


def test_the_teacher_keeps_one_term(chapter):
    scene = ended(chapter, "swimming_in_terms", "SwimmingInTerms")
    assert texts(scene) == ["Backpropagation"]
    term = next(m for m in scene.mobjects if type(m) is Tex)
    teacher = scene.teacher
    # The raised hand is under the term and does not touch it.
    assert abs(term.get_x() - teacher.get_left()[0]) < 0.3
    assert term.get_bottom()[1] > teacher.body.get_top()[1]
    assert [c.mode for c in scene.creatures] == ["pondering"] * 3 + ["raise_right_hand"]
    gaze = [student.copy().look_at(term).eyes.gaze for student in scene.students]
    for student, wanted in zip(scene.students, gaze, strict=True):
        assert student.eyes.gaze == pytest.approx(wanted, abs=1e-6)


def test_the_creature_beside_the_code_goes_through_three_moods(chapter):
    modes = watched(chapter("reading_code").BackpropCodeAddOn, lambda scene: scene.pi_creature.mode)
    assert modes == ["pondering"] * 4 + ["thinking"] * 4 + ["happy"] * 4


def test_who_cannot_follow_the_code(chapter):
    def state(scene):
        bubbles = [m for m in scene.mobjects if isinstance(m, SpeechBubble)]
        return [c.mode for c in scene.creatures], texts(scene), len(bubbles)

    seen = watched(chapter("reading_code").CannotFollowCode, state)
    complaint, answer = (
        r"I...er...can't follow\\ that code at all.",
        r"Let's get to the \\ calculus then",
    )
    assert seen[0] == (["plain", "confused", "plain", "plain"], [complaint], 1)
    assert seen[2][0] == ["angry", "sad", "angry", "plain"]
    assert seen[5] == (["angry", "sad", "angry", "hesitant"], [complaint], 1)
    assert seen[6] == (["plain", "plain", "plain", "hooray"], [answer], 1)


def test_the_frame_for_the_other_series(chapter):
    scene = ended(chapter, "calculus", "EOCWrapper")
    assert texts(scene) == ["Essence of calculus"]
    screen = next(m for m in scene.mobjects if isinstance(m, ScreenRectangle))
    assert screen.height == pytest.approx(6)
    assert not any(isinstance(m, Mortimer) for m in scene.mobjects)
