import numpy as np
import pytest
from manim import ORIGIN

from nnviz.animations import CreateThenErase
from nnviz.characters import Brain
from nnviz.mobjects.primitives.palette import BLUE
from nnviz.scene.nn_scene import NNScene


def test_it_is_as_high_as_asked_and_longer_than_high():
    brain = Brain(height=1.5)
    assert brain.height == pytest.approx(1.5)
    assert 1.2 < brain.width / brain.height < 1.6
    assert brain.get_center() == pytest.approx(ORIGIN, abs=1e-9)


def test_it_is_a_surface_with_furrows(picture):
    scene = NNScene()
    scene.add(Brain(height=7))
    shown = picture(scene)
    inside = shown[30:75, 50:170].reshape(-1, 3)
    flesh = (np.abs(inside - np.median(inside, axis=0)).max(axis=1) < 0.1).mean()
    assert 0.5 < flesh < 0.97  # the rest is furrows
    assert shown[:6].max() < 0.05


def test_its_outline_is_lines_only_and_is_traced(picture):
    brain = Brain(height=7)
    outline = brain.outline()
    assert {part.get_fill_opacity() for part in outline} == {0}
    assert {part.get_stroke_color() for part in outline} == {BLUE}
    assert any(part.get_fill_opacity() > 0 for part in brain)
    lit = []
    for alpha in (0.02, 0.2, 0.5, 0.8, 0.98):
        tracing = CreateThenErase(brain.outline())
        tracing.begin()
        tracing.interpolate(alpha)
        scene = NNScene()
        scene.add(tracing.mobject)
        lit.append(picture(scene).mean())
    assert lit[0] < lit[1] < lit[2] > lit[3] > lit[4]
