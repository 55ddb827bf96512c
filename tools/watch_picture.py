"""Make the moving pictures of edits under `nnviz watch`: docs/watch-*.webp.

python tools/watch_picture.py BROWSER [NAME...]

BROWSER is what tools/find_browser.sh prints. On the left is a drawing of an editor, in which words
are typed; they are saved to a file, which `nnviz watch` follows. On the right is its page.
"""

from __future__ import annotations

import html
import io
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCS = Path(__file__).resolve().parents[1] / "docs"
#: Sizes in pixels: of the editor and of the page.
EDITOR, PAGE = (490, 690), (830, 690)
#: Seconds: between letters, before and after an edit, and between two looks at the page.
LETTER, REST, LOOK = 0.09, 1.2, 0.1
LIMIT = 1_000_000


class Edit(NamedTuple):
    """Words that are replaced by others."""

    old: str
    new: str


class Story(NamedTuple):
    """A scene, and what becomes of it."""

    code: str
    edits: tuple[Edit, ...]


STORIES = {
    "xor": Story(
        """\
from manim import *
from nnviz import *


class Xor(Scene):
    def construct(self):
        x = [[0, 0], [0, 1], [1, 0], [1, 1]]
        y = [[0], [1], [1], [0]]
        net = Network.random([2, 4, 1], seed=1)
        *_, last = net.sgd(
            x, y, epochs=1000, batch_size=4, learning_rate=3
        )
        net = NetworkMobject(
            last.network,
            input_labels="AB",
            output_labels=["A xor B"],
        )
        self.play(FadeIn(net.show_weights()))
        self.play(FeedForward(net, [1, 0]))
""",
        (Edit("[1, 0]))", "[1, 1]))"), Edit("[2, 4, 1]", "[2, 7, 1]")),
    ),
    "turning": Story(
        """\
from manim import *


class Turning(Scene):
    def construct(self):
        shape = Square(side_length=3)
        shape.set_fill(BLUE, 0.6)
        self.play(Create(shape))
        self.play(Rotate(shape, PI / 4))
        star = Star(5, outer_radius=2.5)
        star.match_style(shape)
        self.play(Transform(shape, star))
""",
        (Edit("Star(5,", "Star(9,"), Edit("BLUE", "GREEN")),
    ),
}
STYLE = """
* { box-sizing: border-box; margin: 0; }
body { background: #1e2225; color: #e8ecee; font: 14px/1.75 "DejaVu Sans Mono", monospace; }
header { display: flex; padding: 11px 16px; background: #15181a; font-size: 14px; color: #a3adb4; }
header b { color: #e8ecee; font-weight: 400; }
header span { margin-left: auto; color: #7ccf9b; }
header .typed { color: #e6bd5c; }
pre { font: inherit; padding: 14px 0; counter-reset: line; }
div { padding: 0 14px; white-space: pre; }
div.here { background: #2b3338; }
div::before {
  counter-increment: line; content: counter(line); display: inline-block; width: 2ch;
  margin-right: 2ch; text-align: right; color: #6d7880;
}
i { border-left: 2px solid #58c4dd; margin: 0 -1px; }
"""


class Camera:
    """Takes pictures of the editor and the page, side by side.

    Parameters
    ----------
    editor, page
        What stands on the left and on the right.
    """

    def __init__(self, editor: Page, page: Page) -> None:
        self.editor, self.page = editor, page
        self.frames: list[Image.Image] = []
        self.seconds: list[float] = []
        self._left = Image.new("RGB", EDITOR)

    def write(self, name: str, text: str, caret: int, said: str) -> None:
        """Show a text in the editor."""
        lines = []
        first = 0
        for line in text.splitlines(keepends=True):
            end = first + len(line)
            if first <= caret < end:
                before, after = line[: caret - first], line[caret - first :].rstrip("\n")
                shown = f"{html.escape(before)}<i></i>{html.escape(after)}"
                lines.append(f'<div class="here">{shown}</div>')
            else:
                lines.append(f"<div>{html.escape(line.rstrip()) or ' '}</div>")
            first = end
        kind = "typed" if said == "not saved" else ""
        head = f'<header><b>{name}</b><span class="{kind}">{said}</span></header>'
        self.editor.set_content(f"<style>{STYLE}</style>{head}<pre>{''.join(lines)}</pre>")
        self._left = _seen(self.editor)

    def take(self, seconds: float) -> None:
        """Take a picture that is shown for some seconds."""
        frame = Image.new("RGB", (EDITOR[0] + PAGE[0], PAGE[1]))
        frame.paste(self._left, (0, 0))
        frame.paste(_seen(self.page), (EDITOR[0], 0))
        if self.frames and frame.tobytes() == self.frames[-1].tobytes():
            self.seconds[-1] += seconds
        else:
            self.frames.append(frame)
            self.seconds.append(seconds)

    def film(self, condition: str) -> None:
        """Take pictures until the page's body matches a selector."""
        is_over = False
        while not is_over:
            is_over = self.page.evaluate(f"document.body.matches({condition!r})")
            began = time.monotonic()
            self.take(LOOK)
            time.sleep(max(0.0, LOOK - (time.monotonic() - began)))


