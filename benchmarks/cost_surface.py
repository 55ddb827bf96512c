"""Time a map of the cost: 61 x 61 points for 784-16-16-10, and how that grows.

It is compared with the plain loop, which makes a network a point and asks it for its cost. Both
must say the same. What counts is processor time; the loop is timed on some of the points. The last
lines time the drawing of a frame: the map, and the surface at another angle in every frame.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from manim import tempconfig

from nnviz import mnist
from nnviz.mobjects.charts import CostMap, CostSurface
from nnviz.network import Network, ParameterPlane, one_hot, pretrained
from nnviz.scene.nn_scene import NNScene

SIDES = (21, 41, 61, 121)
EXAMPLES = (100, 500, 2500, 7500)
SIDE, COUNT = 61, 500
ROUNDS = 3
#: Points that the plain loop is timed on.
LOOPED = 20
#: So many seconds a map of 61 x 61 points over 500 images may take.
ALLOWED = 5.0


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def grid(side: int) -> np.ndarray:
    """Return the points of a grid, shape (side * side, 2)."""
    along = np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)


def compare(network: Network, x: np.ndarray, y: np.ndarray, side: int) -> tuple[float, float]:
    """Return the seconds of a map, together and by the plain loop."""
    plane, points = ParameterPlane.random(network), grid(side)
    some = points[np.linspace(0, len(points) - 1, LOOPED).astype(int)]
    wanted = [plane.network_at(*point).cost(x, y) for point in some]
    np.testing.assert_allclose(plane.costs(x, y, some), wanted, rtol=1e-12)
    start = time.process_time()
    for point in some:
        plane.network_at(*point).cost(x, y)
    loop = (time.process_time() - start) * len(points) / LOOPED
    return seconds(lambda: plane.costs(x, y, points)), loop


def main() -> int:
    """Print a line a size; status 1 if the map takes too long."""
    train = mnist.load().train
    images, targets = train.images, one_hot(train.labels)
    dense = pretrained()
    print(f"{'points':>10}{'examples':>10}{'together':>11}{'one by one':>12}{'ratio':>8}")
    sizes = [(side, COUNT) for side in SIDES] + [(SIDE, n) for n in EXAMPLES if n != COUNT]
    of_the_map = 0.0
    for side, n in sizes:
        together, loop = compare(dense, images[:n], targets[:n], side)
        print(f"{side * side:10,}{n:10,}{together:10.2f}s{loop:11.2f}s{loop / together:8.1f}")
        if (side, n) == (SIDE, COUNT):
            of_the_map = together
    cnn, n, side = pretrained("cnn"), 100, 11
    together, loop = compare(cnn, images[:n].reshape(-1, 1, 28, 28), targets[:n], side)
    print(
        f"{side * side:10,}{n:10,}{together:10.2f}s{loop:11.2f}s{loop / together:8.1f}"
        "  (the convolutional network)"
    )
    for height in (480, 1080):
        settings = {"pixel_width": height * 16 // 9, "pixel_height": height}
        with tempconfig(settings | {"dry_run": True, "disable_caching": True}):
            for kind in (CostMap, CostSurface):
                chart = kind(dense, images[:COUNT], targets[:COUNT])
                scene = NNScene()
                scene.add(chart)

                def frame(chart: CostMap | CostSurface = chart, scene: NNScene = scene) -> None:
                    if isinstance(chart, CostSurface):
                        chart.turn(chart.azimuth + 1)
                    else:
                        chart.shift((0.01, 0, 0))
                    scene.renderer.update_frame(scene)

                print(
                    f"a frame of a {kind.__name__}, {height} lines: {seconds(frame) * 1e3:.0f} ms"
                )
    print(f"a map of {SIDE} x {SIDE} points over {COUNT} images: {of_the_map:.2f} s", end="")
    print(f"  (allowed: {ALLOWED:g} s)")
    return 0 if of_the_map <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
