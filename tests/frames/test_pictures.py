"""Every scene runs to its end, and looks in the middle of its plays as it did when last looked at.

What a picture is compared by are the means of 32 x 18 blocks, which do not depend on how a
version of Cairo rounds. They are kept as small pictures beside this file, twelve a scene;
after a change that is meant, look at the scene and write them again with

    python -m pytest tests/frames --update-pictures
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from manim import Scene, tempconfig
from PIL import Image

import whole_runs
from nnviz.cli.discover import discover
from whole_runs import BLOCKS, SIZE, blocks, pictures_of

HERE = Path(__file__).parent
SCENES = discover(HERE.parents[1] / "scenes").scenes
PICTURES = 12
#: Of 255. A digit in another place changes some blocks by 20 and more.
LARGEST, MEAN = 10, 0.7


def picture_of(name: str) -> Path:
    return HERE / f"{name}.png"


def original(scene_class: type[Scene]) -> type[Scene] | None:
    """Return the scene that another one is under its own name, and with nothing of its own."""
    own = {name for name in vars(scene_class) if name == "__init__" or not name.startswith("_")}
    base = scene_class.__base__
    is_scene = base is not None and base.__name__ in {info.name for info in SCENES}
    return base if is_scene and own <= {"animation_overrides"} else None


@pytest.mark.parametrize("info", SCENES, ids=lambda info: info.name)
def test_every_scene_runs_and_looks_as_it_did(info, chapter, request):
    scene_class = getattr(chapter(info.file.stem), info.name)
    updating, same = request.config.getoption("--update-pictures"), original(scene_class)
    if same is not None and not updating:  # which is run itself
        assert picture_of(info.name).read_bytes() == picture_of(same.__name__).read_bytes()
        return
    rows, columns = BLOCKS
    pictures = whole_runs.left.get(info.name)  # of a run that ended
    if pictures is None:
        with tempconfig(SIZE):
            scene = scene_class(skip_animations=True)
            pictures = pictures_of(scene)
        assert scene.time > 0
        if not len(pictures):  # a card, which only stands
            scene.renderer.static_image = None
            scene.renderer.update_frame(scene)
            pictures = blocks(scene.renderer.get_frame()[:, :, :3])[None]
    chosen = np.unique(np.linspace(0, len(pictures) - 1, PICTURES).round().astype(int))
    got = np.rint(pictures[chosen])
    file = picture_of(info.name)
    if updating:
        Image.fromarray(got.astype(np.uint8).reshape(-1, columns, 3)).save(file, optimize=True)
        return
    assert file.exists(), f"no pictures of {info.name} yet: see the top of {Path(__file__).name}"
    wanted = np.asarray(Image.open(file)).reshape(-1, rows, columns, 3).astype(float)
    assert got.shape == wanted.shape, "the scene has another number of plays than its pictures"
    difference = np.abs(got - wanted)
    for play, each in zip(chosen, difference, strict=True):
        row, column = np.unravel_index(each.max(axis=2).argmax(), BLOCKS)
        where = f"play {play} (of those that move), block row {row}, column {column}"
        assert each.max() <= LARGEST, where
        assert each.mean() <= MEAN, where
