"""Time every scene of the chapter, by plain ``manim -ql --disable_caching``.

The seconds are those of processors, so that what else the machine does matters little; the time by
the clock and the largest memory stand beside them. Formulas should be typeset already: the first
run on a new machine counts typesetting, too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from nnviz.cli.discover import discover

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ("render", "-ql", "--disable_caching", "--progress_bar=none", "--verbosity=ERROR")


def measured(file: Path, scene: str) -> tuple[float, float, float]:
    """Return seconds of processors and by the clock, and megabytes, that a scene takes."""
    command = [sys.executable, "-m", "manim", *OPTIONS, str(file), scene]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{scene} ended with code {code}")
    return used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024


def main() -> None:
    """Print a line a scene, and their sum."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("scenes", nargs="*", help="their names; all by default")
    wanted = parser.parse_args().scenes
    found = discover(ROOT / "scenes")
    if unknown := sorted(set(wanted) - set(found.names)):
        parser.error(f"no scene is called {', '.join(unknown)}")
    print(f"{'scene':<42}{'processors':>11}{'clock':>9}{'memory':>9}")
    sums = [0.0, 0.0, 0.0]
    for scene in found.scenes:
        if wanted and scene.name not in wanted:
            continue
        busy, seconds, memory = measured(scene.file, scene.name)
        print(f"{scene.name:<42}{busy:>9.1f} s{seconds:>7.1f} s{memory:>6.0f} MB", flush=True)
        sums = [sums[0] + busy, sums[1] + seconds, max(sums[2], memory)]
    print(f"{'all':<42}{sums[0]:>9.1f} s{sums[1]:>7.1f} s{sums[2]:>6.0f} MB")


if __name__ == "__main__":
    main()
