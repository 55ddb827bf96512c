"""Write the slides of a scene to one HTML file, which needs no server."""

from __future__ import annotations

import base64
import html
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from nnviz._policy import policy
from nnviz.files import whole_file
from nnviz.preview.scene_run import run
from nnviz.preview.state import SIZES, State

__all__ = ["SlidesError", "save_slides"]

_PAGE = Path(__file__).parent / "page"
#: Joined to one script in this order.
_SCRIPTS = ("player.js", "parts.js", "speaker.js", "deck.js", "talk.js")
_STYLES = ("present.css", "parts.css")
#: Largest size in pixels of the speaker's picture of the next slide.
_SMALL = (640, 640)
_SCRIPT_LINK = '<script type="module" src="present.js"></script>\n'


class SlidesError(Exception):
    """The scene has no slides: it failed, or it plays nothing. The text says why."""


def save_slides(
    file: Path, scene: str, path: Path, *, quality: str = "h", jobs: int = 1, notes: bool = False
) -> str:
    """Write the slides of a scene to one HTML file. A failure leaves no incomplete file.

    Parameters
    ----------
    file : Path
        The scene's file.
    scene : str
        Name of the scene's class.
    path : Path
        File to write.
    quality : str, optional
        Manim's letter for the quality.
    jobs : int, optional
        Number of processes that draw.
    notes : bool, optional
        Whether to include the speaker's notes.

    Returns
    -------
    str
        Number of slides and size of the file, as a text.

    Raises
    ------
    SlidesError
        If the scene fails, or plays nothing.
    MediaError
        If the file cannot be written. This is checked before the scene runs.
    """
    with whole_file(path) as draft:
        draft.touch()
        state = _film(file, scene, quality, jobs)
        draft.write_text(_document(state, notes), encoding="utf-8")
        size = draft.stat().st_size
    count = len(state.film.slides())
    return f"{count} slide{'' if count == 1 else 's'}, {size / 1e6:.1f} MB"


def _film(file: Path, scene: str, quality: str, jobs: int) -> State:
    """Run and draw a scene; return its state at the end."""
    name, size, _ = SIZES[quality]
    state = State(file.name, size, [scene], scene)
    state.begin(1)
    is_seen = sys.stderr.isatty()

    def on_event(kind: str, **more: Any) -> None:
        state.on_event({"kind": kind, **more})
        if is_seen and kind in ("doing", "play", "segment"):
            plays = f"{state.doing}: {len(state.film.new)} plays"
            print(f"\r\033[K{plays}, {len(state.segments)} drawn", end="", file=sys.stderr)

    request = {"file": str(file.resolve()), "scene": scene, "quality": name, "jobs": jobs}
    run(request | {"preview": True}, on_event)
    if is_seen:
        print(end="\r\033[K", file=sys.stderr, flush=True)
    if state.error is not None:
        raise SlidesError(state.error["text"] or state.error["title"])
    if not state.film.slides():
        raise SlidesError(f"{scene} plays nothing: there are no slides.")
    return state


def _document(state: State, notes: bool) -> str:
    style = "".join((_PAGE / name).read_text(encoding="utf-8") for name in _STYLES)
    script = "".join(_inlined(name) for name in _SCRIPTS)
    film = _content(state, notes)
    names = dict.fromkeys(part["name"] for play in film["plays"] for part in play["segments"])
    data = [_data("film", json.dumps(film, separators=(",", ":")), "application/json")]
    data += [
        _data(f"segment-{name}", _base64(state.segments[name][0].read_bytes())) for name in names
    ]
    page = (_PAGE / "present.html").read_text(encoding="utf-8")
    rules = policy(style, script, "img-src data:; media-src blob:")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{rules}">\n'
    title = html.escape(state.scene or "")
    for name in _STYLES:
        page = page.replace(f'<link rel="stylesheet" href="{name}">\n', "")
    return (
        page.replace(_SCRIPT_LINK, f"<style>{style}</style>\n")
        .replace('<meta charset="utf-8">\n', f'<meta charset="utf-8">\n{meta}')
        .replace("<title>nnviz present</title>", f"<title>{title}</title>")
        .replace("</body>", f'{"".join(data)}<script type="module">{script}</script>\n</body>')
    )


def _content(state: State, notes: bool) -> dict[str, Any]:
    """Return the part of the state that the page needs; it has nothing of the scene's code."""
    told = state.to_json()
    slides = [slide if notes else slide | {"notes": []} for slide in told["slides"]]
    ends = {slide["last"] for slide in slides}
    # Where a slide waits, the viewer can point at neurons.
    names = {told["plays"][place]["key"].rpartition(" ")[2] for place in ends}
    parts = {name: state.parts[name] for name in sorted(names) if state.parts.get(name)}
    plays = [
        {
            "frames": play["frames"],
            "old": False,
            "key": play["key"],
            "segments": play["segments"],
            # The speaker sees the last frame of a slide.
            "still": _picture(state.stills[play["still"]]) if place in ends else "",
        }
        for place, play in enumerate(told["plays"])
    ]
    kept = ("scene", "status", "doing", "rate", "width", "height", "picture", "error")
    return {name: told[name] for name in kept} | {"plays": plays, "slides": slides, "parts": parts}


def _inlined(name: str) -> str:
    """Return a module as a part of one script."""
    lines = (_PAGE / name).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line.removeprefix("export ") for line in lines if not line.startswith("import "))


def _data(name: str, text: str, kind: str = "text/plain") -> str:
    # A "<" could end the element; JSON has an escape for it.
    text = text.replace("<", "\\u003c")
    return f'<script type="{kind}" id="{name}">{text}</script>\n'


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _picture(path: Path) -> str:
    """Return a small picture as a data URL."""
    file = BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail(_SMALL)
        picture.save(file, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{_base64(file.getvalue())}"
