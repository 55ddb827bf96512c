"""The scene under all of nnviz's scenes: our camera, a clock, a seeded source of chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, Camera, Mobject, Scene

from nnviz import _manim, _manim_arrays, words
from nnviz._copying import deep_copy
from nnviz.camera import QUICK
from nnviz.camera.draws_itself import require_cairo

__all__ = ["NNScene", "single_animations"]


def single_animations(
    animations: Iterable[Animation], *, only_tidy: bool = False
) -> Iterator[Animation]:
    """Return animations, each group's members in its place.

    Parameters
    ----------
    animations : iterable of Animation
        Animations and groups of them.
    only_tidy : bool, optional
        Keep groups that take their mobjects off the scene as a whole.
    """
    for animation in animations:
        tidies: Any = type(animation).clean_up_from_scene
        by_members = tidies is AnimationGroup.clean_up_from_scene or not only_tidy
        if isinstance(animation, AnimationGroup) and by_members:
            yield from single_animations(animation.animations, only_tidy=only_tidy)
        else:
            yield animation


def _only_groups(animation: Animation, on_screen: set[Any]) -> bool:
    """Return whether an animation's mobject is a mere group of things that are on screen."""
    mobject = animation.mobject
    if mobject is None or mobject in on_screen or mobject.get_num_points() > 0:
        return False
    if getattr(animation, "replace_mobject_with_target_in_scene", False):
        return False  # the scene has to hold what it is to replace
    target = getattr(animation, "target_mobject", None)
    if target is not None and len(target.get_family()) != len(mobject.get_family()):
        return False  # the group itself may get new members
    parts = mobject.family_members_with_points()
    return bool(parts) and on_screen.issuperset(parts)


class NNScene(Scene):
    """A Manim scene whose frames depend on the scene alone.

    It draws with :class:`~nnviz.camera.NNCamera`, so that images and
    large networks are cheap, and may be a scene of another kind as well, its bases in either
    order (``class Mine(NNScene, MovingCameraScene)``); it keeps a clock that reads the same whether
    plays were drawn, skipped or taken from the cache; and whatever a scene
    leaves to chance it draws from :attr:`rng`.

    Attributes
    ----------
    seed : int
        Class attribute; seeds :attr:`rng` again for every run.
    rng : numpy.random.RandomState
        The scene's own source of random numbers (the legacy generator, whose
        stream NumPy guarantees never to change).
    language : str or None
        Class attribute: the language of the words that nnviz itself writes; if None, the one that
        :func:`nnviz.words.use` chose. What a scene chooses as it runs ends with it.
    """

    seed: int = 0
    language: str | None = None
    #: Parts of arrays stay where they are, which this class sees to by itself.
    keeps_parts = True

    def __init__(self, renderer: Any = None, **kwargs: Any) -> None:
        require_cairo()
        self._played = 0.0
        # By name: the scene of another kind that this one may be, too, comes next.
        super().__init__(renderer=renderer, **kwargs)
        self.rng = np.random.RandomState(self.seed)

    @property
    def camera_class(self) -> type[Camera]:
        """What makes the camera: ours, where it draws what the one that was asked for draws."""
        return self._camera_class

    @camera_class.setter
    def camera_class(self, kind: type[Camera]) -> None:
        # Manim sets it before it makes the camera, whatever kind of scene asked for it.
        self._camera_class = QUICK.get(kind, kind)

    @property
    def clock(self) -> float:
        """Seconds since the scene began, at the frame being made.

        Unlike Manim's ``scene.time`` it does not depend on which plays were drawn, nor on
        the frame rate (but that Manim stretches plays shorter than a frame to one).
        """
        return self._played + self.last_t

    def render(self, preview: bool = False) -> bool:
        """Render as Manim does, while mobjects are copied and arrays moved in less time."""
        with (
            _manim.patched(_manim.PatchPoint.COPY, deep_copy),
            _manim_arrays.arrays_as_one(),
            words.using(self.language),
        ):
            return super().render(preview)

    # A part of an array of edges is on screen where the array is, and moves in its place; Manim
    # would take it out of its network, and draw it over the neurons.

    def get_mobject_family_members(self) -> list[Mobject]:
        """Return all that is on screen, with families and parts of arrays."""
        return _manim_arrays.with_parts(super().get_mobject_family_members())

    def get_moving_mobjects(self, *animations: Animation) -> list[Mobject]:
        """Return what is drawn at every frame of a play."""
        shown = set(super().get_mobject_family_members())
        return [member for member in super().get_moving_mobjects(*animations) if member in shown]

    def get_restructured_mobject_list(
        self, mobjects: Iterable[Mobject], to_remove: Iterable[Mobject]
    ) -> list[Mobject]:
        """Return mobjects without some, and what had them in pieces."""
        rest = _manim_arrays.without(mobjects, to_remove)
        return super().get_restructured_mobject_list(mobjects, to_remove) if rest is None else rest

    def replace(self, old_mobject: Mobject, new_mobject: Mobject) -> None:
        """Replace a mobject in the scene by another, in its place."""
        members = super().get_mobject_family_members()
        self.mobjects = list(
            _manim_arrays.put_in_place(self.mobjects, members, old_mobject, new_mobject)
        )
        super().replace(old_mobject, new_mobject)

    def add_mobjects_from_animations(self, animations: list[Animation]) -> None:
        """Add what is animated and not on screen yet.

        Manim also adds groups that were made only to animate some parts together, which takes
        the parts out of their whole and on top of everything: edges that wiggled would leave
        their network, and cover its neurons from then on.
        """
        on_screen = set(self.get_mobject_family_members())
        super().add_mobjects_from_animations(
            [
                animation
                for animation in single_animations(animations, only_tidy=True)
                if not _only_groups(animation, on_screen)
            ]
        )

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play as Manim does, then set clock and updaters to the play's exact end."""
        super().play(*args, **kwargs)
        self._played += self.duration
        self.last_t = 0.0
        # Manim leaves mobjects that follow the time at the last drawn frame, or,
        # after a skipped play, at its end.
        self.update_mobjects(0)
