"""Pictures of formulas and texts that are whole, and those they claim to be.

Manim runs LaTeX in the folder where it keeps formulas, uses every file that has the right name,
and removes files that are not pictures, also those of another process. Here each formula and text
is made in a folder of its own, sealed, and moved when it is whole. The seal is a comment at the
end of the file with a digest of its name and content. A picture without the right seal was
damaged, exchanged, or made by someone else: it is made again.

There is no lock: each file is replaced in one step, and what Manim parses is in memory.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from manim import SVGMobject, config
from manim.utils.tex import TexTemplate
from manim.utils.tex_file_writing import tex_hash

from nnviz._manim import PatchPoint, patched
from nnviz.files import MediaError, media_errors, unfinished

__all__ = ["whole_formulas"]

_SEAL = b"<!-- nnviz "
#: Seconds to wait, one after the other, while another program has a file.
_WAITS = (0.05, 0.1, 0.2, 0.5, 1.0)
#: Of each picture that was found whole: inode, time of change, and size.
_whole: dict[Path, tuple[int, int, int]] = {}


@contextlib.contextmanager
def whole_formulas() -> Iterator[None]:
    """Let Manim use pictures of formulas and texts only if they are whole.

    A picture that is not whole is made again, and replaced. Inside, a `MediaError` is raised if
    that is not possible.
    """
    tex_to_svg_file = PatchPoint.FORMULA.plain
    generate_mobject = PatchPoint.PARSE.plain
    remove_last_m = PatchPoint.TRIM.plain

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
        _provide(svg, "tex_dir", lambda: Path(tex_to_svg_file(expression, environment, template)))
        return svg

    def drawing(plain: Callable[[Any, Any], str]) -> Callable[[Any, Any], str]:
        def text2svg(self: Any, color: Any) -> str:
            def draw() -> Path:
                draft = plain(self, color)
                remove_last_m(draft)
                return Path(draft)

            svg = config.get_dir("text_dir") / f"{self._text2hash(color)}.svg"
            _provide(svg, "text_dir", draw)
            return str(svg.absolute())

        return text2svg

    def parsed(self: SVGMobject) -> SVGMobject:
        # Manim writes a copy beside the file, under one name for all, parses and removes it.
        # Without a copy on the disk, processes do not disturb each other.
        if "get_file_path" in vars(self):  # The same function has been here, one level up.
            result: SVGMobject = generate_mobject(self)
            return result
        path = self.file_name
        if path is None or _key(path) not in _whole:
            path = self.get_file_path()
        sheet = _Sheet(_content(path))
        vars(self)["get_file_path"] = lambda: sheet
        try:
            result = generate_mobject(self)
        finally:
            del vars(self)["get_file_path"]
        return result

    with (
        patched(PatchPoint.PARSE, parsed),
        # Manim writes the file of a text again whenever it is used: another process may read
        # half of it.
        patched(PatchPoint.TRIM, staticmethod(lambda file_name: None)),
        patched(PatchPoint.FORMULA, formula),
        patched(PatchPoint.TEXT, drawing(PatchPoint.TEXT.plain)),
        patched(PatchPoint.MARKUP, drawing(PatchPoint.MARKUP.plain)),
    ):
        yield


class _Sheet:
    """A picture in memory, which Manim takes for the path of a file.

    Manim reads it, asks it for the path of a copy, writes and reads that, and removes it.
    """

    stem, suffix = "sheet", ".svg"

    def __init__(self, content: bytes = b"") -> None:
        self._rest = content

    def with_name(self, name: str) -> _Sheet:
        return _Sheet()

    def write(self, data: bytes) -> int:
        self._rest += data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        end = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:end], self._rest[end:]
        return data

    def unlink(self) -> None:
        self._rest = b""


def _provide(svg: Path, key: str, make: Callable[[], Path]) -> None:
    """Make a picture, unless it is there and whole.

    Parameters
    ----------
    svg : Path
        The file of the picture.
    key : str
        The setting of Manim that says in which folder it works.
    make : callable
        A function that makes the picture in that folder, and returns its file.
    """
    if _is_whole(svg):
        return
    with _working_in(key, svg) as work:
        try:
            # In this folder is no "latex": that LaTeX is missing is not about the file.
            with media_errors(svg, within=work):
                draft = make()
        except MediaError:
            raise
        except Exception:
            _check_room(work, svg)  # Without room LaTeX and Pango fail, and cannot say why.
            raise
        with media_errors(svg):
            content = draft.read_bytes()
            try:
                ElementTree.fromstring(content)
            except ElementTree.ParseError:
                _check_room(work, svg)
                raise MediaError(f"{svg} cannot be written: only a part of it was made.") from None
            with draft.open("ab") as file:
                file.write(_seal(svg.stem, content))
            _put_in_place(draft, svg)


def _put_in_place(draft: Path, svg: Path) -> None:
    """Move a picture to its place, unless another process has been faster."""
    for seconds in (*_WAITS, None):
        if _is_whole(svg):
            return
        try:
            state = _state(draft.stat())
            draft.replace(svg)
            _whole[_key(svg)] = state
            return
        except PermissionError:
            # On Windows, a file that another process reads cannot be replaced.
            if seconds is None or os.name != "nt":
                raise
            time.sleep(seconds)


def _check_room(work: Path, svg: Path) -> None:
    """Raise a `MediaError` about a picture if nothing can be written where it is made."""
    probe = work / "probe"
    with media_errors(svg):
        try:
            probe.write_bytes(bytes(1 << 16))
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()


@contextlib.contextmanager
def _working_in(key: str, svg: Path) -> Iterator[Path]:
    """Point a setting of Manim's at a new folder beside a picture, for a while."""
    setting = config[key]
    with media_errors(svg):
        folder = svg.parent.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        # Processes of two containers may have the same number. In the folder of formulas, Manim
        # removes everything that has another suffix.
        prefix = f"{unfinished(folder / 'work').name}-"
        work = Path(tempfile.mkdtemp(prefix=prefix, suffix=".tex", dir=folder))
    config[key] = str(work)
    try:
        yield work
    except OSError:
        shutil.rmtree(work, ignore_errors=True)
        raise
    else:
        shutil.rmtree(work, ignore_errors=True)  # It is kept where LaTeX fails: it has the log.
    finally:
        config[key] = setting


