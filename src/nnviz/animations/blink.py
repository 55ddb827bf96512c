"""Eyes that blink."""

from __future__ import annotations

from typing import Any, Protocol

from manim import Animation, squish_rate_func, there_and_back

from nnviz.characters.eyes import EyePair

__all__ = ["Blink"]


class _CanBlink(Protocol):
    @property
    def eyes(self) -> EyePair: ...


class Blink(Animation):
    """Shut a creature's eyes, or a pair of eyes, and open them again.

    The lids move in the middle fifth of the run time. Afterwards everything is exactly as it was.

    Parameters
    ----------
    mobject : Creature or EyePair
        Who blinks: a :class:`~nnviz.characters.Creature`, or a pair of eyes such as
        :class:`~nnviz.characters.Eyes`.
    run_time : float, optional
        Run time in seconds.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    TypeError
        If `mobject` has no eyes.
    """

    def __init__(self, mobject: _CanBlink, *, run_time: float = 1.0, **kwargs: Any) -> None:
        if not isinstance(getattr(mobject, "eyes", None), EyePair):
            raise TypeError(f"only creatures and Eyes can blink, not {type(mobject).__name__}")
        super().__init__(
            mobject,  # type: ignore[arg-type]
            run_time=run_time,
            rate_func=squish_rate_func(there_and_back, 0.4, 0.6),
            **kwargs,
        )

    def interpolate_mobject(self, alpha: float) -> None:
        """Shut the eyes as far as they are at a share of the run time."""
        shut = self.rate_func(alpha)
        eyes: EyePair = self.mobject.eyes  # type: ignore[attr-defined]
        start: EyePair = self.starting_mobject.eyes  # type: ignore[attr-defined]
        for now, before in zip(eyes.get_family(), start.get_family(), strict=True):
            now.points = before.points.copy()
        if shut > 0:
            eyes.close(shut)
