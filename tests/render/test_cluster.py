"""Drawing on a Dask cluster of real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from manim import tempconfig

from nnviz.cli.main import main
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
        dashboard_address=None,
        local_directory=str(tmp_path_factory.mktemp("dask")),
    ) as cluster:
        yield cluster


def length(video: Path | None) -> int:
    assert video is not None
    with av.open(str(video)) as container:
        return len(list(container.decode(video=0)))


def test_drawn_by_a_cluster(cluster: Any, tmp_path: Path) -> None:
    made: list[bytes] = []
    for where in ("here", "there"):
        with tempconfig(SETTINGS | {"media_dir": str(tmp_path / where)}):
            if where == "here":
                video = render_scene(FILMS, "Long", jobs=2)
            else:
                with distributed.Client(cluster) as client:
                    executor = client.get_executor(pure=False)
                    video = render_scene(FILMS, "Long", executor=executor)
            assert length(video) == 408
            assert video is not None
            made.append(video.read_bytes())
    assert made[0] == made[1]


def test_a_worker_that_dies_is_replaced(cluster: Any, tmp_path: Path) -> None:
    with (
        tempconfig(SETTINGS | {"media_dir": str(tmp_path)}),
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor(pure=False)
        victim = next(iter(client.scheduler_info()["workers"]))
        executor.submit(_die_on, victim)
        assert length(render_scene(FILMS, "Slow", executor=executor)) == 64


def _die_on(victim: str) -> None:
    import os
    import signal

    if distributed.get_worker().address == victim:
        os.kill(os.getpid(), signal.SIGKILL)


def test_no_scheduler_at_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    address = "tcp://127.0.0.1:1"
    with tempconfig({"dry_run": False}):
        assert main(["render", "Plain", str(FILMS), "--scheduler", address]) == 2
    assert f"there is no Dask scheduler at {address}" in capsys.readouterr().err
