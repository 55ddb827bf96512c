"""Recordings of trainings: the parameters at many moments, in bounded memory, and their file.

A file holds ``recording`` (1: its format), ``snapshots`` (float32, one row per moment: every
layer's parameters, then its statistics), ``epochs``, ``costs`` and ``accuracies`` (NaN where not
measured), ``calls`` (the number of the call that took each), ``stride``, ``next_call`` and
``most``; and the first network, as `Network.save` has it, its arrays' names beginning with
``network_``. Like that file it is read with pickling off, and nothing in it is ever run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, overload

import numpy as np
import numpy.typing as npt

from nnviz.files import remove_leftovers
from nnviz.limits import Limits
from nnviz.network import storage
from nnviz.network._checks import check_size
from nnviz.network._types import NetworkError
from nnviz.network.architecture import differ_in_parameters_alone, learned_arrays
from nnviz.network.gradient import flatten_parts, split_vector
from nnviz.network.network import Network

__all__ = ["Report", "Snapshot", "Snapshots"]

_FORMAT = 1
#: Room for the snapshots of a training, in millions of bytes.
MEGABYTES = 256.0
#: How many snapshots to keep at most: more than a film has frames for.
MOST = 2000


class Report(Protocol):
    """State of a training at one moment: what `Network.train` yields, and what recordings hold.

    Attributes
    ----------
    epoch
        How many epochs (or steps, or whatever is counted) there have been.
    cost
        As measured; None where it was not.
    accuracy
        Share of examples in the right class; None where it was not measured.
    network
        As it is at this moment.
    """

    @property
    def epoch(self) -> int: ...  # noqa: D102 - see the class
    @property
    def cost(self) -> float | None: ...  # noqa: D102
    @property
    def accuracy(self) -> float | None: ...  # noqa: D102
    @property
    def network(self) -> Network: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A `Report` on its own; its attributes are described there."""

    epoch: int
    cost: float | None
    accuracy: float | None
    network: Network


class _Row(NamedTuple):
    """What is kept of one snapshot."""

    #: All parameters, then all statistics: see `_values`.
    values: npt.NDArray[np.float32]
    epoch: int
    cost: float | None
    accuracy: float | None
    #: Number of the call that took it.
    call: int


