"""Each planted fault is found, at its play and in its line; in clean scenes there is none."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from manim import Scene, Text

from nnviz.preview.inspection import Inspection, inspect_scene, report
from nnviz.preview.inspection_exceptions import Exceptions, Exempt, find_exceptions
from nnviz.preview.inspection_findings import KINDS, Thresholds
from nnviz.preview.inspection_ink import contrast, luminance
from nnviz.render.errors import SceneError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inspect.md"
FILE = Path(__file__).parent / "films" / "faults.py"
#: The kind of the one finding in each scene, the play's number, when, and its size at most and
#: least.
FAULTS = {
    # A rectangle of 2 units around x = 7 reaches 8 - 64/9 units beyond: 53 pixels and a stroke.
    "Outside": ("outside", 1, "end", 0.8, (53, 56)),
    "Unseen": ("outside", 0, "start", 0.0, (350, 400)),
    "OverText": ("text-over-text", 1, "end", 0.8, (0.2, 0.5)),
    "OverEdge": ("text-over-edge", 0, "end", 0.4, (0.05, 0.2)),
    "UnderEdge": ("text-over-edge", 0, "end", 0.4, (0.05, 0.2)),
    "Small": ("small-text", 1, "end", 0.8, (4, 6)),
    "Pale": ("contrast", 0, "end", 0.4, (1.3, 1.6)),
    # 6 of 128/9 units.
    "Jumps": ("jump", 2, "during", 0.8, (0.42, 0.425)),
    "Empty": ("empty", 2, "during", 0.8, (2.0, 2.1)),
}
MOBJECTS = {
    "Outside": ("Rectangle",),
    "Unseen": ("Text 'nowhere'",),
    "OverText": ("Text '0.32'", "Text 'cost'"),
    "OverEdge": ("Text 'weight'", "Line"),
    "UnderEdge": ("Text 'weight'", "Line"),
    "Small": ("Text 'hardly'",),
    "Pale": ("Text 'pale'",),
    "Jumps": ("Dot",),
    "Empty": (),
}


def line_of(scene: str) -> int:
    """Return the line marked in a scene of the file."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    begin = lines.index(next(line for line in lines if line.startswith(f"class {scene}(")))
    return next(k for k in range(begin, len(lines)) if lines[k].endswith("# here")) + 1


@pytest.fixture(scope="module")
def inspections() -> dict[str, Inspection]:
    """Keep what was inspected, for the tests that look at the same scene."""
    return {}


def inspected(name: str, kept: dict[str, Inspection]) -> Inspection:
    if name not in kept:
        kept[name] = inspect_scene(FILE, name)
    return kept[name]


@pytest.mark.parametrize(
    "name", ["Clean", "CleanChanges", "CleanGround", "CleanZoom", "CleanSpace"]
)
def test_nothing_is_found_in_a_clean_scene(name: str, inspections: dict[str, Inspection]) -> None:
    inspection = inspected(name, inspections)
    assert [str(finding) for finding in inspection.findings] == []
    assert inspection.unlisted == 0


def test_every_kind_is_planted() -> None:
    assert {fault[0] for fault in FAULTS.values()} == KINDS.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, inspections: dict[str, Inspection]) -> None:
    kind, play, at, seconds, (least, most) = FAULTS[name]
    (finding,) = inspected(name, inspections).findings
    assert (finding.kind, finding.play, finding.at) == (kind, play, at)
    assert (Path(finding.file).name, finding.line) == (FILE.name, line_of(name))
    assert finding.seconds == pytest.approx(seconds, abs=1e-6)
    assert least <= finding.size <= most
    assert finding.mobjects == MOBJECTS[name]
    assert f"play {play}, " in str(finding)
    assert f"{FILE.name}:{finding.line}, {seconds:.1f} s: " in str(finding)


def test_over_and_under_a_line_are_told_apart(inspections: dict[str, Inspection]) -> None:
    (over,), (under,) = (inspected(n, inspections).findings for n in ("OverEdge", "UnderEdge"))
    assert "lies over the Line" in over.text
    assert "lies under the Line" in under.text


