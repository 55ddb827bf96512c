"""Downloading the full MNIST: checked, from the first mirror that works, and only whole files."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm  # type: ignore[import-untyped]

from nnviz._resources import data_dir
from nnviz.files import whole_file
from nnviz.mnist.dataset import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

__all__ = ["CHECKSUMS", "MIRRORS", "DownloadError", "default_folder", "download"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""Folders on the web that have MNIST's four files, in the order in which they are tried."""

CHECKSUMS: Mapping[str, str] = {
    TRAIN_IMAGES: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    TRAIN_LABELS: "d53e105ee54ea40749a09fcbcd1e9432",
    TEST_IMAGES: "9fb629c4189551a2d022fa330f9573f3",
    TEST_LABELS: "ec29112dd5afa0611ce80d1b7f02629c",
}
"""MD5 of the full set's files."""

_CHUNK = 1 << 16
# The largest file has 10 MB: a server that sends without end is stopped.
_MAX_BYTES = 32 << 20


class DownloadError(OSError):
    """No mirror gave a file; the message has the answer of each."""


class _RefusedError(Exception):
    """One mirror's answer is not the file."""


def default_folder() -> Path:
    """Default folder of `download`: nnviz/mnist in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "nnviz" / "mnist"


def download(
    folder: str | os.PathLike[str] | None = None,
    mirrors: Sequence[str] = MIRRORS,
    *,
    timeout: float = 20.0,
    progress: bool = True,
    checksums: Mapping[str, str] = CHECKSUMS,
) -> Path:
    """Fetch the full MNIST, 60,000 training and 10,000 test images.

    Files that are there already, and whole, are not fetched again. A file appears in the folder
    only when its checksum is right; whatever else happens, nothing of it stays.

    Parameters
    ----------
    folder : str, path, optional
        Where to; made if necessary. `default_folder` if None.
    mirrors : sequence of str, optional
        Addresses of folders to try, in order.
    timeout : float, optional
        Seconds to wait for a mirror that says nothing.
    progress : bool, optional
        Show a bar on the terminal (never where standard error is a file).
    checksums : mapping from str to str, optional
        MD5 of every file to fetch, by its name.

    Returns
    -------
    Path
        The folder, for `load`.

    Raises
    ------
    DownloadError
        If a file could be had from no mirror: what each answered.
    ValueError
        If there are no mirrors, or the folder is that of the subset that comes with nnviz.

    Examples
    --------
    >>> train, validation, test = load(download())  # doctest: +SKIP
    >>> len(train)  # doctest: +SKIP
    59000
    """
    target = default_folder() if folder is None else Path(folder)
    if not mirrors:
        raise ValueError("download needs at least one mirror")
    if target.resolve() == data_dir().resolve():
        raise ValueError(
            f"{target} holds the subset that comes with nnviz, whose files have the same names: "
            "choose another folder"
        )
    made = [p for p in (target, *target.parents) if not p.exists()]
    target.mkdir(parents=True, exist_ok=True)
    try:
        working = list(mirrors)
        for name, checksum in checksums.items():
            if not _is_whole(target / name, checksum):
                working = _fetch_from_any(working, target / name, checksum, timeout, progress)
    finally:
        # Leaves folders with files in them; takes back empty ones that were not there before.
        with suppress(OSError):
            for path in made:
                path.rmdir()
    return target


def _is_whole(path: Path, checksum: str) -> bool:
    return (
        path.is_file()
        and path.stat().st_size <= _MAX_BYTES
        and hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == checksum
    )


def _fetch_from_any(
    mirrors: Sequence[str], path: Path, checksum: str, timeout: float, progress: bool
) -> list[str]:
    """Fetch a file from the first mirror that has it; return the mirrors, that one first."""
    answers = []
    for mirror in mirrors:
        url = mirror.rstrip("/") + "/" + path.name
        try:
            _fetch(url, path, checksum, timeout, progress)
        except _RefusedError as refusal:
            answers.append(f"  {url}: {refusal}")
        else:
            return [mirror, *(other for other in mirrors if other != mirror)]
    raise DownloadError(
        f"{path.name} could not be downloaded. What the mirrors answered:\n" + "\n".join(answers)
    )


def _fetch(url: str, path: Path, checksum: str, timeout: float, progress: bool) -> None:
    """Download one file from one address to a temporary file, and move that to its place."""
    try:
        response = urllib.request.urlopen(url, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        raise _RefusedError(f"HTTP {error.code} {error.reason}") from None
    except _NETWORK_TROUBLE as error:
        raise _RefusedError(_describe(error, timeout)) from None
    with whole_file(path) as draft, response, draft.open("wb") as file:
        expected = response.headers.get("Content-Length")
        size = int(expected) if expected and expected.isdigit() else None
        digest = hashlib.md5(usedforsecurity=False)
        received = 0
        head = b""
        with tqdm(
            desc=path.name,
            total=size,
            unit="B",
            unit_scale=True,
            disable=None if progress else True,
        ) as bar:
            while chunk := _read(response, timeout, received, size):
                head = head or chunk[:16]
                received += len(chunk)
                if received > _MAX_BYTES:
                    raise _RefusedError(f"sent more than {_MAX_BYTES:,} bytes, far too many")
                digest.update(chunk)
                file.write(chunk)
                bar.update(len(chunk))
        if size is not None and received < size:
            raise _RefusedError(f"connection cut after {received:,} of {size:,} bytes")
        if digest.hexdigest() != checksum:
            raise _RefusedError(
                _describe_content(response, head, received)
                + f", MD5 {digest.hexdigest()} instead of {checksum}"
            )


# ValueError: urllib's answer to an address that is none.
_NETWORK_TROUBLE = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)


def _read(
    response: http.client.HTTPResponse, timeout: float, received: int, size: int | None
) -> bytes:
    try:
        return response.read1(_CHUNK)  # What has come, rather than wait for a whole chunk.
    except (http.client.HTTPException, OSError) as error:
        of = "" if size is None else f" of {size:,}"
        raise _RefusedError(f"{_describe(error, timeout)} after {received:,}{of} bytes") from None


def _describe(error: Exception, timeout: float) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"no answer within {timeout:g} s"
    return str(reason) or type(reason).__name__


def _describe_content(response: http.client.HTTPResponse, head: bytes, received: int) -> str:
    kind = response.headers.get_content_type()
    if head.startswith(b"\x1f\x8b"):
        return f"a gzip file of {received:,} bytes that is not MNIST's"
    return f"{received:,} bytes of {kind}, not a gzip file"
