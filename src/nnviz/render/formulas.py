"""Files that appear when they are complete, whoever is killed and whoever else looks on.

Manim runs LaTeX in the folder where it keeps formulas, takes what it finds there for finished, and
removes what is no picture: files of a neighbouring process, too. Here each
formula and text is made in a folder of its own, and moved when it is done.
"""

from __future__ import annotations

import contextlib
import getpass
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from filelock import FileLock
from manim import SVGMobject, config
from manim.utils.tex import TexTemplate
from manim.utils.tex_file_writing import tex_hash

from nnviz.files import unfinished
from nnviz.manims import Seam, patched

__all__ = ["whole_formulas"]


@contextlib.contextmanager
def whole_formulas(made: Callable[[Path], None] = lambda path: None) -> Iterator[None]:
    """Let Manim's formulas and texts appear when they are complete.

    Parameters
    ----------
    made
        Called with the file of each formula that is used.
    """
    tex_to_svg_file = Seam.FORMULA.plain
    generate_mobject = Seam.PARSE.plain
    remove_last_m = Seam.TRIM.plain

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

    def parsed(self: SVGMobject) -> SVGMobject:
        # Manim parses a copy that it writes beside the file, under one name, and removes.
        for seconds_left in (1.0, 0.5, 0.2, 0.1, 0.0):
            try:
                with _alone_in(self.get_file_path().parent):
                    result: SVGMobject = generate_mobject(self)
                    return result
            except (ParseError, FileNotFoundError):
                # Manim itself, rendering beside us, may be at the same file without our lock.
                if not seconds_left:
                    raise
                time.sleep(seconds_left)
        raise AssertionError("the last try returns or raises")

    with (
        patched(Seam.PARSE, parsed),
        # Manim writes the file of a text once more whenever it is used: half of it, for a
        # neighbour.
        patched(Seam.TRIM, staticmethod(lambda file_name: None)),
        patched(Seam.FORMULA, formula),
        patched(Seam.TEXT, drawing(Seam.TEXT.plain)),
        patched(Seam.MARKUP, drawing(Seam.MARKUP.plain)),
    ):
        yield


def _put_in_place(draft: Path, final: Path) -> None:
    """Move a file to its place, not while another process reads there."""
    with _alone_in(final.parent):
        if not final.exists():
            draft.replace(final)


def _alone_in(folder: Path) -> FileLock:
    """Keep other processes out of a folder for a moment; the lock of one that dies is free."""
    name = sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    # Not in the folder itself, which may be anybody's, or not to be written to.
    locks = Path(tempfile.gettempdir()) / f"nnviz-{getpass.getuser()}"
    locks.mkdir(exist_ok=True)
    return FileLock(locks / f"{name}.lock")


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
