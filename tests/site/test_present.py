"""`nnviz present` in a browser: slides wait and go round, from a server and from a file on disk."""

from __future__ import annotations

import io
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if not os.environ.get("NNVIZ_BROWSER"):
    pytest.skip("make docs-test looks at pages with a browser", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "docs" / "_build" / "screenshots"
#: Each slide ends with a sheet of its own colour over all of the frame.
SCENE = '''
from manim import *

class Talk(Scene):
    def construct(self):
        """Welcome."""
        self.sheet = Rectangle(width=20, height=10, stroke_width=0, fill_opacity=1, color=BLACK)
        self.add(self.sheet)
        for name, kind, color in (
            ("One", "default.normal", "#ff0000"),
            ("Before two", "talk.skip", "#ffff00"),
            ("Two", "talk.loop", "#00ff00"),
            ("Three", "talk.complete_loop", "#00ffff"),
            ("Four", "default.normal", "{last}"),
        ):
            self.next_section(name, kind)
            self.show(name, color)

    def show(self, name, color):
        old = self.sheet.get_fill_color()
        def light(sheet, alpha):
            sheet.set_fill(interpolate_color(old, ManimColor(color), alpha))
        self.play(
            UpdateFromAlphaFunc(self.sheet, light),
            rate_func=linear, run_time=1, subcaption=f"Say {{name}}.",
        )
'''
RED, GREEN, CYAN, BLUE = (255, 0, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255)


def is_like(color: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(color, other, strict=True)) < 24


class Presented:
    """A page with slides, and what it has complained of or asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def wait(self, slide: int, does: str) -> None:
        self.page.wait_for_selector(f"body[data-slide='{slide}'][data-does='{does}']")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(
        self, color: tuple[int, int, int], page: Page | None = None, at: str = "body"
    ) -> bool:
        """Return whether a colour is seen in the middle: it may take some milliseconds."""
        for _ in range(10):
            shot = (page or self.page).locator(at).screenshot()
            with Image.open(io.BytesIO(shot)) as seen:
                found: Any = seen.convert("RGB").getpixel((seen.width // 2, seen.height // 2))
            if is_like(found, color):
                return True
            self.page.wait_for_timeout(100)
        return False

    def note_what_it_does(self) -> None:
        """Begin to note each change of what the page says of its slide."""
        self.page.evaluate(
            """() => {
                window.noted = [];
                window.noting?.disconnect();
                const note = () => window.noted.push({ ...document.body.dataset });
                window.noting = new MutationObserver(note);
                window.noting.observe(document.body, { attributes: true });
            }"""
        )

    def noted(self) -> list[dict[str, str]]:
        return self.page.evaluate("window.noted")  # type: ignore[no-any-return]

    def frames_while(self, slide: int, seconds: float) -> list[int]:
        """Return which frames are shown for some time, in their order; fail on another slide."""
        seen: list[list[int]] = self.page.evaluate(
            """async (milliseconds) => {
                const seen = [];
                const { dataset } = document.body;
                const end = performance.now() + milliseconds;
                while (performance.now() < end) {
                    seen.push([Number(dataset.slide), 100 * dataset.play + Number(dataset.frame)]);
                    await new Promise(requestAnimationFrame);
                }
                return seen;
            }""",
            1000 * seconds,
        )
        assert {one[0] for one in seen} == {slide}
        return [one[1] for one in seen]


def rounds(frames: list[int]) -> int:
    return sum(b < a for a, b in itertools.pairwise(frames))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("presented")
    (folder / "talk.py").write_text(SCENE.format(last="#0000ff"))
    return folder


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "nnviz", "present", "talk.py", "Talk", "-ql", *words]


@pytest.fixture(scope="module")
def exported(folder: Path) -> Path:
    """Return the file of a talk; nothing else that was made is left."""
    talk = folder / "elsewhere" / "talk.html"
    talk.parent.mkdir()
    subprocess.run(command("--export", str(talk), "--notes"), cwd=folder, check=True)
    shutil.rmtree(folder / "media")
    return talk


@pytest.fixture(scope="module")
def address(folder: Path, exported: Path) -> Iterator[str]:
    process = subprocess.Popen(
        command("--no-browser"), cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


@pytest.fixture(params=["server", "file"])
def presented(request: Any, browser: Browser, address: str, exported: Path) -> Iterator[Presented]:
    context = browser.new_context(viewport={"width": 854, "height": 480}, has_touch=True)
    if request.param == "file":
        context.set_offline(True)
    context.set_default_timeout(15_000)
    shown = Presented(context.new_page())
    shown.page.goto(address if request.param == "server" else exported.as_uri())
    shown.page.wait_for_selector("body[data-status=done][data-slides='4']")
    yield shown
    context.close()
    assert not shown.complaints
    if request.param == "file":
        others = [url for url in shown.asked if not url.startswith(("blob:", "data:"))]
        assert set(others) == {exported.as_uri()}, "nothing but the file itself"


def test_a_slide_waits_at_its_end(presented: Presented) -> None:
    presented.wait(1, "stands")
    assert presented.shows((0, 0, 0)), "the first frame"
    presented.press("ArrowRight")
    presented.wait(1, "waits")
    assert presented.shows(RED)
    assert set(presented.frames_while(1, 0.5)) == {14}


def test_loops_go_round_until_somebody_goes_on(presented: Presented) -> None:
    presented.press("1", "Enter")
    presented.wait(1, "waits")
    presented.press("PageDown")
    presented.wait(2, "goes round")
    frames = presented.frames_while(2, 2.5)
    assert rounds(frames) >= 2
    assert min(frames) >= 200, "what was skipped is not part of the round"
    presented.note_what_it_does()
    presented.press(" ")
    presented.wait(3, "goes round")
    assert {one["does"] for one in presented.noted() if one["slide"] == "2"} <= {"goes round"}
    assert rounds(presented.frames_while(3, 1.5)) >= 1
    presented.note_what_it_does()
    presented.press("ArrowDown")
    presented.wait(4, "waits")
    ended = [one for one in presented.noted() if one["does"] == "ends its round"]
    assert {one["slide"] for one in ended} == {"3"}
    assert rounds([int(one["frame"]) for one in ended]) == 0, "it is the last round"
    assert presented.shows(BLUE)
    presented.press("ArrowRight")
    presented.wait(4, "waits")


def test_keys_of_clickers_and_of_keyboards(presented: Presented) -> None:
    presented.press("End")
    presented.wait(4, "waits")
    assert presented.shows(BLUE)
    presented.press("PageUp")
    presented.wait(3, "goes round")
    presented.press("PageUp", "PageUp")
    presented.wait(1, "waits")
    assert presented.shows(RED), "the end of the slide before"
    presented.press("r")
    presented.wait(1, "plays")
    presented.press("p")
    presented.wait(1, "stands")
    presented.press("ArrowRight")
    presented.wait(1, "waits")
    presented.press("4")
    assert presented.page.inner_text("#typed") == "Slide 4"
    presented.press("Enter")
    presented.wait(4, "waits")
    presented.press("9", "9", "Enter")
    presented.wait(4, "plays")
    presented.press("Home")
    presented.wait(1, "stands")
    assert presented.shows((0, 0, 0))


def test_a_black_screen_ends_with_the_slide_that_was_there(presented: Presented) -> None:
    presented.press("ArrowRight")
    presented.wait(1, "waits")
    for key in ("b", "."):
        presented.press(key)
        assert presented.shows((0, 0, 0))
        presented.press("PageDown")
        assert presented.shows(RED)
        presented.wait(1, "waits")


def test_swipes_and_taps(presented: Presented) -> None:
    page = presented.page

    def swipe(start: int, end: int) -> None:
        touch = {"pointerType": "touch", "isPrimary": True, "button": 0, "clientY": 200}
        page.dispatch_event("#stage", "pointerdown", touch | {"clientX": start})
        page.dispatch_event("#stage", "pointerup", touch | {"clientX": end})

    page.touchscreen.tap(400, 200)
    presented.wait(1, "waits")
    swipe(500, 300)
    presented.wait(2, "goes round")
    swipe(300, 500)
    presented.wait(1, "waits")
    assert page.evaluate("document.documentElement.scrollWidth") <= 854


def test_the_speaker_sees_notes_and_what_comes_next(presented: Presented) -> None:
    with presented.page.expect_popup() as opened:
        presented.press("s")
    desk = opened.value
    desk.on("console", lambda message: presented.complaints.append(message.text))
    desk.set_viewport_size({"width": 1100, "height": 700})
    notes = desk.locator(".notes p")
    assert notes.all_inner_texts() == ["Welcome.", "Say One."]
    assert desk.inner_text(".place") == "1 / 4"
    assert desk.inner_text(".next figcaption") == "Next: Two"
    assert desk.inner_text(".since") == "0:00"
    assert presented.shows(GREEN, desk, ".next img")
    desk.keyboard.press("PageDown")
    presented.wait(1, "waits")
    assert presented.shows(RED, desk, "canvas")
    presented.press("End")
    presented.wait(4, "waits")
    assert presented.shows(BLUE, desk, "canvas")
    assert notes.all_inner_texts() == ["Say Four."]
    assert desk.inner_text(".next figcaption") == "This is the last slide."
    assert not desk.is_visible(".next img")
    desk.wait_for_function("document.querySelector('.since').textContent > '0:00'")
    desk.click(".reset")
    assert desk.inner_text(".since") == "0:00"
    assert desk.evaluate("document.documentElement.scrollWidth") <= 1100
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    desk.screenshot(path=SCREENSHOTS / "present-speaker.png")
    presented.page.reload()
    presented.wait(4, "stands")
    assert desk.is_closed(), "it goes with its page; another one can be opened"


def test_buttons_do_not_keep_the_space_bar(presented: Presented) -> None:
    page = presented.page
    page.mouse.move(300, 300)
    page.click("#bar [data-do=help]")
    assert page.is_visible("dialog")
    presented.press("ArrowRight")
    presented.wait(1, "stands")
    presented.press("Escape")
    assert not page.is_visible("dialog")
    page.click("#bar [data-do=forward]")
    presented.wait(1, "waits")
    presented.press(" ")
    presented.wait(2, "goes round")
    assert not page.is_visible("dialog")
    page.set_viewport_size({"width": 390, "height": 844})
    for button in page.locator("#bar button").all():
        box = button.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 390)


def test_an_edit_is_seen_at_the_slide_that_is_shown(
    browser: Browser, address: str, folder: Path
) -> None:
    shown = Presented(browser.new_page(viewport={"width": 854, "height": 480}))
    shown.page.goto(address)
    shown.page.wait_for_selector("body[data-status=done]")
    shown.press("End")
    assert shown.shows(BLUE)
    (folder / "talk.py").write_text(SCENE.format(last="#ff00ff"))
    shown.page.wait_for_selector("body[data-status=running]")
    shown.page.wait_for_selector("body[data-status=done]")
    shown.wait(4, "waits")
    assert shown.shows((255, 0, 255))
    (folder / "talk.py").write_text(SCENE.format(last="#00ff00") + "<")
    shown.page.wait_for_selector("body[data-status=failed]")
    assert shown.page.inner_text("#message").startswith("SyntaxError")
    assert shown.shows((255, 0, 255)), "the last good film stays"
    (folder / "talk.py").write_text(SCENE.format(last="#0000ff"))
    shown.page.wait_for_selector("body[data-status=done]")
    assert not shown.page.is_visible("#message")
    shown.page.close()
    assert not shown.complaints
