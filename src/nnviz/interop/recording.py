"""Snapshots of models of other frameworks, taken in their own training loops."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras import from_keras
from nnviz.interop.sklearn import from_sklearn
from nnviz.interop.torch import from_torch
from nnviz.limits import Limits
from nnviz.network import Network, NetworkError
from nnviz.network.snapshots import MEGABYTES, MOST, Snapshots

__all__ = ["Recording"]

#: From whether to compare it with the model, to the network; None where there is none yet.
_Reader = Callable[[bool], Network | None]


class Recording(Snapshots):
    """Snapshots of a model at many moments of its training, for films of it.

    Call it once an epoch, or once a step, in any training loop. It stands wherever reports of
    `Network.train` do: ``Train(net, recording)``.

    The parameters are kept in float32, in bounded memory. When there are more snapshots than fit,
    every second one is dropped, and from then on only every second one is taken: the snapshots are
    evenly spaced, from the first on. The newest one is always kept, too.

    Parameters
    ----------
    model : object
        The model to record: a torch module, a Keras model, an ``MLPClassifier`` or
        ``MLPRegressor`` of scikit-learn (trained by ``partial_fit``, or by ``fit`` with
        ``warm_start``; it need not be fitted yet), another fitted model that `from_sklearn` reads,
        or a function that returns a `Network`. A `Network` itself never changes, so every call has
        to give the trained one: ``recording(network=...)``.
    input_shape : int, sequence of int, optional
        Shape of one example, as for `from_torch` and `from_keras`; only for models that do not
        determine it.
    output : {"softmax", "sigmoid"}, optional
        Function that the model leaves to its loss: ``"softmax"`` for a torch module trained with
        ``CrossEntropyLoss``, ``"sigmoid"`` with ``BCEWithLogitsLoss``. The recorded networks end
        with it, have the cost "cross-entropy", and give probabilities.
    megabytes : float, optional
        Memory for snapshots, in millions of bytes.
    most : int, optional
        Largest number of snapshots; 2 or more.
    limits : Limits, optional
        Limits of reading the model once; the defaults of `Limits` if None.

    Raises
    ------
    UnsupportedModelError
        If the model is not supported. It is raised at once, not after the training.
    ModelMismatchError
        If the network read from it computes something else.
    LimitError
        If reading it would cost more than `limits` allow. It is a `NetworkError`, too.
    NetworkError
        If a limit is too low to keep two snapshots, or `output` does not fit.

    Examples
    --------
    ::

        recording = Recording(model, output="softmax")
        for epoch in range(100):
            for x, y in loader:
                ...
            recording(cost=loss.item())
        recording.save("training.npz")

    and in a scene ``Train(net, Recording.load("training.npz"))``.
    """

    def __init__(
        self,
        model: Any,
        input_shape: int | Sequence[int] | None = None,
        *,
        output: Literal["softmax", "sigmoid"] | None = None,
        megabytes: float = MEGABYTES,
        most: int = MOST,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(megabytes=megabytes, most=most)
        self._output = output
        self._reader: _Reader = _reader(model, input_shape, limits)
        network = self._reader(True)
        if network is not None:
            self._expect(self._ended(network))

    def __call__(
        self,
        *,
        cost: float | None = None,
        accuracy: float | None = None,
        epoch: int | None = None,
        network: Network | None = None,
    ) -> None:
        """Take a snapshot of the model as it is now.

        Parameters
        ----------
        cost, accuracy : float, optional
            As measured; anything that `float` takes, such as a tensor of one number.
        epoch : int, optional
            Number of epochs or steps so far; by default one more than last time, 1 at
            first.
        network : Network, optional
            The trained network, where the model is a `Network`.

        Raises
        ------
        NetworkError
            If there is no model to ask (the recording was loaded), the model changed in more than
            its parameters, or a number is not finite. What was recorded before stays.
        """
        if not hasattr(self, "_reader"):
            raise NetworkError("this recording has no model: it was loaded, or made from reports")
        if network is None:
            network = self._reader(False)
        if network is None:
            raise NetworkError("the model is not fitted: call partial_fit or fit first")
        self.add(self._ended(network), cost=cost, accuracy=accuracy, epoch=epoch)

    def _ended(self, network: Network) -> Network:
        """Return the network with the softmax or sigmoid that the model leaves to its loss."""
        if self._output is None:
            return network
        last = network.layers[-1]
        if last.activation.name != "identity" or "activation" not in last.arguments:
            raise NetworkError(
                f"output={self._output!r} needs a model whose last layer is linear; the last "
                f"layer of this one is {last.kind}, {last.activation.name}"
            )
        layers = [*network.layers[:-1], last.replace(activation=self._output)]
        return network.replace(layers=layers, cost="cross-entropy")


def _reader(model: Any, input_shape: int | Sequence[int] | None, limits: Limits | None) -> _Reader:
    """Return the function that reads a model of this kind."""
    torch = sys.modules.get("torch")
    neural = sys.modules.get("sklearn.neural_network")
    if isinstance(model, Network):
        return _UnchangingNetwork(model)
    # A Keras model may be a torch module, too.
    if all(hasattr(model, name) for name in ("get_config", "get_weights", "layers")):
        return lambda check: from_keras(model, input_shape, check=check, limits=limits)
    if torch is not None and isinstance(model, torch.nn.Module):
        return lambda check: from_torch(model, input_shape, check=check, limits=limits)
    if neural is not None and isinstance(model, neural.MLPClassifier | neural.MLPRegressor):
        return lambda check: (
            from_sklearn(model, check=check, limits=limits) if hasattr(model, "coefs_") else None
        )
    if hasattr(model, "get_params"):
        from_sklearn(model, limits=limits)  # The error says what is wrong.
        return lambda check: from_sklearn(model, check=check, limits=limits)
    if callable(model) and not isinstance(model, type):
        return lambda check: _called(model)
    raise UnsupportedModelError(
        f"{model!r} is not supported; supported are a torch module, a Keras model, a model of "
        "scikit-learn that from_sklearn reads, a Network, and a function that returns one"
    )


class _UnchangingNetwork:
    """Gives a network once, to be checked: it will be another one that was trained."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, check: bool) -> Network:
        if not check:
            raise NetworkError(
                "a Network never changes: give the trained one, recording(network=...)"
            )
        return self._network


def _called(function: Callable[[], Any]) -> Network:
    network = function()
    if not isinstance(network, Network):
        raise UnsupportedModelError(
            f"the function to record has to return a Network; it returned a "
            f"{type(network).__name__}"
        )
    return network
