"""Watch a file, run its scene when something has changed, and keep the state of the page."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

from watchfiles import awatch

from nnviz.files import time_of_change, write_whole
from nnviz.preview.scene_runner import Event, Runner
from nnviz.preview.state import SIZES, Rendering, State, short

__all__ = ["Watch"]

#: Milliseconds to wait for more changes after one, and the longest wait.
_STEP, _DEBOUNCE = 20, 100
#: Seconds between two messages to a page.
_PAUSE = 0.02
_CHOICES = "watch.json"


class Watch:
    """Follows a file, and runs its scene when something has changed.

    Parameters
    ----------
    file : Path
        The file with scenes.
    scene : str or None
        Name of the scene to show. Default: the one that was chosen last, or the first.
    find_scenes : callable
        Function that returns the names of the file's scenes; none if it cannot be read.
    quality : str
        Manim's letter for the quality.
    jobs : int
        Number of processes that draw.
    method : str, optional
        How runs start, as for :class:`~nnviz.preview.scene_runner.Runner`.

    Attributes
    ----------
    state : State
        State of the page.
    """

    def __init__(
        self,
        file: Path,
        scene: str | None,
        find_scenes: Callable[[], list[str]],
        quality: str,
        jobs: int,
        method: str = "",
    ) -> None:
        self._file, self._find_scenes = file.resolve(), find_scenes
        self._quality, self._jobs = quality, jobs
        self.state = State(file.name, SIZES[quality][1], find_scenes(), scene)
        self._runner = Runner(self._on_event, self._print, method)
        self._renderer = Runner(self._on_rendering_event, lambda text: None, "spawn", waits=False)
        self._renders = itertools.count(1)
        self._media: Path | None = None
        self._followed: dict[str, int | None] = {str(self._file): time_of_change(str(self._file))}
        self._folders_changed = asyncio.Event()
        self._news = asyncio.Event()
        self._pages: set[asyncio.Event] = set()
        self._closed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start to follow the file, and run the scene."""
        self._following = asyncio.create_task(self._follow())
        await self._runner.start()

    def end_pages(self) -> None:
        """End the streams of events to pages."""
        self._closed.set()
        self._notify_pages()

    async def close(self) -> None:
        """End everything, and wait until all processes have ended."""
        self.end_pages()
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        await asyncio.gather(self._runner.close(), self._renderer.close())

    # --- commands of the page

    def choose(self, scene: str) -> None:
        """Show another scene of the file."""
        if scene not in self.state.scenes or scene == self.state.scene:
            return
        self.state.scene = scene
        self.state.forget()
        self._keep_choice()
        self.run()

    def run(self) -> None:
        """Run the scene from the beginning."""
        if scenes := self._find_scenes():
            self.state.scenes = scenes
            if self.state.scene not in scenes:
                self.state.scene = scenes[0]
                self.state.forget()
        self.state.begin(self.state.run + 1)
        self._notify_pages()
        self._runner.submit(self._request(self.state.run, self._quality, preview=True))

    def render(self, quality: str) -> None:
        """Render the scene to a video in another quality, in the background."""
        film = self.state.film
        seconds = sum(play.frames for play, _ in film.plays) / film.rate
        total = round(seconds * SIZES[quality][2])
        self.state.rendering = Rendering("running", 0, total)
        self._renderer.submit(self._request(next(self._renders), quality, preview=False))
        self._notify_pages()

    def stop_rendering(self) -> None:
        """Stop rendering."""
        if self.state.rendering.status == "running":
            self._renderer.stop()
            self.state.rendering = Rendering()
            self._notify_pages()

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the state of the page, now and after every change."""
        news = asyncio.Event()
        news.set()
        self._pages.add(news)
        try:
            while True:
                await news.wait()
                news.clear()
                if self._closed.is_set():
                    return
                yield self.state.to_json()
                await asyncio.sleep(_PAUSE)
        finally:
            self._pages.discard(news)

    def _notify_pages(self) -> None:
        for news in self._pages:
            news.set()

    def _request(self, run: int, quality: str, preview: bool) -> Event:
        return {
            "run": run,
            "file": str(self._file),
            "scene": self.state.scene,
            "quality": SIZES[quality][0],
            "jobs": self._jobs,
            "preview": preview,
        }

    # --- events of runs

    def _on_event(self, event: Event) -> None:
        kind = event["kind"]
        if kind == "ready":
            self._be_ready(event)
        elif kind == "files":
            self._follow_also(event["files"])
        else:
            self.state.on_event(event)
            self._notify_pages()

    def _be_ready(self, event: Event) -> None:
        is_first = self._media is None
        self._media = Path(event["media"])
        self._follow_also({file: time_of_change(file) for file in event["configuration"]})
        if is_first:
            if self.state.scene is None:
                self.state.scene = self._kept_choice()
            self.run()

    def _on_rendering_event(self, event: Event) -> None:
        rendering = self.state.rendering
        kind = event["kind"]
        if kind == "progress":
            rendering.frames = event["frames"]
        elif kind == "done":
            self.state.rendering = Rendering("done", text=short(event["made"] or ""))
        elif kind == "failed":
            self.state.rendering = Rendering("failed", text=event["title"])
        self._notify_pages()

    def _print(self, text: str) -> None:
        self.state.say(text)
        self._notify_pages()

    # --- the choice of a scene

    def _kept_choice(self) -> str | None:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            assert self._media is not None
            kept = json.loads((self._media / _CHOICES).read_bytes()).get(str(self._file))
            if kept in self.state.scenes:
                return str(kept)
        return next(iter(self.state.scenes), None)

    def _keep_choice(self) -> None:
        if self._media is None:
            return
        path = self._media / _CHOICES
        kept: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError):
            kept = dict(json.loads(path.read_bytes()))
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            kept[str(self._file)] = str(self.state.scene)
            write_whole(path, json.dumps(kept, indent=1).encode())

    # --- files

    def _follow_also(self, files: dict[str, int | None]) -> None:
        """Follow more files; run again if one has been changed since it was read."""
        folders = self._folders()
        late = [
            file
            for file, changed in files.items()
            if file not in self._followed and time_of_change(file) != changed
        ]
        for file in files:
            self._followed.setdefault(file, time_of_change(file))
        if self._folders() != folders:
            self._folders_changed.set()
        if late:
            self.run()

    def _folders(self) -> set[str]:
        return {str(folder) for file in self._followed if (folder := Path(file).parent).is_dir()}

    async def _follow(self) -> None:
        while True:
            self._folders_changed.clear()
            # Changes since the last look.
            self._look(self._followed)
            changes = awatch(
                *sorted(self._folders()),
                recursive=False,
                watch_filter=None,
                step=_STEP,
                debounce=_DEBOUNCE,
                stop_event=self._folders_changed,
                rust_timeout=1000,
            )
            async for some in changes:
                self._look(path for _, path in some)

    def _look(self, paths: Iterable[str]) -> None:
        """Run the scene if one of these files is followed and has changed."""
        has_changed = False
        for path in list(paths):
            file = os.path.realpath(path)
            if file in self._followed and (now := time_of_change(file)) != self._followed[file]:
                self._followed[file] = now
                # While a file is being replaced, there is none.
                has_changed |= now is not None
        if has_changed:
            self.run()
