"""Snapshots of a training: what is kept, thinned, saved and refused."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest

from nnviz.files import unfinished, whole_file
from nnviz.network import BatchNorm, Dense, Network, NetworkError, Snapshots

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0, 1, 1, 0])


def trained(epochs=12):
    network = Network.random([2, 3, 1], seed=1, cost="cross-entropy")
    return list(network.train(X, Y, epochs=epochs, optimizer="adam", learning_rate=0.1))


def normalised():
    rng = np.random.RandomState(0)
    norm = BatchNorm(np.ones(3), np.zeros(3), rng.rand(3), 1 + rng.rand(3))
    layers = [Dense.random(2, 3, rng, "identity"), norm, Dense.random(3, 1, rng, "sigmoid")]
    return Network(layers)


def test_a_recording_is_a_training_in_float32():
    reports = trained()
    kept = Snapshots.of(iter(reports))
    assert [(s.epoch, s.cost, s.accuracy) for s in kept] == [
        (r.epoch, r.cost, r.accuracy) for r in reports
    ]
    for snapshot, report in zip(kept, reports, strict=True):
        expected = report.network.flatten().astype(np.float32)
        np.testing.assert_array_equal(snapshot.network.flatten(), expected)
        assert snapshot.network.cost(X, Y) == pytest.approx(report.cost, rel=1e-5)


def test_statistics_are_kept_too():
    before = normalised()
    after = list(before.train(X, Y, epochs=3, seed=1))[-1].network
    kept = Snapshots()
    kept.add(before)
    kept.add(after)
    for snapshot, network in zip(kept, (before, after), strict=True):
        kept_statistics = snapshot.network.layers[1].statistics
        for array, expected in zip(kept_statistics, network.layers[1].statistics, strict=True):
            np.testing.assert_array_equal(array, expected.astype(np.float32))
        assert snapshot.network.feedforward(X) == pytest.approx(network.feedforward(X), rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("most", [2, 3, 4, 7, 10])
def test_long_recordings_are_thinned_evenly_and_keep_the_newest(most):
    network = Network.random([1, 1], seed=0)
    kept = Snapshots(most=most)
    for count in range(1, 200):
        vector = np.full(network.n_parameters, float(count))
        kept.add(network.with_parameters(vector), cost=count)
        epochs = [snapshot.epoch for snapshot in kept]
        gaps = [b - a for a, b in pairwise(epochs)]
        assert epochs[0] == 1
        assert epochs[-1] == count
        assert set(gaps[:-1]) <= {kept.stride}
        assert all(gap <= kept.stride for gap in gaps)
        assert count <= most or most / 2 <= len(epochs) <= most
        # The parameters are those of the moment, not of another.
        assert [s.network.flatten()[0] for s in kept] == [s.cost for s in kept] == epochs


def test_memory_is_bounded():
    network = Network.random([100, 100, 10], seed=0)
    size = network.n_parameters * 4 / 1e6
    kept = Snapshots(megabytes=5.5 * size)
    for _ in range(40):
        kept.add(network)
        assert len(kept) <= 5
    with pytest.raises(NetworkError, match=r"takes 0\.044\d* MB.*megabytes=0\.08"):
        Snapshots(megabytes=0.05).add(network)


def test_there_and_back_through_a_file(tmp_path):
    path = tmp_path / "training.npz"
    kept = Snapshots.of(trained(), most=5)
    kept.add(kept[-1].network)  # nobody measured this one
    kept.save(path)
    again = Snapshots.load(path)
    assert len(again) == len(kept)
    for one, other in zip(kept, again, strict=True):
        assert one.network == other.network
        assert (one.epoch, one.cost, one.accuracy) == (other.epoch, other.cost, other.accuracy)
    assert again[-1].cost is None
    # It goes on as if it had never stopped.
    for _ in range(9):
        kept.add(kept[0].network)
        again.add(kept[0].network)
    assert [s.epoch for s in kept] == [s.epoch for s in again]
    again.save(tmp_path / "twice.npz")
    kept.save(path)
    assert path.read_bytes() == (tmp_path / "twice.npz").read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"training.npz", "twice.npz"}


SAVER = """
import sys
import numpy as np
from nnviz.network import Network, Snapshots
network = Network.random([300, 200, 10], seed=0)
kept = Snapshots()
for k in range(60):
    kept.add(network.with_parameters(np.full(network.n_parameters, float(sys.argv[2]))))
print("ready", flush=True)
while True:
    kept.save(sys.argv[1])
