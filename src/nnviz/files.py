"""Files that appear whole or not at all, even if a process is killed or another one reads them."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

__all__ = [
    "MediaError",
    "media_errors",
    "remove_leftovers",
    "time_of_change",
    "unfinished",
    "whole_file",
    "write_whole",
]

_UNFINISHED = ".unfinished-"
_FORGOTTEN_AFTER = 3600.0  # seconds
#: Bytes in the name of a draft. Most file systems allow 255, encrypted ones 143.
_LONGEST_NAME = 143
#: Errors of the system that are not about files.
_NOT_ABOUT_FILES = (
    BlockingIOError,
    ChildProcessError,
    ConnectionError,
    InterruptedError,
    ProcessLookupError,
    TimeoutError,
)
_ADVICE = {
    errno.EACCES: "Choose a folder that you may write to, or change its permissions.",
    errno.EPERM: "Choose a folder that you may write to, or change its permissions.",
    errno.EROFS: "Choose a folder on a disk that can be written to.",
    errno.ENOSPC: "Make room on the disk.",
    errno.EDQUOT: "Make room on the disk.",
    errno.EFBIG: "Allow larger files, or choose a folder on another disk.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EISDIR: "A folder has this name: rename or remove it.",
    errno.ENOTEMPTY: "A folder has this name: rename or remove it.",
    errno.ELOOP: "A link in this path leads back to itself: remove it.",
}


# An OSError, as it was before it got a text: callers that allow for a full disk still do.
class MediaError(OSError):
    """A file of the media folder cannot be read or written; the text names it."""


@contextlib.contextmanager
def media_errors(path: Path, done: str = "written", within: Path | None = None) -> Iterator[None]:
    """Turn an `OSError` into a `MediaError` of one line that names a file.

    An error that has no number of the system, that names a file elsewhere, or that is about a
    connection or a process is not about this file. It passes unchanged, as do all other exceptions.

    Parameters
    ----------
    path : Path
        The file that the text names.
    done : str, optional
        What cannot be done with it: "read", for example.
    within : Path, optional
        The folder whose files the error may name. It is the folder of ``path`` if None.

    Raises
    ------
    MediaError
        If the code inside raises such an error.
    """
    try:
        yield
    except MediaError:
        raise
    except OSError as error:
        if not _is_about(error, within or path.parent):
            raise
        reason = error.strerror or os.strerror(error.errno or 0)
        text = f"{path} cannot be {done}: {reason}. {_advice(error, path)}"
        raise MediaError(" ".join(text.split("\n")).rstrip()) from None


def _is_about(error: OSError, folder: Path) -> bool:
    """Return whether an error may be about a folder, what is in it, or a folder that it is in."""
    if error.errno is None or isinstance(error, _NOT_ABOUT_FILES):
        return False
    names = [
        Path(os.fsdecode(name))
        for name in (error.filename, error.filename2)
        if isinstance(name, str | bytes | os.PathLike)
    ]
    try:
        ours = _spellings(folder)
        theirs = {path for name in names for path in _spellings(name)}
    except (OSError, ValueError):  # The current folder is removed, for example.
        return True
    return not names or any(
        one.is_relative_to(other) or other.is_relative_to(one) for one in ours for other in theirs
    )


def _spellings(path: Path) -> set[Path]:
    """Return a path from the root, with the links in it and without them."""
    return {path.absolute(), Path(os.path.realpath(path))}


def _advice(error: OSError, path: Path) -> str:
    """Return what to do about an error, or an empty string."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST):
        for folder in reversed(path.parents):
            if os.path.lexists(folder) and not folder.is_dir():
                kind = "a link to nothing" if folder.is_symlink() else "not a folder"
                return f"{folder} is {kind}: rename or remove it."
        if not path.parent.is_dir():
            return f"There is no folder {path.parent}: make it, or choose another one."
    return _ADVICE.get(error.errno or 0, "")


def unfinished(path: Path, process: int | None = None) -> Path:
    """Return where a process writes what is to become a file.

    It is beside the file, and each process has its own.

    Parameters
    ----------
    path : Path
        The file.
    process : int, optional
        The number of the process. It is the current one if None.
    """
    prefix = f"{_UNFINISHED}{process or os.getpid()}-"
    name = path.name
    if len(os.fsencode(prefix + name)) > _LONGEST_NAME:
        # The suffix stays, because it tells the format.
        digest = blake2b(os.fsencode(name), digest_size=16).hexdigest()
        name = digest + (path.suffix if len(os.fsencode(path.suffix)) <= 32 else "")
    return path.with_name(prefix + name)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write to, which becomes ``path`` at the end if there is no exception.

    Yields
    ------
    Path
        A file in the same folder, which has to exist. It is removed if there is an exception.

    Raises
    ------
    MediaError
        If the file cannot be written or moved. Exceptions that are not about it pass unchanged.
    """
    draft = unfinished(path)
    with media_errors(path):
        try:
            _remove(draft)  # An earlier process of the same number may have left it.
            yield draft
            draft.replace(path)
        except BaseException:
            _remove(draft)
            raise


def _remove(draft: Path) -> None:
    with contextlib.suppress(OSError):
        draft.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen in part.

    Raises
    ------
    MediaError
        If the file cannot be written.
    """
    with whole_file(path) as draft:
        draft.write_bytes(data)


def remove_leftovers(*folders: Path) -> None:
    """Remove drafts more than an hour old, which killed processes have left in folders."""
    for folder in folders:
        for path in folder.glob(f"{_UNFINISHED}*") if folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _FORGOTTEN_AFTER:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def time_of_change(path: Path | str) -> int | None:
    """Return when a file was changed, in nanoseconds; None if there is none."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return None
