"""Exceptions: intended findings, listed with reasons in a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nnviz.preview.inspection_findings import KINDS, Finding, Thresholds

__all__ = ["NAME", "Exceptions", "Exempt", "exceptions_for", "find_exceptions"]

#: The name of the file.
NAME = "inspect.toml"
_HOW = """an exception looks like this:

    [[except]]
    scene = "Beginning"
    kind = "text-over-edge"
    mobject = "Text 'cost'"
    reason = "the line is meant to lead into the word"
"""


@dataclass(frozen=True, slots=True)
class Exempt:
    """What is allowed, and why.

    Attributes
    ----------
    scene : str
        The scene's class. As in all of these, ``*`` stands for anything.
    kind : str
        The kind of finding.
    mobject : str
        The name of one of the mobjects that it is about.
    reason : str
        Why it is as it should be.
    """

    scene: str
    kind: str
    mobject: str
    reason: str

    def allows(self, scene: str, finding: Finding) -> bool:
        """Return whether a finding in a scene is allowed."""
        return (
            fnmatchcase(scene, self.scene)
            and fnmatchcase(finding.kind, self.kind)
            and any(fnmatchcase(name, _literal(self.mobject)) for name in finding.mobjects or ("",))
        )

    def __str__(self) -> str:
        return f"{self.scene}, {self.kind}, {self.mobject} ({self.reason})"


def _literal(pattern: str) -> str:
    """Return a pattern with asterisks as the only wildcard, as TeX has brackets."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


@dataclass(frozen=True)
class Exceptions:
    """All that is allowed, and thresholds.

    Attributes
    ----------
    allowed : tuple of Exempt
        The exceptions.
    thresholds : Thresholds
        Thresholds of the findings.
    """

    allowed: tuple[Exempt, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def read(cls, path: str | Path) -> Exceptions:
        """Read ``inspect.toml``, or the table ``tool.nnviz.inspect`` of a ``pyproject.toml``.

        Raises
        ------
        ValueError
            If it cannot be read, or something in it makes no sense.
        """
        path = Path(path)
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"there is no file {path} to read ({error.strerror})") from None
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if path.name == "pyproject.toml":
            content = content.get("tool", {}).get("nnviz", {}).get("inspect", {})
        entries, thresholds = content.pop("except", []), content.pop("thresholds", {})
        if content or not isinstance(entries, list) or not isinstance(thresholds, dict):
            names = f": not {' and '.join(content)}" if content else ""
            raise ValueError(f"{path} may hold exceptions and thresholds, and nothing else{names}")
        known = [each.name for each in fields(Thresholds)]
        for name in thresholds:
            if name not in known:
                raise ValueError(
                    f"{path}: there is no threshold {name!r}; there are {', '.join(known)}"
                )
        try:
            return cls(tuple(_exempt(entry, path) for entry in entries), Thresholds(**thresholds))
        except ValueError as error:
            text = str(error)
            raise ValueError(text if text.startswith(str(path)) else f"{path}: {text}") from None

    def with_thresholds(self, **thresholds: float | None) -> Exceptions:
        """Return a copy with other thresholds, for those that are not None."""
        given: dict[str, Any] = {k: value for k, value in thresholds.items() if value is not None}
        return replace(self, thresholds=replace(self.thresholds, **given))

    def apply(self, scene: str, findings: Iterable[Finding]) -> tuple[list[Finding], list[Exempt]]:
        """Mark the findings of a scene that are allowed.

        Returns
        -------
        findings : list of Finding
            The same, with reasons.
        unused : list of Exempt
            Exceptions for this very scene that allow none of them.
        """
        used: set[Exempt] = set()
        result = []
        for finding in findings:
            allowing = [each for each in self.allowed if each.allows(scene, finding)]
            used.update(allowing)
            reason = allowing[0].reason if allowing else None
            result.append(replace(finding, excepted=reason))
        return result, [each for each in self.allowed if each.scene == scene and each not in used]


def _exempt(entry: Any, path: Path) -> Exempt:
    names = [each.name for each in fields(Exempt)]
    if (
        not isinstance(entry, dict)
        or entry.keys() != set(names)
        or not all(isinstance(value, str) and value.strip() for value in entry.values())
    ):
        raise ValueError(f"{path}: {entry} is not possible; {_HOW}")
    if "*" not in entry["kind"] and entry["kind"] not in KINDS:
        raise ValueError(
            f"{path}: there is no kind {entry['kind']!r}; there are {', '.join(KINDS)}"
        )
    return Exempt(**entry)


def exceptions_for(file: Path, given: Path | None = None) -> Exceptions:
    """Return the exceptions that hold for a scene's file.

    Parameters
    ----------
    file : Path
        The scene's file.
    given : Path, optional
        The file of exceptions, instead of the one that :func:`find_exceptions` finds.

    Raises
    ------
    ValueError
        As for :meth:`Exceptions.read`.
    """
    path = given or find_exceptions(file)
    return Exceptions.read(path) if path else Exceptions()


def find_exceptions(start: Path) -> Path | None:
    """Return the file of exceptions that holds for a scene's file; None if there is none.

    It is looked for in the file's folder and those above it, ``inspect.toml`` before a
    ``pyproject.toml`` with the table ``tool.nnviz.inspect``.
    """
    start = start.resolve()
    for folder in (start, *start.parents) if start.is_dir() else start.parents:
        if (folder / NAME).is_file():
            return folder / NAME
        project = folder / "pyproject.toml"
        if project.is_file() and "[tool.nnviz.inspect" in project.read_text(encoding="utf-8"):
            return project
        if project.is_file():
            return None  # the project's root folder
    return None
