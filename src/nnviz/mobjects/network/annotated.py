"""What can be written on a network and lit up in it: numbers of the engine, errors, paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    FadeIn,
    ManimColor,
    Mobject,
    Transform,
    VGroup,
    VMobject,
    override_animate,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.errors import rings_around, without_stroke
from nnviz.mobjects.network.layers import NeuronLayer
from nnviz.mobjects.network.parts import weights_of
from nnviz.mobjects.network.values import activation_numbers, bias_numbers, edge_numbers
from nnviz.mobjects.network.windows import WithWindows
from nnviz.network import BackwardPass, ForwardPass, Network
from nnviz.network.layers import Dense

__all__ = ["Annotated"]


class Annotated(WithWindows):
    """A network that takes numbers, rings for errors, and highlighted paths."""

    def show_activations(self, activations: ForwardPass | Sequence[ArrayLike]) -> Self:
        """Show activations: see :class:`NetworkMobject`."""
        raise NotImplementedError

    def show_values(
        self,
        activations: ForwardPass | Sequence[ArrayLike],
        decimals: int = 2,
        layers: Sequence[int] | None = None,
    ) -> Self:
        """Show activations, and write them into the neurons, black where a neuron is bright.

        From then on the numbers follow :meth:`show_activations`.

        Parameters
        ----------
        activations
            As for :meth:`show_activations`.
        decimals
            Decimals shown.
        layers
            In which layers; in all that have neurons by default.

        Raises
        ------
        ValueError
            If the neurons are too small for numbers that can be read.
        """
        self.hide_values()
        of_layers = self._per_layer(activations)
        chosen = range(len(self.layers)) if layers is None else map(self._layer_index, layers)
        groups = [VGroup() for _ in self.layers]
        for k in chosen:
            if isinstance(layer := self.layers[k], NeuronLayer):
                groups[k] = activation_numbers(layer, of_layers[k].ravel(), decimals)
        self.values.add(*groups)
        self.show_activations(activations)
        return self

    def hide_values(self) -> Self:
        """Take the numbers out of the neurons."""
        self.values.remove(*self.values)
        return self

    def show_edge_values(
        self, decimals: int = 2, layers: Sequence[int] | None = None, height: float = 0.15
    ) -> Self:
        """Write the weights onto their edges; they follow :meth:`show_weights`.

        Parameters
        ----------
        decimals
            Decimals shown.
        layers
            On the edges after which layers; on all by default.
        height
            Of a digit, in scene units.

        Raises
        ------
        ValueError
            If there is no room for all of them.
        """
        self.hide_edge_values()
        groups = [VGroup() for _ in self.edge_groups]
        done: list[Mobject] = []
        every = [k for k, group in enumerate(self.edge_groups) if len(group)]
        for k in every if layers is None else map(self._group_index, layers):
            taken = [*self.layers[k].neurons, *self.layers[k + 1].neurons, *done]
            groups[k] = edge_numbers(
                self.edge_groups[k],
                self.shown_weights(k).ravel(),
                taken,
                self.style,
                decimals,
                height,
                f"after layer {k}",
            )
            done = list(groups[k])
        self.edge_values.add(*groups)
        return self

    def hide_edge_values(self) -> Self:
        """Take the numbers off the edges."""
        self.edge_values.remove(*self.edge_values)
        return self

    def show_biases(self, decimals: int = 2, height: float = 0.15) -> Self:
        """Write the biases of dense layers beside their neurons; they follow :meth:`show_weights`.

        Parameters
        ----------
        decimals
            Decimals shown.
        height
            Of a digit, in scene units.

        Raises
        ------
        ValueError
            If there is no room between the neurons.
        """
        self.hide_biases()
        groups = []
        for layer, picture in zip(self.network.layers, self.layers[1:], strict=True):
            if isinstance(layer, Dense) and isinstance(picture, NeuronLayer):
                groups.append(bias_numbers(picture, layer.biases, decimals, height))
            else:
                groups.append(VGroup())
        self.biases.add(*groups)
        return self

    def hide_biases(self) -> Self:
        """Take the biases away."""
        self.biases.remove(*self.biases)
        return self

    def highlight_path(self, path: Sequence[int | Sequence[int] | None]) -> Self:
        """Light the edges between chosen neurons up, and dim all others.

        Parameters
        ----------
        path
            For each layer, the input first: the index of a neuron shown, several, or None for
            all of them.

        Raises
        ------
        ValueError
            If there are not as many entries as layers.
        IndexError
            If there is no such neuron.
        """
        if len(path) != len(self.layers):
            raise ValueError(
                f"a path has an entry for each of {len(self.layers)} layers, not {len(path)}"
            )
        self.hide_path()
        chosen = [self._chosen(layer, on) for layer, on in enumerate(path)]
        self._strokes = [part.get_stroke_opacity() for part in self._path_parts()]
        self._edge_opacities = self.edges.stroke_rgbas[:, 3].copy()
        opacities = self._edge_opacities.copy()
        on_path = np.zeros(len(opacities), dtype=bool)
        for group, before, after in zip(self.edge_groups, chosen, chosen[1:], strict=False):
            if len(group):
                rows = np.asarray(group.rows)
                on_path[rows[np.logical_and.outer(before, after).ravel()]] = True
        opacities[~on_path] *= self.style.dim_opacity
        self.edges.set_stroke(opacity=opacities)
        lit = self.edges[np.flatnonzero(on_path)].copy()
        widths = np.maximum(lit.widths, self.style.edge_width)
        self.path.add(lit.set_stroke(ManimColor(self.style.highlight_color), widths, opacity=1))
        marks = np.concatenate(chosen)
        for part, kept, opacity in zip(self._path_parts(), marks, self._strokes, strict=True):
            if not kept:
                part.set_stroke(opacity=opacity * self.style.dim_opacity)
        return self

    def hide_path(self) -> Self:
        """Undo :meth:`highlight_path`."""
        if len(self.path):
            self.path.remove(*self.path)
            self.edges.set_stroke(opacity=self._edge_opacities)
            for part, opacity in zip(self._path_parts(), self._strokes, strict=True):
                part.set_stroke(opacity=opacity)
        return self

    @override_animate(highlight_path)  # type: ignore[arg-type]
    def _animate_highlight_path(
        self, path: Sequence[int | Sequence[int] | None], anim_args: dict[str, Any] | None = None
    ) -> Animation:
        """Dim edges and parts of layers, and fade the lit edges in."""
        before = self.copy()
        self.highlight_path(path)
        lit = self.path[0]
        after = self.copy()
        self.edges.match_style(before.edges)
        for part, was in zip(self._path_parts(), before._path_parts(), strict=True):
            part.match_style(was)
        return AnimationGroup(
            FadeIn(lit), *self._changes_to(after), **{"group": self} | (anim_args or {})
        )

    @override_animate(hide_path)  # type: ignore[arg-type]
    def _animate_hide_path(self, anim_args: dict[str, Any] | None = None) -> Animation:
        """Give edges and layers their opacity back, and let the lit edges vanish."""
        moves = self._changes_to(self.copy().hide_path())
        moves += [lit.animate.set_stroke(opacity=0).build() for lit in self.path]
        return AnimationGroup(
            *moves,
            _on_finish=lambda _: self.path.remove(*self.path),
            **{"group": self} | (anim_args or {}),
        )

    def _changes_to(self, after: Self) -> list[Animation]:
        """Return animations of edges and layers into those of a copy."""
        moves: list[Animation] = [Transform(self.edges, after.edges)]
        for layer, changed in zip(self.layers, after.layers, strict=True):
            moves.append(Transform(layer.body, changed.body))
        return moves

    def show_errors(self, backward: BackwardPass | Sequence[ArrayLike]) -> Self:
        """Draw rings around neurons and maps that show dC/dz, the errors of backpropagation.

        A ring has the style's ``increase_color`` where dC/dz is negative, so that a larger z
        lowers the cost, and ``decrease_color`` where it is positive. Within a layer it is as
        opaque as dC/dz is large in absolute value, from nothing to the largest shown, and its
        width grows with that from one to three of a neuron's own. A feature map has the sum over
        its values, which is what raising all of them alike would do. The input has no z.

        Parameters
        ----------
        backward
            What :meth:`Network.backward_pass` returned for one example, or dC/dz as one array for
            each layer after the input.

        Raises
        ------
        ValueError
            If layers or sizes do not fit.
        """
        rings = self.rings_by_errors(backward)
        self.hide_errors().errors.add(*rings)
        return self

    @override_animate(show_errors)  # type: ignore[arg-type]
    def _animate_errors(
        self,
        backward: BackwardPass | Sequence[ArrayLike],
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Fade the rings in, or change those that there are."""
        rings = self.rings_by_errors(backward)
        self.prepare_errors(rings)
        return Transform(self.errors, rings, **(anim_args or {}))

    def hide_errors(self) -> Self:
        """Take the rings of :meth:`show_errors` away."""
        self.errors.remove(*self.errors)
        return self

    def rings_by_errors(self, backward: BackwardPass | Sequence[ArrayLike]) -> VGroup:
        """Return rings of their own, as :meth:`show_errors` draws them: a group a layer."""
        errors = backward.errors if isinstance(backward, BackwardPass) else backward
        layers = self.layers[1:]
        if len(errors) != len(layers):
            raise ValueError(
                f"a network of {len(layers)} layers after the input got errors for {len(errors)}"
            )
        return VGroup(
            *(rings_around(layer, values) for layer, values in zip(layers, errors, strict=True))
        )

    def prepare_errors(self, rings: VGroup) -> None:
        """Let there be rings to animate: where there are none, transparent ones.

        Parameters
        ----------
        rings
            What they will become, from :meth:`rings_by_errors`.
        """
        if not len(self.errors):
            self.errors.add(*without_stroke(rings))

    def numbers_of_layers(
        self, activations: ForwardPass | Sequence[ArrayLike]
    ) -> Iterator[tuple[int, VMobject, NDArray[np.float64], float]]:
        """Yield which layers have numbers, these, what they show, and what is full."""
        of_layers = zip(self.layers, self.values, self._per_layer(activations), strict=False)
        for k, (layer, numbers, values) in enumerate(of_layers):
            if len(numbers) and isinstance(layer, NeuronLayer):
                yield k, numbers, values.ravel()[layer.shown_units], layer.full(values)

    def numbers_of_parameters(
        self, network: Network | None = None
    ) -> Iterator[tuple[VMobject, NDArray[np.float64]]]:
        """Yield the numbers on each group of edges and beside each layer, and what they show.

        Parameters
        ----------
        network
            Whose parameters; the picture's own by default.
        """
        network = network or self.network
        for k, numbers in enumerate(self.edge_values):
            if len(numbers):
                yield numbers, self.shown_weights(k, weights_of(network)).ravel()
        for k, numbers in enumerate(self.biases):
            layer = network.layers[k]
            if len(numbers) and isinstance(layer, Dense):
                yield numbers, layer.biases[self._neurons(k + 1).shown_units]

    def _chosen(self, layer: int, on: int | Sequence[int] | None) -> NDArray[np.bool_]:
        """Return which parts of a layer's body are on a path."""
        count = len(self.layers[layer].body)
        chosen = np.zeros(count, dtype=bool)
        for k in range(count) if on is None else np.atleast_1d(on):
            if not -count <= k < count:
                raise IndexError(f"no neuron {k} in layer {layer}: {count} are shown")
            chosen[k] = True
        return chosen

    def _path_parts(self) -> list[VMobject]:
        return [part for layer in self.layers for part in layer.body]