def _seen(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def told(browser: Browser, story: Story, name: str, folder: Path) -> Camera:
    """Watch a scene while it is edited; return the pictures."""
    file = folder / f"{name}.py"
    text = story.code
    file.write_text(text)
    watch = subprocess.Popen(
        [sys.executable, "-m", "nnviz", "watch", file.name, "--no-browser"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert watch.stdout is not None
        page = browser.new_page(viewport={"width": PAGE[0], "height": PAGE[1]})
        page.goto(watch.stdout.readline().strip())
        page.wait_for_selector("body[data-status=done]")
        page.locator("#strip button").last.click()
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        editor = browser.new_page(viewport={"width": EDITOR[0], "height": EDITOR[1]})
        camera = Camera(editor, page)
        for edit in story.edits:
            text = _edited(camera, file, text, edit)
        camera.take(REST)
    finally:
        watch.send_signal(signal.SIGINT)
        watch.wait(10)
    return camera


def _edited(camera: Camera, file: Path, text: str, edit: Edit) -> str:
    """Type an edit, save it, and see what becomes of the last play."""
    start = text.index(edit.old)
    same = next(i for i, (a, b) in enumerate(zip(edit.old, edit.new, strict=False)) if a != b)
    tail = next(
        i for i, (a, b) in enumerate(zip(edit.old[::-1], edit.new[::-1], strict=False)) if a != b
    )
    old, new = (word[same : len(word) - tail] for word in edit)
    before, after = text[: start + same], text[start + len(edit.old) - tail :]
    camera.write(file.name, text, len(before) + len(old), "saved")
    camera.take(REST)
    steps = [old[:n] for n in range(len(old) - 1, -1, -1)]
    steps += [new[:n] for n in range(1, len(new) + 1)]
    for word in steps:
        camera.write(file.name, before + word + after, len(before) + len(word), "not saved")
        camera.take(LETTER)
    camera.take(REST / 3)
    text = before + new + after
    run = camera.page.evaluate("Number(document.body.dataset.run)")
    file.write_text(text)
    camera.write(file.name, text, len(before) + len(new), "saved")
    camera.film(f"[data-run='{run + 1}'][data-status=done]")
    camera.take(REST / 2)
    camera.page.keyboard.press("l")  # from the beginning of this play, and not of the film
    camera.page.keyboard.press(" ")
    camera.page.keyboard.press("l")
    camera.film("[data-playing=false]")
    return text


def main() -> int:
    """Make the pictures; refuse one that is too large."""
    browser_path, *names = sys.argv[1:]
    status = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name in names or STORIES:
            with tempfile.TemporaryDirectory(prefix="nnviz-watch-") as folder:
                camera = told(browser, STORIES[name], name, Path(folder))
            target = DOCS / f"watch-{name}.webp"
            first, *others = camera.frames
            first.save(
                target,
                save_all=True,
                append_images=others,
                duration=[round(1000 * seconds) for seconds in camera.seconds],
                loop=0,
                quality=60,
                method=4,
            )
            size = target.stat().st_size
            print(f"{target}: {len(camera.frames)} frames, {sum(camera.seconds):.1f} s, {size:,} B")
            if size > LIMIT:
                print(f"error: that is more than {LIMIT:,}", file=sys.stderr)
                status = 1
        browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
