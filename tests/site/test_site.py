"""The site in a browser, as its readers have it: `make docs-test`."""

from __future__ import annotations

import functools
import http.server
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

BROWSER = os.environ.get("NNVIZ_BROWSER")
if not BROWSER:
    pytest.skip("make docs-test looks at the site with a browser", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "_build" / "html"
SCREENSHOTS = ROOT / "docs" / "_build" / "screenshots"
#: Pages of every kind, looked at in all sizes and both themes.
KINDS = [
    "index.html",
    "start.html",
    "pages/index.html",
    "gallery.html",
    "gallery/made/xor.html",
    "gallery/made/WalkThroughTwoExample.html",
    "gallery/made/networks.html",
    "recipes/own-activation.html",
    "recipes/training-film.html",
    "importing.html",
    "reference/index.html",
    "reference/command.html",
    "reference/made/subject-networks.html",
    "reference/made/nnviz.mobjects.NetworkMobject.html",
    "reference/made/nnviz.network.Network.html",
    "cheat-sheet.html",
    "how/house.html",
    "how/measured.html",
    "benchmarks.html",
    "chapter.html",
    "changelog.html",
    "credits.html",
]
LINKS = "a => [...a].map(x => x.href)"
#: What is looked at on each page, with the smallest letters in pixels.
LEAST = {"article p": 14, "article pre": 12, "article pre span": 12, "article a": 12}
#: The first 40 texts of each of some selectors that are seen: selector, words, size of the letters,
#: and contrast with what is behind them by the Web Content Accessibility Guidelines' formula.
TEXTS = """selectors => {
  const rgba = color => color.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a = 1] = rgba(getComputedStyle(e).backgroundColor);
      if (a > 0.9) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = color => {
    const [r, g, b] = color.map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = element => {
    const one = light(rgba(getComputedStyle(element).color).slice(0, 3));
    const other = light(behind(element));
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  const isSeen = element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.innerText.trim()
      && element.checkVisibility({visibilityProperty: true});
  };
  return selectors.flatMap(selector =>
    [...document.querySelectorAll(selector)].slice(0, 40).filter(isSeen).map(element => [
      selector, element.innerText.slice(0, 40),
      parseFloat(getComputedStyle(element).fontSize), contrast(element),
    ]));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        """Let the browser keep what all pages share: hundreds of them ask for it."""
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong on a page."""
    found: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"{message.text} ({message.location.get('url')})")

    def answered(response: Response) -> None:
        if response.status >= 400:
            found.append(f"{response.status} {response.url}")

    page.on("console", said)
    page.on("response", answered)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_no_page_complains_and_no_link_is_dead(page: Page, address: str) -> None:
    """Follow every link within the site, from the first page."""
    complaints = complaints_of(page)
    to_do, seen = ["index.html"], {"index.html"}
    anchors: dict[str, set[str]] = {}
    links: set[tuple[str, str, str]] = set()
    while to_do:
        name = to_do.pop()
        response = page.goto(name, wait_until="load")
        assert response is not None
        assert response.ok, f"{name}: {response.status}"
        assert not complaints, f"{name}: {complaints}"
        anchors[name] = set(page.eval_on_selector_all("[id]", "a => [...a].map(x => x.id)"))
        for link in page.eval_on_selector_all("a[href]", LINKS):
            if not link.startswith(address):
                continue
            target, fragment = urldefrag(urljoin(page.url, link))
            target = target.removeprefix(address) or "index.html"
            links.add((name, target, fragment))
            if target.endswith(".html") and target not in seen:
                seen.add(target)
                to_do.append(target)
            elif not target.endswith(".html"):
                assert (SITE / target).is_file(), f"{name} leads to {target}, which is not there"
    dead = [
        f"{name} -> {target}#{fragment}"
        for name, target, fragment in links
        if fragment and target in anchors and fragment not in anchors[target]
    ]
    assert not dead
    built = {file.relative_to(SITE).as_posix() for file in SITE.rglob("*.html")}
    assert built <= seen | {"search.html"}, "pages that nothing leads to"


def test_every_clip_of_the_gallery_is_there_and_has_a_picture(page: Page) -> None:
    page.goto("gallery.html")
    clips = page.eval_on_selector_all(
        "img.moving", "all => all.map(x => [x.src, new URL(x.dataset.film, location).href])"
    )
    assert len(clips) >= 70
    assert len({film for _, film in clips}) == len(clips), "one clip stands there twice"
    for clip in clips:
        for place in clip:
            assert page.request.get(place).ok, place


