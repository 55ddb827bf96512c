"""The trained networks that come with nnviz."""

from functools import cache

from nnviz._resources import data_dir
from nnviz.network._checks import look_up
from nnviz.network.network import Network

__all__ = ["PRETRAINED_FILES", "pretrained"]

PRETRAINED_FILES = {"dense": "network-784-16-16-10.npz", "cnn": "network-cnn.npz"}


@cache
def pretrained(name: str = "dense") -> Network:
    """Load a network that was trained on the shipped images of digits.

    It is read once; as networks are values, every caller may have the same one. How they were
    trained, and what they reach on images they have not seen, is written in data/README.md.

    Parameters
    ----------
    name
        "dense" is the 784-16-16-10 sigmoid network of the videos. "cnn" has two convolutions with
        poolings, and takes images of shape (1, 28, 28).

    Raises
    ------
    NetworkError
        If there is none of that name, or its file is damaged.
    FileNotFoundError
        If the installation is incomplete.
    """
    return Network.load(data_dir() / look_up(name, PRETRAINED_FILES, "trained network"))
