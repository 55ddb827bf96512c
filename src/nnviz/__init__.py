"""Neural networks that compute, and Manim pictures of them that show what they computed.

The names below can be imported from here. Each is loaded when it is first asked for, so that
``import nnviz`` and the engine do without Manim.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz import mnist as mnist
    from nnviz.interop import from_keras as from_keras
    from nnviz.interop import from_onnx as from_onnx
    from nnviz.interop import from_sklearn as from_sklearn
    from nnviz.interop import from_torch as from_torch
    from nnviz.mobjects.charts.cost_map import CostMap as CostMap
    from nnviz.mobjects.charts.cost_surface import CostSurface as CostSurface
    from nnviz.mobjects.network import NetworkMobject as NetworkMobject
    from nnviz.mobjects.pixel_image import MNistMobject as MNistMobject
    from nnviz.network import Gradient as Gradient
    from nnviz.network import Network as Network
    from nnviz.network import ParameterPlane as ParameterPlane
    from nnviz.network import pretrained as pretrained
    from nnviz.scene.base import NNScene as NNScene
    from nnviz.scene.network_scene import NetworkScene as NetworkScene

__version__ = "0.1.0"

_HOMES = {
    "CostMap": "nnviz.mobjects.charts.cost_map",
    "CostSurface": "nnviz.mobjects.charts.cost_surface",
    "Gradient": "nnviz.network",
    "MNistMobject": "nnviz.mobjects.pixel_image",
    "NNScene": "nnviz.scene.base",
    "Network": "nnviz.network",
    "NetworkMobject": "nnviz.mobjects.network",
    "NetworkScene": "nnviz.scene.network_scene",
    "ParameterPlane": "nnviz.network",
    "from_keras": "nnviz.interop",
    "from_onnx": "nnviz.interop",
    "from_sklearn": "nnviz.interop",
    "from_torch": "nnviz.interop",
    "pretrained": "nnviz.network",
}

__all__ = [
    "CostMap",
    "CostSurface",
    "Gradient",
    "MNistMobject",
    "NNScene",
    "Network",
    "NetworkMobject",
    "NetworkScene",
    "ParameterPlane",
    "from_keras",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "mnist",
    "pretrained",
]


def __getattr__(name: str) -> Any:
    if name == "mnist":
        return import_module("nnviz.mnist")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
