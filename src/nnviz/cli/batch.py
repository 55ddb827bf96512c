"""Render many scenes, several at a time, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from nnviz.cli.discover import SceneInfo

__all__ = ["Outcome", "render_all"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the rendering of a scene went.

    Attributes
    ----------
    scene : SceneInfo
        The scene.
    status : int
        The command's exit status: 0 when the video is there.
    seconds : float
        Wall time.
    output : str
        Its output.
    """

    scene: SceneInfo
    status: int
    seconds: float
    output: str


def render_all(scenes: Iterable[SceneInfo], options: Sequence[str], jobs: int) -> Iterator[Outcome]:
    """Render scenes with ``nnviz render``, and yield the outcome of each when it is done.

    Parameters
    ----------
    scenes : iterable of SceneInfo
        The scenes. The longest start first, so that no long one runs alone at the end.
    options : sequence of str
        Options of the command.
    jobs : int
        Number of scenes rendered at a time, each by a single process.

    Yields
    ------
    Outcome
        One for each scene, in the order in which they finish. A failed scene does not stop others.
    """
    running = _Running()
    executor = ThreadPoolExecutor(jobs)
    try:
        ordered = sorted(scenes, key=lambda scene: -scene.lines)
        futures = [executor.submit(_render, scene, options, running) for scene in ordered]
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        running.interrupt()
        raise
    finally:
        # Also when interrupted: scenes that have not started are not rendered.
        executor.shutdown(cancel_futures=True)


class _Running:
    """The running processes, so that all can be interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        self._over = False

    def run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a command to its end; return its exit status and its output."""
        with self._lock:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            self._processes.add(process)
            if self._over:
                self._end(process)
        output, _ = process.communicate()
        with self._lock:
            self._processes.discard(process)
        return process.returncode, output

    def interrupt(self) -> None:
        """Interrupt the processes that run, and those that are about to start."""
        with self._lock:
            self._over = True
            for process in self._processes:
                self._end(process)

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        # SIGINT lets the process remove its temporary files.
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)


def _render(scene: SceneInfo, options: Sequence[str], running: _Running) -> Outcome:
    command = [sys.executable, "-m", "nnviz", "render", "--jobs=1", "--progress_bar=none"]
    began = time.monotonic()
    status, output = running.run([*command, *options, str(scene.file), scene.name])
    return Outcome(scene, status, time.monotonic() - began, output)
