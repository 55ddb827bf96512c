"""The downloader against a server on this machine that misbehaves in every way it is asked to."""

import functools
import gzip
import hashlib
import http.server
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nnviz._resources import data_dir
from nnviz.mnist import __main__ as command
from nnviz.mnist import load
from nnviz.mnist.dataset import FILES
from nnviz.mnist.fetch import CHECKSUMS, MIRRORS, DownloadError, default_folder, download

CONTENT = {
    name: gzip.compress(name.encode() + np.random.RandomState(i).bytes(200_000), 1, mtime=0)
    for i, name in enumerate(FILES)
}
MD5 = {name: hashlib.md5(content).hexdigest() for name, content in CONTENT.items()}
NAME = FILES[0]
ONE = {NAME: MD5[NAME]}
HTML = b"<html><title>Sign in to the network</title></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /<behaviour>/<file>."""

    requests: list[str]

    def do_GET(self) -> None:
        behaviour, name = self.path.strip("/").split("/")
        self.requests.append(f"{behaviour}/{name}")
        getattr(self, f"answer_{behaviour}")(CONTENT[name])

    def start(self, length: int | None, kind: str = "application/x-gzip") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer_good(self, content: bytes) -> None:
        self.start(len(content))
        self.wfile.write(content)

    def answer_unsized(self, content: bytes) -> None:
        self.start(None)
        self.wfile.write(content)

    def answer_forbidden(self, content: bytes) -> None:
        self.send_error(403)

    def answer_html(self, content: bytes) -> None:
        self.start(len(HTML), "text/html; charset=utf-8")
        self.wfile.write(HTML)

    def answer_cut(self, content: bytes) -> None:
        """Promise all, send half, hang up."""
        self.start(len(content))
        self.wfile.write(content[: len(content) // 2])

    def answer_reset(self, content: bytes) -> None:
        """As cut, but so that the other side's read fails rather than ends."""
        self.start(len(content))
        self.wfile.write(content[:100_000])
        self.wfile.flush()
        time.sleep(0.05)
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def answer_truncated(self, content: bytes) -> None:
        """A body that is whole as far as HTTP knows, and lacks the file's end."""
        self.start(len(content) - 1000)
        self.wfile.write(content[:-1000])

    def answer_unsizedcut(self, content: bytes) -> None:
        self.start(None)
        self.wfile.write(content[:-1000])

    def answer_silent(self, content: bytes) -> None:
        time.sleep(4)

    def answer_stalls(self, content: bytes) -> None:
        self.start(len(content))
        self.wfile.write(content[:1000])
        self.wfile.flush()
        time.sleep(4)

    def answer_garbage(self, content: bytes) -> None:
        self.wfile.write(b"SMTP ready\r\n\r\n")

    def answer_endless(self, content: bytes) -> None:
        self.start(None)
        try:
            while True:
                self.wfile.write(bytes(1 << 20))
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def handler() -> type[Handler]:
    return type("FreshHandler", (Handler,), {"requests": []})


@pytest.fixture
def server(handler: type[Handler]) -> Iterator[str]:
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Broken pipes are part of the play."""

    with Server(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


FAULTS = {
    "forbidden": "HTTP 403 Forbidden",
    "html": f"{len(HTML)} bytes of text/html, not a gzip file",
    "cut": rf"connection cut after [\d,]+ of {len(CONTENT[NAME]):,} bytes",
    "reset": r"reset|cut after",
    "truncated": r"a gzip file of [\d,]+ bytes that is not MNIST's, MD5 \w+ instead of",
    "unsizedcut": "that is not MNIST's",
    "silent": r"no answer within 1 s",
    "stalls": r"no answer within 1 s after 1,000 of",
    "garbage": "SMTP ready",
    "endless": "far too many",
}


def patience(fault: str) -> float:
    """Return for how many seconds to wait: long, but for servers that do not answer at all."""
    return 1 if fault in ("silent", "stalls") else 60


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_leaves_nothing_and_the_next_call_works(
    tmp_path: Path, server: str, fault: str
) -> None:
    folder = tmp_path / "some" / "folder"
    with pytest.raises(DownloadError) as caught:
        download(
            folder, [f"{server}/{fault}/"], timeout=patience(fault), progress=False, checksums=ONE
        )
    message = str(caught.value)
    assert f"{NAME} could not be downloaded" in message
    assert f"{server}/{fault}/{NAME}: " in message
    assert re.search(FAULTS[fault], message), message
    assert list(tmp_path.rglob("*")) == [], "neither a file nor a folder may stay"

    assert (
        download(folder, [f"{server}/good/"], timeout=60, progress=False, checksums=ONE) == folder
    )
    assert [p.name for p in folder.iterdir()] == [NAME]
    assert (folder / NAME).read_bytes() == CONTENT[NAME]


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_mirror_is_asked(tmp_path: Path, server: str, fault: str) -> None:
    mirrors = [f"{server}/{fault}/", f"{server}/good"]
    download(tmp_path, mirrors, timeout=patience(fault), progress=False, checksums=ONE)
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == CONTENT[NAME]


def test_the_error_says_what_each_mirror_answered(tmp_path: Path, server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}/mnist"
    mirrors = [f"{server}/forbidden/", f"{server}/html/", closed, "not an address"]
    with pytest.raises(DownloadError) as caught:
        download(tmp_path, mirrors, timeout=60, progress=False, checksums=MD5)
    _, *answers = str(caught.value).splitlines()
    assert len(answers) == 4
    for answer, pattern in zip(
        answers, ["403 Forbidden", "text/html", "refused", "unknown url type"], strict=True
    ):
        assert re.search(pattern, answer), answer


def test_all_files_from_a_server_without_lengths(tmp_path: Path, server: str) -> None:
    download(tmp_path, [f"{server}/unsized/"], progress=False, checksums=MD5)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == CONTENT


def test_whole_files_stay_and_broken_ones_are_replaced(
    tmp_path: Path, server: str, handler: type[Handler]
) -> None:
    mirrors = [f"{server}/good/"]
    download(tmp_path, mirrors, progress=False, checksums=MD5)
    (tmp_path / FILES[2]).write_bytes(CONTENT[FILES[2]][:1000])
    handler.requests.clear()
    download(tmp_path, mirrors, progress=False, checksums=MD5)
    assert handler.requests == [f"good/{FILES[2]}"]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == CONTENT


def test_a_broken_file_of_before_survives_a_failure(tmp_path: Path, server: str) -> None:
    (tmp_path / NAME).write_bytes(b"older")
    with pytest.raises(DownloadError):
        download(tmp_path, [f"{server}/cut/"], progress=False, checksums=ONE)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(NAME, b"older")]


def test_files_fetched_before_a_failure_are_kept(tmp_path: Path, server: str) -> None:
    wrong = MD5 | {FILES[2]: "0" * 32}
    with pytest.raises(DownloadError, match=FILES[2]):
        download(tmp_path, [f"{server}/good/"], progress=False, checksums=wrong)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES[:2])


def test_a_mirror_that_works_is_asked_first_from_then_on(
    tmp_path: Path, server: str, handler: type[Handler]
) -> None:
    mirrors = [f"{server}/forbidden/", f"{server}/good/"]
    download(tmp_path, mirrors, progress=False, checksums=MD5)
    assert handler.requests == [f"forbidden/{NAME}", *(f"good/{name}" for name in FILES)]


def test_interruption_leaves_nothing(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("nnviz.mnist.fetch._read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        download(tmp_path / "new", [f"{server}/good/"], progress=False, checksums=ONE)
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_subset_is_not_overwritten() -> None:
    before = {p.name for p in data_dir().iterdir()}
    with pytest.raises(ValueError, match="choose another folder"):
        download(data_dir(), ["http://127.0.0.1:9/"])
    assert {p.name for p in data_dir().iterdir()} == before


def test_no_mirrors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one mirror"):
        download(tmp_path / "new", [])
    assert list(tmp_path.iterdir()) == []


def test_where_it_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "nnviz" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "nnviz" / "mnist"
    assert all(m.startswith("https://") for m in MIRRORS)
    assert set(CHECKSUMS) == set(FILES)


def test_the_command(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = {name: (data_dir() / name).read_bytes() for name in FILES}
    monkeypatch.setattr(f"{__name__}.CONTENT", shipped)
    sums = {name: hashlib.md5(content).hexdigest() for name, content in shipped.items()}
    monkeypatch.setattr(command, "download", functools.partial(download, checksums=sums))
    folder = tmp_path / "full"
    arguments = ["--folder", str(folder), "--timeout", "5", "--mirror"]
    assert command.main([*arguments, f"{server}/forbidden/"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("error: train-images-idx3-ubyte.gz could not be downloaded")
    assert "403" in output.err
    assert not folder.exists()
    assert command.main([*arguments, f"{server}/good/"]) == 0
    assert "8,500 training and 1,500 test images" in capsys.readouterr().out
    assert len(load(folder).test) == 1500
