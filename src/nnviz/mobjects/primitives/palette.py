"""The palette and line weights of the 2017 chapter.

Manim CE has renamed or retuned some of these colours since; scenes that
should look like the original take them from here.
"""

from manim import ManimColor

BLUE_A = ManimColor("#C7E9F1")
BLUE_B = ManimColor("#9CDCEB")
BLUE_C = BLUE = ManimColor("#58C4DD")
BLUE_D = ManimColor("#29ABCA")
BLUE_E = ManimColor("#1C758A")
TEAL = ManimColor("#5CD0B3")
GREEN = ManimColor("#83C167")
YELLOW = ManimColor("#FFFF00")
RED = ManimColor("#FC6255")
ORANGE = ManimColor("#FD9639")
MAROON_B = ManimColor("#EC92AB")
LIGHT_GREY = ManimColor("#BBBBBB")
GREY = ManimColor("#888888")
GREY_BROWN = ManimColor("#736357")
WHITE = ManimColor("#FFFFFF")
BLACK = ManimColor("#000000")

#: Strokes of the original are in pixels at 1080 lines; Manim CE's unit is 1.35 of them.
STROKE_PER_PIXEL = 8 / 10.8


def stroke(pixels: float) -> float:
    """Return Manim CE's stroke width for a line ``pixels`` wide in a picture of 1080 lines."""
    return pixels * STROKE_PER_PIXEL
