"""Make the README's moving picture of a scene: docs/reads.webp, an animation without end.

python tools/moving_picture.py [FILE SCENE [TARGET]]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import av
from manim import tempconfig
from PIL import Image

from nnviz.render.rendering import render_scene

DOCS = Path(__file__).resolve().parents[1] / "docs"
DEFAULT = (str(DOCS / "gallery" / "reads.py"), "Reads", str(DOCS / "reads.webp"))
#: Of the picture; the scene is drawn larger, so that thin lines stay smooth.
SIZE, RATE = (800, 450), 15
LIMIT = 3_000_000


def main() -> int:
    """Render, and write the picture; refuse one that is too large for a page's head."""
    file, scene, target = (*sys.argv[1:], *DEFAULT[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory(prefix="nnviz-picture-") as folder:
        large = {"pixel_width": 1600, "pixel_height": 900, "frame_rate": RATE}
        with tempconfig(large | {"media_dir": folder, "verbosity": "ERROR"}):
            video = render_scene(file, scene)
        with av.open(str(video)) as container:
            frames = [
                frame.to_image().resize(SIZE, Image.Resampling.LANCZOS)
                for frame in container.decode(video=0)
            ]
    first, *others = frames
    first.save(
        target,
        save_all=True,
        append_images=others,
        duration=round(1000 / RATE),
        loop=0,
        quality=55,
        method=4,
    )
    size = Path(target).stat().st_size
    print(f"{target}: {len(frames)} frames, {len(frames) / RATE:.1f} s, {size:,} bytes")
    if size > LIMIT:
        print(f"error: that is more than {LIMIT:,}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
