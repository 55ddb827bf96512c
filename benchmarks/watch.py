"""Time `nnviz watch`: from saving a late edit to the changed play's last frame, at 480p15.

Two scenes: the chapter's WalkThroughTwoExample, whose last play is changed, and one of ten plays.
What is measured, in seconds from the moment in which the file has been saved:

begun
    The page hears that a run has begun: the change has been noticed.
recording
    The scene's file has been imported in a fresh process, and its first line is about to run.
recorded
    The changed play is recorded, and its last frame has been drawn. From "recording" to here is
    what running the scene costs.
seen
    The page has received the picture.
whole
    All is drawn and joined.

"beyond" is what is not the scene's: "seen" without the time from "recording" to "recorded".

    python benchmarks/watch.py [--runs N]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
TEN = """
from manim import *

class Ten(Scene):
    def construct(self):
        square = Square()
        self.play(Create(square))
        for _ in range(7):
            self.play(square.animate.shift(0.4 * RIGHT).rotate(0.3))
        self.play(square.animate.set_fill(BLUE, 0.5))
        self.play(Rotate(square, 1.0))
"""
LATE = "        self.show_recursion()\n"
PARTS = ("begun", "recording", "recorded", "seen", "whole")
#: Most seconds beyond what the scene costs, and in all; by scene.
AT_MOST = {"WalkThroughTwoExample": (1.5, None), "Ten": (None, 1.0)}


class Page:
    """What the page does, without a browser."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.path = parts.netloc, parts.path
        self._connection = http.client.HTTPConnection(self.host)
        self._connection.request("GET", f"{self.path}events")
        self._answer = self._connection.getresponse()
        #: What was sent last of a run that came to its end.
        self.last: dict[str, Any] = {}

    def states(self) -> Iterator[dict[str, Any]]:
        """Yield what the server sends, as it comes."""
        while line := self._answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def picture(self, name: str) -> bytes:
        """Fetch the picture of a play's end."""
        connection = http.client.HTTPConnection(self.host)
        connection.request("GET", f"{self.path}stills/{name}")
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return answer.read()


@contextlib.contextmanager
def watched(file: Path, scene: str) -> Iterator[Page]:
    """Watch a scene, and wait until its film is there."""
    words = [sys.executable, "-m", "nnviz", "watch", str(file), scene, "--no-browser"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=file.parents[1])
    try:
        assert process.stdout is not None
        page = Page(process.stdout.readline().strip())
        for state in page.states():
            assert state["status"] != "failed", state["error"]
            if state["status"] == "done":
                page.last = state
                break
        yield page
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def save(file: Path, text: str) -> float:
    """Replace a file as editors do; return when it was there."""
    draft = file.with_name(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return time.perf_counter()


def edited(page: Page, file: Path, text: str) -> dict[str, float]:
    """Save an edit of the last play; return when the page came to know what."""
    last, saved = page.last, save(file, text)
    at: dict[str, float] = {}

    def now(name: str) -> None:
        at.setdefault(name, time.perf_counter() - saved)

    for state in page.states():
        assert state["status"] != "failed", state["error"]
        if state["run"] == last["run"]:
            continue
        now("begun")
        if state["doing"] == "recording":
            now("recording")
        plays = [play for play in state["plays"] if not play["old"]]
        if len(plays) == len(last["plays"]) and "seen" not in at:
            now("recorded")
            assert plays[-1]["still"] != last["plays"][-1]["still"]
            page.picture(plays[-1]["still"])
            now("seen")
        if state["status"] == "done":
            now("whole")
            page.last = state
            return at
    raise AssertionError("the server has ended")


def main() -> int:
    """Measure both scenes; return 1 if one takes longer than it should."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="edits of each (default: %(default)s)")
    runs = parser.parse_args().runs
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(ROOT / "scenes", work / "scenes")
        shutil.copy(ROOT / "manim.cfg", work)
        if (ROOT / "media" / "Tex").exists():
            shutil.copytree(ROOT / "media" / "Tex", work / "media" / "Tex")
        (work / "scenes" / "ten.py").write_text(TEN)
        flagship = (work / "scenes" / "backprop.py").read_text(encoding="utf-8")
        assert flagship.count(LATE) == 1
        for scene, name, text, old, new in (
            (
                "WalkThroughTwoExample",
                "backprop.py",
                flagship,
                LATE,
                LATE + "        self.wait({})\n",
            ),
            ("Ten", "ten.py", TEN, "Rotate(square, 1.0)", "Rotate(square, 1.{})"),
        ):
            file = work / "scenes" / name
            file.write_text(text.replace(old, new.format(1)), encoding="utf-8")
            with watched(file, scene) as page:
                time.sleep(3)  # what the scene imports of others is being loaded
                took = [
                    edited(page, file, text.replace(old, new.format(k + 2))) for k in range(runs)
                ]
            status |= report(scene, took)
    return status


def report(scene: str, took: list[dict[str, float]]) -> int:
    """Print medians; return 1 if they are too long."""
    middle = {part: statistics.median(one[part] for one in took) for part in PARTS}
    beyond = statistics.median(one["seen"] - one["recorded"] + one["recording"] for one in took)
    print(f"{scene}, {len(took)} edits, load {os.getloadavg()[0]:.1f}")
    print("  " + "  ".join(f"{part} {seconds:.2f}" for part, seconds in middle.items()))
    print(f"  beyond {beyond:.2f}")
    most_beyond, most = AT_MOST[scene]
    return int(
        (most_beyond is not None and beyond > most_beyond)
        or (most is not None and middle["seen"] > most)
    )


if __name__ == "__main__":
    sys.exit(main())
