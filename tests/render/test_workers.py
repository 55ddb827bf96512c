"""Whoever of those that draw is killed, and when: the film is right, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.drawing.commands import Layer, View
from nnviz.drawing.frame_commands import Raster
from nnviz.drawing.pieces import Frame, Piece, draw
from nnviz.drawing.segments import Encoding
from nnviz.render import drawing_queue as queue_module
from nnviz.render.drawing_queue import DrawingQueue
from nnviz.render.store import Store
from nnviz.render.workers import DrawingError, Workers, WorkersLostError

FILMS = Path(__file__).parent / "films" / "films.py"
pytestmark = pytest.mark.usefixtures("filming")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

ENCODING = Encoding("mp4", "libx264", "yuv420p", 16, 16, Fraction(10), (("preset", "superfast"),))


def piece(shade: int, size: int | None = None) -> Piece:
    """Return a piece of one frame of its own."""
    made = Piece(ENCODING)
    pixels = np.full((16, 16, 4), shade, np.uint8)
    made.add(Frame(None, Layer(View(16, 16, 1.0, 1.0, 0.0, 0.0), None, (Raster(pixels),))))
    if size is not None:
        made.size = size
    return made


# --- the command runs in a session of its own, and is killed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "manim.cfg").write_text(
        "[CLI]\npixel_width = 96\npixel_height = 54\nframe_rate = 10\nprogress_bar = none\n"
        "[video_encoder.options]\ncrf = 0\n"
    )
    return folder


def command(
    folder: Path, *words: str, before: Callable[[], None] = lambda: None
) -> subprocess.Popen[str]:
    def prepare() -> None:
        # A shell that runs the tests in the background lets them ignore it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        before()

    return subprocess.Popen(
        [sys.executable, "-m", "nnviz", "render", "--jobs", "2", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=prepare,
    )


def processes(of: Callable[[list[str]], bool]) -> dict[int, list[str]]:
    """Return living processes and what /proc says of them, from their state on."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and of(fields):
                found[int(stat.parent.name)] = fields
    return found


def session(leader: int) -> dict[int, list[str]]:
    return processes(lambda fields: int(fields[3]) == leader)


def drawing(leader: int) -> list[int]:
    """Return the processes that draw beside the first; those that came later have own sessions."""
    return list(processes(lambda fields: int(fields[1]) == leader))


