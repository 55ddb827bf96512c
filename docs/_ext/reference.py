"""The reference: a page for each module that has public names, and the command's options.

Which names are public is what ``__all__`` says. A name is shown under the shortest path from which
it can be imported.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_origin

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

import gallery
import nnviz
from nnviz.cli.main import _parser
from nnviz.cli.render import _command

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

FOLDER = Path(__file__).resolve().parents[1] / "reference"
MADE = FOLDER / "made"
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


def _page(module: ModuleType, contents: list[tuple[str, ModuleType]]) -> str:
    title = module.__name__
    parts = [
        f"{title}\n{'=' * len(title)}\n",
        f".. automodule:: {module.__name__}\n   :no-members:\n",
    ]
    for name, origin in contents:
        parts.append(f"{name}\n{'-' * len(name)}\n")
        if origin is not module:
            parts.append(f".. currentmodule:: {origin.__name__}\n")
        parts.append(_entry(name, origin, module))
    return "\n".join(parts)


def write_pages(_: Sphinx) -> None:
    """Write a page for each module, and remove those of former ones."""
    pages = {
        f"{module.__name__}.rst": _page(module, contents)
        for module, contents in Places().pages.items()
    }
    for file in MADE.glob("*.rst"):
        if file.name not in pages:
            file.unlink()
    for name, text in pages.items():
        gallery.write_if_new(MADE / name, text)


class Rooms(SphinxDirective):
    """``.. rooms::``: what can be imported from `nnviz`, and each room with its modules."""

    def run(self) -> list[nodes.Node]:
        """Return a list of links for each room."""
        self.env.note_dependency(str(Path(nnviz.__file__).parent))
        places = Places()
        paths = {
            name: places.path(name, page, origin)
            for page, contents in places.pages.items()
            for name, origin in contents
            if getattr(nnviz, name, None) is getattr(origin, name)
        }
        names = [f":py:obj:`{name} <{paths[name]}>`" for name in public(nnviz)]
        lines = [f"From ``nnviz`` itself: {', '.join(names)}."]
        rooms: dict[str, list[ModuleType]] = {}
        for module in places.pages:
            rooms.setdefault(".".join(module.__name__.split(".")[:2]), []).append(module)
        for room, inside in rooms.items():
            text = inspect.getdoc(importlib.import_module(room)) or ""
            lines += ["", f".. rubric:: {room}", "", text.splitlines()[0], ""]
            for module in inside:
                names = [
                    f":py:obj:`{name} <{places.path(name, module, origin)}>`"
                    for name, origin in places.pages[module]
                ]
                lines.append(f"* :doc:`/reference/made/{module.__name__}`: {', '.join(names)}")
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


def find_short(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Node | None:
    """Find what a docstring names without its module, if there is one such name."""
    target = node.get("reftarget", "").strip("~.")
    if node.get("refdomain") != "py" or not re.fullmatch(r"\w+(\.\w+)*(\(\))?", target):
        return None
    domain = env.domains.python_domain
    target = target.removesuffix("()")
    objects = [name for name in domain.objects if name.endswith(f".{target}")]
    own = [name for name in objects if name.startswith("nnviz")]
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
    app.add_directive("rooms", Rooms)
    app.add_directive("command", Command)
    app.connect("builder-inited", write_pages)
    # Before napoleon, whose priority is 500.
    app.connect("autodoc-process-docstring", mend_docstring, priority=400)
    app.connect("missing-reference", find_short)
    app.add_post_transform(Nearest)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
