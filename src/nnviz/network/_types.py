"""Types and errors that every module of the engine shares."""

import numpy as np
import numpy.typing as npt

from nnviz.limits import LimitError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Of one example, without the batch's axis: (n,) a vector, (channels, height, width) an image.
Shape = tuple[int, ...]


class NetworkError(ValueError):
    """A network, its input or its file is not what it has to be."""


class NetworkLimitError(NetworkError, LimitError):
    """Reading a network would cost more than `nnviz.limits.Limits` allow."""
