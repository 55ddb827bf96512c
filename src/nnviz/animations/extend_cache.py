"""A pass with a key-value cache: what is computed for the next token, and what is kept."""

from __future__ import annotations

from typing import Any

from manim import linear, smooth

from nnviz.mobjects.attention import KeyValueCache
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["ExtendCache"]

#: The share of the time in which columns get ready, and of the rest, in which keys come.
_READY, _KEYS = 0.25, 0.5


class ExtendCache(AtItsTurn):
    """A pass is computed: columns of keys and values fill in, and those kept stay as they are.

    Without a cache all columns are computed again: say ``kept=0``.

    Parameters
    ----------
    cache : KeyValueCache
        On screen.
    head : object
        Keys and values after the pass: :func:`nnviz.network.cached_head`, or
        :func:`nnviz.network.attention_head`.
    row : object
        The tokens, those of the new positions included, as for `KeyValueCache`.
    kept : int, optional
        How many columns are kept; all that are there if None.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        When it begins, as for :meth:`KeyValueCache.extend`: if more columns are to be kept than
        there are, they have other keys or values, or there is not one token for each position.
    """

    def __init__(
        self,
        cache: KeyValueCache,
        head: Any,
        row: Any,
        *,
        kept: int | None = None,
        run_time: float = 1.5,
        **kwargs: Any,
    ) -> None:
        self._cache, self._head, self._row, self._kept = cache, head, row, kept
        super().__init__(cache, run_time=run_time, **{"rate_func": linear, **kwargs})

    def start(self) -> None:
        """Add the new columns, of which nothing is seen yet."""
        cache = self._cache
        self._there, kept = len(cache.keys), cache.kept
        cache.extend(self._head, self._row, self._kept)
        self._first = cache.kept
        self._lights = [float(kept <= k < self._there) for k in range(len(cache.keys))]

    def show(self, share: float) -> None:
        """Show a moment."""
        cache = self._cache
        if share >= 1 - 1e-9:
            cache.show_computed(self._first)
            return
        ready = float(smooth(min(1.0, share / _READY)))
        rest = max(0.0, (share - _READY) / (1 - _READY))
        filled = min(1.0, rest / _KEYS), max(0.0, (rest - _KEYS) / (1 - _KEYS))
        for k, light in enumerate(self._lights):
            if k < self._first:
                cache.show_column(k, (1 - ready) * light)
            elif k < self._there and not rest:  # what was there is emptied, to be computed again
                cache.show_column(k, light + ready * (1 - light), (1 - ready, 1 - ready))
            else:
                cache.show_column(k, 1.0, filled, 1.0 if k < self._there else ready)
