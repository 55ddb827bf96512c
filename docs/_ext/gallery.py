"""The gallery: a page for each file of docs/gallery and for each scene of the chapter.

An entry is one file that runs by itself: ``nnviz render docs/gallery/xor.py``. The first line of
its docstring is the title, what follows is said on the page, and two lines end it::

    Section: Networks
    Shows: NetworkMobject, NetworkScene

The section is one of `SECTIONS`; what is shown has this picture in the reference.

The networks of docs/networks.png have a page, too: each with the function that makes it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from PIL import Image
from sphinx.util.docutils import SphinxDirective

import films
from nnviz.cli.discover import discover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

FOLDER = Path(__file__).resolve().parents[1] / "gallery"
#: Makes the sheet of networks beside it.
NETWORKS = FOLDER.parent / "networks.py"
#: So many stand beside each other in it.
ACROSS = 4
#: Pages that are written from files of code.
MADE = FOLDER / "made"
SECTIONS = (
    "Networks",
    "Moving",
    "Convolution",
    "Learning",
    "The cost",
    "Calculus",
    "Images and numbers",
    "Creatures",
)
_FIELD = re.compile(r"^(Section|Shows): (.*(?:\n(?!Section|Shows|\n).*)*)", re.M)


@dataclass(frozen=True)
class Entry:
    """A file of the gallery.

    Attributes
    ----------
    name
        Of the file, and of the page.
    scene
        The class that is rendered.
    title, text
        What the docstring says.
    section
        Where it belongs.
    shows
        Public names whose picture it is.
    code
        The file without its docstring.
    """

    name: str
    scene: str
    title: str
    text: str
    section: str
    shows: tuple[str, ...]
    code: str

    @classmethod
    def of(cls, file: Path) -> Entry:
        """Read a file.

        Raises
        ------
        ValueError
            If the docstring lacks something, or there is not one scene.
        """
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
        title, _, text = (ast.get_docstring(tree) or "").partition("\n")
        fields = dict(_FIELD.findall(text))
        if not title or set(fields) != {"Section", "Shows"}:
            raise ValueError(f"{file}: the docstring has a title, 'Section: ...', 'Shows: ...'")
        if fields["Section"] not in SECTIONS:
            raise ValueError(f"{file}: {fields['Section']!r} is none of {', '.join(SECTIONS)}")
        found = discover(file)
        if len(found.scenes) != 1:
            raise ValueError(f"{file}: an entry has one scene, and this has {len(found.scenes)}")
        docstring = tree.body[0]
        code = "\n".join(source.splitlines()[docstring.end_lineno :]).strip("\n")
        return cls(
            file.stem,
            found.scenes[0].name,
            title.strip().rstrip("."),
            _FIELD.sub("", text).strip(),
            fields["Section"],
            tuple(re.split(r",\s+", fields["Shows"].strip())),
            code,
        )


@cache
def entries() -> tuple[Entry, ...]:
    """Return all entries, section by section."""
    found = [Entry.of(file) for file in sorted(FOLDER.glob("*.py"))]
    return tuple(sorted(found, key=lambda entry: SECTIONS.index(entry.section)))


@cache
def pictures() -> dict[str, list[Entry]]:
    """Return the entries that show a public name."""
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries():
        for name in entry.shows:
            by_name[name].append(entry)
    return dict(by_name)


def _page_of(entry: Entry) -> str:
    code = "\n".join(f"    {line}".rstrip() for line in entry.code.splitlines())
    shown = ", ".join(f":py:obj:`{name}`" for name in entry.shows)
    return (
        f"{entry.title}\n{'=' * len(entry.title)}\n\n{entry.text}\n\n"
        f".. manim:: {entry.scene}\n\n{code}\n\nShows {shown}.\n"
    )


def _page_of_scene(name: str, text: str) -> str:
    return f"{name}\n{'=' * len(name)}\n\n{text}\n\n.. scene:: {name}\n"


def sheet() -> tuple[str, list[tuple[str, str]]]:
    """Return what docs/networks.py begins with, and each network's name and function."""
    source = NETWORKS.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    made = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or node) == "VGroup"
    ]
    beginning = "\n".join(lines[tree.body[0].end_lineno : made[0].lineno - 1]).strip("\n")
    return beginning, [
        (node.name, "\n".join(lines[node.lineno - 1 : node.end_lineno])) for node in made
    ]


