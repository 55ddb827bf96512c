"""Networks' files that are made to use up memory or time: refused before they can."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.limits import Budget, LimitError, Limits, read_file
from nnviz.network import LAYERS, Add, Conv2D, Dense, Network, NetworkError, Node
from nnviz.network.layers.base import Work
from nnviz.network.workload import forward_work

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")


def saved(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


def first_format(n: int, **others: Any) -> bytes:
    """Return a file of n dense layers of one weight."""
    return saved(
        sizes=np.ones(n + 1, int),
        activations=np.array(["identity"] * n),
        cost=np.array("quadratic"),
        **{f"weights_{k}": np.ones((1, 1)) for k in range(1, n + 1)},
        **{f"biases_{k}": np.ones(1) for k in range(1, n + 1)},
        **others,
    )


def graph(layers: list[str], options: list[str], inputs: list[list[str]], **others: Any) -> bytes:
    """Return a file of a graph of layers without arrays."""
    n = len(inputs)
    places = {"x": 1, **{f"n{k}": k + 2 for k in range(n)}}
    return saved(
        format=np.array(3),
        inputs=np.array(["x"]),
        input_shape_1=np.array([2, 2]),
        nodes=np.array([f"n{k}" for k in range(n)]),
        node_layers=np.arange(n) % len(layers) + 1,
        node_input_counts=np.array([len(names) for names in inputs]),
        node_inputs=np.array([places[name] for names in inputs for name in names]),
        output=np.array(f"n{n - 1}"),
        layers=np.array(layers),
        options=np.array(options),
        cost=np.array("quadratic"),
        **others,
    )


def member(name: str, content: bytes, size: int, entry: bytes = b"") -> bytes:
    """Return what stands before a stored member, or in the list at the end."""
    lead = b"PK\x01\x02\x14\0\x14\0" if entry else b"PK\x03\x04\x14\0"
    both = struct.pack("<4H3I2H", 0, 0, 0, 0, 0, size, size, len(name), 0)
    return lead + both + entry + name.encode() + content


def overlapping(n: int, size: int) -> bytes:
    """Return a file of n members, each of which has the next ones in it."""
    names = [f"weights_{k}.npy" for k in range(n)]
    heads = [member(name, b"", 0) for name in names]
    starts = np.cumsum([0, *map(len, heads)])
    total = int(starts[-1]) + size
    body = b"".join(
        member(name, b"", total - int(end)) for name, end in zip(names, starts[1:], strict=True)
    )
    entries = b"".join(
        member(name, b"", total - int(end), struct.pack("<3H2I", 0, 0, 0, 0, int(start)))
        for name, start, end in zip(names, starts[:-1], starts[1:], strict=True)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, n, n, len(entries), total, 0)
    return body + bytes(size) + entries + end


def twice(n: int) -> list[list[str]]:
    """Return inputs such that there are 2^n ways through n nodes."""
    return [["x", "x"], *([f"n{k}", f"n{k}"] for k in range(n - 1))]


def in_a_row(n: int) -> list[list[str]]:
    return [["x"], *([f"n{k}"] for k in range(n - 1))]


def of_zeros(path: Path, descr: str, shape: tuple[int, ...], size: int) -> None:
    """Write an .npz whose one array is zeros, which take no room on the disk."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    others = zipfile.ZipFile(io.BytesIO(first_format(1)))
    with zipfile.ZipFile(path, "w") as archive:
        for name in others.namelist():
            if name == "sizes.npy":
                content = io.BytesIO()
                np.save(content, np.array(shape[::-1]))
                archive.writestr(name, content.getvalue())
            elif name != "weights_1.npy":
                archive.writestr(name, others.read(name))
        with archive.open("weights_1.npy", "w") as file:
            file.write(head.getvalue())
            for start in range(0, size, 2**20):
                file.write(bytes(min(2**20, size - start)))


def with_flag(content: bytes, flag: int) -> bytes:
    """Return a zip file whose members all have a flag."""
    changed = bytearray(content)
    at = -1
    while (at := changed.find(b"PK\x01\x02", at + 1)) >= 0:
        changed[at + 8] |= flag
    return bytes(changed)


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "members that overlap": (lambda: overlapping(500, 3_900_000), "overlaps what comes after"),
    "20,000 layers": (
        lambda: first_format(20_000),
        r"layers: there are 20,000 or more, more than the limit of 10,000: .*Limits\(nodes=",
    ),
    "4,000 layers": (lambda: first_format(4_000), ""),
    "30,000 nodes of one layer": (
        lambda: graph(["dropout"], ['{"rate": 0.5}'], in_a_row(30_000)),
        "nodes: there are 30,000",
    ),
    "9,000 nodes": (
        lambda: graph(["dropout"] * 9_000, ['{"rate": 0.5}'] * 9_000, in_a_row(9_000)),
        "",
    ),
    "exponential ways": (lambda: graph(["add"], ["{}"], twice(5_000)), ""),
    "150,000 members": (
        lambda: saved(**{f"a{k}": np.zeros(0) for k in range(100_001)}),
        "members of a zip file: there are 100,001",
    ),
    "a name twice": (
        lambda: first_format(2).replace(b"weights_2.npy", b"weights_1.npy"),
        "two members have the same name",
    ),
    "encrypted": (lambda: with_flag(first_format(1), 1), "a member is encrypted"),
    "a number of 8,000 digits": (
        lambda: graph(
            ["repeat"],
            [json.dumps({"times": 10**4000, "axis": 1})],
            in_a_row(3),
        ),
        "",
    ),
}


