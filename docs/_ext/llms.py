"""llms.txt: the cheat sheet as plain text, and where everything else is, for programs that read.

Its form is that of https://llmstxt.org: a title, a summary, and lists of links.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
SUMMARY = (
    "Neural networks that compute, and Manim films of them that show what they computed. "
    "A Python library on Manim Community Edition; every number on screen comes from the network."
)
_LINK = re.compile(r"<a href=\"[^\"]*\">([^<]*)</a>|\[([^]]*)\]\([^)]*\)")


def text() -> str:
    """Return the whole file."""
    sheet = (DOCS / "cheat-sheet.md").read_text(encoding="utf-8").partition("\n## ")[2]
    plain = _LINK.sub(lambda found: found[1] or found[2], f"## {sheet}").strip()
    examples = [
        f"- [{entry.title}](gallery/made/{entry.name}.html): shows {', '.join(entry.shows)}"
        for entry in gallery.entries()
    ]
    pages = [
        f"- [{_title(file)}](recipes/{file.stem}.html)"
        for file in sorted((DOCS / "recipes").glob("*.md"))
        if file.stem != "index"
    ]
    names = "- [Every public name](reference/index.html)\n- [The command](reference/command.html)"
    return "\n\n".join(
        [
            "# nnviz",
            f"> {SUMMARY}",
            plain,
            "## Examples, each with its code",
            "\n".join(examples),
            "## Recipes",
            "\n".join(pages),
            "## Reference",
            names,
            "",
        ]
    )


def _title(file: Path) -> str:
    (title,) = re.findall(r"\A(?:---\n.*?^---\n+)?# (.*)$", file.read_text("utf-8"), re.M | re.S)[
        :1
    ]
    return title.splitlines()[0]


def write(app: Sphinx, error: Exception | None) -> None:
    """Write it where the site is."""
    if error is None and app.builder.format == "html":
        Path(app.outdir, "llms.txt").write_text(text(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have it written when the site is."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
