"""The trained networks that come with nnviz."""

from functools import cache

from nnviz._resources import data_dir
from nnviz.network.network import Network

__all__ = ["PRETRAINED_FILES", "pretrained"]

PRETRAINED_FILES = {"dense": "network-784-16-16-10.npz"}


@cache
def pretrained(name: str = "dense") -> Network:
    """Load the 784-16-16-10 sigmoid network that was trained on the shipped images.

    It is read once; as networks are values, every caller may have the same one. How it was
    trained, and what it reaches on images it has not seen, is written in data/README.md.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    NetworkError
        If the file is damaged.
    """
    return Network.load(data_dir() / PRETRAINED_FILES[name])
