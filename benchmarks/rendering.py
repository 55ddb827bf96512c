"""Time stock ``manim`` against ``nnviz render``, whole commands in turns, and write a page of it.

Stock has Manim's own settings; "stock at its best" encodes as quickly as Manim can be told to
(preset superfast, crf 25) with four encoders at work. Both begin with an empty folder but for
formulas and texts that are typeset already. What is measured, in this order:

chapter
    Three scenes of the chapter at 1080p60: also with one process, once more when nothing has
    changed, after an edit of the last play (at 480p15), the size of the files, and how close they
    come to the picture.
all
    All scenes of the chapter at 480p15.
documentation
    Scenes of Manim's documentation that take stock longer than 3 s, at 1080p60 and 480p15.
python
    Scenes where Python is the cost, and not drawing.
edges
    A network with all of its 668,672 edges on screen for a second, and the memory that takes.
cores
    What 16 processors would give, computed from "chapter": the scene itself runs in one process
    (that is the render in which nothing has changed), all else is shared.

    python benchmarks/rendering.py [PART ...] [--runs N] [--out docs/benchmarks.md]

It takes an hour or two on two processors, which should have nothing else to do.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import manim
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = {
    "OrganizeDataIntoMiniBatches": "mini_batches.py",
    "WalkThroughTwoExample": "backprop.py",
    "SimplestNetworkExample": "simplest_network.py",
}
PYTHON = '''
import time
from manim import *

class Redrawn(Scene):
    """always_redraw with a number and a graph."""
    def construct(self):
        tracker = ValueTracker(1)
        number = always_redraw(lambda: DecimalNumber(tracker.get_value()).to_edge(UP))
        graph = always_redraw(lambda: FunctionGraph(lambda x: np.sin(tracker.get_value() * x)))
        self.add(number, graph)
        self.play(tracker.animate.set_value(4), run_time=10)

class Works(Scene):
    """8 s of work before anything moves."""
    def construct(self):
        end = time.process_time() + 8
        while time.process_time() < end:
            sum(range(1000))
        self.play(Create(Square()))

class Templates(Scene):
    """Formulas in many templates."""
    def construct(self):
        for size in range(12):
            template = TexTemplate()
            template.add_to_preamble(r"\\newcommand{\\me}{%d}" % size)
            self.play(Write(MathTex(r"\\me + x", tex_template=template)), run_time=0.5)
'''
EDGES = """
from manim import Scene
from nnviz import Network, NetworkMobject

class Edges(Scene):
    def construct(self):
        network = Network.random([784, 512, 512, 10], seed=0)
        size = {"max_shown": 784, "neuron_radius": 0.004, "neuron_buff": 0.002, "layer_buff": 4.0}
        net = NetworkMobject(network, **size).show_weights().scale_to_fit_height(7.5)
        assert len(net.edges) == 668_672
        self.add(net)
        self.wait(1)
"""
#: For how many processors the time is computed.
MANY = 16
BEST = "[CLI]\nmax_inflight_encoders = 4\n[video_encoder.options]\npreset = superfast\ncrf = 25\n"


@dataclass(frozen=True)
class Film:
    """A scene to time, and the folder with what is typeset for it."""

    name: str
    file: Path
    typeset: Path

    def run(self, command: str, quality: str, *options: str, again: bool = False) -> Made:
        """Run a command ("stock", "best" or "nnviz") in a folder of its own; twice if `again`."""
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            (work / "media").mkdir()
            for kind in ("Tex", "texts"):
                if (self.typeset / kind).exists():
                    shutil.copytree(self.typeset / kind, work / "media" / kind)
            if command == "best":
                (work / "manim.cfg").write_text(BEST)
            words = [sys.executable, "-m", "manim" if command != "nnviz" else "nnviz", "render"]
            words += [str(self.file), self.name, f"-q{quality}", *options]
            if command != "nnviz":
                words.append("--disable_caching")
            for _ in range(2 if again else 1):
                seconds, megabytes = timed(words, work)
            for kind in ("Tex", "texts"):
                if (work / "media" / kind).exists() and not (self.typeset / kind).exists():
                    shutil.copytree(work / "media" / kind, self.typeset / kind)
            (video,) = [
                path
                for path in work.glob(f"media/videos/**/{self.name}.mp4")
                if "partial_movie_files" not in path.parts
            ]
            return Made(seconds, megabytes, video.read_bytes())


@dataclass(frozen=True)
class Made:
    """What a command took, and what it made."""

    seconds: float
    #: The most memory that one of its processes had.
    megabytes: float
    video: bytes


def timed(words: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run a command; return seconds by the clock, and the largest process in megabytes."""
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(words)} failed:\n{text}")
    return seconds, used.ru_maxrss / 1024


