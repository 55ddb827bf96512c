"""Where a scene comes from, so that another process, on another machine, finds it too."""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from manim import Scene, config
from manim.utils.module_ops import get_module

__all__ = ["Source", "import_file"]

#: The folder that holds files sent to this process.
_received: tempfile.TemporaryDirectory[str] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A scene's file.

    Attributes
    ----------
    file : str
        Its path.
    name : str
        The scene's class.
    sent : tuple of (str, bytes)
        Names and contents of the Python files in its folder, for processes that
        cannot read it; empty for those that can.
    """

    file: str
    name: str
    sent: tuple[tuple[str, bytes], ...] = ()

    def with_files(self) -> Source:
        """Return this source with what a process elsewhere needs to import it."""
        folder = Path(self.file).resolve().parent
        files = tuple((path.name, path.read_bytes()) for path in sorted(folder.glob("*.py")))
        return Source(Path(self.file).name, self.name, files)

    def load(self) -> type[Scene]:
        """Import the file as Manim does, and return the scene.

        Raises
        ------
        ValueError
            If the file has no scene of that name.
        """
        file = _unpacked(self.sent) / self.file if self.sent else Path(self.file)
        scene = getattr(import_file(file), self.name, None)
        if not (isinstance(scene, type) and issubclass(scene, Scene)):
            raise ValueError(f"{self.file} has no scene {self.name}")
        return scene


def import_file(file: Path) -> ModuleType:
    """Import a file with scenes as Manim does, anew."""
    if config.seed is not None:
        # What a file draws by lot when it is imported, it draws in every process.
        random.seed(config.seed)
        np.random.seed(config.seed)
    return get_module(file)


def _unpacked(files: tuple[tuple[str, bytes], ...]) -> Path:
    """Write files to a folder of this process, in place of those it was sent before."""
    global _received
    if _received is not None:
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "") or "").startswith(_received.name):
                del sys.modules[name]
        sys.path[:] = [entry for entry in sys.path if entry != _received.name]
        _received.cleanup()
    _received = tempfile.TemporaryDirectory(prefix="nnviz-scene-")
    for name, content in files:
        (Path(_received.name) / name).write_bytes(content)
    return Path(_received.name)
