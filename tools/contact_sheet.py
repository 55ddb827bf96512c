"""Draw every mood of the creatures, with its name, onto one sheet: docs/creatures.png.

python tools/contact_sheet.py [FILE]
"""

from __future__ import annotations

import sys
from math import ceil
from pathlib import Path

from manim import DOWN, Tex, VGroup, config, tempconfig
from PIL import Image

from nnviz.camera import NNCamera
from nnviz.characters import MODES, Creature, Mortimer, Randolph

DEFAULT = Path(__file__).resolve().parents[1] / "docs" / "creatures.png"
COLUMNS = 8
#: A mood's place, in scene units, and how many pixels a unit gets.
WIDTH, HEIGHT, PIXELS = 3.9, 4.7, 44


def labelled(kind: type[Creature], mode: str) -> VGroup:
    """Return a creature in a mode with the mode's name underneath."""
    creature = kind(mode)
    name = Tex(mode.replace("_", r"\_")).scale(0.9).next_to(1.7 * DOWN, DOWN, buff=0)
    return VGroup(creature, name)


def main() -> None:
    """Draw the sheet."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    config.verbosity = "ERROR"
    rows = 2 * ceil(len(MODES) / COLUMNS)
    sheet = VGroup()
    for start, kind in ((0, Randolph), (rows // 2, Mortimer)):
        for index, mode in enumerate(MODES):
            row, column = divmod(index, COLUMNS)
            x = (column - (COLUMNS - 1) / 2) * WIDTH
            y = ((rows - 1) / 2 - start - row) * HEIGHT + 0.1
            sheet.add(labelled(kind, mode).shift((x, y, 0.0)))
    size = {
        "frame_width": COLUMNS * WIDTH,
        "frame_height": rows * HEIGHT,
        "pixel_width": round(COLUMNS * WIDTH * PIXELS),
        "pixel_height": round(rows * HEIGHT * PIXELS),
    }
    with tempconfig(size):
        camera = NNCamera()
        camera.capture_mobjects([sheet])
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(camera.pixel_array[:, :, :3]).save(target, optimize=True)
    print(f"{len(MODES)} moods of two creatures in {target}")


if __name__ == "__main__":
    main()
