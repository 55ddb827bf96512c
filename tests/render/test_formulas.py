"""Files of formulas and texts are complete or not there."""

from __future__ import annotations

import re
from pathlib import Path

import manim as mn
import numpy as np
import pytest

from nnviz.files import write_whole
from nnviz.render.formulas import whole_formulas


def points(mobject: mn.Mobject) -> np.ndarray:
    return np.concatenate([part.points for part in mobject.family_members_with_points()])


def test_texts_are_manims_and_written_once(tmp_path: Path) -> None:
    with mn.tempconfig({"text_dir": str(tmp_path / "theirs")}):
        expected = points(mn.Text("Mg 0.97"))
    with mn.tempconfig({"text_dir": str(tmp_path / "ours")}), whole_formulas():
        np.testing.assert_array_equal(points(mn.Text("Mg 0.97")), expected)
        (file,) = (tmp_path / "ours").iterdir()
        file.chmod(0o400)
        before = file.stat()
        np.testing.assert_array_equal(points(mn.Text("Mg 0.97")), expected)
        after = file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert not re.search(r'Z M [^A-Za-z]*? "/>', file.read_text()), "Manim takes that out"


def test_nothing_of_manim_stays_changed(tmp_path: Path) -> None:
    from manim.mobject.text import tex_mobject, text_mobject

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
    assert patched() == before


def test_a_file_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(tmp_path / "a.mp4", b"data")
    assert list(tmp_path.iterdir()) == []