def workers_of(folder: Path) -> list[int]:
    """Return all processes in a folder, whatever their session and parent."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if link.readlink() == folder:
                found.append(int(link.parent.name))
    return [pid for pid in found if processes(lambda _: True).get(pid)]


def wait_for(what: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (result := what()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return result


def kill(pids: Any) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it may just have ended by itself
            os.kill(pid, signal.SIGKILL)


def segments(folder: Path) -> list[Path]:
    return list(folder.glob("media/videos/films/54p10/partial_movie_files/Slow/[!.]*.mp4"))


VIDEO = "media/videos/films/54p10/Slow.mp4"


@pytest.fixture
def slow(drawn_once_by_manim: Any) -> np.ndarray:
    """The frames of Slow."""
    result: np.ndarray = drawn_once_by_manim(FILMS, "Slow")
    return result


@needs_proc
def test_a_process_that_is_killed_is_replaced(folder: Path, slow: np.ndarray, frames: Any) -> None:
    running = command(folder, "Slow", str(FILMS))
    kill(wait_for(lambda: drawing(running.pid))[:1])
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert errors.count("A process that draws died (signal 9)") == 1
    assert len(errors.splitlines()) == 1
    np.testing.assert_array_equal(frames(folder / VIDEO), slow)


@pytest.mark.exhaustive
@pytest.mark.every(5)
@needs_proc
@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("whom", ["all", "leader"])
def test_killed_at_any_moment(
    folder: Path, slow: np.ndarray, frames: Any, count: int, whom: str
) -> None:
    running = command(folder, "Slow", str(FILMS))
    wait_for(
        lambda: (
            (drawing(running.pid) and len(segments(folder)) >= count)
            or running.poll() is not None  # on a busy machine it may have ended by then
        )
    )
    kill(session(running.pid) if whom == "all" else [running.pid])
    running.communicate(timeout=120)
    wait_for(lambda: not workers_of(folder))
    again = command(folder, "Slow", str(FILMS))
    _, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    np.testing.assert_array_equal(frames(folder / VIDEO), slow)


@needs_proc
def test_processes_that_die_again_and_again(folder: Path) -> None:
    running = command(folder, "Slow", str(FILMS))
    while running.poll() is None:
        kill(drawing(running.pid))
        time.sleep(0.01)
    _, errors = running.communicate(timeout=120)
    lines = errors.splitlines()
    # It may have drawn all by itself before that.
    if running.returncode:
        assert running.returncode == 1
        assert lines[-1].startswith("Processes that draw died 4 times in a row")
        assert "signal 9" in lines[-1]
        assert len(lines) == 4
    assert "Traceback" not in errors
    assert not workers_of(folder)
    assert not list(folder.rglob(".unfinished*"))


@pytest.mark.every(5)
@needs_proc
@pytest.mark.parametrize("seed", range(5))
def test_interrupted_at_any_moment(folder: Path, seed: int) -> None:
    """Ctrl-C, which all processes of the terminal get."""
    running = command(folder, "Slow", str(FILMS))
    if seed:
        wait_for(lambda: drawing(running.pid))
        time.sleep(random.Random(seed).uniform(0, 1.5))
    else:
        time.sleep(0.3)  # it is still being imported
    os.killpg(running.pid, signal.SIGINT)
    out, errors = running.communicate(timeout=120)
    # On a busy machine Python itself may not have begun: then the signal ends the process.
    assert running.returncode in ((130,) if seed else (130, -signal.SIGINT))
    assert (out, errors) == ("", "")
    wait_for(lambda: not workers_of(folder))
    assert not list(folder.rglob(".unfinished*"))
    assert not list(folder.rglob("Slow.mp4"))
    for note in folder.rglob("*.json"):
        json.loads(note.read_text())


@pytest.mark.exhaustive
@needs_proc
def test_few_descriptors(folder: Path, slow: np.ndarray, frames: Any) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    running = command(folder, "Slow", str(FILMS), "--jobs", "40", before=few)
    _, errors = running.communicate(timeout=120)
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 1
    if running.returncode == 0:
        np.testing.assert_array_equal(frames(folder / VIDEO), slow)
    else:
        assert running.returncode == 1
        assert errors
    assert not workers_of(folder)


# --- workers


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_workers_draw(method: str, apart: Any) -> None:
    def drawn() -> list[bytes]:
        found: dict[int, bytes] = {}
        with Workers(2, method=method) as workers:
            assert workers.free == 4
            numbers = [workers.submit(piece(shade).packed()) for shade in range(4)]
            assert (workers.free, workers.busy) == (0, 4)
            while workers.busy:
                found |= dict(workers.completed(None))
            assert workers.free == 4
        return [found[number] for number in numbers]

    assert apart(drawn) == [draw(piece(shade)) for shade in range(4)]


def test_a_piece_that_cannot_be_drawn() -> None:
    with Workers(1, method="spawn") as workers:
        broken = piece(0)
        broken.encoding = broken.encoding._replace(codec="no such codec")
        workers.submit(broken.packed())
        with pytest.raises(DrawingError, match="no such codec"):
            list(workers.completed(None))


def test_a_worker_that_dies_of_what_it_draws() -> None:
    with Workers(1, method="spawn") as workers:
        workers.submit(pickle.dumps("x") + b"not a pickle")
        with pytest.raises(DrawingError):
            list(workers.completed(None))
        workers.submit(_Deadly.packed())
        with pytest.raises(WorkersLostError, match=r"died 4 times in a row.*exit status 7") as lost:
            _wait_for_ever(workers)
        assert "\n" not in str(lost.value)
        assert len(workers.messages) == 3


def _wait_for_ever(workers: Workers) -> None:
    while True:
        list(workers.completed(None))


class _Deadly:
    """Ends the process that unpacks it."""

    @staticmethod
    def packed() -> bytes:
        return pickle.dumps(_Deadly())

    def __reduce__(self) -> Any:
        return os._exit, (7,)


def test_only_the_process_that_was_started_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one of this machine connects first, and does not know the secret."""
    from nnviz.render import workers as workers_module

    plain = workers_module._Spawned.__init__
    guests: list[socket.socket] = []

    def start(self: Any) -> None:
        plain(self)
        guest = socket.create_connection(self._door.getsockname())
        guest.sendall(b"x" * 32)
        guests.append(guest)

    monkeypatch.setattr(workers_module._Spawned, "__init__", start)
    with Workers(1, method="spawn") as workers:
        workers.submit(piece(3).packed())
        ((_, data),) = list(workers.completed(None))
    assert data == draw(piece(3))
    (guest,) = guests
    with guest, contextlib.suppress(ConnectionResetError):
        assert guest.recv(1) == b"", "it got nothing"


