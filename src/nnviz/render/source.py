"""Where a scene comes from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from manim import Scene, config
from manim.utils.module_ops import get_module

__all__ = ["Source", "import_file"]


@dataclass(frozen=True, slots=True)
class Source:
    """A scene's file.

    Attributes
    ----------
    file : str
        Its path, or "-" for what is typed in.
    name : str
        The scene's class.
    """

    file: str
    name: str

    def load(self) -> type[Scene]:
        """Import the file as Manim does, and return the scene.

        Raises
        ------
        ValueError
            If the file has no scene of that name.
        """
        return self.scene_in(import_file(Path(self.file)))

    def scene_in(self, module: ModuleType) -> type[Scene]:
        """Return the scene of a module that has been imported.

        Raises
        ------
        ValueError
            If it has no scene of that name.
        """
        scene = getattr(module, self.name, None)
        if not (isinstance(scene, type) and issubclass(scene, Scene)):
            raise ValueError(f"{self.file} has no scene {self.name}")
        return scene


def import_file(file: Path) -> ModuleType:
    """Import a file with scenes as Manim does, also if it has been imported before."""
    if config.seed is not None:
        # Random numbers that a file draws when it is imported are the same each time.
        random.seed(config.seed)
        np.random.seed(config.seed)
    return get_module(file)
