"""The queue of pieces to draw: kept pieces are used, workers draw the rest, or this process."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import NamedTuple, Protocol

from nnviz.drawing.pieces import Piece, draw
from nnviz.render.listener import Listener
from nnviz.render.store import Store

__all__ = ["DrawingQueue", "WorkerPool"]

#: Pieces that wait, for each worker, before this process draws one itself.
_WAITING = 2
#: Bytes that waiting pieces have before this process draws one itself.
_MOST_BYTES = 256_000_000


class WorkerPool(Protocol):
    """Workers that draw pieces: :class:`~nnviz.render.workers.Workers`, or a cluster."""

    #: Number of workers.
    count: int
    #: Messages for the user; read and cleared by the queue.
    messages: list[str]
    #: Whether the process that gives them pieces should also draw.
    parent_draws: bool

    @property
    def free(self) -> int:
        """How many pieces may be submitted now."""

    @property
    def busy(self) -> int:
        """How many pieces have been submitted and are not drawn yet."""

    def submit(self, packed: bytes) -> int:
        """Have a piece drawn, for which there has to be room; return its number."""

    @property
    def last(self) -> int | None:
        """The number of the newest piece that no worker has begun; None if all are begun."""

    def completed(self, seconds: float | None = 0.0) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and segments of pieces that are there, after some time at the latest."""


class _QueuedPiece(NamedTuple):
    name: str
    piece: Piece


class DrawingQueue:
    """Have pieces drawn into segments.

    Memory stays bounded: what waits is at most two pieces for each worker and 256 MB, what workers
    hold at most two pieces each. When more comes, this process draws, and the scene waits. For a
    preview recording comes first, and only the 256 MB count.

    Parameters
    ----------
    store : Store
        Where segments are kept.
    pool : WorkerPool
        Workers that draw beside this process.
    listener : Listener
        What is told of segments and messages.
    records_first : bool, optional
        Whether this process draws nothing before all is recorded, unless what waits is too large.

    Attributes
    ----------
    listener : Listener
        The same.
    """

    def __init__(
        self, store: Store, pool: WorkerPool, listener: Listener, records_first: bool = False
    ) -> None:
        self._store, self._pool, self.listener = store, pool, listener
        self._most_waiting = inf if records_first else _WAITING * pool.count
        self._waiting: deque[_QueuedPiece] = deque()
        self._submitted: dict[int, _QueuedPiece] = {}
        self._wanted: set[str] = set()
        self._failure: Exception | None = None

    def request(self, name: str, piece: Piece) -> bool:
        """Have a piece drawn unless it is kept or queued already; return whether it was."""
        self.check()
        kept = self._store.find(name)
        if kept is not None:
            self.listener.on_segment(name, kept, piece.count)
        if kept is not None or name in self._wanted:
            self.listener.on_frames(piece.count, kept=True)
            return True
        self._wanted.add(name)
        self._waiting.append(_QueuedPiece(name, piece))
        self.poll()
        while self._is_full():
            if self._pool.parent_draws:
                self._draw_here()
            else:
                self.poll(None)
        return False

    def check(self) -> None:
        """Raise an earlier error again: a scene may have caught it."""
        if self._failure is not None:
            raise self._failure

    def poll(self, seconds: float | None = 0.0) -> None:
        """Keep what workers have drawn, and give them more pieces."""
        self.check()
        with self._noticed():
            self._exchange(seconds)
        while self._pool.messages:
            self.listener.on_message(self._pool.messages.pop(0))

    @contextlib.contextmanager
    def _noticed(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._failure = error
            raise

    def _exchange(self, seconds: float | None) -> None:
        for number, data in self._pool.completed(seconds):
            given = self._submitted.pop(number, None)
            # This process may have been quicker, and the piece of another scene.
            if given is not None and self._store.find(given.name) is None:
                self._keep(given.name, data, given.piece.count)
        while self._waiting and self._pool.free:
            waiting = self._waiting.popleft()
            self._submitted[self._pool.submit(waiting.piece.packed())] = waiting

    def finish(self) -> None:
        """Return when all pieces are drawn."""
        self.check()
        while self._waiting or self._is_missing():
            self.poll()
            if not self._waiting and self._pool.last is not None:
                # It waits for a worker, and may as well be drawn here, too.
                last = self._submitted.get(self._pool.last)
                if last is not None and self._store.find(last.name) is None:
                    self._waiting.append(last)
            if self._waiting and self._pool.parent_draws:
                self._draw_here()
            elif self._is_missing():
                self.poll(None)

    def _is_missing(self) -> bool:
        return any(self._store.find(given.name) is None for given in self._submitted.values())

    def path(self, name: str) -> Path:
        """Return the file of a piece that is there."""
        found = self._store.find(name)
        assert found is not None, f"piece {name} has been drawn"
        return found

    def _is_full(self) -> bool:
        waiting = sum(piece.size for _, piece in self._waiting)
        return len(self._waiting) > self._most_waiting or waiting > _MOST_BYTES

    def _draw_here(self) -> None:
        # The newest: workers are given the oldest, while this one is drawn.
        name, piece = self._waiting.pop()
        with self._noticed():
            data = draw(piece, self.poll)
            if self._store.find(name) is None:
                self._keep(name, data, piece.count)

    def _keep(self, name: str, data: bytes, count: int) -> None:
        self.listener.on_segment(name, self._store.put(name, data), count)
        self.listener.on_frames(count, kept=False)
