"""The pages of networks that the site links to: written by the scripts in ``docs/pages``."""

from __future__ import annotations

import contextlib
import runpy
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SCRIPTS = Path(__file__).resolve().parents[1] / "pages"


def write_pages(app: Sphinx, error: Exception | None) -> None:
    """Run the scripts, and put what they write where the site is."""
    if error is None and app.builder.format == "html":
        with TemporaryDirectory() as folder, contextlib.chdir(folder):
            for script in sorted(SCRIPTS.glob("*.py")):
                runpy.run_path(str(script))
            for page in Path(folder).glob("*.html"):
                shutil.copy(page, Path(app.outdir) / "pages")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the pages written when the site is."""
    app.connect("build-finished", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
