"""Find the scenes of a folder by reading its files, without importing them.

Importing Manim takes seconds, and an unfinished file may not even compile, but a list of scenes
should appear at once. So the files are parsed. A class is a scene if its bases lead, through the
files and packages from which they are imported, to a scene of Manim. If the file does not show
what a base is (for example, a function returns it), a class with a method ``construct`` counts as
a scene.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import importlib.util
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["Discovery", "SceneInfo", "discover", "nearest"]

#: Folders that hold no scenes of the user.
_SKIPPED = {"__pycache__", "media", "node_modules", "site-packages"}


@dataclass(frozen=True, slots=True)
class SceneInfo:
    """A scene, as its file declares it.

    Attributes
    ----------
    name : str
        The class's name.
    file : Path
        The file that defines it.
    lines : int
        Length of the class in lines, a rough measure of how long it runs.
    description : str
        First line of the docstring; empty if there is none.
    """

    name: str
    file: Path
    lines: int
    description: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """The scenes of a folder, and one message for each file that cannot be read."""

    scenes: tuple[SceneInfo, ...]
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the scenes, each once, in the order of the files."""
        return list(dict.fromkeys(scene.name for scene in self.scenes))

    def called(self, name: str) -> list[SceneInfo]:
        """Return the scenes with that name: several if several files define one."""
        return [scene for scene in self.scenes if scene.name == name]


def discover(place: Path | str | None = None) -> Discovery:
    """Find the scenes that Python files define.

    Parameters
    ----------
    place : Path or str, optional
        A folder, by default the current one, or a file. All files below the folder are read,
        except those in hidden folders, in virtual environments and in ``media``, ``node_modules``
        and ``site-packages``.

    Returns
    -------
    Discovery
        The scenes by file, then by place in the file. Private classes (``_Name``) and abstract
        classes are left out. A file with a syntax error is left out and named in ``problems``.

    Raises
    ------
    ValueError
        If there is no such folder or file.
    """
    place = Path() if place is None else Path(place)
    if place.is_dir():
        files = list(_below(place))
    elif place.is_file():
        files = [place]
    elif place.suffix:
        raise ValueError(f"there is no file {place}")
    else:
        raise ValueError(f"there is no folder {place}: give the folder with the scenes")
    library = _Library()
    scenes: list[SceneInfo] = []
    problems: list[str] = []
    for file in files:
        module = library.module(file)
        if module.problem:
            problems.append(module.problem)
        for node in module.classes.values():
            hidden = node.name.startswith("_") or _is_abstract(node)
            if not hidden and library.is_scene(module, (node.name,)):
                scenes.append(_describe(file, node))
    return Discovery(tuple(scenes), tuple(problems))


def _below(top: Path) -> Iterator[Path]:
    """Yield the Python files below a folder, in order."""
    for folder, subfolders, files in os.walk(top):
        here = Path(folder)
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.endswith(".py"))


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Return the names that ``name`` may be a misspelling of, the likeliest first.

    Parameters
    ----------
    name : str
        Name that was typed.
    names : iterable of str
        Names to choose from.
    limit : int, optional
        Largest number of names to return.
    """
    typed = name.casefold()
    by_folded = {known.casefold(): known for known in names}
    parts = [known for known in by_folded if typed and typed in known]
    parts.sort(key=lambda known: (not known.startswith(typed), len(known)))
    similar = difflib.get_close_matches(typed, by_folded, n=limit, cutoff=0.5)
    folded = list(dict.fromkeys([*parts, *similar]))[:limit]
    return [by_folded[known] for known in folded]


def _describe(file: Path, node: ast.ClassDef) -> SceneInfo:
    docstring = (ast.get_docstring(node) or "").strip()
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    return SceneInfo(node.name, file, lines, docstring.partition("\n")[0].strip())


def _is_abstract(node: ast.ClassDef) -> bool:
    bases = [_dotted(base)[-1:] for base in node.bases]
    metaclasses = [_dotted(k.value)[-1:] for k in node.keywords if k.arg == "metaclass"]
    if ["ABC"] in bases or ["ABCMeta"] in metaclasses:
        return True
    return any(
        _dotted(decorator)[-1:] == ["abstractmethod"]
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in method.decorator_list
    )


def _dotted(node: ast.expr) -> list[str]:
    """Return ``["a", "b", "C"]`` for ``a.b.C`` or ``a.b.C[T]``; ``[]`` for other expressions."""
    if isinstance(node, ast.Subscript):
        return _dotted(node.value)
    if isinstance(node, ast.Attribute):
        front = _dotted(node.value)
        return [*front, node.attr] if front else []
    return [node.id] if isinstance(node, ast.Name) else []


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Return True if an answer is True, else None if one is unknown, else False."""
    given = set(answers)
    return True if True in given else None if None in given else False