def test_clips_of_the_gallery_are_loaded_when_they_are_seen(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("gallery.html")
    page.wait_for_function("document.querySelector('.clip video')?.currentTime > 0")
    films = [url for url in asked if url.endswith(".mp4")]
    assert 0 < len(films) <= 12, "what is not in sight waits"
    assert all(url.endswith("-small.mp4") for url in films)


def test_a_subject_of_the_gallery_hides_all_others(page: Page) -> None:
    page.goto("gallery.html")
    page.get_by_role("link", name="Calculus", exact=True).first.click()
    assert page.locator("#calculus").is_visible()
    assert not page.locator("#networks").is_visible()
    assert page.url.endswith("#calculus")
    page.get_by_role("link", name="All", exact=True).click()
    assert page.locator("#networks").is_visible()
    page.goto("gallery.html#creatures")
    page.reload()
    assert not page.locator("#networks").is_visible()


def test_the_gallery_has_three_columns(page: Page) -> None:
    page.goto("gallery.html")
    lefts = page.eval_on_selector_all(
        "#networks .clip", "all => all.map(x => Math.round(x.getBoundingClientRect().left))"
    )
    assert len(set(lefts)) == 3


def test_all_that_an_entry_shows_is_a_link() -> None:
    """Names are found although Sphinx knows some of them by an alias, too."""
    names, links = 0, 0
    for file in (SITE / "gallery" / "made").glob("*.html"):
        for shown in re.findall(r"<p>Shows (.*?)</p>", file.read_text("utf-8"), re.S):
            names += shown.count("<code")
            links += len(re.findall(r"<a [^>]*reference/made/[^>]*><code", shown))
    assert names >= 120
    assert links == names, f"{names - links} of {names} names lead nowhere"


@pytest.mark.parametrize("name", ["gallery/made/xor.html", "gallery/made/GetLostInNotation.html"])
def test_clips_play(page: Page, name: str) -> None:
    page.goto(name)
    page.locator("video").first.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('video').currentTime > 0.5", timeout=15_000)
    assert page.evaluate("document.querySelector('video').videoWidth") >= 640
    assert page.evaluate("document.querySelector('video').error") is None


def test_clips_stand_still_for_those_who_want_that(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("gallery/made/xor.html")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('video').paused")


def test_search_finds_a_class(page: Page) -> None:
    page.goto("search.html?q=NetworkMobject")
    result = page.locator("#search-results ul li a", has_text="NetworkMobject").first
    result.wait_for(timeout=15_000)
    result.click()
    page.wait_for_load_state()
    assert "NetworkMobject" in page.locator("body").inner_text()
    assert "/reference/" in page.url


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_readable(browser: Browser, address: str, width: int, theme: Any) -> None:
    """Nothing is wider than the window, letters are large enough, and stand out."""
    size = {"width": width, "height": 844 if width == 390 else 900}
    context = browser.new_context(base_url=address, viewport=size, color_scheme=theme)
    page = context.new_page()
    for name in KINDS:
        page.goto(name)
        inner = page.evaluate("document.documentElement.scrollWidth")
        assert inner <= width, f"{name} is {inner} wide in a window of {width}"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, dark[dark.index("(") + 1 : -1].split(",")[:3])) < 200) == (
            theme == "dark"
        )
        texts = page.evaluate(TEXTS, list(LEAST))
        assert texts, f"{name} has no text"
        for selector, text, pixels, contrast in texts:
            assert pixels >= LEAST[selector], f"{name}: {selector} of {pixels} px"
            assert contrast >= 4.5, f"{name}, {theme}: contrast {contrast:.1f} of {text!r}"
    context.close()


@pytest.mark.parametrize(
    ("name", "width", "theme"),
    [
        ("index.html", 1440, "light"),
        ("gallery.html", 1440, "dark"),
        ("gallery/made/xor.html", 390, "dark"),
        ("reference/made/nnviz.mobjects.NetworkMobject.html", 1440, "light"),
        ("how/measured.html", 390, "light"),
    ],
)
def test_pictures_of_pages(
    browser: Browser, address: str, name: str, width: int, theme: Any
) -> None:
    """Keep pictures, for people to look at."""
    size = {"width": width, "height": 844 if width == 390 else 900}
    context = browser.new_context(base_url=address, viewport=size, color_scheme=theme)
    page = context.new_page()
    page.goto(name)
    page.wait_for_load_state("networkidle")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    target = SCREENSHOTS / f"{name.removesuffix('.html').replace('/', '-')}-{width}-{theme}.png"
    page.screenshot(path=target)
    context.close()
    assert target.stat().st_size > 10_000
