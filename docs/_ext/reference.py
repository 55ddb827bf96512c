"""The reference: a page for each class, for each module's functions, and the command's options.

Which names are public is what ``__all__`` says. A name is shown under the shortest path from which
it can be imported. What no package hands on is for those who work on nnviz, and stands apart.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_origin

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import inspect as sphinx_inspect
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

import gallery
import nnviz
from nnviz import NetworkStyle
from nnviz.cli.main import _parser
from nnviz.cli.render import _command

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.domains.python import ObjectEntry
    from sphinx.environment import BuildEnvironment

FOLDER = Path(__file__).resolve().parents[1] / "reference"
MADE = FOLDER / "made"
#: Subjects in the order of the reference, and the modules that belong to them.
SUBJECTS = {
    "Networks": ("nnviz.network",),
    "Layers": ("nnviz.network.layers",),
    "Training": (
        "nnviz.network.costs",
        "nnviz.network.optimizers",
        "nnviz.network.snapshots",
        "nnviz.network.schedules",
        "nnviz.network.training",
        "nnviz.interop.recording",
    ),
    "Other frameworks": ("nnviz.interop",),
    "Data": ("nnviz.mnist", "nnviz.texts"),
    "Pictures of networks": (
        "nnviz.mobjects.primitives.edge",
        "nnviz.mobjects.primitives.edge_array",
        "nnviz.mobjects.network",
        "nnviz.page",
    ),
    "Attention and texts": ("nnviz.mobjects.attention",),
    "Charts": ("nnviz.mobjects.charts",),
    "Formulas": (
        "nnviz.mobjects.equations.chain_rule",
        "nnviz.mobjects.equations.computational_graph",
        "nnviz.mobjects.equations.formula",
        "nnviz.mobjects.equations.matrix_product",
        "nnviz.mobjects.equations.neuron_explanation",
        "nnviz.mobjects.equations.value_line",
        "nnviz.mobjects.equations.weight_explanation",
        "nnviz.mobjects.equations.weight_path",
    ),
    "Images, numbers, words": ("nnviz.mobjects",),
    "Animations": ("nnviz.animations",),
    "Creatures": ("nnviz.characters",),
    "Scenes": ("nnviz.scene",),
    "Figures and cameras": ("nnviz.camera",),
    "Rendering": (
        "nnviz.cli.film",
        "nnviz.preview.inspection",
        "nnviz.render.cluster",
        "nnviz.render.listener",
        "nnviz.render.rendering",
        "nnviz.render.timeline",
    ),
    "Display lists": ("nnviz.drawing",),
}
INSIDE = "For contributors"
#: Where things are that can be seen, which is what an entry of the gallery means by a name.
SEEN = ("nnviz.animations.", "nnviz.characters.", "nnviz.mobjects.", "nnviz.scene.")
#: So many characters of a title fit beside a page.
LONGEST_TITLE = 37
#: A signature with so many options of style leaves them out.
FOLDED = 6
#: What is given to `nnviz render` without a dash.
ARGUMENTS = {
    "file": "The Python file; or a scene's name, which is looked for in what follows.",
    "scene_names": "Classes of scenes in it; without one, as Manim chooses.",
}


def modules() -> list[ModuleType]:
    """Return the modules of nnviz, but those that are run when imported."""
    names = [
        found.name
        for found in pkgutil.walk_packages(nnviz.__path__, "nnviz.")
        if not found.name.endswith("__main__")
    ]
    return [nnviz, *(importlib.import_module(name) for name in names)]


def public(module: ModuleType) -> list[str]:
    """Return a module's public names; without ``__all__``, the constants it defines itself."""
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    return sorted(name for name in _assigned(module) if not name.startswith("_"))


def _assigned(module: ModuleType) -> set[str]:
    """Return the names that a module's own lines give a value, or define."""
    tree = ast.parse(inspect.getsource(module))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
    return names


def _is_private(module: ModuleType) -> bool:
    return any(part.startswith("_") for part in module.__name__.split("."))


