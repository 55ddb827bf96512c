"""Pictures of formulas and texts are whole, and those they claim to be, or they are made again."""

from __future__ import annotations

import errno
import fcntl
import getpass
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import manim as mn
import numpy as np
import pytest
from manim.mobject.text import tex_mobject, text_mobject

from nnviz._manim import temp_config
from nnviz.files import MediaError
from nnviz.render import formulas
from nnviz.render.formulas import whole_formulas

#: What MathTex puts around a formula to know its parts again.
SPECIAL = re.compile(r"\\special\{[^}]*\}")
SEAL = re.compile(rb"<!-- nnviz [0-9a-f]{32} -->\n\Z")


def points(mobject: mn.Mobject) -> np.ndarray:
    return np.concatenate([part.points for part in mobject.family_members_with_points()])


def without_numbers(svg: bytes) -> bytes:
    """Return a picture without the numbers that Cairo gives the pictures of a process."""
    return re.sub(rb"surface\d+", b"surface", svg)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Let nothing be known of earlier tests."""
    formulas._whole.clear()
    mn.mobject.svg.svg_mobject.SVG_HASH_TO_MOB_MAP.clear()
    return


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder for texts and formulas, with a name that is not simple."""
    folder = tmp_path / "it's a folder"
    with temp_config({"text_dir": str(folder), "tex_dir": str(folder)}):
        yield folder


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of what is drawn while the test runs, instead of LaTeX by a quick function."""
    drawn: list[str] = []

    def tex_to_svg_file(expression: str, environment: str | None, template: Any) -> Path:
        drawn.append(SPECIAL.sub("", expression))
        code = template.get_texcode_for_expression_in_env(expression, environment)
        folder = mn.config.get_dir("tex_dir")
        svg = folder / f"{name_of(code)}.svg"
        # Each expression has a shape of its own.
        size = 1 + sum(expression.encode()) % 97
        svg.write_text(
            '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">'
            f'<path d="M0 0L{size} 0L{size} 7Z"/></svg>'
        )
        return svg

    for kind in (text_mobject.Text, text_mobject.MarkupText):
        plain = kind._text2svg

        def text2svg(self: Any, color: Any, plain: Callable[..., str] = plain) -> str:
            drawn.append(self.text)
            return plain(self, color)

        monkeypatch.setattr(kind, "_text2svg", text2svg)
    monkeypatch.setattr(tex_mobject, "tex_to_svg_file", tex_to_svg_file)
    return drawn


def name_of(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()[:16]


KINDS = [mn.Text, mn.MarkupText, mn.MathTex]


# --- what is the same as Manim's


def test_texts_are_manims_and_written_once(tmp_path: Path) -> None:
    with temp_config({"text_dir": str(tmp_path / "theirs")}):
        expected = points(mn.Text("Mg 0.97"))
    with temp_config({"text_dir": str(tmp_path / "ours")}), whole_formulas():
        np.testing.assert_array_equal(points(mn.Text("Mg 0.97")), expected)
        (file,) = (tmp_path / "ours").iterdir()
        file.chmod(0o400)
        before = file.stat()
        np.testing.assert_array_equal(points(mn.Text("Mg 0.97")), expected)
        after = file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert not re.search(r'Z M [^A-Za-z]*? "/>', file.read_text()), "Manim takes that out"


@pytest.mark.parametrize("kind", KINDS)
def test_the_seal_changes_nothing_that_manim_parses(tmp_path: Path, kind: Any) -> None:
    """By the real LaTeX, too, in a folder with an apostrophe."""
    with temp_config({"text_dir": str(tmp_path / "theirs"), "tex_dir": str(tmp_path / "theirs")}):
        expected = kind("a^2 = b", color=mn.RED)
        (theirs,) = (tmp_path / "theirs").glob("*.svg")
    ours = tmp_path / "it's ours"
    with temp_config({"text_dir": str(ours), "tex_dir": str(ours)}), whole_formulas():
        for _ in range(2):
            found = kind("a^2 = b", color=mn.RED)
            np.testing.assert_array_equal(points(found), points(expected))
            for one, other in zip(found.get_family(), expected.get_family(), strict=True):
                np.testing.assert_array_equal(one.fill_rgbas, other.fill_rgbas)
                np.testing.assert_array_equal(one.stroke_rgbas, other.stroke_rgbas)
    (svg,) = ours.iterdir()
    assert svg.name == theirs.name
    sealed = svg.read_bytes()
    assert len(SEAL.findall(sealed)) == 1
    assert without_numbers(SEAL.sub(b"", sealed)) == without_numbers(theirs.read_bytes())
    # And without nnviz, Manim goes on with it.
    with temp_config({"text_dir": str(ours), "tex_dir": str(ours)}):
        np.testing.assert_array_equal(points(kind("a^2 = b", color=mn.RED)), points(expected))
    assert svg.read_bytes() == sealed


def test_a_users_picture_is_parsed_where_nothing_can_be_written(tmp_path: Path) -> None:
    svg = tmp_path / "logo.svg"
    svg.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" fill="#ff0000"><!-- Grüße -->'
        '<g id="größe"><rect width="3" height="2"/><circle r="4"/></g></svg>'
    )
    (tmp_path / "logo_.svg").write_text("another file of the user's")
    expected_file = tmp_path / "other" / "logo.svg"
    expected_file.parent.mkdir()
    shutil.copy(svg, expected_file)
    expected = mn.SVGMobject(str(expected_file))
    before = tmp_path.stat().st_mtime_ns
    with whole_formulas():
        found = mn.SVGMobject(str(svg))
    np.testing.assert_array_equal(points(found), points(expected))
    assert found.id_to_vgroup_dict.keys() == expected.id_to_vgroup_dict.keys()
    assert "größe" in found.id_to_vgroup_dict
    assert found.__dict__.keys() == expected.__dict__.keys()
    assert (tmp_path / "logo_.svg").read_text() == "another file of the user's"
    assert tmp_path.stat().st_mtime_ns == before


def test_nothing_of_manim_stays_changed() -> None:
    def patched() -> list[object]:
        return [
            mn.SVGMobject.generate_mobject,
            tex_mobject.tex_to_svg_file,
            text_mobject.Text._text2svg,
            text_mobject.MarkupText._text2svg,
            text_mobject.PangoUtils.remove_last_M,
        ]

    before = patched()
    with whole_formulas():
        assert all(now is not then for now, then in zip(patched(), before, strict=True))
        with whole_formulas():
            mn.Text("twice as whole")
    assert patched() == before


# --- pictures that are not whole


def cut(svg: Path, other: Path) -> None:
    svg.write_bytes(svg.read_bytes()[:-60])


def cut_in_the_seal(svg: Path, other: Path) -> None:
    svg.write_bytes(svg.read_bytes()[:-2])


def empty(svg: Path, other: Path) -> None:
    svg.write_bytes(b"")


def damaged(svg: Path, other: Path) -> None:
    content = bytearray(svg.read_bytes())
    content[content.index(b" d=") + 6] ^= 1
    svg.write_bytes(content)


def swapped(svg: Path, other: Path) -> None:
    shutil.copy(other, svg)


def swapped_by_a_link(svg: Path, other: Path) -> None:
    svg.unlink()
    svg.symlink_to(other)


def original_of(svg: Path, other: Path) -> None:
    svg.write_bytes(SEAL.sub(b"", other.read_bytes()))


def not_text(svg: Path, other: Path) -> None:
    svg.write_bytes(bytes(range(256)) * 4)


def link_to_nothing(svg: Path, other: Path) -> None:
    svg.unlink()
    svg.symlink_to(svg.parent / "nowhere.svg")


def link_to_itself(svg: Path, other: Path) -> None:
    svg.unlink()
    svg.symlink_to(svg)


def pipe(svg: Path, other: Path) -> None:
    svg.unlink()
    os.mkfifo(svg)


def removed(svg: Path, other: Path) -> None:
    svg.unlink()


HARMS = [
    *(cut, cut_in_the_seal, empty, damaged, swapped, swapped_by_a_link, original_of),
    *(not_text, link_to_nothing, link_to_itself, pipe, removed),
]


@pytest.mark.every(6)
@pytest.mark.parametrize("known", [True, False], ids=["this process", "another process"])
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_not_whole_is_made_again(
    folder: Path, drawn: list[str], kind: Any, harm: Callable[[Path, Path], None], known: bool
) -> None:
    with whole_formulas():
        expected = points(kind("abc"))
        (svg,) = folder.iterdir()
        kind("other")
        (other,) = set(folder.iterdir()) - {svg}
        whole, others = svg.read_bytes(), other.read_bytes()
        drawn.clear()
        harm(svg, other)
        if not known:
            formulas._whole.clear()
            mn.mobject.svg.svg_mobject.SVG_HASH_TO_MOB_MAP.clear()
        np.testing.assert_array_equal(points(kind("abc")), expected)
        assert drawn == ["abc"], "once"
        np.testing.assert_array_equal(points(kind("abc")), expected)
        kind("other")
        assert drawn == ["abc"], "what is whole is not made again"
    made = svg.read_bytes()
    assert SEAL.search(made)
    assert without_numbers(SEAL.sub(b"", made)) == without_numbers(SEAL.sub(b"", whole))
    assert not svg.is_symlink()
    assert other.read_bytes() == others
    assert set(folder.iterdir()) == {svg, other}


def test_pictures_are_read_once_a_process_to_see_whether_they_are_whole(
    folder: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with whole_formulas():
        mn.MathTex("a")
        formulas._whole.clear()
        read: list[Path] = []
        plain = Path.read_bytes

        def read_bytes(self: Path) -> bytes:
            read.append(self)
            return plain(self)

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
        for _ in range(5):
            mn.MathTex("a")  # Manim keeps the mobject, and parses nothing.
    (svg,) = folder.iterdir()
    assert read == [svg]
    assert drawn == ["a"]


def test_half_a_picture_is_never_sealed(
    folder: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Pango nor LaTeX says so, when the disk is full for a moment."""
    plain = tex_mobject.tex_to_svg_file

    def half(*args: Any) -> Path:
        svg = plain(*args)
        svg.write_bytes(svg.read_bytes()[:-3])
        return svg

    monkeypatch.setattr(tex_mobject, "tex_to_svg_file", half)
    with whole_formulas(), pytest.raises(MediaError, match=r"svg cannot be written: only a part"):
        mn.MathTex("a")
    assert list(folder.iterdir()) == []


