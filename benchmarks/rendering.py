"""Time stock ``manim`` against ``nnviz render`` on whole scenes, and write docs/benchmarks.md.

Stock is Manim's command line with Manim's own camera, taught only to let images draw themselves,
and Manim's own encoder settings. Both begin with an empty folder, but for formulas and texts that
are typeset already. The floor is what remains when nothing but Cairo and the encoder work: every
frame of the scene is drawn once more from paths that are ready, and encoded, and only that is
timed; divided by the number of processors. It takes most of an hour on two processors, which should
have nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import manim
import numpy as np
import psutil
from manim import Manager, tempconfig
from manim.utils.iterables import list_update
from nnviz.render.parallel import encoder_for

from nnviz._copying import quick_copies
from nnviz.camera import NNCamera
from nnviz.render.plays import PlayRenderer, Walk
from nnviz.render.processes import cores
from nnviz.render.segments import SegmentEncoder, pieces
from nnviz.render.source import Source
from nnviz.scene.base import NNScene

ROOT = Path(__file__).resolve().parents[1]
SCENES = {
    "OrganizeDataIntoMiniBatches": "mini_batches.py",
    "WalkThroughTwoExample": "backprop.py",
    "SimplestNetworkExample": "simplest_network.py",
}
#: Seconds between two looks at how busy the processors are.
INTERVAL = 0.5


def be_stock_manim(words: Sequence[str]) -> None:
    """Run Manim's command line with Manim's camera."""
    from manim.__main__ import main as manims_main

    plain: Any = NNScene.__init__

    def init(self: Any, renderer: Any = None, camera_class: Any = manim.Camera, **kw: Any) -> None:
        plain(self, renderer, camera_class, **kw)

    NNScene.__init__ = init  # type: ignore[method-assign]
    manims_main(list(words), prog_name="manim")


@dataclass
class Run:
    """Wall seconds of a command, and how busy all processors were in its middle part."""

    wall: float
    busy: float


def timed(command: Sequence[str], folder: Path) -> Run:
    """Run a command to its end."""
    samples: list[float] = []
    done = threading.Event()

    def watch() -> None:
        psutil.cpu_percent()
        while not done.wait(INTERVAL):
            samples.append(psutil.cpu_percent())

    watcher = threading.Thread(target=watch)
    watcher.start()
    begin = time.perf_counter()
    subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wall = time.perf_counter() - begin
    done.set()
    watcher.join()
    # Without the seconds in which processes start, and those in which segments are joined.
    middle = samples[round(3 / INTERVAL) : -round(1 / INTERVAL)] or samples or [0.0]
    return Run(wall, statistics.mean(middle))


@dataclass
class Bench:
    """What was measured of one scene."""

    name: str
    stock: list[Run] = field(default_factory=list)
    ours: list[Run] = field(default_factory=list)
    alone: list[Run] = field(default_factory=list)
    cached: list[Run] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    floor: tuple[float, float] = (0.0, 0.0)


def measure(name: str, runs: int, quality: str, typeset: Path) -> Bench:
    """Time everything about one scene."""
    result = Bench(name)
    file = str(ROOT / "scenes" / SCENES[name])
    stock = [sys.executable, __file__, "stock", "render", f"-q{quality}", "--disable_caching"]
    stock += ["--progress_bar=none", file, name]
    ours = [sys.executable, "-m", "nnviz", "render", name, file, f"-q{quality}"]

    def fresh(command: Sequence[str], then: Sequence[str] | None = None) -> list[Run]:
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            shutil.copytree(typeset, work / "media")
            if command is not stock:  # whose settings are Manim's own
                shutil.copy(ROOT / "manim.cfg", work)
            taken = [timed(command, work)]
            if then is not None:
                taken.append(timed(then, work))
            (video,) = work.glob(f"media/videos/*/*/{name}.mp4")
            result.sizes["stock" if command is stock else "ours"] = video.stat().st_size
            with av.open(str(video)) as container:
                result.frames = container.streams.video[0].frames
            return taken

    for _ in range(runs):  # in turns, so that whatever else the machine does hits both
        result.stock += fresh(stock)
        first, again = fresh(ours, then=ours)
        result.ours.append(first)
        result.cached.append(again)
    result.alone += fresh([*ours, "--jobs=1"])
    return result


class FloorCamera(NNCamera):
    """Times Cairo alone: whatever it draws it draws again from paths that are ready."""

    __slots__ = ("seconds",)

    def _draw(self, sketches: Iterable[Any], pixels: Any) -> None:
        shown = list(sketches)
        for _ in range(2):  # the second time, paths are kept
            super()._draw(shown, pixels)
        begin = time.process_time()
        super()._draw(shown, pixels)
        self.seconds += time.process_time() - begin


class FloorRenderer(PlayRenderer):
    """Goes through a scene, and times nothing but drawing and encoding."""

    encoder: Any
    encoding: float

    def walk(self, scene: Any, walk: Walk) -> None:
        """Draw and encode all frames of a play."""
        self.save_static_frame_data(scene, scene.static_mobjects)
        camera: Any = self.camera
        for first, last in pieces(walk.frames):
            begin = time.process_time()
            encoder = SegmentEncoder(self.encoder)
            self.encoding += time.process_time() - begin
            for frame in range(first, last):
                if frame > first and walk.frozen:
                    begin = time.process_time()
                    encoder.hold(last - frame)
                    self.encoding += time.process_time() - begin
                    break
                walk.to(frame)
                mobjects = scene.moving_mobjects or list_update(
                    scene.mobjects, scene.foreground_mobjects
                )
                background = camera.background if self.static_image is None else self.static_image
                changed = camera.redraw(np.asarray(background), mobjects)
                begin = time.process_time()
                if changed or frame == first:
                    encoder.show(camera.pixel_array, changed)
                else:
                    encoder.repeat()
                self.encoding += time.process_time() - begin
            begin = time.process_time()
            encoder.finish()
            self.encoding += time.process_time() - begin


def floor(name: str, quality: str, typeset: Path) -> tuple[float, float]:
    """Return the processor seconds that Cairo and the encoder need for a scene."""
    flags = {entry["flag"]: key for key, entry in manim.constants.QUALITIES.items()}
    settings = {
        "quality": flags[quality],
        "media_dir": str(typeset),
        "progress_bar": "none",
        "verbosity": "ERROR",
        "disable_caching": True,
    }
    source = Source(str(ROOT / "scenes" / SCENES[name]), name)
    with tempconfig(settings), quick_copies():
        spec = source.load()().session_spec.video_encoder
        assert spec is not None
        with tempconfig({"dry_run": True}):
            scene = source.load()()
            renderer = FloorRenderer.take_over(scene)
            renderer.camera = camera = FloorCamera.like(renderer.camera)
            renderer.encoder, renderer.encoding, camera.seconds = encoder_for(spec), 0.0, 0.0
            Manager(scene)
            scene.render()
    return camera.seconds, renderer.encoding


def machine() -> str:
    """Describe what this runs on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{cores()} processors ({model}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, Manim {manim.__version__}, PyAV {av.__version__}"
    )


