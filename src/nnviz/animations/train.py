"""A training as an animation: weights and panels that go through its reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from manim import Animation, AnimationGroup, Mobject, interpolate, linear
from numpy.typing import NDArray

from nnviz.animations.engine_animation import Input, copy_of_input, forward_pass_of
from nnviz.mobjects.charts.panel import Course, FollowReports, Panel
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import at_once
from nnviz.network import Network, Report
from nnviz.network.architecture import same_architecture

__all__ = ["Train"]


class Train(AnimationGroup):
    """A network on screen, and panels beside it, go through a training, report by report.

    They start from what is shown, and each report takes the same time. At the time of a report
    everything is exactly what the engine computed for its network. Between two reports, edges blend
    from one state to the next in colour and width; curves grow straight from point to point, and
    their axes with them; regions and fitted curves are drawn from blended outputs; bars move;
    numbers, also those on edges, are those of the last report, except for a
    :class:`~nnviz.CostNumber`, which counts. Every picture depends on the time alone.

    Afterwards everything shows the last report, and ``net.network`` is its network.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture. The training starts from its network: panels that have shown nothing
        yet show that first.
    reports : iterable of Report
        The reports that `Network.train` or `Network.sgd` yields, a list of them, or a `Recording`.
        An iterator is read at once, here, and so the network is trained here.
    panels : iterable of Panel, optional
        Panels, such as :class:`~nnviz.mobjects.charts.training_curves.CostCurve`.
    example : Input, optional
        One input, whose activations neurons and maps show, and numbers in them; a mapping from
        names to inputs where there are several. Between two reports they are blended. None leaves
        neurons as they are.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If `example` is no input of the network.
    ValueError
        If there are no reports, if their networks have other sizes than the one shown, if they lack
        what a panel shows, or if `example` is a batch.

    Examples
    --------
    .. manim:: LearnsXOR

        from nnviz import CostCurve, Network, NetworkMobject, Train

        class LearnsXOR(Scene):
            def construct(self):
                x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
                network = Network.random([2, 4, 1], seed=1, cost="cross-entropy")
                net = NetworkMobject(network, fit=(5, 4)).shift(3.5 * LEFT).show_weights()
                cost = CostCurve({"four examples": (x, y)}, width=6, height=4).shift(3 * RIGHT)
                self.add(net, cost)
                reports = network.train(x, y, epochs=100, optimizer="adam", learning_rate=0.1)
                self.play(Train(net, reports, panels=[cost], example=[0, 1], run_time=6))
    """

    def __init__(
        self,
        net: NetworkMobject,
        reports: Iterable[Report],
        panels: Iterable[Panel] = (),
        *,
        example: Input | None = None,
        run_time: float = 6.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        course = Course(reports if isinstance(reports, Sequence) else list(reports))
        if not len(course):
            raise ValueError("there are no reports: nothing was trained, or they were used up")
        trained, shown = course[0].network, net.network
        if not same_architecture(trained, shown):
            raise ValueError(
                f"the reports are of {trained!r}, and the picture is of {shown!r}: make a "
                "NetworkMobject of the network that was trained"
            )
        if example is not None:
            forward_pass_of(shown, example)
        if len(net.annotations):
            for report in course:  # raises an error if numbers do not fit
                net.parameter_changes(report.network)
                if example is not None:
                    values = net.per_layer(forward_pass_of(report.network, example))
                    for k, of_layer in enumerate(values):
                        net.changes_of_layer(k, of_layer)
        self.net, self.course, self.panels = net, course, list(panels)
        for panel in self.panels:
            panel.expect(course)
        super().__init__(
            ThroughWeights(net, course, example, run_time=run_time),
            *(FollowReports(panel, course, run_time=run_time) for panel in self.panels),
            rate_func=rate_func,
            **kwargs,
        )

    def begin(self) -> None:
        """Let panels that have shown nothing show where the training starts."""
        if self.course[0].epoch > 0:
            for panel in self.panels:
                if not panel.measured:
                    panel.show_network(self.net.network)
        super().begin()


class _State(NamedTuple):
    """The state of the picture: edges that show the weights, and activations by layer."""

    edges: EdgeArray
    activations: Sequence[NDArray[np.float64]]


class ThroughWeights(Animation):
    """Edges, neurons and annotations of a network go through reports, from what is shown now.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture.
    course : Course
        The reports; each takes the same time.
    example : Input, optional
        The input whose activations are shown; None for none.
    **kwargs
        For :class:`manim.Animation`.
    """

    # Kept out of __dict__, from which Manim computes the name of a play in its own cache.
    __slots__ = ("_first", "_known", "_reached")

    def __init__(
        self, net: NetworkMobject, course: Course, example: Input | None = None, **kwargs: Any
    ) -> None:
        self.net, self.course = net, course
        self.example = None if example is None else copy_of_input(example)
        self._known: dict[int, _State] = {}
        self._first, self._reached = net.network, 0
        self.start: EdgeArray = net.edges
        super().__init__(net, rate_func=linear, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Return the picture itself: only its edges are copied, by :meth:`begin`."""
        return self.net

    def begin(self) -> None:
        """Keep the look of the edges."""
        self._first, self._reached = self.net.network, 0
        self.start = self.net.edges.separate()
        self._known = {}
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the edges at a time in [0, 1] of the run time."""
        whole, share = self.course.at(self.rate_func(alpha))
        before = self._state(whole)
        after = self._state(whole + 1) if share else before
        self.net.edges.interpolate_color(before.edges, after.edges, share)
        if self.example is not None:
            pairs = zip(before.activations, after.activations, strict=True)
            self.net.show_activations([interpolate(*pair, share) for pair in pairs])
        if whole != self._reached:
            self._reached = whole
            self._use(self._network(whole))

    def _use(self, network: Network) -> None:
        """Let the picture have the network of the last report."""
        self.net.network = network
        at_once(self.net.parameter_changes())

    def finish(self) -> None:
        """Leave the network's picture in the state of the last report."""
        super().finish()
        last = self.course[-1].network
        self.net.show_weights(last)
        if self.example is not None:
            self.net.show_activations(forward_pass_of(last, self.example))

    def _state(self, k: int) -> _State:
        """Return the state after k reports."""
        if k not in self._known:
            for old in [old for old in self._known if abs(old - k) > 1]:
                del self._known[old]
            network = self._network(k)
            edges = self.net.edges_by_weights(network=network) if k else self.start
            activations: Sequence[NDArray[np.float64]] = ()
            if self.example is not None:
                activations = self.net.per_layer(forward_pass_of(network, self.example))
            self._known[k] = _State(edges, activations)
        return self._known[k]

    def _network(self, k: int) -> Network:
        """Return the network after k reports."""
        network: Network = self.course[k - 1].network if k else self._first
        return network