def test_box_is_where_the_fault_is(inspections: dict[str, Inspection]) -> None:
    (finding,) = inspected("OverText", inspections).findings
    left, top, right, bottom = finding.box
    # Around the middle of 854 x 480 pixels.
    assert abs((left + right) / 2 - 427) < 4
    assert abs((top + bottom) / 2 - 240) < 4
    assert 60 < right - left < 120


@pytest.mark.parametrize(
    ("name", "threshold", "value"),
    [
        ("Outside", "outside", 60),
        ("OverText", "overlap", 0.6),
        ("OverEdge", "crossing", 0.3),
        ("Small", "text", 4),
        ("Pale", "contrast", 1.2),
        ("Jumps", "jump", 0.5),
        ("Empty", "empty", 3),
    ],
)
def test_thresholds_decide(name: str, threshold: str, value: float) -> None:
    thresholds = Thresholds(**{threshold: value})
    assert inspect_scene(FILE, name, thresholds=thresholds, pictures=False).findings == ()


def test_sizes_are_pixels_of_the_quality() -> None:
    """At twice as many pixels, letters are twice as high."""
    assert inspect_scene(FILE, "Small", quality="high_quality", pictures=False).findings == ()


def test_scene_without_a_play_is_looked_at_as_it_stands() -> None:
    inspection = inspect_scene(FILE, "OnlyStands")
    assert [finding.kind for finding in inspection.findings] == ["text-over-text"]
    assert (inspection.plays, len(inspection.stills)) == ((), 1)


# --- the contact sheet


def test_sheet_has_a_picture_a_play_with_number_line_and_seconds(
    inspections: dict[str, Inspection], tmp_path: Path
) -> None:
    inspection = inspected("OverText", inspections)
    lines = [play.line for play in inspection.plays]
    captions = [still.caption for still in inspection.stills]
    # The wait at the end shows what the play before it has left.
    assert captions[0] == f"play 0, line {lines[0]}, 0.4 s"
    assert captions[-1].startswith("play")
    assert captions[-1].endswith("1.2 s")
    assert inspection.save_sheet(tmp_path / "new" / "sheet.png").read_bytes()[1:4] == b"PNG"


def test_fault_has_a_box_on_the_sheet(inspections: dict[str, Inspection]) -> None:
    first, *_, last = (still.picture for still in inspected("OverText", inspections).stills)

    def red(picture: object) -> int:
        pixels = np.asarray(picture).astype(int)
        return int(((pixels[..., 0] > 200) & (pixels[..., 1] < 120)).sum())

    assert red(first) == 0
    assert red(last) > 100


def test_pictures_may_be_taken_every_so_often() -> None:
    inspection = inspect_scene(FILE, "Jumps", every=0.5)
    assert [still.caption for still in inspection.stills] == [
        "play 0, 0.0 s",
        "play 1, 0.5 s",
        "play 2, 1.0 s",
    ]


# --- from a program


def test_scene_may_be_a_class() -> None:
    class Here(Scene):
        def construct(self) -> None:
            self.add(Text("a"), Text("b"))
            self.wait(0.2)

    inspection = inspect_scene(Here, pictures=False)
    assert (inspection.scene, inspection.seconds) == ("Here", pytest.approx(0.2))
    assert [finding.kind for finding in inspection.objections] == ["text-over-text"]
    with pytest.raises(ValueError, match="without"):
        inspection.save_sheet("sheet.png")


def test_errors_say_what_was_wrong() -> None:
    class Fails(Scene):
        def construct(self) -> None:
            raise RuntimeError("here")

    with pytest.raises(SceneError, match="RuntimeError: here"):
        inspect_scene(Fails)
    with pytest.raises(ValueError, match="has no scene Nothing"):
        inspect_scene(FILE, "Nothing")
    with pytest.raises(ValueError, match="needs the name of the scene"):
        inspect_scene(FILE)
    with pytest.raises(ValueError, match=r"one of .*low_quality"):
        inspect_scene(FILE, "Clean", quality="poor")
    with pytest.raises(ValueError, match="above 0"):
        inspect_scene(FILE, "Clean", every=0)
    with pytest.raises(ValueError, match="threshold contrast"):
        Thresholds(contrast=-1)


