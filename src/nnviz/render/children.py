"""Processes forked from the one that runs the scene, each to draw the rest of a piece.

A child has all that its parent had when it was forked, and so needs to be told nothing. It writes
what it drew to a file, says so on a pipe, and ends. Nothing of it comes back to the parent.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnviz.files import unfinished

__all__ = ["Children"]

#: Seconds without a sign of life after which a child is taken to hang.
_HANGING = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass
class _Child:
    pid: int
    path: Path
    pipe: int
    said: bytes = b""


class Children:
    """The children of this process.

    Parameters
    ----------
    most
        So many at a time.
    ended
        Called with the file that a child was to write and what it said at its end; with None if
        it died without a word.
    """

    def __init__(
        self, most: int, ended: Callable[[Path, dict[str, Any] | None, str], None]
    ) -> None:
        self._most = most if can_fork() else 0
        self._ended = ended
        self._alive: dict[int, _Child] = {}
        #: In a child, where it speaks to its parent.
        self._pipe: int | None = None
        self._libc = ctypes.CDLL(None, use_errno=True) if self._most else None

    @property
    def is_child(self) -> bool:
        """Whether this process is one of them."""
        return self._pipe is not None

    def has_room(self) -> bool:
        """Say whether another child may be forked now."""
        if self.is_child or not self._most:
            return False
        self._listen(0)
        # A lock that another thread holds would be held for ever in the child.
        return len(self._alive) < self._most and threading.active_count() == 1

    def fork(self, path: Path) -> bool:
        """Fork a child that is to write a file; return True in the child.

        Parameters
        ----------
        path
            What it is to write.
        """
        read, write = os.pipe()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            os.close(write)
            self._alive[read] = _Child(pid, path, read)
            return False
        self._be_child(parent, write)
        os.close(read)
        for other in self._alive.values():
            os.close(other.pipe)
        self._alive.clear()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        return True

    def _be_child(self, parent: int, pipe: int) -> None:
        self._pipe = pipe
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, who ends us
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        assert self._libc is not None
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked to die with it
            os._exit(1)
        gc.freeze()  # what is there stays where it is, in memory that is still the parent's
        # What the scene prints it prints in the parent.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)

    def leave(self, **message: Any) -> None:
        """In a child: say how it went, and end."""
        assert self._pipe is not None
        text = json.dumps(message).encode()
        while text:
            text = text[os.write(self._pipe, text) :]
        os._exit(0)

    def wait(self) -> None:
        """Wait until all have ended.

        Raises
        ------
        TimeoutError
            If one hangs. All are ended then.
        """
        work, since = -1, time.monotonic()
        while self._alive:
            self._listen(1.0)
            done = sum(_ticks(child.pid) for child in self._alive.values())
            if done != work:
                work, since = done, time.monotonic()
            elif time.monotonic() - since > _HANGING:
                self.end()
                raise TimeoutError("a process that draws hangs")

    def end(self) -> None:
        """End all that are still there, and remove what they left."""
        for child in self._alive.values():
            os.kill(child.pid, signal.SIGKILL)
        for child in list(self._alive.values()):
            self._bury(child)
        self._alive.clear()

    def _listen(self, seconds: float) -> None:
        if not self._alive:
            return
        ready, _, _ = select.select(list(self._alive), [], [], seconds)
        for pipe in ready:
            child = self._alive[pipe]
            if said := os.read(pipe, 1 << 16):
                child.said += said
                continue
            del self._alive[pipe]
            how = self._bury(child)
            self._ended(child.path, json.loads(child.said) if child.said else None, how)

    def _bury(self, child: _Child) -> str:
        os.close(child.pipe)
        _, status = os.waitpid(child.pid, 0)
        unfinished(child.path, child.pid).unlink(missing_ok=True)
        code = os.waitstatus_to_exitcode(status)
        return f"signal {-code}" if code < 0 else f"exit status {code}"


def can_fork() -> bool:
    """Say whether a process may go on after a fork on this system, as it may on Linux."""
    return sys.platform == "linux"


def _ticks(pid: int) -> int:
    """Return how long a process has worked, in the kernel's units."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
