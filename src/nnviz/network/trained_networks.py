"""The trained networks that come with nnviz, and what was recorded of a training."""

from functools import cache

from nnviz._resources import data_dir
from nnviz.network._checks import look_up
from nnviz.network.network import Network
from nnviz.network.snapshots import Snapshots

__all__ = ["PRETRAINED_FILES", "RECORDED_FILES", "pretrained", "recorded"]

PRETRAINED_FILES = {
    "dense": "network-784-16-16-10.npz",
    "cnn": "network-cnn.npz",
    "residual": "network-residual.npz",
    "sort": "network-sort.npz",
    "names": "network-names.npz",
    "names-small": "network-names-small.npz",
    "count": "network-count.npz",
    "remember": "network-remember.npz",
    "denoise": "network-denoise.npz",
}
RECORDED_FILES = {"sort": "recording-sort.npz"}


@cache
def pretrained(name: str = "dense") -> Network:
    """Load one of the trained networks that come with nnviz.

    It is read once; as networks are values, every caller may have the same one. How they were
    trained, and what they reach on examples they have not seen, is written in data/README.md.

    ===============  ===============================================================================
    ``dense``        Reads digits: the 784-16-16-10 sigmoid network of the videos.
    ``cnn``          Reads digits of shape (1, 28, 28): two convolutions with poolings.
    ``residual``     Reads digits of shape (1, 28, 28): two residual blocks.
    ``sort``         Sorts eight digits: a transformer that `generate` lets answer.
    ``names``        Writes first names, letter by letter: a transformer. Its tokens are those of
                     `nnviz.texts.NAMES_TOKENIZER`, and a name begins and ends with ".".
    ``names-small``  The same with few enough weights to show them all.
    ``count``        Reads 32 brackets, 0 for "(" and 1 for ")", and says after each whether (1) or
                     not (0) all are closed: an LSTM of three units, whose cell counts.
    ``remember``     Reads 12 letters, 0 to 2 for "abc" and 3 to 5 for "ABC", of which the first is
                     a capital, and says after each which capital was the last, 0 to 2: a GRU of
                     two units, whose update gates are shut at small letters.
    ``denoise``      Reads x, y and a noise level from 0.02 to 1, and says what noise a point of a
                     spiral got to be there: dense, 3-48-48-48-2. Step by step it leads noise to
                     the spiral.
    ===============  ===============================================================================

    Parameters
    ----------
    name : str, optional
        One of these.

    Raises
    ------
    NetworkError
        If there is none of that name, or its file is damaged.
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> question = [3, 1, 4, 1, 5, 9, 2, 6]
    >>> made = pretrained("sort").generate(question, 8, temperature=0)
    >>> [one.token for one in made]
    [1, 1, 2, 3, 4, 5, 6, 9]

    >>> import numpy as np
    >>> from nnviz.texts import NAMES_TOKENIZER as tokenizer
    >>> rng = np.random.RandomState(0)
    >>> for _ in range(5):
    ...     made = pretrained("names").generate(tokenizer.encode("."), 12, rng=rng)
    ...     print(tokenizer.decode([one.token for one in made]).partition(".")[0])
    lorie
    lu
    chaunda
    merrie
    feliza

    >>> brackets = ["()".index(bracket) for bracket in "(()(()))" * 4]
    >>> pretrained("count").predict(brackets)[:8]
    array([0, 0, 0, 0, 0, 0, 0, 1])

    >>> letters = ["abcABC".index(letter) for letter in "CabBacbAacbb"]
    >>> "".join("ABC"[answer] for answer in pretrained("remember").predict(letters))
    'CCCBBBBAAAAA'

    >>> points = 1.44 * np.random.RandomState(0).randn(500, 2)
    >>> levels = [*np.geomspace(1, 0.02, 24), 0]
    >>> for level, following in zip(levels, levels[1:]):
    ...     noise = pretrained("denoise")(np.column_stack([points, np.full(500, level)]))
    ...     points += (following - level) * noise
    >>> float(np.hypot(*points.T).max().round(1))
    2.0
    """
    return Network.load(data_dir() / look_up(name, PRETRAINED_FILES, "trained network"))


def recorded(name: str = "sort") -> Snapshots:
    """Load what was recorded of the training of a network that comes with nnviz.

    The snapshots stand wherever reports of a training do, such as in a
    :class:`~nnviz.animations.train.Train`; what they count as epochs are steps of the
    optimiser. They are dense where the network learns most, and the last one is `pretrained`'s.

    ========  ======================================================================================
    ``sort``  Eleven moments of the training of the transformer that sorts eight digits, from before
              the first step to after the last, the 3,612th. Cost and accuracy are those on the
              1,000 rows of the validation set; the accuracy is the share of digits that are right.
    ========  ======================================================================================

    Parameters
    ----------
    name : str, optional
        One of these.

    Raises
    ------
    NetworkError
        If there is none of that name, or its file is damaged.
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> snapshots = recorded("sort")
    >>> [snapshot.epoch for snapshot in snapshots]
    [0, 10, 20, 30, 50, 70, 100, 150, 300, 1000, 3612]
    >>> question = [3, 1, 4, 1, 5, 9, 2, 6]
    >>> for snapshot in (snapshots[0], snapshots[4], snapshots[-1]):
    ...     made = snapshot.network.generate(question, 8, temperature=0)
    ...     print([one.token for one in made])
    [7, 0, 2, 3, 5, 4, 0, 9]
    [1, 2, 3, 4, 5, 6, 9, 9]
    [1, 1, 2, 3, 4, 5, 6, 9]
    """
    return Snapshots.load(data_dir() / look_up(name, RECORDED_FILES, "recorded training"))
