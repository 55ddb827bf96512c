"""Processes that draw pieces of film, and nothing else.

They are started before anything of a scene is imported: forked where a process may be, on Linux
while it has a single thread, and spawned elsewhere. All they get are display lists.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hmac
import os
import pickle
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any

import av
import cairo
import numpy
import PIL
import threadpoolctl

import nnviz
from nnviz.drawing.pieces import draw_packed

__all__ = ["DrawingError", "Workers", "WorkersLostError"]

#: How many pieces a worker holds: one that it draws, and one to go on with.
_AT_HAND = 2
#: How many times in a row workers may die without having drawn anything.
_PATIENCE = 3
#: Seconds that a worker may take to start.
_STARTS_WITHIN = 60.0
_PR_SET_PDEATHSIG = 1


class WorkersLostError(Exception):
    """Processes that draw die again and again."""


class DrawingError(Exception):
    """A worker could not draw a piece; the text is its traceback."""


class _Worker:
    """A process, and the connection to it."""

    def __init__(self) -> None:
        #: What it has been given, by number, oldest first.
        self.pieces: dict[int, bytes] = {}

    connection: Any

    def wait(self) -> int:
        """Kill the process; return its exit status, negative for a signal."""
        raise NotImplementedError

    def end(self) -> str:
        """End the process, and return how it ended."""
        code = self.wait()
        self.connection.close()
        return f"signal {-code}" if code < 0 else f"exit status {code}"


class _Forked(_Worker):
    def __init__(self, pid: int, connection: Any) -> None:
        super().__init__()
        self.pid, self.connection = pid, connection

    def wait(self) -> int:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        except ChildProcessError:  # another thread has waited for it
            return 0


class _Spawned(_Worker):
    """A new process, which connects to this one over the loopback.

    It proves its identity with a secret.
    """

    def __init__(self) -> None:
        super().__init__()
        self._secret = secrets.token_bytes(32)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._connection: Any = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND, str(self._door.getsockname()[1])],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(_folders())},
                start_new_session=True,  # Ctrl-C is for this process, which ends that one
            )
        except OSError:
            self._door.close()
            raise
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin:
            self._process.stdin.write(self._secret)

    @property
    def connection(self) -> Any:
        """The connection to the process. The first use waits until the process has started."""
        if self._connection is None:
            self._connection = self._let_in()
        return self._connection

    def _let_in(self) -> Any:
        end = time.monotonic() + _STARTS_WITHIN
        self._door.settimeout(0.1)
        with self._door:
            while self._process.poll() is None and time.monotonic() < end:
                with contextlib.suppress(OSError):
                    guest, _ = self._door.accept()
                    guest.settimeout(_STARTS_WITHIN)
                    if hmac.compare_digest(_received(guest, len(self._secret)), self._secret):
                        guest.settimeout(None)
                        return Connection(guest.detach())
                    guest.close()
        # One that is not there looks like one that died.
        here, there = Pipe()
        there.close()
        return here

    def wait(self) -> int:
        self._process.kill()
        return self._process.wait()

    def end(self) -> str:
        """End the process, and return how it ended."""
        if self._connection is None:
            self._door.close()
            self._connection, _ = Pipe()
        return super().end()


def _folders() -> list[str]:
    """Return where the packages are that drawing needs: not the folder of the scene."""
    packages: tuple[ModuleType, ...] = (nnviz, numpy, cairo, av, PIL, threadpoolctl)
    files = [Path(str(package.__file__)) for package in packages]
    places = [file.parents[1] if file.stem == "__init__" else file.parent for file in files]
    return list(dict.fromkeys(map(str, places)))


def _received(guest: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := guest.recv(count - len(data))):
        data += more
    return data


class Workers:
    """Processes of this machine that draw.

    Use it as a context manager; at its end all processes are gone.

    Parameters
    ----------
    count : int
        How many; none is fine.
    method : str, optional
        "fork" or "spawn"; by default what is safe here.
    """

    def __init__(self, count: int, method: str | None = None) -> None:
        self.count = count
        self._method = method
        self._workers: list[_Worker] = []
        self._lost = 0
        self._next = 0
        #: Messages about workers that died; read and cleared by the queue.
        self.messages: list[str] = []
        #: The process that has workers also draws.
        self.parent_draws = True

    def __enter__(self) -> Workers:
        while len(self._workers) < self.count:
            try:
                self._workers.append(self._start(self._method or _method()))
            except OSError:  # no room for another one: there are fewer, then
                self.count = len(self._workers)
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    # --- pieces

    @property
    def free(self) -> int:
        """How many pieces may be submitted now."""
        return sum(_AT_HAND - len(worker.pieces) for worker in self._workers)

    @property
    def busy(self) -> int:
        """How many pieces have been submitted and are not drawn yet."""
        return sum(len(worker.pieces) for worker in self._workers)

    @property
    def last(self) -> int | None:
        """The number of the newest piece that no worker has begun; None if all are begun."""
        waiting = [number for worker in self._workers for number in list(worker.pieces)[1:]]
        return max(waiting, default=None)

    def submit(self, packed: bytes) -> int:
        """Have a piece drawn, for which there has to be room; return its number."""
        worker = min(self._workers, key=lambda worker: len(worker.pieces))
        self._next += 1
        worker.pieces[self._next] = packed
        self._send(worker, self._next, packed)
        return self._next

    def completed(self, seconds: float | None = 0.0) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and segments of pieces that are there.

        Parameters
        ----------
        seconds : float or None, optional
            How long to wait for the first one; None is until there is one.

        Raises
        ------
        WorkersLostError
            If processes die again and again.
        DrawingError
            If a piece cannot be drawn.
        """
        if not self.busy:
            return
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), seconds):
            worker = by_connection[connection]
            try:
                number, data, trouble = pickle.loads(worker.connection.recv_bytes())
            except (EOFError, OSError, pickle.UnpicklingError):
                self._replace(worker)
                continue
            worker.pieces.pop(number, None)
            if trouble is not None:
                raise DrawingError(trouble)
            self._lost = 0
            yield number, data

    def _send(self, worker: _Worker, number: int, packed: bytes) -> None:
        with contextlib.suppress(OSError):  # it died: that is noticed when its answer is read
            worker.connection.send_bytes(pickle.dumps(number))
            worker.connection.send_bytes(packed)

    def _replace(self, worker: _Worker) -> None:
        """Start another worker in the place of one that died, and give it the same pieces."""
        self._workers.remove(worker)
        how = worker.end()
        self._lost += 1
        if self._lost > _PATIENCE:
            raise WorkersLostError(
                f"Processes that draw died {self._lost} times in a row, the last one with {how}. "
                "Is there enough memory? With --jobs 1 a single process draws."
            )
        self.messages.append(
            f"A process that draws died ({how}); what it was drawing is drawn again."
        )
        try:
            # Not by a fork: this process has loaded a scene since.
            new = self._start("spawn")
        except OSError as error:
            raise WorkersLostError(
                f"A process that draws died ({how}), and no other can be started: {error}"
            ) from None
        self._workers.append(new)
        new.pieces = worker.pieces
        for number, packed in new.pieces.items():
            self._send(new, number, packed)

    # --- processes

    def _start(self, method: str) -> _Worker:
        return self._fork() if method == "fork" else _Spawned()

    def _fork(self) -> _Worker:
        ours, theirs = Pipe()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            pid = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            ours.close()
            theirs.close()
            raise
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            theirs.close()
            return _Forked(pid, ours)
        status = 1
        try:
            ours.close()
            for other in self._workers:
                other.connection.close()
            _follow(parent)
            gc.freeze()  # what is there stays where it is, in memory that is still the parent's
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            _work(theirs)
            status = 0
        finally:
            os._exit(status)


def _method() -> str:
    # A lock that another thread holds would be held for ever in a forked process.
    may_fork = sys.platform == "linux" and len(sys._current_frames()) == 1
    return "fork" if may_fork else "spawn"


# --- what a worker does


_COMMAND = "from nnviz.render.workers import main; main()"


def main() -> None:
    """Run a spawned worker."""
    secret = sys.stdin.buffer.read()
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.sendall(secret)
    _work(Connection(connection.detach()))


def _follow(parent: int) -> None:
    """In a forked process: say nothing, and die with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, which ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        os._exit(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _work(connection: Any) -> None:
    """Draw the pieces received, until the other end closes the connection."""
    pieces: SimpleQueue[tuple[int, bytes]] = SimpleQueue()

    def listen() -> None:
        try:
            while True:
                number = pickle.loads(connection.recv_bytes())
                pieces.put((number, connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    with threadpoolctl.threadpool_limits(1):
        while True:
            number, packed = pieces.get()
            data, trouble = b"", None
            try:
                data = draw_packed(packed)
            except MemoryError:
                os._exit(1)  # another worker may have enough memory
            except Exception:
                trouble = traceback.format_exc()
            connection.send_bytes(pickle.dumps((number, data, trouble), protocol=5))
