"""Base scenes with an audience: creatures that watch, blink and speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ClassVar, Literal, ParamSpec, TypedDict, Unpack, cast

from manim import (
    DL,
    DR,
    RIGHT,
    Animation,
    AnimationGroup,
    Create,
    FadeOut,
    Group,
    LaggedStart,
    Mobject,
    Transform,
    VGroup,
    VMobject,
    Wait,
)
from manim.animation.animation import prepare_animation
from manim.typing import Point3DLike

from nnviz.animations import Blink, write
from nnviz.characters import Bubble, Creature, Mortimer, Randolph, SpeechBubble
from nnviz.mobjects.primitives.palette import BLUE, BLUE_D, BLUE_E
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import latex_needed, writer
from nnviz.scene.nn_scene import NNScene, single_animations

__all__ = ["CreatureScene", "PiCreatureScene", "TeacherStudentsScene"]

#: Font size of speech.
_SPEECH = 36

LookAt = Point3DLike | Mobject | None


class _BubbleOptions(TypedDict, total=False):
    """Options of a bubble that a creature speaks in, as for `CreatureScene.get_speech`."""

    added_anims: Iterable[Any]
    run_time: float | None
    bubble: Bubble | None


class _SpeechOptions(_BubbleOptions, total=False):
    """All options of `CreatureScene.get_speech`."""

    target_mode: str
    look_at: LookAt


_P = ParamSpec("_P")


def _played(build: Callable[_P, Iterable[Animation]]) -> Callable[_P, None]:
    """Turn a method that returns animations into one that plays them."""

    @wraps(build)
    def play_them(*args: _P.args, **kwargs: _P.kwargs) -> None:
        scene = args[0]
        assert isinstance(scene, CreatureScene)
        scene.play(*build(*args, **kwargs))

    return play_them


class CreatureScene(NNScene):
    """A scene that creatures watch.

    In every play the creatures on screen look at the first animated mobject, unless the play
    animates their gaze. A wait is split into seconds, and in some of them a creature blinks.
    Creatures speak in bubbles, one at a time.

    Attributes
    ----------
    creatures : list of Creature
        The creatures that watch, on screen from the start.
    blink_every : int
        Class attribute: number of seconds of waiting, in the whole scene, from one blink to the
        next; the first second has one.
    writing : type or str
        Class attribute: how strings that creatures say are written: ``"text"``, ``"latex"``, or a
        class such as ``Text`` or ``Tex``.
    """

    blink_every: ClassVar[int] = 3
    writing: ClassVar[Literal["text", "latex"] | type[Any]] = "text"

    def setup(self) -> None:
        """Put the creatures on screen."""
        super().setup()
        self.creatures = self.create_creatures()
        self._seconds_waited = 0
        self._speech: tuple[Creature, VGroup] | None = None
        self.add(*self.creatures)

    def create_creatures(self) -> list[Creature]:
        """Return the creatures, each in its place; override this."""
        return []

    # Watching

    def compile_animations(self, *args: Any, **kwargs: Any) -> list[Animation]:
        """Return a play's animations, and animations of the creatures that look at them."""
        animations = super().compile_animations(*args)
        return super().compile_animations(*animations, *self._looking_at(animations), **kwargs)

    def _looking_at(self, animations: Sequence[Animation]) -> list[Animation]:
        """Return animations of the eyes of creatures at rest; change the targets of the others."""
        first = next((a for a in animations if self._is_of_interest(a)), None)
        if first is None:
            return []
        shown = _moved(first).get_family()
        focus = _end_of(first).get_center()
        members = list(single_animations(animations))
        on_screen = set(self.get_mobject_family_members())
        looking: list[Animation] = []
        for creature in self.creatures:
            if creature in shown:
                continue
            parts = set(creature.get_family())
            own = [a for a in members if parts.intersection(_moved(a).get_family())]
            for animation in own:
                target = getattr(animation, "target_mobject", None)
                if isinstance(target, Creature) and not _has_own_gaze(animation):
                    target.look_at(focus)
            if not own and creature in on_screen:
                looking.append(prepare_animation(cast(Any, creature.animate).look_at(focus)))
        return looking

    def _is_of_interest(self, animation: Animation) -> bool:
        """Return whether an animation shows something else than one creature alone."""
        thing = _moved(animation)
        return (
            not isinstance(animation, Wait)
            and thing not in self.creatures
            and bool(thing.family_members_with_points())
        )

    def wait(
        self,
        duration: float = 1.0,
        stop_condition: Callable[[], bool] | None = None,
        frozen_frame: bool | None = None,
    ) -> None:
        """Wait second by second, and let a creature blink in some of them.

        Parameters
        ----------
        duration : float, optional
            Length in seconds. Nobody blinks in the rest after the last whole second.
        stop_condition : callable, optional
            As for Manim's wait; with a stop condition nobody blinks.
        frozen_frame : bool, optional
            As for Manim's wait.
        """
        if stop_condition is not None or duration <= 0:
            super().wait(duration, stop_condition, frozen_frame)
            return
        whole = int(duration + 1e-6)
        for _ in range(whole):
            blinker = self._next_to_blink()
            if blinker is None:
                super().wait(1.0, frozen_frame=frozen_frame)
            else:
                self.play(Blink(blinker))
        if duration - whole > 1e-6:
            super().wait(duration - whole, frozen_frame=frozen_frame)

    def _next_to_blink(self) -> Creature | None:
        """Count a second, and return the creature that blinks in it, if one does."""
        due = self._seconds_waited % self.blink_every == 0
        self._seconds_waited += 1
        on_screen = set(self.get_mobject_family_members())
        watching = [creature for creature in self.creatures if creature in on_screen]
        return watching[self.rng.randint(len(watching))] if due and watching else None

    # Speaking

    def get_speech(
        self,
        speaker: Creature,
        content: str | VMobject,
        *,
        target_mode: str = "speaking",
        look_at: LookAt = None,
        added_anims: Iterable[Any] = (),
        run_time: float | None = None,
        bubble: Bubble | None = None,
    ) -> list[Animation]:
        """Return the animations with which a creature begins to speak, and the last one stops.

        Parameters
        ----------
        speaker : Creature
            The creature that speaks.
        content : str or VMobject
            Content of the bubble: any mobject, or words that :attr:`writing` writes.
        target_mode : str, optional
            Mode of the speaker.
        look_at : LookAt, optional
            Point or mobject that the speaker looks at; by default the one that all look at.
        added_anims : iterable of Animation, optional
            Animations to play at the same time.
        run_time : float, optional
            Seconds for bubble and content; by default as :func:`~nnviz.animations.write` takes.
        bubble : Bubble, optional
            An empty bubble, such as a :class:`~nnviz.characters.ThoughtBubble`; by default a speech
            bubble that fits.
        """
        added = [prepare_animation(animation) for animation in added_anims]
        words = self._written(content) if isinstance(content, str) else content
        bubble = (bubble or SpeechBubble()).pin_to(speaker).add_content(words)
        timing = {} if run_time is None else {"run_time": run_time}
        animations: list[Animation] = [
            Create(bubble, run_time=run_time or 1.0),
            write(words, run_time=run_time),
            _changing(speaker, target_mode, look_at, **timing),
        ]
        animations += self.get_silence([*animations, *added], run_time)
        self._speech = speaker, VGroup(bubble, words)
        return [*animations, *added]

    def _written(self, content: str) -> VMobject:
        write = writer(self.writing)
        if write is SansText:
            return SansText(content, font_size=_SPEECH)
        with latex_needed(f"{content!r} is written by LaTeX", "or give writing = 'text'"):
            return write(content)

    def get_silence(
        self, added: Sequence[Animation] = (), run_time: float | None = None
    ) -> list[Animation]:
        """Return the animations with which the bubble on screen fades and its speaker turns plain.

        Parameters
        ----------
        added : sequence of Animation, optional
            Animations that are played at the same time; if they animate the speaker, its mode does
            not change.
        run_time : float, optional
            Run time in seconds.
        """
        if self._speech is None:
            return []
        timing = {} if run_time is None else {"run_time": run_time}
        speaker, speech = self._speech
        self._speech = None
        silence: list[Animation] = [FadeOut(speech, **timing)]
        if all(_moved(animation) is not speaker for animation in single_animations(added)):
            silence.append(_changing(speaker, "plain", None, **timing))
        return silence

    @_played
    def be_silent(self, *added_anims: Animation) -> list[Animation]:
        """Remove the bubble on screen.

        Parameters
        ----------
        *added_anims : Animation
            Animations to play at the same time.
        """
        added = [prepare_animation(animation) for animation in added_anims]
        return [*self.get_silence(added), *added]


