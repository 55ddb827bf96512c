"""What a network computes, animated: forwards, backwards, its gradient, and a step down it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    ParsableManimColor,
    Scene,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.animations.network import flash_edges
from nnviz.animations.timing import CreateThenErase
from nnviz.mobjects.edges import EdgeArray
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.errors import ErrorRings
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.painting import STROKE, Repaint
from nnviz.network import ForwardPass, Gradient, Network

__all__ = ["Backpropagate", "EngineAnimation", "FeedForward", "ShowGradient", "TakeStep"]

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
    net
        The network on screen; it is added if it is not there.
    run_time
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

    A flash runs along the lines into each layer while it does. Neurons and maps, and numbers in
    them, end as :meth:`NetworkMobject.show_activations` shows what ``net.network`` computes, the
    network being the one that the picture has when the animation begins.

    Parameters
    ----------
    net
        The network on screen.
    x
        One input, of the shape that ``net.network.forward_pass`` takes; a mapping from their
        names, where there are several.
    layers
        Which layers light up, in this order, by number (0 is the input) or name. By default all
        do, those of a column together.
    flash
        Whether flashes run along the lines.
    color
        Of the flashes; by default the style's ``highlight_color``.
    run_time
        In seconds, for all layers together.
    lag_ratio
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
        values = net.per_layer(_forward_pass(net.network, x))
        self._made_from = _own(x)
        self._flash, self._color = flash, color
        self._layers = None if layers is None else [net.layer_index(layer) for layer in layers]
        for k in range(len(net.layers)) if self._layers is None else self._layers:
            net.changes_of_layer(k, values[k])  # or there is no room for numbers
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the inputs on."""
        net = self.net
        values = net.per_layer(_forward_pass(net.network, self._made_from))
        columns = net.structure.by_columns if self._layers is None else [[k] for k in self._layers]
        return [
            AnimationGroup(*(move for k in column for move in self._step(k, values[k])))
            for column in columns
        ]

    def _step(self, k: int, values: NDArray[np.float64]) -> Iterator[Animation]:
        net = self.net
        yield from net.changes_of_layer(k, values)
        if self._flash and k >= net.structure.n_inputs:
            for lines in _lines_into(net, k):
                yield _flash(net, lines, self._color)


class Backpropagate(EngineAnimation):
    """The cost's derivatives travel back: layer after layer, from the output to the input.

    Each layer after the input gets rings around its neurons and maps, which show dC/dz of the
    example as :meth:`NetworkMobject.show_errors` does: coloured by its sign, as wide and opaque as
    it is large within its layer. Meanwhile a flash runs back along the edges into it, and they
    turn into those of :meth:`NetworkMobject.show_gradient`, with the numbers of
    :meth:`NetworkMobject.show_gradient_values`, if there are any. So the picture is left, with the
    activations that it had; :class:`TakeStep` takes the rings away again.

    Parameters
    ----------
    net
        The network on screen.
    x, y
        One input and its desired output, as ``net.network.backprop`` takes them.
    exponent
        Of the edges' widths; the style's ``weight_exponent`` by default.
    flash
        Whether flashes run along the lines.
    color
        Of the flashes; by default the style's ``highlight_color``.
    run_time
        In seconds, for all layers together.
    lag_ratio
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
        _forward_pass(net.network, x)
        net.network.cost(x, y)
        net.gradient_changes(net.network.backprop(x, y))  # or there is no room for numbers
        # Now, as Manim takes it ill if a mobject gets parts while something else animates it.
        net.prepared_rings()
        self._made_from = _own(x), np.array(y)
        self._exponent, self._flash, self._color = exponent, flash, color
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the last one back."""
        net = self.net
        wanted = net.rings_by_errors(net.network.backward_pass(*self._made_from))
        rings = net.prepared_rings().prepare_for(wanted)
        gradient = net.network.backprop(*self._made_from)
        painted = net.edges_by_gradient(gradient, self._exponent)
        steps: list[Animation] = []
        groups = net.edge_groups
        for column in net.structure.by_columns[:0:-1]:
            step: list[Animation] = [rings.change_to(net, wanted, column)]
            for k in column:
                if len(edges := groups[k - net.structure.n_inputs]):
                    step.append(Repaint(edges, [edges], STROKE, [painted[edges.rows]]))
                step += net.gradient_changes(gradient, [k])
                if self._flash:
                    for lines in _lines_into(net, k):
                        step.append(_flash(net, _backwards(lines), self._color))
            steps.append(AnimationGroup(*step))
        return steps


