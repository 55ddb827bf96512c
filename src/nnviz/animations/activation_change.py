"""A neuron's fill and the number in it, which change together."""

from __future__ import annotations

from collections.abc import Callable

from manim import AnimationGroup, ApplyMethod, ChangingDecimal, VMobject, interpolate, smooth

from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import WHITE

__all__ = ["change_activation"]


def change_activation(
    neuron: VMobject,
    number: ActivationNumber,
    activation: float,
    run_time: float = 1.0,
    rate_func: Callable[[float], float] = smooth,
) -> AnimationGroup:
    """Fill a neuron to another activation, while its number counts to it.

    Parameters
    ----------
    neuron : VMobject
        The neuron on screen.
    number : ActivationNumber
        The number in it.
    activation : float
        Activation at the end, in [0, 1].
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.

    Raises
    ------
    ValueError
        If the activation is not in [0, 1].
    """
    if not 0 <= activation <= 1:
        raise ValueError(f"a fill shows an activation in [0, 1], not {activation}")
    start = number.number
    return AnimationGroup(
        ApplyMethod(neuron.set_fill, WHITE, activation, rate_func=rate_func),
        ChangingDecimal(
            number, lambda share: interpolate(start, activation, share), rate_func=rate_func
        ),
        run_time=run_time,
    )
