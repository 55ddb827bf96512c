"""A film is that of one run, whatever the run was up to: chance, clocks, files, its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import config

from nnviz._manim import temp_config
from nnviz.render.rendering import render_scene

pytestmark = pytest.mark.usefixtures("filming")

#: A square whose place is written down at every frame, and after each play.
WALK = """from manim import *
import datetime, os, pathlib, random, time, uuid

LOG = pathlib.Path(__file__).with_name("places.txt")


class Film(Scene):
    def construct(self):
        {before}
        d = Square(0.4, fill_opacity=1).shift(LEFT * 5)

        def walk(m, dt):
            m.shift({step} * 0.1 * RIGHT)

        d.add_updater(walk)
        watch = Mobject()
        watch.add_updater(lambda m, dt: LOG.open("a").write(f"{{d.get_x()}}\\n"))
        self.add(d, watch)
        self.wait(1)
        d.remove_updater(walk)
        self.play(d.animate.shift(RIGHT * 0.2), run_time=0.6)
"""
STEPS = {
    "generator of one's own": ("rng = np.random.default_rng()", "rng.uniform(0, 9)"),
    "another generator": ("rng = random.Random()", "rng.uniform(0, 9)"),
    "bytes of the system's": ("", "os.urandom(1)[0] / 30"),
    "time": ("", "(time.time() * 1000 % 9)"),
    "counter": ("", "(time.perf_counter() * 1000 % 9)"),
    "date": ("", "(datetime.datetime.now().microsecond / 1e6 * 9)"),
    "unique names": ("", "(uuid.uuid4().int % 9)"),
    "hashes": ("", "(hash(os.urandom(8)) % 9)"),
    "the process": ("", "(os.getpid() * 7919 % 5 + time.monotonic_ns() % 5)"),
}


def middles(film: np.ndarray) -> np.ndarray:
    """Return where the only bright thing of each frame is, from left to right, in pixels."""
    bright = film[:, : config.pixel_height] > 120  # the upper part of the planes is brightness
    columns = np.arange(bright.shape[2])
    return (bright * columns).sum(axis=(1, 2)) / bright.sum(axis=(1, 2))


@pytest.mark.parametrize("kind", STEPS)
def test_a_film_is_of_one_run(kind: str, tmp_path: Path, frames: Any) -> None:
    before, step = STEPS[kind]
    file = tmp_path / "film.py"
    file.write_text(WALK.format(before=before or "pass", step=step))
    films = []
    for _ in range(2):
        (tmp_path / "places.txt").unlink(missing_ok=True)
        film = frames(render_scene(file, "Film", jobs=1))
        places = [float(line) for line in (tmp_path / "places.txt").read_text().split()]
        written = iter((x / config.frame_width + 0.5) * config.pixel_width - 0.5 for x in places)
        for frame, seen in enumerate(middles(film)):
            # A play may update once more than it shows.
            assert any(abs(x - seen) < 0.7 for x in written), f"frame {frame} is of another run"
        films.append(film)
    assert not np.array_equal(*films), "chance"


def _by_chance(file: Path, seed: int) -> Path | None:
    import random

    config._d["seed"] = None  # which nothing else takes back
    random.seed(seed)  # as it is by chance in every process
    np.random.seed(seed)
    return render_scene(file, "Film", jobs=2)


@pytest.mark.parametrize("step", ["random.uniform(0, 9)", "np.random.uniform(0, 9)"])
def test_without_a_seed(step: str, tmp_path: Path, frames: Any, apart: Any) -> None:
    file = tmp_path / "film.py"
    file.write_text(WALK.format(before="self.play(Create(Square()), run_time=0.4)", step=step))
    first, second = (frames(apart(_by_chance, file, seed)) for seed in (1, 2))
    assert np.array_equal(first[:4], second[:4])
    assert not np.array_equal(first, second)
    assert len(list(tmp_path.rglob("partial_movie_files/Film/*.mp4"))) == 5


# --- what a scene does beside its film


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


EFFECTS = """from manim import *
print("imported")
class Film(Scene):
    def construct(self):
        n = [0]
        def up(m, dt):
            n[0] += 1
            open("log.txt", "a").write(f"{n[0]}\\n")
            m.shift(0.05 * RIGHT)
        self.add(Square().add_updater(up))
        self.wait(2)
        print("between")
        self.wait(1)
        print("at the end")
    def tear_down(self):
        print("torn down")
