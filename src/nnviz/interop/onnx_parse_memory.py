"""Estimate the memory of a parsed ONNX file, before it is parsed.

Two bytes of a protocol buffer may be a message of its own, which takes a hundred times as much
memory. The parser has no limit for that, so the parts are counted first, on the wire.
"""

from __future__ import annotations

from typing import Any

from nnviz.limits import Budget
from nnviz.network import NetworkError

__all__ = ["hold_model"]

#: Parts for each node: the node itself, its name, inputs, outputs and attributes, and tensors.
PARTS_PER_NODE = 100
#: Bytes that a part takes besides those it has in the file.
PART = 200
#: Bytes of a number, of which one in the file may be enough.
NUMBER = 8
#: Kinds of fields on the wire.
VARINT, EIGHT_BYTES, DELIMITED, FOUR_BYTES = 0, 1, 2, 5


def hold_model(content: bytes, kind: Any, budget: Budget) -> None:
    """Count the memory of a parsed file in the budget.

    Parameters
    ----------
    content : bytes
        The file.
    kind : object
        Descriptor of the message that it is.
    budget : Budget
        Budget of reading.

    Raises
    ------
    NetworkError
        If it is damaged.
    LimitError
        If it has too many parts, or takes too much memory.
    """
    most = int(min(budget.limits.nodes, 2**40)) * PARTS_PER_NODE
    fields: dict[str, dict[int, Any]] = {}
    parts = numbers = 0
    waiting = [(0, len(content), kind)]
    while waiting:
        at, end, kind = waiting.pop()
        if kind.full_name not in fields:
            fields[kind.full_name] = _fields(kind)
        known = fields[kind.full_name]
        while at < end:
            parts += 1
            if parts > most:
                budget.check_nodes(parts, "parts of the file", PARTS_PER_NODE)
            tag, at = _varint(content, at)
            wire = tag & 7
            if wire == VARINT:
                _, at = _varint(content, at)
            elif wire == DELIMITED:
                size, at = _varint(content, at)
                inner = known.get(tag >> 3)
                if inner is NUMBER:
                    numbers += size
                elif inner is not None:
                    waiting.append((at, at + size, inner))
                at += size
            elif wire in (EIGHT_BYTES, FOUR_BYTES):
                at += 8 if wire == EIGHT_BYTES else 4
            else:
                raise NetworkError("damaged, or no ONNX model")
        if at > end:
            raise NetworkError("damaged or cut off")
    budget.hold(len(content) + PART * parts + NUMBER * numbers, "the model in it")


def _fields(kind: Any) -> dict[int, Any]:
    """Return of which messages, or of numbers, a message's fields of several bytes are made."""
    texts = (kind.fields[0].TYPE_STRING, kind.fields[0].TYPE_BYTES) if kind.fields else ()
    return {
        field.number: field.message_type or NUMBER
        for field in kind.fields
        if field.type not in texts
    }


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to ten bytes, and the place after it."""
    value = content[at]
    if value < 128:
        return value, at + 1
    value &= 127
    for k in range(1, 10):
        byte = content[at + k]
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value, at + k + 1
    raise NetworkError("damaged, or no ONNX model")
