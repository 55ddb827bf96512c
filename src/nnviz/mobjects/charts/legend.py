"""Names of classes beside their signs, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from manim import VGroup, VMobject

from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel

__all__ = ["Legend"]

#: In heights of letters: half the side of a sign, from it to its name, and between two entries.
_SIGN, _NEAR, _FAR = 0.55, 0.45, 1.1


class Legend(VGroup):
    """Signs and names in a line that ends at the right.

    Parameters
    ----------
    panel : Panel
        The panel with the axes; the legend stands above them.
    names : sequence of str
        One a sign.
    signs : sequence of VMobject
        Mobjects that look like the signs; their outlines are given by `outlines`.
    outlines : sequence of ndarray of float
        Points of each sign about the origin, as large as a circle of radius 1.
    """

    def __init__(
        self,
        panel: Panel,
        names: Sequence[str],
        signs: Sequence[VMobject],
        outlines: Sequence[FloatArray],
    ) -> None:
        self._names, self._outlines = tuple(names), tuple(outlines)
        super().__init__(*(VGroup(sign, Lettering(ink(), (1, 0), panel.writing)) for sign in signs))

    def draw(self, panel: Panel, right: float, y: float, letter: float, room: float) -> None:
        """Put the line to a place of the panel's box.

        Parameters
        ----------
        panel : Panel
            The panel.
        right, y : float
            Its right end and its height, from the lower left of the box.
        letter : float
            Height of a digit; less where there is too little room.
        room : float
            Largest width.
        """
        entries = [*zip(self._names, self, self._outlines, strict=True)]
        widths = [word.width_of(name, 1.0) for name, (_, word), _ in entries]
        needed = sum(widths) + len(widths) * (2 * _SIGN + _NEAR + _FAR)
        letter = min(letter, room / max(needed, 1.0))
        for (name, (sign, word), outline), width in zip(entries[::-1], widths[::-1], strict=True):
            word.say(name, panel.place([(right, y)])[0], letter * panel.enlargement)
            right -= (width + _NEAR + _SIGN) * letter
            size = _SIGN * letter * panel.enlargement
            sign.points = outline * size + panel.place([(right, y)])[0]
            right -= (_SIGN + _FAR) * letter
