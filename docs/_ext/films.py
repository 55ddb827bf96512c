"""Pictures made from the code beside them: Manim's ``.. manim::`` directive, drawn by nnviz.

Name, options and contents of the directive are Manim's. Drawing is nnviz' (all processors, and
what has been drawn is kept), and so is the page: Manim's own asks for a script that belongs to
Manim's site, and writes its records outside of the project.

``.. scene:: NAME`` shows some seconds of a scene of the chapter, and its source.
"""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import textwrap
import tomllib
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from html import escape
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from manim import config, tempconfig
from manim.utils.docbuild.manim_directive import ManimDirective
from PIL import Image
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from nnviz.cli.discover import discover
from nnviz.render.rendering import render_scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
SCENES = ROOT / "scenes"
#: The scenes of the chapter's film, in order.
CHAPTER = SCENES / "chapter.toml"
#: Clips, posters and the code they came from. `nnviz` keeps its segments in media, too.
KEPT = ROOT / "media" / "docs"
#: Films of several scenes, which `make docs` makes first: each in a folder of its name. Those of
#: scenes are in folders with the names of their files.
VIDEOS = ROOT / "media" / "videos"
#: Where a clip is in the site.
FILMS = "_films"
QUALITIES = {"low": (480, 15), "medium": (720, 30), "high": (1080, 60), "fourk": (2160, 60)}
#: A clip of the chapter begins at this part of its scene, and is so many seconds long.
EXCERPT = (0.3, 9.0)
POSTER_WIDTH = 640
#: What stands on a card moves, too, but is small and light.
SMALL = (480, 270)
#: A poster is the fullest of so many frames.
CANDIDATES = 9
#: Blocks of Python on a page of Markdown, with the name of the scene if it is drawn.
_BLOCK = re.compile(
    r"^```(?:python|\{manim\} (?P<name>\w+))\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_logger = logging.getLogger(__name__)
#: Clips that were asked for, by name: that is what a file is called in the site.
_keys: dict[str, str] = {}


def fingerprint() -> str:
    """Say all a picture depends on besides its own code: the library, the chapter, Manim."""
    digest = hashlib.sha256(f"{version('manim')} {QUALITIES} {EXCERPT} {POSTER_WIDTH}".encode())
    for file in sources():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def sources() -> list[Path]:
    """Return the files that pictures of the chapter depend on, besides Manim's."""
    files = [*sorted((ROOT / "src").rglob("*.py")), *sorted(SCENES.rglob("*.py"))]
    return [*files, CHAPTER, ROOT / "manim.cfg"]


@contextmanager
def _settings(**more: Any) -> Iterator[None]:
    """Render as `make preview` does, with the same folders."""
    height, rate = QUALITIES[more.pop("quality", "low")]
    common = {
        "media_dir": str(ROOT / "media"),
        "pixel_height": height,
        "pixel_width": round(height * 16 / 9 / 2) * 2,
        "frame_rate": rate,
        "progress_bar": "none",
        "verbosity": "ERROR",
        "dry_run": False,
    }
    with tempconfig(common | more):
        yield


def film(name: str, file: Path, quality: str = "low", jobs: int | None = None, **more: Any) -> Path:
    """Render a scene."""
    with _settings(quality=quality, **more):
        made = render_scene(file, name, jobs=jobs)
    if made is None:
        raise RuntimeError(f"{name} of {file} makes neither a video nor a picture")
    return made


def excerpt(
    video: Path,
    target: Path,
    begin: float,
    seconds: float,
    part: tuple[float, float] | None = None,
) -> None:
    """Encode some seconds of a video again, small; all of it if it is not longer.

    With a part, its beginning and its end in seconds, it is that which is excerpted.
    """
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        rate = stream.average_rate
        start, end = (0, stream.frames) if part is None else (round(at * rate) for at in part)
        count = min(end - start, round(seconds * rate))
        first = start + min(round(begin * (end - start)), end - start - count)
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink:
            out = sink.add_stream("libx264", rate=rate)
            out.width, out.height, out.pix_fmt = stream.width, stream.height, "yuv420p"
            out.options = {"crf": "27", "preset": "medium"}
            source.seek(int(first / rate / stream.time_base), stream=stream)
            frames = (f for f in source.decode(stream) if round(f.time * rate) >= first)
            for number, frame in enumerate(islice(frames, count)):
                frame.pts, frame.time_base = number, 1 / rate
                frame.pict_type = av.video.frame.PictureType.NONE
                sink.mux(out.encode(frame))
            sink.mux(out.encode())


def poster(video: Path, target: Path, width: int = POSTER_WIDTH) -> None:
    """Write the fullest frame of a video, of some that are looked at, as a small picture."""
    pictures: list[Image.Image] = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        for k in range(1, CANDIDATES):
            wanted = round((stream.duration or 0) * k / CANDIDATES)
            container.seek(wanted, stream=stream)
            frames = container.decode(stream)
            pictures.append(next(f for f in frames if f.pts >= wanted).to_image())
    height = round(width * pictures[0].height / pictures[0].width)
    small = [one.resize((width, height), Image.Resampling.LANCZOS) for one in pictures]
    max(small, key=_fullness).save(target, quality=80)


def _fullness(picture: Image.Image) -> float:
    """Return how much there is to see: the mean strength of edges."""
    grey = np.asarray(picture.convert("L"), dtype=float)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def make_small(video: Path) -> None:
    """Write a clip for a card, and its poster, beside the clip, if they are not there."""
    target = video.with_name(f"{video.stem}-small.mp4")
    if target.with_suffix(".webp").exists():
        return
    width, height = SMALL
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink:
            out = sink.add_stream("libx264", rate=stream.average_rate)
            out.width, out.height, out.pix_fmt = width, height, "yuv420p"
            out.options = {"crf": "29", "preset": "medium"}
            for number, frame in enumerate(source.decode(stream)):
                small = frame.reformat(width, height, "yuv420p", interpolation="AREA")
                small.pts, small.time_base = number, 1 / stream.average_rate
                small.pict_type = av.video.frame.PictureType.NONE
                sink.mux(out.encode(small))
            sink.mux(out.encode())
    poster(target, target.with_suffix(".webp"), width)


def kept(key: str, name: str, make: Any, suffix: str = ".mp4") -> Path:
    """Return what was made under a key, after making it if it is not there."""
    if _keys.setdefault(name.lower(), key) != key:
        raise RuntimeError(f"two clips of the site are called {name}: give one another name")
    folder = KEPT / f"{name}-{key}"
    target = folder / f"{name}{suffix}"
    if not (folder / "done").exists():
        for old in KEPT.glob(f"{name}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        make(target)
        if suffix == ".mp4":
            poster(target, target.with_suffix(".webp"))
        (folder / "done").touch()
    if suffix == ".mp4":
        make_small(target)
    return target


def drawn(
    name: str,
    code: str,
    docname: str,
    fingerprint: str,
    quality: str = "low",
    is_still: bool = False,
    jobs: int | None = None,
) -> Path:
    """Return the clip of a page's code, or its picture, after drawing it if it is new."""
    if not re.search(r"^(?:from|import) manim\b", code, re.MULTILINE):
        code = f"from manim import *\n\n{code}"
    digest = hashlib.sha256(f"{fingerprint} {quality} {is_still}\n{code}".encode())

    def make(target: Path) -> None:
        file = KEPT / "code" / f"{docname.replace('/', '-')}-{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
        _logger.verbose("drawing %s", name)
        more = {"save_last_frame": True, "format": "png"} if is_still else {}
        shutil.copyfile(film(name, file, quality, jobs, **more), target)

    return kept(digest.hexdigest()[:16], name, make, ".png" if is_still else ".mp4")


def clips_of(page: Path, docname: str) -> list[tuple[str, str, str]]:
    """Return names and code of the scenes on a page of Markdown, to be drawn before it is read."""
    clips: list[tuple[str, str, str]] = []
    before: list[str] = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        lines = block["body"].splitlines()
        options = [line for line in lines if line.startswith(":")]
        code = "\n".join(lines[len(options) :]).strip("\n")
        if block["name"]:
            continued = before if ":continues:" in options else []
            clips.append((block["name"], "\n\n".join([*continued, f"{code}\n"]), docname))
        before.append(code if block["name"] else f"{code}\n")
    return clips


def draw_side_by_side(clips: Iterable[tuple[str, str, str]], fingerprint: str) -> None:
    """Draw clips of pages' code, each (name, code, docname), one on each processor."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for made in [pool.submit(drawn, *clip, fingerprint, jobs=1) for clip in clips]:
            made.result()


def publish(made: Path, app: Sphinx) -> str:
    """Copy a clip, the small one and their posters into the site; return its name there."""
    folder = Path(app.outdir) / FILMS
    folder.mkdir(parents=True, exist_ok=True)
    for stem in (made.stem, f"{made.stem}-small"):
        for file in (made.with_name(f"{stem}{suffix}") for suffix in (made.suffix, ".webp")):
            if file.exists():
                shutil.copyfile(file, folder / file.name)
    return made.name


def player(
    name: str,
    to_root: str,
    label: str,
    *,
    controls: bool = True,
    whole: bool = False,
    captions: str | None = None,
) -> nodes.raw:
    """Return a clip as it stands on a page: it plays where it is seen, again and again.

    A whole video waits until somebody starts it. Captions are a WebVTT file beside it.
    """
    track = (
        ""
        if captions is None
        else (
            f'<track kind="captions" srclang="en" label="English" default '
            f'src="{to_root}{FILMS}/{captions}">'
        )
    )
    base = f"{to_root}{FILMS}/{name}"
    kind = 'class="film whole" id="whole-film" ' if whole else 'class="film" loop muted '
    shown = "controls " if controls else ""
    code = (
        f'<video {kind}{shown}playsinline preload="none" '
        f'aria-label="{escape(label, quote=True)}" '
        f'poster="{Path(base).with_suffix(".webp")}" src="{base}">{track}</video>'
    )
    return nodes.raw("", code, format="html")


def card(clip: str, to_root: str, title: str, page: str) -> nodes.raw:
    """Return a small clip that leads to its page; it is loaded when it comes into sight."""
    base = f"{to_root}{FILMS}/{clip}-small"
    code = (
        f'<a class="clip" href="{page}"><span class="screen">'
        f'<img class="moving" src="{base}.webp" data-film="{base}.mp4" alt="" '
        f'width="{SMALL[0]}" height="{SMALL[1]}" loading="lazy" decoding="async"></span>'
        f'<span class="clip-title">{escape(title)}</span></a>'
    )
    return nodes.raw("", code, format="html")


def to_root(docname: str) -> str:
    """Return the way from a page to the site's top."""
    return "../" * docname.count("/")


class Films(ManimDirective, SphinxDirective):
    """Manim's directive, drawn by nnviz.

    With ``:continues:`` the page's earlier Python belongs to it, and is not shown again. With
    ``:film_elsewhere:`` the film stands where ``.. shown:: NAME`` puts it.
    """

    option_spec = ManimDirective.option_spec | {
        "continues": directives.flag,
        "film_elsewhere": directives.flag,
    }

    def run(self) -> list[nodes.Element]:
        """Render the scene, if it has not been, and show it above its code."""
        name = self.arguments[0]
        lines = [
            line[4:] if line.startswith((">>> ", "... ")) else line.removeprefix(">>>")
            for line in self.content
        ]
        shown = code = "\n".join(lines) + "\n"
        if "continues" in self.options:
            blocks = self.state.document.findall(nodes.literal_block)
            before = [block.astext() for block in blocks if block.get("language") == "python"]
            code = "\n\n".join([*before, code])
        quality = self.options.get("quality", "low")
        is_still = "save_last_frame" in self.options
        made = drawn(name, code, self.env.docname, self.config.films_fingerprint, quality, is_still)
        label = f"{name}, in motion"
        place = publish(made, self.env.app)
        if is_still:
            source = f"{to_root(self.env.docname)}{FILMS}/{place}"
            picture: nodes.Node = nodes.raw(
                "", f'<img class="film" src="{source}" alt="{escape(name)}">', format="html"
            )
        else:
            picture = player(place, to_root(self.env.docname), label)
        result: list[nodes.Element] = [] if "film_elsewhere" in self.options else [picture]
        if "hide_source" not in self.options:
            block = nodes.literal_block(shown.rstrip("\n"), shown.rstrip("\n"), language="python")
            self.set_source_info(block)
            result.append(block)
        return result


class Shown(SphinxDirective):
    """``.. shown:: NAME``: a clip that the code of another place makes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the player."""
        name = self.arguments[0]
        return [player(f"{name}.mp4", to_root(self.env.docname), f"{name}, in motion")]


class ChapterScene(SphinxDirective):
    """Some seconds of a scene of the chapter, and what makes them."""

    required_arguments = 1
    option_spec = {"hide_source": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Render the scene, if it has not been, cut the clip, and show it above its code."""
        name = self.arguments[0]
        (scene,) = discover(SCENES).called(name)
        file = scene.file.resolve()
        self.env.note_dependency(str(file))
        made = chapter_clip(name, file, self.config.films_fingerprint)
        place = publish(made, self.env.app)
        result: list[nodes.Node] = [
            player(place, to_root(self.env.docname), f"{name}: {scene.description}")
        ]
        if "hide_source" not in self.options:
            code = source_of(name, file)
            result += [
                nodes.paragraph("", "", nodes.literal("", file.relative_to(ROOT).as_posix())),
                nodes.literal_block(code, code, language="python"),
            ]
        return result


class WholeFilm(SphinxDirective):
    """``.. whole:: NAME``: scenes as one video, with its marks, if it has been made."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the video and its marks, or say that it has not been made."""
        name = self.arguments[0]
        whole = VIDEOS / name / "480p15" / f"{name}.mp4"
        self.env.note_dependency(str(whole))
        if not whole.exists():
            text = "This film has not been rendered where this page was made."
            return [nodes.paragraph("", text)]
        folder = Path(self.env.app.outdir) / FILMS
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole, folder / whole.name)
        poster(whole, folder / f"{name}.webp")
        captions = whole.with_suffix(".vtt")
        spoken = captions.name if captions.exists() else None
        if spoken is not None:
            shutil.copyfile(captions, folder / spoken)
        marks = nodes.bullet_list(classes=["marks"])
        with av.open(str(whole)) as container:
            for mark in container.chapters():
                seconds = int(mark["start"] * mark["time_base"])
                title = escape(mark["metadata"].get("title", ""))
                code = (
                    f'<a href="#whole-film" data-seconds="{seconds}">'
                    f"{seconds // 60}:{seconds % 60:02}</a> {title}"
                )
                marks += nodes.list_item("", nodes.raw("", code, format="html"))
        root = to_root(self.env.docname)
        film = player(whole.name, root, "The whole film", whole=True, captions=spoken)
        return [film, marks]


def chapter_clip(name: str, file: Path, key: str) -> Path:
    """Return a clip of a scene of the chapter: of the whole film, if it has been made since."""

    def make(target: Path) -> None:
        made, part = VIDEOS / "chapter" / "480p15" / "chapter.mp4", None
        # Every run of `nnviz film` writes its captions, also where the film is that of before.
        # Every run of a scene writes its video; `nnviz film --no-render` takes it as it is.
        needed = (made, made.with_suffix(".vtt"), VIDEOS / file.stem / "480p15" / f"{name}.mp4")
        newest = max(source.stat().st_mtime for source in sources())
        if all(one.exists() for one in needed) and all(
            one.stat().st_mtime > newest for one in needed[1:]
        ):
            part = _part_of(made, name)
        if part is None:
            _logger.verbose("drawing %s", name)
            made = film(name, file)
        if made.suffix == ".png":
            raise RuntimeError(f"{name} plays nothing")
        excerpt(made, target, *EXCERPT, part)

    return kept(key, name, make)


def _part_of(whole: Path, name: str) -> tuple[float, float] | None:
    """Return where a scene is in the film of the chapter, in seconds, if it is there."""
    names = [scene["name"] for scene in tomllib.loads(CHAPTER.read_text("utf-8"))["scenes"]]
    with av.open(str(whole)) as container:
        marks = container.chapters()
    if name not in names or len(marks) != len(names):
        return None
    mark = marks[names.index(name)]
    return float(mark["start"] * mark["time_base"]), float(mark["end"] * mark["time_base"])


def source_of(name: str, file: Path) -> str:
    """Return the source of a class."""
    text = file.read_text(encoding="utf-8")
    (node,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    return textwrap.dedent("\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives. A change of the library makes every page stale."""
    app.add_directive("manim", Films)
    app.add_directive("shown", Shown)
    app.add_directive("scene", ChapterScene)
    app.add_directive("whole", WholeFilm)
    app.add_config_value("films_fingerprint", fingerprint(), "env")
    config.verbosity = "ERROR"
    return {"parallel_read_safe": False, "parallel_write_safe": True}