"""


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.usefixtures("many_pieces")
def test_what_a_scene_does_is_done_once(
    jobs: int, at_home: Path, apart: Any, capfd: Any, drawn_by_manim: Any
) -> None:
    (at_home / "film.py").write_text(EFFECTS)
    drawn_by_manim(at_home / "film.py", "Film")
    log = at_home / "log.txt"
    stock = log.read_text()
    said = capfd.readouterr().out
    assert stock.split() == [str(n) for n in range(1, len(stock.split()) + 1)]
    for _ in range(2):  # also when everything is kept
        log.unlink()
        apart(render_scene, at_home / "film.py", "Film", jobs=jobs)
        assert log.read_text() == stock
        out, errors = capfd.readouterr()
        assert (out, errors) == (said, "")
    assert said.split("\n") == ["imported", "between", "at the end", "torn down", ""]


SCENES = {
    "a run time of zero": "self.play(Create(Square()), FadeIn(Circle(), run_time=0))",
    "a file that is read and removed": (
        "import os\n"
        "        q = Square().add_updater(lambda m, dt: m.rotate(dt))\n"
        "        self.add(q)\n"
        "        np.savetxt('tmp.csv', [1, 2])\n"
        "        np.loadtxt('tmp.csv')\n"
        "        self.wait(0.6)\n"
        "        os.remove('tmp.csv')\n"
        "        self.wait(0.6)"
    ),
    "a picture that is shown and removed": (
        "import os\n"
        "        from PIL import Image\n"
        "        Image.new('RGB', (9, 9), 'red').save('tmp.png')\n"
        "        c = Circle(fill_opacity=1).color_using_background_image('tmp.png')\n"
        "        self.play(FadeIn(c, ImageMobject('tmp.png').scale(9)))\n"
        "        os.remove('tmp.png')\n"
        "        self.play(c.animate.shift(RIGHT))"
    ),
    "a background in the middle of a play": (
        "def u(dt):\n"
        "            self.camera.background_color = "
        "interpolate_color(BLACK, WHITE, min(1, self.n / 20))\n"
        "            self.n += 1\n"
        "        self.n = 0\n"
        "        self.add_updater(u)\n"
        "        self.play(Create(Square(color=RED)), run_time=2)"
    ),
    "mobjects changed after they were drawn": (
        "s = Square(fill_opacity=1)\n"
        "        self.play(FadeIn(s), run_time=0.4)\n"
        "        s.points[:] *= 0.5\n"
        "        self.wait(0.4)\n"
        "        s.fill_rgbas[:] = 0.3\n"
        "        i = ImageMobject(np.zeros((9, 9), np.uint8)).scale(9)\n"
        "        self.add(i)\n"
        "        self.wait(0.4)\n"
        "        i.pixel_array[..., 0] = 200\n"
        "        self.wait(0.4)"
    ),
}


@pytest.mark.every(3)
@pytest.mark.parametrize("kind", SCENES)
def test_frames_are_manims(
    kind: str, at_home: Path, frames: Any, drawn_by_manim: Any, apart: Any
) -> None:
    file = at_home / "film.py"
    file.write_text(
        "from manim import *\nclass Film(Scene):\n    def construct(self):\n"
        f"        {SCENES[kind]}\n"
    )
    ours = frames(apart(render_scene, file, "Film", jobs=2))
    np.testing.assert_array_equal(ours, drawn_by_manim(file, "Film"))
    np.testing.assert_array_equal(ours, frames(render_scene(file, "Film", jobs=1)))


GOES = """import os
from manim import *
class Film(Scene):
    def construct(self):
        self.play(Create(Square()), run_time=0.4)
        os.chdir("elsewhere")
        self.play(Create(Circle()), run_time=0.4)
        self.add(Text("here"))
        self.wait(0.4)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scene_that_goes_to_another_folder(
    jobs: int, at_home: Path, frames: Any, apart: Any, drawn_by_manim: Any
) -> None:
    """The media folder is where it was when the scene began."""
    (at_home / "film.py").write_text(GOES)
    (at_home / "elsewhere").mkdir()
    stock = apart(drawn_by_manim, at_home / "film.py", "Film")
    with temp_config({"media_dir": "./media"}):
        for _ in range(2):
            made = apart(render_scene, Path("film.py"), "Film", jobs=jobs)
            assert made is not None
            (video,) = at_home.rglob("media/videos/film/54p10/Film.mp4")
            assert Path(video).is_relative_to(at_home / "media")
            np.testing.assert_array_equal(frames(video), stock)


@pytest.mark.parametrize("name", ["it's", "a 'b' c", "spaces  in it", "ünï", "#%?&", "[a]*"])
def test_names_of_folders(name: str, tmp_path: Path, frames: Any) -> None:
    """Of the media folder, and of the scene's."""
    home = tmp_path / name
    home.mkdir()
    (home / "film.py").write_text(
        "from manim import *\nclass Film(Scene):\n    def construct(self):\n"
        "        self.play(Create(Square()), run_time=0.4)\n        self.wait(0.4)\n"
    )
    with temp_config({"media_dir": str(home / "media"), "save_sections": True}):
        for _ in range(2):
            made = render_scene(home / "film.py", "Film", jobs=1)
            assert len(frames(made)) == 8
            assert made is not None
            assert made.is_relative_to(home)
        (part,) = made.parent.glob("sections/*.mp4")
        assert len(frames(part)) == 8


def test_a_file_with_an_apostrophe(tmp_path: Path, frames: Any) -> None:
    file = tmp_path / "it's.py"
    file.write_text(
        "from manim import *\nclass Film(Scene):\n    def construct(self): self.wait(0.4)\n"
    )
    assert len(frames(render_scene(file, "Film", jobs=1))) == 4


def test_the_same_scene_twice_at_a_time(tmp_path: Path, frames: Any, apart: Any) -> None:
    """Two processes that share a folder, each of which makes a whole film."""
    file = tmp_path / "film.py"
    file.write_text(
        "from manim import *\nclass Film(Scene):\n    def construct(self):\n"
        "        for x in range(9):\n            self.play(Create(Square()), run_time=0.4)\n"
    )
    pid = os.fork()
    if not pid:
        status = 1
        try:
            render_scene(file, "Film", jobs=1)
            status = 0
        finally:
            os._exit(status)
    made = render_scene(file, "Film", jobs=1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(frames(made)) == 36
    assert not list(tmp_path.rglob(".unfinished*"))
