"""A scene in which a network learns from data: give both, get a film."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from manim import DOWN, UP, VGroup, config
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.animations import Train
from nnviz.mobjects.attention import EmbeddingPanel, PatternPanel, SamplesPanel
from nnviz.mobjects.charts.accuracy import Accuracy
from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.decision_boundary import DecisionBoundary
from nnviz.mobjects.charts.fitted_curve import FittedCurve
from nnviz.mobjects.charts.labels import are_classes, are_positions, targets_of
from nnviz.mobjects.charts.panel import Panel
from nnviz.mobjects.charts.predictions import Predictions
from nnviz.mobjects.charts.training_curves import CostCurve
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.primitives.writing import written
from nnviz.network import Network, Optimizer, Report, Snapshot
from nnviz.network.training import rate_of
from nnviz.scene.nn_scene import NNScene
from nnviz.scene.training_texts import (
    attention_of,
    embedding_of,
    read_of,
    reads_tokens,
    texts_of,
    writes_texts,
)

__all__ = ["TrainingScene"]

#: At the frame's edges, and between what stands in it.
_MARGIN, _GAP = 0.45, 0.4
#: The panels' part of a frame that is wide, also where others stand below the network, and of one
#: that is high.
_SHARE = {"wide": 0.54, "below": 0.48, "high": 0.66}
#: Panels that stand below the network where the frame is wide, and their part of its place.
_BELOW, _SHARE_BELOW = ("pattern",), 0.56
_TITLE_HEIGHT = 0.32
#: Panels' heights: how much of what there is, and at most.
_HEIGHTS = {
    "boundary": (4.4, 5.4),
    "fit": (3.0, 5.0),
    "predictions": (3.0, 5.0),
    "samples": (2.0, 2.6),
    "pattern": (3.0, 5.0),
    "embeddings": (3.0, 5.0),
    "accuracy": (0.55, 0.6),
    "cost": (2.6, 4.2),
}
#: Of vectors, the fewest numbers that are taken for an image's.
_LEAST_IMAGE = 64


class TrainingScene(NNScene):
    """A film of a training: the network at the left, and panels that say how it gets on.

    Derive from it, say which network (:meth:`make_network`) and which data (:meth:`data`), and
    render. Everything on screen comes from the engine.

    Attributes
    ----------
    title : str
        Class attribute: above it all; nothing by default.
    epochs : int
        Class attribute: how many times to go through the data.
    optimizer : str or Optimizer
        Class attribute: how to go down, as for `Network.train`.
    learning_rate : float or function or None
        Class attribute: the learning rate, or a function from the epoch (1, 2...) to it; the
        optimiser's own if None.
    batch_size : int
        Class attribute: examples in a mini-batch.
    run_time : float
        Class attribute: seconds that the training takes on screen.
    panels : tuple of str or None
        Class attribute: what to show, from top to bottom, of ``"boundary"`` (two inputs),
        ``"fit"`` (one input), ``"predictions"`` (inputs that are images), ``"samples"`` (what a
        language model writes), ``"pattern"`` (of one head of attention; below the network where the
        frame is wide), ``"embeddings"`` (a table in a plane), ``"accuracy"`` (of a classifier) and
        ``"cost"``. If None, all that fit, but for the embeddings.
    shown_example : int or None
        Class attribute: the example whose activations the neurons show, from 0; None for none.
    shown_images : int
        Class attribute: how many images ``"predictions"`` shows.
    token_names : sequence of str or None
        Class attribute: what tokens are called, by their numbers; the numbers if None.
    shown_samples : int
        Class attribute: how many texts ``"samples"`` shows. Each begins as an example does, up to
        the first label that counts; where labels before it do not count, as with a question, what
        is written is compared with the labels.
    temperature : float
        Class attribute: at which ``"samples"`` are written; 0 writes the likeliest tokens.
    stop : int or None
        Class attribute: the token that ends a text of ``"samples"``.
    attention : tuple of (str, int) or None
        Class attribute: block and head of ``"pattern"``, such as ("block0.attention", 0); the first
        head of the first block with attention if None. It reads `shown_example`, or the first one.
    embedding : str or None
        Class attribute: node of ``"embeddings"``; the first embedding if None.
    style : NetworkStyle or None
        Class attribute: how the network looks, but for its size; if None, as fits the background.
    output_labels : tuple of str
        Class attribute: texts right of the output neurons.
    network : Network
        The engine, untrained.
    network_mob : NetworkMobject
        Its picture.
    panel_mobs : list of Panel
        The panels.

    Examples
    --------
    A network learns to tell two moons apart::

        from sklearn.datasets import make_moons
        from nnviz import Network, TrainingScene


        class Moons(TrainingScene):
            title = "Two moons"

            def make_network(self):
                return Network.random([2, 8, 8, 1], seed=2, cost="cross-entropy")

            def data(self):
                return make_moons(200, noise=0.15, random_state=0)
    """

    title: ClassVar[str] = ""
    epochs: ClassVar[int] = 60
    optimizer: ClassVar[str | Optimizer] = "adam"
    learning_rate: ClassVar[float | Callable[[int], float] | None] = 0.02
    batch_size: ClassVar[int] = 10
    run_time: ClassVar[float] = 8.0
    panels: ClassVar[tuple[str, ...] | None] = None
    shown_example: ClassVar[int | None] = 0
    shown_images: ClassVar[int] = 15
    token_names: ClassVar[Sequence[str] | None] = None
    shown_samples: ClassVar[int] = 3
    temperature: ClassVar[float] = 0.0
    stop: ClassVar[int | None] = None
    attention: ClassVar[tuple[str, int] | None] = None
    embedding: ClassVar[str | None] = None
    style: ClassVar[NetworkStyle | None] = None
    output_labels: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "eta" in own:  # another name, as for Network.train
            cls.learning_rate = rate_of(own.get("learning_rate"), own["eta"], None)

    def make_network(self) -> Network:
        """Return the network to train, as it is before."""
        raise NotImplementedError(f"{type(self).__name__} must define make_network()")

    def data(self) -> tuple[ArrayLike, ...]:
        """Return what to learn from: ``x, y``, or ``x, y, x_test, y_test``.

        Inputs have shape (n, *input_shape). Desired outputs are numbers, shape (n,), rows, shape
        (n, n_out), or classes, whole numbers of shape (n,); for networks that say a class at every
        position, such as language models, of shape (n, positions), where -1 does not count.
        """
        raise NotImplementedError(f"{type(self).__name__} must define data()")

    def train(self) -> Iterable[Report]:
        """Return the reports of the training; override it for one of your own.

        For instance ``return Recording.load("training.npz")``, for a model of another framework.
        """
        test = self.test
        return self.network.train(
            self.examples[0],
            targets_of(self.examples[1], self.network),
            epochs=self.epochs,
            optimizer=self.optimizer,
            batch_size=self.batch_size,
            learning_rate=type(self).learning_rate,
            validation=None if test is None else (test[0], targets_of(test[1], self.network)),
        )

    # --- the script

    def setup(self) -> None:
        """Put the network, as it is before the training, and the panels in their places."""
        super().setup()
        self.network = self.make_network()
        data = tuple(np.asarray(part) for part in self.data())
        if len(data) not in (2, 4):
            raise ValueError(
                f"data() must return x, y or x, y, x_test, y_test, not {len(data)} arrays"
            )
        #: What is learnt from, and what it is tested with, inputs and desired outputs.
        self.examples = data[0], data[1]
        self.test = (data[2], data[3]) if len(data) == 4 else None
        self.add_title()
        self.add_network()
        self.add_panels()

    def construct(self) -> None:
        """Show the training."""
        self.wait(0.5)
        self.show_training()
        self.wait(1.5)

    def add_title(self) -> None:
        """Write the title at the upper edge."""
        height = min(_TITLE_HEIGHT, 0.045 * config.frame_width)
        self.title_mob = written(self.title, height, color=ink())
        if self.title.strip():
            width = config.frame_width - 2 * _MARGIN
            if self.title_mob.width > width:
                self.title_mob.scale_to_fit_width(width)
            self.title_mob.to_edge(UP, buff=_MARGIN)
            self.add(self.title_mob)

    def add_network(self) -> None:
        """Let the network fill its place, with its weights, and an example's activations."""
        (x, y), (width, height) = self.places()[0]
        style = (self.style or NetworkStyle()).on(self.camera)
        self.network_mob = NetworkMobject(
            self.network, style, self.output_labels, fit=(width, height)
        )
        self.add(self.network_mob.move_to((x, y, 0)).show_weights())
        if (shown := self.example()) is not None:
            self.network_mob.show_activations(self.network.forward_pass(shown))

    def add_panels(self) -> None:
        """Put the panels, one below the other, in their place."""
        _, *places = self.places()
        self.panel_mobs = []
        makers = (self.make_panels, self.make_panels_below)[: len(places)]
        for make, (middle, size) in zip(makers, places, strict=True):
            panels = make(*size)
            VGroup(*panels).arrange(DOWN, buff=_GAP).move_to((*middle, 0))
            self.panel_mobs += panels
        for panel in self.panel_mobs:
            panel.show_network(self.network)
        self.add(*self.panel_mobs)

    def show_training(self) -> None:
        """Train, and show it."""
        self.play(
            Train(
                self.network_mob,
                self.reports,
                self.panel_mobs,
                example=self.example(),
                run_time=self.run_time,
            )
        )

    @cached_property
    def reports(self) -> list[Report]:
        """What :meth:`train` returns; the training is done when this is first asked for."""
        return list(self.train())

    def example(self) -> ArrayLike | None:
        """Return the input whose activations the neurons show; None if they show none."""
        x: ArrayLike = self.examples[0]
        return None if self.shown_example is None else np.asarray(x)[self.shown_example]

    # --- what stands where

    def places(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Return the middle and the size of the network's place and of the panels'.

        They are beside each other, and one above the other where the frame is higher than wide.
        Where panels stand below the network, their place comes third.
        """
        width, height = config.frame_width - 2 * _MARGIN, config.frame_height - 2 * _MARGIN
        top = height / 2
        if self.title.strip():
            # As high as it is: Manim breaks long texts into lines.
            top = float(self.title_mob.get_bottom()[1]) - _GAP
        below = height / 2
        tall = top + below
        if config.frame_width >= config.frame_height:
            below_network = self._kinds_below()
            left = (width - _GAP) * (1 - _SHARE["below" if below_network else "wide"])
            right = width - _GAP - left
            middle = (top - below) / 2
            beside = (width / 2 - right / 2, middle), (right, tall)
            x = -width / 2 + left / 2
            if not below_network:
                return [((x, middle), (left, tall)), beside]
            upper = (tall - _GAP) * (1 - _SHARE_BELOW)
            lower = tall - _GAP - upper
            return [
                ((x, top - upper / 2), (left, upper)),
                beside,
                ((x, -below + lower / 2), (left, lower)),
            ]
        upper = (tall - _GAP) * (1 - _SHARE["high"])
        lower = tall - _GAP - upper
        return [
            ((0.0, top - upper / 2), (width, upper)),
            ((0.0, -below + lower / 2), (width, lower)),
        ]

    def kinds_of_panels(self) -> tuple[str, ...]:
        """Return the names of the panels that the network and the data call for."""
        if self.panels is not None:
            return self.panels
        shape, outputs = self.network.input_shape, self.network.output_shape
        of_classes = self.network.is_classifier and (
            are_classes(self.examples[1]) or are_positions(self.examples[1], self.network)
        )
        attends = attention_of(self.network) is not None
        side = int(np.sqrt(shape[0]))
        is_image = len(shape) == 3 and shape[0] in (1, 3)
        is_image |= shape == (side * side,) and side * side >= _LEAST_IMAGE
        kinds = {
            "boundary": shape == (2,) and (self.network.is_classifier or outputs == (1,)),
            "fit": shape == (1,) and not self.network.is_classifier,
            "predictions": is_image and of_classes,
            "samples": writes_texts(self.network),
            "pattern": reads_tokens(self.network) and attends,
            "accuracy": of_classes,
            "cost": True,
        }
        return tuple(kind for kind, fits in kinds.items() if fits)

    def make_panels(self, width: float, height: float) -> list[Panel]:
        """Return the panels, to stand one below the other.

        Parameters
        ----------
        width, height : float
            Width and height of the place for all of them, in scene units.
        """
        below = self._kinds_below()
        return self._column([k for k in self._checked_kinds() if k not in below], width, height)

    def make_panels_below(self, width: float, height: float) -> list[Panel]:
        """Return the panels that stand below the network, one below the other.

        Parameters
        ----------
        width, height : float
            Width and height of the place for all of them, in scene units.
        """
        return self._column(self._kinds_below(), width, height)

    def _kinds_below(self) -> list[str]:
        """Return the names of the panels that stand below the network; all beside it if alone."""
        kinds = self._checked_kinds()
        is_wide = config.frame_width >= config.frame_height
        below = [kind for kind in kinds if kind in _BELOW]
        return below if is_wide and len(below) < len(kinds) else []

    def _checked_kinds(self) -> tuple[str, ...]:
        kinds = self.kinds_of_panels()
        for kind in kinds:
            if kind not in _HEIGHTS:
                raise ValueError(
                    f"there is no panel {kind!r}; there are {', '.join(map(repr, _HEIGHTS))}"
                )
        return kinds

    def _column(self, kinds: Sequence[str], width: float, height: float) -> list[Panel]:
        if not kinds:
            return []
        room = height - (len(kinds) - 1) * _GAP
        total = sum(_HEIGHTS[kind][0] for kind in kinds)
        heights = [min(room * _HEIGHTS[kind][0] / total, _HEIGHTS[kind][1]) for kind in kinds]
        return [
            getattr(self, f"_make_{kind}")(width, high)
            for kind, high in zip(kinds, heights, strict=True)
        ]

    def _make_boundary(self, width: float, height: float) -> Panel:
        x, y = self.examples
        across, up = np.ptp(np.asarray(x, dtype=float), axis=0)
        aspect = float(np.clip(across / up, 1.0, 1.8)) if up else 1.0
        return DecisionBoundary(x, y, min(width, aspect * height), height)

    def _make_fit(self, width: float, height: float) -> Panel:
        return FittedCurve(*self.examples, width=width, height=height)

    def _make_predictions(self, width: float, height: float) -> Panel:
        x, y = (part[: self.shown_images] for part in self.test or self.examples)
        return Predictions(x, y, width, height)

    def _make_samples(self, width: float, height: float) -> Panel:
        texts = texts_of(*self.examples, self.shown_samples)
        if self.temperature == 0:
            texts = texts.different()
        return SamplesPanel(
            texts.prompts,
            texts.length,
            width,
            height,
            wanted=texts.wanted,
            names=self.token_names,
            stop=self.stop,
            temperature=self.temperature,
            seed=self.seed,
        )

    def _make_pattern(self, width: float, height: float) -> Panel:
        found = self.attention or attention_of(self.network)
        if found is None:
            raise ValueError(f"there is no attention in {self.network!r}: leave out 'pattern'")
        text = read_of(*self.examples, self.shown_example or 0)
        return PatternPanel(
            text.tokens, *found, width, height, names=self.token_names, queries=text.queries
        )

    def _make_embeddings(self, width: float, height: float) -> Panel:
        node = self.embedding or embedding_of(self.network)
        if node is None:
            raise ValueError(f"there is no embedding in {self.network!r}: leave out 'embeddings'")
        before = Snapshot(0, None, None, self.network)
        count = self.network.nodes[node].layer.parameters[0].shape[0]
        names = self.token_names or [str(k) for k in range(count)]
        return EmbeddingPanel([before, *self.reports], names, node, width, height)

    def _make_accuracy(self, width: float, height: float) -> Panel:
        name = words.word("accuracy" if self.test is None else "accuracy_test")
        return Accuracy(self.test or self.examples, width, height, name=name)

    def _make_cost(self, width: float, height: float) -> Panel:
        sets: dict[str, Any] = {words.word("train"): self.examples}
        if self.test is not None:
            sets[words.word("test")] = self.test
        return CostCurve(sets, width, height, epochs=self.epochs)
