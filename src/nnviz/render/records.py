"""Records of what videos were made from, by which one that is still right is found again.

A scene's record stands beside its segments. It holds what decides, by :mod:`~nnviz.render.names`,
how the segments look: so long as nothing of that has changed, running the scene again would come to
the same segments.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from manim import config

from nnviz.files import write_whole
from nnviz.render.names import Surroundings, contents_of, library, modules, settings, text_of

__all__ = ["note_made", "video_made"]

_RECORD = "made_from.json"
_KEYS = {"always", "modules", "files", "video", "state"}


def note_made(segments: Path, video: Path, encoder: object, before: Surroundings) -> None:
    """Note what a scene's video was made from.

    Nothing is noted of a scene in which chance plays a part that no seed decides, nor where
    somebody has changed or removed a file meanwhile: who knows what was read.

    Parameters
    ----------
    segments
        The folder of the scene's segments.
    video
        What was made.
    encoder
        What its frames were encoded to.
    before
        What the scene took from outside of it.
    """
    if config.disable_caching or (config.seed is None and before.chance()):
        return
    texts, files = modules(), dict(before.contents())
    if not all(_was_there(file, before.began) for file in (*texts, *files)):
        return
    record = {
        "always": _always(encoder),
        "modules": texts,
        "files": files,
        "video": str(video),
        "state": _state(video),
    }
    write_whole(segments / _RECORD, json.dumps(record).encode())


def video_made(segments: Path, encoder: object) -> Path | None:
    """Return the video that was made from what there is now, if there is one.

    Parameters
    ----------
    segments
        The folder of the scene's segments.
    encoder
        What its frames are to be encoded to.
    """
    with contextlib.suppress(OSError, ValueError):
        record = json.loads((segments / _RECORD).read_bytes())
        if isinstance(record, dict) and record.keys() == _KEYS:
            video = Path(record["video"])
            is_right = (
                record["state"] == _state(video)
                and record["always"] == _always(encoder)
                and all(text_of(file) == text for file, text in record["modules"].items())
                and all(contents_of(file) == held for file, held in record["files"].items())
            )
            return video if is_right else None
    return None


def _was_there(file: str, began: float) -> bool:
    """Say whether a file is still as it was at a time."""
    try:
        return Path(file).stat().st_mtime < began
    except OSError:
        return False


def _always(encoder: object) -> list[str]:
    return [library(), repr(settings()), repr(encoder)]


def _state(video: Path) -> list[int]:
    status = video.stat()
    return [status.st_size, status.st_mtime_ns]
