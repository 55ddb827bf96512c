"""What the tests share: tiny renders in a folder of their own."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Mobject, Scene, config
from tests.mobjects.boxes import box
from threadpoolctl import threadpool_limits

from nnviz._manim import temp_config
from nnviz._quick_mobjects import quick_colors_and_boxes

MEASURED = Path(__file__).with_name("measured.py")
ROOT = Path(__file__).resolve().parents[1]
SCENES, COMPILED = ROOT / "scenes", ROOT / "media" / "Tex"
TINY = {
    "pixel_width": 214,
    "pixel_height": 120,
    "frame_rate": 5,
    "disable_caching": True,
    "dry_run": True,
    "progress_bar": "none",
    "verbosity": "ERROR",
}


# As many processes test as there are processors: threads of each only wait for those of the others,
# which takes ten times as long for a matrix of 162 x 13,002.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
threadpool_limits(1)

#: What became of reading files: by name what an error says, "" where there was none.
Readings = dict[str, str]


@pytest.fixture
def within_limits() -> Callable[..., Readings]:
    """Read files each in a process of its own, and look at what errors, memory and time it took.

    A call takes a reader, as "module:name", the paths, and modules to import before.
    """

    def read(reader: str, paths: Iterable[Path], *needed: str) -> Readings:
        ended = subprocess.run(
            [sys.executable, str(MEASURED), reader, *needed],
            input="".join(f"{path}\n" for path in paths),
            capture_output=True,
            text=True,
            check=True,
        )
        said = {}
        for path, line in zip(paths, ended.stdout.splitlines(), strict=True):
            found = json.loads(line)
            if os.environ.get("SHOW_READINGS"):
                print(
                    f"{path.name:40} {found['seconds']:6.2f} s {found['bytes'] / 1e6:7.0f} MB",
                    found["kinds"].split(" ")[0],
                    found["text"].replace(str(path), "")[:150],
                )
            assert found["kinds"] == "" or {"NetworkError", "DataError", "OSError"}.intersection(
                found["kinds"].split()
            ), (path.name, found)
            assert found["bytes"] < 1e9, path.name
            said[path.name] = found["text"]
        return said

    return read


class Formulas:
    """LaTeX's work: one folder a process, and one in which processes find what others compiled.

    Names of formulas are digests of what they say. The common folder stays for the next run: its
    name says which LaTeX and dvisvgm there are. Each file in it appears at once and whole.
    """

    def __init__(self, own: Path, common: Path) -> None:
        self.own, self.common = own, common
        self._known: set[str] = set()
        self._ages = (0, 0)

    def exchange(self) -> None:
        """Get formulas that others compiled, and give them those that are new here."""
        if self._ages == (ages := self._now()):
            return
        ours, theirs = ({one.name for one in at.glob("*.svg")} for at in (self.own, self.common))
        for source, target, names in (
            (self.common, self.own, theirs - ours - self._known),
            (self.own, self.common, ours - theirs),
        ):
            for name in names:
                drawn = (source / name).read_bytes()
                if b"</svg>" in drawn[-200:]:  # whole, also if a test ended who made it
                    part = target / f"{name}.{os.getpid()}"
                    part.write_bytes(drawn)
                    part.replace(target / name)
        self._known |= ours | theirs
        self._ages = ages if ours == theirs else self._now()

    def _now(self) -> tuple[int, int]:
        return self.own.stat().st_mtime_ns, self.common.stat().st_mtime_ns


@pytest.fixture(scope="session")
def formulas(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Formulas]:
    """Compile each formula once, whichever process needs it.

    Formulas that a preview of the scenes has compiled are there from the beginning.
    """
    own = tmp_path_factory.getbasetemp() / "tex"
    own.mkdir()
    for formula in COMPILED.glob("*.svg"):
        shutil.copyfile(formula, own / formula.name)
    cache = getattr(pytestconfig, "cache", None)
    if cache is None:
        common = tmp_path_factory.getbasetemp() / "common-tex"
        common.mkdir()
    else:
        tools = [shutil.which(name) for name in ("latex", "dvisvgm")]
        ages = [(str(tool), Path(tool).stat().st_mtime_ns) for tool in tools if tool]
        name = hashlib.sha256(repr(ages).encode()).hexdigest()[:12]
        common = cache.mkdir("nnviz-formulas") / name
        common.mkdir(exist_ok=True)
    shared = Formulas(own, common)
    shared.exchange()
    yield shared
    shared.exchange()


@pytest.fixture(scope="session")
def tex_folder(formulas: Formulas) -> Path:
    """One folder a process for LaTeX's work."""
    return formulas.own


