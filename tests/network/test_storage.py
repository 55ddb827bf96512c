import io
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.network import ACTIVATIONS, Activation, Network, NetworkError


@pytest.fixture
def network() -> Network:
    return Network.random([3, 4, 2], seed=5, activations=["tanh", "softmax"], cost="cross-entropy")


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    seed=st.integers(0, 2**32 - 1),
    output=st.sampled_from(list(ACTIVATIONS)),
)
def test_round_trip(tmp_path: Path, sizes: list[int], seed: int, output: str) -> None:
    activations = ["relu"] * (len(sizes) - 2) + [output]
    network = Network.random(sizes, seed, activations=activations)
    network.save(tmp_path / "network.npz")
    assert Network.load(tmp_path / "network.npz") == network


def test_files_of_the_first_format_are_read(tmp_path: Path, network: Network) -> None:
    np.savez(tmp_path / "old.npz", **arrays(network))
    assert Network.load(tmp_path / "old.npz") == network


def test_equal_networks_make_equal_bytes(tmp_path: Path, network: Network) -> None:
    network.save(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    Network.load(tmp_path / "a.npz").save(str(tmp_path / "b.npz"))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_float32_rounds_and_the_name_is_literal(tmp_path: Path, network: Network) -> None:
    network.save(tmp_path / "weights", dtype=np.float32)
    assert [p.name for p in tmp_path.iterdir()] == ["weights"]
    loaded = Network.load(tmp_path / "weights")
    np.testing.assert_array_equal(
        loaded.flatten(), network.flatten().astype(np.float32).astype(np.float64)
    )


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_the_file_has_the_rights_of_any_new_file(tmp_path: Path, network: Network) -> None:
    network.save(tmp_path / "a.npz")
    (tmp_path / "plain").write_bytes(b"")
    rights = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("a.npz", "plain")]
    assert rights[0] == rights[1]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    network.save(path)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        Network.random([2, 2], seed=0).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_has_no_name_cannot_be_saved(tmp_path: Path) -> None:
    cube = Activation("cube", lambda z: z**3, lambda z, a, dc_da: 3 * z * z * dc_da)
    network = Network.random([2, 2], 0, activations=cube)
    with pytest.raises(NetworkError, match="'cube'"):
        network.save(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        Network.load(tmp_path / "none.npz")


# --- files that are not what they should be


class Bomb:
    """Something whose unpickling would be noticed."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.putenv, ("NNVIZ_BOMB", "exploded")


def arrays(network: Network) -> dict[str, Any]:
    return {
        "sizes": np.array(network.sizes),
        "weights_1": network.weights[0],
        "biases_1": network.biases[0],
        "weights_2": network.weights[1],
        "biases_2": network.biases[1],
        "activations": np.array(["tanh", "softmax"]),
        "cost": np.array("cross-entropy"),
    }


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda parts: {key: part for key, part in parts.items() if key != name}


def put(name: str, part: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda parts: parts | {name: part}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("sizes"), "no array 'sizes'"),
        (without("weights_2"), r"no array 'weights_2'.*numbers of shape \(2, 4\)"),
        (without("biases_1"), r"no array 'biases_1'.*numbers of shape \(4,\)"),
        (without("activations"), r"no array 'activations'.*names of shape \(2,\)"),
        (without("cost"), "no array 'cost'"),
        (put("weights_1", np.ones((3, 4))), r"'weights_1'.*shape \(4, 3\), not.*\(3, 4\)"),
        (put("biases_2", np.ones((2, 1))), r"'biases_2'.*shape \(2,\), not.*\(2, 1\)"),
        (put("weights_1", np.full((4, 3), np.nan)), "'weights_1' contains a NaN"),
        (put("biases_1", np.array([1, 2, 3, np.inf])), "'biases_1' contains a NaN or an inf"),
        (put("weights_1", np.ones((4, 3), dtype=complex)), "'weights_1'.*not complex128"),
        (put("weights_1", np.full((4, 3), "a")), "'weights_1' must hold numbers.*not <U1"),
        (put("weights_1", np.full((4, 3), Bomb())), r"'weights_1'.*\(4, 3\), cannot be read"),
        (put("activations", np.array([Bomb(), 1])), "'activations'.*cannot be read"),
        (put("sizes", np.array([3.0, 4, 2])), "'sizes' must hold one positive integer"),
        (put("sizes", np.array([3, -4, 2])), "'sizes' must hold one positive integer"),
        (put("sizes", np.array([3])), "'sizes' must hold one positive integer"),
        (put("sizes", np.array([[3, 4, 2]])), "'sizes' must hold one positive integer"),
        (put("activations", np.array(["tanh"])), r"'activations'.*\(2,\), not.*\(1,\)"),
        (put("activations", np.array(["tanh", "tan"])), "no activation function is called 'tan'"),
        (put("cost", np.array("price")), "no cost function is called 'price'"),
        (put("cost", np.array(3)), "'cost' must hold names"),
    ],
)
def test_wrong_arrays(
    tmp_path: Path,
    network: Network,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    message: str,
) -> None:
    path = tmp_path / "wrong.npz"
    np.savez(path, **change(arrays(network)))
    with pytest.raises(NetworkError, match=rf"wrong\.npz: .*{message}"):
        Network.load(path)
    assert os.environ.get("NNVIZ_BOMB") is None


def npy_bytes() -> bytes:
    content = io.BytesIO()
    np.save(content, np.ones(3))
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"hello", pickle.dumps(Bomb()), npy_bytes(), b"PK", b"\x1f\x8b" + bytes(50)]
)
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=r"other\.npz is not an \.npz file"):
        Network.load(path)


@pytest.mark.parametrize("keep", [4, 100, 0.5, 0.9, 0.999])
def test_truncated_files(tmp_path: Path, network: Network, keep: float) -> None:
    path = tmp_path / "cut.npz"
    network.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep if keep > 1 else keep * len(content))])
    with pytest.raises(NetworkError, match=r"cut\.npz: damaged or cut off"):
        Network.load(path)


@pytest.mark.slow
def test_damage_anywhere_is_an_error_or_nothing(tmp_path: Path, network: Network) -> None:
    """Flip a byte at a time: what is loaded is the network, or NetworkError says why not."""
    path = tmp_path / "flipped.npz"
    network.save(path)
    content = path.read_bytes()
    refused = 0
    for position in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[position] ^= 0xFF
        path.write_bytes(flipped)
        try:
            loaded = Network.load(path)
        except NetworkError:
            refused += 1
        else:
            assert loaded == network
    assert refused > len(content) / 7 / 2


def test_an_array_that_claims_to_be_huge(tmp_path: Path, network: Network) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
    )
    path = tmp_path / "huge.npz"
    np.savez(path, **without("weights_1")(arrays(network)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("weights_1.npy", header.getvalue() + bytes(16))
    with pytest.raises(NetworkError, match="'weights_1'"):
        Network.load(path)


def test_a_member_that_is_no_array(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "text.npz"
    np.savez(path, **without("weights_1")(arrays(network)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("weights_1", b"hello")
    with pytest.raises(NetworkError, match="no array 'weights_1'"):
        Network.load(path)