class ShowGradient(EngineAnimation):
    """Edges turn into those of :meth:`NetworkMobject.show_gradient`, all at once.

    Parameters
    ----------
    net
        The network on screen.
    gradient
        Of the cost, shaped like the network; of one example, a mini-batch or all there are.
    exponent
        Of the edges' widths; the style's ``weight_exponent`` by default.
    run_time
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
    """A network takes a step down a gradient, and edges and numbers follow.

    Edges, and the numbers on them and beside neurons, end as :meth:`NetworkMobject.show_weights`
    shows ``net.network.step(gradient, eta)``. That is ``net.network`` from the animation's end on;
    before, it is the one that the picture had when the animation began. Rings that
    :class:`Backpropagate` left vanish, as they were the old network's. Activations stay
    until they are shown again.

    Parameters
    ----------
    net
        The network on screen.
    gradient
        Shaped like the network.
    eta
        Learning rate.
    exponent
        Of the edges' widths; the style's ``weight_exponent`` by default.
    run_time
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
    >>> from nnviz import Network, NetworkMobject, TakeStep
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> gradient = net.network.backprop([0.0, 1.0], [1.0])
    >>> TakeStep(net, gradient, eta=0.5).run_time
    1.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        gradient: Gradient,
        eta: float = 1.0,
        *,
        exponent: float | None = None,
        run_time: float = 1.0,
        **kwargs: Any,
    ) -> None:
        net.parameter_changes(net.network.step(gradient, eta))  # or there is no room for numbers
        self._made_from, self._exponent = (gradient, eta), exponent
        super().__init__(net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return the changes of edges, of numbers, and of rings if there are any."""
        net = self.net
        after = self._leaves = net.network.step(*self._made_from)
        painted = net.edges_by_weights(self._exponent, after)
        moves: list[Animation] = [Repaint(net, [net.edges], STROKE, [painted])]
        moves += net.parameter_changes(after)
        if isinstance(rings := net.errors, ErrorRings):
            moves.append(rings.change_to(net, rings.unseen()))
        return moves

    def finish(self) -> None:
        """Leave the new network in the picture."""
        super().finish()
        self.net.network, self.net.shows_weights = self._leaves, True


def _forward_pass(network: Network, x: Input) -> ForwardPass:
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


def _own(x: Input) -> Input:
    """Return a copy of an input, or of several."""
    return (
        {name: np.array(one) for name, one in x.items()} if isinstance(x, Mapping) else np.array(x)
    )


def _lines_into(net: NetworkMobject, layer: int) -> list[VMobject]:
    """Return all lines into a layer: edges of weights, or those that tie it otherwise."""
    group = layer - net.structure.n_inputs
    ties = net.connections[group].get_family()
    others = [one for one in ties if isinstance(one, EdgeArray)]
    arrows = [one.path for one in ties if isinstance(one, LinkArrow)]
    return [*(lines for lines in (net.edge_groups[group], *others) if len(lines)), *arrows]


def _backwards(lines: VMobject) -> VMobject:
    """Return lines of their own that run the other way."""
    if isinstance(lines, EdgeArray):
        turned: VMobject = lines.separate().set_ends(lines.ends, lines.starts)
        return turned
    back: VMobject = lines.copy()
    back.reverse_points()
    return back


def _flash(net: NetworkMobject, lines: VMobject, color: ParsableManimColor | None) -> Animation:
    color = net.style.highlight_color if color is None else color
    if not isinstance(lines, EdgeArray):
        path = lines.copy().set_stroke(color, 1.5 * net.style.edge_width)
        return CreateThenErase(path, run_time=1.0)
    return flash_edges(
        lines,
        color,
        1.5 * net.style.edge_width,
        share=0.5,
        run_time=1.0,
    )
