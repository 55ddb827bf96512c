import itertools

import numpy as np
import pytest
from manim import (
    DL,
    DOWN,
    LEFT,
    ORIGIN,
    PI,
    RIGHT,
    UL,
    UP,
    UR,
    Dot,
    FadeIn,
    FadeOut,
    Indicate,
    ManimColor,
    Restore,
    Square,
    Transform,
    VGroup,
    linear,
)

from nnviz._manim import temp_config
from nnviz.animations import Blink
from nnviz.characters import MODES, Creature, Eyes, Mortimer, Randolph
from nnviz.mobjects.primitives.palette import BLUE_D, BLUE_E, GREY_BROWN, RED, WHITE
from nnviz.scene.nn_scene import NNScene

PLACED = {
    "plain": lambda c: c,
    "small": lambda c: c.scale(0.4).shift(UR),
    "flipped": lambda c: c.flip().to_corner(DL),
    "flipped and small": lambda c: c.scale(0.5).flip().shift(2 * UP),
    "turned": lambda c: c.rotate(0.4),
    "stretched": lambda c: c.stretch(1.5, 0),
}


def leaves(mobject):
    return [m for m in mobject.get_family() if not m.submobjects]


def shape_of(mobject):
    return [(type(m).__name__, len(m.submobjects), len(m.points)) for m in mobject.get_family()]


def points_of(mobject):
    return np.concatenate([m.points for m in leaves(mobject)])


def pupils(eyes):
    return np.array([eye.pupil.get_center() for eye in eyes])


def as_seen(picture, *mobjects):
    scene = NNScene()
    scene.add(*mobjects)
    return picture(scene)


def test_all_moods_of_the_chapter_are_there():
    moods = (
        "plain confused pondering thinking happy sad angry hesitant guilty sassy horrified "
        "pleading maybe speaking raise_right_hand hooray"
    )
    assert set(moods.split()) <= set(MODES)


def test_every_mode_has_the_same_parts():
    shapes = {mode: shape_of(Randolph(mode)) for mode in MODES}
    assert all(shape == shapes["plain"] for shape in shapes.values())


def test_the_plain_creature_is_three_high_in_the_middle_and_as_wide_as_the_chapters():
    for creature in (Randolph(), Mortimer()):
        assert creature.height == pytest.approx(3, abs=0.01)
        assert creature.width == pytest.approx(3.17, abs=0.03)
        assert creature.get_center() == pytest.approx(ORIGIN, abs=0.01)
    assert Randolph(height=1.2).height == pytest.approx(1.2, abs=0.01)


def test_who_is_who():
    assert (Randolph().get_color(), Randolph().is_flipped) == (BLUE_E, False)
    assert (Mortimer().get_color(), Mortimer().is_flipped) == (GREY_BROWN, True)
    assert Randolph().flip().is_flipped
    assert not Mortimer().flip().is_flipped
    # The curl is behind, the straight end of the bar in front.
    assert Randolph().eyes.get_x() > Randolph().get_x()
    assert Mortimer().eyes.get_x() < Mortimer().get_x()


@pytest.mark.every(7)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACED.values(), ids=PLACED)
def test_a_creature_knows_its_mode_wherever_it_stands(mode, place):
    assert place(Creature(mode)).mode == mode
    assert place(Creature()).change(mode).mode == mode


@pytest.mark.parametrize("place", PLACED.values(), ids=PLACED)
def test_changing_back_and_forth_restores_every_point(place):
    creature = place(Creature())
    before = points_of(creature)
    for mode in MODES:
        creature.change(mode)
    assert points_of(creature.change("plain")) == pytest.approx(before, abs=1e-9)


def test_feet_stay_where_they_are():
    creature = Randolph().shift(RIGHT)
    for mode in MODES:
        assert creature.change(mode).get_bottom()[1] == pytest.approx(-1.5, abs=0.01)