class PiCreatureScene(CreatureScene):
    """A scene that one creature watches from the lower right.

    Attributes
    ----------
    pi_creature : Creature
        The creature; by default a :class:`~nnviz.characters.Mortimer`.

    Examples
    --------
    >>> from manim import Circle, FadeIn
    >>> class Watching(PiCreatureScene):
    ...     def construct(self):
    ...         self.play(FadeIn(circle := Circle()), self.pi_creature.animate.change("happy"))
    ...         self.says("A circle!", look_at=circle)
    ...         self.wait(2)
    """

    @property
    def pi_creature(self) -> Creature:
        """The creature."""
        return self.creatures[0]

    def create_creatures(self) -> list[Creature]:
        """Return the creature alone."""
        return [self.create_pi_creature()]

    def create_pi_creature(self) -> Creature:
        """Return the creature in its place; override this for another one."""
        return Mortimer().to_corner(DR)

    @_played
    def says(self, content: str | VMobject, **kwargs: Unpack[_SpeechOptions]) -> list[Animation]:
        """Let the creature speak.

        Parameters
        ----------
        content : str or VMobject
            Content of the bubble, as for :meth:`CreatureScene.get_speech`.
        **kwargs
            Options as for the same method.
        """
        return self.get_speech(self.pi_creature, content, **kwargs)


