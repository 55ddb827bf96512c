"""Names of plays, by which segments that are kept are found: equal exactly where the frames are.

A play that runs no code but Manim's and ours (:mod:`~nnviz.render.proofs`) is named by what is on
screen and how it is animated. Whatever else may decide how another play looks has been decided by
the text of the user's modules, by what the scene has done so far, by its clock and the states of
the generators of chance, and by the files it has read: it is named by those, too.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import os
import platform
import random
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cache
from hashlib import blake2b
from pathlib import Path, PurePath
from types import MethodType, ModuleType
from typing import Any

import numpy as np
from manim import Animation, Camera, ManimColor, Mobject, Scene, VMobject, config

import nnviz
from nnviz.render.proofs import Unproven, meaning_of

__all__ = [
    "SETTINGS",
    "Surroundings",
    "contents_of",
    "is_users",
    "library",
    "modules",
    "name_of_play",
    "settings",
    "text_of",
]

#: What of a vectorized mobject decides how it is drawn, and what becomes of it.
_LOOKS = (
    "points",
    "fill_rgbas",
    "stroke_rgbas",
    "background_stroke_rgbas",
    "stroke_width",
    "background_stroke_width",
    "sheen_factor",
    "joint_type",
    "cap_style",
    "z_index",
    "shade_in_3d",
    "n_points_per_cubic_curve",
    "tolerance_for_point_equality",
    "background_image",
)
_COLORS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")
#: Methods by which a class of vectorized mobjects would have more to it than that.
_DRAWING = (
    "align_data",
    "align_points",
    "align_rgbas",
    "become",
    "copy",
    "draw_on",
    "get_background_image",
    "get_family",
    "get_fill_rgbas",
    "get_gradient_start_and_end_points",
    "get_stroke_rgbas",
    "get_stroke_width",
    "interpolate",
    "interpolate_color",
    "pointwise_become_partial",
)
_SCALARS = (type(None), bool, int, float, complex, str, bytes, np.generic, PurePath, Enum)
#: Attributes that say nothing of what is seen: where a mobject came from, and what it once was.
#: The last two belong to groups whose parts say it all, once these have begun.
_MARKS = {"original_id", "name", "_on_finish", "target_mobject", "methods"}
_MARKS |= {"_made_from", "_leaves"}
#: Of a camera: what it has drawn, and what it draws with.
_PICTURES = {"pixel_array", "pixel_array_to_cairo_context"}
#: What of Manim's configuration decides how a scene goes and looks.
SETTINGS = (
    "assets_dir",
    "background_color",
    "background_opacity",
    "format",
    "frame_height",
    "frame_rate",
    "frame_width",
    "from_animation_number",
    "media_dir",
    "pixel_height",
    "pixel_width",
    "seed",
    "tex_dir",
    "tex_template",
    "text_dir",
    "upto_animation_number",
)
#: Of these, where things are.
_PLACES = {"assets_dir", "media_dir", "tex_dir", "text_dir"}
_VERSIONS = ("manim", "numpy", "scipy", "pycairo", "av", "pillow", "manimpango", "mapbox_earcut")


def name_of_play(
    scene: Scene, encoder: object, *, closed: bool, play: int, before: Surroundings
) -> str:
    """Return a name for the current play, whose animations have begun.

    Where nothing is to be kept, it is the play's number.

    Parameters
    ----------
    scene
        Who plays.
    encoder
        What the frames are encoded to.
    closed
        Whether the play runs no code of the user's.
    play
        Number of the play in the scene.
    before
        What the scene has read and drawn by lot so far.

    Returns
    -------
    str
        For a file.
    """
    if config.disable_caching:
        return f"uncached_{play:05}"
    if closed:
        try:
            return _content(scene, encoder, _Name(strict=True))
        except (Unproven, RecursionError):
            pass  # there is something on screen that nobody can put into words
    name = _Name(strict=False)
    name.add(
        (list(modules().values()), settings(), play, scene.time, before.chance(), before.contents())
    )
    with contextlib.suppress(RecursionError):  # data of the user's that hold themselves
        _content(scene, encoder, name)
    return name.hexdigest()


def _content(scene: Scene, encoder: object, name: _Name) -> str:
    name.add((library(), encoder, scene.duration))
    name.add(scene.camera)
    name.add_mobjects(scene.mobjects)
    name.add_mobjects(scene.foreground_mobjects)
    name.add(list(scene.animations or ()))
    return name.hexdigest()


class _Name:
    """A hash of values, of mobjects among them, and of which of them are one and the same."""

    def __init__(self, strict: bool) -> None:
        self._hash = blake2b(digest_size=20)
        #: What was met, by where it is in memory, and in which order; kept, so that it stays there.
        self._met: dict[int, tuple[int, Any]] = {}
        self._strict = strict

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def add(self, value: Any) -> None:
        """Add any value that has one meaning.

        Raises
        ------
        Unproven
            If it has none that we know.
        """
        update = self._hash.update
        kind = type(value)
        if isinstance(value, _SCALARS):
            update(f"{kind.__name__}:{value!r};".encode())
        elif kind is np.ndarray:
            self._add_array(value)
        elif isinstance(value, list | tuple):
            update(f"{kind.__name__}{len(value)}[".encode())
            for item in value:
                self.add(item)
        elif isinstance(value, dict):
            update(f"dict{len(value)}[".encode())
            for key, item in value.items():
                self.add(key)
                self.add(item)
        elif isinstance(value, set | frozenset):
            self.add(sorted(value, key=repr))
        elif isinstance(value, ManimColor):
            self._add_array(value.to_rgba())
        elif isinstance(value, Mobject):
            self._add_mobject(value)
        elif isinstance(value, Animation):
            if self._is_new(value):
                self._add_attributes(value, vars(value))
        elif isinstance(value, Scene):
            update(b"scene;")
        elif isinstance(value, Camera):
            self._add_camera(value)
        elif isinstance(value, MethodType):
            update(f"method {value.__func__.__qualname__} of ".encode())
            self.add(value.__self__)
        elif isinstance(value, type | ModuleType):
            update(
                f"{kind.__name__} {value.__module__ if isinstance(value, type) else ''}".encode()
            )
            update(value.__name__.encode())
        elif callable(value):
            self._add_function(value)
        elif hasattr(value, "__dataclass_fields__"):
            update(f"{kind.__qualname__} {value!r};".encode())
        elif self._strict:
            raise Unproven(f"nobody knows what a {kind.__qualname__} looks like")
        else:
            update(f"{kind.__qualname__};".encode())

    def _add_function(self, value: Any) -> None:
        try:
            meaning = meaning_of(value)
        except Unproven:
            if self._strict:
                raise
            meaning = (type(value).__qualname__, getattr(value, "__qualname__", ""))
        self._hash.update(repr(meaning).encode())

    def _add_array(self, array: np.ndarray[Any, Any]) -> None:
        if array.dtype.hasobject:
            self.add(array.tolist())
            return
        self._hash.update(f"{array.dtype.char}{array.shape}".encode())
        self._hash.update(array.tobytes())

    def _is_new(self, value: Any) -> bool:
        """Say whether a value is met for the first time; if not, name it by when that was."""
        if id(value) in self._met:
            self._hash.update(f"again {self._met[id(value)][0]};".encode())
            return False
        self._met[id(value)] = (len(self._met), value)
        self._hash.update(f"{type(value).__module__}.{type(value).__qualname__};".encode())
        return True

    def add_mobjects(self, mobjects: Iterable[Mobject]) -> None:
        """Add what is on screen; what is empty is not."""
        for mobject in mobjects:
            if type(mobject) is not Mobject or mobject.submobjects or len(mobject.points):
                self._add_mobject(mobject)
        self._hash.update(b"|")

    def _add_mobject(self, mobject: Mobject) -> None:
        if not self._is_new(mobject):
            return
        kind: Any = type(mobject)
        if isinstance(mobject, VMobject) and _looks_are_all(kind):
            attributes = mobject.__dict__
            for name in _LOOKS:
                value = attributes.get(name, self)
                if type(value) is np.ndarray and not value.dtype.hasobject:
                    self._hash.update(f"{value.dtype.char}{value.shape}".encode())
                    self._hash.update(value.tobytes())
                elif value is not self:
                    self._hash.update(repr(value).encode())
            if any(len(attributes[name]) > 1 for name in _COLORS if name in attributes):
                # Manim keeps this in one array for all mobjects, which it sometimes changes.
                self.add(mobject.sheen_direction)
        else:
            self._add_attributes(mobject, vars(mobject))
        self._hash.update(f"<{len(mobject.submobjects)}".encode())
        for submobject in mobject.submobjects:
            self._add_mobject(submobject)

    def _add_attributes(self, owner: Any, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            if name not in _MARKS and name != "submobjects":
                self._hash.update(f"{name}=".encode())
                self.add(value)

    def _add_camera(self, camera: Camera) -> None:
        if self._is_new(camera):
            drawn_with = {k: v for k, v in vars(camera).items() if k not in _PICTURES}
            self._add_attributes(camera, drawn_with)


@cache
def _looks_are_all(kind: type[VMobject]) -> bool:
    """Say whether a vectorized mobject looks as its points and style say."""
    return all(getattr(kind, name, None) is getattr(VMobject, name, None) for name in _DRAWING)


# --- what a play may depend on besides


@cache
def library() -> str:
    """Return a hash of nnviz's own text, and the versions of what it draws with."""
    digest = blake2b(platform.python_version().encode())
    for file in sorted(Path(nnviz.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    for package in _VERSIONS:
        digest.update(_version(package).encode())
    return digest.hexdigest()


@cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


@cache
def _installed() -> tuple[str, ...]:
    """Return the folders of what is installed and not the user's."""
    paths = sysconfig.get_paths()
    folders = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders.add(str(Path(nnviz.__file__).parent))
    return tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)  # noqa: PTH118


@cache
def is_users(file: str) -> bool:
    """Say whether a file is the user's, and not of Python, of a package or ours."""
    real = os.path.realpath(file)
    return not real.startswith(_installed()) and "site-packages" not in real


def _chance() -> str:
    legacy = np.random.get_state(legacy=True)
    state = repr((random.getstate(), legacy[0], legacy[1].tolist(), legacy[2:]))  # type: ignore[index]
    return blake2b(state.encode()).hexdigest()


def contents_of(file: str) -> str:
    """Return a hash of what a file holds."""
    return blake2b(Path(file).read_bytes()).hexdigest()


def _lies_in(file: str, folder: str) -> bool:
    return os.path.realpath(file).startswith(os.path.join(folder, ""))  # noqa: PTH118


_texts: dict[tuple[str, int, int], str] = {}


def modules() -> dict[str, str]:
    """Return what the user's modules say, all that are imported, by file.

    A hash of each, that takes no notice of comments and layout.
    """
    found: dict[str, str] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and file not in found and is_users(file):
            found[file] = text_of(file)
    return dict(sorted(found.items()))


def text_of(file: str) -> str:
    """Return a hash of what a module says; an empty string if it cannot be read."""
    try:
        status = Path(file).stat()
    except OSError:
        return ""
    key = (file, status.st_mtime_ns, status.st_size)
    if key not in _texts:
        text = Path(file).read_bytes()
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            _texts[key] = blake2b(text).hexdigest()
        else:
            packages = sorted({_version(name) for name in _imported(tree)})
            _texts[key] = blake2b((ast.dump(tree) + repr(packages)).encode()).hexdigest()
    return _texts[key]


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def settings() -> list[tuple[str, str]]:
    """Return what of Manim's configuration decides how a scene goes and looks."""
    return [(key, repr(config[key])) for key in SETTINGS if key not in _PLACES]


class Surroundings:
    """What a scene takes from outside of it: files, as far as Python opens them, and chance.

    Attributes
    ----------
    began : float
        When this was made, as files' times are counted.
    """

    def __init__(self) -> None:
        self.began = time.time()
        #: Files, and whether they count, if that has been found out.
        self._opened: dict[str, bool | None] = {}
        self._listening = False
        self._at_first = None if config.seed is not None else _chance()
        sys.addaudithook(self._hear)  # which is for good

    def settle(self, make_ready: Callable[[], None]) -> None:
        """Make a scene ready, and take the states of the generators after that for those at first.

        Manim sets them then, where there is no seed to what is another thing in every process and
        means nothing; unless the scene's file has used them already.
        """
        means_nothing = self._at_first is not None and not self.chance()
        make_ready()
        if means_nothing:
            self._at_first = _chance()

    def chance(self) -> str:
        """Return the states of the generators of chance; nothing as long as nobody used them."""
        now = _chance()
        return "" if now == self._at_first else now

    def used(self) -> tuple[int, bool]:
        """Return what is another value once more has been taken."""
        return len(self.files()), bool(self.chance())

    @contextlib.contextmanager
    def listening(self, to_it: bool = True) -> Iterator[None]:
        """Take note of files for a while, or do not."""
        before, self._listening = self._listening, to_it
        try:
            yield
        finally:
            self._listening = before

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._listening or event != "open":
            return
        path, mode, flags = arguments
        is_made = (mode or "").startswith(("w", "a", "x")) or flags & os.O_CREAT  # as locks are
        if isinstance(path, str | os.PathLike) and not is_made:
            self._opened.setdefault(os.fspath(path), None)

    def files(self) -> list[str]:
        """Return the files read so far, but for programs, whose text is named, and our own."""
        made = os.path.realpath(config.get_dir("media_dir"))
        for file, counts in list(self._opened.items()):
            if counts is None:
                self._opened[file] = (
                    not file.endswith((".py", ".pyc"))
                    and not file.startswith(("/dev/", "/proc/", "/sys/"))
                    and is_users(file)
                    and Path(file).is_file()
                    and not _lies_in(file, made)
                )
        return [file for file, counts in self._opened.items() if counts]

    def contents(self) -> list[tuple[str, str]]:
        """Return the path of each file read so far, and a hash of what it holds."""
        with self.listening(False):
            return [(file, contents_of(file)) for file in self.files()]
