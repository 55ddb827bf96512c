"""A pass with a key-value cache: columns that are computed, and columns that are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manim import VGroup, linear, smooth

from nnviz.mobjects.attention import KeyValueCache, TokenRow
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import AttentionHead, CachedHead

__all__ = ["ExtendCache"]

#: The share of the time in which columns are prepared; and of the rest, in which keys appear.
_READY, _KEYS = 0.25, 0.5


class ExtendCache(AtItsTurn):
    """New columns of a key-value cache fill in; the others stay as they are.

    Without a cache all columns are computed again: give ``kept=0``.

    Parameters
    ----------
    cache : KeyValueCache
        The cache on screen.
    head : CachedHead or AttentionHead
        Keys and values after the pass: :func:`nnviz.network.cached_head`, or
        :func:`nnviz.network.attention_head`.
    row : TokenRow or VGroup
        The tokens, including those of the new positions, as for `KeyValueCache`.
    kept : int, optional
        How many columns are kept; all of them if None.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        When it begins, as for :meth:`KeyValueCache.extend`: if there are fewer columns than are to
        be kept, if those have other keys or values, or if there is not one token for each position.
    """

    def __init__(
        self,
        cache: KeyValueCache,
        head: CachedHead | AttentionHead,
        row: TokenRow | VGroup,
        *,
        kept: int | None = None,
        run_time: float = 1.5,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._cache, self._head, self._row, self._kept = cache, head, row, kept
        super().__init__(cache, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Add the new columns, still invisible."""
        cache = self._cache
        self._there, kept = len(cache.keys), cache.kept
        cache.extend(self._head, self._row, self._kept)
        self._first = cache.kept
        self._lights = [float(kept <= k < self._there) for k in range(len(cache.keys))]

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        cache = self._cache
        if is_end(share):
            cache.show_computed(self._first)
            return
        ready = float(smooth(min(1.0, share / _READY)))
        rest = max(0.0, (share - _READY) / (1 - _READY))
        filled = min(1.0, rest / _KEYS), max(0.0, (rest - _KEYS) / (1 - _KEYS))
        for k, light in enumerate(self._lights):
            if k < self._first:
                cache.show_column(k, (1 - ready) * light)
            elif k < self._there and not rest:  # emptied, to be computed again
                cache.show_column(k, light + ready * (1 - light), (1 - ready, 1 - ready))
            else:
                cache.show_column(k, 1.0, filled, 1.0 if k < self._there else ready)
