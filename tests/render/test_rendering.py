"""Scenes drawn by several processes: the frames are Manim's, whoever fails or is killed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import config, tempconfig

from nnviz.render.errors import SceneError
from nnviz.render.processes import Processes
from nnviz.render.rendering import HandOverError, render_scene
from nnviz.render.worker import Job

FILMS = Path(__file__).parent / "films" / "films.py"
pytestmark = pytest.mark.usefixtures("filming")


@pytest.mark.parametrize("name", ["Plain", "Updaters", "Moving", "Deep", "Long", "LeftOut"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_frames_are_manims(name: str, jobs: int, frames: Any, drawn_by_manim: Any) -> None:
    ours = frames(render_scene(FILMS, name, jobs=jobs))
    np.testing.assert_array_equal(ours, drawn_by_manim(FILMS, name))


def test_formulas_made_in_the_middle_of_a_play(
    tmp_path: Path, frames: Any, drawn_by_manim: Any
) -> None:
    with tempconfig({"tex_dir": str(tmp_path / "tex")}):  # nothing is there yet
        ours = frames(render_scene(FILMS, "Formulas", jobs=2))
        assert {path.suffix for path in (tmp_path / "tex").iterdir()} == {".svg"}
        np.testing.assert_array_equal(ours, drawn_by_manim(FILMS, "Formulas"))


def test_sections_and_subcaptions_are_manims(
    tmp_path: Path, frames: Any, drawn_by_manim: Any
) -> None:
    found: list[dict[str, bytes]] = []
    with tempconfig({"save_sections": True}):
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
    with tempconfig({"format": "gif"}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
    assert made is not None
    assert made.suffix == ".gif"
    with av.open(str(made)) as container:
        assert len(list(container.decode(video=0))) == 8


def test_transparent(frames: Any, drawn_by_manim: Any) -> None:
    with tempconfig({"transparent": True, "video_encoder_options": {}}):
        made = render_scene(FILMS, "LeftOut", jobs=2)
        assert made is not None
        assert made.suffix == ".mov"
        np.testing.assert_array_equal(frames(made), drawn_by_manim(FILMS, "LeftOut"))


def test_other_outputs_are_manims_business() -> None:
    for form in ("png", "png-sequence"):
        with tempconfig({"format": form}), pytest.raises(HandOverError, match="not video"):
            render_scene(FILMS, "Plain", jobs=2)


def test_scene_without_plays_becomes_a_picture() -> None:
    made = render_scene(FILMS, "Silent", jobs=2)
    assert made is not None
    assert made.suffix == ".png"


def test_threads_are_refused() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="ProcessPoolExecutor"):
        render_scene(FILMS, "Long", executor=executor)


def test_jobs_below_one() -> None:
    with pytest.raises(ValueError, match="jobs is 0"):
        render_scene(FILMS, "Plain", jobs=0)


class Recorder(Executor):
    """Processes that are taken for ones elsewhere, and what they were given to do."""

    def __init__(self) -> None:
        self.processes = Processes(2)
        self.jobs: list[Job] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs += args
        return self.processes.submit(fn, *args, **kwargs)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.processes.dismiss(give_up=True)


def test_processes_that_run_the_scene_themselves_draw_the_same(
    recorder: Recorder, frames: Any
) -> None:
    ours = frames(render_scene(FILMS, "Updaters", jobs=1))
    with tempconfig({"disable_caching": True}):
        np.testing.assert_array_equal(
            frames(render_scene(FILMS, "Updaters", executor=recorder)), ours
        )
    assert len(recorder.jobs) > 5


def test_a_play_that_comes_twice_is_drawn_once(tmp_path: Path, frames: Any) -> None:
    file = tmp_path / "film.py"
    file.write_text(
        "from manim import *\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        for _ in range(3):\n"
        "            self.play(Create(square := Square()))\n"
        "            self.remove(square)\n"
    )
    made = render_scene(file, "Film", jobs=2)
    assert len(frames(made)) == 30
    assert made is not None
    assert len(list((tmp_path / "media").rglob("partial_movie_files/Film/*.mp4"))) == 1


def test_processes_elsewhere_are_sent_what_they_need(
    tmp_path: Path, recorder: Recorder, frames: Any, drawn_by_manim: Any
) -> None:
    """The scene's file, a file it imports and formulas: here they are taken away."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    (folder / "helper.py").write_text("WIDTH = 3\n")
    (folder / "film.py").write_text(
        "from manim import *\n"
        "from helper import WIDTH\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        self.play(Create(Line(ORIGIN, WIDTH * RIGHT)), FadeIn(MathTex('z')))\n"
    )
    made = render_scene(folder / "film.py", "Film", executor=recorder)
    (job,) = recorder.jobs
    assert {name for name, _ in job.source.sent} == {"film.py", "helper.py"}
    assert len(job.formulas) == 1
    np.testing.assert_array_equal(frames(made), drawn_by_manim(folder / "film.py", "Film"))


