"""Whatever an edit touches, the next film is the edited scene's; what looks the same is kept.

Each scene is rendered, edited, and rendered again into the same folder. The second film has to be
the one that an empty folder gives.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import manim
import numpy as np
import pytest
from manim import config
from manim.mobject.svg.svg_mobject import SVG_HASH_TO_MOB_MAP
from PIL import Image

from nnviz.render.rendering import render_scene

pytestmark = pytest.mark.usefixtures("filming", "small", "as_it_was")

HEAD = "from manim import *\nfrom pathlib import Path\nHERE = Path(__file__).parent\n"
#: An updater that goes as fast as v says.
MOVES = (
    "d = Square(); self.add(d); d.add_updater(lambda m, dt: m.shift(2 * RIGHT * dt * v));"
    " self.wait(0.6)"
)


@dataclass(frozen=True)
class Edit:
    """A scene, and what is edited: a word of it, or something else.

    Attributes
    ----------
    scene : str
        The file; a line without a class is what the scene does.
    old, new : str
        What is replaced in `file`.
    file : str
        The file that is edited.
    files : dict
        Other files of the scene's.
    make : callable or None
        Makes what else the scene reads, for the first film (0) and for the second (1).
    settings : tuple of two dicts
        Manim's configuration for the first film and for the second.
    """

    scene: str
    old: str = ""
    new: str = ""
    file: str = "film.py"
    files: dict[str, str] = field(default_factory=dict)
    make: Callable[[Path, int, pytest.MonkeyPatch], None] | None = None
    settings: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    @property
    def text(self) -> str:
        """The scene's file."""
        if "class Film" in self.scene:
            return f"{HEAD}{self.scene}"
        return f"{HEAD}class Film(Scene):\n    def construct(self):\n        {self.scene}\n"


def picture(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (8, 8), ("red", "blue")[version]).save(folder / "picture.png")


