"""``nnviz cache``: how large is what is kept of earlier renders, and removing it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from manim import config

from nnviz.files import media_errors

__all__ = ["run"]

_SEGMENTS = "partial_movie_files"
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def run(media: Path | None, clear: bool) -> int:
    """Print what is kept, and how large it is; remove it if asked to.

    Parameters
    ----------
    media
        The media folder; by default the one that Manim's configuration names.
    clear
        Whether to remove it. Videos and pictures that scenes became stay.

    Returns
    -------
    int
        The exit status, 0.

    Raises
    ------
    MediaError
        If something cannot be removed.
    """
    folder = Path(media or config.get_dir("media_dir"))
    total = count = 0
    for name, places in _kept_in(folder, follow_config=media is None):
        files = [file for place in places for file in place.rglob("*") if file.is_file()]
        size = sum(_size(file) for file in files)
        total, count = total + size, count + len(files)
        print(f"{name:10} {len(files):6} files {_readable(size):>10}")
    if not clear:
        print(f"{'all':10} {count:6} files {_readable(total):>10}  in {folder}")
        return 0
    for _, places in _kept_in(folder, follow_config=media is None):
        for place in places:
            with media_errors(place, "removed"):
                shutil.rmtree(place)
    print(f"{_readable(total)} removed from {folder}. Videos stay.")
    return 0


def _kept_in(folder: Path, follow_config: bool) -> Iterator[tuple[str, list[Path]]]:
    """Yield what is kept, and the folders where it is."""
    yield "segments", [path for path in folder.rglob(_SEGMENTS) if path.is_dir()]
    for name, key, usual in (("formulas", "tex_dir", "Tex"), ("texts", "text_dir", "texts")):
        place = Path(config.get_dir(key)) if follow_config else folder / usual
        yield name, [place] if place.is_dir() else []


def _size(file: Path) -> int:
    with contextlib.suppress(OSError):
        return file.stat().st_size
    return 0


def _readable(size: float) -> str:
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("the last unit has been tried")
