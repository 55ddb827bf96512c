"""The slides of a scene: plays between two key presses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.preview.state import Play

__all__ = ["Slide", "section_title", "slides_of"]

#: Manim's names of the section of a scene without sections, and of a section without a name.
_NO_SECTION, _NO_NAME = "autocreated", "unnamed"


@dataclass(frozen=True, slots=True)
class Slide:
    """Consecutive plays, and what follows them.

    Attributes
    ----------
    title : str
        Name of the section; empty if it has none.
    first, last : int
        Places of its first and last play among all plays.
    again : int or None
        The play that follows the last one in a loop; None if the last frame stays.
    finishes : bool
        Whether the loop plays its round to the end when the speaker goes on.
    notes : tuple of str
        Notes for the speaker, one paragraph each.
    """

    title: str
    first: int
    last: int
    again: int | None
    finishes: bool
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the slide as it is sent to the page."""
        return {name: getattr(self, name) for name in self.__slots__}


def slides_of(plays: Sequence[Play], subcaptions: Sequence[Sequence[str]]) -> list[Slide]:
    """Return the slides of a film.

    A section is a slide. The last word of its type says what it does, as in Manim's documentation
    of types: "loop" repeats until the speaker goes on; "complete_loop" also plays its last round to
    the end; "skip" goes on at once with the next section, which is part of the same slide. A slide
    of any other type stays at its last frame.

    In a scene without sections, each play is a slide; a wait belongs to the play before it.

    Parameters
    ----------
    plays : sequence of Play
        All plays that have frames.
    subcaptions : sequence of sequence of str
        Texts of the subcaptions that begin in each play.
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
    """Return a section's name as it is shown: empty if Manim has made it up."""
    return "" if name in (_NO_SECTION, _NO_NAME) else name


def _notes(
    plays: Sequence[Play], subcaptions: Sequence[Sequence[str]], places: range, said: set[str]
) -> tuple[str, ...]:
    """Return docstrings that no earlier slide had, and subcaptions."""
    docstrings = [text for place in places for text in plays[place].docstrings]
    new = [text for text in dict.fromkeys(docstrings) if text not in said]
    said.update(new)
    return (*new, *(text for place in places for text in subcaptions[place]))
