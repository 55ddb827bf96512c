"""A render that is inspected makes the same film, and the inspection finds what it finds alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from manim import Camera, Scene, Square, Text, config

from nnviz.preview.inspection import Inspector, inspect_scene, report
from nnviz.preview.inspection_exceptions import Exceptions, Exempt
from nnviz.preview.inspection_findings import Thresholds
from nnviz.render.errors import SceneError
from nnviz.render.rendering import render_scene

FAULTS = Path(__file__).parent / "films" / "faults.py"
FILMS = Path(__file__).parents[1] / "render" / "films" / "films.py"
LOW: dict[str, Any] = {"pixel_width": 854, "pixel_height": 480, "frame_rate": 15}


@pytest.fixture(autouse=True)
def same_chance(tiny: None) -> None:
    """Let scenes draw the same random numbers in each run."""
    config.seed = 0


def rendered(folder: Path, file: Path | str, name: str, **options: Any) -> Path:
    """Render a scene to a folder of its own: nothing is kept of an earlier render."""
    settings = LOW | {"dry_run": False, "media_dir": str(folder)}
    made = render_scene(file, name, jobs=1, settings=settings, **options)
    assert made is not None
    return made


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize(
    ("file", "name", "count"),
    [
        (FAULTS, "Clean", 0),
        (FAULTS, "CleanZoom", 0),
        (FAULTS, "Outside", 1),
        (FAULTS, "OverText", 1),
        (FAULTS, "Small", 1),
        (FAULTS, "Jumps", 1),
        (FAULTS, "Empty", 1),
        (FAULTS, "OnlyStands", 1),
        (FILMS, "Updaters", None),
        (FILMS, "Deep", None),
        (FILMS, "LeftOut", None),
    ],
)
def test_film_and_findings_are_the_same(
    file: Path, name: str, count: int | None, tmp_path: Path
) -> None:
    plain = rendered(tmp_path / "plain", file, name)
    inspector = Inspector(file, name)
    watched = rendered(tmp_path / "watched", file, name, watching=inspector.watch)
    assert watched.relative_to(tmp_path / "watched") == plain.relative_to(tmp_path / "plain")
    assert watched.read_bytes() == plain.read_bytes()

    found, alone = inspector.inspection(), inspect_scene(file, name)
    assert found.as_dict() == alone.as_dict()
    assert report(found) == report(alone)
    if count is not None:
        assert len(found.findings) == count
    assert [still.caption for still in found.stills] == [still.caption for still in alone.stills]
    for one, other in zip(found.stills, alone.stills, strict=True):
        assert one.picture.tobytes() == other.picture.tobytes()


class Draws(Camera):
    """A camera that draws in a way of its own."""

    def capture_mobjects(self, *args: Any, **kwargs: Any) -> None:
        super().capture_mobjects(*args, **kwargs)


class OwnCamera(Scene):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(camera_class=Draws, **kwargs)

    def construct(self) -> None:
        self.add(Square())
        self.wait(0.4)


@pytest.mark.slow
def test_frames_that_cannot_be_looked_at_are_counted(tmp_path: Path) -> None:
    inspector = Inspector(__file__, "OwnCamera")
    plain = rendered(tmp_path / "plain", __file__, "OwnCamera", scene=OwnCamera)
    watched = rendered(
        tmp_path / "watched", __file__, "OwnCamera", scene=OwnCamera, watching=inspector.watch
    )
    assert watched.read_bytes() == plain.read_bytes()
    assert inspector.inspection().unlisted == inspect_scene(OwnCamera).unlisted == 6


def test_exceptions_and_thresholds_hold(tmp_path: Path) -> None:
    allowed = Exempt("Pale", "contrast", "*", "meant")
    never = Exempt("Pale", "jump", "*", "there is none")
    exceptions = Exceptions((allowed, never), Thresholds(text=4))
    inspector = Inspector(FAULTS, "Pale", exceptions, pictures=False)
    rendered(tmp_path, FAULTS, "Pale", watching=inspector.watch)
    found = inspector.inspection()
    assert (found.objections, found.unused, found.stills) == ((), (never,), ())
    assert [finding.excepted for finding in found.findings] == ["meant"]
    assert found.thresholds == Thresholds(text=4)


def test_what_raises_raises_as_without(tmp_path: Path) -> None:
    class Fails(Scene):
        def construct(self) -> None:
            self.add(Text("one"), Text("two"))
            self.wait(0.2)
            raise RuntimeError("here")

    inspector = Inspector(__file__, "Fails", pictures=False)
    with pytest.raises(SceneError, match="RuntimeError: here"):
        rendered(tmp_path, __file__, "Fails", scene=Fails, watching=inspector.watch)
    assert not list(tmp_path.rglob("Fails.mp4"))


def test_only_videos_can_be_watched() -> None:
    inspector = Inspector(FAULTS, "Pale", pictures=False)
    assert config.dry_run
    with pytest.raises(ValueError, match="only where a video is made"):
        render_scene(FAULTS, "Pale", jobs=1, watching=inspector.watch)
    with pytest.raises(ValueError, match="Pale has not run yet"):
        inspector.inspection()
    with pytest.raises(ValueError, match="above 0"):
        Inspector(FAULTS, "Pale", every=0)
