"""Base scenes with an audience: creatures that follow what happens, blink, and speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ClassVar, Literal, ParamSpec, cast

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

#: Font size of what is said.
_SPEECH = 36

LookAt = Point3DLike | Mobject | None

_P = ParamSpec("_P")


def _played(build: Callable[_P, Iterable[Animation]]) -> Callable[_P, None]:
    """Turn a scene's method that returns animations into one that plays them."""

    @wraps(build)
    def play_them(*args: _P.args, **kwargs: _P.kwargs) -> None:
        scene = args[0]
        assert isinstance(scene, CreatureScene)
        scene.play(*build(*args, **kwargs))

    return play_them


class CreatureScene(NNScene):
    """A scene that creatures watch.

    In every play the creatures on screen look at what is animated first, unless the
    play tells them where to look. A wait is cut into pieces of one second, and in some
    of them a creature blinks. Creatures speak in bubbles; one at a time has the word.

    Attributes
    ----------
    creatures : list of Creature
        Those who watch, on screen from the start.
    blink_every : int
        Class attribute: a creature blinks in the first second that is waited in the scene, and
        then every `blink_every` seconds.
    writing : type or str
        Class attribute: how strings that a creature says are written: ``"text"``, ``"latex"``, or
        a class such as ``Text`` or ``Tex``.
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
        """Return the creatures, each in its place. To be overridden."""
        return []

    # Watching

    def compile_animations(self, *args: Any, **kwargs: Any) -> list[Animation]:
        """Return a play's animations, and those that turn the creatures' eyes to them."""
        animations = super().compile_animations(*args)
        return super().compile_animations(*animations, *self._looking_at(animations), **kwargs)

    def _looking_at(self, animations: Sequence[Animation]) -> list[Animation]:
        """Return animations of the idle creatures' eyes, and turn the busy ones' targets."""
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
                if isinstance(target, Creature) and not _says_where_to_look(animation):
                    target.look_at(focus)
            if not own and creature in on_screen:
                looking.append(prepare_animation(cast(Any, creature.animate).look_at(focus)))
        return looking

    def _is_of_interest(self, animation: Animation) -> bool:
        """Tell whether there is something to see; one creature alone is not stared at."""
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
            Seconds. What is left after the last whole one is waited without a blink.
        stop_condition, frozen_frame
            As for Manim's wait; with a stop condition nobody blinks.
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
        """Count a second, and return who blinks in it, if anyone."""
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
        """Return the animations with which a creature begins to speak, and the last speaker ends.

        Parameters
        ----------
        speaker : Creature
            Who speaks.
        content : str or VMobject
            What is said: any mobject, or words for :attr:`writing`.
        target_mode : str, optional
            The speaker's mood.
        look_at : LookAt, optional
            Where the speaker looks; by default where everybody looks.
        added_anims : iterable of object, optional
            To play at the same time.
        run_time : float, optional
            Seconds for bubble and content; by default as long as it takes to write.
        bubble : Bubble, optional
            An empty :class:`~nnviz.characters.ThoughtBubble`, say; by default a speech bubble
            that fits.
        """
        added = [prepare_animation(animation) for animation in added_anims]
        words = self._in_words(content) if isinstance(content, str) else content
        bubble = (bubble or SpeechBubble()).pin_to(speaker).add_content(words)
        timing = {} if run_time is None else {"run_time": run_time}
        animations: list[Animation] = [
            Create(bubble, run_time=run_time or 1.0),
            write(words, run_time=run_time),
            _changing(speaker, target_mode, look_at, **timing),
        ]
        animations += self.get_silence([*animations, *added], **timing)
        self._speech = speaker, VGroup(bubble, words)
        return [*animations, *added]

    def _in_words(self, content: str) -> VMobject:
        write = writer(self.writing)
        if write is SansText:
            return SansText(content, font_size=_SPEECH)
        with latex_needed(f"{content!r} is written by LaTeX", "or give writing = 'text'"):
            return write(content)

    def get_silence(self, added: Sequence[Animation] = (), **timing: float) -> list[Animation]:
        """Return the animations with which the bubble on screen goes and its speaker calms down.

        Parameters
        ----------
        added : sequence of Animation, optional
            What is played at the same time; a speaker who is animated there is left alone.
        **timing
            For these animations: a ``run_time``.
        """
        if self._speech is None:
            return []
        speaker, speech = self._speech
        self._speech = None
        silence: list[Animation] = [FadeOut(speech, **timing)]
        if all(_moved(animation) is not speaker for animation in single_animations(added)):
            silence.append(_changing(speaker, "plain", None, **timing))
        return silence

    @_played
    def be_silent(self, *added_anims: Animation) -> list[Animation]:
        """Take the bubble on screen away.

        Parameters
        ----------
        *added_anims
            To play at the same time.
        """
        added = [prepare_animation(animation) for animation in added_anims]
        return [*self.get_silence(added), *added]


class PiCreatureScene(CreatureScene):
    """A scene that one creature watches from the lower right.

    Attributes
    ----------
    pi_creature : Creature
        It; a :class:`~nnviz.characters.Mortimer` unless :meth:`create_pi_creature` says otherwise.

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
        """Return the one creature."""
        return [self.create_pi_creature()]

    def create_pi_creature(self) -> Creature:
        """Return the creature in its place. To be overridden for another one."""
        return Mortimer().to_corner(DR)

    @_played
    def says(self, content: str | VMobject, **kwargs: Any) -> list[Animation]:
        """Let the creature speak.

        Parameters
        ----------
        content, **kwargs
            See :meth:`CreatureScene.get_speech`.
        """
        return self.get_speech(self.pi_creature, content, **kwargs)