def test_contrast_is_wcags() -> None:
    """21:1 of black and white, and 4.54:1 of #767676 on white, which just passes."""
    white, black, grey = (luminance(np.full(3, level / 255)) for level in (255, 0, 0x76))
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.005)


# --- exceptions

ALLOWED = """
[thresholds]
text = 4

[[except]]
scene = "Pale"
kind = "contrast"
mobject = "Text 'pal*'"
reason = "it is meant to be hard to read"

[[except]]
scene = "Pale"
kind = "jump"
mobject = "*"
reason = "there was a jump once"
"""


def test_exceptions_allow_and_those_not_needed_are_named(
    inspections: dict[str, Inspection], tmp_path: Path
) -> None:
    file = tmp_path / "inspect.toml"
    file.write_text(ALLOWED)
    exceptions = Exceptions.read(file)
    (finding,), (unused,) = exceptions.apply("Pale", inspected("Pale", inspections).findings)
    assert finding.excepted == "it is meant to be hard to read"
    assert unused == Exempt("Pale", "jump", "*", "there was a jump once")
    assert exceptions.apply("Other", [finding])[1] == []
    assert exceptions.thresholds == Thresholds(text=4)
    assert exceptions.with_thresholds(jump=1.0, text=None).thresholds == Thresholds(text=4, jump=1)


def test_report_counts_exceptions(tmp_path: Path) -> None:
    file = tmp_path / "inspect.toml"
    file.write_text(ALLOWED)
    inspection = inspect_scene(FILE, "Pale", exceptions=file, pictures=False)
    assert inspection.objections == ()
    first, last = report(inspection).splitlines()
    assert first.endswith("nothing to object to (1 excepted)")
    assert "exception without a finding: Pale, jump" in last


def test_exceptions_are_those_next_to_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "project" / "scenes"
    folder.mkdir(parents=True)
    (folder / "film.py").touch()
    (tmp_path / "inspect.toml").touch()
    assert find_exceptions(folder / "film.py") == tmp_path / "inspect.toml"
    project = folder.parent / "pyproject.toml"
    project.write_text("[project]\n")
    assert find_exceptions(folder / "film.py") is None  # what lies above is no part of it
    project.write_text('[[tool.nnviz.inspect.except]]\nscene = "A"\n')
    assert find_exceptions(folder / "film.py") == project
    (folder / "inspect.toml").touch()
    assert find_exceptions(folder / "film.py") == folder / "inspect.toml"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[except]]\nscene = 'A'\n", "an exception looks like this"),
        ("[thresholds]\nsize = 3\n", "there is no threshold 'size'"),
        ("[thresholds]\ntext = -3\n", "threshold text has to be a number from 0 on"),
        ("[limits]\ntext = 3\n", "exceptions and thresholds, and nothing else: not limits"),
        ("[[", "inspect.toml: "),
        (
            "[[except]]\nscene='A'\nkind='wrong'\nmobject='*'\nreason='r'\n",
            "no kind 'wrong'; there are outside",
        ),
    ],
)
def test_file_of_exceptions_is_checked(text: str, error: str, tmp_path: Path) -> None:
    file = tmp_path / "inspect.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=error):
        Exceptions.read(file)


# --- the page


def test_page_says_what_there_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|.*`--(\w+) ([\d.]+)` \|$", text, re.MULTILINE)
    assert [kind for kind, _, _ in rows] == list(KINDS)
    defaults = {option: float(value) for _, option, value in rows}
    assert defaults == {each.name: each.default for each in fields(Thresholds)}


def test_program_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {"__name__": "draft"})
    assert capsys.readouterr().out.startswith("text-over-text")
    assert (tmp_path / "draft.png").is_file()


def test_json_has_the_names_of_the_page(inspections: dict[str, Inspection]) -> None:
    content = inspected("OverText", inspections).as_dict()
    text = PAGE.read_text(encoding="utf-8").partition("## The report as JSON")[2]
    named = set(re.findall(r"`([a-z_]+)`", text.replace("` .", "`")))
    assert content.keys() <= named
    assert content["findings"][0].keys() <= named