def lumas(video: bytes) -> Iterator[np.ndarray]:
    """Yield the brightness of every tenth frame of a video's first minute."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(video)
        file.flush()
        with av.open(file.name) as container:
            for index, frame in enumerate(itertools.islice(container.decode(video=0), 3600)):
                if index % 10 == 0:
                    yield frame.to_ndarray(format="gray").astype(float)


def psnr(one: bytes, other: bytes) -> float:
    """Return the likeness of two videos in dB."""
    errors = [np.mean((a - b) ** 2) for a, b in zip(lumas(one), lumas(other), strict=True)]
    return float(10 * np.log10(255**2 / np.mean(errors)))


def median(made: Sequence[Made]) -> float:
    """Return the median of the seconds."""
    return statistics.median(each.seconds for each in made)


def chapter(runs: int, typeset: Path) -> list[str]:
    """Time three scenes at 1080p60."""
    lines = [
        "## The chapter, 1080p60",
        "",
        "| scene | stock, s | at its best, s | nnviz, s | times stock | times its best "
        "| 1 process, s | 2 over 1 | unchanged, s | file, of stock's | dB, stock | dB, nnviz |",
        "| --- " + "| ---: " * 11 + "|",
    ]
    for name, file in CHAPTER.items():
        film = Film(name, ROOT / "scenes" / file, typeset / name)
        film.run("nnviz", "l")
        made: dict[str, list[Made]] = {"stock": [], "best": [], "nnviz": []}
        for _ in range(runs):  # in turns, so that whatever else the machine does hits all
            for command, all_of_it in made.items():
                all_of_it.append(film.run(command, "h"))
        alone = film.run("nnviz", "h", "--jobs", "1")
        unchanged = film.run("nnviz", "h", again=True)
        lossless = ("--encoder-option", "crf=0", "--encoder-option", "preset=ultrafast")
        true = film.run("nnviz", "h", *lossless).video
        stock, best, ours = (median(each) for each in made.values())
        theirs, mine = made["stock"][0].video, made["nnviz"][0].video
        lines.append(
            f"| {name} | {stock:.1f} | {best:.1f} | {ours:.1f} | {stock / ours:.2f} "
            f"| {best / ours:.2f} | {alone.seconds:.1f} | {alone.seconds / ours:.2f} "
            f"| {unchanged.seconds:.1f} | {len(mine) / len(theirs):.2f} "
            f"| {psnr(true, theirs):.1f} | {psnr(true, mine):.1f} |"
        )
        print(lines[-1], flush=True)
    return lines


def late_edit(typeset: Path) -> list[str]:
    """Time a change of the flagship's last play at 480p15."""
    name, file = "WalkThroughTwoExample", "backprop.py"
    with tempfile.TemporaryDirectory() as folder:
        scenes = Path(folder) / "scenes"
        shutil.copytree(ROOT / "scenes", scenes)
        media = Path(folder) / "media"
        words = [sys.executable, "-m", "nnviz", "render", str(scenes / file), name, "-ql"]
        words += ["--media_dir", str(media)]
        subprocess.run(words, check=True, capture_output=True)
        text = (scenes / file).read_text()
        end = "            self.play(wiggle_edges(group))\n"
        assert text.count(end) == 1
        edited = end.replace("group))", "group), run_time=2)")
        (scenes / file).write_text(text.replace(end, edited))
        begin = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        seconds = time.perf_counter() - begin
    return ["", f"From an edit of {name}'s last plays to its video, 480p15: {seconds:.1f} s."]