def _content(path: Path) -> bytes:
    """Return what is in a picture, which may be the user's own or one that was found whole."""
    if _key(path) not in _whole:
        return path.read_bytes()
    for seconds in (*_WAITS, None):
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if _is_sealed(path.stem, content):
                return content
        if seconds is not None:  # Manim itself may write the same text again, beside us.
            time.sleep(seconds)
    raise MediaError(
        f"{path} cannot be read: another program changes or removes it. Start again when that "
        "program has ended."
    )


def _is_whole(svg: Path) -> bool:
    """Return whether a picture is there, and was made here under this name."""
    try:
        key = _key(svg)
        now = svg.stat()
        state = _state(now)
        if _whole.get(key) == state:
            return True
        _whole.pop(key, None)
        if not stat.S_ISREG(now.st_mode) or not _is_sealed(svg.stem, svg.read_bytes()):
            return False
    except OSError:
        return False
    _whole[key] = state
    return True


def _state(status: os.stat_result) -> tuple[int, int, int]:
    """Return what is another value once a file is changed or replaced."""
    return status.st_ino, status.st_mtime_ns, status.st_size


def _key(path: Path) -> Path:
    """Return by which path a file is known: that of its folder without links, and its name."""
    try:
        return Path(os.path.realpath(path.parent)) / path.name
    except OSError:  # The current folder is removed.
        return path


def _seal(stem: str, content: bytes) -> bytes:
    """Return the comment that ends a file of this name and content."""
    digest = blake2b(os.fsencode(stem) + b"\0" + content, digest_size=16).hexdigest()
    return b"%s%s -->\n" % (_SEAL, digest.encode())


def _is_sealed(stem: str, content: bytes) -> bool:
    """Return whether what is in a file ends with the comment for its name and content."""
    start = content.rfind(_SEAL)
    return start >= 0 and content[start:] == _seal(stem, content[:start])
