"""The house: who imports whom, what files are called, and words that may not come back."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "nnviz"
#: What each room may import of nnviz, besides itself.
ALLOWED = {
    "network": {"_resources", "archives", "files", "limits"},
    "mnist": {"_resources", "files", "limits"},
    "texts": {"_resources"},
    "interop": {"archives", "limits", "network"},
    "drawing": {"files"},
    "camera": {"drawing", "files", "_manim", "_manim_arrays"},
    "render": {"_resources", "camera", "drawing", "files", "_manim", "_manim_arrays"}
    | {"_quick_mobjects"},
    "preview": {"_policy", "render", "camera", "drawing", "files", "_manim", "_manim_arrays"}
    # What the neurons in a picture compute, for those who point at them.
    | {"mobjects", "network"},
    "page": {"_policy", "camera", "files", "mobjects", "network"},
    "cli": {"page", "interop", "preview", "render", "files", "_manim", "network"},
    "mobjects": {"camera", "drawing", "_manim", "_manim_arrays", "network", "mnist"}
    | {"_copying", "_resources", "words"},
    "characters": {"mobjects", "network", "mnist"},
    "animations": {"characters", "mobjects", "network", "mnist"},
    "scene": {"animations", "characters", "mobjects", "network", "mnist", "texts"}
    | {"camera", "_manim_arrays", "_quick_mobjects", "words"},
}
#: The one import against the way, in a function: `network.save_page(...)` and `network.page()` are
#: methods, as `save` is, so that a network in a notebook needs no other name to be shown. The
#: engine still loads without Manim: `test_engine_and_data_load_neither_manim_nor_frameworks`.
AGAINST_THE_WAY = {("network", "page_methods.py"): "page"}
#: Rooms that never import Manim.
WITHOUT_MANIM = ("network", "mnist", "texts", "interop", "drawing")

#: Words and phrases that are not plain English, or not the field's, and what to write.
#: CONTRIBUTING.md says the same to people.
WORDS = {
    r"^\s*\"\"\"Say whether": "return whether",
    r"[Cc]omplain(s|ed)?\b": "raise an error",
    r"\b(is|are) not taken\b": "is not supported",
    r"\banew\b": "again",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"\bby lot\b": "random",
    r"manieth|so many-th": "every n-th",
    r"\b[Ll]et so many\b": "the number of",
    r"\bfor good\b": "permanently",
    r"\bput into words\b": "describe",
    r"^\s+Of (the|a|an|all) \w+\.$": "what the parameter is: Colour of the light.",
    r"\b(sew|sewn|heed|heeds|heeded|heeding)\b|_heed|heed_": "patch, watch, follow",
    r"\b(bury|buried|surroundings|territory)\b": "what the thing is",
    r"\bmanims\b": "_manim",
}
#: File names that say what a thing is like, and not what it is.
FILES = {"manims", "room", "sketches", "stack", "passes", "names", "records", "proofs", "children"}


def imports(file):
    """Yield what a file imports, also by a name in a string, as `import_module` does."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and re.fullmatch(r"nnviz(\.\w+)+", str(node.value)):
            yield node.value


def test_every_room_has_its_rules():
    rooms = {path.name for path in SRC.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert rooms == ALLOWED.keys()


def test_every_room_is_a_package():
    """Without ``__init__.py`` a room is left out of the reference and of ``help``."""
    rooms = [path for path in SRC.rglob("*") if path.is_dir() and any(path.glob("*.py"))]
    assert [room.name for room in rooms if not (room / "__init__.py").exists()] == []


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_what_lies_below(room):
    files = list((SRC / room).rglob("*.py"))
    assert files
    for file in files:
        for name in imports(file):
            parts = name.split(".")
            if parts[0] == "nnviz" and len(parts) > 1 and parts[1] != room:
                # `nnviz` itself has its version, and loads what it hands on only when asked.
                if parts[1] == "__version__":
                    continue
                if parts[1] == AGAINST_THE_WAY.get((room, file.name)):
                    continue
                assert parts[1] in ALLOWED[room], f"{file.name} of {room} imports {name}"
            if room in WITHOUT_MANIM:
                assert parts[0] != "manim", f"{file.name} imports {name}"


def test_no_file_is_named_like_another():
    stems = [file.stem.lstrip("_") for file in SRC.rglob("*.py")]
    twice = {stem for stem in stems if stems.count(stem) > 1} - {"init__", "main__"}
    assert twice == set()
    assert FILES.isdisjoint(stems)


def test_no_file_has_two_purposes():
    long = {
        file.name: lines
        for file in SRC.rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


@cache
def project_text():
    """Return every line of the project's texts, by where it stands."""
    files = [
        file
        for folder in ("src", "scenes", "tools", "docs")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".md", ".js", ".html", ".toml", ".sh"}
        and not {"_build", "made", "__pycache__"} & set(file.relative_to(ROOT).parts)
    ]
    assert len(files) > 400
    return [
        (f"{file.relative_to(ROOT)}:{number}", line)
        for file in [*files, ROOT / "README.md", ROOT / "Makefile"]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]


@pytest.mark.parametrize("pattern", WORDS)
def test_words_that_were_replaced_do_not_come_back(pattern):
    word = re.compile(pattern)
    found = [f"{place}: {line.strip()}" for place, line in project_text() if word.search(line)]
    assert found == [], f"write: {WORDS[pattern]}"


def test_the_map_for_contributors_has_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("## The map")[1].split("\n## ")[0]
    rooms = {name.split("/")[0] for name in re.findall(r"`([\w/]+)/`", table)} - {"scenes"}
    assert rooms == ALLOWED.keys()
    inside = {name.split("/")[1] for name in re.findall(r"`(mobjects/\w+)/`", table)}
    assert inside == {path.name for path in (SRC / "mobjects").iterdir() if path.is_dir()} - {
        "__pycache__"
    }


def loaded_by(*modules):
    """Return the names of what is loaded in a new process that imports modules."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["nnviz", "nnviz.network", "nnviz.mnist", "nnviz.texts", "nnviz.interop"]
)
def test_engine_and_data_load_neither_manim_nor_frameworks(module):
    others = {"manim", "sklearn", "torch", "keras", "h5py", "onnx"}
    assert others.isdisjoint(loaded_by(module))


def test_what_draws_loads_neither_manim_nor_anything_else_of_nnviz():
    """Workers are started with it, here and on machines that have nothing of the scene's."""
    loaded = loaded_by("nnviz.drawing.pieces", "nnviz.drawing.vectors", "nnviz.render.workers")
    assert {"manim", "scipy", "networkx", "moderngl", "matplotlib"}.isdisjoint(loaded)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("nnviz.")}
    assert rooms <= {"drawing", "files", "render"}


def test_the_server_of_the_preview_loads_neither_manim_nor_what_draws():
    """It starts at once, and nothing that a scene does can touch it."""
    loaded = loaded_by("nnviz.preview.server")
    assert {"manim", "scipy", "numpy", "av"}.isdisjoint(loaded)


def test_every_module_that_draws_can_be_loaded_alone():
    modules = [f"nnviz.drawing.{file.stem}" for file in (SRC / "drawing").glob("[!_]*.py")]
    assert "manim" not in loaded_by(*modules)
    code = """
import importlib, sys
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "nnviz"]:
        del sys.modules[name]
    importlib.import_module(module)
"""
    command = [sys.executable, "-c", code, *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