"""


@pytest.mark.slow
def test_it_survives_a_kill_while_it_is_saved(tmp_path):
    """Kill a process that saves without end, when the draft of its file is there and grows."""
    path = tmp_path / "training.npz"
    for value in (1.0, 2.0, 3.0):
        command = [sys.executable, "-c", SAVER, str(path), str(value)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            draft, deadline = unfinished(path, process.pid), time.monotonic() + 60
            # The first file has to be there to survive.
            while not (path.exists() and 0 < size_of(draft) < size_of(path)):
                assert time.monotonic() < deadline, "no save was ever seen under way"
            os.kill(process.pid, signal.SIGKILL)
        values = {float(s.network.flatten()[0]) for s in Snapshots.load(path)}
        assert len(values) == 1  # of one save, whole
        assert values <= {1.0, 2.0, 3.0}


def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def test_a_save_that_fails_leaves_the_file_before(tmp_path, monkeypatch):
    path = tmp_path / "training.npz"
    kept = Snapshots.of(trained())
    kept.save(path)
    before = path.read_bytes()

    def savez(file, **arrays):
        file.write(b"PK\x03\x04 and then the disk is full")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", savez)
    with pytest.raises(OSError, match="no space"):
        kept.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["training.npz"]


def _changed(path, **changes):
    with np.load(path) as file:
        arrays = dict(file) | changes
    with whole_file(path) as draft, draft.open("wb") as out:
        np.savez(out, **{k: v for k, v in arrays.items() if v is not None})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"snapshots": None}, "there is no array 'snapshots'"),
        ({"snapshots": np.zeros((12, 3), np.float32)}, r"'snapshots' must hold numbers of shape"),
        ({"snapshots": np.full((12, 13), np.nan, np.float32)}, "'snapshots' contains a NaN"),
        ({"costs": np.full(12, np.inf)}, "'costs' contains"),
        ({"calls": np.arange(12)[::-1].copy()}, "do not say what was taken when"),
        ({"stride": np.array([0, 12, 20])}, "do not say what was taken when"),
        ({"epochs": np.arange(3)}, "'epochs' must hold 12 numbers"),
        ({"recording": np.array(7)}, "format 7"),
        ({"recording": None}, "there is no array 'recording'"),
        ({"network_layers": np.array(["dense", "nonsense"])}, "nonsense"),
        ({"epochs": np.array([print] * 12, dtype=object)}, "Python objects, which are never"),
    ],
)
def test_damaged_files_are_refused_by_name(tmp_path, changes, words):
    path = tmp_path / "training.npz"
    Snapshots.of(trained()).save(path)
    _changed(path, **changes)
    with pytest.raises(NetworkError, match=f"training.npz.*{words}"):
        Snapshots.load(path)


def test_files_cut_off_or_foreign_are_refused(tmp_path):
    path = tmp_path / "training.npz"
    Snapshots.of(trained()).save(path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), max(1, len(whole) // 40)), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(NetworkError, match=r"training\.npz"):
            Snapshots.load(path)
    Network.random([2, 2], seed=0).save(path)
    with pytest.raises(NetworkError, match="no array 'recording'"):
        Snapshots.load(path)
    path.write_bytes(b"\x80\x04\x95 a pickle")
    with pytest.raises(NetworkError, match=r"is not an \.npz file, as Recording\.save writes"):
        Snapshots.load(path)
    Snapshots.of(trained()).save(path)
    with pytest.raises(NetworkError, match="sizes"):
        Network.load(path)


def test_what_cannot_be_kept_is_refused_and_nothing_is_lost():
    kept = Snapshots.of(trained())
    other = Network.random([2, 4, 1], seed=0)
    with pytest.raises(NetworkError, match="differ in their parameters alone"):
        kept.add(other)
    network = kept[0].network
    with pytest.raises(NetworkError, match="cost is nan: has the training diverged"):
        kept.add(network, cost=float("nan"))
    with pytest.raises(NetworkError, match="does not fit into float32"):
        kept.add(network.with_parameters(np.full(network.n_parameters, 1e300)))
    with pytest.raises(NetworkError, match="accuracy must be a number, not 'high'"):
        kept.add(network, accuracy="high")
    assert len(kept) == 12
    with pytest.raises(NetworkError, match="nothing has been recorded"):
        Snapshots().save("nowhere.npz")
    with pytest.raises(NetworkError, match="most must be 2 or more"):
        Snapshots(most=1)
