"""How long networks with many edges take: to build, and to draw a frame of 1920 x 1080."""

from __future__ import annotations

import time

from manim import tempconfig

from nnviz import Network, NetworkMobject, NNScene

#: Layers whose edges number about 1,000, 3,000, 10,000 and 100,000.
NETWORKS = ([32, 32], [55, 55], [100, 100], [784, 128, 64, 10])


def seconds(sizes: list[int]) -> tuple[int, float, float]:
    """Return the number of edges, and the seconds to build the picture and to draw it once."""
    network = Network.random(sizes, seed=0)
    start = time.perf_counter()
    net = NetworkMobject(
        network,
        max_shown=2 * (max(sizes) // 2),
        neuron_radius=0.02,
        neuron_buff=0.01,
        layer_buff=4.0,
    )
    net.show_weights().scale_to_fit_height(7.5)
    built = time.perf_counter()
    scene = NNScene()
    scene.add(net)
    frames = []
    for _ in range(3):
        net.shift(0.001)  # so that nothing kept from the last frame helps
        begin = time.perf_counter()
        scene.renderer.update_frame(scene)
        frames.append(time.perf_counter() - begin)
    return len(net.edges), built - start, min(frames)


def main() -> None:
    """Print a line a network."""
    size = {"pixel_width": 1920, "pixel_height": 1080, "dry_run": True, "verbosity": "ERROR"}
    print(f"{'edges':>8}{'build':>8}{'frame':>8}")
    with tempconfig(size):
        for sizes in NETWORKS:
            edges, build, frame = seconds(list(sizes))
            print(f"{edges:8,}{build:7.2f}s{frame:7.2f}s")


if __name__ == "__main__":
    main()
