"""Files that appear when they are complete, whoever is killed and whoever else looks on.

Manim runs LaTeX in the folder where it keeps formulas, takes what it finds there for finished, and
removes what is no picture: files of a neighbouring process, too. Here each
formula and text is made in a folder of its own, and moved when it is done.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from manim import SVGMobject, config
from manim.mobject.text import tex_mobject, text_mobject
from manim.utils.tex import TexTemplate
from manim.utils.tex_file_writing import tex_hash
from manimpango import PangoUtils  # type: ignore[import-untyped]

fcntl: Any
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

__all__ = ["remove_leftovers", "unfinished", "whole_files", "write_whole"]

_UNFINISHED = ".unfinished-"
_FORGOTTEN_AFTER = 3600.0  # seconds


def unfinished(path: Path) -> Path:
    """Return where to write what is to become ``path``: beside it, and nobody else's."""
    return path.with_name(f"{_UNFINISHED}{os.getpid()}-{path.name}")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen in part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = unfinished(path)
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_leftovers(*folders: Path) -> None:
    """Remove what processes that were killed left unfinished in folders."""
    for folder in folders:
        for path in folder.glob(f"{_UNFINISHED}*") if folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _FORGOTTEN_AFTER:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def whole_files(made: Callable[[Path], None] = lambda path: None) -> Iterator[None]:
    """Let Manim's formulas and texts appear when they are complete.

    Parameters
    ----------
    made
        Called with the file of each formula that is used.
    """
    tex: Any = tex_mobject
    texts: list[Any] = [text_mobject.Text, text_mobject.MarkupText]
    tex_to_svg_file = tex.tex_to_svg_file

    def formula(
        expression: str, environment: str | None = None, tex_template: TexTemplate | None = None
    ) -> Path:
        template = tex_template or config["tex_template"]
        code = (
            template.get_texcode_for_expression(expression)
            if environment is None
            else template.get_texcode_for_expression_in_env(expression, environment)
        )
        svg = config.get_dir("tex_dir") / f"{tex_hash(code)}.svg"
        if not svg.exists():
            with _working_in("tex_dir"):
                draft = Path(tex_to_svg_file(expression, environment, template))
                _put_in_place(draft, svg)
        made(svg)
        return svg

    def drawing(plain: Callable[[Any, Any], str]) -> Callable[[Any, Any], str]:
        def text2svg(self: Any, color: Any) -> str:
            svg = config.get_dir("text_dir") / f"{self._text2hash(color)}.svg"
            if not svg.exists():
                with _working_in("text_dir"):
                    draft = Path(plain(self, color))
                    remove_last_m(str(draft))
                    _put_in_place(draft, svg)
            return str(svg.resolve())

        return text2svg

    generate_mobject = SVGMobject.generate_mobject

    def parsed(self: SVGMobject) -> SVGMobject:
        # Manim parses a copy that it writes beside the file, under one name, and removes.
        for seconds_left in (1.0, 0.5, 0.2, 0.1, 0.0):
            try:
                with _alone_in(self.get_file_path().parent):
                    return generate_mobject(self)
            except (ParseError, FileNotFoundError):
                # Manim itself, rendering beside us, may be at the same file without our lock.
                if not seconds_left:
                    raise
                time.sleep(seconds_left)
        raise AssertionError("the last try returns or raises")

    patched: Any = SVGMobject
    patched.generate_mobject = parsed
    # Manim writes the file of a text once more whenever it is used: half of it, for a neighbour.
    pango: Any = PangoUtils
    remove_last_m = pango.remove_last_M
    pango.remove_last_M = staticmethod(lambda file_name: None)
    tex.tex_to_svg_file = formula
    plain = [kind._text2svg for kind in texts]
    for kind in texts:
        kind._text2svg = drawing(kind._text2svg)
    try:
        yield
    finally:
        patched.generate_mobject = generate_mobject
        pango.remove_last_M = staticmethod(remove_last_m)
        tex.tex_to_svg_file = tex_to_svg_file
        for kind, text2svg in zip(texts, plain, strict=True):
            kind._text2svg = text2svg


def _put_in_place(draft: Path, final: Path) -> None:
    """Move a file to its place, not while another process reads there."""
    with _alone_in(final.parent):
        if not final.exists():
            draft.replace(final)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder for a moment; the lock of one that dies is free."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _working_in(key: str) -> Iterator[None]:
    """Point a folder of Manim's at a new one inside it, for a while."""
    folder, setting = config.get_dir(key), config[key]
    # Of the folder of formulas, Manim removes anything that does not end so.
    work = unfinished(folder / "work.tex")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    config[key] = str(work)
    try:
        yield
        shutil.rmtree(work, ignore_errors=True)  # and kept where LaTeX failed: it has the log
    finally:
        config[key] = setting
