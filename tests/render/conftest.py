"""What the tests of rendering share: films, small and without loss, by Manim and by nnviz."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Manager, tempconfig

from nnviz.render import recorder
from nnviz.render.source import Source

SETTINGS: dict[str, Any] = {
    "pixel_width": 96,
    "pixel_height": 54,
    "frame_rate": 10,
    "disable_caching": False,
    "dry_run": False,
    "seed": 0,
    # Frames that come back as they were.
    "video_encoder_options": {"crf": "0", "preset": "ultrafast"},
}


@pytest.fixture
def filming(tmp_path: Path, tiny: None) -> Iterator[None]:
    """Settings for a film."""
    with tempconfig(SETTINGS | {"media_dir": str(tmp_path / "media")}):
        yield


@pytest.fixture
def many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut plays into short pieces."""
    monkeypatch.setattr(recorder, "LONGEST", 7)


@pytest.fixture
def apart() -> Callable[..., Any]:
    """Return a function that calls another one in a process of its own, which has one thread.

    The processes in which tests run side by side have more, and so are not forked for drawing.
    """

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        context = multiprocessing.get_context("fork")
        read, write = context.Pipe(duplex=False)

        def work() -> None:
            try:
                write.send((True, function(*args, **kwargs)))
            except BaseException as error:
                write.send((False, error))

        process = context.Process(target=work)
        process.start()
        write.close()
        good, value = read.recv()
        process.join()
        if not good:
            raise value
        return value

    return call


@pytest.fixture
def frames() -> Callable[[Path | None], np.ndarray]:
    """Return a function that decodes a video, whose frames have to follow each other evenly."""

    def decode(video: Path | None) -> np.ndarray:
        assert video is not None
        with av.open(str(video)) as container:
            decoded = list(container.decode(video=0))
        times = [frame.time for frame in decoded]
        np.testing.assert_allclose(times, np.arange(len(times)) / 10, atol=1e-3)
        return np.array([frame.to_ndarray() for frame in decoded])

    return decode


@pytest.fixture
def drawn_by_manim(
    tmp_path: Path, frames: Callable[[Path | None], np.ndarray]
) -> Callable[[Path, str], np.ndarray]:
    """Return a function that renders a scene as stock Manim does, and decodes it."""

    def draw(file: Path, name: str) -> np.ndarray:
        settings = {
            "media_dir": str(tmp_path / "manim"),
            "disable_caching": True,
            "input_file": str(file),
        }
        with tempconfig(settings):
            scene = Source(str(file), name).load()()
            Manager(scene)
            scene.render()
            return frames(scene.renderer.file_writer.final_file_path)

    return draw
