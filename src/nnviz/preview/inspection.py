"""Inspect a scene: report what a careful viewer would object to, and draw a contact sheet."""

from __future__ import annotations

import inspect
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from manim import Scene
from manim.constants import QUALITIES

from nnviz.drawing.sheets import Still, sheet_of
from nnviz.files import media_errors, whole_file
from nnviz.preview.inspection_exceptions import Exceptions, Exempt
from nnviz.preview.inspection_findings import KINDS, Finding, Play, Thresholds, relative
from nnviz.preview.inspection_watch import Watch
from nnviz.render.rendering import watch_scene

__all__ = ["SCHEMA", "Inspection", "Inspector", "inspect_scene", "report"]

#: Version of the JSON report. It increases when the meaning of something changes.
SCHEMA = 1
#: Largest number of findings of one kind and play that are reported one by one.
_MOST = 4


@dataclass(frozen=True)
class Inspection:
    """The result of an inspection of a scene.

    Attributes
    ----------
    scene : str
        The scene's class.
    file : str
        Its file.
    width, height : int
        Size of the frame in pixels.
    frame_rate : float
        Frames per second.
    seconds : float
        Length of the film in seconds.
    thresholds : Thresholds
        Thresholds of the findings.
    plays : tuple of Play
        The calls of ``play`` and ``wait``.
    findings : tuple of Finding
        All findings in order, including those with an exception.
    unlisted : int
        Frames of which only pixels are known, as a camera of the scene draws in its own way.
    unused : tuple of Exempt
        Exceptions for this scene without a finding.
    stills : tuple of Still
        The pictures of the contact sheet.
    """

    scene: str
    file: str
    width: int
    height: int
    frame_rate: float
    seconds: float
    thresholds: Thresholds
    plays: tuple[Play, ...]
    findings: tuple[Finding, ...]
    unlisted: int = 0
    unused: tuple[Exempt, ...] = ()
    stills: tuple[Still, ...] = field(default=(), repr=False)

    @property
    def objections(self) -> tuple[Finding, ...]:
        """The findings that no exception allows."""
        return tuple(finding for finding in self.findings if finding.excepted is None)

    def save_sheet(self, path: str | Path) -> Path:
        """Write the contact sheet.

        Parameters
        ----------
        path : str or Path
            A PNG file; its folder is created if it is missing.

        Raises
        ------
        MediaError
            If it cannot be written.
        ValueError
            If no pictures were taken.
        """
        if not self.stills:
            raise ValueError(f"there are no pictures of {self.scene}: it was inspected without")
        path = Path(path)
        with media_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as draft:
                sheet_of(self.stills).save(draft, format="PNG")
        return path

    def without_pictures(self) -> Inspection:
        """Return a copy without the pictures, which are large."""
        return replace(self, stills=())

    def as_dict(self) -> dict[str, Any]:
        """Return everything except pictures, for JSON (see ``docs/inspect.md``)."""
        findings = [
            asdict(finding) | {"unit": KINDS[finding.kind].unit} for finding in self.findings
        ]
        return {
            "scene": self.scene,
            "file": self.file,
            "width": self.width,
            "height": self.height,
            "frame_rate": self.frame_rate,
            "seconds": self.seconds,
            "thresholds": asdict(self.thresholds),
            "plays": [play._asdict() for play in self.plays],
            "findings": findings,
            "unlisted_frames": self.unlisted,
            "unused_exceptions": [asdict(each) for each in self.unused],
        }

    def __str__(self) -> str:
        return report(self)


class Inspector:
    """Inspects one scene while something else runs it.

    Parameters
    ----------
    file : str or Path
        The scene's file.
    name : str
        The scene's class.
    exceptions : Exceptions, optional
        Findings that are intended, and thresholds.
    thresholds : Thresholds, optional
        Thresholds of the findings, instead of those of the exceptions.
    every : float, optional
        Seconds between two pictures of the contact sheet; by default one is taken at each play's
        end.
    pictures : bool, optional
        Whether to draw a contact sheet.

    Examples
    --------
    >>> from nnviz.render.rendering import render_scene
    >>> inspector = Inspector("film.py", "Film")
    >>> video = render_scene("film.py", "Film", watching=inspector.watch)  # doctest: +SKIP
    >>> inspection = inspector.inspection()  # doctest: +SKIP
    """

    def __init__(
        self,
        file: str | Path,
        name: str,
        exceptions: Exceptions | None = None,
        *,
        thresholds: Thresholds | None = None,
        every: float | None = None,
        pictures: bool = True,
    ) -> None:
        if every is not None and not every > 0:
            raise ValueError(
                f"every is {every}: the seconds between two pictures have to be above 0"
            )
        self._file, self._name = str(file), name
        self._exceptions = exceptions or Exceptions()
        self._thresholds = thresholds or self._exceptions.thresholds
        self._every, self._pictures = every, pictures
        self._watch: Watch | None = None

    def watch(self, scene: Scene) -> Watch:
        """Return what looks at a new scene's frames, for ``watch_scene`` and ``render_scene``."""
        self._watch = Watch(scene, self._thresholds, self._every, self._pictures)
        return self._watch

    def inspection(self) -> Inspection:
        """Return what was found, after the scene has run.

        Raises
        ------
        ValueError
            If the scene has not run.
        """
        watch = self._watch
        if watch is None:
            raise ValueError(f"{self._name} has not run yet")
        findings, unused = self._exceptions.apply(self._name, watch.findings())
        return Inspection(
            scene=self._name,
            file=relative(self._file),
            width=watch.size[0],
            height=watch.size[1],
            frame_rate=watch.rate,
            seconds=watch.seconds,
            thresholds=self._thresholds,
            plays=tuple(watch.plays),
            findings=tuple(findings),
            unlisted=watch.unlisted,
            unused=tuple(unused),
            stills=tuple(watch.marked(findings)),
        )