class _Module:
    """A parsed file: its classes, and where its other names come from."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problem = ""
        try:
            self._tree = ast.parse(file.read_bytes(), filename=str(file))
        except SyntaxError as error:
            where = f"{file}:{error.lineno}" if error.lineno else f"{file}"
            self.problem = f"{where}: {error.msg}; its scenes are left out until it is fixed"
            self._tree = ast.Module([], [])
        except (OSError, ValueError) as error:
            self.problem = f"{file}: {error}; its scenes are left out until it can be read"
            self._tree = ast.Module([], [])

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes at the top level, by name; the last definition of a name counts."""
        return {n.name: n for n in self._statements(self._tree) if isinstance(n, ast.ClassDef)}

    @cached_property
    def aliases(self) -> dict[str, ast.expr]:
        """Other names at the top level, and their values; the last value counts."""
        found: dict[str, ast.expr] = {}
        for node in self._statements(self._tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                found |= {t.id: node.value for t in targets if isinstance(t, ast.Name)}
        return found

    @cached_property
    def imports(self) -> dict[str, tuple[str, ...]]:
        """Imported names and their paths; a relative path begins with its dots."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self._statements(self._tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    path = tuple(alias.name.split("."))
                    found[alias.asname or path[0]] = path if alias.asname else path[:1]
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = (*self._source(node), alias.name)
        return found

    @cached_property
    def stars(self) -> list[tuple[str, ...]]:
        """The modules of ``from ... import *``."""
        return [
            self._source(node)
            for node in self._statements(self._tree)
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)
        ]

    @staticmethod
    def _source(node: ast.ImportFrom) -> tuple[str, ...]:
        return (*"." * node.level, *(node.module.split(".") if node.module else ()))

    @staticmethod
    def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
        """Yield the statements of the top level and of its blocks (``if``, ``try``, ``with``)."""
        pending: list[ast.AST] = list(tree.body)
        while pending:
            node = pending.pop(0)
            if isinstance(node, ast.stmt):
                yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                pending[:0] = [
                    child
                    for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
                ]


class _Library:
    """The files read so far, and whether a name in them is a scene."""

    def __init__(self) -> None:
        self._modules: dict[Path, _Module] = {}
        self._known: dict[tuple[Path, tuple[str, ...]], bool | None] = {}

    def module(self, file: Path) -> _Module:
        key = file.resolve()
        if key not in self._modules:
            self._modules[key] = _Module(file)
        return self._modules[key]

    def is_scene(self, module: _Module, path: tuple[str, ...]) -> bool | None:
        """Return whether a dotted name in a module is a scene class; None if unknown."""
        key = (module.file.resolve(), path)
        if key not in self._known:
            self._known[key] = False  # ends a circle of names
            self._known[key] = self._leads_to_scene(module, path)
        return self._known[key]

    def _leads_to_scene(self, module: _Module, path: tuple[str, ...]) -> bool | None:
        if not path:
            return None
        head, *rest = path
        if not rest and head in module.classes:
            return self._is_scene_class(module, module.classes[head])
        if not rest and head in module.aliases:
            return self.is_scene(module, tuple(_dotted(module.aliases[head])))
        if head in module.imports:
            return self._is_scene_at(module, (*module.imports[head], *rest))
        if module.stars:
            return _any(self._is_scene_at(module, (*star, *path)) for star in module.stars)
        return path[-1].endswith("Scene") or (False if hasattr(builtins, head) else None)

    def _is_scene_class(self, module: _Module, node: ast.ClassDef) -> bool | None:
        known = _any(self.is_scene(module, tuple(_dotted(base))) for base in node.bases)
        constructs = any(
            isinstance(n, ast.FunctionDef) and n.name == "construct" for n in node.body
        )
        return True if known is None and constructs else known

    def _is_scene_at(self, module: _Module, path: tuple[str, ...]) -> bool | None:
        """Return whether the object that a module imports from a path is a scene class."""
        found = None if path[0] == "manim" else self._locate(module, path)
        if found is not None:
            return self.is_scene(*found)
        # A name of Manim, or a file that cannot be found: the name decides.
        return path[-1].endswith("Scene") or (False if path[0] == "manim" else None)

    def _locate(
        self, module: _Module, path: tuple[str, ...]
    ) -> tuple[_Module, tuple[str, ...]] | None:
        """Return the last file on an imported path, and the names after it."""
        names = path[path.count(".") :]
        folder = self._first_folder(module, path)
        if folder is None:
            return None
        found = None
        if path[0] == "." and (folder / "__init__.py").is_file():
            found = (self.module(folder / "__init__.py"), names)
        for used, name in enumerate(names, start=1):
            if (folder / name).is_dir():
                folder /= name
                if (folder / "__init__.py").is_file():
                    found = (self.module(folder / "__init__.py"), names[used:])
            elif (folder / f"{name}.py").is_file():
                found = (self.module(folder / f"{name}.py"), names[used:])
                break
            else:
                break
        return found

    @staticmethod
    def _first_folder(module: _Module, path: tuple[str, ...]) -> Path | None:
        """Return the folder in which the first name of an imported path is searched."""
        here = module.file.resolve().parent
        dots = path.count(".")
        if dots:
            return [here, *here.parents][dots - 1]
        if (here / f"{path[0]}.py").is_file() or (here / path[0]).is_dir():
            return here  # Manim, too, puts the file's folder first on the path
        try:
            spec = importlib.util.find_spec(path[0])
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        if spec.submodule_search_locations:
            return Path(next(iter(spec.submodule_search_locations))).parent
        return Path(spec.origin).parent if spec.origin else None
