"""The trained network that comes with nnviz."""

from functools import lru_cache

from nnviz._resources import data_dir
from nnviz.network.network import Network

__all__ = ["PRETRAINED_FILE", "pretrained"]

PRETRAINED_FILE = "network-784-16-16-10.npz"


@lru_cache(maxsize=1)
def pretrained() -> Network:
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
    return Network.load(data_dir() / PRETRAINED_FILE)
