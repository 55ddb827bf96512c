"""The page of a network that the site links to: written by the code of the recipe on pages."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RECIPE = Path(__file__).resolve().parents[1] / "recipes" / "page.md"


def write_page(app: Sphinx, error: Exception | None) -> None:
    """Run the recipe where the site is."""
    if error is None and app.builder.format == "html":
        (code,) = re.findall(r"^```python\n(.*?)^```$", RECIPE.read_text("utf-8"), re.M | re.S)
        with TemporaryDirectory() as folder, contextlib.chdir(folder):
            exec(code, {})
            for page in Path(folder).glob("*.html"):
                shutil.copy(page, app.outdir)


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the page written when the site is."""
    app.connect("build-finished", write_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
