"""Explanations on a picture and in formulas beside it, as functions of time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from manim import BackgroundRectangle, Line, Mobject, Scene, VGroup, VMobject, config
from numpy.typing import NDArray

from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, fly_from, rise, there_and_back
from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["APPEARED", "CAME", "STEP", "Story", "TellStory", "along", "around"]

#: Seconds in which the rest becomes faint, and in which it returns; formulas take half of that.
STEP = 0.8
#: The shares of their time at which formulas leave the picture, and have reached their row.
APPEARED, CAME = 0.3, 0.6
#: The opacity of faint parts, as a share.
_DIM = 0.2
#: Places for formulas along an edge, in shares of its length, and their distance from a neuron.
_ALONG, _OFF = (0.5, 0.6, 0.4, 0.7, 0.3), 0.12
#: How many faint neurons are as bad to cover as a bright one.
_BRIGHT = 3
#: The margin between formulas and the edges of the frame.
_MARGIN = 0.15
#: The background of formulas on the picture: its margin, in scene units, and its opacity.
_GROUND, _COVERING = 0.09, 0.85

#: The picture of an explanation: a network, a pattern of attention, or arcs.
_Picture = TypeVar("_Picture", bound=Mobject)


class Story(ABC, Generic[_Picture]):
    """An explanation: its steps, and what it does at each time.

    Parameters
    ----------
    net : Mobject
        The picture on screen, mostly a network. It has a `style`.
    lights : VGroup
        A group over the picture, for the lights of the story.

    Attributes
    ----------
    schedule : dict
        From the name of a step to the times at which it begins, in seconds.
    length : float
        Length of all steps, in seconds.
    """

    def __init__(self, net: _Picture, lights: VGroup) -> None:
        self.net, self.lights = net, lights
        self.schedule: dict[str, list[float]] = {}
        self.length = 0.0
        for name, length in self.steps():
            self.schedule.setdefault(name, []).append(self.length)
            self.length += length

    @property
    def style(self) -> NetworkStyle:
        """The picture's colours."""
        picture: Any = self.net
        style: NetworkStyle = picture.style
        return style

    @abstractmethod
    def steps(self) -> Iterator[tuple[str, float]]:
        """Return the steps, and how long each takes, in seconds; the last step is "return"."""

    @abstractmethod
    def tracks(self) -> Iterator[Track]:
        """Make the lights on the picture as it is now, and return all tracks."""

    # Tracks that stories have in common

    def fading_back(self, rest: Presence) -> Track:
        """Let parts be faint for the whole story."""
        end = self.schedule["return"][0]

        def track(time: float) -> None:
            away = rise(time, 0, STEP) - rise(time, end, STEP)
            rest.show(1 - (1 - _DIM) * away)

        return track

    def appearing(self, start: float, *parts: Mobject) -> Track:
        """Let parts appear."""
        presence = Presence(*parts)
        return lambda time: presence.show(rise(time, start, STEP / 2))

    def lit(
        self,
        mark: VMobject | None,
        start: float,
        length: float,
        width: float | None = None,
        color: Any = None,
        opacity: float = 1.0,
    ) -> Track:
        """Let an outline or a line light up for a time, at most to the end of the story."""
        if mark is None:
            return lambda time: None
        mark.set_fill(opacity=0)
        mark.set_stroke(color or self.style.highlight_color, width, opacity=0)
        self.lights.add(mark)

        def track(time: float) -> None:
            seen = there_and_back(time, start, min(length, self.length - start))
            mark.set_stroke(opacity=opacity * seen)

        return track

    def flying(
        self, part: VMobject, beside: NDArray[np.float64], start: float, length: float
    ) -> Track:
        """Show formulas at their place in the picture, and then let them go to their row.

        Parameters
        ----------
        part : VMobject
            The formulas.
        beside : ndarray of float
            Their middle, in the picture.
        start, length : float
            Beginning and length, in seconds; they reach their row at `CAME` of the length.
        """
        come = APPEARED * length
        ground = BackgroundRectangle(part, color=self.style.behind, stroke_width=0, buff=_GROUND)
        ground.move_to(beside).set_fill(opacity=0)
        self.lights.add(ground)
        fly = fly_from(part, beside)

        def track(time: float) -> None:
            fly(rise(time, start + come, CAME * length - come))
            here = there_and_back(time, start, come + 0.08 * length, 0.2)
            ground.set_fill(opacity=_COVERING * here)

        return track

    def best_place(
        self,
        words: VMobject,
        places: Sequence[NDArray[np.float64]],
        bright: Sequence[LayerMobject],
        faint: Sequence[LayerMobject] = (),
    ) -> NDArray[np.float64]:
        """Return the place at which words cover the fewest neurons; of equal ones, the first.

        Parameters
        ----------
        words : VMobject
            The formulas to place.
        places : sequence of ndarray of float
            Places for their middle; they are moved into the frame from there.
        bright, faint : sequence of LayerMobject
            Layers whose neurons are bright, and layers whose neurons are faint, which count less.
        """
        half = np.array([words.width, words.height]) / 2
        edge = np.array([config.frame_width, config.frame_height]) / 2 - _MARGIN - half
        inside = [np.array([*place[:2].clip(-edge, edge), 0.0]) for place in places]
        outlines = [
            (one, count)
            for layers, count in ((bright, _BRIGHT), (faint, 1))
            for layer in layers
            for one in layer.outlines
        ]
        middles = np.array([one.get_center()[:2] for one, _ in outlines]).reshape(-1, 2)
        halves = np.array([[one.width, one.height] for one, _ in outlines]).reshape(-1, 2) / 2
        counts = np.array([count for _, count in outlines])
        covered = [
            int(counts @ (np.abs(middles - place[:2]) < halves + half).all(axis=1))
            for place in inside
        ]
        return inside[int(np.argmin(covered))]


