"""What nnviz takes of Manim that is not for others is still there, and is taken in one place."""

import ast
import re
from pathlib import Path

import manim
import pytest

from nnviz import _manim
from nnviz._manim import PatchPoint

SRC = Path(_manim.__file__).parent


@pytest.mark.parametrize("point", PatchPoint, ids=lambda point: point.name)
def test_what_is_patched_is_there(point):
    assert point.attribute in vars(point.owner), (
        f"Manim {manim.__version__} has no {point.owner.__name__}.{point.attribute} any more"
    )


def test_a_patch_ends():
    for point in PatchPoint:
        before = vars(point.owner)[point.attribute]
        with _manim.patched(point, "something else"):
            assert vars(point.owner)[point.attribute] == "something else"
        assert vars(point.owner)[point.attribute] is before


@pytest.mark.parametrize("temp_config", [manim.tempconfig, _manim.temp_config])
def test_a_change_of_the_configuration_ends(temp_config):
    config = manim.config
    before, bases = dict(config._d), manim.VGroup.__bases__
    template = config.tex_template = manim.TexTemplate(preamble="% of the user")

    def run() -> None:
        with temp_config({"frame_rate": 7, "quality": "low_quality", "unknown": 3}):
            assert config.frame_rate == 15  # the quality's, which was given last
            assert (config.pixel_width, config.pixel_height) == (854, 480)
            config.frame_width = 3
            config.tex_template = manim.TexTemplate(preamble="%")
            config.renderer = "opengl"
            assert manim.VGroup.__bases__ != bases
            raise ValueError("of the scene")

    with pytest.raises(ValueError, match="of the scene"):
        run()
    assert dict(config._d) == before
    if temp_config is not manim.tempconfig:  # which leaves another one, without what the user set
        assert config.tex_template is template
    assert manim.VGroup.__bases__ == bases


def test_who_looks_at_a_picture_is_known():
    camera, other = manim.Camera(), manim.MovingCamera()
    seen = []
    with _manim.watched_pictures(seen.append):
        assert not _manim.may_have_changed_background(camera)
        before = camera.pixel_array
        assert seen == [camera]
        other.pixel_array = before
        assert other.pixel_array is before
        assert seen == [camera, other]
        camera.reset()  # Manim's own code
        assert not _manim.may_have_changed_background(camera)
        camera.background[0, 0] = 9
        assert _manim.may_have_changed_background(camera)
        assert not _manim.may_have_changed_background(other)
    assert _manim.may_have_changed_background(other), "nobody watches any more"
    seen.clear()
    assert camera.pixel_array is before
    assert camera.background[0, 0, 0] == 9
    assert seen == []
    assert not {"pixel_array", "background"} & set(vars(manim.Camera))


def private(name):
    return re.fullmatch(r"_[^_].*", name)


def test_private_names_of_manims_stand_in_one_module():
    found = []
    for file in SRC.rglob("*.py"):
        if file == SRC / "_manim.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "manim":
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
                found += [f"{file.name}: {name}" for name in names if private(name)]
    assert not found
