"""A block of a transformer opened: its patterns, or the network that every token goes through."""

from __future__ import annotations

from typing import Any

from manim import DOWN, RoundedRectangle, VGroup

from nnviz.mobjects.attention.pattern import AttentionHeads
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import token_texts, without_markup
from nnviz.network import ForwardPass, Network, residual_tap, token_block

__all__ = ["BlockInside"]

#: In scene units: what is free inside of the frame, the height of a digit in the title, and the
#: room that the title takes.
_MARGIN, _DIGIT, _TITLE = 0.2, 0.18, 0.5
#: Neurons of a layer that are shown at most.
_SHOWN = 10


class BlockInside(ShownInNotebooks, VGroup):
    """What is in a block of a residual stream, in a frame.

    Of a block that mixes tokens the patterns of all heads, of any other the network that it is for
    one token, with its activations. ``FadeIn(inside, target_position=stream.frame(k), scale=0.1)``
    lets it come out of the frame on the stream, and `FadeOut` lets it go back.

    Parameters
    ----------
    network : Network
        With a residual stream.
    forward : ForwardPass
        What it computed for one sequence.
    block : str
        The block's name, such as "block0.attention".
    tokens : object
        Tokens beside patterns: a text, or a sequence.
    token : int, optional
        Whose activations are shown; the last one by default.
    width, height : float, optional
        Size of the frame, in scene units.
    title : str, optional
        What stands above; the block's name if None.
    max_shown : int, optional
        Most neurons of a layer that are shown; dots stand for the others.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    tap : Tap
        The tap where the block reads and adds.

    Raises
    ------
    NetworkError
        If the network has no such block on its stream.
    ValueError
        If there are not as many tokens as in the pass.
    """

    content: Part[AttentionHeads | NetworkMobject] = Part(2, doc="The patterns, or the network.")

    def __init__(
        self,
        network: Network,
        forward: ForwardPass,
        block: str,
        tokens: Any,
        token: int = -1,
        *,
        width: float = 5.0,
        height: float = 5.6,
        title: str | None = None,
        max_shown: int = _SHOWN,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.tap = residual_tap(network, block)
        size = width - 2 * _MARGIN, height - 2 * _MARGIN - _TITLE
        texts = token_texts(tokens, len(forward[self.tap.reads]))
        if self.tap.pattern is None:
            self.tap_network, self.computed = token_block(network, forward, block, token)
            content: Any = NetworkMobject(
                self.tap_network, self.style.changed(fit=size, max_shown=max_shown)
            )
            content.show_weights().show_activations(self.computed)
        else:
            content = _patterns(forward[self.tap.pattern], texts, size, self.style)
        frame = RoundedRectangle(
            corner_radius=0.15,
            width=width,
            height=height,
            stroke_width=stroke(2),
            stroke_color=self.style.text_color,
            fill_color=self.style.behind,
            fill_opacity=1,
        )
        word = Lettering(self.style.text_color, (0, 0), without_markup(self.style.writing))
        at = frame.get_top() + (_MARGIN + _TITLE / 2) * DOWN
        word.say(self.tap.block if title is None else title, at, _DIGIT, size[0])
        content.move_to(frame.get_center() + _TITLE / 2 * DOWN)
        super().__init__(frame, word, content)


def _patterns(
    patterns: Any, texts: list[str], size: tuple[float, float], style: NetworkStyle
) -> AttentionHeads:
    """Return the patterns of all heads, as large as fits."""
    stack = patterns if patterns.ndim == 3 else patterns[None]
    is_square = stack.shape[1] == stack.shape[2]
    names: Any = (texts, texts) if is_square else (None, None)
    columns = max(1, round((len(stack) * size[0] / size[1]) ** 0.5))
    heads = AttentionHeads(stack, *names, columns=columns, size=2.0, style=style)
    return heads.scale(min(size[0] / heads.width, size[1] / heads.height))
