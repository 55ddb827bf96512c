"""The gallery: a page for each file of docs/gallery and for each scene of the chapter.

An entry is one file that runs by itself: ``nnviz render docs/gallery/xor.py``. The first line of
its docstring is the title, what follows is said on the page, and three lines end it::

    Section: Networks
    Shows: NetworkMobject, NetworkScene
    Next: moons, parts

The section is one of `SECTIONS`. What is shown has this picture in the reference. "Next" names the
two entries to look at after this one.

The networks of docs/networks.png have a page, too: each with the function that makes it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.statemachine import StringList
from PIL import Image
from sphinx.util.docutils import SphinxDirective

import films
from nnviz.cli.discover import discover

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = Path(__file__).resolve().parents[1] / "gallery"
#: Makes the sheet of networks beside it.
NETWORKS = FOLDER.parent / "networks.py"
#: So many stand beside each other in it.
ACROSS = 4
#: Those that come first on the page: the rest keeps the sheet's order.
FIRST = ("mnist_dense", "iris_with_names", "mnist_convolutional")
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
FIELDS = ("Section", "Shows", "Next")
#: Entries that come first in their sections, and in the reference.
LEADING = ("reads", "backpropagate", "convolve", "moons", "surface", "explain", "pixels", "moods")
_FIELD = re.compile(rf"^({'|'.join(FIELDS)}): (.*(?:\n(?!{'|'.join(FIELDS)}|\n).*)*)", re.M)


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
    next
        Names of the two entries to look at next.
    code
        The file without its docstring.
    """

    name: str
    scene: str
    title: str
    text: str
    section: str
    shows: tuple[str, ...]
    next: tuple[str, ...]
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
        if not title or set(fields) != set(FIELDS):
            raise ValueError(f"{file}: the docstring has a title, and lines {', '.join(FIELDS)}")
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
            tuple(re.split(r",\s+", fields["Next"].strip())),
            code,
        )


@cache
def entries() -> tuple[Entry, ...]:
    """Return all entries, section by section."""
    found = [Entry.of(file) for file in sorted(FOLDER.glob("*.py"))]
    return tuple(
        sorted(found, key=lambda entry: (SECTIONS.index(entry.section), entry.name not in LEADING))
    )


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
        f".. manim:: {entry.scene}\n\n{code}\n\nShows {shown}.\n\n"
        f".. rubric:: Next\n\n.. clips:: {' '.join(entry.next)}\n"
    )


@cache
def chapter() -> list[tuple[str, str, str]]:
    """Return the chapter's scenes in the order of its film: name, title and description."""
    film = tomllib.loads(films.CHAPTER.read_text(encoding="utf-8"))
    known = {scene.name: scene.description for scene in discover(films.SCENES).scenes}
    return [(scene["name"], scene["title"], known[scene["name"]]) for scene in film["scenes"]]


def _page_of_scene(name: str, title: str, text: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n{text}\n\n.. scene:: {name}\n"


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
        order = {name: k for k, name in enumerate(FIRST)}
        for k, (name, code) in sorted(
            enumerate(functions), key=lambda item: order.get(item[1][0], len(FIRST))
        ):
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


def draw_clips(app: Sphinx) -> None:
    """Draw the clips of entries and recipes: pages, read one after the other, find them."""
    clips = [(entry.scene, f"{entry.code}\n", f"gallery/made/{entry.name}") for entry in entries()]
    for page in [*FOLDER.parent.glob("*.md"), *FOLDER.parent.glob("recipes/*.md")]:
        clips += films.clips_of(page, app.project.path2doc(page) or "")
    films.draw_side_by_side(clips, app.config.films_fingerprint)


def write_pages(_: Sphinx) -> None:
    """Write a page for each entry and each scene, and remove those of former ones."""
    pages = {f"{entry.name}.rst": _page_of(entry) for entry in entries()}
    for name, title, text in chapter():
        pages[f"{name}.rst"] = _page_of_scene(name, title, text)
    pages["networks.rst"] = _page_of_networks()
    for file in MADE.glob("*.rst"):
        if file.name not in pages:
            file.unlink()
    for name, text in pages.items():
        write_if_new(MADE / name, text)


class Clips(SphinxDirective):
    """Small clips side by side, each a link to its page, which draws it.

    ``.. clips:: NAME NAME`` shows entries, ``.. gallery:: SECTION`` those of a section, and
    ``.. gallery:: chapter`` the chapter's scenes.
    """

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the clips."""
        self.env.note_dependency(str(FOLDER))
        root = films.to_root(self.env.docname)
        grid = nodes.container(classes=["clips"])
        for name, clip, title in self.chosen():
            grid += films.card(clip, root, title, f"{root}gallery/made/{name}.html")
        return [grid]

    def chosen(self) -> list[tuple[str, str, str]]:
        """Return the page, the clip and the title of each."""
        known = {entry.name: (entry.name, entry.scene, entry.title) for entry in entries()}
        known |= {name: (name, name, title) for name, title, _ in chapter()}
        return [known[name] for name in self.arguments[0].split()]


class Gallery(Clips):
    """All of a section."""

    def chosen(self) -> list[tuple[str, str, str]]:
        """Return the page, the clip and the title of each."""
        if self.arguments[0] == "chapter":
            return [(name, name, title) for name, title, _ in chapter()]
        return [
            (entry.name, entry.scene, entry.title)
            for entry in entries()
            if entry.section == self.arguments[0]
        ]


class Hero(SphinxDirective):
    """``.. hero:: ENTRY``: an entry's clip, and its code beside it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return both, in one container."""
        (entry,) = (entry for entry in entries() if entry.name == self.arguments[0])
        root = films.to_root(self.env.docname)
        both = nodes.container(classes=["hero"])
        both += films.player(f"{entry.scene}.mp4", root, entry.title, controls=False)
        both += nodes.literal_block(entry.code, entry.code, language="python")
        return [both]


class Contents(SphinxDirective):
    """``.. gallery-contents::``: the order of the gallery's pages, for the side of every page."""

    def run(self) -> list[nodes.Node]:
        """Return a hidden table of contents."""
        self.env.note_dependency(str(FOLDER))
        names = [
            *(entry.name for entry in entries()),
            "networks",
            *(name for name, *_ in chapter()),
        ]
        lines = [".. toctree::", "   :hidden:", "", *(f"   gallery/made/{name}" for name in names)]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source="gallery"), self.content_offset, holder)
        return holder.children


def show_in_reference(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Begin what a docstring says with a picture, and end it with all others."""
    found = pictures().get(name.rpartition(".")[2], ()) if what != "attribute" else ()
    first, *others = [entry.name for entry in found] or [""]
    if first:
        lines[:0] = [f".. clips:: {first}", ""]
    if others:
        lines += ["", ".. rubric:: More pictures", "", f".. clips:: {' '.join(others)}", ""]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, and have the pages written."""
    app.add_directive("gallery", Gallery)
    app.add_directive("clips", Clips)
    app.add_directive("hero", Hero)
    app.add_directive("gallery-contents", Contents)
    app.connect("builder-inited", write_pages)
    app.connect("builder-inited", draw_clips)
    app.connect("autodoc-process-docstring", show_in_reference, priority=900)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
