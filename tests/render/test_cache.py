"""A piece that is kept is used where drawing it again gives the same frames, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import config, tempconfig

from nnviz.render import film
from nnviz.render.rendering import render_scene

pytestmark = pytest.mark.usefixtures("filming")

HEAD = "from manim import *\nimport numpy as np\n"
#: What is edited, from what to what; each changes frames by way of code that runs in a play.
STALE = {
    "class attribute read through self": (
        """
class Film(Scene):
    SPEED = 1
    def construct(self):
        dot = Dot()
        dot.add_updater(lambda m, dt: m.shift(self.SPEED * dt * RIGHT))
        self.add(dot)
        self.wait(1)
""",
        "SPEED = 1",
        "SPEED = 2",
    ),
    "body of an own animation": (
        """
class Grow(Animation):
    def interpolate_mobject(self, alpha):
        self.mobject.become(self.starting_mobject).scale(1 + alpha)
class Film(Scene):
    def construct(self):
        self.play(Grow(Square()))
""",
        "1 + alpha",
        "1 + 2 * alpha",
    ),
    "method of an own mobject": (
        """
class Shy(Square):
    def interpolate(self, *args, **kwargs):
        return super().interpolate(*args, **kwargs).shift(0.5 * RIGHT)
class Film(Scene):
    def construct(self):
        self.play(Shy().animate.shift(UP))
""",
        "0.5 * RIGHT",
        "0.9 * RIGHT",
    ),
    "function that a function calls": (
        """
def height(x):
    return x * x
class Film(Scene):
    def construct(self):
        self.play(UpdateFromAlphaFunc(Dot(), lambda m, a: m.move_to([a, height(a), 0])))
""",
        "x * x",
        "x * x * x",
    ),
    "a pure function": (
        """
def rate(t):
    return t * t
class Film(Scene):
    def construct(self):
        self.play(Square().animate(rate_func=rate).shift(RIGHT))
""",
        "t * t",
        "t * t * t",
    ),
    "a global that a pure function reads": (
        """
HOW_FAST = 2
class Film(Scene):
    def construct(self):
        self.play(Square().animate(rate_func=lambda t: t ** HOW_FAST).shift(RIGHT))
""",
        "HOW_FAST = 2",
        "HOW_FAST = 3",
    ),
    "colour": (
        """
class Film(Scene):
    def construct(self):
        self.play(Create(Square(color=RED)))
""",
        "RED",
        "BLUE",
    ),
    "what is behind": (
        """
class Film(Scene):
    def construct(self):
        self.camera.background_color = "#000000"
        self.play(Create(Square()))
""",
        "#000000",
        "#333333",
    ),
    "order on screen": (
        """
class Film(Scene):
    def construct(self):
        a, b = Square(fill_opacity=1, color=RED), Circle(fill_opacity=1, color=BLUE)
        self.add(a, b)
        self.play(Create(Dot(UP)))
""",
        "add(a, b)",
        "add(b, a)",
    ),
}
#: Edits that cannot matter to any frame.
HARMLESS = {
    "comment": ("class Film", "# a comment\n\nclass Film"),
    "a method nobody calls in the play": (
        "    def construct(self):",
        "    def help(self):\n        return 1\n    def construct(self):",
    ),
}


def rendered(file: Path, frames: Any) -> np.ndarray:
    result: np.ndarray = frames(render_scene(file, "Film", jobs=1))
    return result


def fresh(file: Path, folder: Path, frames: Any) -> np.ndarray:
    with tempconfig({"media_dir": str(folder), "disable_caching": True}):
        return rendered(file, frames)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files of pieces that have been drawn."""
    files: list[Path] = []
    plain = film.write_whole

    def write_whole(path: Path, data: bytes) -> None:
        files.append(path)
        plain(path, data)

    monkeypatch.setattr(film, "write_whole", write_whole)
    return files


@pytest.mark.parametrize("kind", STALE)
def test_an_edit_that_matters(kind: str, tmp_path: Path, frames: Any, drawn: list[Path]) -> None:
    code, old, new = STALE[kind]
    file = tmp_path / "film.py"
    file.write_text(HEAD + code)
    before = rendered(file, frames)
    assert drawn
    drawn.clear()
    np.testing.assert_array_equal(rendered(file, frames), before)
    assert not drawn, "nothing has changed"
    assert code.count(old) == 1
    file.write_text(HEAD + code.replace(old, new))
    after = rendered(file, frames)
    np.testing.assert_array_equal(after, fresh(file, tmp_path / "fresh", frames))
    assert not np.array_equal(after, before)


@pytest.mark.parametrize("kind", HARMLESS)
@pytest.mark.parametrize("scene", ["a pure function", "colour", "order on screen"])
def test_an_edit_that_cannot_matter(
    kind: str, scene: str, tmp_path: Path, frames: Any, drawn: list[Path]
) -> None:
    file = tmp_path / "film.py"
    file.write_text(HEAD + STALE[scene][0])
    before = rendered(file, frames)
    drawn.clear()
    old, new = HARMLESS[kind]
    file.write_text(file.read_text().replace(old, new))
    np.testing.assert_array_equal(rendered(file, frames), before)
    assert not drawn


def test_a_comment_does_not_matter_to_a_play_that_runs_the_users_code(
    tmp_path: Path, frames: Any, drawn: list[Path]
) -> None:
    file = tmp_path / "film.py"
    file.write_text(HEAD + STALE["body of an own animation"][0])
    rendered(file, frames)
    drawn.clear()
    file.write_text(file.read_text().replace("class Film", "# so\n\n\nclass Film"))
    rendered(file, frames)
    assert not drawn


