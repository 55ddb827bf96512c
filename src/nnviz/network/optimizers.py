"""Optimisers: how a gradient becomes a step, looked up by name in `OPTIMIZERS`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np

from nnviz.network._checks import check_number, look_up
from nnviz.network._types import FloatArray, NetworkError

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "get_optimizer",
]

#: State of an optimiser between two steps: vectors, one number per parameter.
State: TypeAlias = tuple[FloatArray, ...]


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """A rule for a step, from the gradient and a state that earlier steps left.

    It is a value: the state is an argument, and is returned.

    Attributes
    ----------
    name
        Key in `OPTIMIZERS`.
    learning_rate
        Learning rate where none is given.
    weight_decay
        Pull towards 0. It is that of a penalty ``weight_decay / 2`` times the sum of the squared
        parameters, added to the cost; `AdamW` takes it apart from the gradient.
    largest_norm
        A gradient longer than this is shortened to it (R. Pascanu, T. Mikolov and Y. Bengio, "On
        the difficulty of training recurrent neural networks", 2013); None for no limit.
    """

    name: ClassVar[str]
    learning_rate: ClassVar[float]
    weight_decay: float = 0.0
    largest_norm: float | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "eta" in vars(cls):  # another name, as for Network.train
            cls.learning_rate = vars(cls)["eta"]

    def __post_init__(self) -> None:
        check_number(self.weight_decay, "weight_decay", 0.0, np.inf)
        if self.largest_norm is not None and not self.largest_norm > 0:
            raise NetworkError(f"largest_norm must be above 0, not {self.largest_norm}")

    @abstractmethod
    def start(self, n_parameters: int) -> State:
        """Return the state before the first step."""

    @abstractmethod
    def step(
        self, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Compute what to subtract from the parameters, and the state after it.

        Parameters
        ----------
        gradient : ndarray of float
            Gradient of the mean cost of a mini-batch, shape (n_parameters,). Must not be changed.
        state : tuple of ndarray of float
            From the step before, or `start`.
        learning_rate : float
            Learning rate.
        """

    def update(
        self, parameters: FloatArray, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Compute `step` for a gradient that is shortened and decayed as the attributes say.

        Parameters
        ----------
        parameters, gradient : ndarray of float
            Shape (n_parameters,). Must not be changed.
        state : tuple of ndarray of float
            As for `step`.
        learning_rate : float
            As for `step`.
        """
        gradient = self.shortened(gradient)
        if self.weight_decay:
            gradient = gradient + self.weight_decay * parameters
        return self.step(gradient, state, learning_rate)

    def shortened(self, gradient: FloatArray) -> FloatArray:
        """Return a gradient no longer than `largest_norm`."""
        if self.largest_norm is None:
            return gradient
        length = float(np.linalg.norm(gradient))
        return gradient if length <= self.largest_norm else gradient * (self.largest_norm / length)


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent: the learning rate times the gradient."""

    name = "sgd"
    learning_rate = 1.0

    def start(self, n_parameters: int) -> State:
        """Remember nothing."""
        return ()

    def step(
        self, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Subtract the learning rate times the gradient."""
        return learning_rate * gradient, state


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with a velocity v: ``v = friction v + gradient``, and a step of rate v.

    B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Attributes
    ----------
    friction
        Share of the velocity that is left after a step.
    nesterov
        Take a step of ``rate (gradient + friction v)`` instead, as if the gradient were that of
        where the velocity leads (Y. Nesterov, 1983; I. Sutskever, J. Martens, G. Dahl and G.
        Hinton, "On the importance of initialization and momentum in deep learning", 2013).
    """

    name = "momentum"
    learning_rate = 0.1
    friction: float = 0.9
    nesterov: bool = False

    def start(self, n_parameters: int) -> State:
        """Start from rest."""
        return (np.zeros(n_parameters),)

    def step(
        self, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Accelerate, and go the learning rate times the velocity."""
        velocity = self.friction * state[0] + gradient
        ahead = gradient + self.friction * velocity if self.nesterov else velocity
        return learning_rate * ahead, (velocity,)


@dataclass(frozen=True)
class Nesterov(Momentum):
    """`Momentum` that looks ahead."""

    name = "nesterov"
    nesterov: bool = True


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """The gradient over the root of the mean of its squares.

    G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.

    Attributes
    ----------
    memory
        Weight of the old mean: ``square = memory square + (1 - memory) gradient^2``.
    epsilon
        Added to the root.
    """

    name = "rmsprop"
    learning_rate = 0.01
    memory: float = 0.99
    epsilon: float = 1e-8

    def start(self, n_parameters: int) -> State:
        """Start from squares of 0."""
        return (np.zeros(n_parameters),)

    def step(
        self, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Divide by the root of the mean square."""
        square = self.memory * state[0] + (1.0 - self.memory) * gradient * gradient
        return learning_rate * gradient / (np.sqrt(square) + self.epsilon), (square,)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Mean gradient over root mean square: steps of about the learning rate.

    D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1, whose
    beta_1, beta_2 and epsilon are the attributes here.
    """

    name = "adam"
    learning_rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def start(self, n_parameters: int) -> State:
        """Return no steps so far, and moments of 0."""
        return np.zeros(()), np.zeros(n_parameters), np.zeros(n_parameters)

    def step(
        self, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Follow the moments, corrected for having started from 0."""
        t, mean, square = state[0] + 1.0, state[1], state[2]
        mean = self.beta_1 * mean + (1.0 - self.beta_1) * gradient
        square = self.beta_2 * square + (1.0 - self.beta_2) * gradient * gradient
        unbiased_mean = mean / (1.0 - self.beta_1**t)
        unbiased_square = square / (1.0 - self.beta_2**t)
        change = learning_rate * unbiased_mean / (np.sqrt(unbiased_square) + self.epsilon)
        return change, (t, mean, square)


@dataclass(frozen=True)
class AdamW(Adam):
    """`Adam` whose parameters also decay: by ``rate weight_decay`` of themselves in every step.

    I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    name = "adamw"
    weight_decay: float = field(default=0.01, kw_only=True)

    def update(
        self, parameters: FloatArray, gradient: FloatArray, state: State, learning_rate: float
    ) -> tuple[FloatArray, State]:
        """Take the decay apart from the gradient."""
        change, state = self.step(self.shortened(gradient), state, learning_rate)
        return change + (learning_rate * self.weight_decay) * parameters, state


OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer
    for optimizer in (SGD(), Momentum(), Adam(), AdamW(), RMSprop(), Nesterov())
}
"""Every optimiser by name. Adding one here is all it takes to use and test it."""


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Look an optimiser up by name; an `Optimizer` is returned as it is.

    Raises
    ------
    NetworkError
        If there is none of that name.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    return look_up(optimizer, OPTIMIZERS, "optimiser")
