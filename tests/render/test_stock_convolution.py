"""A convolution's frames are stock Manim's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.render.rendering import render_scene

FILM = Path(__file__).parent / "films" / "sliding.py"


@pytest.mark.usefixtures("filming", "many_pieces")
def test_a_sliding_kernels_frames_are_stocks(apart: Any, frames: Any, drawn_by_manim: Any) -> None:
    ours = frames(apart(render_scene, FILM, "Slides", jobs=2))
    np.testing.assert_array_equal(ours, drawn_by_manim(FILM, "Slides"))
