"""Which plays make a slide, what comes at its end, and what the speaker reads."""

from __future__ import annotations

from typing import Any

import pytest

from nnviz.preview.slides import Slide
from nnviz.preview.state import State


def film(*plays: dict[str, Any], subcaptions: dict[str, list[str]] | None = None) -> list[Slide]:
    """Return the slides of a run that told of plays."""
    state = State("film.py", "480p15")
    state.begin(1)
    for play in plays:
        state.on_event(play)
    state.on_event({"kind": "subcaptions", "texts": subcaptions or {}})
    return state.film.slides()


def play(
    part: int = 0,
    section: str = "autocreated",
    kind: str = "default.normal",
    *docstrings: str,
    frames: int = 15,
    wait: bool = False,
) -> dict[str, Any]:
    return {
        "kind": "play",
        "file": "film.py",
        "line": 1,
        "source": "",
        "section": section,
        "section_number": part,
        "section_type": kind,
        "is_wait": wait,
        "docstrings": list(docstrings),
        "frames": frames,
        "segments": [],
    }


def places(slides: list[Slide]) -> list[tuple[int, int]]:
    return [(slide.first, slide.last) for slide in slides]


def test_a_section_is_a_slide_also_where_two_have_the_same_name() -> None:
    slides = film(play(), play(1, "unnamed"), play(1, "unnamed"), play(2, "unnamed"), play(3, "B"))
    assert places(slides) == [(0, 0), (1, 2), (3, 3), (4, 4)]
    assert [slide.title for slide in slides] == ["", "", "", "B"]
    assert all(slide.again is None for slide in slides), "they wait"


def test_a_section_that_is_the_first_and_only_one_is_one_slide() -> None:
    assert places(film(play(0, "All"), play(0, "All"))) == [(0, 1)]


def test_without_sections_each_play_is_a_slide_and_a_wait_belongs_to_the_one_before() -> None:
    slides = film(play(wait=True), play(), play(wait=True), play(wait=True), play())
    assert places(slides) == [(0, 0), (1, 3), (4, 4)]


@pytest.mark.parametrize(
    ("kind", "again", "finishes"),
    [
        ("default.normal", None, False),
        ("loop", 1, False),
        ("presentation.loop", 1, False),
        ("Presentation.LOOP", 1, False),
        ("presentation.complete_loop", 1, True),
        ("loop.normal", None, False),
        ("looping", None, False),
        ("", None, False),
    ],
)
def test_the_last_word_of_a_type_says_what_it_does(
    kind: str, again: int | None, finishes: bool
) -> None:
    slide = film(play(0, "A"), play(1, "B", kind), play(1, "B", kind), play(2, "C"))[1]
    assert (slide.first, slide.last, slide.again, slide.finishes) == (1, 2, again, finishes)


def test_what_is_skipped_runs_on_into_the_next_section() -> None:
    slides = film(
        play(0, "A", "presentation.skip"), play(1, "B", "loop"), play(2, "C", "skip"), play(3, "D")
    )
    assert places(slides) == [(0, 1), (2, 3)]
    assert [slide.again for slide in slides] == [1, None], "the loop alone goes round"
    assert [slide.title for slide in slides] == ["B", "D"]
    assert places(film(play(0, "A"), play(1, "B", "skip"))) == [(0, 0), (1, 1)], "nothing follows"


def test_plays_without_frames_are_no_slides() -> None:
    subcaptions = {"0": ["never seen"], "2": ["at the end"]}
    slides = film(play(0, "A", frames=0), play(1, "B"), play(2, "C"), subcaptions=subcaptions)
    assert places(slides) == [(0, 0), (1, 1)]
    assert [slide.notes for slide in slides] == [(), ("at the end",)]


def test_notes_are_docstrings_the_first_time_and_subcaptions_of_all_plays() -> None:
    slides = film(
        play(0, "A", "", "All.", "Greet."),
        play(0, "A", "", "All.", "Greet."),
        play(1, "B", "", "All.", "Draw."),
        subcaptions={"1": ["one", "two"], "2": ["three"]},
    )
    assert [slide.notes for slide in slides] == [
        ("All.", "Greet.", "one", "two"),
        ("Draw.", "three"),
    ]
