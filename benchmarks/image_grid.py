"""Time a grid of framed MNIST images against as many plain squares, frame by frame at 1080p.

Both grids play the same two animations in the scenes' own camera: every member moves along an arc
to another place, and every member is pressed and tinted. Frames are drawn and not encoded. What
counts is processor time: one thread draws, and other programs must not spoil the ratio.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
from manim import PI, Animation, ApplyFunction, Mobject, Restore, Square, VGroup, tempconfig, wiggle

from nnviz import mnist
from nnviz.animations import staggered
from nnviz.mobjects.primitives.palette import BLUE, YELLOW, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.scene.nn_scene import NNScene

ROWS, COLUMNS = 5, 12
ROUNDS = 4
#: A second of the scene, whose animations last 2 to 4 s.
FRAMES = 60
ALLOWED_RATIO = 3.0

Grid = Callable[[], VGroup]
Move = Callable[[VGroup], Animation]


def images() -> VGroup:
    """Return framed images, one unit high."""
    vectors = mnist.load().train.images[: ROWS * COLUMNS]
    return VGroup(*(MNistMobject(x, frame_width=stroke(2)).scale_to_fit_height(1) for x in vectors))


def squares() -> VGroup:
    """Return plain squares of that size."""
    return VGroup(
        *(Square(1, stroke_color=BLUE, stroke_width=stroke(2)) for _ in range(ROWS * COLUMNS))
    )


def shuffled(grid: VGroup) -> Animation:
    """Let every member come from another's place."""
    for member in grid:
        member.save_state()
    places = list(grid)
    np.random.RandomState(0).shuffle(places)
    VGroup(*places).arrange_in_grid(rows=ROWS, buff=0.1)
    return staggered(Restore, grid, share=0.3, path_arc=PI / 3, run_time=1)


def pressed(grid: VGroup) -> Animation:
    """Press and tint every member."""

    def press(member: Mobject) -> Mobject:
        return member.scale(0.75).set_color(YELLOW)

    return staggered(ApplyFunction, grid, lambda m: (press, m), rate_func=wiggle, run_time=1)


class TimedScene(NNScene):
    """A scene that knows when the first frame of its latest play was begun."""

    def begin_animations(self) -> None:
        """Prepare the animations, and start the clock."""
        super().begin_animations()
        self.begun = time.process_time()


def seconds_a_frame(make: Grid, move: Move) -> float:
    """Play one animation of one grid, and return the processor time of a frame."""
    grid = make().arrange_in_grid(rows=ROWS, buff=0.1)
    scene = TimedScene()
    scene.add(grid)
    scene.play(move(grid))
    return (time.process_time() - scene.begun) / FRAMES


def main() -> int:
    """Time both grids in turns, print them; status 1 if the images cost too much."""
    settings = {
        "pixel_width": 1920,
        "pixel_height": 1080,
        "frame_rate": FRAMES,
        "dry_run": True,
        "disable_caching": True,
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempfile.TemporaryDirectory() as folder, tempconfig(settings | {"media_dir": folder}):
        print(f"{ROWS * COLUMNS} framed images and as many squares, 1080p, best of {ROUNDS}:")
        totals = np.zeros(2)
        for name, move in (("shuffled", shuffled), ("indicated", pressed)):
            # In turns, so that whatever else the machine does hits both.
            times = [
                [seconds_a_frame(make, move) for make in (squares, images)] for _ in range(ROUNDS)
            ]
            plain, framed = np.min(times, axis=0)
            totals += plain, framed
            print(
                f"  {name:9s}  squares {plain * 1e3:5.1f} ms, images {framed * 1e3:5.1f} ms a frame"
            )
        ratio = totals[1] / totals[0]
        print(f"  ratio of both together  {ratio:.2f}  (allowed: {ALLOWED_RATIO:g})")
    return 0 if ratio <= ALLOWED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