@pytest.mark.slow
def test_files(
    tmp_path: Path,
    within_limits: Callable[..., dict[str, str]],
    one_in: Callable[[int, Iterable[str]], list[str]],
) -> None:
    names = one_in(8, FILES)
    for name in names:
        (tmp_path / name).write_bytes(FILES[name][0]())
    said = within_limits("nnviz.network:Network.load", [tmp_path / name for name in names])
    check_texts(said, {name: FILES[name][1] for name in names})


def check_texts(said: dict[str, str], wanted: dict[str, str]) -> None:
    for name, message in wanted.items():
        if message:
            assert re.search(message, said[name]), (name, said[name])
        else:
            assert said[name] == "", (name, said[name])


@pytest.mark.slow
def test_large_files(tmp_path: Path, within_limits: Callable[..., dict[str, str]]) -> None:
    of_zeros(tmp_path / "bytes", "|i1", (1000, 130_000), 130_000_000)
    with (tmp_path / "long").open("wb") as file:
        file.truncate(10**12)
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(250_000_000)
    paths = [tmp_path / name for name in ("bytes", "long", "zeros")]
    check_texts(
        within_limits("nnviz.network:Network.load", paths),
        {
            "bytes": r"weights_1 needs 1,170,000,000 bytes of memory .*Limits\(memory=",
            "long": r"1,000,000,000,000 bytes, more than .*Limits\(file_bytes=\.\.\.\)",
            "zeros": "is not an .npz file",
        },
    )


@pytest.mark.slow
def test_what_is_no_file(tmp_path: Path, within_limits: Callable[..., dict[str, str]]) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("mem", "random"):
        (tmp_path / name).symlink_to({"mem": "/proc/self/mem", "random": "/dev/random"}[name])
    names = ["fifo", "folder", "zero", "loop", "mem", "random", "socket"]
    before = Path.cwd()
    os.chdir(tmp_path)  # Names of sockets are short.
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
    finally:
        os.chdir(before)
    for reader in ("Network.load", "Snapshots.load"):
        paths = [tmp_path / name for name in names]
        said = within_limits(f"nnviz.network:{reader}", paths)
        for name in ("fifo", "zero", "random", "socket"):
            assert "is a pipe, a socket or a device, not a file" in said[name]
        assert "Is a directory" in said["folder"]


# --- limits


def test_limits_are_arguments(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    network = Network.random([50, 40, 3], seed=0)
    network.save(path)
    assert Network.load(path, limits=Limits(nodes=2)) == network
    size = path.stat().st_size
    for limits, message in (
        (Limits(nodes=1), "layers: there are 2 or more, more than the limit of 1"),
        (Limits(file_bytes=size - 1), f"has {size:,} bytes, more than the limit of {size - 1:,}"),
        (Limits(memory=size + 100), "bytes of memory beside the .* held already"),
        (Limits(seconds=1e-9), "it takes too long to read, more than the limit of 1e-09"),
    ):
        with pytest.raises(LimitError, match=message) as caught:
            Network.load(path, limits=limits)
        assert isinstance(caught.value, NetworkError)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("limit", ["file_bytes", "memory", "nodes", "seconds"])
@pytest.mark.parametrize("value", [0, -1, "8 GB", None, True, float("nan")])
def test_limits_are_positive_numbers(limit: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{limit} must be a positive number, not {value!r}"):
        Limits(**{limit: value})


def test_a_file_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grows"
    path.write_bytes(bytes(100))
    real = os.fstat

    def shorter(file: int) -> os.stat_result:
        status = list(real(file))
        status[6] -= 1
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", shorter)
    with pytest.raises(ValueError, match="grows changes while it is read"):
        read_file(path, Budget())


# --- what things cost


def test_work_counts_what_is_held() -> None:
    """What a layer says that it holds is at least what it does hold, of what it makes."""
    rng = np.random.RandomState(0)
    for shape, layer in {
        (3, 40, 40): Conv2D.random(3, 8, 5, rng, padding=30, dilation=7),
        (4, 60, 60): LAYERS["max_pool2d"]((9, 9), 1, 8),
        (5, 50, 50): LAYERS["upsample"](4, "bilinear"),
        (300, 20): Dense.random(20, 700, rng),
    }.items():
        x = rng.randn(1, *shape)
        tracemalloc.start()
        layer.forward(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * layer.work(shape).numbers + 100_000, layer


def test_work_of_a_graph_keeps_what_is_still_needed() -> None:
    chain = {f"n{k}": Node(Add(), ("x",) if k == 0 else (f"n{k - 1}",)) for k in range(50)}
    short = forward_work(Network({"x": (1000,)}, chain, "n49").graph).numbers
    skip = {f"n{k}": Node(Add(), ("x",)) for k in range(50)}
    skip["all"] = Node(Add(), tuple(skip))
    long = forward_work(Network({"x": (1000,)}, skip, "all").graph).numbers
    assert short < 10_000 < 50_000 < long
    assert forward_work(Network({"x": (1000,)}, chain, "n49").graph, 7).numbers == 7 * short


def test_work_by_hand() -> None:
    # 6 numbers come in, and 6 go out.
    assert LAYERS["activate"]("relu").work((6,)) == Work.of(writes=36, numbers=36)
    # A margin of 1 makes 6 x 6 numbers of 4 x 4; 9 windows of 4 pixels make 3 x 3.
    pooled = LAYERS["max_pool2d"](2, 2, 1).work((1, 4, 4))
    assert pooled == Work.of(writes=36 + 4 * 9 // 4, steps=4, numbers=2 * 36 + 2 * 9)
    assert LAYERS["max_pool2d"](2).work((3, 4, 4)) == Work.of(
        writes=48 + 4 * 12 // 4, steps=4, numbers=2 * 48 + 2 * 12
    )
