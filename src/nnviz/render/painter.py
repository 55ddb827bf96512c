"""Drawing the frames of a scene, and encoding them into a piece of video."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from manim import Mobject, Scene
from manim.renderer.cairo_renderer import CairoRenderer
from manim.typing import PixelArray
from manim.utils.iterables import list_update

from nnviz.camera import QUICK
from nnviz.manims import VideoEncoderSpec
from nnviz.render.segments import SegmentEncoder

__all__ = ["Painter"]


class Painter:
    """Draws frames as a renderer's camera draws them, in less time where we know how.

    The camera stays as it is, and the scene's: what is set on it holds, and its own picture is
    brought up to date where somebody looks at it (:meth:`show`).

    Parameters
    ----------
    renderer
        Whose frames to draw.
    """

    def __init__(self, renderer: CairoRenderer) -> None:
        self._renderer = renderer
        kind = QUICK.get(type(renderer.camera))
        #: What stands still, and all of it with what moves on top.
        self._still = None if kind is None else kind.like(renderer.camera)
        self._whole = None if kind is None else kind.like(renderer.camera)
        self._still_picture: PixelArray | None = None
        self._background: PixelArray | None = None
        if self._still is not None and self._whole is not None:
            for camera in (self._still, self._whole):
                # Manim keeps the place of the frame on the plane from when it first draws.
                camera.get_cairo_context(camera.pixel_array)
        self._encoder: SegmentEncoder | None = None

    @property
    def quick(self) -> bool:
        """Whether a camera of ours draws."""
        return self._whole is not None

    @property
    def survives_fork(self) -> bool:
        """Whether a forked process could go on with what has been begun."""
        return self._encoder is None or self._encoder.survives_fork

    def stand_still(self, scene: Scene) -> None:
        """Draw what does not move in the play that begins, for all of its frames."""
        renderer = self._renderer
        if self._still is None or self._whole is None:
            renderer.save_static_frame_data(scene, scene.static_mobjects)
            return
        self._still.follow(renderer.camera)
        self._whole.follow(renderer.camera)
        background = np.asarray(renderer.camera.background)
        if self._background is None or not np.array_equal(self._background, background):
            self._background = background.copy()
        renderer.static_image = None
        if scene.static_mobjects:
            changed = self._still.redraw(self._background, scene.static_mobjects)
            if changed or self._still_picture is None:
                # Another array, so that it is seen to be another picture.
                self._still_picture = self._still.pixel_array.copy()
            renderer.static_image = self._still_picture

    def begin(self, spec: VideoEncoderSpec) -> None:
        """Begin a piece."""
        self._encoder = SegmentEncoder(spec)

    def draw(
        self,
        scene: Scene,
        moving: Iterable[Mobject] | None,
        changing: frozenset[int] | None = None,
    ) -> None:
        """Draw the scene as it is, and add the frame to the piece.

        Parameters
        ----------
        scene
            What to draw.
        moving
            What of it moves. Nothing is all of it, as Manim has it.
        changing
            Ids of what may have changed since the frame before in the same play; all by default.
        """
        encoder, renderer = self._encoder, self._renderer
        assert encoder is not None, "no piece has been begun"
        if self._whole is None:
            renderer.update_frame(scene, moving)
            encoder.show(renderer.camera.pixel_array)
            return
        mobjects = moving or list_update(scene.mobjects, scene.foreground_mobjects)
        self._whole.follow(renderer.camera)
        under = self._background if renderer.static_image is None else renderer.static_image
        assert under is not None, "what stands still comes first"
        changed = self._whole.redraw(under, mobjects, changing if encoder.frames else None)
        if changed or not encoder.frames:
            encoder.show(self._whole.pixel_array, changed)
        else:
            encoder.repeat()

    def hold(self, frames: int) -> int:
        """Add the piece's only frame so many times more; return the number."""
        assert self._encoder is not None
        if frames:
            self._encoder.hold(frames)
        return frames

    def finish(self) -> bytes:
        """End the piece, and return it."""
        assert self._encoder is not None
        encoder, self._encoder = self._encoder, None
        return encoder.finish()

    def give_up(self) -> None:
        """Forget the piece: another process goes on with it."""
        self._encoder = None

    def show(self) -> None:
        """Give the scene's own camera the picture that was drawn last."""
        if self._whole is not None:
            picture: Any = self._whole.pixel_array
            vars(self._renderer.camera)["pixel_array"] = picture.copy()
