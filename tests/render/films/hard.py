"""Short scenes whose frames depend on more than the time: on each other, on code, on a clock."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RED,
    RIGHT,
    UP,
    AddTextLetterByLetter,
    AnimationGroup,
    ApplyWave,
    Camera,
    ChangeSpeed,
    ChangingDecimal,
    Circle,
    Circumscribe,
    Create,
    DecimalNumber,
    Dot,
    FadeIn,
    FadeOut,
    Flash,
    FocusOn,
    Homotopy,
    ImageMobject,
    Indicate,
    LaggedStart,
    Line,
    MoveAlongPath,
    MovingCameraScene,
    PhaseFlow,
    Rotate,
    Rotating,
    Scene,
    ShowIncreasingSubsets,
    SpinInFromNothing,
    SpiralIn,
    Square,
    Succession,
    Text,
    TransformMatchingShapes,
    ValueTracker,
    VGroup,
    VMobject,
    Wiggle,
    ZoomedScene,
    always_redraw,
    linear,
    smooth,
    squish_rate_func,
    there_and_back,
    wiggle,
)


class AlongAMovingPath(Scene):
    """An animation reads what another one moves."""

    def construct(self) -> None:
        circle, dot = Circle(), Dot()
        self.play(MoveAlongPath(dot, circle), circle.animate.shift(4 * RIGHT), run_time=3)


class LooksAtSomethingMoving(Scene):
    """Functions that look at what an animation moves."""

    def construct(self) -> None:
        number, dot = DecimalNumber(0).shift(UP), Dot()
        self.add(number)
        self.play(dot.animate.shift(4 * RIGHT), ChangingDecimal(number, lambda a: dot.get_x() * a))
        self.play(
            dot.animate.shift(4 * LEFT), Rotate(Square(), rate_func=lambda t: dot.get_x() / 4)
        )
        self.play(
            Homotopy(lambda x, y, z, t: (x + t * dot.get_x(), y, z), Square()),
            dot.animate.shift(RIGHT),
        )


class TurnsAboutSomethingMoving(Scene):
    """The point to turn about is an array of a line's that is changed in place."""

    def construct(self) -> None:
        line, square = Line(LEFT, RIGHT), Square()
        self.add(line)
        self.play(
            Rotating(line, 3, about_point=ORIGIN, run_time=3),
            Rotating(square, 3, about_point=line.points[0], run_time=3),
        )


class StepByStep(Scene):
    """Animations that go on from the frame before."""

    def construct(self) -> None:
        pair = VGroup(Dot(RIGHT), Square())
        self.play(PhaseFlow(lambda p: np.array([-p[1], p[0], 0]), pair, run_time=3))
        self.play(Wiggle(pair), run_time=2)
        self.play(SpiralIn(VGroup(Square(), Circle().shift(RIGHT))), run_time=2)


class SpeedChanges(Scene):
    """What a group holds is read by an updater."""

    def construct(self) -> None:
        upper, lower = Dot(UP), Dot()
        lower.add_updater(lambda m: m.move_to(upper.get_center() + DOWN))
        self.add(lower)
        moves = AnimationGroup(upper.animate(run_time=2).shift(3 * RIGHT))
        self.play(ChangeSpeed(moves, {0.3: 1, 0.4: 0.2, 0.6: 0.2, 1: 1}, rate_func=linear))


class ReadsTheClock(Scene):
    """The renderer's time and the scene's go on within a play, which has a progression."""

    def construct(self) -> None:
        def place(dot: Dot) -> None:
            assert self.time_progression is not None
            dot.move_to([self.renderer.time, self.time / 2, 0])

        dot = Dot()
        dot.add_updater(place)
        self.add(dot)
        self.play(Rotate(Square()), run_time=3)
        dot.clear_updaters()
        dot.add_updater(lambda m: m.move_to([-self.renderer.time / 2, 0, 0]))
        self.play(Rotate(Square(2)), run_time=1)


class OwnLoop(Scene):
    """A scene that updates its mobjects in its own way."""

    def update_mobjects(self, dt: float) -> None:
        super().update_mobjects(dt)
        for mobject in self.mobjects:
            mobject.shift(0.01 * RIGHT)

    def construct(self) -> None:
        square = Square()
        self.play(Create(square), run_time=1)
        self.play(square.animate.shift(UP), run_time=3)
        self.wait(0.5)


class Trembling(Square):
    """Interpolates and is updated in its own way, and remembers how often."""

    times = 0

    def interpolate(self, *args: object, **kwargs: object) -> Trembling:
        super().interpolate(*args, **kwargs)  # type: ignore[arg-type]
        self.times += 1
        return self.shift(0.01 * self.times * UP)

    def update(self, dt: float = 0, recursive: bool = True) -> Trembling:
        return self.shift(0.005 * RIGHT)


class OwnMobject(Scene):
    """A mobject with methods of its own."""

    def construct(self) -> None:
        square = Trembling()
        self.play(square.animate.shift(RIGHT), run_time=3)
        self.play(FadeOut(square))


class Remembers(Scene):
    """A rate function with a memory."""

    def construct(self) -> None:
        seen: list[float] = []

        def rate(t: float) -> float:
            seen.append(t)
            return min(1.0, len(seen) / 40)

        self.play(Square().animate(rate_func=rate).shift(2 * RIGHT), run_time=3)


class MovesWhatStands(Scene):
    """What stands still is as it was when the play began, in all of its frames."""

    def construct(self) -> None:
        dot = Dot().shift(DOWN)
        self.add(dot)

        def rate(t: float) -> float:
            dot.shift(0.02 * RIGHT)
            return t

        self.play(Rotate(Square(), rate_func=rate), run_time=3)
        self.wait(0.5)