MANY = (
    HEAD
    + """
class Film(Scene):
    def construct(self):
        square = Square()
        self.play(Create(square))
        # here
        self.play(square.animate.shift(RIGHT))
        self.play(square.animate.set_color(RED))
        self.wait(0.5)
        self.play(FadeOut(square))
"""
)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("# here", "self.wait(0.3)", 1),  # the names of what follows stay
        ("FadeOut(square)", "FadeOut(square, shift=UP)", 1),
        ("square.animate.shift(RIGHT)", "square.animate.shift(LEFT)", 4),
    ],
)
def test_an_edit_costs_the_plays_that_it_changes(
    old: str, new: str, count: int, tmp_path: Path, frames: Any, drawn: list[Path]
) -> None:
    file = tmp_path / "film.py"
    file.write_text(MANY)
    rendered(file, frames)
    assert len(drawn) == 5
    drawn.clear()
    file.write_text(MANY.replace(old, new))
    ours = rendered(file, frames)
    assert len(drawn) == count
    np.testing.assert_array_equal(ours, fresh(file, tmp_path / "fresh", frames))


def test_plays_alike_but_for_the_time(tmp_path: Path, frames: Any, drawn_by_manim: Any) -> None:
    file = tmp_path / "film.py"
    file.write_text(
        HEAD
        + """
class Film(Scene):
    def construct(self):
        dot = Dot()
        dot.add_updater(lambda m: m.move_to([self.renderer.time, 0, 0]))
        self.add(dot)
        for _ in range(3):
            self.wait(1, frozen_frame=False)
            dot.move_to(ORIGIN)
"""
    )
    np.testing.assert_array_equal(rendered(file, frames), drawn_by_manim(file, "Film"))


def test_a_change_of_a_module_that_the_scene_imports(
    tmp_path: Path, frames: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    helper, file = tmp_path / "helper_of_film.py", tmp_path / "film.py"
    monkeypatch.syspath_prepend(str(tmp_path))
    file.write_text(
        HEAD
        + """
from helper_of_film import place
class Film(Scene):
    def construct(self):
        self.play(UpdateFromAlphaFunc(Dot(), lambda m, a: m.move_to(place(a))))
"""
    )
    seen = []
    for factor in (1, 2):
        helper.write_text(f"def place(a):\n    return [{factor} * a, 0, 0]\n")
        sys.modules.pop("helper_of_film", None)
        seen.append(rendered(file, frames))
    assert not np.array_equal(*seen)


def test_a_file_that_an_updater_reads(tmp_path: Path, frames: Any) -> None:
    data, file = tmp_path / "data.txt", tmp_path / "film.py"
    file.write_text(
        HEAD
        + f"""
class Film(Scene):
    def construct(self):
        def place(dot, dt):
            with open({str(data)!r}) as file:
                dot.move_to([float(file.read()), 0, 0])
        dot = Dot()
        dot.add_updater(place)
        self.add(dot)
        self.wait(0.5)
        self.wait(0.5)
"""
    )
    seen = []
    for text in ("0", "1"):
        data.write_text(text)
        seen.append(rendered(file, frames))
    assert not np.array_equal(*seen)
    np.testing.assert_array_equal(seen[1], fresh(file, tmp_path / "fresh", frames))


def test_chance_that_is_not_seeded_is_not_kept(
    tmp_path: Path, frames: Any, apart: Callable[..., Any], drawn_by_manim: Any
) -> None:
    file = tmp_path / "film.py"
    file.write_text(
        HEAD
        + """
import random
class Film(Scene):
    def construct(self):
        self.play(Create(Square()))
        self.play(UpdateFromFunc(Dot(), lambda m: m.move_to([random.uniform(-3, 3), 0, 0])))
"""
    )
    first, second = (frames(apart(_after_chance, seed, file)) for seed in (1, 2))
    assert np.array_equal(first[:10], second[:10])
    assert not np.array_equal(first, second)


def _after_chance(seed: int, file: Path) -> Path | None:
    import random

    config._d["seed"] = None  # which nothing else takes back
    random.seed(seed)  # as it is by chance in every process
    return render_scene(file, "Film", jobs=1)


@pytest.mark.parametrize("kind", ["body of an own animation", "a pure function"])
def test_without_a_seed(kind: str, tmp_path: Path, apart: Callable[..., Any]) -> None:
    file = tmp_path / "film.py"
    file.write_text(HEAD + STALE[kind][0])
    for seed in (1, 2):
        apart(_after_chance, seed, file)
    assert len(list((tmp_path / "media").rglob("partial_movie_files/Film/*.mp4"))) == 1


@pytest.mark.parametrize("updater", ["", "square.add_updater(lambda m: m)"])
def test_data_that_hold_themselves(updater: str, tmp_path: Path, frames: Any) -> None:
    file = tmp_path / "film.py"
    file.write_text(
        HEAD
        + f"""
class Film(Scene):
    def construct(self):
        data = []
        data.append(data)
        square = ImageMobject(np.zeros((2, 2), dtype=np.uint8))
        square.data = data
        {updater}
        self.add(square)
        self.play(Create(Circle()))
"""
    )
    np.testing.assert_array_equal(rendered(file, frames), fresh(file, tmp_path / "fresh", frames))


def test_a_change_of_nnviz(
    tmp_path: Path, frames: Any, drawn: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnviz.render import names

    file = tmp_path / "film.py"
    file.write_text(MANY)
    rendered(file, frames)
    drawn.clear()
    monkeypatch.setattr(names, "library", lambda: "another version")
    rendered(file, frames)
    assert len(drawn) == 5