def along(line: Line, words: VMobject) -> list[NDArray[np.float64]]:
    """Return places for words beside a line, which they do not touch; first above its middle."""
    start, end = line.get_start_and_end()
    way = (end - start) / (float(np.linalg.norm(end - start)) or 1.0)
    across = np.array([-way[1], way[0], 0.0])
    across *= 1.0 if across[1] > 0 or (across[1] == 0 and across[0] > 0) else -1.0
    half = np.array([words.width, words.height, 0.0]) / 2
    away = float(np.abs(across) @ half) + _OFF
    return [
        start + share * (end - start) + side * away * across for share in _ALONG for side in (1, -1)
    ]


def around(outline: VMobject, words: VMobject) -> list[NDArray[np.float64]]:
    """Return places for words around a neuron: at its sides and corners; near ones first."""
    middle = outline.get_center()
    reach = np.array([outline.width + words.width, outline.height + words.height, 0.0]) / 2
    sides = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
    return [
        middle + (reach + off) * np.array([x, y, 0.0])
        for off in (_OFF, _OFF + outline.height / 2, _OFF + outline.height)
        for x, y in sides
    ]


class TellStory(AtItsTurn):
    """An animation of an explanation, whose formulas stay on screen.

    Parameters
    ----------
    net : Mobject
        The picture on screen; it is added if it is not there.
    explanation : Explanation
        The formulas.
    story : callable
        Function from the group of lights to the story.
    run_time : float or None
        Run time in seconds; None for as long as its steps take.
    rate_func : callable
        Function from the share of the time to the share of the story.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        net: Mobject,
        explanation: Explanation,
        story: Callable[[VGroup], Story[Any]],
        run_time: float | None,
        rate_func: Callable[[float], float],
        **kwargs: Any,
    ) -> None:
        self.explanation: Any = explanation
        self._net, self._lights = net, VGroup()
        self._story = story(self._lights)
        self._tracks: list[Track] = []
        length = self._story.length if run_time is None else run_time
        super().__init__(net, run_time=length, rate_func=rate_func, **kwargs)

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            if self._net not in scene.get_mobject_family_members():
                scene.add(self._net)
            scene.add(self._lights, self.explanation)

    def begin(self) -> None:
        """Hide the formulas until the turn comes."""
        self._all = Presence(self.explanation)
        self._all.show(0.0)
        super().begin()

    def start(self) -> None:
        """Make the tracks from the picture as it is now."""
        self._all.show(1.0)
        self._lights.remove(*self._lights)
        self._tracks = list(self._story.tracks())

    def show(self, share: float) -> None:
        """Show the explanation at a share of its time."""
        for track in self._tracks:
            track(share * self._story.length)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the lights."""
        super().clean_up_from_scene(scene)
        scene.remove(self._lights)
        self._lights.remove(*self._lights)
