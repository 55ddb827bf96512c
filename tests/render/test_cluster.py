"""Drawing on a Dask cluster of real processes, which have nothing of the user's."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import av
import pytest

from nnviz._manim import temp_config
from nnviz.cli.main import main
from nnviz.drawing import pieces
from nnviz.render.cluster import Cluster, ClusterError
from nnviz.render.rendering import render_scene

distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")

FILMS = Path(__file__).parent / "films" / "films.py"
SETTINGS: dict[str, Any] = {
    "pixel_width": 96,
    "pixel_height": 54,
    "frame_rate": 10,
    "disable_caching": False,
    "dry_run": False,
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(tmp_path_factory.mktemp("dask")),
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.fixture
def executor(client: Any) -> Executor:
    executor: Executor = client.get_executor(pure=False)
    return executor


@pytest.fixture(autouse=True)
def small(tmp_path: Path, tiny: None) -> Iterator[None]:
    with temp_config(SETTINGS | {"media_dir": str(tmp_path / "media")}):
        yield


def length(video: Path | None) -> int:
    assert video is not None
    with av.open(str(video)) as container:
        return len(list(container.decode(video=0)))


def scene(folder: Path, does: str) -> Path:
    file = folder / "film.py"
    file.write_text(
        f"from manim import *\nclass Film(Scene):\n    def construct(self):\n        {does}\n"
    )
    return file


@pytest.mark.every(5)
@pytest.mark.parametrize(("name", "count"), [("Long", 408), ("Plain", 0), ("Deep", 0)])
def test_the_same_bytes_as_here(executor: Executor, tmp_path: Path, name: str, count: int) -> None:
    made: list[Path] = []
    for where in ("here", "there"):
        with temp_config({"media_dir": str(tmp_path / where)}):
            who: dict[str, Any] = {"jobs": 1} if where == "here" else {"executor": executor}
            video = render_scene(FILMS, name, **who)
        assert video is not None
        made.append(video)
    assert made[0].read_bytes() == made[1].read_bytes()
    here, there = (
        sorted(path.name for path in video.parent.rglob("partial_movie_files/*/*.mp4"))
        for video in made
    )
    assert here == there
    assert not count or length(made[1]) == count


def _modules_of(folder: str) -> list[str]:
    """Return what a worker has of a folder, and of Manim."""
    import importlib.util
    import sys

    return [
        *(
            name
            for name, module in list(sys.modules.items())
            if str(getattr(module, "__file__", None) or "").startswith(folder)
        ),
        *(path for path in sys.path if path.startswith(folder)),
        *(["helper_of_cluster"] if importlib.util.find_spec("helper_of_cluster") else []),
    ]


def test_workers_get_nothing_of_the_users(
    client: Any, executor: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scene's file and its folder are not there any more when the first piece is drawn."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.syspath_prepend(str(home))
    (home / "helper_of_cluster.py").write_text(
        "from manim import *\n"
        "class Shy(Square):\n"
        "    def interpolate(self, *args, **kwargs):\n"
        "        return super().interpolate(*args, **kwargs).shift(0.2 * RIGHT)\n"
    )
    file = scene(
        home,
        "import shutil; from helper_of_cluster import Shy\n"
        f"        shutil.rmtree({str(home)!r})\n"
        "        self.play(Shy().animate(rate_func=lambda t: t * t).shift(UP))\n"
        "        self.add(Circle().add_updater(lambda m, dt: m.rotate(dt)))\n"
        "        self.wait(1)",
    )
    assert length(render_scene(file, "Film", executor=executor)) == 20
    assert not home.exists()
    found = client.run(_modules_of, str(tmp_path))
    assert len(found) >= 1
    assert all(names == [] for names in found.values()), found


def test_another_version_is_refused_by_name(
    executor: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "drawing_version", lambda: "another-one")
    with pytest.raises(ClusterError) as caught:
        render_scene(scene(tmp_path, "self.wait(1)"), "Film", executor=executor)
    text = str(caught.value)
    assert text.startswith("A worker of the cluster cannot draw this: this worker has nnviz ")
    assert "(drawing code another-one)" in text
    assert "install the same versions" in text
    assert "\n" not in text


def _die_on(victim: str) -> None:
    if distributed.get_worker().address == victim:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_is_replaced(client: Any, executor: Executor) -> None:
    victim = next(iter(client.scheduler_info()["workers"]))
    executor.submit(_die_on, victim)
    assert length(render_scene(FILMS, "Slow", executor=executor)) == 64


# --- the command


def refused(words: list[str], capfd: Any) -> tuple[int, list[str]]:
    """Run the command; return its exit status and the lines of what went wrong."""
    capfd.readouterr()
    began = time.monotonic()
    status = main(["render", *words])
    assert time.monotonic() - began < 30
    return status, capfd.readouterr().err.splitlines()


def test_by_the_command(cluster: Any, tmp_path: Path, capfd: Any) -> None:
    file = scene(tmp_path, "self.play(Create(Square()))")
    words = ["Film", str(file), "--scheduler", cluster.scheduler_address]
    assert refused(words, capfd) == (0, [])
    (video,) = tmp_path.rglob("Film.mp4")
    assert length(video) == 10


def test_no_scheduler_at_the_address(capfd: Any) -> None:
    address = "tcp://127.0.0.1:1"
    words = ["Plain", str(FILMS), "--scheduler", address, "--scheduler-timeout", "2"]
    status, lines = refused(words, capfd)
    assert status == 2
    assert len(lines) == 1
    assert f"there is no Dask scheduler at {address}" in lines[0]


def test_no_workers(tmp_path: Path, capfd: Any) -> None:
    with distributed.LocalCluster(
        n_workers=0, processes=True, host="127.0.0.1", dashboard_address=None
    ) as empty:
        file = scene(tmp_path, "self.play(Create(Square()))")
        words = ["Film", str(file), "--scheduler", empty.scheduler_address]
        status, lines = refused([*words, "--scheduler-timeout", "2"], capfd)
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith("No worker of the cluster has drawn anything for 2 s.")
    assert not list(tmp_path.rglob(".unfinished*"))
    assert not list(tmp_path.rglob("Film.mp4"))


def test_frozen_workers(cluster: Any, client: Any, tmp_path: Path, capfd: Any) -> None:
    pids = client.run(os.getpid).values()
    file = scene(tmp_path, "self.play(Create(Square()))")
    words = ["Film", str(file), "--scheduler", cluster.scheduler_address]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        status, lines = refused([*words, "--scheduler-timeout", "2"], capfd)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith("No worker of the cluster has drawn anything for 2 s.")


def test_an_exception_of_the_scenes(cluster: Any, tmp_path: Path, capfd: Any) -> None:
    # Sixteen plays, so that some are under way when the exception comes.
    plays = "[self.play(Rotate(Square(), k + 1), run_time=0.2) for k in range(16)]"
    file = scene(tmp_path, f"{plays}; raise RuntimeError('of the scene')")
    status, lines = refused(["Film", str(file), "--scheduler", cluster.scheduler_address], capfd)
    assert status == 1
    assert lines[-1] == "RuntimeError: of the scene"
    assert sum("File " in line for line in lines) == 1, lines


# --- an executor, whatever it does


class Odd(Executor):
    """Does to each piece what it is told to."""

    def __init__(self, does: Callable[[Future[bytes], bytes], None]) -> None:
        self._does = does
        self.count = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.count += 1
        self._does(future, args[0])
        return future


def test_an_executor_that_takes_nothing() -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("cannot schedule\nnew futures")

    with pytest.raises(
        ClusterError, match="takes nothing to draw: RuntimeError: cannot schedule new"
    ):
        Cluster(Odd(refuse)).submit(b"")


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), OSError("lost\nin transit")])
def test_a_worker_that_fails(error: Exception) -> None:
    pool = Cluster(Odd(lambda future, _: future.set_exception(error)))
    pool.submit(b"")
    with pytest.raises(ClusterError, match=type(error).__name__) as caught:
        list(pool.completed(None))
    assert "\n" not in str(caught.value)


def test_a_future_that_is_cancelled() -> None:
    pool = Cluster(Odd(lambda future, _: future.cancel()))  # type: ignore[arg-type, func-returns-value]
    pool.submit(b"")
    with pytest.raises(ClusterError, match="CancelledError"):
        list(pool.completed(None))


def test_patience_begins_anew_with_each_piece() -> None:
    """A cluster that is slow is no cluster that hangs."""
    timers: list[threading.Timer] = []

    def later(future: Future[bytes], packed: bytes) -> None:
        timers.append(threading.Timer(0.3 * (len(timers) + 1), future.set_result, [packed]))
        timers[-1].start()

    pool = Cluster(Odd(later), count=4, patience=0.6)
    numbers = [pool.submit(bytes([n])) for n in range(5)]
    found: dict[int, bytes] = {}
    while pool.busy:
        found |= dict(pool.completed(None))
    assert found == {number: bytes([n]) for n, number in enumerate(numbers)}
    pool = Cluster(Odd(lambda *_: None), patience=0.3)
    pool.submit(b"")
    assert list(pool.completed(0.0)) == []
    assert list(pool.completed(0.1)) == []
    with pytest.raises(ClusterError, match="has drawn anything"):
        list(pool.completed(None))


@pytest.mark.exhaustive
def test_a_scene_that_takes_its_time_is_no_cluster_that_hangs() -> None:
    """Between two looks at the cluster much time may pass: the piece has long been there."""
    pool = Cluster(Odd(lambda future, packed: future.set_result(packed)), patience=0.2)
    pool.submit(b"x")
    time.sleep(0.4)
    with contextlib.suppress(StopIteration):
        assert list(pool.completed(0.0)) == [(1, b"x")]
