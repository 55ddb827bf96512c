"""Render many scenes, several at a time, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nnviz.cli.discover import SceneInfo

__all__ = ["Inspected", "Outcome", "render_all"]


@dataclass(frozen=True, slots=True)
class Inspected:
    """What inspections found, for a process that has not imported Manim.

    Attributes
    ----------
    report : str
        The report as text.
    objections : int
        Number of findings that no exception allows.
    unused : int
        Number of exceptions without a finding.
    """

    report: str = ""
    objections: int = 0
    unused: int = 0

    def __add__(self, other: Inspected) -> Inspected:
        reports = filter(None, (self.report, other.report))
        return Inspected(
            "\n".join(reports), self.objections + other.objections, self.unused + other.unused
        )

    @property
    def is_objected_to(self) -> bool:
        """Whether there is a finding, or an exception that is not needed."""
        return bool(self.objections or self.unused)

    def save(self, path: Path) -> None:
        """Write it to a file, as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Inspected:
        """Read what :meth:`save` has written."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


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
    inspected : Inspected or None
        What was found if the scene was inspected and has not failed.
    """

    scene: SceneInfo
    status: int
    seconds: float
    output: str
    inspected: Inspected | None = None


def render_all(
    scenes: Iterable[SceneInfo], options: Sequence[str], jobs: int, *, inspect: bool = False
) -> Iterator[Outcome]:
    """Render scenes with ``nnviz render``, and yield the outcome of each when it is done.

    Parameters
    ----------
    scenes : iterable of SceneInfo
        The scenes. The longest start first, so that no long one runs alone at the end.
    options : sequence of str
        Options of the command.
    jobs : int
        Number of scenes rendered at a time, each by a single process.
    inspect : bool, optional
        Whether to inspect each scene while it is rendered.

    Yields
    ------
    Outcome
        One for each scene, in the order in which they finish. A failed scene does not stop others.
    """
    running = _Running()
    executor = ThreadPoolExecutor(jobs)
    try:
        ordered = sorted(scenes, key=lambda scene: -scene.lines)
        render = _render_and_inspect if inspect else _render
        futures = [executor.submit(render, scene, options, running) for scene in ordered]
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


def _render_and_inspect(scene: SceneInfo, options: Sequence[str], running: _Running) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inspected.json"
        words = [*options, "--inspect", f"--inspect-to={file}"]
        outcome = _render(scene, words, running)
        return outcome if outcome.status else replace(outcome, inspected=Inspected.load(file))
