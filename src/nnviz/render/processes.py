"""The processes that draw: how they are started, and how they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.synchronize import Event
from pathlib import Path

__all__ = ["Processes", "cores", "start_early", "stopping"]

_WORKER = "nnviz.render.worker"

_stop: Event | None = None
#: A process that is still starting looks for its event, also when nobody wants it any more.
_events: list[Event] = []


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def start_early() -> None:
    """Begin to import what the processes need, beside what this one does next."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        forkserver.set_forkserver_preload([_WORKER])
        forkserver.ensure_running()


class Processes(ProcessPoolExecutor):
    """Processes of this machine.

    They print nothing, and end when this process does, even if it is killed.

    Parameters
    ----------
    count
        How many.
    """

    def __init__(self, count: int) -> None:
        start_early()
        methods = multiprocessing.get_all_start_methods()
        # Not fork: this process may have threads by now.
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        self._give_up = context.Event()
        _events.append(self._give_up)
        super().__init__(count, context, _prepare, (self._give_up,))

    def dismiss(self, give_up: bool) -> None:
        """Let the processes end, without waiting for them; ``give_up`` what they are doing."""
        if give_up:
            self._give_up.set()
        self.shutdown(wait=False, cancel_futures=True)


def stopping() -> bool:
    """Say whether this process, one that draws, should give up what it is doing."""
    return _stop is not None and _stop.is_set()


def _prepare(stop: Event) -> None:
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, which tells us
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lives
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()  # also one that was killed
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
