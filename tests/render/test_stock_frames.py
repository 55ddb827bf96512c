"""Frames are stock Manim's, frame by frame, whatever a scene does; or stock draws them itself."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.render.rendering import render_scene

pytestmark = pytest.mark.usefixtures("filming")

HERE = Path(__file__).parent
HARD = HERE / "films" / "hard.py"
NETWORKS = HERE / "films" / "networks.py"
SCENES = [
    "AlongAMovingPath",
    "DrawsOn",
    "GoesBack",
    "KeptCamera",
    "LooksAtFrames",
    "LooksAtSomethingMoving",
    "ManyKinds",
    "MovesWhatStands",
    "OwnCamera",
    "OwnLoop",
    "OwnMobject",
    "PureFunctions",
    "ReadsTheClock",
    "Redrawn",
    "Remembers",
    "SpeedChanges",
    "StepByStep",
    "TakesAPicture",
    "TurnsAboutSomethingMoving",
    "WantsTheMainThread",
    "Zoomed",
]


@pytest.mark.every(5)
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.usefixtures("many_pieces")
def test_frames_are_stocks(name: str, apart: Any, frames: Any, drawn_by_manim: Any) -> None:
    ours = frames(apart(render_scene, HARD, name, jobs=3))
    np.testing.assert_array_equal(ours, drawn_by_manim(HARD, name))


@pytest.mark.every(2)
@pytest.mark.parametrize(
    "name", ["ComputesInNNScene", "ComputesInTurn", "ComputesMaps", "MovesPartsOfEdges"]
)
@pytest.mark.usefixtures("many_pieces")
def test_frames_of_networks_are_stocks(
    name: str, apart: Any, frames: Any, drawn_by_manim: Any
) -> None:
    ours = frames(apart(render_scene, NETWORKS, name, jobs=3))
    np.testing.assert_array_equal(ours, drawn_by_manim(NETWORKS, name))


def _conformance() -> Any:
    path = HERE.parents[1] / "tools" / "conformance.py"
    spec = importlib.util.spec_from_file_location("conformance", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance"] = module
    spec.loader.exec_module(module)
    return module


conformance = _conformance()
#: A fixed sample, over all kinds of Manim's animations and cameras. `make conformance` has all.
SAMPLE = [
    "AnimateChainExample",
    "AnimatedBoundaryExample",
    "ApplyingWaves",
    "BecomeScene",
    "BroadcastExample",
    "ChangingZoomScale",
    "DifferentFadeTransforms",
    "DtUpdater",
    "FadeTransformSubmobjects",
    "HomotopyExample",
    "LaggedStartMapExample",
    "MovingCameraOnGraph",
    "MovingSquareWithUpdaters",
    "PointCloudDotExample2",
    "ShapesWithVDict",
    "SpeedModifierUpdaterExample",
    "SpiralInExample",
    "StreamLineCreation",
    "SuccessionExample",
    "ThreeDParametricSpring",
    "TracedPathExample",
    "UsingCircumscribe",
    "ValueTrackerExample",
]


@functools.cache
def examples() -> dict[str, list[Any]]:
    """Return the scenes in Manim's docstrings by name: some have two of one name."""
    found: dict[str, list[Any]] = {}
    for example in conformance.examples():
        found.setdefault(example.name, []).append(example)
    return found


def test_the_sample_has_twenty_scenes_of_manims_documentation() -> None:
    assert len(examples().keys() & set(SAMPLE)) >= 20
    assert len(examples()) > 120


@pytest.mark.every(6)
@pytest.mark.parametrize("name", SAMPLE)
def test_manims_documentation(name: str, tex_folder: Path) -> None:
    settings = conformance.SETTINGS | {"pixel_width": 160, "pixel_height": 90, "frame_rate": 8}
    for example in examples().get(name, []):  # another version of Manim may have others
        outcome = conformance.compare(example, tex_folder, settings)
        assert outcome.verdict == "same", outcome.detail
