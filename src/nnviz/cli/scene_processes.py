"""Commands of ``nnviz`` in processes of their own, which start in no time where they can be forks.

On Linux they are forks of a server that has imported Manim and nnviz, which takes longer than
some scenes. Elsewhere each is a new process.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["SceneProcesses"]

_FORKS = sys.platform == "linux"
_IMPORTED = "nnviz.cli.imported"
_INTERRUPTED = 130


class SceneProcesses:
    """The running processes, so that all can be interrupted. Threads may share them."""

    def __init__(self) -> None:
        self._context: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
        if _FORKS:
            self._context.set_forkserver_preload([_IMPORTED])
        self._lock = threading.Lock()
        #: With the files of what they print, which are there when a process has begun.
        self._running: dict[Any, Path] = {}
        self._is_over = False

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run a command to its end.

        Parameters
        ----------
        words : sequence of str
            Words after ``nnviz``.

        Returns
        -------
        status : int
            The exit status, or the negative number of the signal that ended the process.
        output : str
            What it printed, errors as well.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "output.txt"
            process = self._context.Process(target=_run, args=(list(words), file))
            with self._lock:
                if self._is_over:
                    return _INTERRUPTED, ""
                process.start()
                self._running[process] = file
            process.join()
            with self._lock:
                del self._running[process]
            output = file.read_text(errors="replace") if file.exists() else ""
        return process.exitcode, output

    def interrupt(self) -> None:
        """Interrupt the processes that run; none is started any more."""
        with self._lock:
            self._is_over = True
            for process, output in self._running.items():
                # SIGINT lets it remove its temporary files. One that has just been forked ignores
                # it, and has none.
                if os.name == "posix" and output.exists():
                    os.kill(process.pid, signal.SIGINT)
                else:
                    process.terminate()


def _run(words: list[str], output: Path) -> None:
    """Run a command in a process that has just started."""
    with Path(os.devnull).open("rb") as nothing, output.open("wb") as file:
        for number, stream in enumerate((nothing, file, file)):
            os.dup2(stream.fileno(), number)
    if _FORKS:
        from nnviz.cli import imported

        if not imported.is_up_to_date():
            os.execv(sys.executable, [sys.executable, "-m", "nnviz", *words])
        import numpy as np

        # The state of the server is that of all its forks.
        random.seed()
        np.random.seed()
    from nnviz.cli.main import main

    sys.argv = ["nnviz", *words]
    try:
        sys.exit(main(words))
    finally:
        atexit._run_exitfuncs()  # which processes of this kind leave out