@pytest.fixture(scope="session", autouse=True)
def all_small(tex_folder: Path) -> Iterator[None]:
    """Render small and quickly, and write nothing but formulas and texts, each once.

    This holds for fixtures of a module, too. What nnviz knows of a text it knows by its file. That
    colours and boxes are Manim's is tested in test_quick_mobjects.py.
    """
    folders = {"tex_dir": str(tex_folder), "text_dir": str(tex_folder.with_name("texts"))}
    config_of_all = TINY | folders | {"media_dir": str(tex_folder.with_name("media"))}
    with temp_config(config_of_all), quick_colors_and_boxes():
        yield


#: Numbers of the tests of this process.
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def tiny(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    all_small: None,
    formulas: Formulas,
) -> Iterator[None]:
    """Keep a test's files to its own folder, and leave Manim's configuration as it was.

    Most tests write nothing, and then there is no folder: to make and remove one takes longer than
    they do. Fixtures that need this one may change the configuration, and leave it so.
    """
    if "tmp_path" in request.fixturenames:
        folder = request.getfixturevalue("tmp_path")
    else:
        folder = tmp_path_factory.getbasetemp() / f"of-test-{next(_numbers)}"
    with temp_config({"media_dir": str(folder / "media")}):
        yield
    config.verbosity = config.verbosity  # the logger's level, too
    formulas.exchange()


@pytest.fixture(scope="session")
def chapter() -> Callable[[str], Any]:
    """Return a function that imports a module of scenes/ or below it, by the name of its file."""

    def load(module: str) -> Any:
        (file,) = SCENES.rglob(f"{module}.py")
        # Manim finds what a scene's file imports beside it.
        if str(file.parent) not in sys.path:
            sys.path.insert(0, str(file.parent))
        return importlib.import_module(module)

    return load


@pytest.fixture
def picture() -> Callable[[Scene], np.ndarray]:
    """Return a function that draws a scene as it stands: floats in [0, 1], (height, width, 3)."""

    def draw(scene: Scene) -> np.ndarray:
        scene.renderer.static_image = None
        scene.renderer.update_frame(scene)
        return scene.renderer.get_frame()[:, :, :3] / 255

    return draw


class StopAtHalfTime(Exception):  # noqa: N818 - a signal, not an error
    """Raised in the middle of a play."""


@pytest.fixture
def half_time() -> Callable[[type[Scene], int], Scene]:
    """Return a function that runs a scene to the middle of its n-th play, and leaves it there."""

    def run(scene_class: type[Scene], play: int) -> Scene:
        scene = scene_class(skip_animations=True)
        plain = scene.begin_animations
        count = -1

        def begin_animations() -> None:
            nonlocal count
            plain()
            count += 1
            if count == play:
                scene.update_to_time(scene.duration / 2)
                raise StopAtHalfTime

        scene.begin_animations = begin_animations  # type: ignore[method-assign]
        with pytest.raises(StopAtHalfTime):
            scene.render()
        return scene

    return run


