"""The slides of a talk: what is played until somebody presses a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.preview.state import Play

__all__ = ["Slide", "section_title", "slides_of"]

#: What Manim calls the section of a scene that has named none, and one without a name.
_NO_SECTION, _NO_NAME = "autocreated", "unnamed"


@dataclass(frozen=True, slots=True)
class Slide:
    """Plays that follow one another, and what comes when they are over.

    Attributes
    ----------
    title : str
        Name of the section; empty where it has none.
    first, last : int
        Places of its plays among all.
    again : int or None
        The play that follows the last one until somebody goes on; None: the last frame stays.
    finishes : bool
        Whether a round is played to its end when somebody goes on.
    notes : tuple of str
        What the speaker reads, a paragraph each.
    """

    title: str
    first: int
    last: int
    again: int | None
    finishes: bool
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what is sent to the page."""
        return {name: getattr(self, name) for name in self.__slots__}


def slides_of(plays: Sequence[Play], subcaptions: Sequence[Sequence[str]]) -> list[Slide]:
    """Return the slides of a film.

    A section is a slide. The last word of its type says what it does, as in Manim's documentation
    of types: "loop" goes round until somebody goes on; "complete_loop" then plays the round to its
    end; "skip" is followed at once by the next section, which is part of the same slide. A slide of
    any other type stays at its last frame.

    In a scene without sections each play is a slide; a wait belongs to the play before.

    Parameters
    ----------
    plays : sequence of Play
        All plays that have frames.
    subcaptions : sequence of sequence of str
        Texts of those that begin in each play.
    """
    has_sections = any(play.part or play.section != _NO_SECTION for play in plays)
    parts: list[list[int]] = []
    if has_sections:
        for _, some in groupby(range(len(plays)), key=lambda place: plays[place].part):
            parts.append(list(some))
    else:
        for place, play in enumerate(plays):
            if parts and play.is_wait:
                parts[-1].append(place)
            else:
                parts.append([place])
    found: list[Slide] = []
    said: set[str] = set()
    first, titles = 0, [""]
    for number, part in enumerate(parts):
        play = plays[part[0]]
        kind = play.kind.rpartition(".")[2].lower()
        titles.append(section_title(play.section))
        if kind == "skip" and number + 1 < len(parts):
            continue
        is_loop = kind in ("loop", "complete_loop")
        found.append(
            Slide(
                next(filter(None, reversed(titles)), ""),
                first,
                part[-1],
                part[0] if is_loop else None,
                kind == "complete_loop",
                _notes(plays, subcaptions, range(first, part[-1] + 1), said),
            )
        )
        first, titles = part[-1] + 1, [""]
    return found


def section_title(name: str) -> str:
    """Return what is shown of a section's name: nothing where Manim has given it."""
    return "" if name in (_NO_SECTION, _NO_NAME) else name


def _notes(
    plays: Sequence[Play], subcaptions: Sequence[Sequence[str]], places: range, said: set[str]
) -> tuple[str, ...]:
    """Return docstrings that were not said on an earlier slide, and subcaptions."""
    docstrings = [text for place in places for text in plays[place].docstrings]
    new = [text for text in dict.fromkeys(docstrings) if text not in said]
    said.update(new)
    return (*new, *(text for place in places for text in subcaptions[place]))
