"""What the page shows while runs begin, fail and end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnviz.preview.state import State


def play(name: str, line: int = 1, section: str = "autocreated") -> dict[str, Any]:
    return {
        "kind": "play",
        "file": "film.py",
        "line": line,
        "source": "self.wait()",
        "section": section,
        "section_number": int(section != "autocreated"),
        "section_type": "default.normal",
        "is_wait": False,
        "docstrings": [],
        "frames": 15,
        "segments": [name],
    }


def failed(title: str) -> dict[str, Any]:
    place = {"file": str(Path.cwd() / "scenes" / "film.py"), "line": 3}
    return {"kind": "failed", "title": title, "text": "", "places": [place]}


def shown(state: State) -> list[tuple[str, bool]]:
    return [(play["key"], play["old"]) for play in state.to_json()["plays"]]


def test_the_last_good_film_goes_on_behind_what_is_new() -> None:
    state = State("film.py", "480p15")
    state.begin(1)
    for name in "abc":
        state.on_event(play(name))
    state.on_event({"kind": "done", "made": "film.mp4"})
    assert shown(state) == [("a", False), ("b", False), ("c", False)]

    state.begin(2)
    assert shown(state) == [("a", True), ("b", True), ("c", True)]
    state.on_event(play("a"))
    state.on_event(play("B"))
    assert shown(state) == [("a", False), ("B", False), ("c", True)]
    state.on_event(failed("NameError"))
    assert shown(state) == [("a", False), ("B", False), ("c", True)]
    error = state.to_json()["error"]
    assert error["title"] == "NameError"
    assert error["places"] == [{"file": str(Path("scenes/film.py")), "line": 3}]

    state.begin(3)
    assert state.to_json()["error"]["title"] == "NameError", "until it is known to be gone"
    state.on_event(play("x"))
    state.on_event({"kind": "done", "made": "film.mp4"})
    assert shown(state) == [("x", False)], "a film that has become shorter"
    assert state.to_json()["error"] is None


def test_a_play_has_what_is_drawn_of_it_and_the_section_that_somebody_named() -> None:
    state = State("film.py", "480p15")
    state.begin(1)
    state.on_event(play("a"))
    state.on_event(play("b", section="The end"))
    state.on_event({"kind": "segment", "name": "a", "path": "a-1.mp4", "frames": 15})
    first, second = state.to_json()["plays"]
    assert first["segments"] == [{"name": "a", "frames": 15}]
    assert second["segments"] == [None]
    assert (first["section"], second["section"]) == ("", "The end")


def test_what_is_printed_is_of_this_run_and_bounded() -> None:
    state = State("film.py", "480p15")
    state.begin(1)
    for number in range(5000):
        state.say(f"line {number}\n")
    assert len(state.output) <= 20_000
    assert state.output.endswith("line 4999\n")
    state.begin(2)
    assert state.output == ""


def test_a_scene_that_plays_nothing_is_a_picture() -> None:
    state = State("film.py", "480p15")
    state.begin(1)
    state.on_event({"kind": "done", "made": "media/images/Film.png"})
    assert state.picture == Path("media/images/Film.png")
    state.begin(2)
    state.on_event(play("a"))
    state.on_event({"kind": "done", "made": "media/videos/Film.mp4"})
    assert state.picture is None
