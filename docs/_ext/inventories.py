"""Links into other projects' references, made without a network.

Intersphinx reads each project's list of names. These are the names that are used here: Manim's are
taken from the installed package, whose reference has a page for each class and each module, and
those of Python and NumPy are listed in `NAMES`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import zlib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import manim

#: Project, its version, the address of its reference.
MANIM = "https://docs.manim.community/en/stable/"
NUMPY = "https://numpy.org/doc/stable/"
PYTHON = "https://docs.python.org/3/"
NAMES = {
    PYTHON: [
        *(f"{n} py:class library/stdtypes.html#{n}" for n in ("bytes", "dict", "list", "set")),
        *(f"{n} py:class library/stdtypes.html#{n}" for n in ("str", "tuple", "int", "range")),
        "bool py:class library/functions.html#bool",
        "float py:class library/functions.html#float",
        "object py:class library/functions.html#object",
        "None py:data library/constants.html#None",
        "pathlib.Path py:class library/pathlib.html#pathlib.Path",
        "typing.Any py:data library/typing.html#typing.Any",
        "typing.Self py:data library/typing.html#typing.Self",
        *(
            f"collections.abc.{n} py:class library/collections.abc.html#collections.abc.{n}"
            for n in ("Callable", "Iterable", "Iterator", "Mapping", "Sequence")
        ),
        "concurrent.futures.Executor py:class "
        "library/concurrent.futures.html#concurrent.futures.Executor",
        *(
            f"{n} py:exception library/exceptions.html#{n}"
            for n in ("Exception", "FileNotFoundError", "KeyError", "IndexError", "OSError")
        ),
        *(
            f"{n} py:exception library/exceptions.html#{n}"
            for n in ("RuntimeError", "TypeError", "ValueError", "ImportError")
        ),
    ],
    NUMPY: [
        *(
            f"numpy.{n} py:class reference/generated/numpy.{n}.html#numpy.{n}"
            for n in ("ndarray", "dtype")
        ),
        "numpy.float64 py:class reference/arrays.scalars.html#numpy.float64",
        "numpy.typing.ArrayLike py:data reference/typing.html#numpy.typing.ArrayLike",
        "numpy.typing.NDArray py:data reference/typing.html#numpy.typing.NDArray",
        "numpy.random.RandomState py:class reference/random/legacy.html#numpy.random.RandomState",
    ],
}


def _of_manim() -> Iterator[str]:
    for found in pkgutil.walk_packages(manim.__path__, "manim."):
        if any(part in found.name for part in ("opengl", "__main__", ".cli", "_config", "plugins")):
            continue
        module = importlib.import_module(found.name)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name, None)
            path = f"{found.name}.{name}"
            if inspect.isclass(value) and value.__module__ == found.name:
                yield f"{path} py:class reference/{path}.html#{path}"
                yield f"manim.{name} py:class reference/{path}.html#{path}"
            elif inspect.isfunction(value) and value.__module__ == found.name:
                yield f"{path} py:function reference/{found.name}.html#{path}"


def _write(file: Path, project: str, number: str, lines: Iterable[str]) -> str:
    """Write a list of names as Sphinx has it."""
    head = (
        f"# Sphinx inventory version 2\n# Project: {project}\n# Version: {number}\n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    body = "".join("{} {} 1 {} -\n".format(*line.split(" ")) for line in sorted(set(lines)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(head.encode() + zlib.compress(body.encode()))
    return str(file)


def mapping(folder: Path) -> dict[str, tuple[str, str]]:
    """Return what intersphinx is told: addresses, and files with names."""
    return {
        "manim": (
            MANIM,
            _write(folder / "manim.inv", "Manim", version("manim"), _of_manim()),
        ),
        "numpy": (
            NUMPY,
            _write(folder / "numpy.inv", "NumPy", version("numpy"), NAMES[NUMPY]),
        ),
        "python": (PYTHON, _write(folder / "python.inv", "Python", "3", NAMES[PYTHON])),
    }