class TeacherStudentsScene(CreatureScene):
    """A scene that three students and their teacher watch.

    Attributes
    ----------
    students : VGroup
        Three creatures at the lower left, who look to the right.
    teacher : Creature
        Creature at the lower right, who looks to the left.

    Examples
    --------
    >>> class Lesson(TeacherStudentsScene):
    ...     def construct(self):
    ...         self.teacher_says("Any questions?")
    ...         self.student_says("Why?", target_mode="confused", student_index=0)
    ...         self.change_student_modes("plain", "sassy", "happy", look_at=self.students[0])
    ...         self.wait(2)
    """

    blink_every = 2
    student_colors: ClassVar[tuple[Any, ...]] = (BLUE_D, BLUE_E, BLUE)
    student_height: ClassVar[float] = 2.4
    student_buff: ClassVar[float] = 0.2
    #: Seconds in which the students change their modes, one after another.
    change_time: ClassVar[float] = 2.0

    @property
    def teacher(self) -> Creature:
        """The teacher."""
        return self.creatures[-1]

    def create_creatures(self) -> list[Creature]:
        """Return the students, from left to right, and the teacher."""
        students = [
            Randolph(color=color, height=self.student_height) for color in self.student_colors
        ]
        self.students = VGroup(*students).arrange(RIGHT, buff=self.student_buff).to_corner(DL)
        teacher = Mortimer().to_corner(DR).look_at(students[-1])
        for student in students:
            student.look_at(teacher)
        return [*students, teacher]

    @_played
    def student_says(
        self,
        content: str | VMobject,
        *,
        student_index: int = 1,
        target_mode: str = "speaking",
        look_at: LookAt = None,
        **kwargs: Unpack[_BubbleOptions],
    ) -> list[Animation]:
        """Let a student speak, by default to the teacher.

        Parameters
        ----------
        content : str or VMobject
            Content of the bubble: any mobject, or words.
        student_index : int, optional
            The student: 0, 1 or 2, from left to right.
        target_mode : str, optional
            Mode of the speaker.
        look_at : LookAt, optional
            Point or mobject that the speaker looks at.
        **kwargs
            Other options as for :meth:`CreatureScene.get_speech`.
        """
        look_at = self.teacher.eyes if look_at is None else look_at
        student = self.creatures[:-1][student_index]
        return self.get_speech(student, content, target_mode=target_mode, look_at=look_at, **kwargs)

    @_played
    def teacher_says(
        self,
        content: str | VMobject,
        *,
        target_mode: str = "speaking",
        look_at: LookAt = None,
        **kwargs: Unpack[_BubbleOptions],
    ) -> list[Animation]:
        """Let the teacher speak, by default to the students.

        Parameters
        ----------
        content : str or VMobject
            Content of the bubble: any mobject, or words.
        target_mode : str, optional
            Mode of the speaker.
        look_at : LookAt, optional
            Point or mobject that the speaker looks at.
        **kwargs
            Other options as for :meth:`CreatureScene.get_speech`.
        """
        look_at = self._students_eyes() if look_at is None else look_at
        return self.get_speech(
            self.teacher, content, target_mode=target_mode, look_at=look_at, **kwargs
        )

    def _students_eyes(self) -> VGroup:
        return VGroup(*(student.eyes for student in self.creatures[:-1]))

    def get_student_changes(self, *modes: str, look_at: LookAt = None) -> Animation:
        """Return the animation in which the students change their modes, one shortly after another.

        Parameters
        ----------
        *modes : str
            One mode for each student.
        look_at : LookAt, optional
            Point or mobject that all of them look at; by default another mobject that the play
            animates, or the same as before.

        Raises
        ------
        ValueError
            If there is not one mode for each student.
        """
        if len(modes) != len(self.students):
            raise ValueError(
                f"change_student_modes needs {len(self.students)} modes, one a student, "
                f"got {len(modes)}: {modes}"
            )
        changes = [
            _changing(student, mode, look_at)
            for student, mode in zip(self.creatures[:-1], modes, strict=True)
        ]
        lag = 1 / max(1, len(changes) - 1)
        return LaggedStart(*changes, lag_ratio=lag, run_time=self.change_time)

    @_played
    def change_student_modes(
        self, *modes: str, look_at: LookAt = None, added_anims: Iterable[Animation] = ()
    ) -> list[Animation]:
        """Change the students' modes.

        Parameters
        ----------
        *modes : str
            One mode for each student.
        look_at : LookAt, optional
            As for :meth:`get_student_changes`.
        added_anims : iterable of Animation, optional
            Animations to play at the same time.
        """
        return [self.get_student_changes(*modes, look_at=look_at), *added_anims]


