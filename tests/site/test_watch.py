"""`nnviz watch` in a browser: what is saved is seen, and the place is kept."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "docs" / "_build" / "screenshots"
#: Each play is a sheet over all of the frame that becomes brighter by the frame.
SCENE = """
from manim import *

class Sheets(Scene):
    def construct(self):
        sheet = Rectangle(width=20, height=10, stroke_width=0, fill_opacity=1)
        for part, color in (("One", {colors[0]}), ("Two", {colors[1]}), ("Three", {colors[2]})):
            self.next_section(part)
            print("<b>", part, "</b>")
            def light(sheet, alpha):
                sheet.set_fill(interpolate_color(BLACK, color, 0.1 + 0.9 * alpha))
            self.play(UpdateFromAlphaFunc(sheet, light), rate_func=linear, run_time=1)
            {then}

class Other(Scene):
    def construct(self):
        self.play(Create(Dot()), run_time=0.2)
"""
WHITE, RED, GREEN, BLUE = (
    f"ManimColor('{c}')" for c in ("#ffffff", "#ff0000", "#00ff00", "#0000ff")
)
FRAMES = 15


def save(file: Path, *colors: str, then: str = "pass") -> None:
    """Replace the file as editors do."""
    draft = file.with_suffix(".draft")
    draft.write_text(SCENE.format(colors=colors, then=then))
    draft.replace(file)


class Watched:
    """A scene that is being watched, and the page."""

    def __init__(self, process: subprocess.Popen[str], file: Path, page: Page) -> None:
        self.process, self.file, self.page = process, file, page

    def wait(self, run: int, status: str) -> None:
        self.page.wait_for_selector(f"body[data-run='{run}'][data-status={status}]")

    def run(self) -> int:
        return int(self.page.evaluate("document.body.dataset.run"))

    def shown(self, play: int, frame: int) -> tuple[int, int, int]:
        """Wait until a frame is shown; return the colour that is seen in its middle.

        A video is on the screen some milliseconds after the browser says that it has the frame.
        """
        self.page.wait_for_selector(f"#stage[data-shown='{play} {frame}']")
        self.page.wait_for_timeout(100)
        return self.color()

    def is_grey(self, play: int, frame: int) -> bool:
        """Wait until a frame is shown; return whether it is as bright as it should be.

        A frame is 15 levels brighter than the one before.
        """
        wanted = 255 * (0.1 + 0.9 * frame / FRAMES)
        for _ in range(10):
            if max(abs(level - wanted) for level in self.shown(play, frame)) < 6:
                return True
        return False

    def color(self) -> tuple[int, int, int]:
        with Image.open(io.BytesIO(self.page.locator("#stage").screenshot())) as seen:
            color: Any = seen.convert("RGB").getpixel((seen.width // 2, seen.height // 2))
        return (color[0], color[1], color[2])


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    file = folder / "sheets.py"
    save(file, WHITE, WHITE, WHITE)
    process = subprocess.Popen(
        [sys.executable, "-m", "nnviz", "watch", "sheets.py", "--no-browser"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(process.stdout.readline().strip())
    page.wait_for_selector("body[data-run='1'][data-status=done]")
    yield Watched(process, file, page)
    page.close()
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(10)
    assert not complaints


def test_scrubbing_and_keys_hit_the_frame(watched: Watched) -> None:
    page = watched.page
    box = page.locator("#scrub").bounding_box()
    assert box is not None
    for frame in (0, 7, 14, 15, 22, 30, 44, 29, 1):
        page.mouse.click(box["x"] + (frame + 0.5) / 45 * box["width"], box["y"] + box["height"] / 2)
        play, inside = divmod(frame, FRAMES)
        assert watched.is_grey(play, inside), frame
    page.keyboard.press("Home")
    for inside in range(1, 4):
        page.keyboard.press(".")
        assert watched.is_grey(0, inside)
    page.keyboard.press(",")
    watched.shown(0, 2)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert min(watched.shown(2, 14)) > 230, "the end of the play"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    page.wait_for_selector("body[data-playing=true][data-play='2']")
    page.wait_for_selector("body[data-playing=false][data-play='2'][data-frame='14']")


def test_an_edit_is_seen_and_the_place_is_kept(watched: Watched) -> None:
    page, run = watched.page, watched.run()
    page.click("#strip li:nth-child(2) button")
    watched.shown(1, 14)
    pictures = page.eval_on_selector_all("#strip img", "all => all.map(one => one.src)")
    save(watched.file, WHITE, RED, WHITE)
    watched.wait(run + 1, "done")
    red, green, blue = watched.shown(1, 14)
    assert red > 200
    assert max(green, blue) < 30
    changed = page.eval_on_selector_all("#strip img", "all => all.map(one => one.src)")
    assert [one == other for one, other in zip(pictures, changed, strict=True)] == [
        True,
        False,
        True,
    ]
    assert page.locator("#strip h3").all_inner_texts() == ["One", "Two", "Three"]
    assert (
        page.locator("#output pre").text_content() == "<b> One </b>\n<b> Two </b>\n<b> Three </b>\n"
    )


def test_a_play_that_moves_is_followed(watched: Watched) -> None:
    page, run = watched.page, watched.run()
    page.click("#strip li:nth-child(2) button")
    page.keyboard.press(",")
    red = watched.shown(1, 13)[0]
    assert red > 150
    first = "self.wait(0.2)\n        for part"
    text = watched.file.read_text()
    watched.file.write_text(text.replace("for part", first))
    watched.wait(run + 1, "done")
    assert watched.shown(2, 13)[0] == red
    watched.file.write_text(text)
    watched.wait(run + 2, "done")
    assert watched.shown(1, 13)[0] == red


def test_a_loop_goes_on_with_the_new_film(watched: Watched) -> None:
    page, run = watched.page, watched.run()
    page.keyboard.press("l")
    page.keyboard.press(" ")
    page.wait_for_selector("body[data-playing=true][data-play='1']")
    save(watched.file, WHITE, GREEN, WHITE)
    watched.wait(run + 1, "done")
    time.sleep(1.5)  # longer than the play
    page.keyboard.press(" ")
    page.wait_for_selector("body[data-playing=false][data-play='1']")
    page.keyboard.press("l")
    red, green, _ = watched.color()
    assert green > 20 > red


def test_an_error_stands_beside_the_last_good_film(watched: Watched) -> None:
    page, run = watched.page, watched.run()
    save(watched.file, WHITE, BLUE, WHITE, then="self.<missing")
    watched.wait(run + 1, "failed")
    assert "SyntaxError" in page.inner_text("#error h2")
    assert "sheets.py, line 13" in page.inner_text("#places")
    assert page.inner_text("#places mark") == "            self.<missing"
    page.keyboard.press("Home")
    assert watched.shown(0, 0)[0] == pytest.approx(26, abs=5), "the film goes on"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "watch-error.png")
    save(watched.file, WHITE, BLUE, WHITE, then="self.missing()")
    watched.wait(run + 2, "failed")
    assert page.inner_text("#error h2").startswith("AttributeError")
    assert page.locator("#strip li.old").count() == 2, "plays of the run before"
    save(watched.file, WHITE, BLUE, WHITE)
    watched.wait(run + 3, "done")
    assert not page.is_visible("#error")
    assert page.locator("#strip li.old").count() == 0


def test_ten_saves_in_two_seconds_end_in_the_last_ones_film(watched: Watched) -> None:
    page = watched.page
    page.keyboard.press("End")
    for level in range(10):
        save(watched.file, WHITE, WHITE, f"ManimColor('#00{level}{level}ff')")
        time.sleep(0.2)
    deadline = time.monotonic() + 30
    while True:
        page.wait_for_selector("body[data-status=done]")
        page.wait_for_selector("#stage[data-shown='2 14']")
        red, green, _ = watched.color()
        if abs(green - 0.94 * 0x99) < 8 and red < 20:
            break
        assert time.monotonic() < deadline, (red, green)
        time.sleep(0.1)
    run = watched.run()
    time.sleep(0.5)
    assert watched.run() == run, "nothing runs on"


def test_another_scene_of_the_file(watched: Watched) -> None:
    page, run = watched.page, watched.run()
    page.select_option("#scenes", "Other")
    watched.wait(run + 1, "done")
    assert page.locator("#strip li").count() == 1
    page.select_option("#scenes", "Sheets")
    watched.wait(run + 2, "done")
    assert page.locator("#strip li").count() == 3


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(watched: Watched, width: int, theme: Any) -> None:
    page = watched.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in ("#toggle", "#render", "#scenes", "#position", "#strip li"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width, selector
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"watch-{width}-{theme}.png")


def test_nothing_is_left_after_ctrl_c(watched: Watched) -> None:
    save(watched.file, WHITE, WHITE, WHITE, then="__import__('time').sleep(60)")
    watched.page.wait_for_selector("body[data-status=running]")
    others = psutil.Process(watched.process.pid).children(recursive=True)
    assert others
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(5) == 0
    _, left = psutil.wait_procs(others, timeout=3)
    assert left == []
