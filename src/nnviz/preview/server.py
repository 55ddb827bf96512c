"""The server of the page, for this computer only.

The address has a random token, and requests without it are refused. So are requests that name
another host or come from a page of another origin: no other site in the same browser can use this
server, even if its name points to this computer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import secrets
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nnviz.preview.state import SIZES
from nnviz.preview.watched_file import Watch

__all__ = ["Guard", "app", "listen", "serve"]

_PAGE = Path(__file__).parent / "page"
_FILES = {
    "": ("watch.html", "text/html; charset=utf-8"),
    "watch.css": ("watch.css", "text/css; charset=utf-8"),
    "watch.js": ("watch.js", "text/javascript; charset=utf-8"),
    "player.js": ("player.js", "text/javascript; charset=utf-8"),
    "parts.js": ("parts.js", "text/javascript; charset=utf-8"),
    "parts.css": ("parts.css", "text/css; charset=utf-8"),
    "present": ("present.html", "text/html; charset=utf-8"),
    "present.css": ("present.css", "text/css; charset=utf-8"),
    "present.js": ("present.js", "text/javascript; charset=utf-8"),
    "deck.js": ("deck.js", "text/javascript; charset=utf-8"),
    "speaker.js": ("speaker.js", "text/javascript; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
#: Files named by their content never change; all others are requested each time.
_KEPT = {"cache-control": "private, max-age=31536000, immutable"}
_FRESH = {"cache-control": "no-store"}
#: Largest size of a request in bytes.
_LONGEST = 10_000


class Guard:
    """Passes requests to an application if they come from its own page.

    Parameters
    ----------
    inner : ASGIApp
        The application.
    token : str
        First part of every path.
    port : int
        Port of the server.
    """

    def __init__(self, inner: ASGIApp, token: str, port: int) -> None:
        self._inner, self._token = inner, token.encode()
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal:
            status, text = refusal
            await PlainTextResponse(text, status)(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self._inner(scope, receive, answer)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        names = [name for name, _ in scope["headers"]]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"")
        if host not in self._hosts or names.count(b"host") != 1:
            return 421, "This server answers requests to its own address only."
        origin = headers.get(b"origin")
        site = headers.get(b"sec-fetch-site", b"none")
        if origin not in (None, b"http://" + host) or site not in (b"none", b"same-origin"):
            return 403, "This server answers requests of its own page only."
        first = scope["path"].encode().split(b"/")[1:2]
        if not first or not hmac.compare_digest(first[0], self._token):
            return 404, "Not found: nnviz watch prints the full address."
        return None


def app(watch: Watch, token: str, port: int) -> ASGIApp:
    """Return the application that serves the page of a watched file.

    Parameters
    ----------
    watch : Watch
        The watched file.
    token : str
        The first part of every path.
    port : int
        The server's port.
    """

    async def page(request: Request) -> Response:
        known = _FILES.get(request.path_params.get("name", ""))
        if known is None:
            return _nothing()
        return _file(_PAGE / known[0], known[1], _FRESH)

    async def segment(request: Request) -> Response:
        path, _ = watch.state.segments.get(request.path_params["name"], (None, 0))
        return _file(path, "video/mp4", _KEPT)

    async def still(request: Request) -> Response:
        return _file(watch.state.stills.get(request.path_params["name"]), "image/jpeg", _KEPT)

    async def parts(request: Request) -> Response:
        found = watch.state.parts.get(request.path_params["name"], [])
        return JSONResponse(found, headers=_FRESH)

    async def picture(request: Request) -> Response:
        return _file(watch.state.picture, "image/png", _FRESH)

    async def events(request: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            async for state in watch.states():
                yield b"data: " + json.dumps(state).encode() + b"\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers=_FRESH)

    async def command(request: Request) -> Response:
        what = await _json(request)
        if what is None:
            return PlainTextResponse("This is no command.", 400)
        name, value = what.get("do"), what.get("value")
        if name == "choose" and isinstance(value, str):
            watch.choose(value)
        elif name == "run":
            watch.run()
        elif name == "render" and value in SIZES:
            watch.render(str(value))
        elif name == "stop":
            watch.stop_rendering()
        else:
            return PlainTextResponse("This is no command.", 400)
        return Response(status_code=204)

    routes = [
        Route("/", page),
        Route("/events", events),
        Route("/picture", picture),
        Route("/command", command, methods=["POST"]),
        Route("/segments/{name}", segment),
        Route("/stills/{name}", still),
        Route("/parts/{name}", parts),
        Route("/{name}", page),
    ]
    return Guard(Starlette(routes=[Mount(f"/{token}", routes=routes)]), token, port)


def _file(path: Path | None, kind: str, headers: dict[str, str]) -> Response:
    if path is None:
        return _nothing()
    try:
        data = path.read_bytes()
    except OSError:
        return _nothing()
    return Response(data, media_type=kind, headers=headers)


def _nothing() -> Response:
    return PlainTextResponse("Not found.", 404, headers=_FRESH)


async def _json(request: Request) -> dict[str, Any] | None:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > _LONGEST:
            return None
    try:
        what = json.loads(data)
    except ValueError:
        return None
    return what if isinstance(what, dict) else None


class _Server(uvicorn.Server):
    """A server that ends the streams of events to pages when it stops."""

    def __init__(self, config: uvicorn.Config, watch: Watch) -> None:
        super().__init__(config)
        self._watch = watch

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own method, which raises the signal again before everything is closed.
        self.force_exit = self.should_exit
        self.should_exit = True
        self._watch.end_pages()


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on the loopback interface.

    Parameters
    ----------
    port : int, optional
        Port; 0 is any free port.

    Raises
    ------
    OSError
        If the port is in use.
    """
    return socket.create_server(("127.0.0.1", port))


def serve(
    door: socket.socket,
    file: Path,
    scene: str | None,
    find_scenes: Callable[[], list[str]],
    *,
    quality: str = "l",
    jobs: int = 1,
    browser: bool = True,
    page: str = "",
) -> None:
    """Serve the page of a file until Ctrl-C.

    Parameters
    ----------
    door : socket
        Socket of the server, from :func:`listen`. It is closed at the end.
    file : Path
        As for :class:`~nnviz.preview.watched_file.Watch`.
    scene : str or None
        Likewise.
    find_scenes : callable
        Likewise.
    quality : str
        Likewise.
    jobs : int
        Likewise.
    browser : bool, optional
        Whether to open the page in a browser.
    page : str, optional
        Page to show: "", the scene with its plays, or "present", its slides.
    """
    token = secrets.token_urlsafe(24)
    number: int = door.getsockname()[1]
    address = f"http://127.0.0.1:{number}/{token}/{page}"

    async def work() -> None:
        watch = Watch(file, scene, find_scenes, quality, jobs)
        settings = uvicorn.Config(
            app(watch, token, number),
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(settings, watch)
        try:
            await watch.start()
            print(f"{address}\nPress Ctrl-C to stop", flush=True)
            if browser:
                # webbrowser.open may wait for the browser.
                asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
            await server.serve(sockets=[door])
        finally:
            await watch.close()

    with contextlib.closing(door):
        asyncio.run(work())