def _moved(animation: Animation) -> Mobject:
    """Return the mobject that an animation changes."""
    if isinstance(animation, AnimationGroup):  # its own mobject lacks mobjects that it introduces
        return Group(*map(_moved, animation.animations))
    return cast(Mobject, animation.mobject)


def _end_of(animation: Animation) -> Mobject:
    """Return the mobject at the end of an animation."""
    if isinstance(animation, AnimationGroup):
        return Group(*map(_end_of, animation.animations))
    if isinstance(animation, Transform):
        return cast(Mobject, animation.create_target()).update()
    return _moved(animation)


def _changing(creature: Creature, mode: str, look_at: LookAt, **timing: float) -> Animation:
    animated = cast(Any, creature.animate)
    return prepare_animation(animated(**timing).change(mode, look_at))


def _has_own_gaze(animation: Animation) -> bool:
    """Return whether an animation of a creature has a gaze of its own."""
    # The calls after `creature.animate`; any other transformation has the gaze of its target.
    calls = getattr(animation, "methods", None)
    return calls is None or any(map(_sets_gaze, calls))


def _sets_gaze(call: Any) -> bool:
    name = call.method.__name__
    if name == "change":
        look_at = call.args[1] if len(call.args) > 1 else call.kwargs.get("look_at")
        return look_at is not None
    return name in ("look", "look_at", "blink")