class KeptCamera(MovingCameraScene):
    """A camera kept by the scene from the beginning, and set later."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.kept = self.camera

    def construct(self) -> None:
        self.kept.background_color = RED
        self.kept.init_background()
        square = Square()
        self.play(Create(square))
        self.play(self.kept.frame.animate.scale(0.5))
        self.wait(0.5)


class HasDrawOn(VMobject):
    """Has a method of a name that means something to us alone."""

    def draw_on(self, canvas: object) -> None:
        raise AssertionError("nobody asked")


class DrawsOn(Scene):
    """A mobject with such a method."""

    def construct(self) -> None:
        mobject = HasDrawOn()
        mobject.set_points_as_corners([LEFT, UP, RIGHT])
        self.add(mobject)
        self.play(mobject.animate.shift(UP))


class WantsTheMainThread(Scene):
    """Handlers of signals, an event loop, and the hashes of the plays so far."""

    def construct(self) -> None:
        signal.signal(signal.SIGUSR1, lambda *_: None)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        self.play(Create(Square()))
        self.add(Dot([len(self.renderer.animations_hashes), 0, 0]))
        self.wait(0.5)


class GoesBack(Scene):
    """Groups whose time goes back, or whose parts overlap."""

    def construct(self) -> None:
        one, two = Square(), Circle().shift(RIGHT)
        moves = one.animate.shift(UP), two.animate.shift(DOWN)
        self.play(LaggedStart(*moves, lag_ratio=0.5, rate_func=there_and_back, run_time=3))
        moves = one.animate.shift(UP), two.animate.shift(DOWN)
        self.play(Succession(*moves, rate_func=there_and_back, run_time=3))
        both = VGroup(one, two)
        self.play(
            AnimationGroup(
                both.animate(run_time=3).shift(RIGHT), one.animate(run_time=1.5).scale(0.5)
            )
        )


class PureFunctions(Scene):
    """Rate functions that compute with numbers alone, which may be leapt over."""

    def construct(self) -> None:
        square = Square()
        self.play(square.animate(rate_func=lambda t: wiggle(t, 4)).shift(UP), run_time=3)
        self.play(
            square.animate(rate_func=squish_rate_func(smooth, 0.2, 0.7)).shift(UP), run_time=3
        )


class ManyKinds(Scene):
    """Manim's animations, many at once."""

    def construct(self) -> None:
        text = Text("hello")
        self.play(AddTextLetterByLetter(text), run_time=1)
        self.play(Circumscribe(text), run_time=1)
        self.play(FocusOn(text), run_time=1)
        self.play(Flash(text), run_time=1)
        self.play(Indicate(text), ApplyWave(text), run_time=1)
        self.play(
            SpinInFromNothing(Square()), TransformMatchingShapes(text, Text("olleh")), run_time=2
        )
        self.play(ShowIncreasingSubsets(VGroup(Square(), Circle())), run_time=1)
        self.play(*[FadeOut(mobject) for mobject in self.mobjects])


class Redrawn(Scene):
    """A mobject made anew at every frame."""

    def construct(self) -> None:
        tracker = ValueTracker(0)
        self.add(always_redraw(lambda: Line(ORIGIN, tracker.get_value() * RIGHT + UP)))
        self.play(tracker.animate.set_value(3), run_time=3)


class Zoomed(ZoomedScene):
    """A camera that shows what another one sees."""

    def construct(self) -> None:
        dot = Dot().shift(UP)
        self.add(dot)
        self.activate_zooming(animate=False)
        self.play(dot.animate.shift(RIGHT), self.zoomed_camera.frame.animate.shift(UP))
        self.play(self.zoomed_camera.frame.animate.scale(0.5))
        self.wait(0.3)


# --- what is left to Manim


class LooksAtFrames(Scene):
    """Looks at frames that other processes draw."""

    def construct(self) -> None:
        self.play(Create(Square()), run_time=3)
        mean = self.renderer.get_frame().mean()
        self.add(Dot([mean / 20, 0, 0]))
        self.wait(0.5)


class TakesAPicture(Scene):
    """Takes a picture of the camera, and shows it."""

    def construct(self) -> None:
        self.play(Create(Square()), run_time=3)
        self.add(ImageMobject(self.camera.pixel_array[::8, ::8].copy()))
        self.wait(0.5)


class Fading(Camera):
    """Draws over what it drew before."""

    def set_frame_to_background(self, background: np.ndarray) -> None:
        self.pixel_array[:] = self.pixel_array // 2


class OwnCamera(Scene):
    """A camera of one's own."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(camera_class=Fading, **kwargs)  # type: ignore[arg-type]

    def construct(self) -> None:
        self.play(Rotate(Square()), run_time=1)


class WatchesTheClock(Scene):
    """Is another scene each time."""

    def construct(self) -> None:
        def place(dot: Dot, dt: float) -> None:
            dot.move_to([time.perf_counter() % 1, 0, 0])

        dot = Dot()
        dot.add_updater(place)
        self.add(dot)
        self.wait(3)


class GoesOnAfterAnException(Scene):
    """Catches an exception in the middle of a play."""

    def construct(self) -> None:
        square = Square()
        with contextlib.suppress(ZeroDivisionError):
            self.play(FadeIn(square, rate_func=lambda t: float(square.width) / (float(t) - 0.5)))
        self.play(FadeIn(Dot()))
