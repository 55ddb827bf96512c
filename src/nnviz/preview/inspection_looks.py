"""Find what is wrong on a frame at rest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.drawing.commands import View
from nnviz.drawing.path_commands import Path
from nnviz.preview.inspection_findings import Thresholds
from nnviz.preview.inspection_ink import Ink, lines_in, read_ink
from nnviz.preview.inspection_parts import (
    Picture,
    boxes_of,
    curves_box,
    is_meant_to_cross,
    letter_height,
)

__all__ = ["Look", "look_at"]

#: Share of common ink from which two texts are one text, drawn twice.
_TWICE = 0.9

#: A letter or digit; and TeX's commands, but for those that are letters.
_LETTER = re.compile(r"\w")
_GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|"
    "upsilon|phi|chi|psi|omega|partial|nabla|ell"
)
_COMMAND = re.compile(rf"\\(?!(?:var)?(?:{_GREEK})(?![a-z]))[a-z]+", re.IGNORECASE)

Box = tuple[int, int, int, int]


class Look(NamedTuple):
    """A candidate for a finding.

    Attributes
    ----------
    kind : str
        Its kind.
    subject : int
        The id of the mobject that is at fault.
    others : tuple of int
        Ids of the others that it is about.
    leaves : tuple of int
        Ids of what is drawn of them.
    names : tuple of str
        Their names.
    size : float
        How large it is.
    box : tuple of int
        Where, in pixels.
    text : str
        In words.
    best : bool
        Whether it is no finding where the mobject is seen well at another time.
    is_fine : bool
        Whether this is such a time.
    """

    kind: str
    subject: int
    others: tuple[int, ...]
    leaves: tuple[int, ...]
    names: tuple[str, ...]
    size: float
    box: Box
    text: str
    best: bool = False
    is_fine: bool = False


class _Frame:
    """A picture and the places of its parts."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        commands = [mark.command for mark in picture.marks]
        self.boxes = boxes_of(commands, picture.view)
        self.of_part: dict[int, list[int]] = defaultdict(list)
        for place, owner in enumerate(picture.owners):
            self.of_part[owner].append(place)
        self.ink = read_ink(picture.view, picture.background, picture.marks)

    def box(self, places: list[int]) -> NDArray[np.float64]:
        """Return what marks cover; not a number if nothing."""
        boxes = self.boxes[places]
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        if not len(boxes):
            return np.full(4, np.nan)
        return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])

    def reach(self, place: int) -> NDArray[np.float64]:
        """Return where what is drawn reaches, more exactly where it may be cut."""
        box: NDArray[np.float64] = self.boxes[place]
        view, command = self.picture.view, self.picture.marks[place].command
        within = (box[:2] >= 0).all() and (box[2:] <= (view.width, view.height)).all()
        if within or not isinstance(command, Path) or not np.isfinite(box).all():
            return box
        return curves_box(command, view)

    def whole_box(self, number: int) -> Box:
        """Return the box of a part in whole pixels."""
        box = self.box(self.of_part[number])
        if not np.isfinite(box).all():
            return (0, 0, 0, 0)
        left, top, right, bottom = np.concatenate([np.floor(box[:2]), np.ceil(box[2:])]).tolist()
        return int(left), int(top), int(right), int(bottom)

    def said(self, number: int) -> str:
        """Return the name of a part for a sentence."""
        return self.picture.parts[number].said

    def leaves(self, *numbers: int) -> tuple[int, ...]:
        """Return ids of what is drawn of parts."""
        some = (place for number in numbers for place in self.of_part[number])
        return tuple(dict.fromkeys(id(self.picture.leaves[place]) for place in some))


def look_at(picture: Picture, thresholds: Thresholds, *, at_home: bool) -> Iterator[Look]:
    """Yield the candidates on a frame.

    Parameters
    ----------
    picture : Picture
        The frame.
    thresholds : Thresholds
        Thresholds of the findings.
    at_home : bool
        Whether the camera is where it was when the scene began. Where it is not, what lies outside
        of the frame is left out on purpose.
    """
    frame = _Frame(picture)
    if at_home:
        yield from _outside(frame, thresholds.outside)
    for number, ink in frame.ink.items():
        yield from _over_texts(frame, number, ink, thresholds.overlap)
        if ink.crossed > thresholds.crossing:
            yield from _over_lines(frame, number, ink, thresholds.crossing)
        yield from _small(frame, number, thresholds.text)
        yield from _pale(frame, number, ink, thresholds.contrast)


# --- outside


def _outside(frame: _Frame, limit: float) -> Iterator[Look]:
    picture, view = frame.picture, frame.picture.view
    size = np.array([view.width, view.height], float)
    cut: dict[int, list[tuple[int, float, str]]] = defaultdict(list)
    for number, part in enumerate(picture.parts):
        places = frame.of_part[number]
        box = frame.box(places)
        if not np.isfinite(box).all():
            continue
        if part.is_text and (box[2:] <= 0).any() | (box[:2] >= size).any():
            yield _never_seen(frame, number)
            continue
        if part.is_text:
            yield _fine("outside", id(part.mobject))
        if (box[:2] >= -limit).all() and (box[2:] <= size + limit).all():
            continue
        if part.is_text:
            cut[id(part.mobject)].append((number, *_beyond(box, view)))
            continue
        for place in places:
            beyond, edge = _beyond(frame.reach(place), view)
            if beyond > limit:
                cut[id(part.whole)].append((number, beyond, edge))
    for key, some in cut.items():
        number, beyond, edge = max(some, key=lambda each: each[1])
        part = picture.parts[number]
        numbers = list(dict.fromkeys(each[0] for each in some))
        more = f" and {len(numbers) - 1} more are cut" if len(numbers) > 1 else " is cut"
        where = f"{beyond:.0f} pixels lie beyond the {edge} edge"
        text = f"{frame.said(number)}{more}: {where}"
        yield Look(
            "outside",
            key,
            (),
            frame.leaves(*numbers),
            (part.name,),
            beyond,
            frame.whole_box(number),
            text,
        )


