"""Each mobject of nnviz that is the value of a notebook's cell is shown as a picture."""

from __future__ import annotations

import inspect
import io
from typing import Any

import manim as mn
import numpy as np
import pytest
from PIL import Image

import nnviz
from nnviz import mobjects


def public_mobjects() -> list[type[mn.Mobject]]:
    names = sorted({*nnviz.__all__, *mobjects.__all__})
    found = [getattr(nnviz, name, None) or getattr(mobjects, name) for name in names]
    return [one for one in found if inspect.isclass(one) and issubclass(one, mn.Mobject)]


@pytest.mark.parametrize("kind", public_mobjects(), ids=lambda kind: kind.__name__)
def test_every_public_mobject_is_shown(kind: type[Any]) -> None:
    assert callable(getattr(kind, "_repr_png_", None))


def values() -> list[Any]:
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    network = nnviz.Network.random([2, 4, 1], seed=1)
    cost, plane = nnviz.CostCurve({"xor": (x, y)}), nnviz.DecisionBoundary(x, y)
    for report in network.sgd(x, y, epochs=2, batch_size=4):
        cost.show_report(report)
        plane.show_report(report)
    derivative = nnviz.ParameterDerivative(network, 0, 1, 1, x[1], y[1])
    return [
        cost,
        plane,
        nnviz.CostSurface(network, x, y),
        nnviz.Accuracy((x, y)),
        nnviz.WeightExplanation(derivative, writing=mn.Text),
        nnviz.NetworkMobject(network).edges[0],
    ]


def test_values_are_pictures() -> None:
    for value in values():
        picture = np.asarray(Image.open(io.BytesIO(value._repr_png_())).convert("RGB"))
        assert picture.std() > 2, type(value).__name__
