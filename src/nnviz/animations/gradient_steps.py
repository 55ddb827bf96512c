"""A network's gradient, and a step down it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manim import Animation, smooth

from nnviz.animations.edge_changes import AdjustEdges
from nnviz.animations.engine_animation import EngineAnimation
from nnviz.animations.timing import within
from nnviz.mobjects.charts.panel import Course, FollowReports, Panel
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.error_rings import ErrorRings
from nnviz.mobjects.primitives.painting import STROKE, Repaint
from nnviz.network import Gradient, Network, Snapshot
from nnviz.network.training import rate_of

__all__ = ["ShowGradient", "TakeStep"]


class ShowGradient(EngineAnimation):
    """Edges turn into those of :meth:`NetworkMobject.show_gradient`, all at once.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    gradient : Gradient
        Gradient of the cost, shaped like the network: of one example, of a mini-batch or of all
        examples.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    run_time : float, optional
        Run time in seconds.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If the gradient is that of another network.
    ValueError
        If numbers would become too small to be read.

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject, ShowGradient
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> ShowGradient(net, net.network.backprop([0.0, 1.0], [1.0])).run_time
    1.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        gradient: Gradient,
        *,
        exponent: float | None = None,
        run_time: float = 1.0,
        **kwargs: Any,
    ) -> None:
        net.network.step(gradient)
        net.gradient_changes(gradient)  # raises an error if numbers do not fit
        self._made_from, self._exponent = gradient, exponent
        super().__init__(net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return animations of all edges, and of derivatives in numbers."""
        painted = self.net.edges_by_gradient(self._made_from, self._exponent)
        repaint = Repaint(self.net, [self.net.edges], STROKE, [painted])
        return [repaint, *self.net.gradient_changes(self._made_from)]


class TakeStep(EngineAnimation):
    """A network takes a step down a gradient, and shows which weights grow and which shrink.

    First every edge shows the change of its weight, exaggerated: the larger the change, the more it
    takes on the style's ``increase_color`` or ``decrease_color``; it becomes wider if the weight
    becomes stronger, thinner if it becomes weaker. Then edges, and numbers on them and beside
    neurons, show ``net.network.step(gradient, learning_rate)``, as by
    :meth:`NetworkMobject.show_weights`, and panels follow: a :class:`~nnviz.CostNumber` counts to
    the new cost. At the end of the animation the new network becomes ``net.network``. Rings that
    :class:`Backpropagate` left vanish, as they belong to the old network. Activations stay until
    they are shown again.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    gradient : Gradient
        Gradient of the cost, shaped like the network.
    learning_rate : float, optional
        What the gradient is multiplied by; 1 if None.
    panels : iterable of Panel, optional
        Charts of the network beside it, such as :class:`~nnviz.CostNumber`. Those that have shown
        nothing yet show the old network first.
    pulse : bool, optional
        Whether edges show the exaggerated changes first.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    run_time : float, optional
        Run time in seconds.
    eta : float, optional
        Another name of `learning_rate`.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If the gradient is that of another network, or `learning_rate` and `eta` are both given.
    ValueError
        If numbers would become too small to be read, if a panel is a curve over epochs, or if a
        panel lacks what it shows.

    Examples
    --------
    >>> from nnviz import CostNumber, Network, NetworkMobject, TakeStep
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> gradient = net.network.backprop([0.0, 1.0], [1.0])
    >>> cost = CostNumber(([0.0, 1.0], [1.0]))
    >>> TakeStep(net, gradient, learning_rate=0.5, panels=[cost]).run_time
    2.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        gradient: Gradient,
        learning_rate: float | None = None,
        *,
        panels: Iterable[Panel] = (),
        pulse: bool = True,
        exponent: float | None = None,
        run_time: float = 2.0,
        eta: float | None = None,
        **kwargs: Any,
    ) -> None:
        rate = rate_of(learning_rate, eta, 1.0)
        after = net.network.step(gradient, rate)
        net.parameter_changes(after)  # raises an error if numbers do not fit
        self.panels, self._pulse = list(panels), pulse
        for panel in self.panels:
            if panel.memory is None:
                raise ValueError(
                    f"{type(panel).__name__} is a curve over the epochs of a training, and a step "
                    "is no epoch: play Train(net, reports, panels=[...]) for that"
                )
            panel.expect([_snapshot(after)])
        self._made_from, self._exponent = (gradient, rate), exponent
        super().__init__(net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return the changes of edges, of numbers, and of rings if there are any."""
        net = self.net
        after = self._leaves = net.network.step(*self._made_from)
        edges = AdjustEdges(net, after, self._exponent, pulse=self._pulse)
        settle: list[Animation] = net.parameter_changes(after)
        for panel in self.panels:
            if not panel.measured:
                panel.show_network(net.network)
            settle.append(FollowReports(panel, Course([_snapshot(after)]), rate_func=smooth))
        vanish: list[Animation] = []
        if isinstance(rings := net.errors, ErrorRings):
            vanish.append(rings.change_to(net, rings.unseen()))
        if not self._pulse:
            return [edges, *settle, *vanish]
        return [
            edges,
            *within(AdjustEdges.TURN, 1.0, settle),
            *within(0.0, AdjustEdges.TURN, vanish),
        ]

    def finish(self) -> None:
        """Leave the new network in the picture."""
        super().finish()
        self.net.network, self.net.shows_weights = self._leaves, True


def _snapshot(network: Network) -> Snapshot:
    """Return a report of a network after a step, for panels."""
    return Snapshot(1, None, None, network)