def test_nothing_of_the_users_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scene's folder may hold files whose names are those of modules."""
    for name in ("queue", "av", "secrets", "numpy", "pickle", "threadpoolctl", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'read')!r}, 'w')\nraise OSError"
        )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with Workers(1, method="spawn") as workers:
        workers.submit(piece(3).packed())
        ((_, data),) = list(workers.completed(None))
    assert data == draw(piece(3))
    assert not (tmp_path / "read").exists()


def test_where_nobody_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", fail)
    monkeypatch.setattr(os, "fork", fail)
    for method in ("fork", "spawn"):
        with Workers(3, method=method) as workers:
            assert (workers.count, workers.free, workers.busy) == (0, 0, 0)
            assert list(workers.completed(None)) == []


# --- who draws what


class Hand:
    """Those who draw, but when they are told to."""

    def __init__(self, count: int, parent_draws: bool = True) -> None:
        self.count, self.parent_draws = count, parent_draws
        self.messages: list[str] = []
        self.given: dict[int, bytes] = {}
        self.numbers = 0
        self.most = 0
        #: How many of what they were given they draw when they are asked.
        self.pace = 0

    @property
    def free(self) -> int:
        return 2 * self.count - self.busy

    @property
    def busy(self) -> int:
        return len(self.given)

    @property
    def last(self) -> int | None:
        """Nobody has begun with what comes after the first one of each."""
        return max(sorted(self.given)[self.count :], default=None) if self.parent_draws else None

    def submit(self, packed: bytes) -> int:
        assert self.free > 0
        self.numbers += 1
        self.given[self.numbers] = packed
        self.most = max(self.most, self.busy)
        return self.numbers

    def completed(self, seconds: float | None = 0.0) -> Iterator[tuple[int, bytes]]:
        for _ in range(max(self.pace, 1 if seconds is None else 0)):
            if self.given:
                number = min(self.given)
                self.given.pop(number)
                yield number, f"by a worker: {number}".encode()


@pytest.fixture
def queue_of(tmp_path: Path, hearing: Any) -> Callable[..., tuple[DrawingQueue, Any]]:
    def make(pool: Any) -> tuple[DrawingQueue, Any]:
        heard = hearing()
        return DrawingQueue(Store(tmp_path, ".mp4"), pool, heard), heard

    return make


def held(queue: DrawingQueue) -> list[Piece]:
    return [waiting.piece for waiting in queue._waiting]


