"""Runs of whole scenes, of which tests of numbers and tests of pictures each take what they need.

Running a scene takes seconds. A test that runs one from beginning to end, and only looks, lets
`run` draw its plays at half time on the way; the test in tests/frames compares these pictures
then. If no run has left any, that test runs the scene itself.
"""

from __future__ import annotations

import numpy as np
from manim import Camera, Scene, Wait, tempconfig

from nnviz.camera.lister import Lister
from nnviz.drawing.pieces import Frame, Screen

#: What a picture is compared by: means of blocks, so many rows and columns of so many pixels.
BLOCKS = (18, 32)
BLOCK = 8
SIZE = {"pixel_width": BLOCKS[1] * BLOCK, "pixel_height": BLOCKS[0] * BLOCK, "frame_rate": 15}
#: Scenes whose pictures a test of this session compares, by name.
wanted: set[str] = set()
#: Pictures that runs left: by the name of the scene, shape (plays, 18, 32, 3).
left: dict[str, np.ndarray] = {}


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
        pictures = pictures_of(scene)
        if len(pictures):  # not of a card, which only stands
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


def pictures_of(scene: Scene) -> np.ndarray:
    """Run a scene to its end; return the blocks of its plays at half time.

    On the way, display lists of which only what changed is drawn have to show what Manim's camera
    draws.
    """
    seen = []
    plain = scene.begin_animations
    with tempconfig(SIZE):
        ours, manims = Camera(), Camera()
    lister, screen = Lister(), Screen()

    def show() -> None:
        layer = lister.layer(ours, scene.mobjects, with_background=True)
        screen.show(Frame(None, layer))

    def begin_animations() -> None:
        plain()
        if not isinstance(scene.animations[0], Wait):
            # A frame on the way, so that the next one is drawn in part.
            scene.update_to_time(scene.duration * 0.48)
            show()
            scene.update_to_time(scene.duration / 2)
            show()
            manims.reset()
            manims.capture_mobjects(scene.mobjects)
            np.testing.assert_array_equal(screen.pixels, manims.pixel_array)
            seen.append(blocks(manims.pixel_array[:, :, :3]))

    scene.begin_animations = begin_animations
    _render_unseen(scene)
    return np.array(seen)