#: How many tests of each function that is marked with `every` were collected.
_parameters: Counter[str] = Counter()
#: Its multiples, modulo 1, are spread evenly however many there are, and in step with nothing.
_GOLDEN = (math.sqrt(5) - 1) / 2


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark as exhaustive what `every` leaves out: about (n - 1) / n of the parameters."""
    mark = item.get_closest_marker("every")
    if mark is None:
        return
    (n,) = mark.args
    function = item.nodeid.partition("[")[0]
    if not _is_one_in(n, _parameters[function]):
        item.add_marker("exhaustive")
    _parameters[function] += 1


def _is_one_in(n: int, k: int) -> bool:
    """Return whether number k is among those that are run where one in n is."""
    return k * _GOLDEN % 1 < 1 / n


@pytest.fixture
def one_in(pytestconfig: pytest.Config) -> Callable[[int, Iterable[str]], list[str]]:
    """Return a function that takes about one in n names, and with --all every one."""
    if pytestconfig.getoption("--all"):
        return lambda _, names: list(names)
    return lambda n, names: [name for k, name in enumerate(names) if _is_one_in(n, k)]


def _leave_out_exhaustive(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Deselect exhaustive tests, unless all are asked for or one is named."""
    asked = session.config
    if asked.getoption("--all") or any("::" in argument for argument in asked.args):
        return
    some: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (left_out if item.get_closest_marker("exhaustive") else some).append(item)
    asked.hook.pytest_deselected(items=left_out)
    items[:] = some


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Put each test of a scene's pictures behind those that run the scene, whose run it takes.

    Processes that test side by side are given tests in a row, and take the last ones from each
    other. Those that share the run of a scene come first, so that none is run by two processes.
    """
    _leave_out_exhaustive(session, items)
    items.sort(key=lambda item: item.path.parent.name not in ("scenes", "frames"))
    frames = Path(__file__).parent / "frames"
    pictures = {
        item.callspec.params["info"].name: item
        for item in items
        if isinstance(item, pytest.Function) and item.path.parent == frames
    }
    if not pictures:
        return
    last = {
        name: item
        for item in items
        for name in getattr(getattr(item, "module", None), "WHOLE", ())
        if name in pictures
    }
    import whole_runs

    looks_at_all = any(session.config.getoption(name) for name in ("--all", "--update-pictures"))
    whole_runs.wanted |= {
        name: None if looks_at_all else whole_runs.plays_kept(name) for name in last
    }
    moved = {pictures[name] for name in last}
    ordered: list[pytest.Item] = []
    for item in items:
        if item not in moved:
            ordered.append(item)
            ordered += [pictures[name] for name, one in last.items() if one is item]
    items[:] = ordered


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is imported: it took a tenth of all time.

    Bytecode of what tests write and import is not kept, as some change a scene within a second.
    """
    sys.dont_write_bytecode = True
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_configure(config: pytest.Config) -> None:
    """Let hypothesis take its time, and try a hundred examples with --all, else 25."""
    with contextlib.suppress(ImportError):  # where the package is tried alone
        from hypothesis import HealthCheck, settings

        settings.register_profile(
            "nnviz",
            deadline=None,  # what takes longer where others work, too, is no error
            suppress_health_check=[HealthCheck.too_slow],
            max_examples=100 if config.getoption("--all") else 25,
        )
        settings.load_profile("nnviz")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let all tests be asked for, and pictures be written again."""
    parser.addoption(
        "--all", action="store_true", help="run exhaustive tests as well, and all parameters"
    )
    parser.addoption(
        "--update-pictures", action="store_true", help="write the pictures of tests/frames again"
    )


def _boxes(mobjects: Iterable[Mobject]) -> np.ndarray:
    """Lower left and upper right corners, shape (n, 2, 2)."""
    return np.array([box(one) for one in mobjects]).reshape(-1, 2, 2)


def _overlap(first: np.ndarray, second: np.ndarray, slack: float = 1e-6) -> np.ndarray:
    """Which boxes of two lists overlap, shape (n, m)."""
    low, high = first[:, None, 0], first[:, None, 1]
    other_low, other_high = second[None, :, 0], second[None, :, 1]
    return ((low < other_high - slack) & (other_low < high - slack)).all(axis=2)


def _crossed(boxes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which boxes are crossed by one of many lines (Liang and Barsky's clipping), shape (n,)."""
    start, way = starts[:, :2], (ends - starts)[:, :2]
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    first, last = (boxes[:, None, 0] - start) / way, (boxes[:, None, 1] - start) / way
    enter = np.minimum(first, last).max(axis=2).clip(min=0)
    leave = np.maximum(first, last).min(axis=2).clip(max=1)
    return (enter < leave - 1e-9).any(axis=1)


@pytest.fixture
def check_boxes() -> Callable[[Any], None]:
    """Return a function that checks a network's picture.

    Neither words nor neurons overlap, no word lies on an edge, all is in the box that it fits.
    """

    def check(net: Any) -> None:
        frame = (config.frame_width, config.frame_height)
        size = frame if net.style.fit in ("frame", None) else net.style.fit
        (whole,) = _boxes([net])
        assert (np.abs(whole) <= np.array(size) / 2 + 1e-6).all(), "not in its box"
        parts = _boxes(
            part
            for layer in net.layers
            for part in ([layer.body] if layer.what == "a volume" else [*layer.body, *layer.dots])
        )
        words = [*net.input_labels, *net.output_labels, *net.layer_titles]
        words += [part for layer in net.layers for part in layer.size_label]
        words = [word for word in words if word.has_points() or len(word)]
        written = _boxes(words)
        both = np.concatenate([parts, written])
        for k, others in enumerate(_overlap(both, both)):
            others[k] = False
            assert not others.any(), f"part {k} lies on {np.flatnonzero(others)} of {len(both)}"
        for word, is_crossed in zip(
            words, _crossed(written, net.edges.starts, net.edges.ends), strict=True
        ):
            assert not is_crossed, f"{word} lies on an edge"

    return check