@pytest.mark.every(7)
@pytest.mark.parametrize("pair", list(itertools.combinations(MODES, 2)), ids="-".join)
def test_half_way_between_any_two_modes_everything_is_whole(pair):
    creature, other = Creature(pair[0]), Creature(pair[1])
    parts = shape_of(creature)
    box = np.array([[-2.5, -1.6, 0], [2.5, 2.6, 0]])
    change = Transform(creature, other, rate_func=linear)
    change.begin()
    change.interpolate(0.5)
    half = points_of(creature)
    assert shape_of(creature) == parts
    assert np.isfinite(half).all()
    assert (half > box[0] - 0.1).all()
    assert (half < box[1] + 0.1).all()
    change.interpolate(1)
    assert points_of(creature) == pytest.approx(points_of(other))


def test_animated_changes_leave_the_creature_in_the_new_mode():
    class Changing(NNScene):
        def construct(self):
            self.creature = Mortimer()
            self.add(self.creature)
            self.play(self.creature.animate.change("happy", 3 * UP).shift(RIGHT))

    scene = Changing(skip_animations=True)
    scene.render()
    wanted = Mortimer().change("happy", 3 * UP).shift(RIGHT)
    assert scene.creature.mode == "happy"
    assert points_of(scene.creature) == pytest.approx(points_of(wanted))


def test_unknown_modes_and_bad_sizes_are_refused():
    with pytest.raises(ValueError, match=r"no creature mode 'cheerful'.*angry.*thinking"):
        Creature("cheerful")
    creature = Creature()
    before = points_of(creature)
    with pytest.raises(ValueError, match="no creature mode"):
        creature.change("cheerful")
    assert (points_of(creature) == before).all()
    with pytest.raises(ValueError, match="height above 0"):
        Creature(height=0)
    with pytest.raises(ValueError, match="mobject or a finite point"):
        creature.look_at((1, 2))


# Gaze


def assert_pupils_inside(eyes):
    for eye in eyes:
        right, top, left = (eye.white.point_from_proportion(share)[:2] for share in (0, 0.25, 0.5))
        middle = (right + left) / 2
        pupil = np.array(eye.pupil.get_anchors())[:, :2] - middle
        inside = pupil @ np.linalg.inv([right - middle, top - middle])
        assert (np.hypot(*inside.T) < 1.0).all()


@pytest.mark.slow
@pytest.mark.every(7)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", list(PLACED)[:4])
def test_pupils_go_towards_what_is_looked_at_and_stay_in_the_eye(mode, place):
    creature = PLACED[place](Creature(mode))
    for angle in np.linspace(0, 2 * PI, 8, endpoint=False):
        target = creature.eyes.get_center() + 4 * np.array([np.cos(angle), np.sin(angle), 0])
        away = 2 * creature.eyes.get_center() - target
        before = pupils(creature.look_at(away).eyes)
        after = pupils(creature.look_at(Dot(target)).eyes)
        for eye, was, now in zip(creature.eyes, before, after, strict=True):
            assert np.linalg.norm(now - target) < np.linalg.norm(was - target)
            glint = eye[2].get_center()
            assert np.linalg.norm(glint - now) < eye.pupil.width / 2
        assert_pupils_inside(creature.eyes)


def test_looking_in_a_direction_is_looking_far_that_way():
    for creature in (Randolph(), Mortimer(), Randolph().scale(0.3)):
        for direction in (UP, UL, RIGHT, DOWN):
            there = pupils(creature.copy().look_at(1e4 * direction).eyes)
            assert pupils(creature.look(direction).eyes) == pytest.approx(there, abs=1e-3)
        centers = np.array([eye.white.get_center() for eye in creature.eyes])
        assert pupils(creature.look(ORIGIN).eyes) == pytest.approx(centers, abs=1e-9)


def test_a_thing_between_the_eyes_crosses_them():
    creature = Randolph()
    creature.look_at(creature.eyes.get_center())
    back, front = creature.eyes.gaze
    assert back[0] > 0.3
    assert front[0] < -0.3


