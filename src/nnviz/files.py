"""Files that appear whole or not at all, whoever is killed and whoever else looks on."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["remove_leftovers", "unfinished", "whole_file", "write_whole"]

_UNFINISHED = ".unfinished-"
_FORGOTTEN_AFTER = 3600.0  # seconds


def unfinished(path: Path, process: int | None = None) -> Path:
    """Return where a process writes what is to become ``path``: beside it, and nobody else's."""
    return path.with_name(f"{_UNFINISHED}{process or os.getpid()}-{path.name}")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write to, which becomes ``path`` when all went well.

    Yields
    ------
    Path
        In the same folder. Removed if there is an exception.
    """
    draft = unfinished(path)
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen in part."""
    with whole_file(path) as draft:
        draft.write_bytes(data)


def remove_leftovers(*folders: Path) -> None:
    """Remove what processes that were killed left unfinished in folders, more than an hour ago."""
    for folder in folders:
        for path in folder.glob(f"{_UNFINISHED}*") if folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _FORGOTTEN_AFTER:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
