"""Manim's file writer, but that what it makes is there when it is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manim import config
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.caching import prune_segment_cache

from nnviz.files import whole_file

__all__ = ["FileWriter"]


class FileWriter(SceneFileWriter):
    """Joins pieces to files that appear when they are complete."""

    def combine_files(
        self, input_files: list[str], output_file: Path, *args: Any, **kwargs: Any
    ) -> None:
        """Join pieces as Manim does."""
        with whole_file(Path(output_file)) as draft:
            super().combine_files(input_files, draft, *args, **kwargs)

    def finish(self) -> None:
        """Make the video, then forget pieces that have not been used for long."""
        super().finish()
        used = len(self.partial_movie_files)
        limit = config.max_files_cached
        if limit != -1:
            prune_segment_cache(self.partial_movie_directory, max(limit, 2 * used))
