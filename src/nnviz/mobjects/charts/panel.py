"""What all panels share: they show a report of a training, and follow many."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from manim import Animation, Mobject, Rectangle, VGroup, linear
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.writing import Writing, writer
from nnviz.network import Network, Report, Snapshot

__all__ = ["Course", "FloatArray", "FollowReports", "Panel"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Course(Sequence[Report]):
    """Reports of one training, in order."""

    reports: Sequence[Report]

    def __len__(self) -> int:
        return len(self.reports)

    def __getitem__(self, key: Any) -> Any:
        return self.reports[key]

    def __iter__(self) -> Iterator[Report]:
        return iter(self.reports)

    def at(self, share: float) -> tuple[int, float]:
        """Return how many reports are over at a share of the time, and the share of the next."""
        position = min(max(share, 0.0), 1.0) * len(self)
        return int(position), position % 1


class Panel(ShownInNotebooks, VGroup):
    """A chart of what a network is like, in a box of fixed size.

    All numbers come from reports (`nnviz.network.Report`) and their networks: :meth:`show_report`
    sets the state at once, ``panel.animate.show_report(report)`` moves it from the one before, and
    :class:`~nnviz.animations.train.Train` through many. A panel may be moved, scaled and turned.

    A kind of panel says what it needs of a report (:meth:`measure`) and how that is drawn
    (:meth:`draw`).

    Parameters
    ----------
    width, height : float
        Size of the box, in scene units. Everything stays in it.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.
    """

    #: How many measurements a picture is drawn from; None if it is from all so far.
    memory: ClassVar[int | None] = 1

    box: Part[Rectangle] = Part(0, doc="What everything stands in.")

    def __init__(self, width: float, height: float, writing: Writing = "text") -> None:
        if not (width > 0 and height > 0):
            raise ValueError(f"a panel needs a positive width and height, not {width} x {height}")
        self.size = (float(width), float(height))
        self.writing: Any = writer(writing)
        #: The last measurements that were shown.
        self.measured: tuple[FloatArray, ...] = ()
        # Nothing is seen of the box: it keeps the panel's place while what is in it changes.
        super().__init__(Rectangle(width=width, height=height, stroke_width=0, stroke_opacity=0))

    # --- what a kind of panel says

    @abstractmethod
    def measure(self, report: Report) -> FloatArray:
        """Return the engine's numbers of a report that this panel needs."""

    @abstractmethod
    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Draw the way from the last of the measurements so far to the next.

        Parameters
        ----------
        past : sequence of ndarray of float
            The last `memory` measurements so far, at least one.
        after : ndarray of float
            The next one; the last once more where there is no next.
        share : float
            Share of the way, in [0, 1). At 0 what is seen is exactly what was measured.
        """

    def expect(self, reports: Sequence[Report]) -> None:
        """Raise an error if reports lack what the panel shows.

        Raises
        ------
        ValueError
            Saying what is missing, and what to do.
        """

    def foresee(self, measured: Sequence[FloatArray]) -> None:
        """Prepare for measurements that will be shown; only panels drawn from all are asked.

        Parameters
        ----------
        measured : sequence of ndarray of float
            Those shown so far, and all that follow.
        """

    # --- what follows from that

    def show_report(self, report: Report) -> Self:
        """Show a report."""
        self.expect([report])
        self.measured = self._newest((*self.measured, self.measure(report)))
        self.draw(self.measured, self.measured[-1], 0.0)
        return self

    def show_network(self, network: Network) -> Self:
        """Show a network on its own, as where a training begins: a report of epoch 0."""
        return self.show_report(Snapshot(0, None, None, network))

    @animation_for(show_report)
    def _animate_report(
        self, report: Report, anim_args: dict[str, Any] | None = None
    ) -> FollowReports:
        self.expect([report])
        return FollowReports(self, Course([report]), **(anim_args or {}))

    @animation_for(show_network)
    def _animate_network(
        self, network: Network, anim_args: dict[str, Any] | None = None
    ) -> FollowReports:
        report = Snapshot(0, None, None, network)
        self.expect([report])
        return FollowReports(self, Course([report]), **(anim_args or {}))

    def place(self, points: ArrayLike) -> FloatArray:
        """Return where points of the box are now, shape (n, 3).

        Parameters
        ----------
        points : array_like
            Shape (n, 2), from the lower left corner, in units of the size at the beginning.
        """
        _, upper_left, lower_left, lower_right = self.box.points[[0, 4, 8, 12]]
        width, height = self.size
        axes = np.array([(lower_right - lower_left) / width, (upper_left - lower_left) / height])
        placed: FloatArray = lower_left + np.asarray(points, dtype=float).reshape(-1, 2) @ axes
        return placed

    @property
    def enlargement(self) -> float:
        """The box's height over its height at the beginning."""
        return float(np.linalg.norm(self.box.points[4] - self.box.points[8])) / self.size[1]

    def _newest(self, measured: tuple[FloatArray, ...]) -> tuple[FloatArray, ...]:
        return measured if self.memory is None else measured[-self.memory :]


# It stands here, as `panel.animate.show_report` plays it.
class FollowReports(Animation):
    """A panel goes through reports, from what it shows now.

    Parameters
    ----------
    panel : Panel
        Which.
    course : Course
        The reports; each takes the same time.
    """

    # Kept out of __dict__, from which Manim computes the name of a play in its own cache.
    __slots__ = ("_known",)

    def __init__(
        self, panel: Panel, course: Course, rate_func: Any = linear, **kwargs: Any
    ) -> None:
        self.panel, self.course = panel, course
        self._known: dict[int, FloatArray] = {}
        super().__init__(panel, rate_func=rate_func, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Return the panel itself: nothing is made from a copy of it."""
        return self.panel

    def begin(self) -> None:
        """Measure what every picture shows."""
        plain = vars(VGroup())
        self.start = self.panel.measured
        self._known = {}
        if self.panel.memory is None:
            coming = [self._measure(k) for k in range(len(self.course))]
            if len(coming) > 1:
                self.panel.foresee([*self.start, *coming])
        #: What the panel draws from, in addition to what is seen.
        self.drawn_from = {k: v for k, v in vars(self.panel).items() if k not in plain}
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the panel at a time in [0, 1] of the run time."""
        (whole, share), memory = self.course.at(self.rate_func(alpha)), self.panel.memory
        first = 0 if memory is None else max(0, whole - memory)
        past = (*self.start, *(self._measure(k) for k in range(first, whole)))
        after = self._measure(whole) if whole < len(self.course) else past[-1]
        self.panel.measured = self.panel._newest(past)
        # Where nothing has been shown yet, the first report is there from the beginning.
        self.panel.draw(self.panel.measured or (after,), after, share)

    def _measure(self, k: int) -> FloatArray:
        if k not in self._known:
            if self.panel.memory is not None:
                # What a picture is drawn from may be large.
                for old in [old for old in self._known if abs(old - k) > self.panel.memory]:
                    del self._known[old]
            self._known[k] = self.panel.measure(self.course[k])
        return self._known[k]
