"""What the tests of rendering share: films, small and without loss, by Manim and by nnviz."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Manager, config

from nnviz._manim import temp_config
from nnviz.render import recorder
from nnviz.render.listener import Listener, RecordedPlay
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


class Heard(Listener):
    """All that is told of a render."""

    def __init__(self) -> None:
        self.expects = self.new = self.kept = 0
        self.shots: list[RecordedPlay] = []
        self.lines: list[str] = []
        self.doings: list[str] = []
        self.made: list[Path | None] = []

    def on_stage(self, what: str) -> None:
        self.doings.append(what)

    def on_expected(self, frames: int) -> None:
        self.expects += frames

    def on_frames(self, frames: int, kept: bool) -> None:
        if kept:
            self.kept += frames
        else:
            self.new += frames

    def on_play(self, shot: RecordedPlay) -> None:
        self.shots.append(shot)

    def on_message(self, text: str) -> None:
        self.lines.append(text)

    def on_end(self, made: Path | None) -> None:
        self.made.append(made)


@pytest.fixture
def hearing() -> type[Heard]:
    """Return the class of those who hear all that is told of a render."""
    return Heard


@pytest.fixture
def filming(tmp_path: Path, tiny: None) -> None:
    """Settings for a film."""
    folders = {"media_dir": str(tmp_path / "media"), "text_dir": "{media_dir}/texts"}
    config.update(SETTINGS | folders)


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


@pytest.fixture(scope="session")
def frames() -> Callable[[Path | None], np.ndarray]:
    """Return a function that decodes a video, whose frames have to follow each other evenly."""

    def decode(video: Path | None) -> np.ndarray:
        assert video is not None
        with av.open(str(video)) as container:
            decoded = list(container.decode(video=0))
        times = [frame.time for frame in decoded]
        even = np.arange(len(times)) / float(config.frame_rate)
        np.testing.assert_allclose(times, even, atol=1e-3)
        return np.array([frame.to_ndarray() for frame in decoded])

    return decode


def _drawn_by_manim(file: Path, name: str, folder: Path) -> Path | None:
    settings = {"media_dir": str(folder), "disable_caching": True, "input_file": str(file)}
    with temp_config(settings):
        scene = Source(str(file), name).load()()
        Manager(scene)
        scene.render()
        made: Path | None = scene.renderer.file_writer.final_file_path
        return made


@pytest.fixture
def drawn_by_manim(
    tmp_path: Path, frames: Callable[[Path | None], np.ndarray]
) -> Callable[[Path, str], np.ndarray]:
    """Return a function that renders a scene as stock Manim does, and decodes it."""
    return lambda file, name: frames(_drawn_by_manim(file, name, tmp_path / "manim"))


@pytest.fixture(scope="module")
def drawn_once_by_manim(
    tmp_path_factory: pytest.TempPathFactory, frames: Callable[[Path | None], np.ndarray]
) -> Callable[[Path, str], np.ndarray]:
    """Return the same for films that several tests of a module compare with, as `filming` has it.

    The frames are not to be changed.
    """
    folder = tmp_path_factory.mktemp("manim")

    @cache
    def draw(file: Path, name: str) -> np.ndarray:
        with temp_config(SETTINGS):
            drawn = frames(_drawn_by_manim(file, name, folder))
        drawn.setflags(write=False)
        return drawn

    return draw