def median(runs: Sequence[Run]) -> float:
    """Return the median wall time."""
    return statistics.median(run.wall for run in runs)


def report(benches: Sequence[Bench], runs: int, quality: str) -> str:
    """Return what was measured as a page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python benchmarks/rendering.py`, which `make bench` runs among others;",
        "what is compared is told at its top. Wall seconds, medians of",
        f"{runs} runs in turns, `-q{quality}`.",
        "",
        f"Machine: {machine()}.",
        "",
        "| scene | frames | stock | nnviz | ratio | pairs | 1 process | 2 over 1 | cached | busy |",
        "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for bench in benches:
        pairs = [a.wall / b.wall for a, b in zip(bench.stock, bench.ours, strict=True)]
        lines.append(
            f"| {bench.name} | {bench.frames:,} | {median(bench.stock):.1f} "
            f"| {median(bench.ours):.1f} | {statistics.median(pairs):.2f} "
            f"| {', '.join(f'{pair:.2f}' for pair in pairs)} | {median(bench.alone):.1f} "
            f"| {median(bench.alone) / median(bench.ours):.2f} | {median(bench.cached):.1f} "
            f"| {statistics.median(run.busy for run in bench.ours):.0f} % |"
        )
    lines += [
        "",
        "`busy`: all processors, from 3 s after the start to 1 s before the end.",
        "`cached`: the same command again, nothing having changed.",
        "",
        "| scene | drawing, CPU s | encoding, CPU s | floor, wall s | nnviz over floor "
        "| stock, MB | nnviz, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for bench in benches:
        drawing, encoding = bench.floor
        least = (drawing + encoding) / cores()
        lines.append(
            f"| {bench.name} | {drawing:.1f} | {encoding:.1f} | {least:.1f} "
            f"| {median(bench.ours) / least:.2f} | {bench.sizes['stock'] / 1e6:.1f} "
            f"| {bench.sizes['ours'] / 1e6:.1f} |"
        )
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure, and write the page."""
    if sys.argv[1:2] == ["stock"]:
        be_stock_manim(sys.argv[2:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", default=list(SCENES), help="which (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="of each (default: 3)")
    parser.add_argument("--quality", default="h", choices="lmhk", help="default: h, 1080p60")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    benches = []
    with tempfile.TemporaryDirectory() as folder:
        typeset = Path(folder) / "typeset"
        for name in options.scenes:
            drawing = floor(name, options.quality, typeset)
            shutil.rmtree(typeset / "videos", ignore_errors=True)
            print(f"{name}: floor {drawing[0]:.1f} + {drawing[1]:.1f} CPU s", flush=True)
            bench = measure(name, options.runs, options.quality, typeset)
            bench.floor = drawing
            benches.append(bench)
            print(f"{name}: {median(bench.stock):.1f} s and {median(bench.ours):.1f} s", flush=True)
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(report(benches, options.runs, options.quality))
    print(options.out.read_text())
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
