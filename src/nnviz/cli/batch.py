"""Render many scenes, several at a time, each in a process of its own."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nnviz.cli.discover import SceneInfo
from nnviz.cli.scene_processes import SceneProcesses

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
    processes = SceneProcesses()
    executor = ThreadPoolExecutor(jobs)
    try:
        ordered = sorted(scenes, key=lambda scene: -scene.lines)
        render = _render_and_inspect if inspect else _render
        futures = [executor.submit(render, scene, options, processes) for scene in ordered]
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        processes.interrupt()
        raise
    finally:
        # Also when interrupted: scenes that have not started are not rendered.
        executor.shutdown(cancel_futures=True)


def _render(scene: SceneInfo, options: Sequence[str], processes: SceneProcesses) -> Outcome:
    command = ["render", "--jobs=1", "--progress_bar=none"]
    began = time.monotonic()
    status, output = processes.run([*command, *options, str(scene.file), scene.name])
    return Outcome(scene, status, time.monotonic() - began, output)


def _render_and_inspect(
    scene: SceneInfo, options: Sequence[str], processes: SceneProcesses
) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inspected.json"
        words = [*options, "--inspect", f"--inspect-to={file}"]
        outcome = _render(scene, words, processes)
        return outcome if outcome.status else replace(outcome, inspected=Inspected.load(file))
