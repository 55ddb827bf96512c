"""How large volumes are drawn, and in which rows they have room one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from manim import VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.layer_mobjects import LayerGroup
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.volume_plan import Repeated, VolumePlan
from nnviz.mobjects.network.volumes import DEPTH, VolumeLayer

__all__ = ["BESIDE", "FRAME", "ROW_GAP", "TEE_ROOM", "WORDS_BUFF", "Choice", "Places", "Skip"]

#: Volumes are drawn at these sizes, the first that has room; gaps between them likewise.
_SCALES, _GAPS = (1.6, 1.4, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4), (0.7, 0.55, 0.42, 0.3)
#: Labels in one line or in two, with those that others imply or without, and at two heights, in the
#: order in which that is tried.
_MODES = [
    (True, False, False),
    (False, False, False),
    (True, True, False),
    (False, True, False),
    (False, True, True),
]
#: The size where nothing says how much room there is.
_NATURAL = 1.0
#: The least size at which another row is not worth it; the most rows.
_ENOUGH, _MOST_ROWS = 0.6, 6
#: What part of the longest row a short one is; how far one row is shrunk instead.
_SHORT, _SHRUNK = 0.4, 0.62
#: Gap before a pooling, and the least where a skip begins; room for that before a row.
_ATTACHED, _TEE_GAP, TEE_ROOM = 0.02, 0.42, 0.4
#: How much wider labels may make gaps, if there is another way.
_SLACK = 0.6
#: Distances between labels; between words and their parts; beside and between rows.
_LABEL_GAP, WORDS_BUFF, BESIDE, ROW_GAP = 0.22, 0.14, 0.3, 0.5
#: Distance between a label and the line that leads past it to one beneath.
_LEADER_GAP = 0.1
#: Distances between a skip and what it passes, and between two skips.
_CLEAR, _LEVEL = 0.16, 0.18
#: Space around a part that is drawn once for several, along and across.
FRAME = 0.13, 0.1


class Skip(NamedTuple):
    """A link past other things, from one to another, by their numbers."""

    source: int
    target: int


@dataclass
class Choice:
    """How large things are drawn, which labels, and in which rows."""

    scale: float
    gap: float
    is_wide: bool
    is_brief: bool
    is_staggered: bool
    sizes: NDArray[np.float64]
    rows: list[range] = field(default_factory=list)


class Places:
    """The extents of all things of a strip, and where they can stand in rows."""

    def __init__(
        self, layers: LayerGroup, titles: VGroup, plan: VolumePlan, style: NetworkStyle
    ) -> None:
        self.layers, self.titles, self.plan, self.style = layers, titles, plan, style
        self.count = len(layers)
        self.skips = [
            Skip(i, k)
            for k in range(self.count)
            for i in dict.fromkeys(plan.sources(k))
            if k - i > 1
        ]
        self.has_tee = [any(skip.source == k for skip in self.skips) for k in range(self.count)]
        self.labels = {
            is_wide: [
                layer.label(is_wide=is_wide) if isinstance(layer, VolumeLayer) else VGroup()
                for layer in layers
            ]
            for is_wide in (True, False)
        }
        # All that is asked for often, as numbers.
        self._label_sizes = {
            key: np.array([(label.width, label.height) if len(label) else (0, 0) for label in some])
            for key, some in self.labels.items()
        }
        self._words = [
            [(one.width, one.height) for one in self.words_above(k) if one.height > 0]
            for k in range(self.count)
        ]
        self._bodies = np.array([(layer.body.width, layer.body.height) for layer in layers])
        self._extents = {
            k: layer.extents for k, layer in enumerate(layers) if isinstance(layer, VolumeLayer)
        }
        self._attached = [self._is_attached(k) for k in range(self.count)]
        self._framed = {k for one in plan.repeats for k in (one.first, one.last + 1)}
        self._implied = self._find_implied()
        self._ends = [k for k in range(self.count) if self._may_end(k)]

    def words_above(self, k: int) -> list[VMobject]:
        """Return what is written above a volume."""
        layer = self.layers[k]
        return [layer.mark, self.titles[k]] if isinstance(layer, VolumeLayer) else []

    def is_attached(self, k: int) -> bool:
        """Return whether a thing stands right after the one before: a pooling of its own."""
        return self._attached[k]

    def _is_attached(self, k: int) -> bool:
        if k == 0 or self.has_tee[k - 1]:
            return False
        volume, before = self.plan.volumes[k], self.plan.volumes[k - 1]
        return (
            volume.kind.name == "pooling"
            and before.kind.name == "convolution"
            and len(volume.shape) == 3
            and not any(k in (one.first, one.last + 1) for one in self.plan.repeats)
        )

    def _find_implied(self) -> list[bool]:
        """Return for every thing whether labels beside it say what its own does."""
        volumes = self.plan.volumes
        shown = [k for k in range(self.count) if not volumes[k].sign]
        implied = [False] * self.count
        for first, k, last in zip(shown, shown[1:], shown[2:], strict=False):
            before, here, after = (volumes[i].shape for i in (first, k, last))
            implied[k] = (
                volumes[k].kind.name in ("pooling", "upsampling")
                and not implied[first]
                and len(here) == len(before) == len(after) == 3
                and here == (before[0], *after[1:])
            )
        label: tuple[int, ...] = ()
        for k in shown[1:-1]:
            if not implied[k]:
                implied[k] = volumes[k].shape == label
                label = volumes[k].shape
            elif volumes[k].shape != label:
                label = ()
        return implied

    def sizes(self, scale: float) -> NDArray[np.float64]:
        """Return widths and heights of all things as they are seen, shape (things, 2)."""
        sizes = self._bodies.copy()
        for k, extents in self._extents.items():
            sizes[k] = seen_size(scale * extents)
            sizes[k, 0] = max([sizes[k, 0], *(width for width, _ in self._words[k])])
        return sizes

    def is_labelled(self, k: int, choice: Choice) -> bool:
        """Return whether a thing's size is written."""
        return k in self._extents and not (choice.is_brief and self._implied[k])

    def middles(self, row: range, choice: Choice) -> tuple[NDArray[np.float64], float]:
        """Return the middles of a row's things, from its left end, and its width."""
        widths = self._label_sizes[choice.is_wide][:, 0]
        lower = self.lower_labels(row, choice)
        middles: list[float] = []
        ends = {True: -_LABEL_GAP, False: -_LABEL_GAP}  # of the last label, and of the last below
        leader = -_LEADER_GAP
        for n, k in enumerate(row):
            half = choice.sizes[k, 0] / 2
            if n:
                here = middles[-1] + choice.sizes[k - 1, 0] / 2 + self.gap(k, choice) + half
            else:
                here = half + (TEE_ROOM if k and self.has_tee[k - 1] else 0.0)
            if self.is_labelled(k, choice):
                is_low = k in lower
                here = max(here, ends[is_low] + _LABEL_GAP + widths[k] / 2)
                if is_low:
                    here = max(here, ends[False] + _LEADER_GAP)
                    leader = here
                else:
                    here = max(here, leader + _LEADER_GAP + widths[k] / 2)
                ends[is_low] = here + widths[k] / 2
            middles.append(here)
        end = max(middles[-1] + choice.sizes[row[-1], 0] / 2, *ends.values())
        return np.array(middles), float(end)

    def lower_labels(self, row: range, choice: Choice) -> set[int]:
        """Return what has its label beneath those of others: every second one, if asked for."""
        labelled = [k for k in row if self.is_labelled(k, choice)]
        return set(labelled[1::2]) if choice.is_staggered else set()

    def gap(self, k: int, choice: Choice) -> float:
        """Return the gap before a thing."""
        if self._attached[k]:
            return _ATTACHED
        if self.has_tee[k - 1] or k in self._framed:
            return max(choice.gap, _TEE_GAP)
        return choice.gap

    def chosen(self, box: tuple[float, float] | None, below: float) -> Choice:
        """Return how all is drawn in a box of which a legend takes some height."""
        if box is None:
            return self._in_rows(self._choice(_NATURAL, _GAPS[0], (True, False, False)), np.inf)
        one = self._first(box, below, 1)
        if one is not None and one.scale >= _ENOUGH:
            return one
        more = (self._first(box, below, most, _ENOUGH) for most in range(2, _MOST_ROWS + 1))
        found = next((choice for choice in more if choice is not None), None)
        if found is not None:
            rows = self._balanced(found, box[0])
            widths = [self.middles(row, rows)[1] for row in rows.rows]
            if min(widths) >= _SHORT * max(widths):
                return rows
        if one is not None:
            return one
        # In one row it is scaled down as a whole.
        least = self._in_rows(self._choice(_SCALES[-1], _GAPS[-1], _MODES[-1]), np.inf)
        if found is None or box[0] / self.middles(least.rows[0], least)[1] > _SHRUNK:
            return least
        return self._balanced(found, box[0])

    def _first(
        self, box: tuple[float, float], below: float, most: int, least: float = 0.0
    ) -> Choice | None:
        """Return the first way in which all has room in a number of rows, at a scale or more."""
        scales = [scale for scale in _SCALES if scale >= least]
        ways = [(True, _MODES[:-1]), (False, _MODES[:-1]), (False, _MODES[-1:])]
        for is_close, modes in ways:
            for scale, mode, gap in product(scales, modes, _GAPS):
                choice = self._in_rows(self._choice(scale, gap, mode), box[0])
                if len(choice.rows) <= most and self._fits(choice, box, below, is_close):
                    return choice
        return None

    def _choice(self, scale: float, gap: float, mode: tuple[bool, bool, bool]) -> Choice:
        return Choice(scale, gap, *mode, self.sizes(scale))

    def _fits(self, choice: Choice, box: tuple[float, float], below: float, is_close: bool) -> bool:
        """Return whether all is in the box; if asked for, with no labels that keep things apart."""
        middles = [self.middles(row, choice) for row in choice.rows]
        room = box[0] - (2 * BESIDE if len(choice.rows) > 1 else 0.0)
        if max(width for _, width in middles) > room + 1e-9:
            return False
        for row, (xs, _) in zip(choice.rows, middles, strict=True):
            for n, k in enumerate(row[1:], start=1):
                least = choice.sizes[[k - 1, k], 0].sum() / 2 + self.gap(k, choice)
                slack = 0.0 if self._attached[k] else _SLACK
                if is_close and xs[n] - xs[n - 1] > least + slack + 1e-6:
                    return False
        height = sum(sum(self.reach(row, choice)) for row in choice.rows)
        return height + ROW_GAP * (len(choice.rows) - 1) + below <= box[1] + 1e-9

    def reach(self, row: range, choice: Choice) -> tuple[float, float]:
        """Return how far a row reaches above and below its middle."""
        half = choice.sizes[row, 1].max() / 2
        labels = [
            self._label_sizes[choice.is_wide][k, 1] for k in row if self.is_labelled(k, choice)
        ]
        levels = self.levels(row, choice)
        top = max([self.top(k, choice) for k in row] + [one + 0.05 for one in levels.values()])
        for one in self.plan.repeats:
            if one.first in row:
                high = self.frame_top(one, levels, choice)
                top = max(top, high + 2 * WORDS_BUFF + self.style.count_height)
        low = [self.low_of_title(k) for k in row]
        if self.lower_labels(row, choice):
            labels = [self.step(choice) + max(labels)]
        return float(top), float(max([half + WORDS_BUFF + max(labels, default=0.0), *low]))

    def step(self, choice: Choice) -> float:
        """Return how far labels at the second height stand below those at the first."""
        return float(self._label_sizes[choice.is_wide][:, 1].max() + WORDS_BUFF)

    def low_of_title(self, k: int) -> float:
        """Return how far a sign reaches below the row's middle with its title, which is there."""
        if k in self._extents or not self.titles[k].height:
            return 0.0
        return float(self._bodies[k, 1] / 2 + WORDS_BUFF + self.titles[k].height)

    def top(self, k: int, choice: Choice) -> float:
        """Return how high a thing reaches over the row's middle, with its words."""
        above = sum(WORDS_BUFF + height for _, height in self._words[k])
        return float(choice.sizes[k, 1] / 2 + above)

    def levels(self, row: range, choice: Choice) -> dict[Skip, float]:
        """Return how high each skip of a row runs over its middle."""
        levels: dict[Skip, float] = {}
        inside = [one for one in self.skips if one.source + 1 in row and one.target in row]
        for skip in sorted(inside, key=lambda one: (one.target - one.source, one.source)):
            passed = range(skip.source + 1, skip.target + 1)
            tops = [self.top(k, choice) + _CLEAR for k in passed]
            tops += [
                self.frame_top(one, levels, choice)
                + 2 * WORDS_BUFF
                + self.style.count_height
                + _CLEAR
                for one in self.plan.repeats
                if skip.source < one.first and one.last < skip.target
            ]
            tops += [
                level + _LEVEL
                for one, level in levels.items()
                if one.source < skip.target and skip.source < one.target
            ]
            levels[skip] = max(tops)
        return levels

    def frame_top(self, repeat: Repeated, levels: dict[Skip, float], choice: Choice) -> float:
        """Return how high the frame of a repeated part reaches."""
        tops = [self.top(k, choice) for k in range(repeat.first, repeat.last + 1)]
        tops += [
            level
            for skip, level in levels.items()
            if repeat.first - 1 <= skip.source and skip.target <= repeat.last
        ]
        return max(tops) + FRAME[1]

    def _in_rows(self, choice: Choice, room: float) -> Choice:
        """Fill rows one after the other, each as far as there is room."""
        rows, start = [], 0
        while start < self.count:
            within = [end for end in self._ends if end >= start]
            end = within[0]
            for one in within:
                beside = 2 * BESIDE if start or one < self.count - 1 else 0.0
                if self.middles(range(start, one + 1), choice)[1] > room - beside:
                    break
                end = one
            rows.append(range(start, end + 1))
            start = end + 1
        choice.rows = rows
        return choice

    def _balanced(self, choice: Choice, room: float) -> Choice:
        """Make all rows about as long, with no more of them."""
        count = len(self._in_rows(choice, room).rows)
        if count == 1 or self._is_longer(choice, room):
            return choice
        low, high = 0.0, room
        for _ in range(12):
            middle = (low + high) / 2
            if len(self._in_rows(choice, middle).rows) > count or self._is_longer(choice, middle):
                low = middle
            else:
                high = middle
        return self._in_rows(choice, high)

    def _is_longer(self, choice: Choice, room: float) -> bool:
        return any(self.middles(row, choice)[1] > room - 2 * BESIDE for row in choice.rows)

    def _may_end(self, k: int) -> bool:
        """Return whether a row may end with a thing: only its value goes on."""
        if k == self.count - 1:
            return True
        return not (
            self._attached[k + 1]
            or any(one.source < k < one.target for one in self.skips)
            or any(one.first <= k < one.last for one in self.plan.repeats)
        )


def seen_size(extents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return width and height of a cuboid on screen."""
    size: NDArray[np.float64] = extents[:2] + extents[2] * DEPTH
    return size
