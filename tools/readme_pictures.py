"""Make the README's pictures: docs/reads.webp, which moves, docs/xor.png and docs/moons.png.

    python tools/readme_pictures.py

The moving one is the gallery's `reads`; the others are last frames of the README's own examples.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import av
from manim import tempconfig
from PIL import Image

from nnviz.render.rendering import render_scene

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
#: Of the pictures; scenes are drawn larger, so that thin lines stay smooth.
SIZE, STILL, RATE = (800, 450), (1200, 675), 15
#: Bytes and seconds of what moves at a page's head.
LIMIT, SECONDS = 2_000_000, 10.0


def frames_of(file: Path, scene: str, size: tuple[int, int], folder: str) -> list[Image.Image]:
    """Render a scene at twice the size, and return its frames."""
    large = {"pixel_width": 2 * size[0], "pixel_height": 2 * size[1], "frame_rate": RATE}
    with tempconfig(large | {"media_dir": folder, "verbosity": "ERROR"}):
        video = render_scene(file, scene)
    with av.open(str(video)) as container:
        return [
            frame.to_image().resize(size, Image.Resampling.LANCZOS)
            for frame in container.decode(video=0)
        ]


def main() -> int:
    """Write the three; refuse what is too large or too long for a page's head."""
    with tempfile.TemporaryDirectory(prefix="nnviz-pictures-") as folder:
        frames = frames_of(DOCS / "gallery" / "reads.py", "Reads", SIZE, folder)
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        for code in re.findall(r"^```python\n(.*?)^```$", readme, re.M | re.S)[:2]:
            (name,) = re.findall(r"^class (\w+)", code, re.M)
            file = Path(folder, f"{name.lower()}.py")
            file.write_text(code, encoding="utf-8")
            last = frames_of(file, name, STILL, folder)[-1].quantize(256)
            last.save(DOCS / f"{file.stem}.png", optimize=True)
    target = DOCS / "reads.webp"
    first, *others = frames
    options = {"duration": round(1000 / RATE), "loop": 0, "quality": 50, "method": 4}
    first.save(target, save_all=True, append_images=others, **options)
    size, seconds = target.stat().st_size, len(frames) / RATE
    print(f"{target}: {len(frames)} frames, {seconds:.1f} s, {size:,} bytes")
    if size > LIMIT or seconds > SECONDS:
        print(f"error: that is more than {LIMIT:,} bytes or {SECONDS:g} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
