"""Time a training as film: 100 reports of a 2-8-8-1 network, at 480p15, by Manim and by nnviz."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, EPOCHS = 10, 100

SCENE = f'''
import numpy as np
from manim import Scene
from nnviz import Network, Train, TrainingScene


class Learns(TrainingScene):
    epochs = {EPOCHS}
    run_time = {SECONDS}

    def make_network(self):
        return Network.random([2, 8, 8, 1], seed=2, cost="cross-entropy")

    def data(self):
        rng = np.random.RandomState(0)
        angle, side = np.pi * rng.rand(200), np.arange(200) % 2
        x = np.column_stack([np.cos(angle) + side, np.sin(angle)]) * (1 - 2 * side[:, None])
        return x + [1, 0.5] * side[:, None] * [2, 1] + 0.15 * rng.randn(200, 2), side


class LearnsAnywhere(Scene):
    """The same in a scene of Manim's, with Manim's camera."""

    def construct(self):
        scene = Learns(skip_animations=True)
        scene.setup()
        net, panels = scene.network_mob, scene.panel_mobs
        self.add(net, *panels)
        self.wait(0.5)
        self.play(Train(net, scene.train(), panels, run_time={SECONDS}))
        self.wait(1.5)
'''
COMMANDS = {
    "Manim": ["-m", "manim", "render", "--disable_caching", "--progress_bar", "none"],
    "nnviz": ["-m", "nnviz", "render", "--no-cache"],
}


def seconds(command: list[str], scene: str, folder: Path) -> tuple[float, float]:
    """Return the processor time of a render, all processes together, and the wall time."""
    file = folder / "learns.py"
    file.write_text(SCENE)
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command, "-q", "l", "--media_dir", str(folder), str(file), scene],
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - begin


def main() -> int:
    """Print a line a scene and command."""
    print(f"{EPOCHS} reports of a 2-8-8-1 network in {SECONDS + 2} s of film, 480p15:")
    for scene in ("Learns", "LearnsAnywhere"):
        for name, command in COMMANDS.items():
            with tempfile.TemporaryDirectory() as folder:
                used, wall = min(seconds(command, scene, Path(folder)) for _ in range(2))
            print(
                f"  {scene:<15} {name:<6} {used:5.2f} s of processors, {wall:5.2f} s on the clock"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
