"""Rendering a scene on this machine: it runs once, in the main thread of this process, and draws.

Whenever there is a processor free, a child is forked that goes on drawing the piece which has been
begun, with all that this process had ready for it, while this one goes through the rest of the
piece without drawing, to the next. Pieces go into Manim's folder of segments, and are joined by
Manim's own file writer, with all it does for sections, subcaptions and sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, Self

from manim import Camera, MappingCamera, MovingCamera, MultiCamera, Scene, ThreeDCamera, config
from manim.camera.mapping_camera import OldMultiCamera, SplitScreenCamera
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.typing import PixelArray
from manim.utils.exceptions import EndSceneEarlyException

from nnviz.camera import NNCamera, NNMovingCamera
from nnviz.files import remove_leftovers, write_whole
from nnviz.manims import VideoEncoderSpec
from nnviz.render import plays
from nnviz.render.children import Children
from nnviz.render.errors import HandOver, LostError, SceneError, describe
from nnviz.render.names import Surroundings, name_of_play
from nnviz.render.painter import Painter
from nnviz.render.plays import Play, PlayRenderer, State, same_state, state_of
from nnviz.render.progress import Progress
from nnviz.render.records import note_made
from nnviz.render.segments import encoder_for
from nnviz.render.writer import FileWriter

__all__ = ["FilmRenderer", "check", "prepare_files"]

#: Cameras whose pictures depend on the scene alone.
_CAMERAS = {
    Camera,
    MappingCamera,
    MovingCamera,
    MultiCamera,
    NNCamera,
    NNMovingCamera,
    OldMultiCamera,
    SplitScreenCamera,
    ThreeDCamera,
}
#: Frames to draw, or pixels of all of them together, for which it is worth forking a child.
_WORTH_A_CHILD = 6
_PIXELS_WORTH_A_CHILD = 2_000_000
_AFTER_AN_EXCEPTION = "it goes on after an exception in the middle of a play"


def check(scene: Scene) -> VideoEncoderSpec:
    """Return what to encode a new scene to.

    Raises
    ------
    HandOver
        If Manim should render it by itself.
    """
    output, spec = scene.session_spec.output, scene.session_spec.video_encoder
    renderer: Any = scene.renderer
    if type(renderer) is not CairoRenderer:
        raise HandOver(f"it is drawn by {type(renderer).__name__}, not by Cairo")
    if type(renderer.file_writer) is not SceneFileWriter:
        raise HandOver(f"its files are written by {type(renderer.file_writer).__name__}")
    if type(renderer.camera) not in _CAMERAS or not _is_as_made(renderer.camera):
        kind = type(renderer.camera).__name__
        raise HandOver(f"its {kind} is a camera of its own, which may draw by what it drew before")
    if spec is None or not output.is_video:
        raise HandOver(f"the output is {output.format.value}, not video")
    return encoder_for(spec)


def _is_as_made(camera: Camera) -> bool:
    """Say whether no method of a camera has been replaced."""
    return not any(callable(getattr(type(camera), name, None)) for name in vars(camera))


def prepare_files(renderer: CairoRenderer, spec: VideoEncoderSpec) -> None:
    """Let a renderer's files be whole, and tidy up where they go."""
    writer: Any = renderer.file_writer
    writer.__class__ = FileWriter
    writer.video_encoder = spec
    # A limit below the scene's own would undo the caching.
    writer.settings = replace(writer.settings, video_encoder=spec, max_files_cached=-1)
    writer.partial_movie_directory.mkdir(parents=True, exist_ok=True)
    remove_leftovers(
        writer.partial_movie_directory,
        writer.movie_file_path.parent,
        config.get_dir("tex_dir"),
        config.get_dir("text_dir"),
    )


