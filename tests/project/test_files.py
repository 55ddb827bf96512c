"""Files are whole or not there, and what the disk refuses is told in one line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nnviz.files import (
    MediaError,
    media_errors,
    remove_leftovers,
    unfinished,
    whole_file,
    write_whole,
)


def refused(path: Path, number: int = errno.ENOSPC) -> Callable[..., None]:
    """Return a function that fails as the system does."""

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return fail


def test_a_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "it's a film.mp4"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("cleaning", [True, False])
def test_the_first_error_is_told_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, cleaning: bool
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"before")

    def half(self: Path, *args: object) -> None:
        with self.open("wb") as file:
            file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, step, half)
    if not cleaning:
        monkeypatch.setattr(Path, "unlink", refused(path, errno.EIO))
    with pytest.raises(MediaError) as caught:
        write_whole(path, b"data")
    assert str(caught.value) == (
        f"{path} cannot be written: No space left on device. Make room on the disk."
    )
    assert caught.value.__suppress_context__
    assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == (1 if cleaning else 2)


def test_a_disk_that_is_really_too_small(tmp_path: Path) -> None:
    code = f"""
import resource
from pathlib import Path
from nnviz.files import MediaError, write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(Path({str(tmp_path / "film.mp4")!r}), bytes(2000))
except MediaError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert done.count("\n") == 1
    assert "film.mp4 cannot be written: File too large. Allow larger files" in done
    assert list(tmp_path.iterdir()) == []


def no_folder(path: Path) -> str:
    return f"{path} cannot be written: No such file or directory. There is no folder {path.parent}"


def in_the_way(folder: Path, reason: str, kind: str) -> str:
    return f"{folder / 'a' / 'b.txt'} cannot be written: {reason}. {folder} is {kind}: rename or"


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    (dangling := tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (loop := tmp_path / "loop").symlink_to(loop)
    (folder := tmp_path / "folder").mkdir()
    cases = {
        tmp_path / "none" / "b.txt": no_folder(tmp_path / "none" / "b.txt"),
        file / "a" / "b.txt": in_the_way(file, "Not a directory", "not a folder"),
        dangling / "a" / "b.txt": in_the_way(
            dangling, "No such file or directory", "a link to nothing"
        ),
        loop / "b.txt": "Too many levels of symbolic links. A link in this path leads back",
        folder: "Is a directory. A folder has this name",
        tmp_path / ("n" * 256): "File name too long. Choose a shorter name.",
    }
    before = sorted(tmp_path.rglob("*"))
    for path, words in cases.items():
        with pytest.raises(MediaError) as caught:
            write_whole(path, b"data")
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_removed_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "film.mp4"
    path.parent.mkdir()

    def write_and_remove() -> None:
        with whole_file(path) as draft:
            draft.write_bytes(b"data")
            draft.unlink()
            path.parent.rmdir()

    with pytest.raises(MediaError, match="There is no folder"):
        write_and_remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no film"),
        KeyboardInterrupt(),
        OSError("a text, and no number of the system"),
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/home/user/data.csv"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "latex"),
    ],
)
def test_errors_that_are_not_about_the_file_pass(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "film.mp4"

    def fail() -> None:
        with whole_file(path) as draft:
            draft.write_bytes(b"half")
            raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("linked", [False, True])
def test_errors_in_the_folder_or_above_it_are_about_the_file(tmp_path: Path, linked: bool) -> None:
    (tmp_path / "real").mkdir()
    (link := tmp_path / "link").symlink_to("real")
    path = (link if linked else tmp_path / "real") / "deep" / "film.mp4"
    for named in (tmp_path / "real" / "deep" / "part", path.parent, path.parent.parent):
        words = r"film\.mp4 cannot be read: Permission"
        with pytest.raises(MediaError, match=words), media_errors(path, "read"):
            refused(named, errno.EACCES)()


def test_an_error_that_names_the_file_is_about_it_also_if_it_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (path := tmp_path / "films" / "film.mp4").symlink_to(tmp_path / "disk" / "film.mp4")
    with pytest.raises(MediaError, match=r"film\.mp4 cannot be read"), media_errors(path, "read"):
        path.read_bytes()


def test_an_error_keeps_its_text_through_several_levels(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaError, match="inner cannot be written") as caught,
        media_errors(tmp_path / "outer"),
        media_errors(tmp_path / "inner"),
    ):
        refused(tmp_path / "inner")()
    assert "outer" not in str(caught.value)


def test_those_who_allow_for_a_full_disk_still_do(tmp_path: Path) -> None:
    """`nnviz.network` suppresses OSError where it keeps the costs of a plane."""
    with pytest.raises(OSError, match="There is no folder"):
        write_whole(tmp_path / "none" / "costs.npz", b"data")


def test_a_name_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    for name in ("n" * 251 + ".mp4", "ü" * 125 + ".webm", "x" * 200 + "." + "y" * 54):
        assert len(os.fsencode(name)) == 255
        path = tmp_path / name
        with whole_file(path) as draft:
            draft.write_bytes(b"data")
            assert draft == unfinished(path)
            if len(path.suffix) < 10:
                assert draft.suffix == path.suffix, "a video's format is known by it"
        assert path.read_bytes() == b"data"
    long = tmp_path / ("n" * 251 + ".mp4")
    other = tmp_path / ("n" * 250 + "m.mp4")
    assert unfinished(long) != unfinished(other)
    assert unfinished(long, 7) != unfinished(long, 8)
    assert unfinished(tmp_path / "film.mp4", 7).name == ".unfinished-7-film.mp4"
    os.utime(write_draft(long), (0, 0))
    remove_leftovers(tmp_path)
    assert not unfinished(long).exists()


def write_draft(path: Path) -> Path:
    draft = unfinished(path)
    draft.write_bytes(b"half")
    return draft


def test_a_draft_of_an_earlier_process_is_not_written_through(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    unfinished(path).symlink_to(tmp_path / "elsewhere")
    write_whole(path, b"data")
    assert path.read_bytes() == b"data"
    assert list(tmp_path.iterdir()) == [path]
    assert not path.is_symlink()