class Places:
    """Where each public name is defined, and from where it is imported.

    Attributes
    ----------
    pages : dict
        From the page's module to what stands on it: name, and the module to import it from.
    """

    def __init__(self) -> None:
        known = modules()
        shortest: dict[tuple[str, str], ModuleType] = {}
        for module in sorted(known, key=lambda m: m.__name__.count(".")):
            if _is_private(module):
                continue
            for name in public(module):
                home = self._home(module, name, known)
                # `nnviz` itself hands on what its rooms have: there a name has its place.
                if module is not nnviz:
                    shortest.setdefault((home.__name__, name), module)
        self.pages: dict[ModuleType, list[tuple[str, ModuleType]]] = {}
        by_name = {module.__name__: module for module in known}
        for (home, name), module in sorted(shortest.items(), key=lambda item: item[0]):
            page = module if _is_private(by_name[home]) else by_name[home]
            self.pages.setdefault(page, []).append((name, module))

    @staticmethod
    def path(name: str, page: ModuleType, origin: ModuleType) -> str:
        """Return the path under which a name is shown."""
        value = getattr(origin, name)
        is_data = not (inspect.isclass(value) or inspect.isfunction(value))
        return f"{(page if is_data else origin).__name__}.{name}"

    @staticmethod
    def _home(module: ModuleType, name: str, known: list[ModuleType]) -> ModuleType:
        value = getattr(module, name)
        if name in _assigned(module):
            return module
        inside = [
            other
            for other in known
            if getattr(other, name, None) is value and name in _assigned(other)
        ]
        return inside[0] if inside else module


def _entry(name: str, module: ModuleType, page: ModuleType) -> str:
    value = getattr(module, name)
    path = Places.path(name, page, module)
    if inspect.isclass(value):
        return f".. autoclass:: {path}\n   :members:\n   :show-inheritance:\n"
    if inspect.isfunction(value):
        return f".. autofunction:: {path}\n"
    return f".. autodata:: {path}\n   :no-value:\n"


Entry = tuple[str, ModuleType, ModuleType]


@dataclass(frozen=True)
class Page:
    """A page of the reference.

    Attributes
    ----------
    name
        Of the file: what is imported, with dots.
    title
        What its readers look for: a class, or a few functions.
    subject
        Where it belongs.
    contents
        Names, the module to import each from, and the one in which it is defined.
    """

    name: str
    title: str
    subject: str
    contents: list[Entry]

    @property
    def summary(self) -> str:
        """One line on what is on it."""
        name, origin, home = self.contents[0]
        return _first_line(getattr(origin, name) if len(self.contents) == 1 else home)

    @property
    def text(self) -> str:
        """The page as reStructuredText."""
        parts = [f"{self.title}\n{'=' * len(self.title)}\n"]
        several = len({home for *_, home in self.contents}) > 1
        if len(self.contents) > 1 and not several:
            parts.append(f"{self.summary}\n")
        for home, entries in groupby(self.contents, key=lambda entry: entry[2]):
            if several:
                parts.append(f"{home.__name__}\n{'-' * len(home.__name__)}\n")
                parts.append(f"{_first_line(home)}\n")
            for name, origin, _ in entries:
                if not several and len(self.contents) > 1:
                    parts.append(f"{name}\n{'-' * len(name)}\n")
                parts.append(f".. currentmodule:: {origin.__name__}\n")
                parts.append(_entry(name, origin, home))
        return "\n".join(parts)


@cache
def pages() -> list[Page]:
    """Return all pages: a class, a module's functions and values, all else of a room."""
    made = []
    inside: dict[str, list[Entry]] = {}
    for home, contents in Places().pages.items():
        subject = _subject(home, contents)
        entries = [(name, origin, home) for name, origin in contents]
        if subject == INSIDE:
            inside.setdefault(".".join(home.__name__.split(".")[:2]), []).extend(entries)
            continue
        shown = [entry for entry in entries if _is_for_users(*entry[1:])]
        rest = [entry for entry in entries if entry not in shown]
        if rest:
            inside.setdefault(".".join(home.__name__.split(".")[:2]), []).extend(rest)
        classes = [entry for entry in shown if _has_own_page(getattr(entry[1], entry[0]))]
        others = [entry for entry in shown if entry not in classes]
        for name, origin, _ in classes:
            made.append(Page(f"{origin.__name__}.{name}", name, subject, [(name, origin, home)]))
        if others:
            made.append(Page(home.__name__, _title(home, others), subject, others))
    for room, entries in inside.items():
        made.append(Page(f"{room}.inside", f"Inside {room}", INSIDE, entries))
    return made


def _subject(home: ModuleType, contents: list[tuple[str, ModuleType]]) -> str:
    """Return the subject with the longest fitting name of a module."""
    if not any(_is_for_users(origin, home) for _, origin in contents):
        return INSIDE
    fitting = [
        (len(start), subject)
        for subject, starts in SUBJECTS.items()
        for start in starts
        if f"{home.__name__}.".startswith(f"{start}.")
    ]
    return max(fitting, default=(0, INSIDE))[1]


def _is_for_users(origin: ModuleType, home: ModuleType) -> bool:
    """Return whether a package hands it on, or its module is a subject by itself."""
    named = {start for starts in SUBJECTS.values() for start in starts}
    return hasattr(origin, "__path__") or home.__name__ in named


def _has_own_page(value: Any) -> bool:
    return inspect.isclass(value) and not issubclass(value, BaseException)


