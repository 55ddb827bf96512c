"""Cameras that draw the same pixels as Manim's cameras, in less time.

Manim looks up, checks and sets everything about every mobject at every frame. These
cameras turn each mobject into draw commands, and paint those. The commands stay valid as long as
the mobject's points and style keep their values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manim import Camera, Mobject, MovingCamera

from nnviz.camera.lister import Lister, NotListedError, in_drawing_order
from nnviz.drawing.canvas import Surface

__all__ = ["QUICK", "NNCamera", "NNMovingCamera"]


class NNCamera(Camera):
    """A faster camera, which draws the same pictures as :class:`manim.Camera`."""

    # Kept out of __dict__, whose contents Manim hashes for every play.
    __slots__ = ("_lister", "_surface")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._lister = Lister()
        self._surface: Surface | None = None
        super().__init__(*args, **kwargs)

    def get_mobjects_to_display(
        self,
        mobjects: Iterable[Mobject],
        include_submobjects: bool = True,
        excluded_mobjects: list[Mobject] | None = None,
    ) -> list[Mobject]:
        """Return what to draw, in drawing order."""
        if excluded_mobjects or not include_submobjects:
            return super().get_mobjects_to_display(mobjects, include_submobjects, excluded_mobjects)
        return in_drawing_order(mobjects, self.use_z_index)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw ``mobjects`` on the frame as it is."""
        mobjects = list(mobjects)
        try:
            layer = self._lister.layer(self, mobjects, **kwargs)
        except NotListedError:
            super().capture_mobjects(mobjects, **kwargs)
            return
        pixels: Any = self.pixel_array
        if self._surface is None or self._surface.pixels is not pixels:
            self._surface = Surface.of(pixels, layer.view)
        self._surface.look(layer.view)
        self._surface.paint(layer.commands)


class NNMovingCamera(NNCamera, MovingCamera):
    """:class:`NNCamera` for scenes whose camera moves (:class:`manim.MovingCamera`)."""


#: For each class of camera, the faster one that draws the same pictures.
QUICK: dict[type[Camera], type[NNCamera]] = {
    Camera: NNCamera,
    MovingCamera: NNMovingCamera,
    NNCamera: NNCamera,
    NNMovingCamera: NNMovingCamera,
}