def _never_seen(frame: _Frame, number: int) -> Look:
    part, view = frame.picture.parts[number], frame.picture.view
    left, top, right, bottom = box = frame.whole_box(number)
    beyond = max(-left, -top, right - view.width, bottom - view.height)
    text = f"{frame.said(number)} lies outside of the frame and is never seen"
    key = id(part.mobject)
    leaves = frame.leaves(number)
    return Look("outside", key, (), leaves, (part.name,), float(beyond), box, text, best=True)


def _fine(kind: str, subject: int) -> Look:
    return Look(kind, subject, (), (), (), 0.0, (0, 0, 0, 0), "", is_fine=True)


def _beyond(box: NDArray[np.float64], view: View) -> tuple[float, str]:
    """Return how far a box reaches beyond the frame, and beyond which edge."""
    size = (view.width, view.height)
    if not np.isfinite(box).all() or (box[2:] <= 0).any() or (box[:2] >= size).any():
        return 0.0, ""
    left, top, right, bottom = -box[0], -box[1], box[2] - size[0], box[3] - size[1]
    # Something beyond both edges is a background or a grid.
    across = {} if left > 0 and right > 0 else {"left": left, "right": right}
    along = {} if top > 0 and bottom > 0 else {"upper": top, "lower": bottom}
    edge, beyond = max((across | along | {"": 0.0}).items(), key=lambda item: item[1])
    return float(beyond), edge


# --- texts


def _over_texts(frame: _Frame, number: int, ink: Ink, limit: float) -> Iterator[Look]:
    parts = frame.picture.parts
    for other, shared in ink.over.items():
        below = frame.ink.get(other)
        if below is None:
            continue
        share = min(1.0, shared / min(ink.core, below.core))
        alike = min(ink.core, below.core) > _TWICE * max(ink.core, below.core)
        if share <= limit or (share > _TWICE and alike):
            continue
        text = f"{frame.said(number)} lies over {frame.said(other)} ({share:.0%} of its ink)"
        yield Look(
            "text-over-text",
            id(parts[number].mobject),
            (id(parts[other].mobject),),
            frame.leaves(number, other),
            (parts[number].name, parts[other].name),
            share,
            frame.whole_box(number),
            text,
        )


def _over_lines(frame: _Frame, number: int, ink: Ink, limit: float) -> Iterator[Look]:
    picture, parts = frame.picture, frame.picture.parts
    shares: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
    for place, share, above in lines_in(ink, picture.marks, picture.view):
        if not is_meant_to_cross(picture, place, number, above):
            owner = picture.owners[place]
            shares[parts[owner].name].append((owner, share, above))
    total = min(ink.crossed, sum(each[1] for some in shares.values() for each in some))
    if total <= limit:
        return
    name, some = max(shares.items(), key=lambda item: sum(each[1] for each in item[1]))
    owners = list(dict.fromkeys(each[0] for each in some))
    line = f"the {name}" if len(owners) == 1 else f"{len(owners)} lines ({name})"
    where = "under" if any(each[2] for each in some) else "over"
    yield Look(
        "text-over-edge",
        id(parts[number].mobject),
        (id(parts[owners[0]].mobject),),
        frame.leaves(number, *owners),
        (parts[number].name, name),
        total,
        frame.whole_box(number),
        f"{frame.said(number)} lies {where} {line} ({total:.0%} of its ink)",
    )


def _small(frame: _Frame, number: int, limit: float) -> Iterator[Look]:
    part = frame.picture.parts[number]
    if not _LETTER.search(_COMMAND.sub("", part.name.partition(" ")[2])):
        return  # signs are known by their shape
    places = [
        place for place in frame.of_part[number] if frame.picture.marks[place].text is not None
    ]
    height = letter_height(frame.boxes[places])
    if height >= limit:
        yield _fine("small-text", id(part.mobject))
        return
    text = f"{frame.said(number)} is small: its letters are {height:.1f} pixels high"
    yield Look(
        "small-text",
        id(part.mobject),
        (),
        frame.leaves(number),
        (part.name,),
        height,
        frame.whole_box(number),
        text,
        best=True,
    )


def _pale(frame: _Frame, number: int, ink: Ink, limit: float) -> Iterator[Look]:
    part = frame.picture.parts[number]
    if ink.contrast >= limit:
        yield _fine("contrast", id(part.mobject))
        return
    text = f"{frame.said(number)} has a contrast of {ink.contrast:.1f}:1 to what lies under it"
    yield Look(
        "contrast",
        id(part.mobject),
        (),
        frame.leaves(number),
        (part.name,),
        ink.contrast,
        frame.whole_box(number),
        text,
        # A text that steps back for a while was read before.
        best=ink.solid_contrast >= limit,
    )
