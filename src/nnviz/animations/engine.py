"""What a network computes, animated: forwards, backwards, its gradient, and a step down it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, ParsableManimColor, Scene, smooth
from numpy.typing import ArrayLike, NDArray

from nnviz.animations.pulses import ARRIVAL, GiveWay, Pulse
from nnviz.animations.steps import Adjust
from nnviz.animations.timing import within
from nnviz.mobjects.charts.panel import Course, FollowReports, Panel
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.error_rings import ErrorRings
from nnviz.mobjects.network.signals import (
    Signal,
    signals_back_from,
    signals_into,
    strokes_of_signal,
)
from nnviz.mobjects.primitives.painting import STROKE, Repaint
from nnviz.network import ForwardPass, Gradient, Network, Snapshot

__all__ = [
    "Backpropagate",
    "EngineAnimation",
    "FeedForward",
    "Input",
    "ShowGradient",
    "TakeStep",
    "forward_pass_of",
    "own_input",
]

#: Of a layer's time on the way back: until when rings appear, and from when pulses run.
_RINGS, _BACK = 0.4, 0.3

#: One input, or several by their names.
Input = ArrayLike | Mapping[str, ArrayLike]


class EngineAnimation(AnimationGroup):
    """A group of animations of one network, which are made when its turn comes.

    So each starts from the picture and the network as those before it left them, also in a
    ``Succession`` or a ``LaggedStart``. It changes colours, widths and numbers alone: whatever
    moves the picture may do so meanwhile. One of your own says in :meth:`parts` what it consists
    of.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen; it is added if it is not there.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.AnimationGroup`: ``rate_func``, ``lag_ratio``...
    """

    def __init__(self, net: NetworkMobject, *, run_time: float = 1.0, **kwargs: Any) -> None:
        self.net = net
        self._scene: Scene | None = None
        self._has_started = False
        kwargs = {"suspend_mobject_updating": False} | kwargs
        super().__init__(group=net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return what to play, made of the picture as it is now; at least one animation."""
        raise NotImplementedError

    def begin(self) -> None:
        """Wait for the turn."""
        self._has_started = False

    def interpolate(self, alpha: float) -> None:
        """Show what there is at a share of the run time; make the parts when the turn comes."""
        self._start()
        super().interpolate(alpha)

    def finish(self) -> None:
        """Show the end."""
        self._start()
        super().finish()

    def _start(self) -> None:
        if self._has_started:
            return
        self._has_started = True
        self.animations = self.parts()
        self.run_time = self.init_run_time(self.run_time)
        if self._scene is not None:
            super()._setup_scene(self._scene)
        super().begin()

    def _setup_scene(self, scene: Any) -> None:
        self._scene = scene
        if scene is None:
            return
        # Manim's own command draws edges without asking them: here a scene is known at last.
        self.net.check_background(scene.camera)
        if self.net not in scene.get_mobject_family_members():
            scene.add(self.net)


class FeedForward(EngineAnimation):
    """An input travels through a network: column after column lights up to its activations.

    What travels are the products of weights and activations: a pulse along each edge, all edges of
    a layer side by side, as wide and as opaque as w a is large, in the colour of its sign. A
    strength of 1 is the strongest weight shown out of a neuron that is full; a neuron of activation
    0 sends nothing. Along arrows, and other lines, go activations:
    :func:`~nnviz.mobjects.network.signals.signals_into` says which. Layers light up as the pulses
    arrive. Neurons and maps, and numbers in them, end as :meth:`NetworkMobject.show_activations`
    shows what ``net.network`` computes, the network being the one that the picture has when the
    animation begins.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    x : Input
        One input, of the shape that ``net.network.forward_pass`` takes; a mapping from their
        names, where there are several.
    layers : sequence of int or str, optional
        Which layers light up, in this order, by number (0 is the input) or name. By default all
        do, those of a column together.
    flash : bool, optional
        Whether pulses run along the lines.
    color : color, optional
        Colour of all pulses; by default the style's ``positive_color`` and ``negative_color``.
    run_time : float, optional
        In seconds, for all layers together.
    lag_ratio : float, optional
        When the next layer starts, in parts of one layer's time: with 1 they come one after the
        other, with less they overlap.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If `x` is no input of the network.
    ValueError
        If `x` is a batch, or numbers in neurons would become too small to be read.
    IndexError
        If there is no such layer.

    Examples
    --------
    >>> from nnviz import FeedForward, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> FeedForward(net, [0.0, 1.0]).run_time  # self.play(...) in a scene
    3.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        x: Input,
        *,
        layers: Sequence[int | str] | None = None,
        flash: bool = True,
        color: ParsableManimColor | None = None,
        run_time: float = 3.0,
        lag_ratio: float = 1.0,
        **kwargs: Any,
    ) -> None:
        values = net.per_layer(forward_pass_of(net.network, x))
        self._made_from = own_input(x)
        self._flash, self._color = flash, color
        self._layers = None if layers is None else [net.layer_index(layer) for layer in layers]
        for k in range(len(net.layers)) if self._layers is None else self._layers:
            net.changes_of_layer(k, values[k])  # or there is no room for numbers
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the inputs on."""
        net = self.net
        values = net.per_layer(forward_pass_of(net.network, self._made_from))
        columns = net.structure.by_columns if self._layers is None else [[k] for k in self._layers]
        return [
            AnimationGroup(*(move for k in column for move in self._step(k, values)))
            for column in columns
        ]

    def _step(self, k: int, values: Sequence[NDArray[np.float64]]) -> Iterator[Animation]:
        net, style = self.net, self.net.style
        changes = net.changes_of_layer(k, values[k])
        if not self._flash or k < net.structure.n_inputs:
            yield from changes
            return
        colors = style.positive_color, style.negative_color
        pulses = [
            _pulse(net, signal, self._color, *colors) for signal in signals_into(net, k, values)
        ]
        if len(edges := net.edge_groups[k - net.structure.n_inputs]):
            yield GiveWay(edges)
        yield from pulses
        yield from within(ARRIVAL, 1.0, changes) if pulses else changes


class Backpropagate(EngineAnimation):
    """The cost's derivatives travel back: layer after layer, from the output to the input.

    Each layer after the input gets rings around its neurons and maps, which show dC/dz of the
    example as :meth:`NetworkMobject.show_errors` does: coloured by its sign, as wide and opaque as
    it is large within its layer. Then pulses run back along the edges into it, as wide and as
    opaque as w dC/dz is large, which is a part of the derivative by the activation before, and in
    the colours of rings (:func:`~nnviz.mobjects.network.signals.signals_back_from`). Meanwhile the
    edges turn into those of :meth:`NetworkMobject.show_gradient`, with the numbers of
    :meth:`NetworkMobject.show_gradient_values`, if there are any. So the picture is left, with the
    activations that it had; :class:`TakeStep` takes the rings away again.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    x, y
        One input and its desired output, as ``net.network.backprop`` takes them.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    flash : bool, optional
        Whether pulses run along the lines.
    color : color, optional
        Colour of all pulses; by default the style's ``increase_color`` and ``decrease_color``.
    run_time : float, optional
        In seconds, for all layers together.
    lag_ratio : float, optional
        As for :class:`FeedForward`.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If `x` is no input of the network, or `y` no output.
    ValueError
        If they are a batch, or derivatives in numbers would become too small to be read.

    Examples
    --------
    >>> from nnviz import Backpropagate, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> Backpropagate(net, [0.0, 1.0], [1.0]).run_time
    3.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        x: Input,
        y: ArrayLike,
        *,
        exponent: float | None = None,
        flash: bool = True,
        color: ParsableManimColor | None = None,
        run_time: float = 3.0,
        lag_ratio: float = 1.0,
        **kwargs: Any,
    ) -> None:
        forward_pass_of(net.network, x)
        net.network.cost(x, y)
        net.gradient_changes(net.network.backprop(x, y))  # or there is no room for numbers
        # Now, as Manim takes it ill if a mobject gets parts while something else animates it.
        net.prepared_rings()
        self._made_from = own_input(x), np.array(y)
        self._exponent, self._flash, self._color = exponent, flash, color
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the last one back."""
        net = self.net
        backward = net.network.backward_pass(*self._made_from)
        wanted = net.rings_by_errors(backward)
        rings = net.prepared_rings().prepare_for(wanted)
        gradient = net.network.backprop(*self._made_from)
        painted = net.edges_by_gradient(gradient, self._exponent)
        steps: list[Animation] = []
        groups = net.edge_groups
        # A positive error asks for a smaller activation.
        colors = net.style.decrease_color, net.style.increase_color
        for column in net.structure.by_columns[:0:-1]:
            back: list[Animation] = []
            for k in column:
                if len(edges := groups[k - net.structure.n_inputs]):
                    back.append(Repaint(edges, [edges], STROKE, [painted[edges.rows]]))
                back += net.gradient_changes(gradient, [k])
                if self._flash:
                    for signal in signals_back_from(net, k, backward):
                        back.append(_pulse(net, signal, self._color, *colors, backwards=True))
            appear = within(0.0, _RINGS, [rings.change_to(net, wanted, column)])
            steps.append(AnimationGroup(*appear, *within(_BACK, 1.0, back)))
        return steps


class ShowGradient(EngineAnimation):
    """Edges turn into those of :meth:`NetworkMobject.show_gradient`, all at once.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    gradient : Gradient
        Gradient of the cost, shaped like the network; of one example, a mini-batch or all there
        are.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    run_time : float, optional
        In seconds.
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
        net.gradient_changes(gradient)  # or there is no room for numbers
        self._made_from, self._exponent = gradient, exponent
        super().__init__(net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return animations of all edges, and of derivatives in numbers."""
        painted = self.net.edges_by_gradient(self._made_from, self._exponent)
        repaint = Repaint(self.net, [self.net.edges], STROKE, [painted])
        return [repaint, *self.net.gradient_changes(self._made_from)]


class TakeStep(EngineAnimation):
    """A network takes a step down a gradient: it is seen which weights grow, and which shrink.

    First every edge shows where its weight goes, by more than it does: in the style's
    ``increase_color`` or ``decrease_color``, the more of it the larger the change is, and wider if
    the weight becomes stronger, thinner if it becomes weaker. Then edges, and numbers on them and
    beside neurons, settle as :meth:`NetworkMobject.show_weights` shows
    ``net.network.step(gradient, learning_rate)``, and panels follow: a
    :class:`~nnviz.CostNumber` counts to the new cost. That is ``net.network`` from the animation's
    end on; before, it is the one that the picture had when the animation began. Rings that
    :class:`Backpropagate` left vanish, as they were the old network's. Activations stay until they
    are shown again.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    gradient : Gradient
        Shaped like the network.
    learning_rate : float, optional
        Learning rate.
    panels : iterable of Panel, optional
        Charts of the network beside it, such as :class:`~nnviz.CostNumber`; of those that have
        shown nothing yet, what the old network is like is shown first.
    pulse : bool, optional
        Whether edges show where they go, before they settle.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If the gradient is that of another network.
    ValueError
        If numbers would become too small to be read, or if a panel is a curve over the epochs, of
        which a step is none, or lacks what it shows.

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
        learning_rate: float = 1.0,
        *,
        panels: Iterable[Panel] = (),
        pulse: bool = True,
        exponent: float | None = None,
        run_time: float = 2.0,
        **kwargs: Any,
    ) -> None:
        after = net.network.step(gradient, learning_rate)
        net.parameter_changes(after)  # or there is no room for numbers
        self.panels, self._pulse = list(panels), pulse
        for panel in self.panels:
            if panel.memory is None:
                raise ValueError(
                    f"{type(panel).__name__} is a curve over the epochs of a training, and a step "
                    "is no epoch: play Train(net, reports, panels=[...]) for that"
                )
            panel.expect([_snapshot(after)])
        self._made_from, self._exponent = (gradient, learning_rate), exponent
        super().__init__(net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return the changes of edges, of numbers, and of rings if there are any."""
        net = self.net
        after = self._leaves = net.network.step(*self._made_from)
        edges = Adjust(net, after, self._exponent, pulse=self._pulse)
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
        return [edges, *within(Adjust.TURN, 1.0, settle), *within(0.0, Adjust.TURN, vanish)]

    def finish(self) -> None:
        """Leave the new network in the picture."""
        super().finish()
        self.net.network, self.net.shows_weights = self._leaves, True


def _snapshot(network: Network) -> Snapshot:
    """Return a report of a network after a step, for panels that show it alone."""
    return Snapshot(1, None, None, network)


def forward_pass_of(network: Network, x: Input) -> ForwardPass:
    """Return what the network computes for one input, and refuse a batch."""
    forward = network.forward_pass(x)
    if forward.output.ndim > len(network.output_shape):
        shape, one = "", "of each input"
        if not isinstance(x, Mapping):
            shape, one = f", shape {np.shape(x)}", f"such as x[0], of shape {network.input_shape}"
        raise ValueError(
            f"x is a batch of {len(forward.output)} inputs{shape}: a picture shows one of them, "
            f"{one}"
        )
    return forward


def own_input(x: Input) -> Input:
    """Return a copy of an input, or of several."""
    return (
        {name: np.array(one) for name, one in x.items()} if isinstance(x, Mapping) else np.array(x)
    )


def _pulse(
    net: NetworkMobject,
    signal: Signal,
    color: ParsableManimColor | None,
    positive: ParsableManimColor,
    negative: ParsableManimColor,
    *,
    backwards: bool = False,
) -> Pulse:
    """Return pulses along lines that show what is sent, in one colour if that is given."""
    if color is not None:
        positive = negative = color
    strokes = strokes_of_signal(net, signal, positive, negative)
    return Pulse(signal.lines, *strokes, backwards=backwards)
