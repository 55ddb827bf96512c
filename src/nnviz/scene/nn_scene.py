"""The base of all scenes of nnviz: its camera, a clock, and seeded random numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, Camera, Mobject, Scene

from nnviz import _manim_arrays, words
from nnviz._quick_mobjects import quick_mobjects
from nnviz.camera import QUICK
from nnviz.camera.draws_itself import require_cairo

__all__ = ["NNScene", "single_animations"]


def single_animations(
    animations: Iterable[Animation], *, keep_own_cleanup: bool = False
) -> Iterator[Animation]:
    """Yield animations, with the members of each group in its place.

    Parameters
    ----------
    animations : iterable of Animation
        Animations and groups of them.
    keep_own_cleanup : bool, optional
        Whether to keep groups whose class removes its mobjects from the scene in a way of its own.
    """
    for animation in animations:
        cleanup: Any = type(animation).clean_up_from_scene
        has_own_cleanup = cleanup is not AnimationGroup.clean_up_from_scene
        if isinstance(animation, AnimationGroup) and not (keep_own_cleanup and has_own_cleanup):
            yield from single_animations(animation.animations, keep_own_cleanup=keep_own_cleanup)
        else:
            yield animation


def _only_groups(animation: Animation, on_screen: set[Any]) -> bool:
    """Return whether an animation's mobject is only a group of mobjects that are on screen."""
    mobject = animation.mobject
    if mobject is None or mobject in on_screen or mobject.get_num_points() > 0:
        return False
    if getattr(animation, "replace_mobject_with_target_in_scene", False):
        return False  # the scene must contain the mobject that it replaces
    target = getattr(animation, "target_mobject", None)
    if target is not None and len(target.get_family()) != len(mobject.get_family()):
        return False  # the group itself may get new members
    parts = mobject.family_members_with_points()
    return bool(parts) and on_screen.issuperset(parts)


class NNScene(Scene):
    """A Manim scene whose frames depend on the scene alone.

    It draws with :class:`~nnviz.camera.NNCamera`, which is quick with images and large networks. It
    may be combined with other kinds of scenes, in either order
    (``class Mine(NNScene, MovingCameraScene)``). Its :attr:`clock` shows the same time whether
    plays were drawn, skipped or taken from the cache, and its random numbers come from :attr:`rng`.

    Attributes
    ----------
    seed : int
        Class attribute: seed of :attr:`rng`, the same for every run.
    rng : numpy.random.RandomState
        The scene's own random numbers (by NumPy's legacy generator, whose numbers are guaranteed
        never to change).
    language : str or None
        Class attribute: the language of the words that nnviz itself writes; if None, the one set by
        :func:`nnviz.words.use`. A language that a scene sets while it runs ends with the scene.
    """

    seed: int = 0
    language: str | None = None
    #: This class itself keeps parts of arrays in their places.
    keeps_parts = True

    def __init__(self, renderer: Any = None, **kwargs: Any) -> None:
        require_cairo()
        self._played = 0.0
        # By name, as the next base may be another kind of scene.
        super().__init__(renderer=renderer, **kwargs)
        self.rng = np.random.RandomState(self.seed)

    @property
    def camera_class(self) -> type[Camera]:
        """The class of the camera: a quick one, if there is one that draws the same."""
        return self._camera_class

    @camera_class.setter
    def camera_class(self, kind: type[Camera]) -> None:
        # Manim sets it before it makes the camera, for every kind of scene.
        self._camera_class = QUICK.get(kind, kind)

    @property
    def clock(self) -> float:
        """Seconds since the scene began, at the present frame.

        Unlike Manim's ``scene.time`` it does not depend on which plays were drawn, nor on the frame
        rate (except that Manim stretches plays shorter than a frame to one frame).
        """
        return self._played + self.last_t

    def render(self, preview: bool = False) -> bool:
        """Render as Manim does, with quicker mobjects and quicker moves of arrays."""
        with (
            quick_mobjects(),
            _manim_arrays.arrays_as_one(),
            words.using(self.language),
        ):
            return super().render(preview)

    # A part of an array of edges is on screen with the array, and moves in its place; Manim would
    # take it out of its network, and draw it over the neurons.

    def get_mobject_family_members(self) -> list[Mobject]:
        """Return all mobjects on screen, with families and parts of arrays."""
        return _manim_arrays.with_parts(super().get_mobject_family_members())

    def get_moving_mobjects(self, *animations: Animation) -> list[Mobject]:
        """Return the mobjects that are drawn at every frame of a play."""
        shown = set(super().get_mobject_family_members())
        return [member for member in super().get_moving_mobjects(*animations) if member in shown]

    def get_restructured_mobject_list(
        self, mobjects: Iterable[Mobject], to_remove: Iterable[Mobject]
    ) -> list[Mobject]:
        """Return mobjects without some parts, and the rest of groups that had such parts."""
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
        """Add mobjects that are animated and not on screen yet.

        Manim also adds groups that were made only to animate some parts together. That takes the
        parts out of their network and draws them on top of everything: edges that wiggled would
        cover the neurons from then on.
        """
        on_screen = set(self.get_mobject_family_members())
        super().add_mobjects_from_animations(
            [
                animation
                for animation in single_animations(animations, keep_own_cleanup=True)
                if not _only_groups(animation, on_screen)
            ]
        )

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play as Manim does, then set clock and updaters to the play's exact end."""
        super().play(*args, **kwargs)
        self._played += self.duration
        self.last_t = 0.0
        # Manim leaves mobjects that depend on the time at the last drawn frame or, after a skipped
        # play, at its end.
        self.update_mobjects(0)
