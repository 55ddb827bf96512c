"""The residual stream: a rail a token, with taps where blocks read and add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import RIGHT, UP, Circle, Line, RoundedRectangle, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.attention.arcs import AttentionArcs
from nnviz.mobjects.attention.token_row import TokenRow
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import without_markup
from nnviz.network import ForwardPass, Network, Tap, residual_taps

__all__ = ["ResidualStream"]

FloatArray = NDArray[np.float64]

#: Stroke width of the largest value; of the frames and signs.
_WIDEST, _THIN = stroke(14), stroke(2)
#: That of the widest arc.
_ARC = stroke(9)
#: Of the way from one tap to the next: where a block reads, its norm, where it stands, and where it
#: adds; half the height of its frame.
_READS, _NORM, _BLOCK, _ADDS, _HALF = 0.12, 0.3, 0.52, 0.86, 0.12
#: Of the distance of two rails: how far beside its rail a tap runs, and the radius of a plus.
_BESIDE, _PLUS = 0.45, 0.12
#: By how much taps stand out beside the last token, of that distance.
_OVER = 0.25
#: Height of a digit in names, and their room at the left at most, in scene units.
_DIGIT, _NAMES, _FREE = 0.22, 2.2, 0.2


class ResidualStream(ShownInNotebooks, VGroup):
    """A rail a token, from its embedding to the last norm, and taps where blocks read and add.

    A rail is as wide as the root mean square of what is on it, and so is what a block adds: both
    are measured in the pass. A ring is a norm, a frame a block, one around all tokens where it
    mixes them; plus signs add.

    Parameters
    ----------
    network : Network
        A transformer, or any other network with skips around blocks.
    forward : ForwardPass
        What it computed for one sequence.
    tokens : object
        Tokens below the rails: a text, or a sequence.
    width, height : float, optional
        Size of all, in scene units.
    names : sequence of str, optional
        Words beside the taps, one each; the names of the blocks if None.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    taps : tuple of Tap
        From the first to the last.

    Raises
    ------
    ValueError
        If the network has no residual stream of vectors, one a token, or there are not as many
        names as taps.
    """

    row: Part[TokenRow] = Part(0, doc="The tokens below.")

    def __init__(
        self,
        network: Network,
        forward: ForwardPass,
        tokens: Any,
        *,
        width: float = 8.0,
        height: float = 7.0,
        names: Sequence[str] | None = None,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.taps = residual_taps(network)
        first = forward[self.taps[0].reads]
        if first.ndim != 2:
            raise ValueError(f"a stream has a vector for each token, not {first.shape}")
        #: Root mean squares: of the stream before each tap and after the last, and of what each
        #: adds; shapes (taps + 1, tokens) and (taps, tokens).
        places = [*(tap.reads for tap in self.taps), self.taps[-1].sum]
        self.sizes = np.array([_size(forward[name]) for name in places])
        self.added = np.array([_size(forward[tap.name]) for tap in self.taps])
        count = len(first)
        called = [tap.block for tap in self.taps] if names is None else list(names)
        if len(called) != len(self.taps):
            raise ValueError(f"{len(called)} names are given for {len(self.taps)} taps: one each")
        word = Lettering(self.style.text_color, (-1, 0), without_markup(self.style.writing))
        longest = max(word.width_of(name, 1.0) for name in called)
        digit = min(_DIGIT, (_NAMES - _FREE) / longest)
        room = digit * longest + _FREE
        pitch = (width - room) / (count + _OVER)
        row = TokenRow(tokens, min(0.5, 0.8 * pitch), pitch=pitch, style=self.style)
        if len(row.boxes) != count:
            raise ValueError(f"{len(row.boxes)} tokens are given for {count} rails")
        row.move_to(((room - _OVER * pitch) / 2, (row.height - height) / 2, 0))
        step = (height - row.height - 0.3) / (len(self.taps) + 0.3)
        self._unit = _WIDEST / float(max(self.sizes.max(), self.added.max()) or 1.0)
        self._pitch = pitch
        bottoms = row.edges(UP)
        rails, taps, frames, names_shown = VGroup(), VGroup(), VGroup(), VGroup()
        for k, tap in enumerate(self.taps):
            low = bottoms + k * step * UP
            frames.add(self._frame(tap, low, step))
            at = np.array([-width / 2, low[0, 1] + _BLOCK * step, 0.0])
            names_shown.add(word.copy().say(called[k], at, digit))
            rails.add(
                *(
                    self._rail(p, 0 if k == 0 else _ADDS - 1, _ADDS, step, size)
                    for p, size in zip(low, self.sizes[k], strict=True)
                )
            )
            taps.add(
                *(self._tap(tap, p, step, size) for p, size in zip(low, self.added[k], strict=True))
            )
        low = bottoms + len(self.taps) * step * UP
        rails.add(
            *(
                self._rail(p, _ADDS - 1, 0.3, step, size)
                for p, size in zip(low, self.sizes[-1], strict=True)
            )
        )
        super().__init__(row, rails, frames, taps, names_shown)
        self._opacities = [
            (part.get_stroke_opacity(), part.get_fill_opacity()) for part in self._painted()
        ]

    @property
    def stages(self) -> int:
        """Number of pieces from below: one for each tap, and one after the last."""
        return len(self.sizes)

    def rail(self, stage: int, token: int) -> VMobject:
        """Return a piece of a token's rail: before tap `stage`, or after the last."""
        return self._of(self[1], stage, token)

    def tap(self, tap: int, token: int) -> VMobject:
        """Return what a block reads and adds at a token: lines, a ring, a plus."""
        return self._of(self[3], tap, token)

    def frame(self, tap: int, token: int = -1) -> VMobject:
        """Return a block's frame at a token, which is that of all where it mixes them."""
        frames: Any = self[2][tap]
        found = frames[range(len(frames))[token] if len(frames) > 1 else 0]
        assert isinstance(found, VMobject)
        return found

    def stage(self, stage: int) -> VGroup:
        """Return the parts from one tap's sum to the next: rails, and what reads and adds.

        Parameters
        ----------
        stage : int
            From 0; the last has rails alone.
        """
        count = self.sizes.shape[1]
        own = slice(stage * count, (stage + 1) * count)
        more = [self[2][stage], *self[3][own], self[4][stage]] if stage < len(self.taps) else []
        return VGroup(*self[1][own], *more)

    def arcs(self, tap: int, weights: ArrayLike, token: int = -1) -> AttentionArcs:
        """Return arcs from where a block reads to where it adds at one token.

        Parameters
        ----------
        tap : int
            Which block, from 0.
        weights : array_like
            How much the token takes from each, shape (tokens,): the largest has the full width.
        token : int, optional
            Which one; the last by default.
        """
        values = np.array(weights, dtype=float)
        rails = [self.rail(tap, k) for k in range(self.sizes.shape[1])]
        low = self.tap(tap, 0)[0].get_start()[1]
        asks = VMobject().set_points(np.tile(rails[token].get_end(), (4, 1)))
        keys = [VMobject().set_points(np.tile((r.get_end()[0], low, 0), (4, 1))) for r in rails]
        return AttentionArcs(
            VGroup(*keys),
            VGroup(asks),
            values[None],
            width=_ARC,
            limit=float(np.abs(values).max()) or 1.0,
            buff=0.0,
            style=self.style.changed(positive_color=self.style.highlight_color),
        )

    def show_stages(self, count: int) -> Self:
        """Show the first stages, from below, and hide all others.

        Parameters
        ----------
        count : int
            Number of stages; 0 leaves only the tokens.
        """
        shown = {
            id(part)
            for stage in range(min(count, self.stages))
            for part in self.stage(stage).family_members_with_points()
        }
        for part, (line, area) in zip(self._painted(), self._opacities, strict=True):
            part.set_stroke(opacity=line if id(part) in shown else 0, family=False)
            part.set_fill(opacity=area if id(part) in shown else 0, family=False)
        return self

    def _painted(self) -> list[VMobject]:
        """Return all with points but the tokens."""
        parts: Any = [part for group in self[1:] for part in group.family_members_with_points()]
        return list(parts)

    def _of(self, group: Any, k: int, token: int) -> VMobject:
        found = group[k * self.sizes.shape[1] + token]
        assert isinstance(found, VMobject)
        return found

    def _rail(self, foot: FloatArray, low: float, high: float, step: float, size: float) -> Line:
        line = Line(foot + low * step * UP, foot + high * step * UP)
        return line.set_stroke(self.style.neuron_stroke_color, size * self._unit)

    def _frame(self, tap: Tap, feet: FloatArray, step: float) -> VGroup:
        side = _BESIDE * self._pitch
        middles = feet + side * RIGHT + _BLOCK * step * UP
        half = 0.28 * self._pitch
        spans = [(middles[0], middles[-1])] if tap.mixes else [(one, one) for one in middles]
        return VGroup(
            *(
                RoundedRectangle(
                    corner_radius=0.4 * _HALF * step,
                    width=last[0] - first[0] + 2 * half,
                    height=2 * _HALF * step,
                    stroke_width=_THIN,
                    stroke_color=self.style.text_color,
                    fill_color=self.style.behind,
                    fill_opacity=1,
                ).move_to((first + last) / 2)
                for first, last in spans
            )
        )

    def _tap(self, tap: Tap, foot: FloatArray, step: float, size: float) -> VGroup:
        side, ink = _BESIDE * self._pitch * RIGHT, self.style.text_color
        radius = min(_PLUS * self._pitch, 0.08 * step)
        added, width = self.style.neuron_fill_color, size * self._unit

        def at(share: float, beside: bool = True) -> FloatArray:
            place: FloatArray = foot + share * step * UP + (side if beside else 0 * side)
            return place

        corner = 0.4 * np.linalg.norm(side)
        read = _bent(at(_READS, False), at(_BLOCK - _HALF), float(corner), first_up=False)
        write = _bent(at(_BLOCK + _HALF), at(_ADDS, False), float(corner), first_up=True)
        read.set_stroke(ink, _THIN, 0.7)
        write.set_stroke(added, width)
        plus = Circle(radius, stroke_color=ink, stroke_width=_THIN)
        plus.set_fill(self.style.behind, 1).move_to(at(_ADDS, False))
        arms = [
            Line(-way * 0.6 * radius, way * 0.6 * radius).shift(at(_ADDS, False))
            for way in (RIGHT, UP)
        ]
        sign = VGroup(plus, *(arm.set_stroke(ink, _THIN) for arm in arms))
        ring = Circle(0.8 * radius, stroke_color=ink, stroke_width=_THIN)
        ring.set_fill(self.style.behind, 1).move_to(at(_NORM))
        return VGroup(read, write, sign, *([ring] if tap.has_norm else []))


def _bent(start: FloatArray, end: FloatArray, radius: float, *, first_up: bool) -> VMobject:
    """Return a line with one rounded corner."""
    corner = np.array([start[0], end[1], 0.0]) if first_up else np.array([end[0], start[1], 0.0])
    radius = min(radius, *(float(np.linalg.norm(one - corner)) for one in (start, end)))
    before, after = (
        corner + radius * (one - corner) / np.linalg.norm(one - corner) for one in (start, end)
    )
    path = VMobject().start_new_path(start)
    path.add_line_to(before)
    path.add_quadratic_bezier_curve_to(corner, after)
    path.add_line_to(end)
    return path


def _size(values: FloatArray) -> FloatArray:
    """Return the root mean square of each token's vector."""
    size: FloatArray = np.sqrt((values * values).mean(axis=-1))
    return size
