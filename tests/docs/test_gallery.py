"""The gallery: entries are whole, each of them shows names that are public, and plays."""

from __future__ import annotations

import re
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


def test_each_entry_leads_to_two_others_and_none_is_forgotten() -> None:
    import gallery

    names = {entry.name for entry in gallery.entries()}
    for entry in gallery.entries():
        assert len(set(entry.next) - {entry.name}) == 2, entry.name
        assert set(entry.next) <= names, entry.name


def test_the_chapter_has_its_order_and_its_titles() -> None:
    import gallery

    scenes = gallery.chapter()
    names, titles, _ = zip(*scenes, strict=True)
    assert names[0] == "PlanInPictures"
    assert "WalkThroughTwoExample" in names
    assert len(set(names)) == len(set(titles)) == len(scenes) >= 20
    assert not set(titles) & set(names)
    assert not any("TODO" in title for title in titles)


def test_the_reference_has_titles_that_are_told_apart() -> None:
    """A class has a page of its own, under its name, and no title is too long for its side."""
    import reference

    pages = reference.by_subject()
    assert [subject for subject, some in pages.items() if not some] == []
    titles = {page.title: subject for subject, some in pages.items() for page in some}
    assert titles["NetworkMobject"] == "Pictures of networks"
    assert titles["Conv2D"] == "Layers"
    assert titles["FeedForward"] == "Animations"
    assert max(map(len, titles)) <= reference.LONGEST_TITLE
    for some in pages.values():
        assert len({page.title for page in some}) == len(some), "two of one title side by side"


def test_each_network_of_the_sheet_has_its_function() -> None:
    import gallery

    beginning, functions = gallery.sheet()
    assert "from nnviz import" in beginning
    assert len(functions) == 36
    for name, code in functions:
        assert code.startswith(f"def {name}() -> VGroup:")
        assert "    return " in code


def test_no_two_places_of_the_site_make_clips_of_one_name() -> None:
    import gallery

    names = [entry.scene for entry in gallery.entries()] + [name for name, *_ in gallery.chapter()]
    for page in (ROOT / "docs").rglob("*.md"):
        names += re.findall(r"^```\{manim\} (\w+)", page.read_text(encoding="utf-8"), re.M)
    lower = [name.lower() for name in names]
    assert not {name for name in lower if lower.count(name) > 1}


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
