"""Runs of whole scenes, of which tests of numbers and tests of pictures each take what they need.

Running a scene takes seconds. A test that runs one from beginning to end, and only looks, lets
`run` draw its plays at half time on the way; the test in tests/frames compares these pictures
then. If no run has left any, that test runs the scene itself.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from manim import Camera, Scene, Wait
from PIL import Image

from nnviz._manim import temp_config
from nnviz.camera.lister import Lister
from nnviz.drawing.pieces import Frame, Screen

#: What a picture is compared by: means of blocks, so many rows and columns of so many pixels.
BLOCKS = (18, 32)
BLOCK = 8
SIZE = {"pixel_width": BLOCKS[1] * BLOCK, "pixel_height": BLOCKS[0] * BLOCK, "frame_rate": 15}
#: Of each scene as many plays are kept as pictures, evenly spread.
PICTURES = 12
#: Scenes whose pictures a test of this session compares, by name, and the plays to draw: all where
#: this is None. A play is counted if something moves in it.
wanted: dict[str, np.ndarray | None] = {}
#: What runs left, by the name of the scene.
left: dict[str, Pictures] = {}


class Pictures:
    """Pictures of some plays of a scene, at half time.

    Attributes
    ----------
    count
        Number of the scene's plays in which something moves.
    of
        The blocks of a picture, shape (18, 32, 3), by the play's number.
    """

    def __init__(self) -> None:
        self.count = 0
        self.of: dict[int, np.ndarray] = {}


def kept(name: str) -> Path:
    """Return the file of the pictures that are kept of a scene."""
    return Path(__file__).parents[1] / "frames" / f"{name}.png"


def evenly(count: int) -> np.ndarray:
    """Return the numbers of the plays that are kept as pictures, of so many."""
    return np.unique(np.linspace(0, count - 1, PICTURES).round().astype(int))


def plays_kept(name: str) -> np.ndarray | None:
    """Return the numbers of the plays that are kept of a scene; None where there are none."""
    if not kept(name).exists():
        return None
    with Image.open(kept(name)) as image:
        return evenly(int(image.info["plays"]))


def run(scene: Scene, name: str | None = None) -> Scene:
    """Run a whole scene to its end.

    Parameters
    ----------
    scene
        A scene that has not been rendered; of a subclass, if this only looks at what is played.
    name
        The scene's name, if its class is a subclass of it.
    """
    name = name or type(scene).__name__
    if name not in wanted or name in left:
        _render_unseen(scene)
    else:
        pictures = pictures_of(scene, wanted[name])
        if pictures.count:  # not of a card, which only stands
            left[name] = pictures
    return scene


def _render_unseen(scene: Scene) -> None:
    """Render a scene without the still picture that the renderer draws for each play."""
    draw, scene.renderer.update_frame = scene.renderer.update_frame, lambda *_, **__: None
    scene.render()
    scene.renderer.update_frame = draw


def blocks(frame: np.ndarray) -> np.ndarray:
    rows, columns = BLOCKS
    return frame.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))


def pictures_of(scene: Scene, plays: np.ndarray | None = None) -> Pictures:
    """Run a scene to its end, and draw its plays at half time.

    On the way, display lists of which only what changed is drawn have to show what Manim's camera
    draws.

    Parameters
    ----------
    scene
        A scene that has not been rendered.
    plays
        Numbers of the plays to draw; by default all.
    """
    seen = Pictures()
    plain = scene.begin_animations
    with temp_config(SIZE):
        ours, manims = Camera(), Camera()
    lister, screen = Lister(), Screen()

    def show() -> None:
        layer = lister.layer(ours, scene.mobjects, with_background=True)
        screen.show(Frame(None, layer))

    def begin_animations() -> None:
        plain()
        if isinstance(scene.animations[0], Wait):
            return
        if plays is None or seen.count in plays:
            # A frame on the way, so that the next one is drawn in part.
            scene.update_to_time(scene.duration * 0.48)
            show()
            scene.update_to_time(scene.duration / 2)
            show()
            manims.reset()
            manims.capture_mobjects(scene.mobjects)
            np.testing.assert_array_equal(screen.pixels, manims.pixel_array)
            seen.of[seen.count] = blocks(manims.pixel_array[:, :, :3])
        seen.count += 1

    scene.begin_animations = begin_animations
    _render_unseen(scene)
    return seen
