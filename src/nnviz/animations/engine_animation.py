"""The base of animations of a network: their parts are made when their turn comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, Scene
from numpy.typing import ArrayLike

from nnviz.mobjects.network import NetworkMobject
from nnviz.network import ForwardPass, Network
from nnviz.network.examples import check_one_example

__all__ = ["EngineAnimation", "Input", "copy_of_input", "forward_pass_of"]

#: One input, or several by their names.
Input = ArrayLike | Mapping[str, ArrayLike]


class EngineAnimation(AnimationGroup):
    """A group of animations of one network, which are made when its turn comes.

    So each starts from the picture and the network as those before it left them, also in a
    ``Succession`` or a ``LaggedStart``. It changes colours, widths and numbers only: something else
    may move the picture meanwhile. An animation of your own returns its parts from :meth:`parts`.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen; it is added if it is not there.
    run_time : float, optional
        Run time in seconds.
    **kwargs
        For :class:`manim.AnimationGroup`: ``rate_func``, ``lag_ratio``...
    """

    def __init__(self, net: NetworkMobject, *, run_time: float = 1.0, **kwargs: Any) -> None:
        self.net = net
        self._scene: Scene | None = None
        self._has_started = False
        kwargs = {"suspend_mobject_updating": False} | kwargs
        super().__init__(group=net, run_time=run_time, **kwargs)

    def parts(self) -> list[Animation]:
        """Return the animations to play, made from the picture as it is now; at least one."""
        raise NotImplementedError

    def begin(self) -> None:
        """Wait for the turn."""
        self._has_started = False

    def interpolate(self, alpha: float) -> None:
        """Show the state at a share of the run time; make the parts when the turn comes."""
        self._start()
        super().interpolate(alpha)

    def finish(self) -> None:
        """Show the end."""
        self._start()
        super().finish()

    def _start(self) -> None:
        if self._has_started:
            return
        self._has_started = True
        self.animations = self.parts()
        self.run_time = self.init_run_time(self.run_time)
        if self._scene is not None:
            super()._setup_scene(self._scene)
        super().begin()

    def _setup_scene(self, scene: Any) -> None:
        self._scene = scene
        if scene is None:
            return
        # Manim's own command draws edges without calling their methods: only here is a scene known.
        self.net.check_background(scene.camera)
        if self.net not in scene.get_mobject_family_members():
            scene.add(self.net)


def forward_pass_of(network: Network, x: Input) -> ForwardPass:
    """Return what the network computes for one input; raise an error for a batch."""
    forward = network.forward_pass(x)
    check_one_example(network.graph, forward)
    return forward


def copy_of_input(x: Input) -> Input:
    """Return a copy of an input, or of several."""
    return (
        {name: np.array(one) for name, one in x.items()} if isinstance(x, Mapping) else np.array(x)
    )
