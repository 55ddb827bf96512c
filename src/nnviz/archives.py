"""Zip files from elsewhere: members that are what the file says, and no more than is allowed."""

from __future__ import annotations

import io
import struct
import zipfile

from nnviz.limits import Budget

__all__ = ["Archive"]

#: How a member's entry in the list at the end of the file begins.
_ENTRY = b"PK\x01\x02"
#: What stands before a member: at its end the lengths of the name and of one field more.
_HEADER = struct.Struct("<26x2H")
#: Members a node: every array of a layer is one.
_MEMBERS_PER_NODE = 10


class Archive:
    """The members of a zip file.

    Parameters
    ----------
    content : bytes
        The file.
    budget : Budget
        What reading may cost.

    Attributes
    ----------
    names : frozenset of str
        Names of the members.

    Raises
    ------
    zipfile.BadZipFile
        If the file is damaged, or members overlap, have the same name or are encrypted.
    LimitError
        If there are too many members, or they are too large.
    """

    def __init__(self, content: bytes, budget: Budget) -> None:
        budget.check_nodes(content.count(_ENTRY), "members of a zip file", _MEMBERS_PER_NODE)
        self._budget = budget
        self._zip = zipfile.ZipFile(io.BytesIO(content))
        members = self._zip.infolist()
        self.names = frozenset(member.filename for member in members)
        if len(self.names) < len(members):
            raise zipfile.BadZipFile("two members have the same name")
        if any(member.flag_bits & 1 for member in members):
            raise zipfile.BadZipFile("a member is encrypted")
        self._check_places(content)
        for member in members:
            is_stored = member.compress_type == zipfile.ZIP_STORED
            if is_stored and member.file_size != member.compress_size:
                raise zipfile.BadZipFile(f"{member.filename!r} has two sizes")
        budget.check_file(sum(member.file_size for member in members), "all that is packed in it")

    def _check_places(self, content: bytes) -> None:
        """Refuse members that overlap, which would let a small file hold a lot."""
        members = sorted(self._zip.infolist(), key=lambda member: member.header_offset)
        ends = []
        for member in members:
            try:
                lengths = _HEADER.unpack_from(content, member.header_offset)
            except struct.error:
                raise zipfile.BadZipFile(f"{member.filename!r} is cut off") from None
            begin = member.header_offset + _HEADER.size + sum(lengths)
            ends.append(begin + member.compress_size)
        starts = [*(member.header_offset for member in members[1:]), self._zip.start_dir]
        for member, end, start in zip(members, ends, starts, strict=True):
            if end > start:
                raise zipfile.BadZipFile(f"{member.filename!r} overlaps what comes after it")

    def is_stored(self, name: str) -> bool:
        """Return whether a member is not compressed."""
        return self._zip.getinfo(name).compress_type == zipfile.ZIP_STORED

    def read(self, name: str) -> bytes:
        """Return a member, as large as the file says.

        Raises
        ------
        zipfile.BadZipFile
            If it is damaged, or has another size.
        LimitError
            If it does not fit into the memory.
        """
        member = self._zip.getinfo(name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"{name!r} is compressed in a way that is not supported")
        self._budget.check_memory(member.file_size, name)
        with self._zip.open(member) as file:
            content = file.read(member.file_size)
        if len(content) < member.file_size:
            raise zipfile.BadZipFile(f"{name!r} is cut off")
        return content

    def size(self, name: str) -> int:
        """Return how many bytes a member has."""
        return self._zip.getinfo(name).file_size
