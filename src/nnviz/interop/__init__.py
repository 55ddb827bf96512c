"""Read models of scikit-learn, PyTorch, Keras and ONNX into a `Network`.

A framework is imported only when one of its models is read.

=====================  =========================================================================
ModelMismatchError     A network was read from a model, but computes something else.
Recording              Snapshots of a model at many moments of its training, for films of it.
UnsupportedModelError  A model, or a part of it, is not supported.
from_keras             Read a model of Keras, in memory or from a file.
from_onnx              Read an ONNX file, such as PyTorch and skl2onnx write.
from_sklearn           Read a fitted network or linear model of scikit-learn.
from_torch             Read a module of PyTorch by tracing its forward.
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
