"""What is shipped: all that the library needs, and nothing else."""

import email
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
hatchling = pytest.importorskip("hatchling", reason="not there: make setup")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        yield archive


def shipped(folder):
    """Return the files of the checkout that git would keep, as they are in the wheel."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_library_and_its_data_and_nothing_else(wheel):
    source = {f"nnviz/{name}" for name in shipped(ROOT / "src" / "nnviz")}
    data = {f"nnviz/_data/{name}" for name in shipped(ROOT / "data")}
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == source | data
    assert {"nnviz/py.typed", "nnviz/characters/brain.svg", "nnviz/_data/README.md"} <= names
    assert any(name.endswith(".npz") for name in data)
    assert sum(info.compress_size for info in wheel.infolist()) < 5_000_000


def test_its_data_is_whole(wheel):
    for path in (ROOT / "data").iterdir():
        assert wheel.read(f"nnviz/_data/{path.name}") == path.read_bytes()


def test_its_metadata_says_what_the_project_says(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["Name"] == "manim-nnviz"
    assert metadata["Version"] == project["version"]
    assert metadata["License-Expression"] == "MIT"
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert set(metadata.get_all("Provides-Extra")) == set(project["optional-dependencies"])
    (entry,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "nnviz = nnviz.cli.main:main" in wheel.read(entry).decode()


def test_the_version_is_the_same_everywhere():
    import nnviz

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert nnviz.__version__ == project["version"]
    assert f"\nversion: {project['version']}\n" in citation


def test_the_sdist_has_nothing_of_the_chapter(tmp_path):
    from hatchling.builders.sdist import SdistBuilder

    (path,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path))
    with tarfile.open(path) as archive:
        parts = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    assert parts <= {
        *("src", "data", "CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md"),
        *("pyproject.toml", "PKG-INFO", ".gitignore"),
    }
