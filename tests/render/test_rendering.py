"""Scenes are recorded once and drawn by several processes: the frames are Manim's."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Scene, config

from nnviz._manim import temp_config
from nnviz.render import workers as workers_module
from nnviz.render.errors import SceneError
from nnviz.render.rendering import render_scene
from nnviz.render.workers import Workers

FILMS = Path(__file__).parent / "films" / "films.py"
pytestmark = pytest.mark.usefixtures("filming")


@pytest.mark.every(4)
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["Plain", "Updaters", "Moving", "Deep", "Long", "LeftOut"])
def test_frames_are_manims(
    name: str, jobs: int, apart: Any, frames: Any, drawn_once_by_manim: Any
) -> None:
    ours = frames(apart(render_scene, FILMS, name, jobs=jobs))
    np.testing.assert_array_equal(ours, drawn_once_by_manim(FILMS, name))


def _with_workers(count: int, method: str, **settings: Any) -> tuple[Path | None, list[str]]:
    """Render, and say how the workers came to be."""
    with Workers(count, method=method) as workers:
        kinds = [type(worker).__name__ for worker in workers._workers]
        return render_scene(FILMS, "Plain", workers=workers, settings=settings), kinds


@pytest.mark.usefixtures("many_pieces")
def test_who_draws_makes_no_difference(apart: Any, tmp_path: Path) -> None:
    made = [
        apart(
            render_scene,
            FILMS,
            "Plain",
            jobs=jobs,
            settings={"media_dir": str(tmp_path / f"{jobs}")},
        )
        for jobs in (1, 2, 3)
    ]
    for method, kind in (("fork", "_Forked"), ("spawn", "_Spawned")):
        video, kinds = apart(_with_workers, 1, method, media_dir=str(tmp_path / method))
        assert kinds == [kind]
        made.append(video)
    # Every byte, segments and all.
    assert len({video.read_bytes() for video in made}) == 1
    assert (
        len({tuple(sorted(p.name for p in video.parent.rglob("*/Plain/*.mp4"))) for video in made})
        == 1
    )


def test_workers_are_forked_where_there_is_one_thread_alone(apart: Any) -> None:
    def kinds() -> list[str]:
        with Workers(1) as workers:
            return [type(worker).__name__ for worker in workers._workers]

    def with_a_thread(start: Callable[[Callable[[], Any]], Any]) -> list[str]:
        running, over = threading.Event(), threading.Event()

        def work() -> None:
            running.set()
            over.wait()

        start(work)
        running.wait()
        try:
            return kinds()
        finally:
            over.set()

    import _thread

    assert apart(kinds) == ["_Forked"]
    assert apart(with_a_thread, lambda work: threading.Thread(target=work).start()) == ["_Spawned"]
    # One that Python's list of threads does not have holds locks, too.
    assert apart(with_a_thread, lambda work: _thread.start_new_thread(work, ())) == ["_Spawned"]


def test_threads_of_the_scenes(apart: Any, tmp_path: Path, frames: Any) -> None:
    file = tmp_path / "film.py"
    file.write_text(
        "import threading\n"
        "from manim import *\n"
        "LOCK = threading.Lock()\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        def grow():\n"
        "            with LOCK: self.size = 3\n"
        "        thread = threading.Thread(target=grow)\n"
        "        thread.start()\n"
        "        thread.join()\n"
        "        self.play(Create(Square(self.size)))\n"
    )
    assert len(frames(apart(render_scene, file, "Film", jobs=2))) == 10


def test_in_a_thread_that_is_not_the_main_one(frames: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(render_scene, FILMS, "LeftOut", jobs=2).result()
    assert len(frames(made)) == 8


def test_formulas_made_in_the_middle_of_a_play(
    tmp_path: Path, frames: Any, drawn_by_manim: Any
) -> None:
    with temp_config({"tex_dir": str(tmp_path / "tex")}):  # nothing is there yet
        ours = frames(render_scene(FILMS, "Formulas", jobs=2))
        assert {path.suffix for path in (tmp_path / "tex").iterdir()} == {".svg"}
        np.testing.assert_array_equal(ours, drawn_by_manim(FILMS, "Formulas"))


def test_sections_and_subcaptions_are_manims(
    tmp_path: Path, frames: Any, drawn_by_manim: Any
) -> None:
    found: list[dict[str, bytes]] = []
    with temp_config({"save_sections": True}):
        ours = render_scene(FILMS, "Plain", jobs=2)
        assert ours is not None
        drawn_by_manim(FILMS, "Plain")
    for folder in (ours.parent, tmp_path / "manim" / ours.parent.relative_to(config.media_dir)):
        sections = json.loads((folder / "sections" / "Plain.json").read_text())
        assert [section["name"] for section in sections] == ["autocreated", "the end"]
        found.append(
            {
                "srt": (folder / "Plain.srt").read_bytes(),
                **{
                    s["video"]: frames(folder / "sections" / s["video"]).tobytes() for s in sections
                },
            }
        )
    assert found[0] == found[1]


def test_gif() -> None:
    with temp_config({"format": "gif"}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
    assert made is not None
    assert made.suffix == ".gif"
    with av.open(str(made)) as container:
        assert len(list(container.decode(video=0))) == 8


def test_transparent(frames: Any, drawn_by_manim: Any) -> None:
    with temp_config({"transparent": True, "video_encoder_options": {}}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
        assert made is not None
        assert made.suffix == ".mov"
        np.testing.assert_array_equal(frames(made), drawn_by_manim(FILMS, "LeftOut"))


def test_other_formats(frames: Any, drawn_by_manim: Any) -> None:
    with temp_config({"format": "webm", "video_encoder_options": {"crf": "10", "b:v": "0"}}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
        assert made is not None
        assert made.suffix == ".webm"
        ours, manims = frames(made).astype(int), drawn_by_manim(FILMS, "LeftOut")
    assert np.abs(ours - manims).mean() < 0.5


def test_pictures_are_manims(tmp_path: Path, hearing: Any, apart: Any) -> None:
    with temp_config({"format": "png"}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
    assert made is not None
    assert made.suffix == ".png"
    with temp_config({"format": "png-sequence"}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
    assert made is not None
    assert len(list(made.glob("*.png"))) == 8
    with temp_config({"dry_run": True}):
        assert render_scene(FILMS, "LeftOut", jobs=2) is None


def test_a_scene_without_plays_becomes_a_picture() -> None:
    made = render_scene(FILMS, "Silent", jobs=2)
    assert made is not None
    assert made.suffix == ".png"


def test_a_class_that_has_been_imported(frames: Any) -> None:
    class Here(Scene):
        def construct(self) -> None:
            self.wait(0.4)

    made = render_scene(Path(__file__), "Here", scene=Here, jobs=1)
    assert len(frames(made)) == 4
    assert made is not None
    assert made.name == "Here.mp4"


def test_jobs_below_one() -> None:
    with pytest.raises(ValueError, match="jobs is 0"):
        render_scene(FILMS, "Plain", jobs=0)


def test_names_a_scene_that_is_not_there() -> None:
    for name in ("Nobody", "CHANCE", "np"):
        with pytest.raises((SceneError, ValueError), match=f"has no scene {name}"):
            render_scene(FILMS, name, jobs=1)


def test_leaves_the_configuration_as_it_was() -> None:
    before = {key: config[key] for key in ("seed", "pixel_width", "input_file", "tex_dir")}
    state = random.getstate()
    render_scene(FILMS, "LeftOut", jobs=1, settings={"pixel_width": 64, "pixel_height": 36})
    assert before == {key: config[key] for key in before}
    random.setstate(state)


def test_a_scene_that_is_rendered_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    plain = workers_module._Spawned.__init__

    def start(self: Any) -> None:
        plain(self)
        started.append(self._process)

    monkeypatch.setattr(workers_module._Spawned, "__init__", start)
    monkeypatch.setattr(workers_module, "_method", lambda: "spawn")
    with pytest.raises(SceneError):
        render_scene(FILMS, "Fails", jobs=3)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)
