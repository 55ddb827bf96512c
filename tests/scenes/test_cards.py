import pytest
from manim import Tex

from cards import ExternallyAnimatedScene, TODOStub


def texts(scene):
    return [m.tex_string for m in scene.get_mobject_family_members() if type(m) is Tex]


def run(scene_class):
    scene = scene_class(skip_animations=True)
    scene.render()
    return scene


def test_a_stub_shows_its_message_for_a_second():
    class Stub(TODOStub):
        message = "Insert more"

    scene = run(Stub)
    assert texts(scene) == ["TODO: Insert more"]
    assert scene.mobjects[0].get_center() == pytest.approx((0, 0, 0))
    assert scene.clock == pytest.approx(1)


def test_a_card_names_its_clip():
    class SGDStepsAgain(ExternallyAnimatedScene):
        pass

    class Other(ExternallyAnimatedScene):
        clip = "A film"

    class BackpropCodeCard(ExternallyAnimatedScene):
        pass

    assert "SGD Steps Again" in texts(run(SGDStepsAgain))
    assert "Backprop Code" in texts(run(BackpropCodeCard))
    assert "A film" in texts(run(Other))
