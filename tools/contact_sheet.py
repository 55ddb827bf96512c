"""Draw every mood of the creatures, with its name, onto one sheet: docs/creatures.png.

python tools/contact_sheet.py [FILE]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from manim import config, tempconfig
from PIL import Image

from nnviz.camera import NNCamera
from nnviz.characters import MODES, Mortimer, Randolph
from nnviz.drawing.sheets import Still, sheet_of

DEFAULT = Path(__file__).resolve().parents[1] / "docs" / "creatures.png"
COLUMNS = 8
#: What a mood's picture shows, in scene units, and its width in pixels.
SIZE, WIDTH = 3.9, 172


def moods() -> Iterator[Still]:
    """Yield a picture of each creature in each mood, with the mood's name."""
    for kind in (Randolph, Mortimer):
        for mode in MODES:
            camera = NNCamera()
            camera.capture_mobjects([kind(mode).center()])
            picture = Image.fromarray(camera.pixel_array[:, :, :3])
            yield Still(picture, mode)


def main() -> None:
    """Draw the sheet."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    config.verbosity = "ERROR"
    size = {"frame_width": SIZE, "frame_height": SIZE}
    with tempconfig(size | {"pixel_width": WIDTH, "pixel_height": WIDTH}):
        sheet = sheet_of(list(moods()), COLUMNS, WIDTH)
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, optimize=True)
    print(f"{len(MODES)} moods of two creatures in {target}")


if __name__ == "__main__":
    main()
