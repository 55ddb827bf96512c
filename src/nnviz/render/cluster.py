"""Drawing by an executor, such as one of a Dask cluster, whose workers may be anywhere."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future

from nnviz.drawing.pieces import OtherVersionError, draw_packed

__all__ = ["Cluster", "ClusterError"]


class ClusterError(Exception):
    """A cluster does not draw; the text says why, in a line."""


class Cluster:
    """Workers of an executor.

    Parameters
    ----------
    executor : Executor
        What draws the pieces.
    count : int, optional
        Approximate number of its workers.
    patience : float, optional
        Seconds without a segment after which the cluster is taken to hang.
    """

    #: The process that has the cluster only records.
    parent_draws = False

    def __init__(self, executor: Executor, count: int = 8, patience: float = 300.0) -> None:
        self.count = max(1, count)
        self.messages: list[str] = []
        self._executor, self._patience = executor, patience
        self._futures: dict[int, Future[bytes]] = {}
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._next = 0
        self._heard = time.monotonic()

    @property
    def free(self) -> int:
        """How many pieces may be submitted now."""
        return 2 * self.count - self.busy

    @property
    def busy(self) -> int:
        """How many pieces have been submitted and are not drawn yet."""
        return len(self._futures)

    @property
    def last(self) -> None:
        """None: the process that has the cluster draws nothing itself."""
        return None

    def submit(self, packed: bytes) -> int:
        """Have a piece drawn; return its number.

        Raises
        ------
        ClusterError
            If the executor takes nothing any more.
        """
        self._next += 1
        number = self._next
        if not self._futures:
            self._heard = time.monotonic()
        try:
            future = self._executor.submit(draw_packed, packed)
        except Exception as error:
            raise ClusterError(f"The cluster takes nothing to draw: {_line(error)}") from None
        self._futures[number] = future
        future.add_done_callback(lambda _: self._done.put(number))
        return number

    def completed(self, seconds: float | None = 0.0) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and segments of pieces that are there.

        Raises
        ------
        ClusterError
            If a piece cannot be drawn, or nothing has come for too long.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while self._futures:
            left = max(0.0, self._heard + self._patience - time.monotonic())
            wait = left if end is None else max(0.0, min(left, end - time.monotonic()))
            try:
                number = self._done.get(timeout=wait) if wait else self._done.get_nowait()
            except queue.Empty:
                if not left:
                    raise ClusterError(
                        f"No worker of the cluster has drawn anything for {self._patience:.0f} s. "
                        "Are there workers, and are they alive? --scheduler-timeout sets how long "
                        "to wait."
                    ) from None
                if end is not None and time.monotonic() >= end:
                    return
                continue
            future = self._futures.pop(number)
            self._heard = time.monotonic()
            try:
                yield number, future.result()
            except OtherVersionError as error:
                raise ClusterError(f"A worker of the cluster cannot draw this: {error}") from None
            except (Exception, BrokenExecutor) as error:
                raise ClusterError(f"A worker of the cluster failed: {_line(error)}") from None
            end = time.monotonic()  # what is there too, but no more waiting


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