class TeacherStudentsScene(CreatureScene):
    """A scene that three students and their teacher watch.

    Attributes
    ----------
    students : VGroup
        Three at the lower left, who look to the right.
    teacher : Creature
        At the lower right, looking left.

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
    #: Seconds in which the students change their moods, one after the other.
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
        **kwargs: Any,
    ) -> list[Animation]:
        """Let a student speak, to the teacher unless told otherwise.

        Parameters
        ----------
        content : str or VMobject
            What is said: any mobject, or words.
        student_index : int, optional
            Who: 0, 1 or 2, from left to right.
        target_mode, look_at, **kwargs
            See :meth:`CreatureScene.get_speech`.
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
        **kwargs: Any,
    ) -> list[Animation]:
        """Let the teacher speak, to the students unless told otherwise.

        Parameters
        ----------
        content : str or VMobject
            What is said: any mobject, or words.
        target_mode, look_at, **kwargs
            See :meth:`CreatureScene.get_speech`.
        """
        look_at = self._students_eyes() if look_at is None else look_at
        return self.get_speech(
            self.teacher, content, target_mode=target_mode, look_at=look_at, **kwargs
        )

    def _students_eyes(self) -> VGroup:
        return VGroup(*(student.eyes for student in self.creatures[:-1]))

    def get_student_changes(self, *modes: str, look_at: LookAt = None) -> Animation:
        """Return the animation in which the students' moods change, one shortly after the other.

        Parameters
        ----------
        *modes
            One mode a student.
        look_at : LookAt, optional
            Where all of them look; by default at what else the play animates, or where
            they looked before.

        Raises
        ------
        ValueError
            If there are not as many modes as students.
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
        """Change the students' moods.

        Parameters
        ----------
        *modes, look_at
            See :meth:`get_student_changes`.
        added_anims : iterable of Animation, optional
            To play at the same time.
        """
        return [self.get_student_changes(*modes, look_at=look_at), *added_anims]


def _moved(animation: Animation) -> Mobject:
    """Return what an animation acts on."""
    if isinstance(animation, AnimationGroup):  # whose own mobject lacks what it introduces
        return Group(*map(_moved, animation.animations))
    return cast(Mobject, animation.mobject)


def _end_of(animation: Animation) -> Mobject:
    """Return what an animation turns its mobject into."""
    if isinstance(animation, AnimationGroup):
        return Group(*map(_end_of, animation.animations))
    if isinstance(animation, Transform):
        return cast(Mobject, animation.create_target()).update()
    return _moved(animation)


def _changing(creature: Creature, mode: str, look_at: LookAt, **timing: float) -> Animation:
    animated = cast(Any, creature.animate)
    return prepare_animation(animated(**timing).change(mode, look_at))


def _says_where_to_look(animation: Animation) -> bool:
    """Tell whether an animation of a creature comes with a gaze of its own."""
    # What `creature.animate` was told; any other transformation has its target's gaze.
    calls = getattr(animation, "methods", None)
    return calls is None or any(map(_is_given_a_gaze, calls))


def _is_given_a_gaze(call: Any) -> bool:
    name = call.method.__name__
    if name == "change":
        look_at = call.args[1] if len(call.args) > 1 else call.kwargs.get("look_at")
        return look_at is not None
    return name in ("look", "look_at", "blink")
