"""Other people's models, read into a `Network`: scikit-learn, PyTorch, Keras, ONNX.

A framework is imported when a model of its is read, and not before.
"""

from nnviz.interop.chain import ModelMismatchError, UnsupportedModelError
from nnviz.interop.keras import from_keras
from nnviz.interop.onnx import from_onnx
from nnviz.interop.recording import Recording
from nnviz.interop.sklearn import from_sklearn
from nnviz.interop.torch import from_torch

__all__ = [
    "ModelMismatchError",
    "Recording",
    "UnsupportedModelError",
    "from_keras",
    "from_onnx",
    "from_sklearn",
    "from_torch",
]