def every(runs: int, typeset: Path) -> list[str]:
    """Time all scenes of the chapter's film at 480p15."""
    from nnviz.cli.discover import discover

    places = {scene.name: scene.file.resolve() for scene in discover(ROOT / "scenes").scenes}

    lines = [
        "## All scenes of the chapter, 480p15",
        "",
        "| scene | stock, s | nnviz, s |",
        "| --- | ---: | ---: |",
    ]
    totals = [0.0, 0.0]
    for name in titles():
        film = Film(name, places[name], typeset / name)
        film.run("nnviz", "l")
        stock = median([film.run("stock", "l") for _ in range(runs)])
        ours = median([film.run("nnviz", "l") for _ in range(runs)])
        totals = [totals[0] + stock, totals[1] + ours]
        lines.append(f"| {name} | {stock:.1f} | {ours:.1f} |")
        print(lines[-1], flush=True)
    lines.append(f"| all | {totals[0]:.0f} | {totals[1]:.0f} |")
    return lines


def documentation(runs: int, typeset: Path) -> list[str]:
    """Time those scenes of Manim's documentation that take it long."""
    spec = importlib.util.spec_from_file_location("conformance", ROOT / "tools" / "conformance.py")
    assert spec is not None
    assert spec.loader is not None
    conformance: Any = importlib.util.module_from_spec(spec)
    sys.modules["conformance"] = conformance
    spec.loader.exec_module(conformance)
    lines = ["## Manim's documentation", ""]
    for quality, size in (("h", "1080p60"), ("l", "480p15")):
        ratios = []
        for example in conformance.examples():
            file = typeset / f"{example.name}.py"
            file.write_text(example.code)
            film = Film(example.name, file, typeset / example.name)
            try:
                film.run("nnviz", "l")
                stock = film.run("stock", quality).seconds
                if stock > 3:
                    ratios.append((stock / film.run("nnviz", quality).seconds, example.name))
                    print(f"{size} {example.name}: {ratios[-1][0]:.2f}", flush=True)
            except (SystemExit, ValueError):
                continue  # needs what is not installed, or makes no video
        ratios.sort()
        middle = statistics.median(ratio for ratio, _ in ratios)
        lines += [
            f"{size}: {len(ratios)} scenes take stock longer than 3 s. nnviz is {middle:.2f} times "
            f"as fast in the median, least with {ratios[0][1]} ({ratios[0][0]:.2f}), most with "
            f"{ratios[-1][1]} ({ratios[-1][0]:.2f}).",
            "",
        ]
    return lines