def test_a_picture_that_changes_between_look_and_use_is_not_drawn(
    folder: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Manim itself, beside us, writes texts again: it is waited for, and no half is drawn."""
    monkeypatch.setattr(formulas, "_WAITS", (0.0, 0.0))
    with whole_formulas():
        expected = points(mn.Text("abc"))
        (svg,) = folder.iterdir()
        whole = svg.read_bytes()
        lines: list[bytes] = []
        plain = mn.SVGMobject.__init__

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            if args and lines:
                svg.write_bytes(lines.pop())
            plain(self, *args, **kwargs)

        monkeypatch.setattr(mn.SVGMobject, "__init__", init)
        monkeypatch.setattr(formulas.time, "sleep", lambda seconds: svg.write_bytes(whole))
        lines.append(whole[:-200])
        np.testing.assert_array_equal(points(mn.Text("abc")), expected)

        monkeypatch.setattr(formulas.time, "sleep", lambda seconds: None)
        lines.append(whole[:-200])
        with pytest.raises(MediaError, match=r"svg cannot be read: another program"):
            mn.Text("abc")
        monkeypatch.setattr(mn.SVGMobject, "__init__", plain)
        np.testing.assert_array_equal(points(mn.Text("abc")), expected)


# --- what the disk refuses


def test_what_stands_in_the_way_is_told_in_one_line(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    (dangling := tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for obstacle, words in ((file, "is not a folder"), (dangling, "is a link to nothing")):
        for folder in (obstacle, obstacle / "deep" / "texts"):
            for kind in (mn.Text, mn.MathTex):
                with (
                    temp_config({"text_dir": str(folder), "tex_dir": str(folder)}),
                    whole_formulas(),
                    pytest.raises(MediaError) as caught,
                ):
                    kind("a")
                text = str(caught.value)
                assert text.startswith(f"{folder}/")
                assert f"{obstacle} {words}: rename or remove it." in text
                assert "\n" not in text
    assert set(tmp_path.iterdir()) == {file, dangling}


def test_a_folder_in_the_place_of_a_picture_is_told(folder: Path, drawn: list[str]) -> None:
    with whole_formulas():
        mn.MathTex("a")
        (svg,) = folder.iterdir()
        svg.unlink()
        svg.mkdir()
        with pytest.raises(MediaError, match=r"svg cannot be written: Is a directory\. A folder"):
            mn.MathTex("a")
    assert list(folder.iterdir()) == [svg]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("step", ["mkdtemp", "open", "replace"])
def test_what_the_system_refuses_is_told_and_leaves_nothing(
    folder: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    plain = Path.open

    def refuse(*args: Any, **kwargs: Any) -> Any:
        if step == "open" and args[1:] != ("ab",):
            return plain(*args, **kwargs)
        raise OSError(number, os.strerror(number))

    setting = mn.config["tex_dir"]
    with whole_formulas():
        monkeypatch.setattr(tempfile if step == "mkdtemp" else Path, step, refuse)
        with pytest.raises(MediaError) as caught:
            mn.MathTex("a")
    assert str(caught.value).startswith(f"{folder}/")
    assert f"svg cannot be written: {os.strerror(number)}. " in str(caught.value)
    assert list(folder.iterdir()) == []
    assert mn.config["tex_dir"] == setting


@pytest.mark.every(2)
@pytest.mark.parametrize("kind", ["Text", "MathTex"])
def test_a_disk_without_room_is_told_and_not_taken_for_a_mistake_in_latex(
    folder: Path, kind: str
) -> None:
    done = run(
        f"""
import resource
from nnviz.files import MediaError
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
try:
    with whole_formulas():
        mn.{kind}("abc")
except MediaError as error:
    print(error)
""",
        folder,
    )
    assert re.fullmatch(rf"{folder}/\w+\.svg cannot be written: File too large\. .*\n", done)
    assert list(folder.iterdir()) == []


def test_a_mistake_in_latex_is_manims_error_and_the_log_stays(folder: Path) -> None:
    with whole_formulas(), pytest.raises(ValueError, match="latex error converting") as caught:
        mn.MathTex(r"\nosuchcommand")
    (work,) = folder.iterdir()
    assert list(work.glob("*.log"))
    assert not (work / "probe").exists()
    assert str(work) in str(caught.value)


@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_latex_that_is_missing_is_python_s_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """nnviz.mobjects knows it by its file name, and says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with (
        temp_config({"tex_dir": "." if place == "here" else str(tmp_path / "tex")}),
        whole_formulas(),
        pytest.raises(FileNotFoundError) as caught,
    ):
        mn.MathTex("a")
    assert not isinstance(caught.value, MediaError)
    assert caught.value.filename == "latex"


def test_a_folder_that_is_removed_is_made_again_or_told(
    folder: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tex_mobject.tex_to_svg_file

    def remove(*args: Any) -> Path:
        svg = plain(*args)
        shutil.rmtree(folder)
        return svg

    with whole_formulas():
        expected = points(mn.Text("abc"))
        shutil.rmtree(folder)
        np.testing.assert_array_equal(points(mn.Text("abc")), expected)
    monkeypatch.setattr(tex_mobject, "tex_to_svg_file", remove)
    with whole_formulas(), pytest.raises(MediaError, match="There is no folder"):
        mn.MathTex("b")


# --- other processes, other users

START = """
import manim as mn, sys
from nnviz.render.formulas import whole_formulas
mn.config.text_dir = mn.config.tex_dir = sys.argv[1]
mn.config.verbosity = "ERROR"
"""


def start(code: str, folder: Path, *before: str, **environment: str) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-c", START + code, str(folder)]
    return subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, env=os.environ | environment
    )


def run(code: str, folder: Path, *before: str, **environment: str) -> str:
    process = start(code, folder, *before, **environment)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return said


DRAW = """
import hashlib
with whole_formulas():
    for text in (mn.Text("abc"), mn.MathTex("a + b")):
        for part in text.family_members_with_points():
            print(hashlib.md5(part.points.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def drawn_alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one process draws."""
    return run(DRAW, tmp_path_factory.mktemp("alone") / "tex")


@pytest.mark.exhaustive
def test_a_user_without_an_entry_in_the_password_file(drawn_alone: str) -> None:
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("only root becomes another user")
    probe = ["setpriv", "--reuid", "54321", "--clear-groups", "--regid", "54321"]
    if subprocess.run([*probe, sys.executable, "-c", "import nnviz"], check=False).returncode:
        pytest.skip("another user cannot read this environment")
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        os.chown(folder, 54321, 54321)
        theirs = run(DRAW, folder / "tex", *probe, HOME=name, XDG_CACHE_HOME=name, TMPDIR=name)
    assert theirs == drawn_alone


def test_nothing_is_asked_of_the_password_file_or_the_folder_for_temporary_files(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where locks were once, in a folder that may be somebody else's, or held for ever."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nobody)
    (tmp_path / "temporary").touch()  # No folder can be made in it.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with whole_formulas():
        assert len(points(mn.Text("abc")))
    (svg,) = folder.iterdir()
    with svg.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with whole_formulas():
            assert len(points(mn.Text("abc")))


@pytest.mark.exhaustive
def test_processes_side_by_side_draw_the_same(tmp_path: Path, drawn_alone: str) -> None:
    for _ in range(2):
        several = [start(DRAW, tmp_path / "together") for _ in range(2)]
        for process in several:
            assert process.communicate(timeout=120)[0] == drawn_alone
            assert process.returncode == 0
        # Damaged, and found by all of them at once.
        for svg in (tmp_path / "together").iterdir():
            svg.write_bytes(svg.read_bytes()[:100])
    assert len(list((tmp_path / "together").iterdir())) == 2


def test_a_process_that_is_killed_leaves_no_half(tmp_path: Path, drawn_alone: str) -> None:
    folder = tmp_path / "killed"
    for share in (0.2, 0.5):
        process = start(DRAW, folder)
        deadline = time.monotonic() + 60
        while not list(folder.glob(".unfinished-*")):
            assert time.monotonic() < deadline, "no draft was seen"
            time.sleep(0.002)
        time.sleep(share)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        for svg in folder.glob("*.svg"):
            assert SEAL.search(svg.read_bytes())
    assert run(DRAW, folder) == drawn_alone