def test_creatures_look_each_other_in_the_eye():
    one, other = Randolph().shift(4 * LEFT), Mortimer().shift(4 * RIGHT)
    seen = pupils(one.look_at(other).eyes)
    assert seen == pytest.approx(pupils(one.look_at(other.eyes).eyes))


def test_a_new_mood_keeps_the_gaze_it_was_given_and_else_brings_its_own():
    looking = Randolph().look(LEFT).change("sad")
    assert looking.eyes.gaze == pytest.approx(np.array([[-1, 0], [-1, 0]]), abs=1e-6)
    assert Randolph().change("sad").eyes.gaze[0] == pytest.approx(MODES["sad"].gaze)
    assert Randolph().change("happy", UP + LEFT).eyes.gaze[0, 0] < 0


# Blinking


@pytest.mark.parametrize("make", [Randolph, Mortimer, lambda: Eyes(Square())])
def test_blinking_shuts_the_eyes_in_the_middle_and_restores_them_exactly(make):
    blinker = make()
    before = points_of(blinker)
    bottoms = [eye.white.get_bottom()[1] for eye in blinker.eyes]
    blink = Blink(blinker)
    assert blink.run_time == 1
    blink.begin()
    for alpha, share in ((0.1, 1), (0.39, 1), (0.5, 0), (0.61, 1), (1, 1)):
        blink.interpolate(alpha)
        for eye, bottom in zip(blinker.eyes, bottoms, strict=True):
            assert eye.get_bottom()[1] == pytest.approx(bottom, abs=0.02)
            assert (eye.white.height > 1e-9) == (share > 0)
        if share:
            assert (points_of(blinker) == before).all()
    blink.interpolate(0.45)
    assert 0 < blinker.eyes[0].white.height < 0.9
    blink.finish()
    assert (points_of(blinker) == before).all()


def test_blinking_changes_nothing_but_the_eyes():
    creature = Mortimer("sassy")
    body, mouth = creature.body.points.copy(), points_of(creature.mouth)
    shut = creature.copy().blink()
    assert (shut.body.points == body).all()
    assert (points_of(shut.mouth) == mouth).all()
    assert points_of(shut.change("sassy").eyes) != pytest.approx(points_of(shut.blink().eyes))


def test_what_has_no_eyes_cannot_blink():
    with pytest.raises(TypeError, match="Square"):
        Blink(Square())


# Copies, colours, Manim's own animations


def test_copies_are_whole_and_independent():
    creature = Mortimer("pondering")
    before = points_of(creature)
    copy = creature.copy()
    assert copy.eyes is not creature.eyes
    copy.change("hooray", UP).set_color(RED).shift(RIGHT)
    assert (points_of(creature) == before).all()
    assert (creature.mode, creature.get_color()) == ("pondering", GREY_BROWN)
    assert (copy.mode, copy.get_color()) == ("hooray", RED)
    assert copy.eyes in copy.submobjects
    assert copy.mouth in copy.submobjects
    assert copy.body in copy.submobjects


def test_saved_states_come_back():
    creature = Randolph("thinking").save_state()
    before = points_of(creature)
    creature.change("angry", LEFT).scale(0.5).shift(RIGHT).set_color(RED).restore()
    assert points_of(creature) == pytest.approx(before)
    assert (creature.mode, creature.get_color()) == ("thinking", BLUE_E)
    creature.change("happy").scale(2)
    restore = Restore(creature)
    restore.begin()
    restore.finish()
    assert points_of(creature) == pytest.approx(before)


def test_colour_is_the_bodys_and_the_face_stays():
    creature = Randolph("angry").set_color(BLUE_D)
    assert creature.body.get_fill_color() == BLUE_D
    assert all(brow.get_fill_color() == BLUE_D for brow in creature.brows)
    upper, lower = creature.eyes[0].lids
    assert lower.get_fill_color() == BLUE_D
    assert upper.get_fill_color() not in (BLUE_D, WHITE)
    assert creature.eyes[0].white.get_fill_color() == WHITE
    assert creature.eyes[0].pupil.get_fill_color() == ManimColor("#000000")
    everything = creature.copy().set_fill(RED)
    assert {m.get_fill_color() for m in leaves(everything)} == {RED}