def _title(home: ModuleType, contents: list[Entry]) -> str:
    functions = [name for name, origin, _ in contents if inspect.isfunction(getattr(origin, name))]
    names = functions or [name for name, *_ in contents]
    if len(", ".join(names)) <= LONGEST_TITLE:
        return ", ".join(names)
    if hasattr(home, "__path__"):
        return "Functions and errors"
    return home.__name__.rpartition(".")[2].replace("_", " ").capitalize()


def _first_line(thing: Any) -> str:
    return next(iter((inspect.getdoc(thing) or "").splitlines()), "")


def by_subject() -> dict[str, list[Page]]:
    """Return the pages of each subject, by their titles."""
    found: dict[str, list[Page]] = {subject: [] for subject in (*SUBJECTS, INSIDE)}
    for page in sorted(pages(), key=lambda page: (page.title.lower(), page.name)):
        found[page.subject].append(page)
    return found


def file_of(subject: str) -> str:
    """Return what the page of a subject is called."""
    return f"subject-{nodes.make_id(subject)}"


def _page_of(subject: str, inside: list[Page]) -> str:
    lines = [subject, "=" * len(subject), ""]
    for page in inside:
        lines.append(f"* :doc:`{page.title} <{page.name}>`: {_as_text(page.summary)}")
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {page.name}" for page in inside), ""]
    return "\n".join(lines)


def _as_text(words: str) -> str:
    return re.sub(r"([*|])", r"\\\1", words) if "`" not in words else words


def write_pages(_: Sphinx) -> None:
    """Write a page for each class, each module's functions and each subject; remove former ones."""
    subjects = by_subject()
    texts = {f"{file_of(subject)}.rst": _page_of(subject, one) for subject, one in subjects.items()}
    texts |= {f"{page.name}.rst": page.text for some in subjects.values() for page in some}
    for file in MADE.glob("*.rst"):
        if file.name not in texts:
            file.unlink()
    for name, text in texts.items():
        gallery.write_if_new(MADE / name, text)


class Subjects(SphinxDirective):
    """``.. subjects::``: every subject with its pages, and all of it beside every page."""

    def run(self) -> list[nodes.Node]:
        """Return a list of links for each subject."""
        self.env.note_dependency(str(Path(nnviz.__file__).parent))
        lines = []
        for subject, inside in by_subject().items():
            links = [f":doc:`{page.title} </reference/made/{page.name}>`" for page in inside]
            place = f"/reference/made/{file_of(subject)}"
            words = "What nnviz is made of, a page a room" if subject == INSIDE else ""
            lines += [f":doc:`{subject} <{place}>`", f"   {words or ', '.join(links)}.", ""]
        places = [f"   made/{file_of(subject)}" for subject in (*SUBJECTS, INSIDE)]
        lines += [".. toctree::", "   :hidden:", "", *places, ""]
        holder = nodes.container()
        text_lines = StringList(lines, source=str(FOLDER / "index.md"))
        self.state.nested_parse(text_lines, self.content_offset, holder)
        return holder.children


class Command(SphinxDirective):
    """``.. command::``: every command of ``nnviz`` and every option, from the parsers."""

    def run(self) -> list[nodes.Node]:
        """Return a section a command."""
        result: list[nodes.Node] = []
        for name, text, options in _commands():
            section = nodes.section(ids=[nodes.make_id(f"nnviz {name}")])
            section += nodes.title("", f"nnviz {name}")
            section += nodes.paragraph("", text)
            section += _table(options)
            result.append(section)
        return result


