"""Start and stop processes that run scenes, and pass on their events: the server's side."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from nnviz.preview.warm_process import MARK

__all__ = ["Runner"]

_COMMAND = "from nnviz.preview.warm_process import main; main()"
#: Control sequences of terminals.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1d\x1f]")
_CHUNK = 1 << 16
#: Largest size of an event in bytes.
_LONGEST = 1 << 24
#: Number of processes that may end before they are ready.
_PATIENCE = 2

Event = dict[str, Any]


class Runner:
    """Runs scenes one at a time; a new run ends the previous one.

    Parameters
    ----------
    on_event : callable
        Called with each event of the newest run, and each event without a run.
    print_ : callable
        Called with the text that the newest run prints.
    method : str, optional
        How runs start, "fork" or "spawn"; by default the one that is safe on this system.
    waits : bool, optional
        Whether a process is kept ready for the next run; otherwise each request starts one.
    """

    def __init__(
        self,
        on_event: Callable[[Event], None],
        print_: Callable[[str], None],
        method: str = "",
        waits: bool = True,
    ) -> None:
        self._on_event, self._print, self._method, self._waits = on_event, print_, method, waits
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: Event | None = None
        self._newest: Event | None = None
        self._ready = self._was_ready = self._forks = self._closed = False
        #: Whether the newest run has sent how it ended.
        self._over = True
        self._failed_starts = 0
        #: Modules to import before runs, and those that must not be, as they start threads.
        self._warm: list[str] = []
        self._threaded: set[str] = set()
        #: Text that the process has printed outside of runs.
        self._said = ""

    async def start(self) -> None:
        """Start the process that runs start from."""
        environment = os.environ | {"NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
        environment.setdefault("COLUMNS", "100")
        windows = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        self._ready, self._was_ready, self._said = False, False, ""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _COMMAND, self._method),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            limit=_LONGEST,
            start_new_session=not windows,  # Ctrl-C is for this process, which ends that one
            creationflags=windows,
        )
        self._process = process
        if self._closed:
            self._kill()
        self._do(self._events(process))
        self._do(self._output(process))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def submit(self, request: Event) -> None:
        """Start a run, and end the previous one.

        Parameters
        ----------
        request : Event
            Request for :func:`nnviz.preview.scene_run.run`, with the number of the ``run``.
        """
        self._newest = self._pending = request
        if self._was_ready and not self._forks and not self._ready:
            self._kill()  # the process is the old run; when it has ended, a new one starts
        self._over = False
        if self._process is None:
            self._do(self.start())
        self._push()

    def stop(self) -> None:
        """End the run."""
        self._pending, self._over = None, True
        if self._forks and self._ready:
            self._send({"stop": True})
        else:
            self._kill()

    async def close(self) -> None:
        """End all processes, and wait until they have ended."""
        self._closed = True
        process = self._process
        if process is None:
            return
        if self._forks and process.stdin is not None:
            process.stdin.close()  # the process then ends its run and itself
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 2)
        self._kill()
        await process.wait()
        for task in list(self._tasks):
            task.cancel()

    def _kill(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()

    def _push(self) -> None:
        if not self._ready or self._pending is None:
            return
        request, self._pending = self._pending, None
        self._send(request)
        self._ready = self._forks

    def _send(self, message: Event) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")

    # --- events and output

    async def _events(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            try:
                event = json.loads(line)
            except ValueError:  # an empty line, or the rest of one from a killed process
                continue
            self._handle(event)
        await process.wait()
        if self._closed or process is not self._process:
            return
        if not self._was_ready:
            self._failed_starts += 1
        if self._failed_starts >= _PATIENCE:
            # It is tried again with the next request.
            self._process, self._pending, self._over = None, None, True
            self._failed_starts = 0
            self._fail("Manim cannot be started.", self._said)
            return
        if not self._over and self._pending is None:
            self._lost(f"exit status {process.returncode}")
        if self._waits or self._pending is not None:
            await self.start()
        else:
            self._process = None

    def _handle(self, event: Event) -> None:
        kind, run = event["kind"], event["run"]
        if kind == "ready":
            self._failed_starts = 0
            self._ready, self._was_ready, self._forks = True, True, event["forks"]
            if names := [name for name in self._warm if name not in self._threaded]:
                self._send({"warm": names})
            self._on_event(event)
            self._push()
        elif kind == "threads":
            self._ready = False
            self._threaded.add(event["name"])
        elif self._newest is None or run != self._newest["run"]:
            return
        elif kind == "stale":
            self._ready, self._pending = False, self._newest
        elif kind == "modules":
            known = set(self._warm)
            self._warm += [name for name in event["names"] if name not in known]
            if names := [name for name in event["names"] if name not in self._threaded]:
                self._send({"warm": names})
        elif kind == "ended":
            if not self._over:
                self._lost(event["how"])
        else:
            self._over |= kind in ("done", "failed")
            self._on_event(event)

    def _lost(self, how: str) -> None:
        self._over = True
        self._fail(f"The process that ran the scene ended early, with {how}.")

    def _fail(self, title: str, text: str = "") -> None:
        run = None if self._newest is None else self._newest["run"]
        self._on_event({"kind": "failed", "run": run, "title": title, "text": text, "places": []})

    async def _output(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        run: int | None = None
        rest = ""
        while data := await process.stderr.read(_CHUNK):
            text = rest + data.decode("utf-8", "replace")
            # A mark may come in two parts.
            cut = text.rfind(MARK)
            rest = text[cut:] if cut >= 0 and "\n" not in text[cut:] else ""
            text = text[: len(text) - len(rest)]
            first, *others = text.split(MARK)
            self._say(run, first)
            for other in others:
                number, _, said = other.partition("\n")
                run = int(number) if number.isdigit() else run
                self._say(run, said)

    def _say(self, run: int | None, text: str) -> None:
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if not text:
            return
        if run is None:
            self._said += text
        elif self._newest is not None and run == self._newest["run"]:
            self._print(text)
