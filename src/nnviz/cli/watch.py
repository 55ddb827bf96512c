"""``nnviz watch`` and ``nnviz present``: a page of a scene."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from nnviz.cli.discover import Discovery, discover
from nnviz.cli.listing import UsageError, no_scene

__all__ = ["run", "run_present"]

#: What the page takes beside what all else takes.
_NEEDED = {"anyio", "starlette", "uvicorn", "watchfiles"}


def run(options: Namespace, page: str = "") -> int:
    """Serve a page of a file until Ctrl-C.

    Parameters
    ----------
    options : Namespace
        The words of the command line.
    page : str, optional
        Which page: see :func:`nnviz.preview.server.serve`.

    Returns
    -------
    int
        The exit status: 0.

    Raises
    ------
    UsageError
        If the words make no sense, or a package is missing.
    """
    if not 0 <= options.port < 1 << 16:
        raise UsageError(f"--port is {options.port}: ports go from 0, any, to 65535")
    _scenes(options)
    file: Path = options.file
    try:
        from nnviz.preview.server import listen, serve
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _NEEDED:
            raise
        raise UsageError(
            f"nnviz {page or 'watch'} needs the package {package}: pip install 'manim-nnviz[watch]'"
        ) from None
    try:
        door = listen(options.port)
    except OSError as error:
        raise UsageError(f"port {options.port} cannot be used: {error.strerror}") from None
    serve(
        door,
        file,
        options.scene,
        lambda: discover(file).names if file.is_file() else [],
        quality=options.quality,
        jobs=options.jobs,
        browser=not options.no_browser,
        page=page,
    )
    return 0


def run_present(options: Namespace) -> int:
    """Serve the slides of a scene, or write them to a file.

    Parameters
    ----------
    options : Namespace
        The words of the command line.

    Returns
    -------
    int
        The exit status: 0, or 1 if the scene fails or the file cannot be written.

    Raises
    ------
    UsageError
        If the words make no sense, or a package is missing.
    """
    target: Path | None = options.export
    if target is None:
        if options.notes:
            raise UsageError("--notes belongs to --export: the page has the notes anyway")
        return run(options, page="present")
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--export is {target}: name a file that ends in .html")
    if target.is_dir():
        raise UsageError(f"--export is {target}: a folder has this name")
    found = _scenes(options)
    scene = options.scene or next(iter(found.names), None)
    if scene is None:
        raise UsageError(f"there are no scenes in {options.file}")

    from nnviz.files import MediaError
    from nnviz.preview.talk import TalkError, save_talk

    try:
        size = save_talk(
            options.file,
            scene,
            target,
            quality=options.quality,
            jobs=options.jobs,
            notes=options.notes,
        )
    except (MediaError, TalkError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {size}")
    return 0


def _scenes(options: Namespace) -> Discovery:
    """Return the scenes of the file; raise a UsageError if there is no such file or scene."""
    if options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: at least one process has to draw")
    file: Path = options.file
    if not file.is_file() or file.suffix != ".py":
        hint = ": name the file, then the scene" if not file.suffix else ""
        raise UsageError(f"there is no Python file {file}{hint}")
    found = discover(file)
    if options.scene is not None and options.scene not in found.names and not found.problems:
        raise UsageError(no_scene(options.scene, f"in {file}", found.names))
    return found