class FilmRenderer(PlayRenderer):
    """Goes through a scene, draws what is not kept from an earlier run, and hands pieces over.

    :meth:`begin_film` makes one of a scene's own.
    """

    @classmethod
    def begin_film(
        cls, scene: Scene, jobs: int, progress: Progress, before: Surroundings, drawn: set[Path]
    ) -> Self:
        """Prepare a scene that has just been made.

        Parameters
        ----------
        scene
            The scene.
        jobs
            How many processes may draw, this one among them.
        progress
            What is told of frames.
        before
            What the scene takes from outside of it.
        drawn
            Pieces that this command has drawn before, which are right even where nothing is to
            be kept; this adds its own.

        Raises
        ------
        HandOver
            If Manim should render it by itself.
        """
        spec = check(scene)
        renderer = cls.take_over(scene)
        renderer._scene = scene
        renderer._spec = spec
        renderer._progress = progress
        renderer._before = before
        renderer._drawn = drawn
        renderer._children = Children(jobs - 1, renderer._child_ended)
        renderer._promised, renderer._ends = {}, {}
        renderer._lost, renderer._passing = [], set()
        renderer._painter = renderer._piece = renderer._reason = renderer._unseen = None
        renderer._drawing = renderer._broken = renderer._busy = False
        renderer._in_camera = True
        prepare_files(renderer, spec)
        return renderer

    _scene: Scene
    _spec: VideoEncoderSpec
    _progress: Progress
    _before: Surroundings
    _drawn: set[Path]
    _children: Children
    _painter: Painter | None
    #: Of each piece handed over: frames left of it, and the scene's state here at the end of it.
    _promised: dict[Path, tuple[int, State | None]]
    #: The scene's state at the end of a piece in the child that drew it.
    _ends: dict[Path, State | None]
    #: How children died that did not finish.
    _lost: list[str]
    #: Pieces that may be used now, but not kept.
    _passing: set[Path]
    #: The play's name, and its pieces' files so far.
    _name: str
    _files: list[Path]
    #: The piece that the play is in: first frame, the one after its last, and its file.
    _piece: tuple[int, int, Path] | None
    #: Whether this process draws the piece, and has drawn what stands still in the play.
    _drawing: bool
    _still: bool
    #: Whether an exception has left a play in the middle.
    _broken: bool
    #: Why nobody can look at the last frame; None where one can.
    _unseen: str | None
    #: Whether the scene's camera has the last frame drawn, and not only the painter.
    _in_camera: bool
    #: Whether Manim is drawing, which looks at the camera's picture to paint over it.
    _busy: bool
    #: Why Manim should render the scene, once that is known.
    _reason: str | None

    # --- plays

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Go through a play; a child never comes out of it."""
        if self._broken:
            self._hand_to_manim(_AFTER_AN_EXCEPTION)
        self._broken = True
        used = self._before.used()
        self._files = []
        try:
            super().play(scene, *args, **kwargs)
        except EndSceneEarlyException:  # not in the middle of a play
            self._broken = False
            raise
        except BaseException as error:
            if self._children.is_child:
                self._leave_with(error)
            raise
        self._broken = False
        if self._files and not self._play.closed and self._before.used() != used:
            self._passing.update(self._files)  # what it took on the way is not in its name

    def skipped(self, scene: Scene) -> None:
        """Note that nobody draws a play."""
        self._unseen = "the play was left out"

    def begin(self, scene: Scene, play: Play) -> None:
        """Find out what a play's pieces are called; begin with what can only be begun now."""
        super().begin(scene, play)
        self._name = name_of_play(
            scene, self._spec, closed=play.closed, play=play.number, before=self._before
        )
        self.animations_hashes.append(self._name)
        self._progress.expect(play.frames)
        self._still = False
        self._painter = self._painter or Painter(self)
        if not play.frozen and not play.leaps:
            if len(play.pieces) > 1 or scene.stop_condition is not None:
                # What stands still does so as it does now, also in a later piece.
                self._stand_still()
            self._open(play, 0)

    def visits(self, play: Play) -> Iterator[int]:
        """Yield the frames that this process draws."""
        for first, last in play.pieces:
            self._open(play, first)
            for frame in range(first, last):
                if not self._drawing:
                    break
                yield frame

    def at(self, scene: Scene, play: Play, frame: int) -> None:
        """Draw a frame, if this process draws the piece."""
        if self._piece is None or frame >= self._piece[1]:
            self._open(play, frame)
        assert self._piece is not None
        assert self._painter is not None
        _, last, path = self._piece
        if self._drawing:
            self._painter.draw(scene, scene.moving_mobjects, play.changing)
            self._unseen, self._in_camera = None, not self._painter.quick
            drawn = 1
            if play.frozen:
                drawn += self._painter.hold(last - frame - 1)
            if not self._children.is_child:
                self._progress.advance(drawn)
            if frame + drawn == last:
                self._close(play)
            else:
                self._hand_over(play, last - frame - 1)
        elif frame + 1 == last:
            self._keep_promise(play, path)

    def end(self, scene: Scene, play: Play) -> None:
        """End a piece that the play turned out to be too short for."""
        if self._piece is not None and self._frame < self._piece[1]:
            if self._drawing:
                self._close(play)
            elif not play.frozen:
                self._keep_promise(play, self._piece[2])
        self._piece = None

    # --- pieces

    def _open(self, play: Play, first: int) -> None:
        """Begin a piece: see whether it is kept, let a child draw it, or draw it here."""
        last = dict(play.pieces).get(first, first + plays.LONGEST)
        whole = len(play.pieces) == 1 and self._scene.stop_condition is None
        name = self._name if whole else f"{self._name}_{first:06}"
        self.file_writer.add_partial_movie_file(name)
        path: Path = self.file_writer.output_plan.segment_path(name)
        self._files.append(path)
        self._piece = (first, last, path)
        kept = not config.disable_caching and path.exists() and path.stat().st_size > 0
        self._drawing = not kept and path not in self._drawn
        if not self._drawing:
            self._unseen = "the frame has been drawn in an earlier run"
            self._progress.advance(last - first, kept=True)
            return
        self._drawn.add(path)
        self._hand_over(play, last - first)
        if self._drawing:
            assert self._painter is not None
            self._stand_still()
            self._painter.begin(self._spec)

    def _stand_still(self) -> None:
        if not self._still:
            assert self._painter is not None
            self._painter.stand_still(self._scene)
            self._still = True

    def _hand_over(self, play: Play, left: int) -> None:
        """Let a child draw what is left of the piece, if there is room for one."""
        assert self._piece is not None
        assert self._painter is not None
        frames = 1 if play.frozen else left
        pixels = frames * self.camera.pixel_width * self.camera.pixel_height
        if frames < _WORTH_A_CHILD and pixels < _PIXELS_WORTH_A_CHILD:
            return
        if not self._children.has_room():
            return
        if not self._painter.survives_fork:
            return
        path = self._piece[2]
        if self._children.fork(path):
            return
        self._promised[path] = (left, None)
        self._painter.give_up()
        self._drawing = False
        self._unseen = "another process draws the frame"

    def _close(self, play: Play) -> None:
        """Write the piece; a child ends with it."""
        assert self._piece is not None
        assert self._painter is not None
        write_whole(self._piece[2], self._painter.finish())
        self._drawing = False
        if self._children.is_child:
            self._children.leave(state=None if play.leaps else state_of(self._scene))

    def _keep_promise(self, play: Play, path: Path) -> None:
        """Note how the scene is where the child that draws the piece should have it, too."""
        if path in self._promised and not play.leaps:
            self._promised[path] = (self._promised[path][0], state_of(self._scene))

    # --- children

    def _child_ended(self, path: Path, message: dict[str, Any] | None, how: str) -> None:
        self._progress.advance(self._promised[path][0])
        if message is None:
            self._lost.append(how)
            self._drawn.discard(path)
        elif "error" in message:
            raise SceneError(message["error"])
        elif "reason" in message:
            self._hand_to_manim(message["reason"])
        else:
            self._ends[path] = message["state"]

    def _leave_with(self, error: BaseException) -> None:
        if isinstance(error, HandOver):
            self._children.leave(reason=str(error))
        self._children.leave(error=describe(error, above=True))

    def _hand_to_manim(self, reason: str) -> NoReturn:
        """End the scene here; the reason outlives a scene that catches everything."""
        self._reason = self._reason or reason
        raise HandOver(self._reason)

    def check(self) -> None:
        """Raise what the scene may have caught.

        Raises
        ------
        HandOver
            If Manim should render it by itself.
        """
        if self._reason:
            raise HandOver(self._reason)

    def scene_finished(self, scene: Scene) -> None:
        """Wait for what is still being drawn, and join it."""
        self.check()
        if self._broken:
            self._hand_to_manim(_AFTER_AN_EXCEPTION)
        try:
            self._children.wait()
        except TimeoutError:
            self._hand_to_manim("a library that it uses does not stand being forked")
        if self._lost:
            raise LostError(self._lost[0])
        for path, end in self._ends.items():
            here = self._promised[path][1]
            if end is not None and here is not None and not same_state(here, end):
                self._hand_to_manim("it does something else each time it runs")
        self._progress.say_doing("joining")
        super().scene_finished(scene)
        for path in self._passing:
            path.unlink(missing_ok=True)

    def note_down(self, made: Path | None) -> None:
        """Note what the video, if it is one, was made from."""
        segments = self.file_writer.output_plan.segment_cache_dir
        if made is not None and made == self.file_writer.movie_file_path and not self._passing:
            note_made(segments, made, self._spec, self._before)

    def end_film(self) -> None:
        """End all children."""
        self._children.end()

    # --- the camera's picture

    def update_frame(self, *args: Any, **kwargs: Any) -> None:
        """Draw with the scene's own camera, as Manim does."""
        self._busy = True
        try:
            super().update_frame(*args, **kwargs)
        finally:
            self._busy = False
        self._unseen, self._in_camera = None, True

    def add_frame(self, frame: PixelArray, num_frames: int = 1) -> None:
        """Refuse a frame that comes from the scene itself."""
        self._hand_to_manim("it writes frames of its own making")

    def looked_at(self, camera: Camera) -> None:
        """See to it that a camera of the scene has the picture that it has under Manim."""
        shown = [image.camera for image in getattr(self.camera, "image_mobjects_from_cameras", ())]
        if self._busy or not any(camera is own for own in (self.camera, *shown)):
            return
        if self._unseen:
            self._hand_to_manim(f"it looks at a frame that is not there: {self._unseen}")
        if not self._in_camera:
            assert self._painter is not None
            self._painter.show()
            self._in_camera = True