def array(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    np.save(folder / "v.npy", np.array([1.0, 3.0][version]))


def archive(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    np.savez_compressed(folder / "v.npz", v=np.array([1.0, 3.0][version]))


def database(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    import sqlite3

    with sqlite3.connect(folder / "v.db") as connection:
        connection.execute("create table if not exists t (v)")
        connection.execute("delete from t")
        connection.execute("insert into t values (?)", [(1, 3)[version]])
    connection.close()


def link(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    (folder / "one.txt").write_text("1")
    (folder / "two.txt").write_text("3")
    (folder / "v.txt").unlink(missing_ok=True)
    (folder / "v.txt").symlink_to(("one.txt", "two.txt")[version])


def environment(_: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEED_OF_FILM", "13"[version])


def drawing(folder: Path, version: int, _: pytest.MonkeyPatch) -> None:
    shape = ('<rect width="4" height="2"/>', '<circle r="2"/>')[version]
    (folder / "shape.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{shape}</svg>')


PY = {"c.py": "v = 1\n"}
IN_PY = {"old": "v = 1", "new": "v = 3", "file": "c.py", "files": PY}
EDITS = {
    # --- what other animations, or parts of them, do later
    "second part of a succession": Edit(
        "a, b = Square(), Circle(); self.add(b);"
        " self.play(Succession(a.animate.shift(UP), b.animate.shift(LEFT)))",
        "LEFT",
        "DOWN",
    ),
    "target in a succession": Edit(
        "a = Square(); self.play(Succession(Create(a), Transform(a, Triangle(color=RED))))",
        "RED",
        "GREEN",
    ),
    "option of a number": Edit(
        "d = DecimalNumber(5, num_decimal_places=0, group_with_commas=True, mob_class=Text);"
        " self.add(d); self.play(ChangeDecimalToValue(d, 123456))",
        "commas=True",
        "commas=False",
    ),
    "edge of a number": Edit(
        "d = DecimalNumber(5, num_decimal_places=0, edge_to_fix=LEFT, mob_class=Text);"
        " self.add(d); self.play(ChangeDecimalToValue(d, 123456))",
        "fix=LEFT",
        "fix=RIGHT",
    ),
    "speed": Edit(
        "self.play(ChangeSpeed(Square().animate.shift(2 * RIGHT), {0: 1, 0.5: 0.2, 1: 1}))",
        "0.2",
        "0.9",
    ),
    "order of animations": Edit(
        "a, b = Square(color=RED, fill_opacity=1), Circle(color=BLUE, fill_opacity=1);"
        " self.play(FadeIn(a), FadeIn(b))",
        "FadeIn(a), FadeIn(b)",
        "FadeIn(b), FadeIn(a)",
    ),
    # --- code
    "wrapped function": Edit(
        "import functools; r = functools.wraps(smooth)(lambda t: 0.3 * t);"
        " self.play(Square().animate(rate_func=r).shift(2 * RIGHT))",
        "0.3",
        "0.9",
    ),
    "partial function": Edit(
        "from functools import partial; r = partial(lambda k, t: k * t, 0.3);"
        " self.play(Square().animate(rate_func=r).shift(2 * RIGHT))",
        "0.3",
        "0.9",
    ),
    "method of Manim's, patched in the file": Edit(
        "Transform.interpolate_submobject = lambda self, m, s, t, alpha:"
        " m.interpolate(s, t, alpha * 0.2, self.path_func) and self;"
        " self.play(Transform(Square(), Circle()))",
        "0.2",
        "0.9",
    ),
    "method that draws, patched in the file": Edit(
        "Square.get_stroke_width = lambda self, background=False: 9;"
        " self.play(FadeIn(Square(color=RED)))",
        ": 9",
        ": 40",
    ),
    "default of a class": Edit(
        "Square.set_default(side_length=1.0); self.play(Create(Square()))", "1.0", "2.5"
    ),
    "file that is executed": Edit(
        f"v = {{}}; exec((HERE / 'c.py').read_text(), v); v = v['v']; {MOVES}", **IN_PY
    ),
    "file that is run": Edit(
        f"import runpy; v = runpy.run_path(str(HERE / 'c.py'))['v']; {MOVES}", **IN_PY
    ),
    "file that is imported by its path": Edit(
        "import importlib.util as iu; s = iu.spec_from_file_location('cc', HERE / 'c.py');"
        f" c = iu.module_from_spec(s); s.loader.exec_module(c); v = c.v; {MOVES}",
        **IN_PY,
    ),
    "class of another file": Edit(
        "import sys; sys.path.insert(0, str(HERE))\n"
        "from base_of_film import Base\n"
        "class Film(Base):\n    def construct(self):\n        self.move(Square())\n",
        "2 * RIGHT",
        "3 * UP",
        file="base_of_film.py",
        files={
            "base_of_film.py": "from manim import *\nclass Base(Scene):\n"
            "    def move(self, m):\n        self.play(m.animate.shift(2 * RIGHT))\n"
        },
    ),
    "default argument": Edit(
        "def up(m, dt, v=1): m.shift(2 * RIGHT * dt * v)\n"
        "class Film(Scene):\n    def construct(self):\n"
        "        self.add(Square().add_updater(up)); self.wait(0.6)\n",
        "v=1",
        "v=3",
    ),
    "closure": Edit(
        "def maker(v):\n    return lambda m, dt: m.shift(2 * RIGHT * dt * v)\n"
        "class Film(Scene):\n    def construct(self):\n"
        "        self.add(Square().add_updater(maker(1))); self.wait(0.6)\n",
        "maker(1)",
        "maker(3)",
    ),
    "attribute of the class": Edit(
        "class Film(Scene):\n    SPEED = 1\n    def construct(self):\n"
        "        d = Square().add_updater(lambda m, dt: m.shift(self.SPEED * dt * RIGHT))\n"
        "        self.add(d); self.wait(0.6)\n",
        "SPEED = 1",
        "SPEED = 3",
    ),
    "attribute of an attribute": Edit(
        "from types import SimpleNamespace as N\nSTYLE = N(motion=N(speed=1))\n"
        "class Film(Scene):\n    def construct(self):\n"
        "        d = Square().add_updater(lambda m, dt: m.shift(STYLE.motion.speed * dt * RIGHT))\n"
        "        self.add(d); self.wait(0.6)\n",
        "speed=1",
        "speed=3",
    ),
    "property": Edit(
        "class Film(Scene):\n    @property\n    def speed(self): return 1\n"
        "    def construct(self):\n"
        "        d = Square().add_updater(lambda m, dt: m.shift(self.speed * dt * RIGHT))\n"
        "        self.add(d); self.wait(0.6)\n",
        "return 1",
        "return 3",
    ),
    "function that a function calls": Edit(
        "def height(x): return x * x\n"
        "class Film(Scene):\n    def construct(self):\n"
        "        move = lambda m, a: m.move_to([2 * a, height(a), 0])\n"
        "        self.play(UpdateFromAlphaFunc(Square(), move))\n",
        "x * x",
        "x",
    ),
    "code in a text": Edit(f"v = eval('1 + 0'); {MOVES}", "1 + 0", "1 + 2"),
    "own animation": Edit(
        "class Grow(Animation):\n    def interpolate_mobject(self, alpha):\n"
        "        self.mobject.become(self.starting_mobject).scale(1 + alpha)\n"
        "class Film(Scene):\n    def construct(self): self.play(Grow(Square()))\n",
        "1 + alpha",
        "1 + 2 * alpha",
    ),
    "own mobject": Edit(
        "class Shy(Square):\n    def interpolate(self, *args, **kwargs):\n"
        "        return super().interpolate(*args, **kwargs).shift(0.5 * RIGHT)\n"
        "class Film(Scene):\n    def construct(self): self.play(Shy().animate.shift(UP))\n",
        "0.5 * RIGHT",
        "0.9 * RIGHT",
    ),
    "own points": Edit(
        "class Bend(VMobject):\n    def generate_points(self):\n"
        "        self.set_points_smoothly([LEFT, UP * 0.5, RIGHT])\n"
        "class Film(Scene):\n    def construct(self): self.add(Bend()); self.wait(0.4)\n",
        "UP * 0.5",
        "UP * 1.5",
    ),
    "own camera": Edit(
        "class Own(Camera):\n    def capture_mobjects(self, *args, **kwargs):\n"
        "        self.pixel_array[..., 0] = 100\n"
        "class Film(Scene):\n    def __init__(self, **kwargs):\n"
        "        super().__init__(camera_class=Own, **kwargs)\n"
        "    def construct(self): self.wait(0.4)\n",
        "= 100",
        "= 200",
    ),
    "state of a generator": Edit(
        "steps = iter([0.1, 0.2, 0.3, 0.9]);"
        " self.add(Square().add_updater(lambda m, dt: m.shift(next(steps, 0) * RIGHT)));"
        " self.wait(0.4); self.wait(0.4)",
        "0.3",
        "0.8",
    ),
    "a cache of the file's": Edit(
        "import functools\n@functools.cache\ndef speed(): return 1\n"
        "class Film(Scene):\n    def construct(self):\n"
        "        self.add(Square().add_updater(lambda m, dt: m.shift(speed() * dt * RIGHT)))\n"
        "        self.wait(0.6)\n",
        "return 1",
        "return 3",
    ),
    "updater": Edit(f"v = 1; {MOVES}", "2 * RIGHT", "2 * UP"),
    "updater of the scene": Edit(
        "d = Square().add_updater(lambda m: m); self.add(d);"
        " self.add_updater(lambda dt: d.shift(dt * RIGHT));"
        " self.wait(0.6)",
        "dt * RIGHT",
        "dt * UP",
    ),
    "always redrawn": Edit(
        "t = ValueTracker(0); self.add(always_redraw(lambda: Line(ORIGIN, t.get_value() * UP)));"
        " self.play(t.animate.set_value(1))",
        "* UP",
        "* RIGHT",
    ),
    "end of a tracker": Edit(
        "t = ValueTracker(0); self.add(always_redraw(lambda: Line(ORIGIN, t.get_value() * UP)));"
        " self.play(t.animate.set_value(1))",
        "set_value(1)",
        "set_value(3)",
    ),
    "trace": Edit(
        "d = Dot(); self.add(d, TracedPath(d.get_center, stroke_width=20, dissipating_time=0.2));"
        " self.play(d.animate.shift(3 * RIGHT))",
        "time=0.2",
        "time=0.8",
    ),
    "condition": Edit(
        "d = Square().add_updater(lambda m, dt: m.shift(2 * dt * RIGHT)); self.add(d);"
        " self.wait_until(lambda: d.get_x() > 1, max_time=3)",
        "> 1",
        "> 2",
    ),
    # --- data
    "environment": Edit(
        f"import os; v = float(os.environ['SPEED_OF_FILM']); {MOVES}", make=environment
    ),
    "text file": Edit(
        f"v = float((HERE / 'v.txt').read_text()); {MOVES}",
        "1",
        "3",
        file="v.txt",
        files={"v.txt": "1"},
    ),
    "file that an updater reads": Edit(
        "d = Square(); self.add(d);"
        " d.add_updater(lambda m, dt: m.set_x(float((HERE / 'v.txt').read_text())));"
        " self.wait(0.6)",
        "1",
        "3",
        file="v.txt",
        files={"v.txt": "1"},
    ),
    "link to a file": Edit(f"v = float((HERE / 'v.txt').read_text()); {MOVES}", make=link),
    "array": Edit(f"v = np.load(HERE / 'v.npy'); {MOVES}", make=array),
    "mapped array": Edit(f"v = np.load(HERE / 'v.npy', mmap_mode='r'); {MOVES}", make=array),
    "archive": Edit(f"v = np.load(HERE / 'v.npz')['v']; {MOVES}", make=archive),
    "database": Edit(
        "import sqlite3; (v,), = sqlite3.connect(HERE / 'v.db').execute('select v from t');"
        f" {MOVES}",
        make=database,
    ),
    "what another process says": Edit(
        "import subprocess; v = float(subprocess.check_output(['cat', str(HERE / 'v.txt')]));"
        f" {MOVES}",
        "1",
        "3",
        file="v.txt",
        files={"v.txt": "1"},
    ),
    "picture, by its path": Edit(
        "self.play(FadeIn(ImageMobject(HERE / 'picture.png').scale(20)))", make=picture
    ),
    "picture, by Pillow": Edit(
        "from PIL import Image;"
        " self.play(FadeIn(ImageMobject(np.asarray(Image.open(HERE / 'picture.png'))).scale(20)))",
        make=picture,
    ),
    "picture behind a shape": Edit(
        "c = Circle(radius=3, fill_opacity=1).color_using_background_image("
        "str(HERE / 'picture.png')); self.play(FadeIn(c)); self.wait(0.4)",
        make=picture,
    ),
    "picture of the background": Edit(
        "class Film(Scene):\n    def setup(self):\n"
        "        self.camera.background_image = str(HERE / 'picture.png')\n"
        "        self.camera.init_background()\n"
        "    def construct(self): self.play(Create(Square()))\n",
        make=picture,
    ),
    "vector drawing": Edit(
        "self.play(FadeIn(SVGMobject(HERE / 'shape.svg', fill_opacity=1, fill_color=RED)))",
        make=drawing,
    ),
    # --- chance
    "seed of a generator": Edit(
        "r = np.random.default_rng(1);"
        " self.add(Square().add_updater(lambda m, dt: m.set_x(r.uniform(-3, 3)))); self.wait(0.6)",
        "default_rng(1)",
        "default_rng(2)",
    ),
    "seed in the file": Edit(
        "import random; random.seed(1);"
        " self.add(Square().add_updater(lambda m, dt: m.set_x(random.uniform(-3, 3))));"
        " self.wait(0.6)",
        "seed(1)",
        "seed(2)",
    ),
    "seed of Manim's": Edit(
        "self.add(Square().add_updater(lambda m, dt: m.set_x(np.random.uniform(-3, 3))));"
        " self.wait(0.6)",
        settings=({"seed": 1}, {"seed": 2}),
    ),
    # --- configuration and camera
    "configuration in the file": Edit(
        "config.background_color = BLACK\n"
        "class Film(Scene):\n    def construct(self): self.play(Create(Square()))\n",
        "= BLACK",
        "= GREEN",
    ),
    "width of the frame in the file": Edit(
        "config.frame_width = 14\n"
        "class Film(Scene):\n    def construct(self): self.play(Create(Square()))\n",
        "= 14",
        "= 7",
    ),
    "configuration": Edit(
        "self.play(Create(Square()))",
        settings=({"background_color": "#000000"}, {"background_color": "#00ff00"}),
    ),
    "size": Edit(
        "self.play(Create(Square()))", settings=({}, {"pixel_width": 96, "pixel_height": 54})
    ),
    "background": Edit(
        "self.camera.background_color = '#000000'; self.play(Create(Square()))",
        "#000000",
        "#333333",
    ),
    "background in the middle of a play": Edit(
        "def turn(m, a): self.camera.background_color = interpolate_color(BLACK, WHITE, a)\n"
        "        self.play(UpdateFromAlphaFunc(Square(), turn))",
        "WHITE",
        "RED",
    ),
    "moving camera": Edit(
        "class Film(MovingCameraScene):\n    def construct(self):\n"
        "        self.add(Square()); self.play(self.camera.frame.animate.scale(0.5).shift(UP))\n",
        "shift(UP)",
        "shift(LEFT)",
    ),
    "orientation": Edit(
        "class Film(ThreeDScene):\n    def construct(self):\n"
        "        self.set_camera_orientation(phi=1, theta=0.3); self.play(Create(Square()))\n",
        "phi=1",
        "phi=0.4",
    ),
    "turning camera": Edit(
        "class Film(ThreeDScene):\n    def construct(self):\n"
        "        self.set_camera_orientation(phi=1); self.add(Square())\n"
        "        self.begin_ambient_camera_rotation(rate=0.5); self.wait(0.6)\n",
        "rate=0.5",
        "rate=1.5",
    ),
    "light": Edit(
        "class Film(ThreeDScene):\n    def construct(self):\n"
        "        self.set_camera_orientation(phi=1)\n"
        "        self.renderer.camera.light_source.move_to(3 * IN)\n"
        "        self.add(Cube(fill_opacity=1)); self.wait(0.4)\n",
        "3 * IN",
        "9 * OUT",
    ),
    "fixed in the frame": Edit(
        "class Film(ThreeDScene):\n    def construct(self):\n"
        "        self.set_camera_orientation(phi=1)\n        s = Square().shift(UP + RIGHT)\n"
        "        self.add_fixed_in_frame_mobjects(s); self.wait(0.4)\n",
        "fixed_in_frame",
        "fixed_orientation",
    ),
    "zoom": Edit(
        "class Film(ZoomedScene):\n    def __init__(self, **kwargs):\n"
        "        super().__init__(zoom_factor=0.3, **kwargs)\n"
        "    def construct(self):\n        self.add(Square())\n"
        "        self.activate_zooming(); self.wait(0.4)\n",
        "factor=0.3",
        "factor=0.6",
    ),
    # --- looks
    "z index": Edit(
        "a = Square(color=RED, fill_opacity=1); b = Circle(color=BLUE, fill_opacity=1);"
        " self.add(a, b.set_z_index(1)); self.wait(0.4)",
        "index(1)",
        "index(-1)",
    ),
    "order": Edit(
        "a, b = Square(fill_opacity=1, color=RED), Circle(fill_opacity=1, color=BLUE);"
        " self.add(a, b); self.play(Create(Dot(UP)))",
        "add(a, b)",
        "add(b, a)",
    ),
    "foreground": Edit(
        "a = Square(color=RED, fill_opacity=1); self.add_foreground_mobject(a);"
        " self.play(FadeIn(Circle(color=BLUE, fill_opacity=1)))",
        "add_foreground_mobject(a)",
        "add(a)",
    ),
    "colour": Edit("self.play(Create(Square(color=RED)))", "RED", "BLUE"),
    "colour by a letter": Edit("self.play(Create(Square(color='#ff0000')))", "ff0000", "ff00ee"),
    "gradient": Edit(
        "self.play(FadeIn(Square(fill_opacity=1).set_color([RED, BLUE])))", "BLUE", "GREEN"
    ),
    "sheen": Edit(
        "self.play(FadeIn(Square(color=RED, fill_opacity=1).set_sheen(0.8, UL)))", "UL", "DR"
    ),
    "opacity": Edit("self.play(FadeIn(Square(fill_opacity=0.4)))", "0.4", "0.5"),
    "opacity of a line": Edit(
        "self.play(FadeIn(Square(stroke_opacity=0.4, stroke_width=30)))", "0.4", "0.5"
    ),
    "width of a line": Edit("self.play(Create(Square(stroke_width=9)))", "=9", "=19"),
    "line behind": Edit(
        "self.play(FadeIn(Square(fill_opacity=1).set_stroke(RED, 60, background=True)))",
        "background=True",
        "background=False",
    ),
    "joint": Edit(
        "self.play(FadeIn(Triangle(stroke_width=90, joint_type=LineJointType.MITER)))",
        "MITER",
        "ROUND",
    ),
    "end of a line": Edit(
        "self.play(FadeIn(Line(stroke_width=90).set_cap_style(CapStyleType.BUTT)))",
        "BUTT",
        "SQUARE",
    ),
    "dashes": Edit(
        "self.play(FadeIn(DashedLine(3 * LEFT, 3 * RIGHT, dash_length=0.5, stroke_width=20)))",
        "=0.5",
        "=0.9",
    ),
    "size of a text": Edit("self.add(Text('film', font_size=90)); self.wait(0.4)", "90", "60"),
    "text": Edit("self.add(Text('film', font_size=90)); self.wait(0.4)", "'film'", "'mill'"),
    "slant": Edit("self.add(Text('film', slant=ITALIC)); self.wait(0.4)", "ITALIC", "NORMAL"),
    "pixels": Edit(
        "self.play(FadeIn(ImageMobject(np.full((4, 4), 100, np.uint8)).scale(40)))", "100", "101"
    ),
    "one pixel": Edit(
        "a = np.zeros((4, 4), np.uint8); self.add(i := ImageMobject(a).scale(40)); self.wait(0.4);"
        " i.pixel_array[1, 1, :3] = 90; self.wait(0.4)",
        "[1, 1, :3]",
        "[1, 2, :3]",
    ),
    "resampling": Edit(
        "a = np.arange(0, 256, 17, np.uint8).reshape(4, 4); i = ImageMobject(a).scale(40);"
        " i.set_resampling_algorithm(RESAMPLING_ALGORITHMS['nearest']); self.play(FadeIn(i))",
        "nearest",
        "cubic",
    ),
    "cloud": Edit("self.add(PointCloudDot(radius=2, color=RED)); self.wait(0.4)", "RED", "BLUE"),
    "size of points": Edit(
        "self.add(PGroup(PointCloudDot(radius=2, density=2, stroke_width=4))); self.wait(0.4)",
        "stroke_width=4",
        "stroke_width=9",
    ),
    "shade": Edit(
        "class Film(ThreeDScene):\n    def construct(self):\n"
        "        self.set_camera_orientation(phi=1, theta=1)\n"
        "        self.add(Square(4, color=BLUE, fill_opacity=1).set_shade_in_3d(True))\n"
        "        self.wait(0.4)\n",
        "3d(True)",
        "3d(False)",
    ),
    # --- time
    "length of a play": Edit("self.play(Create(Square()), run_time=1)", "=1", "=0.6"),
    "length of a wait": Edit("self.add(Square()); self.wait(1)", "wait(1)", "wait(0.6)"),
    "lag": Edit(
        "self.play(LaggedStart(*(FadeIn(Square().shift(x * RIGHT)) for x in range(3)),"
        " lag_ratio=0.2))",
        "0.2",
        "0.9",
    ),
    "path": Edit("self.play(Transform(Dot(3 * LEFT), Dot(RIGHT), path_arc=1))", "=1", "=2"),
    "function of a path": Edit(
        "self.play(Transform(Dot(3 * LEFT), Dot(RIGHT), path_func=clockwise_path()))",
        "clockwise_path",
        "counterclockwise_path",
    ),
    "rate": Edit("self.play(Create(Square(), rate_func=linear))", "=linear", "=smooth"),
    "left out": Edit(
        "s = Square(); self.play(Create(s)); self.next_section('b', skip_animations=False);"
        " self.play(s.animate.shift(UP)); self.next_section('c'); self.play(FadeOut(s))",
        "animations=False",
        "animations=True",
    ),
    "one play more": Edit(
        "self.play(Create(Square()), run_time=0.4); self.wait(0.4)",
        "self.wait(0.4)",
        "self.wait(0.4); self.play(FadeIn(Dot(UP)), run_time=0.4)",
    ),
}


def test_there_are_enough_of_them() -> None:
    assert len(EDITS) > 80


@pytest.fixture
def small(filming: None) -> None:
    config.update({"pixel_width": 64, "pixel_height": 36, "frame_rate": 5})


@pytest.fixture
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back what scenes change in this process."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # files change within a second
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = {owner: dict(vars(owner)) for owner in (manim.Transform, manim.Square)}
    yield
    for owner, attributes in before.items():
        for name in vars(owner).keys() - attributes.keys():
            delattr(owner, name)
        for name, value in attributes.items():
            if vars(owner)[name] is not value:
                setattr(owner, name, value)


def forget(folder: Path) -> None:
    """Forget what one process remembers from film to film, and two do not."""
    SVG_HASH_TO_MOB_MAP.clear()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


def prepared(folder: Path, edit: Edit, version: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the files of a scene before (0) or after the edit (1)."""
    forget(folder)
    if edit.make:
        edit.make(folder, version, monkeypatch)
    for name, text in {**edit.files, "film.py": edit.text}.items():
        if version and edit.old and name == edit.file:
            assert text.count(edit.old) == 1
            text = text.replace(edit.old, edit.new)
        (folder / name).write_text(text)
    return folder / "film.py"


@pytest.mark.every(8)
@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_that_shows(
    kind: str, tmp_path: Path, frames: Any, hearing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = EDITS[kind]
    films = []
    for version, is_new in ((0, True), (0, False), (1, True), (1, False)):
        file = prepared(tmp_path, edit, version, monkeypatch)
        heard = hearing()
        made = render_scene(file, "Film", jobs=1, settings=edit.settings[version], listener=heard)
        films.append(frames(made))
        assert heard.new + heard.kept == len(films[-1])
        if not is_new:
            assert not heard.new, "nothing has changed"
    before, again, after, unchanged = films
    np.testing.assert_array_equal(again, before)
    np.testing.assert_array_equal(unchanged, after)
    prepared(tmp_path, edit, 1, monkeypatch)
    shutil.rmtree(tmp_path / "media")
    made = render_scene(file, "Film", jobs=1, settings=edit.settings[1])
    np.testing.assert_array_equal(after, frames(made))
    assert not np.array_equal(after, before), "the edit shows"
