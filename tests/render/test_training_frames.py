"""Trainings as film, drawn in pieces by several processes: frames are stock Manim's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz._manim import temp_config
from nnviz.render.rendering import render_scene

pytestmark = pytest.mark.usefixtures("filming")

TRAINS = Path(__file__).parent / "films" / "trains.py"


@pytest.mark.every(2)
@pytest.mark.parametrize("name", ["Trains", "TrainsWithNumbers"])
@pytest.mark.usefixtures("many_pieces")
def test_frames_are_stocks(name: str, apart: Any, frames: Any, drawn_by_manim: Any) -> None:
    with temp_config({"pixel_width": 320, "pixel_height": 180}):
        ours = frames(apart(render_scene, TRAINS, name, jobs=3))
        np.testing.assert_array_equal(ours, drawn_by_manim(TRAINS, name))