def inspect_scene(
    scene: type[Scene] | str | Path,
    name: str | None = None,
    *,
    thresholds: Thresholds | None = None,
    every: float | None = None,
    exceptions: Exceptions | str | Path | None = None,
    quality: str = "low_quality",
    pictures: bool = True,
) -> Inspection:
    """Run a scene, and report what a careful viewer would object to.

    Parameters
    ----------
    scene : subclass of Scene, str or Path
        A scene's class, or the file that has it.
    name : str, optional
        The scene's class, where ``scene`` is a file.
    thresholds : Thresholds, optional
        Thresholds of the findings.
    every : float, optional
        Seconds between two pictures of the contact sheet; by default one is taken at each play's
        end.
    exceptions : Exceptions, str, Path, optional
        Findings that are intended, or the TOML file that lists them; by default none.
    quality : str, optional
        One of Manim's names for qualities, such as "high_quality", or "current" for what the
        configuration says. Sizes in pixels are pixels of this quality.
    pictures : bool, optional
        Whether to draw a contact sheet.

    Returns
    -------
    Inspection
        What was found.

    Raises
    ------
    SceneError
        If the scene raises an exception. The text is its traceback.
    ValueError
        If there is no such scene or quality, a number is not valid, or the file of exceptions
        cannot be read.

    Examples
    --------
    >>> from manim import RIGHT, Scene, Text
    >>> class Wide(Scene):
    ...     def construct(self):
    ...         self.add(Text("beyond the edge").shift(6 * RIGHT))
    ...         self.wait()
    >>> [finding.kind for finding in inspect_scene(Wide).findings]
    ['outside']
    """
    if isinstance(scene, type):
        made: type[Scene] | None = scene
        file, name = _file_of(scene), scene.__name__
    elif name is None:
        raise ValueError(f"inspect_scene needs the name of the scene in {scene}")
    else:
        made, file = None, str(scene)
    if not isinstance(exceptions, Exceptions):
        exceptions = Exceptions.read(exceptions) if exceptions else Exceptions()
    inspector = Inspector(
        file, name, exceptions, thresholds=thresholds, every=every, pictures=pictures
    )
    watch_scene(file, name, inspector.watch, settings=_settings(quality), scene=made)
    return inspector.inspection()


def _file_of(scene: type[Scene]) -> str:
    try:
        return inspect.getfile(scene)
    except (OSError, TypeError):  # typed in
        return "-"


def _settings(quality: str) -> dict[str, Any]:
    if quality == "current":
        return {}
    if quality not in QUALITIES:
        raise ValueError(
            f"there is no quality {quality!r}: it is one of {', '.join(QUALITIES)}, or current"
        )
    found: Any = QUALITIES[quality]
    return {name: found[name] for name in ("pixel_width", "pixel_height", "frame_rate")}


def report(inspection: Inspection) -> str:
    """Return the findings as text, one line for each."""
    objections = inspection.objections
    excepted = len(inspection.findings) - len(objections)
    count = len(objections)
    what = "nothing to object to" if not count else f"{count} finding{'s' * (count > 1)}"
    if excepted:
        what += f" ({excepted} excepted)"
    lines = [f"{inspection.scene} ({inspection.file}, {inspection.seconds:.1f} s): {what}"]
    groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for finding in objections:
        groups[finding.play, finding.kind].append(finding)
    for some in groups.values():
        some.sort(key=lambda finding: -finding.size)
        lines += [f"    {finding}" for finding in some[:_MOST]]
        if len(some) > _MOST:
            lines.append(f"    and {len(some) - _MOST} more of the kind {some[0].kind} there")
    lines += [f"    exception without a finding: {each}" for each in inspection.unused]
    if inspection.unlisted:
        lines.append(
            f"    {inspection.unlisted} frames were not looked at: a camera or a mobject draws "
            "them in a way of its own"
        )
    return "\n".join(lines)