class Snapshots(Sequence[Snapshot]):
    """Reports of one training in little memory, which stand wherever reports do.

    Parameters are kept in float32, and so are the networks that come out: rounded to seven digits.

    Memory is bounded. When there are more snapshots than fit, every second one is dropped, and from
    then on only every second is taken: what is kept was taken at evenly spaced moments, the first
    included. The newest is always kept besides. So there are between half as many as fit and all.

    Parameters
    ----------
    megabytes : float, optional
        Room for snapshots, in millions of bytes.
    most : int, optional
        How many snapshots to keep, if that is fewer; 2 or more.

    Raises
    ------
    NetworkError
        If a limit is too low to keep two snapshots.

    Examples
    --------
    >>> network = Network.random([2, 3, 1], seed=0)
    >>> snapshots = Snapshots(most=4)
    >>> for _ in range(10):
    ...     snapshots.add(network)
    >>> [snapshot.epoch for snapshot in snapshots]
    [1, 5, 9, 10]
    """

    def __init__(self, *, megabytes: float = MEGABYTES, most: int = MOST) -> None:
        self._megabytes = float(megabytes)
        self._most = check_size(most, "most", least=2)
        self._first: Network | None = None
        #: Their calls are multiples of the stride, and the last call.
        self._rows: list[_Row] = []
        self._stride = 1
        self._next_call = 0

    @classmethod
    def of(
        cls, reports: Iterable[Report], *, megabytes: float = MEGABYTES, most: int = MOST
    ) -> Self:
        """Keep what a training yields, such as `Network.train`'s reports, which are gone through.

        Parameters
        ----------
        reports : iterable of Report
            Reports of networks that differ in their parameters alone.
        megabytes : float, optional
            As for `Snapshots`.
        most : int, optional
            As for `Snapshots`.
        """
        result = cls.__new__(cls)
        Snapshots.__init__(result, megabytes=megabytes, most=most)
        for report in reports:
            result.add(
                report.network, cost=report.cost, accuracy=report.accuracy, epoch=report.epoch
            )
        return result

    # --- the reports

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, key: int) -> Snapshot: ...
    @overload
    def __getitem__(self, key: slice) -> list[Snapshot]: ...
    def __getitem__(self, key: int | slice) -> Snapshot | list[Snapshot]:
        """Return a snapshot, its network made again, or a list of them."""
        if isinstance(key, slice):
            return [self[k] for k in range(len(self))[key]]
        row = self._rows[key]
        return Snapshot(row.epoch, row.cost, row.accuracy, self._network(row.values))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} snapshots of {self._first!r})"

    @property
    def stride(self) -> int:
        """Number of calls from one kept snapshot to the next: a power of two."""
        return self._stride

    def add(
        self,
        network: Network,
        *,
        cost: float | None = None,
        accuracy: float | None = None,
        epoch: int | None = None,
    ) -> None:
        """Take a snapshot.

        Parameters
        ----------
        network : Network
            As it is now.
        cost, accuracy : float, optional
            As measured; anything that `float` takes.
        epoch : int, optional
            How many epochs or steps there have been; by default one more than last time, 1 at
            first.

        Raises
        ------
        NetworkError
            If the network differs from those before in more than its parameters, a number is not
            finite or does not fit into float32, or two snapshots do not fit into the memory
            allowed. Nothing is kept then.
        """
        values = _values(network)
        cost, accuracy = _measured(cost, "cost"), _measured(accuracy, "accuracy")
        if self._first is None:
            self._expect(network)
        elif not differ_in_parameters_alone(network, self._first):
            raise NetworkError(
                f"the recording is of {self._first!r}, and this is {network!r}: one recording "
                "holds networks that differ in their parameters alone"
            )
        if epoch is None:
            epoch = self._rows[-1].epoch + 1 if self._rows else 1
        row = _Row(values, check_size(epoch, "epoch", least=0), cost, accuracy, self._next_call)
        if self._rows and self._rows[-1].call % self._stride:
            del self._rows[-1]  # it was kept as the newest
        self._rows.append(row)
        self._next_call += 1
        if len(self) > self._most:
            self._stride *= 2
            self._rows = [one for one in self._rows if one is row or not one.call % self._stride]

    # --- the file

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to an .npz file.

        The file appears complete or not at all: what was there stays there if saving is cut off,
        so that one file may be saved to over and over while a training runs.

        Parameters
        ----------
        path : str or path
            Where to, taken literally: no suffix is added.

        Raises
        ------
        NetworkError
            If nothing has been recorded, or a layer or function is not in its registry, so that
            the file could not be read.
        """
        if self._first is None or not self._rows:
            raise NetworkError("nothing has been recorded yet: there is nothing to save")
        first = storage.arrays_of(self._first.graph, self._first.cost_function, np.float32)
        arrays: dict[str, npt.NDArray[Any]] = {
            "recording": np.array(_FORMAT),
            "snapshots": np.stack([row.values for row in self._rows]),
            "epochs": np.array([row.epoch for row in self._rows], dtype=np.int64),
            # None becomes NaN.
            "costs": np.array([row.cost for row in self._rows], dtype=np.float64),
            "accuracies": np.array([row.accuracy for row in self._rows], dtype=np.float64),
            "calls": np.array([row.call for row in self._rows], dtype=np.int64),
            "stride": np.array([self._stride, self._next_call, self._most], dtype=np.int64),
        }
        storage.write(path, arrays | {f"network_{name}": a for name, a in first.items()})
        remove_leftovers(Path(path).absolute().parent)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, limits: Limits | None = None) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or path
            The file.
        limits : Limits, optional
            What reading may cost; the defaults of `Limits` if None.

        Raises
        ------
        NetworkError
            If the file is not such a file: what is wrong, and in which array. Nothing in a file is
            ever run.
        LimitError
            If reading it would cost more than `limits` allow. It is a `NetworkError`, too.
        OSError
            If the file cannot be read at all.
        """
        result = cls.__new__(cls)
        Snapshots.__init__(result)
        with storage.opened(path, "Recording.save", limits) as arrays:
            result._read(arrays)
        return result

    def _read(self, arrays: storage.Arrays) -> None:
        number = arrays.numbers("recording", ())
        if number != _FORMAT:
            raise NetworkError(
                f"it is a recording of format {number}; this version reads {_FORMAT}"
            )
        graph, cost = storage.read_network(arrays.beginning_with("network_"))
        first = Network(graph.inputs, graph.nodes, graph.output, cost)
        calls = arrays.integers("calls", "the number of the call of each snapshot")
        n = len(calls)
        numbers = arrays.integers("stride", "the stride, the next call, and how many are kept")
        if (
            len(numbers) != 3
            or n < 1
            or numbers[0] < 1
            or numbers[2] < max(n, 2)
            or any(b <= a for a, b in zip([-1, *calls], [*calls, numbers[1]], strict=True))
        ):
            raise NetworkError("arrays 'calls' and 'stride' do not say what was taken when")
        self._stride, self._next_call, self._most = numbers
        rows = arrays.numbers("snapshots", (n, len(_values(first))))
        if rows.dtype != np.float32:
            raise NetworkError(f"array 'snapshots' must hold float32, not {rows.dtype}")
        arrays.budget.hold(rows.nbytes + 200 * n, "snapshots")
        epochs = arrays.integers("epochs", "an epoch a snapshot")
        if len(epochs) != n or min(epochs) < 0:
            raise NetworkError(f"array 'epochs' must hold {n} numbers from 0 up")
        costs, accuracies = (
            [None if np.isnan(value) else float(value) for value in numbers]
            for numbers in (arrays.numbers(k, (n,), gaps=True) for k in ("costs", "accuracies"))
        )
        self._rows = list(map(_Row, rows, epochs, costs, accuracies, calls))
        self._first = first
        self._megabytes = max(self._megabytes, rows.nbytes / 1e6)

    # --- inside

    def _expect(self, network: Network) -> None:
        """Prepare for snapshots of a network; raise an error if two do not fit."""
        size = 4 * len(_values(network)) / 1e6
        count = int(self._megabytes / max(size, 1e-9))
        if count < 2:
            raise NetworkError(
                f"a snapshot of {network!r} takes {size:.3g} MB: {self._megabytes:g} are too few, "
                f"give megabytes={2 * size:.3g} or more"
            )
        self._most = min(self._most, count)
        self._first = network

    def _network(self, values: npt.NDArray[np.float32]) -> Network:
        assert self._first is not None
        owners = self._first.graph.owners
        shapes = [[array.shape for array in learned_arrays(layer)] for layer in owners]
        layers = [
            layer.replace(
                **dict(zip(layer.parameter_names + layer.statistic_names, arrays, strict=True))
            )
            for layer, arrays in zip(
                owners, split_vector(values.astype(np.float64), shapes), strict=True
            )
        ]
        return self._first.with_graph(self._first.graph.with_layers(layers))


def _values(network: Network) -> npt.NDArray[np.float32]:
    vector = flatten_parts(learned_arrays(layer) for layer in network.graph.owners)
    with np.errstate(over="ignore"):
        values = vector.astype(np.float32)
    if not np.isfinite(values).all():
        raise NetworkError(
            f"a parameter of {network!r} is {vector[~np.isfinite(values)][0]:.3g}, "
            "which does not fit into float32: has the training diverged?"
        )
    return values


def _measured(value: Any, name: str) -> float | None:
    if value is None:
        return None
    try:
        number = float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError):
        raise NetworkError(f"{name} must be a number, not {value!r}") from None
    if not np.isfinite(number):
        raise NetworkError(f"{name} is {number}: has the training diverged?")
    return number
