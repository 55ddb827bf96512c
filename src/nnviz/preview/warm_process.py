"""The process that has Manim imported, so that runs of a scene start quickly.

It reads requests as lines of JSON from standard input and writes events as lines of JSON to
standard output; printed text goes to standard error. Where it is safe to fork, on Linux with a
single thread, each run is a fork of this process. Elsewhere this process itself becomes the run,
and the server starts another one.
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

#: First character of a printed line that has the number of the run that prints the next lines.
MARK = "\x1e"
_PR_SET_PDEATHSIG = 1


class WarmProcess:
    """The loop of the process, and its state.

    Parameters
    ----------
    requests : int
        File descriptor to read requests from.
    events : int
        File descriptor to write events to.
    forks : bool
        Whether each run is a fork of the process.
    """

    def __init__(self, requests: int, events: int, forks: bool) -> None:
        self._requests, self._events = requests, events
        self.forks = forks
        self._rest = b""
        self._child: int | None = None
        self._run: int | None = None
        self._loaded: dict[str, int | None] = {}

    def send(self, kind: str, **more: Any) -> None:
        """Send an event."""
        # A process that was killed may have left half a line.
        line = b"\n" + json.dumps({"kind": kind, "run": self._run, **more}).encode() + b"\n"
        while line:
            line = line[os.write(self._events, line) :]

    def work(self) -> None:
        """Carry out requests until the input ends."""
        import manim  # noqa: F401

        import nnviz.preview.scene_run
        import nnviz.render.rendering  # noqa: F401

        # In a fork, a lock that another thread holds would never be released.
        self.forks &= len(sys._current_frames()) == 1
        self._note_loaded()
        configuration = [os.path.realpath(file) for file in _configuration_files()]
        self.send("ready", forks=self.forks, media=_media_folder(), configuration=configuration)
        if not self.forks:
            while (request := self._next()) is None:
                pass
            self._mark(request["run"])
            self._run_request(request)
            return
        read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(read, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == read:
                        os.read(read, 4096)
                        self._report_end()
                    elif request := self._next():
                        self._follow(request, selector)

    def _next(self) -> dict[str, Any] | None:
        """Return the newest request for a run; None if there was none."""
        data = os.read(self._requests, 1 << 16)
        if not data:
            self._end_child()
            os._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        newest: dict[str, Any] | None = None
        for line in filter(None, lines):
            request = json.loads(line)
            if "warm" in request:
                self._warm(request["warm"])
            else:
                newest = request
        return newest

    # --- runs

    def _follow(self, request: dict[str, Any], selector: selectors.BaseSelector) -> None:
        self._end_child()
        if request.get("stop"):
            return
        if not self._is_fresh():
            self._run = request["run"]
            self.send("stale")
            os._exit(0)
        self._mark(request["run"])
        self._run = request["run"]
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
            if os.getppid() != parent:  # the parent has died already
                os._exit(1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            os.close(self._requests)
            self._run_request(request)
            status = 0
        finally:
            os._exit(status)

    def _run_request(self, request: dict[str, Any]) -> None:
        from nnviz.preview.scene_run import run

        self._run = request["run"]
        try:
            run(request, self.send)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()

    def _mark(self, run: int) -> None:
        os.write(2, f"{MARK}{run}\n".encode())

    def _report_end(self) -> None:
        """Send how a run ended."""
        if self._child is None:
            return
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if pid:
            self._child = None
            code = os.waitstatus_to_exitcode(status)
            self.send("ended", how=f"signal {-code}" if code < 0 else f"exit status {code}")

    def _end_child(self) -> None:
        """End a run and the processes that it started, and wait until it has ended."""
        if self._child is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(self._child, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self._child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        self._child = None

    # --- imported modules

    def _warm(self, names: list[str]) -> None:
        """Import modules that runs have imported and that are not the user's."""
        for name in names:
            if name in sys.modules:
                continue
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
            if len(sys._current_frames()) > 1:
                # In a fork, a lock that a thread holds would never be released.
                self._run = None
                self.send("threads", name=name)
                os._exit(0)
        gc.collect()
        gc.freeze()  # forks then share the memory of these objects
        self._note_loaded()

    def _note_loaded(self) -> None:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file not in self._loaded:
                self._loaded[file] = time_of_change(file)
        for file in _configuration_files():
            self._loaded.setdefault(file, time_of_change(file))

    def _is_fresh(self) -> bool:
        """Return whether no file of an imported module has changed."""
        return all(time_of_change(file) == changed for file, changed in self._loaded.items())


def _configuration_files() -> list[str]:
    from nnviz._manim import config_file_paths

    return [str(path) for path in config_file_paths()]


def _media_folder() -> str:
    from manim import config

    return os.path.realpath(config.get_dir("media_dir"))


def main() -> NoReturn:
    """Run the process. The first argument, ``fork`` or ``spawn``, says how runs start."""
    requests, events = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True, errors="replace")
    # Python compares the times of files in seconds; saves may come faster.
    sys.dont_write_bytecode = True
    # The server gets Ctrl-C and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    may_fork = sys.platform == "linux" and "spawn" not in sys.argv[1:]
    WarmProcess(requests, events, may_fork).work()
    sys.exit(0)
