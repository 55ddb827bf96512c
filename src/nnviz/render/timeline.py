"""What plays when: a file beside the segments, for previews and pages of a film."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

from nnviz.files import write_whole
from nnviz.render.listener import RecordedPlay

__all__ = ["NAME", "Timeline"]

NAME = "timeline.json"
#: Seconds between two writings while the scene runs.
_PAUSE = 0.5


class Timeline:
    """The plays of a film so far.

    Parameters
    ----------
    folder : Path
        The folder of the scene's segments, in which ``timeline.json`` is written
        again and again while the scene runs.
    scene : str
        The scene's name.
    frame_rate : float
        Frames a second.
    """

    def __init__(self, folder: Path, scene: str, frame_rate: float) -> None:
        self._path = folder / NAME
        self._scene, self._frame_rate = scene, frame_rate
        self._plays: list[RecordedPlay] = []
        self._written = -_PAUSE

    def add(self, play: RecordedPlay) -> None:
        """Note a play."""
        self._plays.append(play)
        if time.monotonic() - self._written > _PAUSE:
            self.write(complete=False)
            self._written = time.monotonic()

    def write(self, complete: bool) -> None:
        """Write the file.

        Parameters
        ----------
        complete : bool
            Whether the video is there, and these are all plays.

        Raises
        ------
        MediaError
            If the file cannot be written.
        """
        about = {"scene": self._scene, "frame_rate": self._frame_rate, "complete": complete}
        plays = ",\n".join(json.dumps(asdict(play)) for play in self._plays)  # a line each
        text = f'{json.dumps(about)[:-1]}, "plays": [\n{plays}\n]}}\n'
        write_whole(self._path, text.encode())
