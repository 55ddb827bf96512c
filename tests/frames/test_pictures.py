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
from manim import Scene
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import whole_runs
from nnviz._manim import temp_config
from nnviz.cli.discover import discover
from whole_runs import BLOCKS, SIZE, Pictures, blocks, evenly, kept, pictures_of, plays_kept

SCENES = discover(Path(__file__).parents[2] / "scenes").scenes
#: Of 255. A digit in another place changes some blocks by 20 and more.
LARGEST, MEAN = 10, 0.7


def original(scene_class: type[Scene]) -> type[Scene] | None:
    """Return the scene that another one is under its own name, and with nothing of its own."""
    own = {name for name in vars(scene_class) if name == "__init__" or not name.startswith("_")}
    base = scene_class.__base__
    is_scene = base is not None and base.__name__ in {info.name for info in SCENES}
    return base if is_scene and own <= {"animation_overrides"} else None


def pictures_of_run(scene_class: type[Scene], plays: np.ndarray | None) -> Pictures:
    """Run a scene; one that plays nothing counts as one play."""
    with temp_config(SIZE):
        scene = scene_class(skip_animations=True)
        pictures = pictures_of(scene, plays)
    assert scene.time > 0
    if not pictures.count:  # a card, which only stands
        scene.renderer.static_image = None
        scene.renderer.update_frame(scene)
        pictures.of[0] = blocks(scene.renderer.get_frame()[:, :, :3])
        pictures.count = 1
    return pictures


@pytest.mark.parametrize("info", SCENES, ids=lambda info: info.name)
def test_every_scene_runs_and_looks_as_it_did(info, chapter, request):
    scene_class = getattr(chapter(info.file.stem), info.name)
    updating, same = request.config.getoption("--update-pictures"), original(scene_class)
    if same is not None and not updating:  # which is run itself
        assert kept(info.name).read_bytes() == kept(same.__name__).read_bytes()
        return
    looks_at_all = updating or request.config.getoption("--all")
    pictures = whole_runs.left.get(info.name)  # of a run that ended
    if pictures is None:
        plays = None if looks_at_all else plays_kept(info.name)
        pictures = pictures_of_run(scene_class, plays)
    rows, columns = BLOCKS
    if updating:
        got = np.array([pictures.of[play] for play in evenly(pictures.count)])
        about = PngInfo()
        about.add_text("plays", str(pictures.count))
        image = Image.fromarray(np.rint(got).astype(np.uint8).reshape(-1, columns, 3))
        image.save(kept(info.name), optimize=True, pnginfo=about)
        return
    chosen = plays_kept(info.name)
    assert chosen is not None, f"no pictures of {info.name} yet: see the top of {__file__}"
    with Image.open(kept(info.name)) as image:
        assert pictures.count == int(image.info["plays"]), "the scene has other plays than before"
        wanted = np.asarray(image).reshape(-1, rows, columns, 3).astype(float)
    for play, expected in zip(chosen, wanted, strict=True):
        difference = np.abs(np.rint(pictures.of[play]) - expected)
        row, column = np.unravel_index(difference.max(axis=2).argmax(), BLOCKS)
        where = f"play {play} (of those that move), block row {row}, column {column}"
        assert difference.max() <= LARGEST, where
        assert difference.mean() <= MEAN, where
