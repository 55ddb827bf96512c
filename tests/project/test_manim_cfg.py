"""The configuration's quality is a default: what the command line says wins."""

import re
import subprocess
import sys
from pathlib import Path

import av
import pytest

CFG = Path(__file__).resolve().parents[2] / "manim.cfg"
SCENE = """
from manim import Scene, Dot

class Tiny(Scene):
    def construct(self):
        self.add(Dot())
        self.wait(0.1)
"""


@pytest.mark.every(6)
@pytest.mark.parametrize(
    ("flags", "size", "rate"),
    [
        ([], (1920, 1080), 60),
        (["-ql"], (854, 480), 15),
        (["-qm"], (1280, 720), 30),
        (["-qh"], (1920, 1080), 60),
        (["-r", "320,180"], (320, 180), 60),
        (["-ql", "--fps", "10"], (854, 480), 10),
    ],
)
def test_flags_win_over_the_file(tmp_path, flags, size, rate):
    (tmp_path / "manim.cfg").write_text(re.sub(r"preview_command.*\n", "", CFG.read_text()))
    (tmp_path / "tiny.py").write_text(SCENE)
    command = [sys.executable, "-m", "manim", "render", *flags, "tiny.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (video,) = tmp_path.glob("media/videos/tiny/*/Tiny.mp4")
    with av.open(video) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == size
        assert stream.average_rate == rate
