"""``nnviz cache``: print the size of the cache of earlier renders, or clear it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from manim import config

from nnviz.files import media_errors

__all__ = ["run"]

_SEGMENTS = "partial_movie_files"
_OF_SEGMENTS = {".mp4", ".mov", ".webm", ".json", ".txt", ".jpg"}
#: Manim's names of formulas and texts are digests.
_TYPESET = re.compile(r"[0-9a-f]{16}_?\.(svg|tex|dvi|xdv|pdf|log|aux|typ)")
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def run(media: Path | None, clear: bool) -> int:
    """Print the number and size of cached files, and remove them if ``clear`` is true.

    Parameters
    ----------
    media : Path or None
        Media folder. Default: the one of Manim's configuration.
    clear : bool
        Whether to remove the cached files. Finished videos and pictures are kept.

    Returns
    -------
    int
        The exit status, 0.

    Raises
    ------
    MediaError
        If a file cannot be removed.
    """
    folder = Path(media or config.get_dir("media_dir"))
    kept = dict(_kept_in(folder, follow_config=media is None))
    total = count = 0
    for name, files in kept.items():
        size = sum(map(_size, files))
        total, count = total + size, count + len(files)
        print(f"{name:10} {len(files):6} files {_readable(size):>10}")
    if not clear:
        print(f"{'all':10} {count:6} files {_readable(total):>10}  in {folder}")
        return 0
    for files in kept.values():
        for file in files:
            with media_errors(file, "removed"):
                file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the folder is not empty
                file.parent.rmdir()
    print(f"Removed {_readable(total)} from {folder}; videos are kept")
    return 0


def _kept_in(folder: Path, follow_config: bool) -> Iterator[tuple[str, list[Path]]]:
    """Yield the cached files by kind: only those with names that Manim and nnviz give."""
    segments = [
        file
        for place, folders, names in os.walk(folder)
        if Path(place).parent.name == _SEGMENTS or Path(place).name == _SEGMENTS
        for file in (Path(place) / name for name in names)
        if file.suffix in _OF_SEGMENTS and not file.is_symlink()
    ]
    yield "segments", sorted(segments)
    for name, key, usual in (("formulas", "tex_dir", "Tex"), ("texts", "text_dir", "texts")):
        place = Path(config.get_dir(key)) if follow_config else folder / usual
        files = place.iterdir() if place.is_dir() else ()
        yield name, sorted(file for file in files if _is_typeset(file))


def _is_typeset(file: Path) -> bool:
    return bool(_TYPESET.fullmatch(file.name)) and file.is_file() and not file.is_symlink()


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
