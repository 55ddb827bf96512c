"""``nnviz inspect``: report what a careful viewer would object to, and draw contact sheets."""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manim import config

import nnviz
from nnviz._manim import temp_config
from nnviz.cli.discover import Discovery, SceneInfo
from nnviz.cli.listing import UsageError, one_of, scenes_in
from nnviz.files import MediaError
from nnviz.preview.inspection import SCHEMA, Inspection, inspect_scene, report
from nnviz.preview.inspection_exceptions import Exceptions, exceptions_for
from nnviz.render.errors import SceneError

__all__ = ["run"]

_QUALITIES = {
    "l": "low_quality",
    "m": "medium_quality",
    "h": "high_quality",
    "p": "production_quality",
    "k": "fourk_quality",
}


@dataclass(frozen=True)
class _Task:
    """A scene to inspect, with its options."""

    scene: SceneInfo
    exceptions: Exceptions
    quality: str
    every: float | None
    sheet: Path | None


@dataclass(frozen=True)
class _Outcome:
    """The result of an inspection, or the error that ended it; the other is None."""

    inspection: Inspection | None
    error: str | None


def run(options: argparse.Namespace, thresholds: Mapping[str, float | None]) -> int:
    """Run the command.

    Parameters
    ----------
    options : Namespace
        The parsed command line.
    thresholds : mapping of str to float or None
        Thresholds by name; None for those that were not given.

    Returns
    -------
    int
        The exit status: 0 on success; 1 if a scene failed or, with ``--strict``, if there is a
        finding or an exception is not needed.

    Raises
    ------
    UsageError
        If there is no such place or scene, or a number or the file of exceptions is wrong.
    """
    if options.every is not None and not options.every > 0:
        raise UsageError(f"--every is {options.every}: it has to be above 0")
    scenes, problems = _scenes(options.what)
    folder = None if options.no_sheets else options.sheets or _media() / "inspect"
    tasks = [
        _Task(
            scene,
            _exceptions(options.exceptions, scene.file, thresholds),
            _QUALITIES[options.quality],
            options.every,
            folder and folder / scene.file.stem / f"{scene.name}.png",
        )
        for scene in scenes
    ]
    found, failed = [], []
    for task, outcome in zip(tasks, _outcomes(tasks, options.jobs), strict=True):
        if outcome.inspection is None:
            failed.append((task.scene, outcome.error))
            print(f"{task.scene.name} failed:\n{outcome.error}", file=sys.stderr, flush=True)
            continue
        found.append((outcome.inspection, task.sheet))
        if not options.json:
            print(report(outcome.inspection), flush=True)
            if task.sheet is not None:
                print(f"    contact sheet: {task.sheet}", flush=True)
    objections = sum(len(inspection.objections) for inspection, _ in found)
    unused = sum(len(inspection.unused) for inspection, _ in found)
    if options.json:
        print(json.dumps(_as_dict(found, failed), indent=1, ensure_ascii=False), flush=True)
    elif len(tasks) > 1:
        count = f"{len(found)} scenes, findings: {objections}"
        print(f"{count}, exceptions without one: {unused}" if unused else count, flush=True)
    if failed or problems:
        return 1
    return int(bool(options.strict and (objections or unused)))


def _media() -> Path:
    return Path(config.get_dir("media_dir"))


def _scenes(words: Sequence[str]) -> tuple[list[SceneInfo], tuple[str, ...]]:
    """Return the scenes that words name, and a message for each file that cannot be read."""
    places = [Path(word) for word in words if _is_place(word)]
    names = [word for word in words if not _is_place(word)]
    parts = [scenes_in(place) for place in places] or [scenes_in(None)]
    scenes = tuple(dict.fromkeys(scene for part in parts for scene in part.scenes))
    problems = tuple(problem for part in parts for problem in part.problems)
    if not names:
        return list(scenes), problems
    place = places[0] if len(places) == 1 else None
    return [one_of(Discovery(scenes, ()), name, place) for name in names], ()


def _is_place(word: str) -> bool:
    path = Path(word)
    return path.exists() or bool(path.suffix) or len(path.parts) > 1


def _exceptions(
    given: Path | None, file: Path, thresholds: Mapping[str, float | None]
) -> Exceptions:
    try:
        return exceptions_for(file, given).with_thresholds(**thresholds)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _outcomes(tasks: Sequence[_Task], jobs: int) -> Iterator[_Outcome]:
    """Yield the outcomes of tasks, in the order of the tasks."""
    if min(jobs, len(tasks)) == 1:
        yield from map(_inspected, tasks)
        return
    # New processes on every system, so that scenes do not affect one another.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        # Long scenes start first, so that no long one runs alone at the end.
        order = sorted(range(len(tasks)), key=lambda place: -tasks[place].scene.lines)
        futures = {place: pool.submit(_inspected, tasks[place]) for place in order}
        for place in range(len(tasks)):
            try:
                yield futures[place].result()
            except BrokenProcessPool:
                yield _Outcome(None, "its process, or another one of the pool, has died")


def _inspected(task: _Task) -> _Outcome:
    """Inspect a scene. What it prints goes to standard error; standard output has the report."""
    with contextlib.redirect_stdout(sys.stderr), temp_config({"verbosity": "WARNING"}):
        try:
            inspection = inspect_scene(
                task.scene.file,
                task.scene.name,
                every=task.every,
                exceptions=task.exceptions,
                quality=task.quality,
                pictures=task.sheet is not None,
            )
            if task.sheet is not None:
                inspection.save_sheet(task.sheet)
        except (SceneError, MediaError, ValueError) as error:
            return _Outcome(None, str(error))
    return _Outcome(inspection.without_pictures(), None)


def _as_dict(
    found: Sequence[tuple[Inspection, Path | None]],
    failed: Sequence[tuple[SceneInfo, str | None]],
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "nnviz": nnviz.__version__,
        "objections": sum(len(inspection.objections) for inspection, _ in found),
        "scenes": [
            inspection.as_dict() | {"sheet": sheet.as_posix() if sheet else None}
            for inspection, sheet in found
        ],
        "failed": [
            {"scene": scene.name, "file": scene.file.as_posix(), "error": error}
            for scene, error in failed
        ],
    }
