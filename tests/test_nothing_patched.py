"""Importing nnviz leaves Manim as it is, and a scene that is over does, too."""

import pickle
import subprocess
import sys

import pytest

from nnviz import PixelImage

WATCH = '''
import importlib, pkgutil, sys
import manim

def attributes():
    """Return all attributes of Manim's modules and classes, by where they are."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in ("manim", "manimpango"):
            continue
        for attribute, value in list(vars(module).items()):
            found[name, attribute] = value
            if isinstance(value, type) and value.__module__.split(".")[0].startswith("manim"):
                for inner, one in list(vars(value).items()):
                    found[value.__module__ + "." + value.__qualname__, inner] = one
    return found

def changed(before):
    after = attributes()
    known = {where.rsplit(".", 1)[0] for where, _ in before} | {where for where, _ in before}
    return sorted(
        ".".join(key) for key in before.keys() | after.keys()
        if key[0] in known and before.get(key) is not after.get(key)
        and any(is_code(state.get(key)) for state in (before, after))
    )

def is_code(value):
    """Return whether it is a function, a class, a property or the like: Manim keeps data, too."""
    return callable(value) or hasattr(type(value), "__get__")

for module in pkgutil.walk_packages(manim.__path__, "manim."):
    if "opengl" not in module.name and "__main__" not in module.name:
        try:
            importlib.import_module(module.name)
        except ImportError:
            pass
before = attributes()
assert len(before) > 5000
'''

IMPORT_ALL = """
import nnviz
for module in pkgutil.walk_packages(nnviz.__path__, "nnviz."):
    if "__main__" not in module.name:
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            assert (error.name or "").split(".")[0] not in ("nnviz", "manim"), error
"""

SCENE = """
    def construct(self):
        net = NetworkMobject(Network.random((3, 4, 2), seed=0)).show_weights()
        self.add(net)
        self.play(Create(net.edges[2:7]), run_time=0.2)
        self.play(net.edges.animate.shift(UP), run_time=0.2)
        assert Scene.add.__module__ == "nnviz._manim_arrays", "nothing is quick"
"""

RENDERS = {
    "our scene": f"""
from manim import *
from nnviz import *
class Film(NNScene):{SCENE}
with tempconfig({{"quality": "low_quality", "dry_run": True, "progress_bar": "none"}}):
    Film().render()
""",
    "our scene, with an error": f"""
from manim import *
from nnviz import *
class Film(NNScene):{SCENE}        1 / 0
with tempconfig({{"quality": "low_quality", "dry_run": True, "progress_bar": "none"}}):
    try:
        Film().render()
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError
""",
    "our renderer": f'''
import pathlib, tempfile
from nnviz.render.rendering import render_scene
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "film.py").write_text("""from manim import *
from nnviz import *
class Film(Scene):{SCENE}""")
made = render_scene(folder / "film.py", "Film", jobs=1, settings=dict(
    media_dir=str(folder / "media"), quality="low_quality"))
assert made.exists()
''',
}


MANIMS_SCENE = """
from manim import *
from nnviz import *
class Film(Scene):
    def construct(self):
        net = NetworkMobject(Network.random((3, 4, 2), seed=0))
        self.play(Create(net.edges), net.layers.animate.shift(UP))
with tempconfig({"quality": "low_quality", "dry_run": True, "progress_bar": "none"}):
    Film().render()
"""
#: What a process does one after the other, each of which changes nothing that lasts; and then the
#: first image does.
STEPS = {
    "edges in a scene of Manim's": MANIMS_SCENE,
    "importing everything": IMPORT_ALL,
    **RENDERS,
    "the first image": "from nnviz import PixelImage\nPixelImage([[0.5]])\n",
}
DRAWS_IMAGES = ["manim.camera.camera.Camera.display_vectorized"]


def changes_by(*steps):
    """Return what each step, done by one process, has left changed in Manim."""
    code = WATCH + "".join(f"{step}\nprint('changed:', *changed(before))\n" for step in steps)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("changed:")]
    return [names for _, *names in told]


@pytest.fixture(scope="module")
def changes():
    return dict(zip(STEPS, changes_by(*STEPS.values()), strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_what_is_changed_is_taken_back(changes, step):
    assert changes[step] == (DRAWS_IMAGES if step == "the first image" else [])


def test_an_image_that_was_pickled_elsewhere_lets_cameras_draw_it():
    pickled = pickle.dumps(PixelImage([[0.5]]))
    assert changes_by(f"import pickle, nnviz\npickle.loads({pickled})") == [DRAWS_IMAGES]
