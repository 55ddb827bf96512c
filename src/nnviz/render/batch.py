"""Render many scenes in one go, several at a time, each in a process of its own."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from nnviz.render.discover import SceneInfo

__all__ = ["Outcome", "cores", "render_all", "run_manim"]

_CHILD = (
    "import sys; from nnviz.render.batch import run_manim; run_manim(sys.argv[1], sys.argv[2:])"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the rendering of a scene went.

    Attributes
    ----------
    scene : SceneInfo
        The scene.
    status : int
        Manim's exit status: 0 when the video is there.
    seconds : float
        Wall time.
    output : str
        What Manim said.
    """

    scene: SceneInfo
    status: int
    seconds: float
    output: str


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def render_all(
    scenes: Iterable[SceneInfo], quality: str, jobs: int, options: Sequence[str] = ()
) -> Iterator[Outcome]:
    """Render scenes with Manim, and tell of each when it is done.

    Parameters
    ----------
    scenes
        The scenes. The longest classes begin, so that what runs alone at the end is short.
    quality
        A key of Manim's ``-q``.
    jobs
        So many at a time.
    options
        More options for ``manim render``.

    Yields
    ------
    Outcome
        One for each scene, in the order in which they finish. One that fails stops no other.
    """
    slots: queue.SimpleQueue[int] = queue.SimpleQueue()
    for slot in range(jobs):
        slots.put(slot)

    def render(scene: SceneInfo) -> Outcome:
        slot = slots.get()
        try:
            return _render(scene, [f"-q{quality}", *options], slot)
        finally:
            slots.put(slot)

    executor = ThreadPoolExecutor(jobs)
    try:
        ordered = sorted(scenes, key=lambda scene: -scene.lines)
        for future in as_completed([executor.submit(render, scene) for scene in ordered]):
            yield future.result()
    finally:
        # Also when interrupted: what has not begun then never does.
        executor.shutdown(cancel_futures=True)


def _render(scene: SceneInfo, options: Sequence[str], slot: int) -> Outcome:
    words = ["render", "--progress_bar=none", "-v", "WARNING", *options]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(slot), *words, str(scene.file), scene.name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(scene, done.returncode, time.monotonic() - began, done.stdout)


def run_manim(slot: str, words: Sequence[str]) -> None:
    """Be Manim's command line, in one of several processes that run side by side.

    Manim removes every LaTeX file that is not a picture from its folder after each formula:
    those a neighbour is working on too. So each slot has folders of its own for LaTeX and text.

    Parameters
    ----------
    slot
        Names the folders; no two processes share one at a time.
    words
        The words after ``manim``.
    """
    from manim import config
    from manim.__main__ import main

    config.tex_dir = "{media_dir}/slots/" + slot + "/Tex"
    config.text_dir = "{media_dir}/slots/" + slot + "/texts"
    main(list(words), prog_name="manim")
