"""The gallery: entries are whole, each of them shows names that are public, and plays."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("sphinx", reason="the site's packages are not there: make docs")


@pytest.fixture(scope="module", autouse=True)
def extensions() -> Any:
    sys.path.insert(0, str(ROOT / "docs" / "_ext"))
    yield
    sys.path.remove(str(ROOT / "docs" / "_ext"))


def test_what_is_shown_is_public() -> None:
    import gallery
    import reference

    names = {name for contents in reference.Places().pages.values() for name, _ in contents}
    for entry in gallery.entries():
        assert set(entry.shows) <= names, f"{entry.name} shows what is not public"


def test_there_are_enough_clips() -> None:
    import films
    import gallery
    from nnviz.cli.discover import discover

    assert len(gallery.entries()) + len(discover(films.CHAPTER).scenes) >= 30


def test_each_network_of_the_sheet_has_its_function() -> None:
    import gallery

    beginning, functions = gallery.sheet()
    assert "from nnviz import" in beginning
    assert len(functions) == 36
    for name, code in functions:
        assert code.startswith(f"def {name}() -> VGroup:")
        assert "    return " in code


def test_no_two_clips_have_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import films

    monkeypatch.setattr(films, "KEPT", tmp_path)
    monkeypatch.setattr(films, "_keys", {})
    first = films.kept("1", "Clip", Path.touch, ".png")
    assert films.kept("1", "Clip", Path.touch, ".png") == first
    with pytest.raises(RuntimeError, match="called clip"):
        films.kept("2", "clip", Path.touch, ".png")


@pytest.mark.parametrize(
    "file", sorted((ROOT / "docs" / "gallery").glob("*.py")), ids=lambda file: file.stem
)
def test_an_entry_plays_and_stays_in_the_frame(file: Path) -> None:
    from manim import config, tempconfig

    import gallery
    from nnviz.render.source import Source

    with tempconfig({}):  # which an entry may change
        scene = Source(str(file), gallery.Entry.of(file).scene).load()(skip_animations=True)
        scene.render()
    assert 1.5 <= scene.time <= 12, "a clip is short"
    for mobject in scene.mobjects:
        if mobject.get_all_points().size:
            assert abs(mobject.get_left()[0]) <= config.frame_x_radius + 0.01
            assert abs(mobject.get_right()[0]) <= config.frame_x_radius + 0.01
            assert abs(mobject.get_top()[1]) <= config.frame_y_radius + 0.01
            assert abs(mobject.get_bottom()[1]) <= config.frame_y_radius + 0.01


def test_an_entry_without_its_fields_is_refused(tmp_path: Path) -> None:
    import gallery

    file = tmp_path / "half.py"
    file.write_text('"""A title.\n\nSection: Networks\n"""\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"half\.py.*Shows"):
        gallery.Entry.of(file)
