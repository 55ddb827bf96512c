"""Short scenes with what makes it hard to draw their plays apart from each other."""

from __future__ import annotations

import os
import random
import time

import numpy as np
from manim import (
    BLUE,
    DOWN,
    LEFT,
    OUT,
    PI,
    RED,
    RIGHT,
    UP,
    YELLOW,
    Circle,
    Create,
    DecimalNumber,
    Dot,
    FadeIn,
    FadeOut,
    Indicate,
    LaggedStart,
    Line,
    MathTex,
    MovingCameraScene,
    Rotate,
    Scene,
    Square,
    Succession,
    Text,
    ThreeDScene,
    TracedPath,
    Transform,
    UpdateFromAlphaFunc,
    UpdateFromFunc,
    ValueTracker,
    VGroup,
    Write,
    always_redraw,
    rate_functions,
)

CHANCE = random.random()


class Plain(Scene):
    """Animations, waits, and things before and behind each other."""

    def construct(self) -> None:
        circle, square = Circle(color=BLUE, fill_opacity=0.5), Square(color=RED)
        title = Text("Plain").to_edge(UP)
        self.add(title, square)
        self.play(Create(circle), run_time=0.7)
        self.wait(0.5)
        self.play(Transform(square, Circle(0.3).shift(2 * LEFT)), Indicate(circle))
        self.add_foreground_mobject(title)
        dots = VGroup(*(Dot(x * RIGHT + DOWN) for x in range(-3, 4)))
        self.play(LaggedStart(*map(FadeIn, dots), lag_ratio=0.3))
        self.next_section("the end")
        self.play(Succession(Rotate(circle, PI / 3), FadeOut(dots)), subcaption="turning")
        self.wait(0.4)


class Updaters(Scene):
    """What depends on the frames before: time steps summed up, traces, counters, chance."""

    def construct(self) -> None:
        tracker = ValueTracker(0)
        dot = Dot(2 * LEFT, color=YELLOW)
        trace = TracedPath(dot.get_center)
        label = always_redraw(
            lambda: DecimalNumber(tracker.get_value(), mob_class=Text).to_edge(DOWN)
        )
        shaking = Square(0.5).shift(UP)
        shaking.add_updater(lambda m: m.shift(0.05 * np.random.normal(size=3) * (1, 1, 0)))
        self.add(tracker, dot, trace, label, shaking)
        dot.add_updater(lambda m, dt: m.shift(dt * RIGHT + dt * dt * UP))
        self.play(tracker.animate.set_value(2), run_time=1)
        self.wait(0.6)
        dot.clear_updaters()
        self.wait_until(lambda: shaking.get_x() > 0.05 or shaking.get_x() < -0.05, max_time=2)
        shaking.clear_updaters()
        counted = []
        grow = UpdateFromFunc(dot, lambda m: m.scale(1.02) and counted.append(1))
        self.play(grow, run_time=1)
        self.add(Line(LEFT, LEFT + len(counted) / 5 * UP))
        self.play(UpdateFromAlphaFunc(label, lambda m, a: m.set_opacity(1 - a)), run_time=0.5)
        elapsed = [0.0]
        self.add_updater(lambda dt: elapsed.__setitem__(0, elapsed[0] + dt))
        self.play(Rotate(shaking, 1), run_time=0.6)
        self.add(Line(RIGHT, RIGHT + elapsed[0] * UP))
        self.wait(0.2)
        self.add(Dot([random.uniform(-2, 2), 4 * CHANCE - 2, 0]))
        self.wait(0.2)


class Moving(MovingCameraScene):
    """A camera that moves."""

    def construct(self) -> None:
        circle = Circle(fill_opacity=0.3)
        self.add(circle, Square(3))
        self.play(self.camera.frame.animate.scale(0.5).shift(RIGHT), run_time=0.6)
        self.play(circle.animate.shift(UP), run_time=0.4)
        self.wait(0.2)


class Deep(ThreeDScene):
    """Three dimensions."""

    def construct(self) -> None:
        self.set_camera_orientation(phi=1, theta=0.3)
        square = Square().set_shade_in_3d(True)
        self.add(square)
        self.play(Rotate(square, 1, axis=OUT + RIGHT), run_time=0.6)
        self.begin_ambient_camera_rotation()
        self.wait(0.6)


class Formulas(Scene):
    """LaTeX, also in the middle of a play."""

    def construct(self) -> None:
        self.play(Write(MathTex("a", "=", r"\sigma(z)")), run_time=0.4)
        number = DecimalNumber(0, num_decimal_places=1).shift(DOWN)
        self.add(number)
        self.play(UpdateFromAlphaFunc(number, lambda m, a: m.set_value(7.3 * a)), run_time=1)


class Long(Scene):
    """A play too long for one segment, with plays before and after it."""

    def construct(self) -> None:
        square = Square()
        self.play(Create(square), run_time=0.4)
        self.play(Rotate(square, 4, rate_func=rate_functions.linear), run_time=40)
        self.play(FadeOut(square), run_time=0.4)


class LeftOut(Scene):
    """Sections left out, and nothing played at the end."""

    def construct(self) -> None:
        square = Square()
        self.play(Create(square), run_time=0.4)
        self.next_section("out", skip_animations=True)
        self.play(square.animate.shift(2 * UP), run_time=0.4)
        self.wait(0.4)
        self.next_section("in")
        self.play(FadeOut(square), run_time=0.4)


class Fails(Scene):
    """Goes wrong."""

    def construct(self) -> None:
        self.play(Create(Square()), run_time=0.4)
        raise RuntimeError("the neuron is missing")  # this line


class FailsInTheMiddle(Scene):
    """Goes wrong at a frame that only whoever draws it comes to."""

    def construct(self) -> None:
        def at_half_time(alpha: float) -> float:
            if 0.4 < alpha < 0.6:
                raise RuntimeError("half way")  # this line, too
            return alpha

        self.play(Create(Square(), rate_func=at_half_time), run_time=1)
        self.wait(0.3)


class CannotBeDrawn(Scene):
    """Looks at its place only when it is drawn."""

    def construct(self) -> None:
        class Lost(Square):
            def get_fill_rgbas(self) -> np.ndarray:
                if self.has_points() and self.get_x() > 0.5:
                    raise RuntimeError("nothing can be at this place")
                return super().get_fill_rgbas()

        self.play(Lost().animate.shift(RIGHT), run_time=1)


class Diverges(Scene):
    """Is another scene in each process."""

    def construct(self) -> None:
        self.play(Create(Square(1 + os.getpid() % 1000 / 100)), run_time=0.4)


class Silent(Scene):
    """Plays nothing."""

    def construct(self) -> None:
        self.add(Circle())


class Slow(Scene):
    """Takes its time over each frame."""

    def construct(self) -> None:
        def slowly(alpha: float) -> float:
            time.sleep(0.02)
            return alpha

        square = Square()
        for _ in range(6):
            self.play(Rotate(square, 1, rate_func=slowly), run_time=1)
        self.wait(0.4)
