"""Optimisers: how a gradient becomes a step, looked up by name in `OPTIMIZERS`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnviz.network._checks import look_up
from nnviz.network._types import FloatArray

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Momentum", "Optimizer", "get_optimizer"]

#: What an optimiser remembers from one step to the next: vectors of all parameters.
State = tuple[FloatArray, ...]


class Optimizer(ABC):
    """A rule for a step, given the gradient and what is remembered of the steps before.

    It is a value: what it remembers is handed in and out.

    Attributes
    ----------
    name
        Key in `OPTIMIZERS`.
    eta
        Learning rate where none is given.
    """

    name: ClassVar[str]
    eta: ClassVar[float]

    @abstractmethod
    def start(self, n_parameters: int) -> State:
        """Return the state before the first step."""

    @abstractmethod
    def step(self, gradient: FloatArray, state: State, eta: float) -> tuple[FloatArray, State]:
        """Compute what to subtract from the parameters, and the state after it.

        Parameters
        ----------
        gradient
            Of the mean cost of a mini-batch, shape (n_parameters,). Must not be changed.
        state
            From the step before, or `start`.
        eta
            Learning rate.
        """


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent: eta times the gradient."""

    name = "sgd"
    eta = 1.0

    def start(self, n_parameters: int) -> State:
        """Remember nothing."""
        return ()

    def step(self, gradient: FloatArray, state: State, eta: float) -> tuple[FloatArray, State]:
        """Subtract eta times the gradient."""
        return eta * gradient, state


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with a velocity v: ``v = friction v + gradient``, and a step of eta v.

    B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    name = "momentum"
    eta = 0.1
    friction: float = 0.9

    def start(self, n_parameters: int) -> State:
        """Start from rest."""
        return (np.zeros(n_parameters),)

    def step(self, gradient: FloatArray, state: State, eta: float) -> tuple[FloatArray, State]:
        """Accelerate, and go eta times the velocity."""
        velocity = self.friction * state[0] + gradient
        return eta * velocity, (velocity,)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of about eta whatever the gradient's size: mean over root mean square.

    D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1, whose
    beta_1, beta_2 and epsilon are the attributes here.
    """

    name = "adam"
    eta = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def start(self, n_parameters: int) -> State:
        """Return no steps so far, and moments of 0."""
        return np.zeros(()), np.zeros(n_parameters), np.zeros(n_parameters)

    def step(self, gradient: FloatArray, state: State, eta: float) -> tuple[FloatArray, State]:
        """Follow the moments, corrected for having started from 0."""
        t, mean, square = state[0] + 1.0, state[1], state[2]
        mean = self.beta_1 * mean + (1.0 - self.beta_1) * gradient
        square = self.beta_2 * square + (1.0 - self.beta_2) * gradient * gradient
        unbiased_mean = mean / (1.0 - self.beta_1**t)
        unbiased_square = square / (1.0 - self.beta_2**t)
        change = eta * unbiased_mean / (np.sqrt(unbiased_square) + self.epsilon)
        return change, (t, mean, square)


OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer for optimizer in (SGD(), Momentum(), Adam())
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