def _commands() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    render = _command()
    context = render.make_context("nnviz render", ["x.py"], resilient_parsing=True)
    options = []
    for parameter in render.params:
        if getattr(parameter, "hidden", False):
            continue
        # Arguments have no help of their own in Manim's command.
        name, text = parameter.get_help_record(context) or (parameter.make_metavar(context), "")
        options.append((name, text or ARGUMENTS[parameter.name]))
    yield "render", "Render scenes to videos, with Manim's options and some of its own.", options
    (commands,) = (
        action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    helps = {action.dest: action.help for action in commands._choices_actions}
    for name, parser in commands.choices.items():
        if name == "render":
            continue
        formatter = argparse.HelpFormatter(name)
        options = [
            (
                formatter._format_action_invocation(action),
                formatter._expand_help(action) if action.help else "its class",
            )
            for action in parser._actions
            if action.help is not argparse.SUPPRESS
        ]
        yield name, f"{helps[name].capitalize()}.", options


def _table(rows: list[tuple[str, str]]) -> nodes.field_list:
    fields = nodes.field_list(classes=["options"])
    for option, text in rows:
        text = re.sub(r"\s+", " ", text or "")
        field = nodes.field()
        field += nodes.field_name("", "", nodes.literal("", option))
        field += nodes.field_body("", nodes.paragraph("", text))
        fields += field
    return fields


def mend_docstring(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Make markup of what is plain text: shapes such as (batch, *input_shape)."""
    of_type = (inspect.getdoc(get_origin(obj) or type(obj)) or "").splitlines()
    if what == "data" and next(filter(None, lines), None) in of_type:
        lines.clear()  # a value without words of its own has those of its type
    for number, line in enumerate(lines):
        if "``" not in line and not line.lstrip().startswith((">>>", "...")):
            lines[number] = re.sub(r"([(,] ?)\*([\w.]+[,)])", r"\1\\*\2", line)


#: What an array's type is when it is written out.
_ARRAY = re.compile(
    r"(?:\w+\.)*ndarray\[tuple\[(?:\w+\.)*Any, \.\.\.\], (?:\w+\.)*dtype\[([\w.]+)\]\]"
)


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returns: str
) -> tuple[str, str] | None:
    """Name arrays in short, and leave options of style to the page of `NetworkStyle`."""
    if not signature:
        return None
    options_of_style = {option.name for option in fields(NetworkStyle)}
    if what == "class" and obj is not NetworkStyle:
        given = sphinx_inspect.signature(obj, type_aliases=app.config.autodoc_type_aliases)
        shown = [one for one in given.parameters.values() if one.name not in options_of_style]
        if len(given.parameters) - len(shown) >= FOLDED:
            shown = [one for one in shown if one.kind is not inspect.Parameter.VAR_KEYWORD]
            style = inspect.Parameter("style_options", inspect.Parameter.VAR_KEYWORD)
            short = given.replace(
                parameters=[*shown, style], return_annotation=inspect.Signature.empty
            )
            signature = sphinx_inspect.stringify_signature(short, unqualified_typehints=True)
    return _ARRAY.sub(r"NDArray[\1]", signature), returns and _ARRAY.sub(r"NDArray[\1]", returns)


def _is_shown_to_users(entry: ObjectEntry) -> bool:
    return not entry.docname.endswith(".inside")


def _stands_alone(entry: ObjectEntry) -> bool:
    """Return whether it is no part of a class."""
    return entry.objtype in {"class", "data", "exception", "function"}


def find_short(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Node | None:
    """Find what a docstring names without its module, if there is one such name."""
    target = node.get("reftarget", "").strip("~.")
    if node.get("refdomain") != "py" or not re.fullmatch(r"\w+(\.\w+)*(\(\))?", target):
        return None
    domain = env.domains.python_domain
    target = target.removesuffix("()")
    # An alias is the same thing under the name of the module in which it is defined.
    objects = [
        name
        for name, entry in domain.objects.items()
        if name.endswith(f".{target}") and not entry.aliased
    ]
    own = [name for name in objects if name.startswith("nnviz")]
    for is_meant in (_is_shown_to_users, _stands_alone):
        if len(own) > 1:
            own = [name for name in own if is_meant(domain.objects[name])]
    if len(own) > 1 and node["refdoc"].startswith("gallery/"):
        own = [name for name in own if name.startswith(SEEN)]
    if len(own) != 1:
        return None
    found = domain.objects[own[0]]
    return make_refnode(
        app.builder, node["refdoc"], found.docname, found.node_id, contnode, title=own[0]
    )


#: What Sphinx looks for when there is nothing of the kind that was asked for.
OTHERWISE = {"class": ("data", "attr"), "attr": ("meth",), "meth": ("_prop",)}


class Nearest(SphinxPostTransform):
    """Lead a short name that several things have to the one on its own page, or nowhere."""

    default_priority = 5  # before Sphinx resolves references, at 10

    def run(self, **kwargs: Any) -> None:
        """Settle what Sphinx would warn of."""
        domain = self.env.domains.python_domain
        for node in list(self.document.findall(pending_xref)):
            if node.get("refdomain") != "py":
                continue
            context = self.env, node.get("py:module"), node.get("py:class"), node["reftarget"]
            specific = int(node.hasattr("refspecific"))
            found: list[Any] = []
            for kind in (node["reftype"], *OTHERWISE.get(node["reftype"], ())):
                found = found or domain.find_obj(*context, kind, specific)
            names = [name for name, entry in found if not entry.aliased]
            if len(names) < 2:
                continue
            own = [name for name, entry in found if entry.docname == self.env.docname]
            node["reftarget"] = own[0] if len(own) == 1 else ""  # which nothing is called


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, and have the pages written."""
    app.add_directive("subjects", Subjects)
    app.add_directive("command", Command)
    app.connect("builder-inited", write_pages)
    # Before napoleon, whose priority is 500.
    app.connect("autodoc-process-docstring", mend_docstring, priority=400)
    app.connect("autodoc-process-signature", shorten)
    app.connect("missing-reference", find_short)
    app.add_post_transform(Nearest)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