def test_exception_in_a_scene(apart: Any) -> None:
    with pytest.raises(SceneError) as caught:
        apart(render_scene, FILMS, "Fails", jobs=2)
    text = str(caught.value)
    assert text.count("the neuron is missing") == 2, "the line, and the message"
    assert "# this line" in text
    assert "nnviz" not in text.replace(str(FILMS), ""), "only the scene's part of the traceback"


def test_exception_in_the_middle_of_a_play(apart: Any) -> None:
    with pytest.raises(SceneError, match="this line, too"):
        apart(render_scene, FILMS, "FailsInTheMiddle", jobs=2)


@pytest.mark.usefixtures("many_pieces")
def test_exception_that_only_a_child_comes_to(apart: Any) -> None:
    with pytest.raises(SceneError, match="this place") as caught:
        apart(render_scene, FILMS, "CannotBeDrawn", jobs=8)
    assert "self.play(" in str(caught.value), "the scene's own line"


def test_scene_that_differs_from_process_to_process(recorder: Recorder) -> None:
    with pytest.raises(HandOverError, match="something else each time"):
        render_scene(FILMS, "Diverges", executor=recorder)


def test_names_a_scene_that_is_not_there() -> None:
    with pytest.raises(SceneError, match="has no scene Nobody"):
        render_scene(FILMS, "Nobody", jobs=1)


def test_leaves_the_configuration_as_it_was() -> None:
    before = {key: config[key] for key in ("seed", "pixel_width", "input_file", "tex_dir")}
    state = random.getstate()
    render_scene(FILMS, "LeftOut", jobs=1, settings={"pixel_width": 64, "pixel_height": 36})
    assert before == {key: config[key] for key in before}
    random.setstate(state)


# Below, the command runs in a session of its own, and is killed.

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "manim.cfg").write_text(
        "[CLI]\npixel_width = 96\npixel_height = 54\nframe_rate = 10\nprogress_bar = none\n"
        "[video_encoder.options]\ncrf = 0\n"
    )
    return folder


def command(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nnviz", "render", *words, "--jobs", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def session(leader: int) -> dict[int, int]:
    """Return the processes of a session, with their parents."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found[int(stat.parent.name)] = int(fields[1])
    return found


def drawing(leader: int) -> list[int]:
    """Return the processes of a session that draw beside the first."""
    return [pid for pid, parent in session(leader).items() if parent == leader]


def wait_for(what: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (result := what()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return result


def segments(folder: Path) -> list[Path]:
    return list(folder.glob("media/videos/films/54p10/partial_movie_files/Slow/[!.]*.mp4"))


VIDEO = "media/videos/films/54p10/Slow.mp4"


@pytest.fixture
def slow(frames: Any, drawn_by_manim: Any) -> np.ndarray:
    """The frames of Slow."""
    result: np.ndarray = drawn_by_manim(FILMS, "Slow")
    return result


@needs_proc
def test_a_process_that_is_killed_is_replaced(folder: Path, slow: np.ndarray, frames: Any) -> None:
    running = command(folder, "Slow", str(FILMS))
    wait_for(lambda: segments(folder))
    os.kill(drawing(running.pid)[0], signal.SIGKILL)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert errors.count("A process that draws died") == 1
    np.testing.assert_array_equal(frames(folder / VIDEO), slow)


@needs_proc
@pytest.mark.parametrize("count", [0, 1, 4])
@pytest.mark.parametrize("whom", ["all", "leader"])
def test_killed_at_any_moment(
    folder: Path, slow: np.ndarray, frames: Any, count: int, whom: str
) -> None:
    running = command(folder, "Slow", str(FILMS))
    wait_for(lambda: drawing(running.pid) and len(segments(folder)) >= count)
    for pid in session(running.pid) if whom == "all" else [running.pid]:
        with contextlib.suppress(ProcessLookupError):  # it may just have ended by itself
            os.kill(pid, signal.SIGKILL)
    running.communicate(timeout=60)
    wait_for(lambda: not session(running.pid), seconds=20)
    again = command(folder, "Slow", str(FILMS))
    _, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    np.testing.assert_array_equal(frames(folder / VIDEO), slow)


def test_the_command_shows_an_exception_once(folder: Path) -> None:
    running = command(folder, "Fails", str(FILMS))
    output, errors = running.communicate(timeout=120)
    assert running.returncode == 1
    assert (output + errors).count("RuntimeError: the neuron is missing") == 1
    assert "# this line" in errors


def test_the_command_hands_over_with_a_word(folder: Path) -> None:
    (folder / "manim.cfg").write_text(
        (folder / "manim.cfg").read_text().replace("[CLI]", "[CLI]\nformat = png")
    )
    running = command(folder, "Silent", str(FILMS))
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert "Manim renders Silent by itself, in one process: a picture is asked for" in errors
    assert list(folder.glob("media/images/films/Silent*.png"))
