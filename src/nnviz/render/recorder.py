"""Recording a scene: it runs once, as under Manim, and each frame becomes a display list.

Manim's own loop steps the scene. The difference is in the frames: Manim paints each and
queues the pixels for an encoder, here it is listed and added to a piece of film. Where somebody
looks at the picture it is painted there and then; what cannot be listed, Manim's own code paints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from manim import Camera, Mobject, Scene, config, logger
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.typing import PixelArray
from manim.utils.caching import prune_segment_cache
from manim.utils.iterables import list_update

from nnviz.camera.lister import Lister
from nnviz.drawing.commands import Command, Layer
from nnviz.drawing.frame_commands import Rasters
from nnviz.drawing.pieces import Frame, Piece, Screen, painted
from nnviz.drawing.segments import Encoding
from nnviz.files import MediaError, media_errors, whole_file
from nnviz.render.calls import calling_line, docstrings, subcaptions_of
from nnviz.render.drawing_queue import DrawingQueue
from nnviz.render.listener import Listener, RecordedPlay
from nnviz.render.timeline import Timeline

__all__ = ["LONGEST", "FrameReceiver", "Recorder", "Recording", "record"]

#: Most frames in one piece. Short enough to share a long play among processes, long enough
#: that the complete picture each piece begins with is a small part of it.
LONGEST = 150
#: Most bytes of commands in one piece, unless a single frame has more.
_LARGEST = 64_000_000


class FrameReceiver(Protocol):
    """What receives a scene's frames: it makes a film of them, or shows them."""

    def check(self) -> None:
        """Raise an earlier error again: a scene may have caught it."""

    def begin_play(self, expected: int) -> None:
        """Begin a play that is expected to have a number of frames."""

    def add(self, frame: Frame, times: int = 1) -> list[str]:
        """Add a frame of the play; return the names of pieces that are complete with it."""

    def end_play(self, play: dict[str, Any]) -> list[str]:
        """End the play; return the names of pieces that are complete now."""

    def give_up(self) -> None:
        """Discard the frames of a play that ended with an exception."""


