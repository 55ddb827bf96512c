"""A talk in one file: what is in it, what is not, and that it is whole or not there."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from nnviz._manim import temp_config
from nnviz.files import MediaError
from nnviz.preview.slides_file import SlidesError, save_slides

SCENE = '''
from enum import Enum
from manim import *

class Kind(str, Enum):
    LOOP = "presentation.loop"

class Talk(Scene):
    def construct(self):
        """Welcome </script> all."""
        self.title()
        self.left_out()
        self.middle()

    def title(self):
        """A secret."""
        self.next_section("Title & <b>")
        self.add_subcaption("before", duration=0.1)
        self.play(Create(Line()), run_time=0.2, subcaption="during")

    def left_out(self):
        self.next_section("Left out", skip_animations=True)
        self.play(Create(Dot()), run_time=0.3, subcaption="left out")

    def middle(self):
        self.next_section("Middle", Kind.LOOP)
        self.add_subcaption("in the middle")
        self.play(Create(Line(UP, DOWN)), run_time=0.2)
        self.wait(0.2)

class Fails(Scene):
    def construct(self):
        self.play(Create(Line()), run_time=0.1)
        self.missing()

class Nothing(Scene):
    def construct(self):
        self.add(Dot())
'''


@pytest.fixture(autouse=True)
def nothing_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear of no opened files, which a talk has no use for: hooks slow other tests down."""
    monkeypatch.setattr("nnviz.preview.scene_run._install_open_hook", lambda: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    (folder / "talk.py").write_text(SCENE)
    return folder


def saved(folder: Path, scene: str, path: Path, **options: Any) -> str:
    settings = {"media_dir": str(folder / "media"), "dry_run": False, "verbosity": "ERROR"}
    with temp_config(settings):
        return save_slides(folder / "talk.py", scene, path, quality="l", **options)


def film_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="film">(.*?)</script>', page, re.S)
    assert found
    film: dict[str, Any] = json.loads(found[1])
    return film


def test_a_file_has_all_of_the_film_and_nothing_of_the_code(folder: Path) -> None:
    path = folder / "talk.html"
    assert re.fullmatch(r"2 slides, \d\.\d MB", saved(folder, "Talk", path))
    page = path.read_text(encoding="utf-8")
    film = film_of(page)
    assert [slide["title"] for slide in film["slides"]] == ["Title & <b>", "Middle"]
    assert [slide["again"] for slide in film["slides"]] == [None, 1]
    assert [play["frames"] for play in film["plays"]] == [3, 3, 3]
    for play in film["plays"]:
        for segment in play["segments"]:
            data = re.search(rf'id="segment-{segment["name"]}">(.*?)</script>', page)
            assert data
            assert base64.b64decode(data[1])[4:8] == b"ftyp"
    # The ends of slides are there as pictures, for the speaker.
    assert [play["still"][:16] for play in film["plays"]] == [
        "data:image/jpeg;",
        "",
        "data:image/jpeg;",
    ]
    for private in ("A secret", "Welcome", "during", "talk.py", "self.play", str(folder)):
        assert private not in page, private


def test_the_policy_allows_what_stands_in_the_file_alone(folder: Path) -> None:
    path = folder / "policy.html"
    saved(folder, "Talk", path)
    page = path.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == "'none'"
    for tag, rule in (('<script type="module">', "script-src"), ("<style>", "style-src")):
        text = page.partition(tag)[2].partition(f"</{tag[1:].split()[0].rstrip('>')}>")[0]
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    for word in ("http:", "https:", "import ", "export ", 'href="present', 'src="present'):
        assert word not in page, word


def test_notes_come_along_when_asked_for_as_text(folder: Path) -> None:
    path = folder / "notes.html"
    saved(folder, "Talk", path, notes=True)
    page = path.read_text(encoding="utf-8")
    first, second = film_of(page)["slides"]
    assert first["notes"] == ["Welcome </script> all.", "A secret.", "before", "during"]
    assert second["notes"] == ["in the middle"], "without that of a section that is left out"


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("Fails", "no attribute 'missing'"),
        ("Nothing", "Nothing plays nothing: there are no slides"),
    ],
)
def test_a_scene_that_is_no_talk_leaves_the_file_as_it_was(
    folder: Path, tmp_path: Path, scene: str, said: str
) -> None:
    path = tmp_path / "talk.html"
    path.write_text("yesterday's")
    with pytest.raises(SlidesError, match=said):
        saved(folder, scene, path)
    assert path.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [path], "and nothing beside it"


def test_a_folder_that_is_not_there_is_named_before_the_scene_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnviz.preview.slides_file.run", lambda *_: pytest.fail("it ran"))
    path = tmp_path / "none" / "talk.html"
    with pytest.raises(MediaError, match=r"talk\.html cannot be written: .* There is no folder"):
        save_slides(tmp_path / "talk.py", "Talk", path)
