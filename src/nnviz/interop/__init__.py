"""Other people's models, read into a `Network`: scikit-learn, PyTorch, Keras, ONNX.

A framework is imported when a model of its is read, and not before.

=====================  =========================================================================
ModelMismatchError     A network was read from a model, but computes something else.
Recording              What a model was like at many moments of its training, for films of it.
UnsupportedModelError  A model, or a part of it, is nothing that a Network can be.
from_keras             Read a model of Keras, alive or from a file: it becomes a graph.
from_onnx              Read an ONNX file, such as PyTorch and skl2onnx write them.
from_sklearn           Read a fitted MLPClassifier or MLPRegressor of scikit-learn.
from_torch             Read a module of PyTorch: its forward becomes a graph.
=====================  =========================================================================
"""

from nnviz.interop.builder import ModelMismatchError, UnsupportedModelError
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