def test_scaling_needs_no_strokes():
    assert {m.get_stroke_width() for m in leaves(Randolph("pleading").scale(0.2))} == {0}


@pytest.mark.parametrize("animation", [FadeIn, FadeOut, Indicate])
def test_manims_animations_leave_it_as_it_was(animation):
    creature = Randolph("guilty")
    before = points_of(creature)
    fills = [m.fill_rgbas.copy() for m in leaves(creature)]

    class Playing(NNScene):
        def construct(self):
            self.add(creature)
            self.play(animation(creature))

    Playing(skip_animations=True).render()
    assert points_of(creature) == pytest.approx(before)
    if animation is not FadeOut:
        after = [m.fill_rgbas for m in leaves(creature)]
        for was, now in zip(fills, after, strict=True):
            assert now == pytest.approx(was)


# Pictures


@pytest.fixture
def faces(picture):
    """Return every mode's picture at an equal gaze, scaled to the frame."""

    def draw(kind):
        with temp_config({"pixel_width": 160, "pixel_height": 90}):
            return {
                mode: as_seen(picture, kind(mode, height=5).shift(0.8 * DOWN).look(ORIGIN))
                for mode in MODES
            }

    return draw


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Randolph, Mortimer])
def test_no_two_moods_look_the_same(faces, kind):
    pictures = faces(kind)
    for one, other in itertools.combinations(pictures, 2):
        difference = np.abs(pictures[one] - pictures[other]).max(axis=2)
        # The nearest, plain and happy, differ in 1.5 % of the frame, of which a creature fills 30.
        assert (difference > 0.15).mean() > 0.012, f"{one} looks like {other}"


def test_mortimer_is_randolphs_mirror_image(picture):
    for mode in ("plain", "pondering", "maybe"):
        one = as_seen(picture, Randolph(mode))
        other = as_seen(picture, Mortimer(mode, color=BLUE_E))
        assert np.abs(one - other[:, ::-1]).mean() < 0.005


def test_an_arm_before_the_body_is_outlined(picture):
    # Not on black alone: the outline is a shade of the body.
    scene = NNScene()
    scene.camera.background_color = WHITE
    scene.add(Randolph("pondering", height=7))
    shades = picture(scene).reshape(-1, 3)
    dark = np.array(BLUE_E.to_rgb()) * 0.38
    assert (np.abs(shades - dark).max(axis=1) < 0.06).sum() > 20


# Eyes on anything


def test_eyes_stand_on_top_and_go_where_their_mobject_goes():
    square = Square(0.9).shift(LEFT)
    eyes = Eyes(square, height=0.25)
    assert eyes.height == pytest.approx(0.25, abs=0.01)
    assert eyes.get_bottom() == pytest.approx(square.get_top(), abs=0.01)
    assert eyes.width < square.width
    both = VGroup(square, eyes).shift(2 * RIGHT).scale(2)
    assert both[1].get_bottom() == pytest.approx(square.get_top(), abs=0.01)
    assert both.copy()[1].look(UP).gaze[0] == pytest.approx([0, 1], abs=1e-6)
    assert eyes.gaze == pytest.approx(np.zeros((2, 2)), abs=1e-9)


def test_eyes_look_at_things_as_they_are_animated():
    eyes = Eyes(Square())
    target = eyes.copy().look_at(Dot(3 * RIGHT))

    class Looking(NNScene):
        def construct(self):
            self.add(eyes)
            self.play(eyes.animate.look_at(Dot(3 * RIGHT)))
            self.play(Blink(eyes))

    Looking(skip_animations=True).render()
    assert points_of(eyes) == pytest.approx(points_of(target))
    assert_pupils_inside(eyes)
    with pytest.raises(ValueError, match="height above 0"):
        Eyes(Square(), height=-1)
