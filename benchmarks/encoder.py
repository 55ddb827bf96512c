"""Compare settings of the video encoder: processor time, size, and closeness to the picture.

Renders a piece of a scene without loss, then encodes its frames as Manim does, with one setting
after the other.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter  # type: ignore[import-untyped]

from nnviz.drawing.segments import Encoding

MANIMS = {"crf": "23"}
#: What nnviz makes of Manim's own settings: without B-frames, stills can be held.
OURS = dict(
    Encoding("mp4", "libx264", "yuv420p", 1920, 1080, Fraction(60), tuple(MANIMS.items()))
    .quick()
    .options
)
FLAT = "force-cfr=1:aq-mode=0:weightp=0:scenecut=0:no-deblock=1"
SETTINGS = {
    "medium, crf 23 (Manim's)": MANIMS,
    "nnviz's": OURS,
    "veryfast, crf 23": {"preset": "veryfast", "crf": "23"},
    "superfast, crf 25": {"preset": "superfast", "crf": "25"},
    "superfast, crf 25, no B-frames": {"preset": "superfast", "crf": "25", "bf": "0"},
    "flat, qp 27": {"preset": "superfast", "bf": "0", "x264-params": f"{FLAT}:qp=27"},
    "flat, qp 28": {"preset": "superfast", "bf": "0", "x264-params": f"{FLAT}:qp=28"},
    "flat, qp 30": {"preset": "superfast", "bf": "0", "x264-params": f"{FLAT}:qp=30"},
    "ultrafast, crf 23": {"preset": "ultrafast", "crf": "23"},
}
SCENES = {
    "backprop.py WalkThroughTwoExample": "14,24",
    "mini_batches.py OrganizeDataIntoMiniBatches": "3,8",
    "preview_learning.py PreviewLearning": "1,5",
}

Plane = npt.NDArray[np.float64]


def render_lossless(scene: str, plays: str, folder: Path) -> Path:
    """Render some plays of a scene at 1080p60, each frame kept as it is."""
    file, name = scene.split()
    command = [sys.executable, "-m", "manim", "render", "-qh", "--disable_caching"]
    command += ["--progress_bar=none", "-v", "WARNING", "--media_dir", str(folder), "-n", plays]
    command += ["--encoder-option", "crf=0", "--encoder-option", "preset=ultrafast"]
    command += ["--encoder-option", "x264-params=qp=0"]
    subprocess.run([*command, f"scenes/{file}", name], check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob(f"videos/*/*/{name}.mp4"))


def frames(video: Path | BytesIO) -> Iterator[av.VideoFrame]:
    """Decode a video's frames."""
    with av.open(video if isinstance(video, BytesIO) else str(video)) as container:
        yield from container.decode(video=0)


def encode(pictures: list[av.VideoFrame], options: dict[str, str]) -> tuple[BytesIO, float]:
    """Encode in memory; returns the file and the processor seconds of all threads."""
    file = BytesIO()
    began = time.process_time()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(60), options=options)
        stream.pix_fmt = "yuv420p"
        stream.width, stream.height = pictures[0].width, pictures[0].height
        for picture in pictures:
            picture.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    seconds = time.process_time() - began
    file.seek(0)
    return file, seconds


def luma(frame: av.VideoFrame) -> Plane:
    """Brightness of a frame, 0 to 255."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width].astype(float)


def ssim(a: Plane, b: Plane) -> float:
    """Structural similarity of two pictures (Wang et al. 2004), over squares of 8 pixels."""
    mean_a, mean_b = uniform_filter(a, 8), uniform_filter(b, 8)
    variance_a = uniform_filter(a * a, 8) - mean_a**2
    variance_b = uniform_filter(b * b, 8) - mean_b**2
    covariance = uniform_filter(a * b, 8) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(top / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))))


def closeness(pictures: list[av.VideoFrame], video: BytesIO) -> tuple[float, float]:
    """Return PSNR in dB over all frames, and the mean SSIM of every 20th."""
    errors: list[float] = []
    similarities: list[float] = []
    for index, (picture, frame) in enumerate(zip(pictures, frames(video), strict=True)):
        a, b = luma(picture), luma(frame)
        errors.append(float(np.mean((a - b) ** 2)))
        if index % 20 == 0:
            similarities.append(ssim(a, b))
    return 10 * np.log10(255**2 / np.mean(errors)), float(np.mean(similarities))


def main() -> None:
    """Print one table a piece."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=600, help="so many frames (default 600)")
    options = parser.parse_args()
    for scene, plays in SCENES.items():
        with tempfile.TemporaryDirectory() as folder:
            video = render_lossless(scene, plays, Path(folder))
            pictures = [f for f, _ in zip(frames(video), range(options.limit), strict=False)]
        print(f"{scene}, plays {plays}: {len(pictures)} frames of 1080p60")
        print(f"{'':32} {'CPU s':>7} {'kB':>7} {'PSNR dB':>8} {'SSIM':>7}")
        for name, settings in SETTINGS.items():
            file, seconds = encode(pictures, settings)
            size = file.getbuffer().nbytes / 1000
            psnr, similarity = closeness(pictures, file)
            row = f"{seconds:7.1f} {size:7.0f} {psnr:8.2f} {similarity:7.5f}"
            print(f"{name:32} {row}", flush=True)


if __name__ == "__main__":
    main()