@pytest.mark.parametrize("pace", [0, 1, 3])
@pytest.mark.parametrize(
    ("count", "parent_draws"), [(0, True), (1, True), (3, True), (1, False), (3, False)]
)
def test_what_waits_is_bounded(
    queue_of: Any, tmp_path: Path, count: int, pace: int, parent_draws: bool
) -> None:
    pool = Hand(count, parent_draws)
    pool.pace = pace
    queue, heard = queue_of(pool)
    for shade in range(25):
        queue.request(f"{shade}", piece(shade))
        assert len(held(queue)) <= 2 * count
        assert pool.busy <= 2 * count
    queue.finish()
    assert not held(queue)
    assert (heard.new, heard.kept) == (25, 0)
    assert {path.stem.partition("-")[0] for path in tmp_path.glob("*.mp4")} == set(
        map(str, range(25))
    )
    by_others = [path for path in tmp_path.glob("*.mp4") if b"by a worker" in path.read_bytes()]
    assert len(by_others) <= pool.numbers
    if not parent_draws:
        assert len(by_others) == 25, "the process that has a cluster draws nothing"


@pytest.mark.parametrize("parent_draws", [True, False])
def test_bytes_that_wait_are_bounded(
    queue_of: Any, monkeypatch: pytest.MonkeyPatch, parent_draws: bool
) -> None:
    monkeypatch.setattr(queue_module, "_MOST_BYTES", 1000)
    pool = Hand(50, parent_draws)
    queue, _ = queue_of(pool)
    for shade in range(200):
        queue.request(f"{shade}", piece(shade, size=300))
        assert sum(waiting.size for waiting in held(queue)) <= 1000


def test_what_is_wanted_twice_is_given_once(queue_of: Any) -> None:
    pool = Hand(1)
    queue, heard = queue_of(pool)
    assert [queue.request("same", piece(1)) for _ in range(3)] == [False, True, True]
    queue.finish()
    assert pool.numbers == 1
    assert (heard.new, heard.kept) == (1, 2)


def test_what_was_drawn_for_another_scene_is_left_alone(queue_of: Any, tmp_path: Path) -> None:
    """The last pieces may be drawn twice: here, and by a worker that is late."""
    pool = Hand(1)
    for scene in "ab":
        queue, heard = queue_of(pool)
        for shade in range(3):
            queue.request(f"{scene}{shade}", piece(shade))
        queue.finish()
        assert heard.new == 3
    names = [path.stem.partition("-")[0] for path in sorted(tmp_path.glob("*.mp4"))]
    assert names == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_news_are_told(queue_of: Any) -> None:
    pool = Hand(1)
    queue, heard = queue_of(pool)
    pool.messages = ["one", "two"]
    queue.poll()
    assert (heard.lines, pool.messages) == (["one", "two"], [])


def test_a_recording_holds_no_more_than_it_has_to(
    tmp_path: Path, hearing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames that are large: pieces are cut by their bytes, too."""
    from nnviz.render import recorder
    from nnviz.render.rendering import render_scene

    monkeypatch.setattr(recorder, "_LARGEST", 100_000)
    file = tmp_path / "film.py"
    file.write_text(
        "from manim import *\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        def change(m): m.pixel_array[..., :3] = np.random.randint(0, 255, (99, 99, 3))\n"
        "        image = ImageMobject(np.zeros((99, 99), np.uint8))\n"
        "        self.play(UpdateFromFunc(image, change), run_time=3)\n"
    )
    heard = hearing()
    render_scene(file, "Film", jobs=1, listener=heard)
    assert heard.new == 30
    (shot,) = heard.shots
    assert len(shot.segments) >= 10


# --- those that are begun anew, each in a session of its own


@pytest.mark.every(5)
@needs_proc
@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_begun_anew_end_with_the_first(folder: Path, what: signal.Signals) -> None:
    running = command(folder, "Slow", str(FILMS))
    (first,) = wait_for(lambda: drawing(running.pid))[:1]
    kill([first])
    wait_for(
        lambda: any(pid != first for pid in drawing(running.pid)) or running.poll() is not None
    )
    time.sleep(0.2)
    os.kill(running.pid, what)
    _, errors = running.communicate(timeout=120)
    assert running.returncode in ((130,) if what == signal.SIGINT else (-what, 0))
    assert "Traceback" not in errors
    wait_for(lambda: not workers_of(folder))
    if what == signal.SIGINT:
        assert not list(folder.rglob(".unfinished*"))
