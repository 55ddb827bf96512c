"""Numbers that belong to neurons."""

from __future__ import annotations

from typing import Any, Self

from manim import ORIGIN, DecimalNumber, VMobject

from nnviz.mobjects.palette import BLACK, WHITE

__all__ = ["ActivationNumber"]


class ActivationNumber(DecimalNumber):
    """An activation written into its neuron: white, and black where the neuron is bright.

    The colour follows the number, so animating the number
    (:class:`manim.ChangingDecimal`, or ``.animate.set_value``) is enough.

    Parameters
    ----------
    activation
        The number.
    neuron
        Where it stands; it fills ``share`` of the neuron's width.
    share
        Width of the number over the neuron's.
    num_decimal_places
        Decimals shown.
    """

    #: Fills brighter than this take a black number.
    bright = 0.8

    def __init__(
        self,
        activation: float,
        neuron: VMobject | None = None,
        share: float = 0.7,
        num_decimal_places: int = 1,
        **kwargs: Any,
    ) -> None:
        # Centred: a number that changes its width must not wander out of its neuron.
        super().__init__(
            float(activation),
            num_decimal_places=num_decimal_places,
            edge_to_fix=ORIGIN,
            **kwargs,
        )
        if neuron is not None:
            self.scale_to_fit_width(share * neuron.width).move_to(neuron)
        self._contrast()

    def set_value(self, number: float) -> Self:
        """Show another number, black or white as it needs."""
        super().set_value(number)
        self._contrast()
        return self

    def _contrast(self) -> None:
        self.set_fill(BLACK if self.number > self.bright else WHITE)
