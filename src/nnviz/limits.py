"""What reading a file or a model may cost: bytes, memory, layers and processor time.

A file from elsewhere may be damaged, or be made so that its reader runs out of memory or
time: a few kilobytes that unpack to gigabytes, a convolution that no machine could compute. So
every reader spends from a `Budget`, and asks before it allocates or computes.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["Budget", "LimitError", "Limits", "read_file"]


class LimitError(ValueError):
    """Reading something would cost more than `Limits` allow. The text says which of them."""


@dataclass(frozen=True)
class Limits:
    """What reading a file or a model may cost, its comparison with the framework included.

    Attributes
    ----------
    file_bytes
        Bytes of a file, and of what is packed in it.
    memory
        Bytes that are needed at a time, as counted: the process may grow by a third more. All
        numbers of a network have 8 bytes.
    nodes
        Nodes of the network's graph. The parts of a file of which nodes are made may be ten or a
        hundred times as many.
    seconds
        Processor time. Of reading a file it is measured, and of long computations estimated
        before they begin; of a model that is in memory already only the comparison counts.

    Raises
    ------
    ValueError
        If a limit is no positive number.

    Examples
    --------
    >>> from nnviz.limits import Limits
    >>> Limits(memory=8e9, seconds=60)
    Limits(file_bytes=500000000, memory=8000000000.0, nodes=10000, seconds=60)
    """

    file_bytes: float = 500_000_000
    memory: float = 700_000_000
    nodes: float = 10_000
    seconds: float = 4.0

    def __post_init__(self) -> None:
        for field in fields(self):
            limit = getattr(self, field.name)
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
                raise ValueError(f"{field.name} must be a positive number, not {limit!r}")


class Budget:
    """What is left of `Limits` while one thing is read.

    Parameters
    ----------
    limits : Limits, optional
        The limits; the defaults if None.
    error : subclass of LimitError, optional
        What is raised where a limit would be exceeded.
    is_timed : bool, optional
        Whether the processor time since now counts, and not only what is estimated.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        error: type[LimitError] = LimitError,
        *,
        is_timed: bool = True,
    ) -> None:
        self.limits = Limits() if limits is None else limits
        self._error = error
        self._started = time.thread_time() if is_timed else None
        self._estimated = 0.0
        self._held = 0
        self._nodes = 0

    # --- bytes

    def check_file(self, size: float, what: str) -> None:
        """Raise an error if a file, or what is packed in it, has too many bytes."""
        if size > self.limits.file_bytes:
            raise self._exceeded(f"{what} has {_count(size)} bytes", "file_bytes")

    def check_memory(self, size: float, what: str) -> None:
        """Raise an error if a number of bytes does not fit beside what is held."""
        if self._held + size > self.limits.memory:
            beside = f" beside the {_count(self._held)} held already" if self._held else ""
            raise self._exceeded(f"{what} needs {_count(size)} bytes of memory{beside}", "memory")

    def hold(self, size: int, what: str) -> None:
        """Note that a number of bytes will be needed from now on."""
        self.check_memory(size, what)
        self._held += size

    def free(self, size: int) -> None:
        """Note that bytes that were held are not needed any more."""
        self._held -= size

    # --- nodes

    def check_nodes(self, count: float, what: str, per_node: int = 1) -> None:
        """Raise an error if there are more nodes, or parts, of which a node may have several."""
        if count > self.limits.nodes * per_node:
            beyond = f", where {per_node} for each of {_count(self.limits.nodes)} nodes are allowed"
            text = f"{what}: there are {_count(count)} or more{beyond if per_node > 1 else ''}"
            raise self._exceeded(text, "nodes")

    def add_node(self) -> None:
        """Note that there is one node more, and that time has passed."""
        self._nodes += 1
        self.check_nodes(self._nodes, "nodes")
        self.check_time()

    # --- time

    @property
    def used_seconds(self) -> float:
        """Processor time that has been measured or, where none is, been estimated."""
        if self._started is None:
            return self._estimated
        return time.thread_time() - self._started

    def check_time(self) -> None:
        """Raise an error if it has taken too long."""
        if self._started is not None and self.used_seconds > self.limits.seconds:
            raise self._exceeded("it takes too long to read", "seconds")

    def spend(self, seconds: float, memory: float, what: str) -> None:
        """Note that something is going to be computed.

        Parameters
        ----------
        seconds : float
            Processor time that it will take, as estimated.
        memory : float
            Bytes that are needed while it is computed.
        what : str
            What it is.
        """
        self.check_memory(memory, what)
        if self.used_seconds + seconds > self.limits.seconds:
            after = f" after {self.used_seconds:.3g} s" if self.used_seconds else ""
            raise self._exceeded(f"{what} would take about {seconds:.3g} s{after}", "seconds")
        self._estimated += seconds

    def _exceeded(self, text: str, limit: str) -> LimitError:
        allowed = getattr(self.limits, limit)
        return self._error(
            f"{text}, more than the limit of {_count(allowed)}: "
            f"if you trust it, give limits=Limits({limit}=...) with more"
        )


def read_file(
    path: str | os.PathLike[str], budget: Budget, start: int = 0, length: int | None = None
) -> bytes:
    """Read a file, which must be a regular one, or a part of it, of a size that is allowed.

    The bytes are held.

    Parameters
    ----------
    path : str or path
        Path of the file.
    budget : Budget
        What reading may cost.
    start, length : int, optional
        Which bytes; all from the start on if the length is None.

    Raises
    ------
    LimitError
        If it is too large: the budget's own kind.
    ValueError
        If it is no regular file, but a pipe or a device, or changes while it is read, or does not
        have all these bytes.
    OSError
        If it cannot be read.
    """
    name = os.fspath(path)
    _check_regular(Path(path).stat().st_mode, name)  # Opening a device may do something already.
    with open(path, "rb", opener=_open_without_waiting) as file:
        status = os.fstat(file.fileno())
        _check_regular(status.st_mode, name)
        end = status.st_size if length is None else start + length
        if not start <= end <= status.st_size:
            raise ValueError(
                f"{name}: bytes {start:,} to {end:,} are asked for, and the file has "
                f"{status.st_size:,}: it is damaged, or another one is meant"
            )
        budget.check_file(end - start, name)
        budget.hold(end - start, name)
        file.seek(start)
        content = file.read(end - start)
        if len(content) < end - start or (length is None and file.read(1)):
            raise ValueError(f"{name} changes while it is read")
        return content


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; if a pipe has taken its place, do not wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(mode: int, name: str) -> None:
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # Opening a folder says what it is.
        raise ValueError(f"{name} is a pipe, a socket or a device, not a file")


def _count(number: float) -> str:
    return f"{number:,.4g}" if isinstance(number, float) else f"{number:,}"
