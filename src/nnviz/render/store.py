"""What is kept of earlier renders: segments of video, under names that say what they show.

A segment's file is called ``NAME-CHECK.mp4``: its piece's name (:meth:`nnviz.drawing.Piece.name`),
and a digest of the file's own content, by which a damaged file is found out. Files appear whole,
so any number of processes may share a folder.
"""

from __future__ import annotations

import contextlib
import os
from hashlib import blake2b
from pathlib import Path

from nnviz.files import write_whole

__all__ = ["Store"]

_CHECK = 8  # bytes


class Store:
    """The segments of one scene.

    Parameters
    ----------
    folder : Path
        Where they are; it need not exist yet.
    suffix : str
        The end of their files' names, such as ``.mp4``.
    use_earlier : bool, optional
        Whether segments count that were there before.
    """

    def __init__(self, folder: Path, suffix: str, use_earlier: bool = True) -> None:
        self._folder, self._suffix = folder, suffix
        self._unchecked: dict[str, list[Path]] = {}
        self._good: dict[str, Path] = {}
        if use_earlier:
            with contextlib.suppress(OSError):
                for path in folder.iterdir():
                    name, dash, _ = path.stem.partition("-")
                    if dash and path.suffix == suffix:
                        self._unchecked.setdefault(name, []).append(path)

    def find(self, name: str) -> Path | None:
        """Return the file of a segment; None if there is none that is whole."""
        if name in self._good:
            return self._good[name]
        for path in self._unchecked.pop(name, ()):
            if _is_whole(path):
                self._good[name] = path
                with contextlib.suppress(OSError):
                    os.utime(path)  # what is used is not removed as old
                return path
            with contextlib.suppress(OSError):
                path.unlink()
        return None

    def put(self, name: str, data: bytes) -> Path:
        """Keep a segment.

        Raises
        ------
        MediaError
            If its file cannot be written.
        """
        path = self._folder / f"{name}-{_check(data)}{self._suffix}"
        write_whole(path, data)
        self._good[name] = path
        return path


def _check(data: bytes) -> str:
    return blake2b(data, digest_size=_CHECK).hexdigest()


def _is_whole(path: Path) -> bool:
    try:
        return path.stem.partition("-")[2] == _check(path.read_bytes())
    except OSError:
        return False
