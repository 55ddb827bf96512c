"""Who is answered, and with what: nobody but the page itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="nnviz watch takes the extra 'watch'")

from nnviz.preview.server import app
from nnviz.preview.watched_file import Watch

TOKEN, PORT = "right", 4321
HOST = f"127.0.0.1:{PORT}"


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    file = tmp_path / "film.py"
    file.write_text("class Film: ...\n")
    (tmp_path / "secret").write_text("nobody's business")
    watch = Watch(file, "Film", lambda: ["Film", "Other"], "l", 1)
    (tmp_path / "abc-1.mp4").write_bytes(b"a film")
    watch.state.segments["abc"] = tmp_path / "abc-1.mp4", 15
    return watch


def ask(
    watch: Watch, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and content of an answer."""
    named = {"host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
    }
    sent: list[Any] = []
    brought = [{"type": "http.request", "body": body or b"", "more_body": False}]

    async def receive() -> Any:
        if not brought:
            await asyncio.Event().wait()
        return brought.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(watch, TOKEN, PORT)(scope, receive, send))
    start, *parts = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, b"".join(part.get("body", b"") for part in parts)


@pytest.mark.parametrize("path", ["/", "/watch.js", "/player.js", "/watch.css", "/segments/abc"])
def test_those_who_know_the_address_are_answered(watch: Watch, path: str) -> None:
    for host in (HOST, f"localhost:{PORT}"):
        status, headers, content = ask(watch, f"/{TOKEN}{path}", host=host)
        assert status == 200
        assert content
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404),
        ("/wrong/", {}, 404),
        ("/wrong/watch.js", {}, 404),
        (f"/{TOKEN[:-1]}/", {}, 404),
        # A site that makes its own name point to this machine.
        (f"/{TOKEN}/", {"host": f"evil.example:{PORT}"}, 421),
        (f"/{TOKEN}/", {"host": f"127.0.0.1.evil.example:{PORT}"}, 421),
        (f"/{TOKEN}/", {"host": "127.0.0.1"}, 421),
        (f"/{TOKEN}/", {"host": ""}, 421),
        # A page of another origin, even one of this machine.
        (f"/{TOKEN}/segments/abc", {"origin": "http://evil.example"}, 403),
        (f"/{TOKEN}/segments/abc", {"origin": "http://127.0.0.1:1"}, 403),
        (f"/{TOKEN}/segments/abc", {"origin": "null"}, 403),
        (f"/{TOKEN}/segments/abc", {"sec_fetch_site": "cross-site"}, 403),
        (f"/{TOKEN}/segments/abc", {"sec_fetch_site": "same-site"}, 403),
        # Files that are nobody's business.
        (f"/{TOKEN}/segments/secret", {}, 404),
        (f"/{TOKEN}/segments/../secret", {}, 404),
        (f"/{TOKEN}/../../pyproject.toml", {}, 404),
        (f"/{TOKEN}/__init__.py", {}, 404),
        (f"/{TOKEN}/..%2fserver.py", {}, 404),
        (f"/{TOKEN}/stills/abc", {}, 404),
        (f"/{TOKEN}/picture", {}, 404),
    ],
)
def test_nobody_else_is_answered(
    watch: Watch, path: str, headers: dict[str, str], status: int
) -> None:
    got, _, content = ask(watch, path, **headers)
    assert got == status
    assert b"a film" not in content
    assert b"business" not in content
    assert b"import" not in content


def test_commands_come_from_the_page_alone(watch: Watch) -> None:
    runs: list[str | None] = []
    watch.run = lambda: runs.append(watch.state.scene)  # type: ignore[method-assign]
    path = f"/{TOKEN}/command"
    choice = json.dumps({"do": "choose", "value": "Other"}).encode()
    assert ask(watch, path, choice, origin="http://evil.example")[0] == 403
    assert ask(watch, "/wrong/command", choice)[0] == 404
    assert ask(watch, path)[0] == 404
    assert runs == []
    assert ask(watch, path, choice, origin=f"http://{HOST}", sec_fetch_site="same-origin")[0] == 204
    assert runs == ["Other"]
    for body in (b"no JSON", b"[]", b'{"do": "remove"}', b'{"do": "render", "value": "z"}'):
        assert ask(watch, path, body)[0] == 400
    unknown = json.dumps({"do": "choose", "value": "__import__"}).encode()
    assert ask(watch, path, unknown)[0] == 204
    assert watch.state.scene == "Other"
    assert ask(watch, path, b"x" * 20_000)[0] == 400


def test_the_page_asks_no_other_server_and_runs_no_text() -> None:
    page = Path(app.__code__.co_filename).with_name("page")
    for file in page.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "http:" not in text.replace("http://www.w3.org", "")
        assert "https:" not in text
        # What users print, and errors, are texts and never markup.
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in text, f"{word} in {file.name}"
