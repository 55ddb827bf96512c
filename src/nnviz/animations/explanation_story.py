"""A story told on a picture and in formulas beside it, as a function of time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from manim import BackgroundRectangle, Line, Mobject, Scene, VGroup, VMobject, config
from numpy.typing import NDArray

from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, fly_from, rise, there_and_back
from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["APPEARED", "CAME", "STEP", "Story", "TellStory", "along", "around"]

#: Seconds in which the rest steps back, and in which it returns; what comes takes half of that.
STEP = 0.8
#: How long formulas stay where they are from, and when they have come to their row, in shares of
#: the time that is theirs.
APPEARED, CAME = 0.3, 0.6
#: What steps back keeps of its opacity.
_DIM = 0.2
#: Where formulas may stand beside an edge, in shares of its length, and how far from a neuron.
_ALONG, _OFF = (0.5, 0.6, 0.4, 0.7, 0.3), 0.12
#: So many neurons that have stepped back are as bad to cover as one that is bright.
_BRIGHT = 3
#: What formulas leave free at the frame's edges.
_MARGIN = 0.15
#: The ground of formulas on the picture: its margin, in scene units, and its opacity.
_GROUND, _COVERING = 0.09, 0.85


#: What a story is told on: a network, a pattern of attention, arcs.
_Picture = TypeVar("_Picture", bound=Mobject)


class Story(ABC, Generic[_Picture]):
    """What happens when.

    Parameters
    ----------
    net
        The picture on screen: mostly a network. It has a style.
    lights : VGroup
        A group that lies over the picture: the story puts its lights there.

    Attributes
    ----------
    schedule : dict
        When each step begins, in seconds: from its name to one time or several.
    length : float
        How long all takes, in seconds.
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
        """Return what happens, and how long each step takes; the last step is "return"."""

    @abstractmethod
    def tracks(self) -> Iterator[Track]:
        """Make the lights where all stands now, and return what is done at each time."""

    # What stories have in common

    def stepping_back(self, rest: Presence) -> Track:
        """Let parts step back for the whole story."""
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
        """Let an outline or a line light up for some time, at most to the end of the story."""
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
        """Let formulas stay where they belong in the picture, and then go to their place.

        Parameters
        ----------
        part : VMobject
            What comes.
        beside : ndarray of float
            Its middle, in the picture.
        start, length : float
            In seconds: at `CAME` of the length it has come.
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
        """Return where words cover the fewest neurons: the first of equal places.

        Parameters
        ----------
        words : VMobject
            What is to be placed.
        places : sequence of ndarray of float
            Where its middle may be; it is moved into the frame from there.
        bright, faint
            Layers whose neurons are seen well, and some that have stepped back, which count less.
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
    """Return where words may stand beside a line, without touching it: first above its middle."""
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
    """Return where words may stand around a neuron: on its sides, at its corners; near first."""
    middle = outline.get_center()
    reach = np.array([outline.width + words.width, outline.height + words.height, 0.0]) / 2
    sides = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
    return [
        middle + (reach + off) * np.array([x, y, 0.0])
        for off in (_OFF, _OFF + outline.height / 2, _OFF + outline.height)
        for x, y in sides
    ]


class TellStory(AtItsTurn):
    """An animation that tells a story, whose formulas stay on screen.

    Parameters
    ----------
    net : Mobject
        The picture on screen; it is added if it is not there.
    explanation : object
        The formulas.
    story : callable
        From the group of lights to the story.
    run_time : float or None
        In seconds; None for as long as its steps take.
    rate_func : callable
        From the part of the time to the part of the story.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        net: Mobject,
        explanation: Any,
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
        """Hide all that is to come."""
        self._all = Presence(self.explanation)
        self._all.show(0.0)
        super().begin()

    def start(self) -> None:
        """Look where all stands, and make the lights."""
        self._all.show(1.0)
        self._lights.remove(*self._lights)
        self._tracks = list(self._story.tracks())

    def show(self, share: float) -> None:
        """Show a moment of the story."""
        for track in self._tracks:
            track(share * self._story.length)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Take the lights away."""
        super().clean_up_from_scene(scene)
        scene.remove(self._lights)
        self._lights.remove(*self._lights)