def _page_of_networks() -> str:
    """Return the page, after cutting the sheet into its pictures."""
    beginning, functions = sheet()
    title = "Networks of all kinds"
    parts = [
        f"{title}\n{'=' * len(title)}",
        "Each in ten lines or less. What they share is at the end.",
    ]
    drawn = NETWORKS.with_suffix(".png").stat().st_mtime
    with Image.open(NETWORKS.with_suffix(".png")) as whole:
        width = whole.width // ACROSS
        height = whole.height // -(-len(functions) // ACROSS)
        for k, (name, code) in enumerate(functions):
            left, top = k % ACROSS * width, k // ACROSS * height
            file = MADE / "networks" / f"{name}.png"
            if not file.exists() or file.stat().st_mtime < drawn:
                file.parent.mkdir(parents=True, exist_ok=True)
                whole.crop((left, top, left + width, top + height)).save(file)
            words = name.replace("_", " ").capitalize()
            parts += [f"{words}\n{'-' * len(words)}"]
            parts += [f".. image:: networks/{name}.png\n   :alt: {words}", _as_python(code)]
    return "\n\n".join([*parts, f"What they share\n{'-' * 15}", _as_python(beginning)]) + "\n"


def _as_python(code: str) -> str:
    return ".. code-block:: python\n\n" + "\n".join(f"   {line}" for line in code.splitlines())


def write_if_new(file: Path, text: str) -> None:
    """Write a page, unless it is there as it should be: Sphinx goes by the time of change."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def write_pages(_: Sphinx) -> None:
    """Write a page for each entry and each scene, and remove those of former ones."""
    pages = {f"{entry.name}.rst": _page_of(entry) for entry in entries()}
    for scene in discover(films.CHAPTER).scenes:
        pages[f"{scene.name}.rst"] = _page_of_scene(scene.name, scene.description)
    pages["networks.rst"] = _page_of_networks()
    for file in MADE.glob("*.rst"):
        if file.name not in pages:
            file.unlink()
    for name, text in pages.items():
        write_if_new(MADE / name, text)


class Gallery(SphinxDirective):
    """``.. gallery:: SECTION`` or ``.. gallery:: chapter``: a clip a page, each a link to it."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the clips, which other pages draw."""
        grid = nodes.container(classes=["gallery"])
        for name, clip, title in self._pages():
            page = f"{films.to_root(self.env.docname)}gallery/made/{name}.html"
            figure = nodes.container(classes=["card"])
            video = films.player(
                f"{clip}.mp4", films.to_root(self.env.docname), title, controls=False
            )
            link = f'<p><a href="{page}">{escape(title)}</a></p>'
            figure += [video, nodes.raw("", link, format="html")]
            grid += figure
        return [grid]

    def _pages(self) -> Iterator[tuple[str, str, str]]:
        self.env.note_dependency(str(FOLDER))
        if self.arguments[0] == "chapter":
            for scene in discover(films.CHAPTER).scenes:
                yield scene.name, scene.name, f"{scene.name}: {scene.description}"
        else:
            for entry in entries():
                if entry.section == self.arguments[0]:
                    yield entry.name, entry.scene, entry.title


def show_in_reference(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Add pictures to what a docstring says."""
    for entry in pictures().get(name.rpartition(".")[2], ()) if what != "attribute" else ():
        lines += ["", f".. picture:: {entry.name}", ""]


class Picture(SphinxDirective):
    """``.. picture:: ENTRY``: an entry's clip, which leads to its page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the clip."""
        (entry,) = (entry for entry in entries() if entry.name == self.arguments[0])
        root = films.to_root(self.env.docname)
        link = f'<p><a href="{root}gallery/made/{entry.name}.html">{escape(entry.title)}</a></p>'
        card = nodes.container(classes=["card", "alone"])
        card += films.player(f"{entry.scene}.mp4", root, entry.title, controls=False)
        card += nodes.raw("", link, format="html")
        return [card]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, and have the pages written."""
    app.add_directive("gallery", Gallery)
    app.add_directive("picture", Picture)
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", show_in_reference, priority=900)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
