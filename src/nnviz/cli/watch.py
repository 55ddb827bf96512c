"""``nnviz watch`` and ``nnviz present``: show a scene on a page in the browser."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from nnviz.cli.discover import Discovery, discover
from nnviz.cli.listing import UsageError, no_scene

__all__ = ["run", "run_present"]

#: Packages of the extra "watch".
_NEEDED = {"anyio", "starlette", "uvicorn", "watchfiles"}


def run(options: Namespace, page: str = "") -> int:
    """Serve a page of a file until Ctrl-C.

    Parameters
    ----------
    options : Namespace
        The parsed command line.
    page : str, optional
        Name of the page, as for :func:`nnviz.preview.server.serve`.

    Returns
    -------
    int
        The exit status: 0.

    Raises
    ------
    UsageError
        If the arguments are wrong, or a package is missing.
    """
    if not 0 <= options.port < 1 << 16:
        raise UsageError(f"--port is {options.port}: it has to be from 0 (any port) to 65535")
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
        The parsed command line.

    Returns
    -------
    int
        The exit status: 0, or 1 if the scene fails or the file cannot be written.

    Raises
    ------
    UsageError
        If the arguments are wrong, or a package is missing.
    """
    target: Path | None = options.export
    if target is None:
        if options.notes:
            raise UsageError("--notes needs --export: the page always shows the notes")
        return run(options, page="present")
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--export is {target}: the file name has to end in .html")
    if target.is_dir():
        raise UsageError(f"--export is {target}: this is a folder")
    found = _scenes(options)
    scene = options.scene or next(iter(found.names), None)
    if scene is None:
        raise UsageError(f"there are no scenes in {options.file}")

    from nnviz.files import MediaError
    from nnviz.preview.slides_file import SlidesError, save_slides

    try:
        size = save_slides(
            options.file,
            scene,
            target,
            quality=options.quality,
            jobs=options.jobs,
            notes=options.notes,
        )
    except (MediaError, SlidesError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {size}")
    return 0


def _scenes(options: Namespace) -> Discovery:
    """Return the scenes of the file; raise a UsageError if there is no such file or scene."""
    if options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: it has to be 1 or more")
    file: Path = options.file
    if not file.is_file() or file.suffix != ".py":
        hint = ": give the file, then the scene" if not file.suffix else ""
        raise UsageError(f"there is no Python file {file}{hint}")
    found = discover(file)
    if options.scene is not None and options.scene not in found.names and not found.problems:
        raise UsageError(no_scene(options.scene, f"in {file}", found.names))
    return found
