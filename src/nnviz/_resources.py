"""Where the files that come with nnviz are: images of digits, names, trained weights, fonts."""

from pathlib import Path

__all__ = ["data_dir", "fonts_dir"]

_MARKER = "train-images-idx3-ubyte.gz"


def data_dir() -> Path:
    """Find the folder of shipped data.

    In an installed package that is ``nnviz/_data``; in a checkout it is ``data/`` at the top.

    Raises
    ------
    FileNotFoundError
        If neither is there.
    """
    package = Path(__file__).resolve().parent
    candidates = (package / "_data", package.parents[1] / "data")
    for folder in candidates:
        if (folder / _MARKER).is_file():
            return folder
    raise FileNotFoundError(
        f"nnviz's data are missing: there is no {_MARKER} in {candidates[0]} nor in "
        f"{candidates[1]}. Install manim-nnviz again, or restore data/ of the checkout."
    )


def fonts_dir() -> Path:
    """Return the folder of the typeface that comes with nnviz."""
    return Path(__file__).resolve().parent / "fonts"
