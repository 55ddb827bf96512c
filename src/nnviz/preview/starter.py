"""The process from which runs of a scene start warm: Manim is imported, and nothing of the user's.

Orders come as lines of JSON on standard input, and what happens goes as lines of JSON to standard
output; what is printed goes to standard error. Where processes can be forked, which is on Linux
while there is one thread, each run is a fork of this process. Elsewhere this process becomes the
run, and the server starts another one.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import sys
from typing import Any, NoReturn

from nnviz.files import time_of_change

__all__ = ["MARK", "main"]

#: Begins a line among what is printed, which says to which run the lines after it belong.
MARK = "\x1e"
_PR_SET_PDEATHSIG = 1


class Starter:
    """What the process knows.

    Parameters
    ----------
    orders, events : int
        Numbers of the files that orders come from, and that events go to.
    forks : bool
        Whether each run is a fork.
    """

    def __init__(self, orders: int, events: int, forks: bool) -> None:
        self._orders, self._events = orders, events
        self.forks = forks
        self._rest = b""
        self._child: int | None = None
        self._run: int | None = None
        self._loaded: dict[str, int | None] = {}

    def tell(self, kind: str, **more: Any) -> None:
        """Send an event."""
        # A process that was killed may have left half a line.
        line = b"\n" + json.dumps({"kind": kind, "run": self._run, **more}).encode() + b"\n"
        while line:
            line = line[os.write(self._events, line) :]

    def work(self) -> None:
        """Carry out orders until nobody gives any more."""
        import manim  # noqa: F401

        import nnviz.preview.running
        import nnviz.render.rendering  # noqa: F401

        # A lock that another thread holds would be held for ever in a fork.
        self.forks &= len(sys._current_frames()) == 1
        self._note_loaded()
        configuration = [os.path.realpath(file) for file in _configuration_files()]
        self.tell("ready", forks=self.forks, media=_media_folder(), configuration=configuration)
        if not self.forks:
            while (order := self._next()) is None:
                pass
            self._mark(order["run"])
            self._carry_out(order)
            return
        read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._orders, selectors.EVENT_READ)
            selector.register(read, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == read:
                        os.read(read, 4096)
                        self._look_after()
                    elif order := self._next():
                        self._follow(order, selector)

    def _next(self) -> dict[str, Any] | None:
        """Return the newest order for a run; None if there was none."""
        data = os.read(self._orders, 1 << 16)
        if not data:
            self._end_child()
            os._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        newest: dict[str, Any] | None = None
        for line in filter(None, lines):
            order = json.loads(line)
            if "warm" in order:
                self._warm(order["warm"])
            else:
                newest = order
        return newest

    # --- runs

    def _follow(self, order: dict[str, Any], selector: selectors.BaseSelector) -> None:
        self._end_child()
        if order.get("stop"):
            return
        if not self._is_fresh():
            self._run = order["run"]
            self.tell("stale")
            os._exit(0)
        self._mark(order["run"])
        self._run = order["run"]
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._child = pid
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
            return
        status = 1
        try:
            with contextlib.suppress(OSError):
                os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before
                os._exit(1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            os.close(self._orders)
            self._carry_out(order)
            status = 0
        finally:
            os._exit(status)

    def _carry_out(self, order: dict[str, Any]) -> None:
        from nnviz.preview.running import run

        self._run = order["run"]
        try:
            run(order, self.tell)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()

    def _mark(self, run: int) -> None:
        os.write(2, f"{MARK}{run}\n".encode())

    def _look_after(self) -> None:
        """Tell how a run ended."""
        if self._child is None:
            return
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if pid:
            self._child = None
            code = os.waitstatus_to_exitcode(status)
            self.tell("ended", how=f"signal {-code}" if code < 0 else f"exit status {code}")

    def _end_child(self) -> None:
        """End a run and what it has started; come back when it is gone."""
        if self._child is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(self._child, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self._child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        self._child = None

    # --- what is loaded

    def _warm(self, names: list[str]) -> None:
        """Import what runs have imported of others'."""
        for name in names:
            if name in sys.modules:
                continue
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
            if len(sys._current_frames()) > 1:
                # A lock that a thread holds would be held for ever in a fork.
                self._run = None
                self.tell("threads", name=name)
                os._exit(0)
        gc.collect()
        gc.freeze()  # what is there stays where it is, in memory that forks share
        self._note_loaded()

    def _note_loaded(self) -> None:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file not in self._loaded:
                self._loaded[file] = time_of_change(file)
        for file in _configuration_files():
            self._loaded.setdefault(file, time_of_change(file))

    def _is_fresh(self) -> bool:
        """Return whether all files of what is loaded are as they were."""
        return all(time_of_change(file) == changed for file, changed in self._loaded.items())


def _configuration_files() -> list[str]:
    from nnviz._manim import config_file_paths

    return [str(path) for path in config_file_paths()]


def _media_folder() -> str:
    from manim import config

    return os.path.realpath(config.get_dir("media_dir"))


def main() -> NoReturn:
    """Be the process; ``fork`` or ``spawn`` as the first word says how runs start."""
    orders, events = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True, errors="replace")
    # Python tells two versions of a file apart by their seconds; saves may come faster.
    sys.dont_write_bytecode = True
    # Ctrl-C is for the server, which ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    may_fork = sys.platform == "linux" and "spawn" not in sys.argv[1:]
    Starter(orders, events, may_fork).work()
    sys.exit(0)