def python(runs: int, typeset: Path) -> list[str]:
    """Time scenes where Python is the cost."""
    file = typeset / "python.py"
    file.write_text(PYTHON)
    lines = [
        "## Where Python is the cost, 480p15",
        "",
        "| scene | stock, s | nnviz, s | nnviz over stock |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name in ("Redrawn", "Works", "Templates"):
        film = Film(name, file, typeset / name)
        stock = median([film.run("stock", "l") for _ in range(runs)])
        ours = median([film.run("nnviz", "l") for _ in range(runs)])
        lines.append(f"| {name} | {stock:.1f} | {ours:.1f} | {ours / stock:.2f} |")
        print(lines[-1], flush=True)
    return lines


def edges(runs: int, typeset: Path) -> list[str]:
    """Time a scene of very many edges at 1080p60."""
    file = typeset / "edges.py"
    file.write_text(EDGES)
    film = Film("Edges", file, typeset / "Edges")
    lines = [
        "## 668,672 edges for a second, 1080p60",
        "",
        "| command | s | MB |",
        "| --- | ---: | ---: |",
    ]
    for name, options in (("stock", ()), ("nnviz", ()), ("nnviz", ("--jobs", "1"))):
        made = [film.run(name, "h", *options) for _ in range(runs)]
        megabytes = statistics.median(each.megabytes for each in made)
        command = " ".join(["manim" if name == "stock" else name, *options])
        lines.append(f"| {command} | {median(made):.1f} | {megabytes:.0f} |")
        print(lines[-1], flush=True)
    return lines


def cores(runs: int, typeset: Path) -> list[str]:
    """Compute the time of the chapter's scenes with many processors, from what was measured."""
    rows = [line for line in kept_pages().get("chapter", ()) if line.startswith("| ")]
    if not rows:
        raise SystemExit("measure the part `chapter` first: `cores` is computed from it")
    head, _, *body = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    lines = [
        f"## The chapter with {MANY} processors, computed",
        "",
        "One process runs the scene, which takes as long as a render in which nothing has changed. "
        "Drawing, which is all else that one process does, is shared by all.",
        "",
        f"| scene | stock, s | runs the scene, s | draws, s | {MANY} processors, s | times stock |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in body:
        cells = dict(zip(head, row, strict=True))
        if not (cells["1 process, s"] and cells["unchanged, s"]):
            continue  # was not measured
        stock, alone = float(cells["stock, s"]), float(cells["1 process, s"])
        serial = float(cells["unchanged, s"])
        seconds = serial + (alone - serial) / MANY
        lines.append(
            f"| {cells['scene']} | {stock:.1f} | {serial:.1f} | {alone - serial:.1f} "
            f"| {seconds:.1f} | {stock / seconds:.1f} |"
        )
        print(lines[-1], flush=True)
    return lines


PARTS = {
    "chapter": chapter,
    "all": every,
    "documentation": documentation,
    "python": python,
    "edges": edges,
    "cores": cores,
}
#: So many columns fit beside each other on a page.
COLUMNS = 3
#: Where the figures are kept between runs, beside the page.
KEPT = ROOT / "docs" / "benchmarks.json"


def kept_pages() -> dict[str, list[str]]:
    """Return what was measured before, by part."""
    pages: dict[str, list[str]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return pages


def page_of(pages: Mapping[str, list[str]]) -> str:
    """Return the page of what was measured."""
    text = ["# Numbers", "", "Written by `python benchmarks/rendering.py`, whose docstring"]
    text += ["says what is compared. Wall seconds of whole commands, medians.", ""]
    for part in PARTS:
        text += narrow(pages.get(part, []))
    return "\n".join(text)


def titles() -> dict[str, str]:
    """Return the titles of the film's scenes, by their names."""
    film = tomllib.loads((ROOT / "scenes" / "chapter.toml").read_text(encoding="utf-8"))
    return {scene["name"]: scene["title"] for scene in film["scenes"]}


def narrow(lines: Sequence[str]) -> list[str]:
    """Return lines with scenes by their titles, and tables of as many columns as fit a page."""
    known = titles()
    rows = [
        [known.get(cell.strip(), cell.strip()) for cell in line.strip("|").split("|")]
        for line in lines
        if line[:1] == "|"
    ]
    if not rows:
        return list(lines)
    tables: list[str] = []
    for first in range(1, len(rows[0]), COLUMNS - 1):
        chosen = [[row[0], *row[first : first + COLUMNS - 1]] for row in rows]
        tables += ["", *(f"| {' | '.join(row)} |" for row in chosen)]
    begin = next(k for k, line in enumerate(lines) if line[:1] == "|")
    return [*lines[: begin - 1], *tables, *(line for line in lines[begin:] if line[:1] != "|")]


def machine() -> str:
    """Describe what this runs on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return (
        f"{os.cpu_count()} processors ({model}), {platform.system()}, "
        f"Python {platform.python_version()}, Manim {manim.__version__}, PyAV {av.__version__}"
    )


def main() -> int:
    """Measure, and write the page part by part, keeping those that are not measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="of each (default: 3)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    global KEPT
    KEPT = options.out.with_suffix(".json")
    pages = kept_pages()
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            typeset = Path(folder)
            lines = PARTS[name](options.runs, typeset)
            if name == "chapter":
                lines += late_edit(typeset)
        pages[name] = [*lines, "", f"{options.runs} runs. {machine()}.", ""]
        KEPT.write_text(json.dumps(pages, indent=1))
        options.out.write_text(page_of(pages))
    print(options.out.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
