"""A network's picture as SVG, with the places of the parts that the page repaints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from manim import ManimColor, VGroup, VMobject

from nnviz.camera import vectors_of
from nnviz.mobjects import NetworkMobject, NetworkStyle
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.links import counts_of_edges
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.matrices import MatrixLayer, TokenLayer
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.network import Network

__all__ = ["COLORS", "Picture", "picture_of"]

#: Units of the SVG per scene unit: a stroke is as wide as Manim's stroke width says.
SCALE: Final = 100.0
#: Margin around the picture, in scene units.
_MARGIN = 0.15
#: Largest size of a page's picture, in scene units.
_FIT = (9.0, 6.4)
#: Colours of the style by the names of the page's colours.
COLORS: Final = {
    "text": "text_color",
    "contrast": "contrast_color",
    "ring": "neuron_stroke_color",
    "fill": "neuron_fill_color",
    "below": "negative_fill_color",
    "edge": "edge_color",
    "plus": "positive_color",
    "minus": "negative_color",
    "mark": "highlight_color",
}
_SVG_COLOR = re.compile(r"rgb\(([\d.]+)%, ?([\d.]+)%, ?([\d.]+)%\)")
_SVG_STYLE = re.compile(r'style="([^"]*)"')


class Picture(NamedTuple):
    """A picture of a network for a page.

    Attributes
    ----------
    still : str
        SVG elements that do not change: words, dots, braces, signs, boxes, arrows.
    box : tuple of float
        Left, top, width and height of the picture.
    parts : list of dict
        Parts that show values, in drawing order, for JSON: a kind ("neurons", "maps",
        "matrix", "tokens"), the `value` shown, as its place among all values, and where it is.
    edges : list of dict
        Every group of edges: the values that it leads `from` and `into`, its ends and its units.
    numbers : dict of str to float
        Numbers of the style that the page uses.
    dark, light : dict of str to str
        Colours in hexadecimal, by the names of `COLORS`.
    """

    still: str
    box: tuple[float, float, float, float]
    parts: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    numbers: dict[str, float]
    dark: dict[str, str]
    light: dict[str, str]


def picture_of(network: Network, options: Mapping[str, Any]) -> Picture:
    """Draw a network, and return the places of its parts.

    Parameters
    ----------
    network : Network
        The network to draw.
    options : mapping from str to object
        Options of :class:`NetworkMobject`, such as ``max_shown``. Colours are those of dark and
        of light backgrounds, where they are not given.
    """
    if "style" in options:
        raise ValueError(
            "a page has a dark and a light style: give single options instead of style"
        )
    if options.get("bias_units"):
        raise ValueError("a page has no bias units: it says each neuron's bias in its sum")
    given = {name: options[name] for name in COLORS.values() if name in options}
    styles = [NetworkStyle.dark(**given), NetworkStyle.light(**given)]
    others = {name: value for name, value in options.items() if name not in given}
    picture = NetworkMobject(network, styles[0], **{"fit": _FIT, **others})
    names = network.shapes.names
    parts = []
    still: list[VMobject] = [
        *picture.connections,
        *(picture.input_labels, picture.output_labels, picture.layer_titles, picture.block_frames),
    ]
    for thing, layer in zip(picture.structure.things, picture.layers, strict=True):
        part = _part(layer)
        if part is None or thing.name not in names:
            still.append(layer)
            continue
        marks = [] if isinstance(layer, TokenLayer) else [layer.mark]
        still += [layer.dots, layer.size_label, *marks]
        parts.append({"value": names.index(thing.name), "name": thing.name, **part})
    dark, light = (
        {name: ManimColor(getattr(style, one)).to_hex() for name, one in COLORS.items()}
        for style in styles
    )
    style = picture.style
    left, top = picture.get_left()[0] - _MARGIN, picture.get_top()[1] + _MARGIN
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    return Picture(
        _still(VGroup(*(one for one in still if one.get_family())), dark),
        (_round(left), -_round(top), _round(width), _round(height)),
        parts,
        _edges(picture, names),
        {
            "ring": float(style.neuron_stroke_width),
            "least": float(style.min_edge_width),
            "most": float(style.max_edge_width),
            "exponent": float(style.weight_exponent),
        },
        dark,
        light,
    )


def _round(length: float) -> float:
    return round(SCALE * float(length), 1)


def _places(values: Any) -> list[float]:
    return [_round(value) for value in np.asarray(values).tolist()]


def _middles(mobjects: Any) -> dict[str, Any]:
    centers = np.array([one.get_center() for one in mobjects])
    return {"x": _places(centers[:, 0]), "y": _places(-centers[:, 1])}


def _boxes(mobjects: Any) -> list[list[float]]:
    return [
        [
            _round(one.get_left()[0]),
            _round(-one.get_top()[1]),
            _round(one.width),
            _round(one.height),
        ]
        for one in mobjects
    ]


def _part(layer: LayerMobject) -> dict[str, Any] | None:
    """Return the part of a layer that the page repaints; None if nothing changes."""
    common = {
        "units": layer.shown_units.tolist(),
        "shape": layer.shape,
        "full": _full(layer),
        "signed": layer.values.is_signed,
        "data": layer.values.low is None,
    }
    if isinstance(layer, NeuronLayer):
        return {
            "kind": "neurons",
            **common,
            **_middles(layer.neurons),
            "r": _round(layer.neurons[0].width / 2),
        }
    if isinstance(layer, MapLayer):
        boxes = _boxes(frame for _, frame in layer.maps)
        return {"kind": "maps", **common, "is_image": layer.is_image, "boxes": boxes}
    if isinstance(layer, MatrixLayer):
        return {
            "kind": "matrix",
            **common,
            "rows": layer.shown_rows.tolist(),
            "columns": layer.shown_columns.tolist(),
            "boxes": _boxes(layer.outlines),
        }
    if isinstance(layer, TokenLayer):
        return {
            "kind": "tokens",
            **common,
            **_middles(layer.body),
            "side": _round(layer.body[0].width),
        }
    return None


def _full(layer: LayerMobject) -> float | str:
    """Return the value that is shown as full, or its rule by name: see `Range.limit`."""
    if layer.limit:
        return layer.limit
    of_small, of_large = (layer.values.limit(np.array([size])) for size in (0.5, 2.0))
    if of_large == 1.0:
        return 1.0
    return "largest from 1" if of_small == 1.0 else "largest"


def _edges(picture: NetworkMobject, names: Any) -> list[dict[str, Any]]:
    structure, layers = picture.structure, picture.layers
    counts = counts_of_edges(picture.network, structure, layers)
    bounds = np.cumsum([0, *counts])
    lines = np.concatenate([picture.edges.starts[:, :2], picture.edges.ends[:, :2]], axis=1)
    lines *= (1.0, -1.0, 1.0, -1.0)
    groups = []
    for k, (start, stop) in enumerate(pairwise(bounds), start=structure.n_inputs):
        if start == stop:
            continue
        (source,) = structure.sources(k)
        groups.append(
            {
                "from": names.index(structure.things[source].name),
                "into": names.index(structure.things[k].name),
                "before": layers[source].shown_units.tolist(),
                "after": layers[k].shown_units.tolist(),
                "ends": [_places(column) for column in lines[start:stop].T],
            }
        )
    return groups


def _still(mobject: VGroup, colors: Mapping[str, str]) -> str:
    """Return SVG elements of mobjects, whose colours follow the page's."""
    try:
        svg, (left, top), points = vectors_of(mobject)
    except ValueError:
        return ""
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    names = {value.upper(): name for name, value in reversed(list(colors.items()))}

    def named(found: re.Match[str]) -> str:
        parts = [round(255 * float(one) / 100) for one in found.groups()]
        value = "#{:02X}{:02X}{:02X}".format(*parts)
        return f"var(--{names[value]})" if value in names else value

    # The page's policy forbids inline styles, but not attributes.
    inside = _SVG_COLOR.sub(named, _SVG_STYLE.sub(_attributes, inside))
    at = f"translate({SCALE * left:.3f} {-SCALE * top:.3f}) scale({SCALE / points:.5f})"
    return f'<g transform="{at}">{inside}</g>'


def _attributes(style: re.Match[str]) -> str:
    """Return a style as attributes."""
    pairs = (one.split(":", 1) for one in style[1].split(";") if ":" in one)
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in pairs)
