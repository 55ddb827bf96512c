import numpy as np
import pytest
from manim import DL, DOWN, DR, LEFT, RIGHT, UL, UP, UR, Dot, Rectangle, VGroup, bezier, config

from nnviz.characters import Mortimer, Randolph, SpeechBubble, ThoughtBubble
from nnviz.mobjects.primitives.palette import BLACK, WHITE

BUBBLES = [SpeechBubble, ThoughtBubble]


def assert_contains(bubble, content):
    """The content's corners are inside the bubble's body, by the winding of its outline."""
    curves = bubble.get_subpaths()[0].reshape(-1, 4, 3)
    body = np.array([bezier(curve)(t)[:2] for curve in curves for t in np.linspace(0, 1, 9)])
    for corner in (UL, UR, DL, DR):
        around = body - content.get_corner(corner)[:2]
        angles = np.unwrap(np.arctan2(around[:, 1], around[:, 0]))
        assert abs(angles[-1] - angles[0]) > np.pi


def assert_body_on_screen(bubble):
    reach = np.abs(bubble.body_center[:2]) + bubble.body_size / 2
    assert (reach <= [config.frame_width / 2, config.frame_height / 2]).all()


@pytest.mark.parametrize("kind", BUBBLES)
@pytest.mark.parametrize("size", [(0.4, 0.3), (4, 1), (9, 0.5), (1, 3), (6, 3)])
@pytest.mark.parametrize("corner", [DL, DR, UL, UR])
def test_it_fits_its_content_on_screen_wherever_the_speaker_stands(kind, size, corner):
    speaker = Randolph(height=2.4).to_corner(corner)
    content = Rectangle(width=size[0], height=size[1])
    bubble = kind().pin_to(speaker).add_content(content)
    assert content.get_center() == pytest.approx(bubble.body_center)
    assert (content.width, content.height) == pytest.approx(size)
    assert_contains(bubble, content)
    assert_body_on_screen(bubble)
    assert np.linalg.norm(bubble.tip - speaker.eyes.get_center()) < 0.5 * speaker.height


@pytest.mark.parametrize("kind", BUBBLES)
def test_the_tail_is_beside_the_face_towards_the_middle(kind):
    for speaker, side in ((Randolph().to_corner(DL), 1), (Mortimer().to_corner(DR), -1)):
        for mode in ("plain", "hooray"):
            bubble = kind().pin_to(speaker.change(mode)).add_content(Rectangle(width=3))
            face = speaker.eyes.get_center()
            assert side * (bubble.tip - face)[0] > 0
            assert bubble.tip == pytest.approx(face, abs=1.1)
            assert side * (bubble.body_center - bubble.tip)[0] > 0
            assert bubble.body_center[1] - bubble.body_size[1] / 2 > bubble.tip[1]
    bubble = kind().pin_to(Randolph(), LEFT)
    assert bubble.body_center[0] < bubble.tip[0] < 0


@pytest.mark.parametrize("kind", BUBBLES)
def test_a_fixed_size_stays_and_the_content_shrinks(kind):
    content = Rectangle(width=8, height=1)
    bubble = kind(height=1.5, width=3).add_content(content)
    assert (bubble.width, bubble.height) == pytest.approx((3, 1.5), abs=0.05)
    assert content.width <= 0.75 * 3 + 1e-9
    assert content.width / content.height == pytest.approx(8)
    assert_contains(bubble, content)
    small = Rectangle(width=1, height=0.2)
    bubble.add_content(small)
    assert small.width == pytest.approx(1)


def test_any_mobject_can_speak():
    dot = Dot(2 * LEFT + DOWN)
    bubble = SpeechBubble().pin_to(dot).add_content(Rectangle())
    assert bubble.tip == pytest.approx(dot.get_corner(UR))


@pytest.mark.parametrize("kind", BUBBLES)
def test_copies_and_moved_bubbles_know_where_their_parts_are(kind):
    bubble = kind(direction=RIGHT)
    assert bubble.tip[0] > bubble.body_center[0]
    content = Rectangle(width=3)
    copy = bubble.copy().move_tip_to(2 * UP).add_content(content)
    assert copy.tip == pytest.approx(2 * UP)
    assert_contains(copy, content)
    assert bubble.tip[0] > bubble.body_center[0]
    group = VGroup(copy, content).scale(0.5).shift(LEFT)
    assert copy.body_center == pytest.approx(content.get_center())
    assert len(group[0].points) == len(bubble.points)


@pytest.mark.parametrize("kind", BUBBLES)
def test_black_fill_white_outline_and_bad_input(kind):
    bubble = kind()
    assert (bubble.get_fill_color(), bubble.get_fill_opacity()) == (BLACK, 1)
    assert bubble.get_stroke_color() == WHITE
    with pytest.raises(ValueError, match="width above 0"):
        kind(width=-1)
    with pytest.raises(ValueError, match="LEFT or RIGHT"):
        kind(direction=UP)
