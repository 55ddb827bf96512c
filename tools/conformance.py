"""Hold `nnviz render` against stock Manim on the scenes of Manim's own documentation.

Every ``.. manim::`` block in the docstrings of the installed package that plays something is
rendered twice, by stock (what ``manim --disable_caching`` does) and by nnviz with two processes,
both without loss, and the decoded frames are compared. A scene that stock renders differently each
time says nothing, and is named. Prints a line for each scene that is not the same, then the
figures; ends with 1 if there is a difference.

    python tools/conformance.py [NAME ...] [--jobs N] [--write docs/conformance.md]
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import multiprocessing
import os
import re
import sys
import tempfile
import textwrap
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import manim
from manim import tempconfig

__all__ = ["Example", "Outcome", "compare", "examples", "frames_of"]

#: Frames come back as they were drawn.
SETTINGS: dict[str, Any] = {
    "pixel_width": 320,
    "pixel_height": 180,
    "frame_rate": 15,
    "seed": 0,
    "disable_caching": True,
    "progress_bar": "none",
    "verbosity": "ERROR",
    "video_encoder_options": {"crf": "0", "preset": "ultrafast"},
}
_BLOCK = re.compile(r"^(?P<indent> *)\.\. manim:: (?P<name>\w+)\s*$", re.M)
_PLAYS = re.compile(r"\.(play|wait|wait_until|pause)\(")


@dataclass(frozen=True)
class Example:
    """A scene of Manim's documentation."""

    name: str
    code: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What came of comparing one.

    Attributes
    ----------
    verdict : str
        "same", "differs" (also where nnviz fails), "unsteady" (stock differs from itself),
        "no video" or "fails in stock".
    """

    example: Example
    verdict: str
    detail: str = ""
    frames: int = 0


def examples() -> list[Example]:
    """Return the scenes in the docstrings of the installed Manim that play something."""
    package = Path(manim.__file__).parent
    found: dict[tuple[str, str], Example] = {}
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for example in _blocks(
                    ast.get_docstring(node) or "", str(file.relative_to(package))
                ):
                    found.setdefault((example.name, example.code), example)
    return sorted(found.values(), key=lambda example: (example.name, example.source))


def _blocks(docstring: str, source: str) -> Iterator[Example]:
    for match in _BLOCK.finditer(docstring):
        indent = len(match["indent"])
        lines = []
        for line in docstring[match.end() :].splitlines()[1:]:
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            lines.append(line)
        body = textwrap.dedent("\n".join(lines)).strip("\n")
        body = "\n".join(line for line in body.splitlines() if not re.match(r"\s*:\w+:", line))
        if _PLAYS.search(body) and f"class {match['name']}(" in body:
            yield Example(match["name"], f"from manim import *\n\n{body}\n", source)


def frames_of(video: Path) -> list[bytes]:
    """Return a hash of every decoded frame."""
    with av.open(str(video)) as container:
        return [
            hashlib.sha1(frame.to_ndarray().tobytes()).digest()
            for frame in container.decode(video=0)
        ]


def compare(example: Example, tex_folder: Path, settings: dict[str, Any] = SETTINGS) -> Outcome:
    """Render a scene by stock and by nnviz, and compare."""
    with tempfile.TemporaryDirectory(prefix="nnviz-conformance-") as folder:
        work = Path(folder)
        file = work / "film.py"
        file.write_text(example.code, encoding="utf-8")
        common = settings | {"tex_dir": str(tex_folder), "input_file": str(file)}
        try:
            stock = _in_a_process(_stock, file, example.name, common, work / "stock")
        except RuntimeError as error:
            return Outcome(example, "fails in stock", _last_line(error))
        if stock is None:
            return Outcome(example, "no video")
        try:
            ours = _in_a_process(_ours, file, example.name, common, work / "ours")
        except RuntimeError as error:
            return Outcome(example, "differs", _last_line(error), len(stock))
        if ours == stock:
            return Outcome(example, "same", frames=len(stock))
        again = _in_a_process(_stock, file, example.name, common, work / "again")
        if again != stock:
            return Outcome(example, "unsteady", frames=len(stock))
        wrong = [i for i, (a, b) in enumerate(zip(stock, ours or [], strict=False)) if a != b]
        detail = f"{len(wrong)} of {len(stock)} frames, the first is {wrong[:1]}"
        if len(stock) != len(ours or []):
            detail += f"; {len(ours or [])} frames instead of {len(stock)}"
        return Outcome(example, "differs", detail, len(stock))


def _last_line(error: Exception) -> str:
    last = str(error).strip().splitlines()[-1]
    return re.sub(rf"{re.escape(tempfile.gettempdir())}/nnviz-[\w-]+", ".", last)


def _stock(file: Path, name: str) -> Path | None:
    from manim import Manager

    from nnviz.render.source import Source

    scene = Source(str(file), name).load()()
    Manager(scene)
    scene.render()
    return getattr(scene.renderer.file_writer, "final_file_path", None)


def _ours(file: Path, name: str) -> Path | None:
    from nnviz.render.rendering import render_scene

    return render_scene(file, name, jobs=2)


def _in_a_process(
    render: Any, file: Path, name: str, common: dict[str, Any], media: Path
) -> list[bytes] | None:
    """Call a function in a process of its own, so that no scene finds what another left."""
    context = multiprocessing.get_context("fork")
    read, write = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(write, render, file, name, common, media))
    process.start()
    write.close()
    try:
        good, value = read.recv()
    except EOFError:
        good, value = False, "the process died"
    process.join()
    if not good:
        raise RuntimeError(value)
    result: list[bytes] | None = value
    return result


def _report(
    write: Any, render: Any, file: Path, name: str, common: dict[str, Any], media: Path
) -> None:
    os.chdir(file.parent)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    try:
        with tempconfig(common | {"media_dir": str(media), "text_dir": str(media / "texts")}):
            made = render(file, name)
            write.send((True, frames_of(made) if made and made.suffix == ".mp4" else None))
    except BaseException:
        write.send((False, traceback.format_exc()))


def main() -> int:
    """Compare them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which scenes (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="scenes at a time (default: 2)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the figures to a page")
    options = parser.parse_args()
    chosen = [e for e in examples() if not options.names or e.name in options.names]
    tally: Counter[str] = Counter()
    frames, others = 0, []
    with (
        tempfile.TemporaryDirectory(prefix="nnviz-tex-") as tex,
        ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool,
    ):
        futures = [pool.submit(compare, example, Path(tex)) for example in chosen]
        for done, future in enumerate(as_completed(futures), start=1):
            outcome = future.result()
            tally[outcome.verdict] += 1
            frames += outcome.frames
            if outcome.verdict != "same":
                line = f"{outcome.verdict}: {outcome.example.name} ({outcome.example.source})"
                others.append(line + (f": {outcome.detail}" if outcome.detail else ""))
                print(others[-1], flush=True)
            elif sys.stdout.isatty():
                print(f"{done} of {len(chosen)}", end="\r", flush=True)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in tally.most_common())
    print(f"{len(chosen)} scenes, {frames} frames: {counts}.")
    if options.write:
        page = [
            "# Conformance",
            "",
            "Written by `make conformance`, whose docstring says what is compared.",
            f"Manim {manim.__version__}: {len(chosen)} scenes, {frames:,} frames: {counts}.",
            "",
            *(f"- {line}" for line in sorted(others)),
        ]
        options.write.write_text("\n".join([*page, ""]), encoding="utf-8")
    return 1 if tally["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