class Recording:
    """The pieces of a scene's film, as they come.

    Parameters
    ----------
    encoding : Encoding
        What frames are encoded to.
    queue : DrawingQueue
        Has pieces drawn.
    timeline : Timeline
        Where plays are recorded.
    listener : Listener
        What is told of plays.
    """

    def __init__(
        self, encoding: Encoding, queue: DrawingQueue, timeline: Timeline, listener: Listener
    ) -> None:
        self._encoding, self._queue = encoding, queue
        self._timeline, self._listener = timeline, listener
        self._piece: Piece | None = None
        self._longest = LONGEST
        #: Names of the pieces of the play so far.
        self._names: list[str] = []
        #: Frames so far: of the film, and where the play began.
        self._frames = self._began = 0

    def check(self) -> None:
        """Raise an earlier error again."""
        self._queue.check()

    def begin_play(self, expected: int) -> None:
        """Begin the first piece of a play that is expected to have a number of frames."""
        # Pieces of nearly equal length.
        self._longest = -(-expected // max(1, -(-expected // LONGEST))) if expected else LONGEST
        self._names, self._began = [], self._frames
        self._listener.on_expected(expected)

    def add(self, frame: Frame, times: int = 1) -> list[str]:
        """Add a frame of the play; return the names of pieces that are complete with it."""
        done = []
        # A still picture costs nothing to hold.
        if self._piece is not None and self._piece.frames and times == 1 and self._is_full():
            done = self._close()
        self._piece = self._piece or Piece(self._encoding)
        self._piece.add(frame, times)
        self._frames += times
        self._queue.poll()
        return done

    def end_play(self, play: dict[str, Any]) -> list[str]:
        """End the play; return the names of pieces that are complete now."""
        piece, name = self._taken()
        if piece is not None:
            self._listener.on_last_frame(name, piece.frames[-1][0])
        rate = float(self._encoding.frame_rate)
        recorded = RecordedPlay(
            **play,
            first=self._began,
            last=self._frames,
            start=self._began / rate,
            end=self._frames / rate,
            segments=tuple(self._names),
        )
        self._timeline.add(recorded)
        self._listener.on_play(recorded)
        return self._wanted(piece, name)

    def give_up(self) -> None:
        """Discard the piece: its play ended with an exception."""
        self._piece = None

    def _is_full(self) -> bool:
        assert self._piece is not None
        return self._piece.count >= self._longest or self._piece.size >= _LARGEST

    def _close(self) -> list[str]:
        return self._wanted(*self._taken())

    def _taken(self) -> tuple[Piece | None, str]:
        """Take away the piece, which is complete, and name it."""
        piece, self._piece = self._piece, None
        if piece is None or not piece.frames:
            return None, ""
        name = piece.name()
        self._names.append(name)
        return piece, name

    def _wanted(self, piece: Piece | None, name: str) -> list[str]:
        """Have a piece drawn, if there is one."""
        if piece is None:
            return []
        self._queue.request(name, piece)
        return [name]


class Writer(SceneFileWriter):
    """Manim's file writer, whose segments are pieces of a recording; what it makes is whole."""

    _receiver: FrameReceiver
    _renderer: CairoRenderer
    #: What has pieces drawn; None where no film is made.
    _queue: DrawingQueue | None
    _scene: Scene
    _is_open: bool
    _rasters: Rasters
    #: When each play began, and its place in the film; None for one that is left out.
    _begins: list[tuple[float, int | None]]

    @classmethod
    def take_over(cls, scene: Scene, receiver: FrameReceiver, queue: DrawingQueue | None) -> Self:
        """Make a new scene's own file writer one of this class."""
        writer: Any = scene.renderer.file_writer
        writer.__class__ = cls
        writer._receiver, writer._queue = receiver, queue
        writer._renderer, writer._scene = scene.renderer, scene
        writer._is_open, writer._rasters, writer._begins = False, Rasters(), []
        # Segments are counted here.
        writer.settings = replace(writer.settings, max_files_cached=-1)
        result: Self = writer
        return result

    def add_partial_movie_file(self, hash_animation: str | None) -> None:
        """Note a play that is left out; segments of others are recorded as they are complete."""
        if hash_animation is None:
            super().add_partial_movie_file(None)

    def is_already_cached(self, hash_invocation: str) -> bool:
        """Return False: what is kept is known by what it shows."""
        return False

    def begin_animation(self, allow_write: bool = False, **kwargs: Any) -> None:
        """Begin a play."""
        scene: Any = self._scene
        if not allow_write:
            self._begins.append((self._renderer.time - scene.duration, None))  # it is added
            return
        self._receiver.check()
        if self._is_open:
            # A scene that goes on after an exception in a play: Manim says why it cannot.
            unfinished: Any = self
            self._current_encode_job = unfinished
            super().open_partial_movie_stream(animation_index=0)
        self._is_open = True
        place = sum(place is not None for _, place in self._begins)
        self._begins.append((self._renderer.time, place))
        step = 1 / config["frame_rate"]
        expected = len(np.arange(0, scene.duration, step))
        if scene.is_current_animation_frozen_frame():
            expected = max(1, int(scene.duration / step))
        self._receiver.begin_play(expected)

    def add_frame(self, frame: Frame, times: int) -> None:
        """Add a frame to the play, if there is one."""
        if self._is_open:
            self._note(self._receiver.add(frame, times))

    def raster(self, pixels: PixelArray) -> Layer:
        """Return a layer that shows pixels."""
        return self._rasters.layer(pixels)

    def write_frame(self, pixels: PixelArray, *, repeat: int = 1) -> None:
        """Add pixels to the play."""
        self.add_frame(Frame(None, self.raster(pixels)), repeat)

    def end_animation(self, allow_write: bool = False) -> None:
        """End a play."""
        if allow_write:
            self._is_open = False
            file, line = calling_line(self._scene)
            scene: Any = self._scene
            section = self.sections[-1]
            play = {
                "play": self._renderer.num_plays,
                "file": file,
                "line": line,
                "section": section.name,
                "section_number": len(self.sections) - 1,
                "section_type": str(getattr(section.type_, "value", section.type_)),
                "is_wait": scene.is_current_animation_frozen_frame(),
                "docstrings": docstrings(self._scene),
                "parts": self._queue.listener.parts_on_screen(self._scene) if self._queue else (),
            }
            self._note(self._receiver.end_play(play))

    def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
        """Forget a play that an exception ended."""
        self._is_open = False
        self._receiver.give_up()

    def _note(self, names: Iterable[str]) -> None:
        for name in names:
            # Under their names, which become those of files when all are there.
            super().add_partial_movie_file(name)

    def finish(self) -> None:
        """Wait for all segments, and join them."""
        if self._queue is None:
            return
        self._queue.listener.on_subcaptions(subcaptions_of(self.subcaptions, self._begins))
        self._queue.listener.on_stage("drawing")
        self._queue.finish()
        self._queue.listener.on_stage("joining")
        for files in (self.partial_movie_files, *(s.partial_movie_files for s in self.sections)):
            files[:] = [name and str(self._queue.path(Path(name).stem)) for name in files]
        for file in filter(None, self.partial_movie_files):
            if not Path(file).is_file():
                raise MediaError(f"{file} was removed during the render: render the scene again.")
        super().finish()
        limit = config.max_files_cached
        if limit != -1:
            used = len(set(self.partial_movie_files))
            with media_errors(self.partial_movie_directory, "read"):
                prune_segment_cache(self.partial_movie_directory, max(limit, 2 * used))

    @staticmethod
    def _concat_manifest_bytes(input_files: list[str]) -> bytes:
        # As Manim's, but that an apostrophe does not end the name.
        quoted = (Path(file).as_posix().replace("'", r"'\''") for file in input_files)
        return "".join(f"file 'file:{file}'\n" for file in quoted).encode()

    def combine_files(
        self, input_files: list[str], output_file: Path, *args: Any, **kwargs: Any
    ) -> None:
        """Join segments as Manim does."""
        output_file = Path(output_file)
        with media_errors(output_file):
            output_file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(output_file) as draft:
            super().combine_files(input_files, draft, *args, **kwargs)


class Recorder(CairoRenderer):
    """Manim's renderer, except that frames are listed, and painted only when pixels are read."""

    _lister: Lister
    _writer: Writer
    #: What stands still in the play, if anything does.
    _below: Layer | None
    #: The last frame, and whether the camera's pixels show it.
    _frame: Frame | None
    _is_painted: bool
    #: Paints the pixels that are read.
    _screen: Screen
    #: Whether the camera is being used here: it is Manim that reads its pixels then.
    _busy: bool

    @classmethod
    def take_over(cls, scene: Scene, writer: Writer) -> Self:
        """Make a new scene's own renderer one of this class; references to it stay valid."""
        renderer: Any = scene.renderer
        vars(renderer).pop("static_image", None)
        renderer.__class__ = cls
        renderer._lister, renderer._writer = Lister(), writer
        renderer._below = renderer._frame = None
        renderer._is_painted, renderer._busy = True, False
        renderer._screen = Screen()
        result: Self = renderer
        return result

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Run a play as Manim does, without hashing what causes it."""
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        if self.skip_animations:
            self.time += scene.duration
            self._writer.add_partial_movie_file(None)
        self.animations_hashes.append(None)
        self._writer.begin_animation(not self.skip_animations)
        scene.begin_animations()
        self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self.update_frame(scene, mobjects=scene.moving_mobjects)
            self.freeze_current_frame(scene.duration)
        else:
            scene.play_internal()
        self._writer.end_animation(not self.skip_animations)
        self.num_plays += 1

    # --- frames

    @property
    def static_image(self) -> Any:
        """The pixels of what stands still in a play; None if nothing does."""
        return None if self._below is None else painted(Frame(None, self._below))

    @static_image.setter
    def static_image(self, value: PixelArray | None) -> None:
        self._below = None if value is None else self._writer.raster(value)

    def save_static_frame_data(
        self, scene: Scene, static_mobjects: Iterable[Mobject]
    ) -> PixelArray | None:
        """List what stands still in the play that begins."""
        self._below = None
        if static_mobjects:
            self.update_frame(scene, static_mobjects)
            assert self._frame is not None
            self._below = self._frame.above
        return None

    def update_frame(
        self,
        scene: Scene,
        mobjects: Iterable[Mobject] | None = None,
        include_submobjects: bool = True,
        ignore_skipping: bool = True,
        **kwargs: Any,
    ) -> None:
        """List what the camera sees, over what stands still."""
        if self.skip_animations and not ignore_skipping:
            return
        shown = mobjects or list_update(scene.mobjects, scene.foreground_mobjects)
        with self._working():
            try:
                layer = self._lister.layer(
                    self.camera,
                    shown,
                    with_background=self._below is None,
                    include_submobjects=include_submobjects,
                    **kwargs,
                )
            except Exception as error:  # it cannot be listed, or Manim's own code raises this, too
                logger.debug("nnviz lets Manim paint a frame: %s", error)
                super().update_frame(
                    scene, mobjects, include_submobjects, ignore_skipping, **kwargs
                )
                self._frame = Frame(None, self._writer.raster(self.camera.pixel_array))
                self._is_painted = True
                return
        frame = Frame(self._below, layer)
        if frame != self._frame:
            self._frame, self._is_painted = frame, False

    def render(
        self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None
    ) -> None:
        """Add a frame to the play."""
        if self._is_patched():
            super().render(scene, time, moving_mobjects)
            return
        self.update_frame(scene, moving_mobjects)
        self._add(1)

    def freeze_current_frame(self, duration: float) -> None:
        """Hold the last frame for some seconds."""
        if self._is_patched():
            super().freeze_current_frame(duration)
        else:
            self._add(max(1, int(duration / (1 / self.camera.frame_rate))))

    def _add(self, times: int) -> None:
        if not self.skip_animations:
            assert self._frame is not None
            self.time += times * (1 / self.camera.frame_rate)
            self._writer.add_frame(self._frame, times)

    def _is_patched(self) -> bool:
        """Return whether the scene wants to have frames pass through methods of its own."""
        return not {"add_frame", "get_frame"}.isdisjoint(vars(self))

    @property
    def frame(self) -> Frame | None:
        """The last frame."""
        return self._frame

    def displayed(
        self, scene: Scene, mobjects: Iterable[Mobject] | None = None
    ) -> list[tuple[Mobject, tuple[Command, ...]]]:
        """Return what the last frame shows of a scene, or of some mobjects, in drawing order."""
        shown = mobjects or list_update(scene.mobjects, scene.foreground_mobjects)
        return self._lister.displayed(self.camera, shown)

    # --- the camera's pixels

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def fill_pixels(self, camera: Camera) -> None:
        """Give a camera of the scene the pixels that it has under Manim."""
        if self._busy or self._is_painted or self._frame is None:
            return
        within = self._lister.seen_within
        if camera is not self.camera and id(camera) not in within:
            return
        with self._working():
            self._screen.show(self._frame)
            pixels: Any = self._screen.pixels
            self.camera.set_pixel_array(pixels)
            images: Any = getattr(self.camera, "image_mobjects_from_cameras", ())
            for image in images:
                if layer := within.get(id(image.camera)):
                    image.camera.set_pixel_array(painted(Frame(None, layer)))
        self._is_painted = True


def record(
    scene: Scene, receiver: FrameReceiver, queue: DrawingQueue | None = None
) -> Recorder | None:
    """Have a new scene recorded when it is rendered.

    Parameters
    ----------
    scene : Scene
        The scene.
    receiver : FrameReceiver
        What its frames are added to.
    queue : DrawingQueue, optional
        What has the film drawn; None makes no file.

    Returns
    -------
    Recorder or None
        What took the place of the scene's renderer. A renderer with methods of its own stays as it
        is, and paints; None then.
    """
    writer = Writer.take_over(scene, receiver, queue)
    if type(scene.renderer) is not CairoRenderer:
        return None
    return Recorder.take_over(scene, writer)
