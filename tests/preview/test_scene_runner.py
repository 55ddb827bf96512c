"""Runs of scenes in processes of their own: fresh, warm, and gone when they are ended."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from nnviz.preview.scene_runner import Runner

SCENE = """
import json
import os
import sys
import time
from pathlib import Path

import colorsys
import helper
from manim import *

STARTED_WARM = "manim" in helper.LOADED
WARM = "{others}" in helper.LOADED
TIMES = getattr(sys, "times", 0)
sys.times = TIMES + 1

class Film(Scene):
    def construct(self):
        assert TIMES == 0, "an earlier run is still in memory"
        import {others}
        numbers = json.loads(Path("numbers.json").read_text())
        Path("made.json").write_text(Path("made.json").read_text() if TIMES else "1")
        print("process", os.getpid(), "warm", STARTED_WARM, WARM, flush=True)
        dot = Dot().shift({there} * RIGHT)
        self.play(Create(dot), run_time=0.2)
        {then}
        self.play(FadeOut(dot), run_time=numbers["seconds"])
"""
OTHERS = "sqlite3"  # nobody else imports it


class Talk:
    """All that a runner tells."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.output = ""
        self._news = asyncio.Event()

    def on_event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._news.set()

    def print(self, text: str) -> None:
        self.output += text
        self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def all(self, kind: str, run: int) -> list[dict[str, Any]]:
        return [one for one in self.events if one["kind"] == kind and one.get("run") == run]

    async def end_of(self, run: int) -> dict[str, Any]:
        def ends() -> list[dict[str, Any]]:
            return [
                one
                for one in self.events
                if one["kind"] in ("done", "failed") and one["run"] == run
            ]

        await self.until(ends)
        return ends()[-1]


def with_runner(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    work: Callable[[Runner, Talk, Callable[..., dict[str, Any]]], Awaitable[None]],
) -> None:
    """Let some work go on with a runner, and look that nothing is left of it."""
    monkeypatch.chdir(folder)
    (folder / "manim.cfg").write_text("[CLI]\npixel_width = 96\npixel_height = 54\n")
    (folder / "helper.py").write_text("import sys\nLOADED = set(sys.modules)\n")
    (folder / "numbers.json").write_text('{"seconds": 0.2}')
    (folder / "made.json").write_text("0")

    def save(run: int, there: int = 0, then: str = "pass") -> dict[str, Any]:
        text = SCENE.format(there=there, then=then, others=OTHERS)
        (folder / "film.py").write_text(text)
        order = {"file": str(folder / "film.py"), "scene": "Film", "quality": "low_quality"}
        return order | {"run": run, "jobs": 2, "preview": True}

    async def all_of_it() -> None:
        talk = Talk()
        runner = Runner(talk.on_event, talk.print, method)
        try:
            await runner.start()
            await work(runner, talk, save)
        finally:
            others = psutil.Process().children(recursive=True)
            await runner.close()
        # What is killed takes a moment to be gone.
        _, left = psutil.wait_procs(others, timeout=60)
        assert not [one for one in left if one.status() != "zombie"]

    asyncio.run(all_of_it())


def names_of(processes: list[psutil.Process]) -> set[str]:
    """The names of those of the processes that are still there."""
    names = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


@pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")
def test_runs_are_forked_and_each_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(runner: Runner, talk: Talk, save: Callable[..., dict[str, Any]]) -> None:
        # The first: all is new, and the order is that of the page's needs.
        runner.submit(save(1))
        end = await talk.end_of(1)
        assert end["kind"] == "done", end
        await talk.until(lambda: "warm True False" in talk.output)
        kinds = [one["kind"] for one in talk.events if one.get("run") == 1]
        kinds = [kind for kind in kinds if kind in ("still", "play", "segment")]
        assert kinds[:2] == ["still", "play"], "the last frame comes before the film"
        assert len(talk.all("segment", 1)) == 2
        for still in talk.all("still", 1):
            assert Path(still["path"]).read_bytes()[:2] == b"\xff\xd8"
        lines = [(one["line"], one["source"], one["frames"]) for one in talk.all("play", 1)]
        assert lines == [
            (25, "self.play(Create(dot), run_time=0.2)", 3),
            (27, 'self.play(FadeOut(dot), run_time=numbers["seconds"])', 3),
        ]
        await talk.until(lambda: len(talk.all("files", 1)) > 1)
        followed = {Path(name).name for name in talk.all("files", 1)[-1]["files"]}
        assert followed == {"film.py", "helper.py", "numbers.json"}, "not what it writes"

        # Another: in another process, which finds loaded what the first one had to load. Bytes of
        # the same length in the same second are another file.
        while OTHERS not in runner._warm:
            await asyncio.sleep(0.02)
        runner.submit(save(2, there=1))
        assert (await talk.end_of(2))["kind"] == "done"
        await talk.until(lambda: "warm True True" in talk.output)
        first, second = ({one["name"] for one in talk.all("still", run)} for run in (1, 2))
        assert first.isdisjoint(second)
        processes = {line.split()[1] for line in talk.output.splitlines()}
        assert len(processes) == 2

        # An exception; the place is the scene's own line.
        runner.submit(save(3, then="self.missing()"))
        end = await talk.end_of(3)
        assert end["title"] == "AttributeError: 'Film' object has no attribute 'missing'"
        assert end["places"][0]["line"] == 26
        assert end["places"][0]["lines"][26 - end["places"][0]["first"]].strip() == "self.missing()"
        assert len(talk.all("play", 3)) == 1
        # Python itself dies.
        runner.submit(save(4, then="os.abort()"))
        assert (await talk.end_of(4))["title"].endswith("ended early, with signal 6.")
        runner.submit(save(5, then="sys.exit(3)"))
        assert "sys.exit(3)" in (await talk.end_of(5))["title"]
        runner.submit(save(6, then="("))
        end = await talk.end_of(6)
        assert end["title"].startswith("SyntaxError")
        assert end["places"][0]["line"] == 26

        # Saves that come while runs go on: all but the last are ended, with what they started.
        hangs = "import subprocess; subprocess.Popen(['sleep', '60']); time.sleep(60)"
        for run in range(7, 12):
            runner.submit(save(run, there=run, then=hangs))
            await asyncio.sleep(0.05)
        await talk.until(lambda: talk.all("play", 11))
        runner.submit(save(12, there=3))
        assert (await talk.end_of(12))["kind"] == "done"
        assert not {7, 8, 9, 10, 11} & {
            one["run"] for one in talk.events if one["kind"] in ("done", "failed")
        }
        assert "sleep" not in names_of(psutil.Process().children(recursive=True))

        # Manim's configuration is read when Manim is imported.
        Path("manim.cfg").write_text("[CLI]\nbackground_color = RED\n")
        runner.submit(save(13, there=3))
        assert (await talk.end_of(13))["kind"] == "done"
        stills = [{one["name"] for one in talk.all("still", run)} for run in (12, 13)]
        assert stills[0].isdisjoint(stills[1])

    with_runner(tmp_path, monkeypatch, "", work)


@pytest.mark.exhaustive
def test_where_there_are_no_forks_a_process_waits_for_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(runner: Runner, talk: Talk, save: Callable[..., dict[str, Any]]) -> None:
        runner.submit(save(1, then="time.sleep(60)"))
        await talk.until(lambda: talk.all("play", 1))
        runner.submit(save(2, there=1))
        assert (await talk.end_of(2))["kind"] == "done"
        assert len(talk.all("segment", 2)) == 2
        assert not talk.all("done", 1)
        assert not talk.all("failed", 1)

    with_runner(tmp_path, monkeypatch, "spawn", work)


def test_a_configuration_that_is_not_possible_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(runner: Runner, talk: Talk, save: Callable[..., dict[str, Any]]) -> None:
        Path("manim.cfg").write_text("[CLI\n")
        runner.submit(save(1))
        end = await talk.end_of(1)
        assert end["title"] == "Manim cannot be started."
        assert "manim.cfg" in end["text"]

    with_runner(tmp_path, monkeypatch, "", work)
