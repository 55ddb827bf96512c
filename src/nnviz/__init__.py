"""Neural networks that compute, and Manim pictures of them that show what they computed.

The names below can be imported from here. Each is loaded when it is first asked for, so that
``import nnviz`` and the engine do without Manim.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz import mnist as mnist
    from nnviz.animations import Convolve as Convolve
    from nnviz.animations.explain_weight import ExplainWeight as ExplainWeight
    from nnviz.animations.training import Train as Train
    from nnviz.camera import save_figure as save_figure
    from nnviz.interop import Recording as Recording
    from nnviz.interop import from_keras as from_keras
    from nnviz.interop import from_onnx as from_onnx
    from nnviz.interop import from_sklearn as from_sklearn
    from nnviz.interop import from_torch as from_torch
    from nnviz.mobjects.charts.accuracy import Accuracy as Accuracy
    from nnviz.mobjects.charts.curves_of_training import AccuracyCurve as AccuracyCurve
    from nnviz.mobjects.charts.curves_of_training import CostCurve as CostCurve
    from nnviz.mobjects.charts.decision_boundary import DecisionBoundary as DecisionBoundary
    from nnviz.mobjects.charts.fitted_curve import FittedCurve as FittedCurve
    from nnviz.mobjects.charts.predictions import Predictions as Predictions
    from nnviz.mobjects.network import ConvolutionSum as ConvolutionSum
    from nnviz.mobjects.network import KernelGrid as KernelGrid
    from nnviz.mobjects.network import NetworkMobject as NetworkMobject
    from nnviz.mobjects.pixel_image import MNistMobject as MNistMobject
    from nnviz.mobjects.pixel_image import PixelImage as PixelImage
    from nnviz.mobjects.pixel_image import PixelsAsSquares as PixelsAsSquares
    from nnviz.mobjects.weight_explanation import WeightExplanation as WeightExplanation
    from nnviz.network import Gradient as Gradient
    from nnviz.network import Network as Network
    from nnviz.network import ParameterDerivative as ParameterDerivative
    from nnviz.network import pretrained as pretrained
    from nnviz.scene.base import NNScene as NNScene
    from nnviz.scene.explain_scene import ExplainWeightScene as ExplainWeightScene
    from nnviz.scene.network_scene import NetworkScene as NetworkScene
    from nnviz.scene.training_scene import TrainingScene as TrainingScene

__version__ = "0.1.0"

_HOMES = {
    "Accuracy": "nnviz.mobjects.charts.accuracy",
    "AccuracyCurve": "nnviz.mobjects.charts.curves_of_training",
    "ConvolutionSum": "nnviz.mobjects.network",
    "Convolve": "nnviz.animations",
    "CostCurve": "nnviz.mobjects.charts.curves_of_training",
    "DecisionBoundary": "nnviz.mobjects.charts.decision_boundary",
    "ExplainWeight": "nnviz.animations.explain_weight",
    "ExplainWeightScene": "nnviz.scene.explain_scene",
    "FittedCurve": "nnviz.mobjects.charts.fitted_curve",
    "Gradient": "nnviz.network",
    "KernelGrid": "nnviz.mobjects.network",
    "MNistMobject": "nnviz.mobjects.pixel_image",
    "NNScene": "nnviz.scene.base",
    "Network": "nnviz.network",
    "NetworkMobject": "nnviz.mobjects.network",
    "NetworkScene": "nnviz.scene.network_scene",
    "ParameterDerivative": "nnviz.network",
    "PixelImage": "nnviz.mobjects.pixel_image",
    "PixelsAsSquares": "nnviz.mobjects.pixel_image",
    "Predictions": "nnviz.mobjects.charts.predictions",
    "Recording": "nnviz.interop",
    "Train": "nnviz.animations.training",
    "TrainingScene": "nnviz.scene.training_scene",
    "WeightExplanation": "nnviz.mobjects.weight_explanation",
    "from_keras": "nnviz.interop",
    "from_onnx": "nnviz.interop",
    "from_sklearn": "nnviz.interop",
    "from_torch": "nnviz.interop",
    "pretrained": "nnviz.network",
    "save_figure": "nnviz.camera",
}

__all__ = [
    "Accuracy",
    "AccuracyCurve",
    "ConvolutionSum",
    "Convolve",
    "CostCurve",
    "DecisionBoundary",
    "ExplainWeight",
    "ExplainWeightScene",
    "FittedCurve",
    "Gradient",
    "KernelGrid",
    "MNistMobject",
    "NNScene",
    "Network",
    "NetworkMobject",
    "NetworkScene",
    "ParameterDerivative",
    "PixelImage",
    "PixelsAsSquares",
    "Predictions",
    "Recording",
    "Train",
    "TrainingScene",
    "WeightExplanation",
    "from_keras",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "mnist",
    "pretrained",
    "save_figure",
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
