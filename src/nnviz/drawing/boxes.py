"""Parts of a frame: boxes of whole pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Box", "area", "around", "merged"]

#: Left, top, right, bottom in pixels, right and bottom excluded.
Box = tuple[int, int, int, int]

#: Two boxes become one that covers so much more than they do.
_WORTH_JOINING = 1.2


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all of ``boxes``."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def area(box: Box) -> int:
    """Return how many pixels a box has."""
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Return few boxes, none overlapping another, that cover ``boxes``."""
    result: list[Box] = []
    for box in boxes:
        while touched := [other for other in result if _belong_together(box, other)]:
            box = around([box, *touched])
            result = [other for other in result if other not in touched]
        result.append(box)
    return result


def _belong_together(one: Box, other: Box) -> bool:
    if overlap(one, other):
        return True
    return area(around([one, other])) <= _WORTH_JOINING * (area(one) + area(other))
