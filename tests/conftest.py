"""What the tests share: tiny renders in a folder of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Scene, tempconfig

SCENES = Path(__file__).resolve().parents[1] / "scenes"
TINY = {
    "pixel_width": 214,
    "pixel_height": 120,
    "frame_rate": 5,
    "disable_caching": True,
    "dry_run": True,
    "progress_bar": "none",
    "verbosity": "ERROR",
}


@pytest.fixture(scope="session")
def tex_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a process for LaTeX's work, so that each formula is compiled once."""
    return tmp_path_factory.getbasetemp() / "tex"


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, tex_folder: Path) -> Iterator[None]:
    """Render small, write nothing but LaTeX, and leave Manim's configuration as it was."""
    with tempconfig(TINY | {"media_dir": str(tmp_path / "media"), "tex_dir": str(tex_folder)}):
        yield


@pytest.fixture
def chapter() -> Callable[[str], Any]:
    """Return a function that imports a module of scenes/ as Manim does, by its path."""

    def load(module: str) -> Any:
        if str(SCENES) not in sys.path:
            sys.path.insert(0, str(SCENES))
        return importlib.import_module(module)

    return load


@pytest.fixture
def picture() -> Callable[[Scene], np.ndarray]:
    """Return a function that draws a scene as it stands: floats in [0, 1], (height, width, 3)."""

    def draw(scene: Scene) -> np.ndarray:
        scene.renderer.static_image = None
        scene.renderer.update_frame(scene)
        return scene.renderer.get_frame()[:, :, :3] / 255

    return draw


class StopAtHalfTime(Exception):  # noqa: N818 - a signal, not an error
    """Raised in the middle of a play."""


@pytest.fixture
def half_time() -> Callable[[type[Scene], int], Scene]:
    """Return a function that runs a scene to the middle of its n-th play, and leaves it there."""

    def run(scene_class: type[Scene], play: int) -> Scene:
        scene = scene_class(skip_animations=True)
        plain = scene.begin_animations
        count = -1

        def begin_animations() -> None:
            nonlocal count
            plain()
            count += 1
            if count == play:
                scene.update_to_time(scene.duration / 2)
                raise StopAtHalfTime

        scene.begin_animations = begin_animations  # type: ignore[method-assign]
        with pytest.raises(StopAtHalfTime):
            scene.render()
        return scene

    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let pictures be written anew."""
    parser.addoption(
        "--update-pictures", action="store_true", help="write the pictures of tests/frames anew"
    )
