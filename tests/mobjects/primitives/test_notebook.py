"""Each mobject of nnviz that is the value of a notebook's cell is shown as a picture."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import manim as mn
import numpy as np
import pytest
from PIL import Image

import nnviz
from nnviz import characters, mobjects
from nnviz.network.layers import Conv2D

HOMES = (nnviz, mobjects, characters)
#: What has no picture of its own: kinds of panels and layers, and what is made by these alone.
KINDS = {"Bubble", "LayerMobject", "Panel"}


def public_mobjects() -> dict[str, type[Any]]:
    found = {}
    for home in HOMES:
        for name in home.__all__:
            one = getattr(home, name)
            if inspect.isclass(one) and issubclass(one, mn.Mobject) and name not in KINDS:
                found[name] = one
    return found


@cache
def shared() -> SimpleNamespace:
    """Return what the examples are made of."""
    x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    network = nnviz.Network.random([2, 4, 1], seed=1)
    reports = list(network.sgd(x, y, epochs=2, batch_size=4))
    rng = np.random.RandomState(0)
    image = rng.rand(1, 6, 6)
    convolution = Conv2D(rng.randn(2, 1, 3, 3), np.zeros(2))
    return SimpleNamespace(
        x=x,
        y=y,
        network=network,
        reports=reports,
        image=image,
        convolution=convolution,
        convolving=nnviz.Network([convolution], "quadratic", (1, 6, 6)),
        net=nnviz.NetworkMobject(network).show_weights(),
        derivative=nnviz.ParameterDerivative(network, 0, 1, 1, x[1], y[1]),
        plane=nnviz.ParameterPlane.random(network, 0),
    )


def of_training(panel: Any) -> Any:
    for report in shared().reports:
        panel.show_report(report)
    return panel


def layer_of(net: nnviz.NetworkMobject, kind: type[Any]) -> Any:
    return next(part for part in net.get_family() if type(part) is kind)


def tokens() -> nnviz.NetworkMobject:
    """Return a picture with tokens, sequences as cells, and blocks as boxes."""
    model = nnviz.pretrained("names")
    net = nnviz.NetworkMobject(model)
    (name,) = model.inputs
    return net.show_activations(model.forward_pass(np.zeros(model.shapes[name], dtype=int)))


@cache
def written() -> SimpleNamespace:
    """Return a small language model, what it computes of three letters, and one of its heads."""
    network = nnviz.pretrained("names-small").with_inputs(3)
    forward = network.forward_pass([0, 1, 14])
    head = nnviz.attention_head(network, forward, "block0.attention")
    example = [0, 1, 14], [-1, -1, 9]
    score = nnviz.score_derivative(network, *example, "block0.attention")
    letter = nnviz.network.embedding_derivative(network, *example, 14, 0)
    (report,) = network.train([[0, 1, 14]], [[1, 14, 0]], epochs=1)
    return SimpleNamespace(
        network=network, forward=forward, head=head, score=score, letter=letter, report=report
    )


#: An example of each public mobject.
EXAMPLES: dict[str, Callable[[], Any]] = {
    "Accuracy": lambda: nnviz.Accuracy((shared().x, shared().y)),
    "AccuracyCurve": lambda: of_training(nnviz.AccuracyCurve({"xor": (shared().x, shared().y)})),
    "ActivationNumber": lambda: mobjects.ActivationNumber(0.3, mob_class=mn.Text),
    "AttentionArcs": lambda: nnviz.AttentionArcs(
        nnviz.TokenRow(".an"), nnviz.TokenRow(".an"), written().head.pattern
    ),
    "AttentionHeads": lambda: nnviz.AttentionHeads(
        written().forward["block0.attention.pattern"], ".an"
    ),
    "AttentionPattern": lambda: nnviz.AttentionPattern(written().head.pattern, ".an"),
    "BoxLayer": lambda: layer_of(tokens(), mobjects.BoxLayer),
    "BlockInside": lambda: mobjects.BlockInside(
        written().network, written().forward, "block0.attention", ".an"
    ),
    "Brain": characters.Brain,
    "ChainRule": lambda: mobjects.ChainRule("w", "z", "C"),
    "ChangeMark": lambda: mobjects.ChangeMark(mn.ORIGIN, mn.RIGHT, "w"),
    "ComputationalGraph": lambda: mobjects.ComputationalGraph([["w"], ["z"]], [("w", "z")]),
    "ConfusionMatrix": lambda: of_training(
        nnviz.ConfusionMatrix((shared().x, shared().y.ravel()), names=["equal", "different"])
    ),
    "ConvolutionSum": lambda: mobjects.ConvolutionSum(
        shared().convolving, 0, shared().image, style=nnviz.NetworkStyle(writing=mn.Text)
    ),
    "ColorLegend": lambda: nnviz.ColorLegend(shared().net),
    "CostCurve": lambda: of_training(nnviz.CostCurve({"xor": (shared().x, shared().y)})),
    "CostMap": lambda: nnviz.CostMap(shared().plane, shared().x, shared().y, resolution=9),
    "CostNumber": lambda: nnviz.CostNumber((shared().x, shared().y)),
    "CostPath": lambda: nnviz.CostMap(shared().plane, shared().x, shared().y, resolution=9).path(
        [shared().plane.network_at(0.1, 0.1), shared().plane.network_at(0.5, 0.4)]
    ),
    "CostSurface": lambda: nnviz.CostSurface(
        shared().network, shared().x, shared().y, resolution=9
    ),
    "Creature": characters.Randolph,
    "DecisionBoundary": lambda: of_training(nnviz.DecisionBoundary(shared().x, shared().y)),
    "Derivative": lambda: mobjects.Derivative("z", "w"),
    "Edge": lambda: shared().net.edges[0],
    "EdgeArray": lambda: shared().net.edges,
    "EdgeSelection": lambda: shared().net.edges[:3],
    "EmbeddingPanel": lambda: nnviz.EmbeddingPanel([written().report], range(27)).show_network(
        written().network
    ),
    "EmbeddingPlane": lambda: nnviz.EmbeddingPlane(np.eye(4), "abcd"),
    "EmbeddingTable": lambda: nnviz.EmbeddingTable(np.eye(4), "abcd"),
    "EyePair": lambda: characters.Randolph().eyes,
    "Eyes": lambda: characters.Eyes(mn.Square()),
    "FactorEquation": lambda: mobjects.FactorEquation(
        mobjects.Derivative("z", "w"), mobjects.Formula("=", "a")
    ),
    "FittedCurve": lambda: nnviz.FittedCurve([0, 1, 2], [0, 1, 0]).show_network(
        nnviz.Network.random([1, 3, 1], seed=0)
    ),
    "Formula": lambda: mobjects.Formula("w", "+", "b"),
    "Heatmap": lambda: nnviz.Heatmap(np.eye(3), rows="abc"),
    "KernelGrid": lambda: mobjects.KernelGrid(shared().convolution),
    "KeyValueCache": lambda: nnviz.KeyValueCache(written().head, nnviz.TokenRow(".an")),
    "LogitBars": lambda: nnviz.LogitBars(
        nnviz.logit_sum(written().network, written().forward, 1), shown=3
    ),
    "MatrixProduct": lambda: nnviz.MatrixProduct(np.eye(3), [1, 2, 3]),
    "MNistMobject": lambda: nnviz.MNistMobject(np.linspace(0, 1, 784)),
    "MapLayer": lambda: layer_of(nnviz.NetworkMobject(shared().convolving), mobjects.MapLayer),
    "MatrixLayer": lambda: layer_of(tokens(), mobjects.MatrixLayer),
    "Mortimer": characters.Mortimer,
    "NetworkMobject": lambda: shared().net,
    "NeuronLayer": lambda: shared().net.layers[0],
    "NextTokens": lambda: nnviz.NextTokens(written().forward.zs["scores"][-1]),
    "PatternPanel": lambda: nnviz.PatternPanel([0, 1, 14]).show_network(written().network),
    "PixelImage": lambda: nnviz.PixelImage(np.eye(3)),
    "PixelsAsSquares": lambda: mobjects.PixelsAsSquares(nnviz.PixelImage(np.eye(3))),
    "PixelsFromVect": lambda: mobjects.PixelsFromVect(np.linspace(0, 1, 9)),
    "NeuronExplanation": lambda: mobjects.NeuronExplanation(
        shared().network, "dense1", 2, shared().x[1], writing=mn.Text
    ),
    "Predictions": lambda: nnviz.Predictions(np.random.RandomState(0).rand(3, 16)).show_network(
        nnviz.Network.random([16, 2], seed=0)
    ),
    "ProjectedHeads": lambda: nnviz.ProjectedHeads(
        nnviz.network.attention_output(written().network, written().forward, "block0.attention")
    ),
    "QuickDecimalNumber": lambda: mobjects.QuickDecimalNumber(0.25, mob_class=mn.Text),
    "Randolph": characters.Randolph,
    "ResidualStream": lambda: nnviz.ResidualStream(written().network, written().forward, ".an"),
    "SaliencyMap": lambda: nnviz.SaliencyMap(np.linspace(0, 1, 16), output=1).show_network(
        nnviz.Network.random([16, 2], seed=0)
    ),
    "SamplesPanel": lambda: nnviz.SamplesPanel([[0, 1]], 3).show_network(written().network),
    "SansText": lambda: nnviz.SansText("words"),
    "ScoreExplanation": lambda: mobjects.ScoreExplanation(written().score),
    "ScoreGradients": lambda: mobjects.ScoreGradients(written().score, ".an"),
    "ScoreGrid": lambda: nnviz.ScoreGrid(written().head, ".an"),
    "SignedNumber": lambda: mobjects.SignedNumber(-0.5, mob_class=mn.Text),
    "SignificantNumber": lambda: mobjects.SignificantNumber(1.5e-7, 0.3, writing=mn.Text),
    "SpeechBubble": characters.SpeechBubble,
    "ThoughtBubble": characters.ThoughtBubble,
    "TokenExplanation": lambda: mobjects.TokenExplanation(written().letter),
    "TokenLayer": lambda: layer_of(tokens(), mobjects.TokenLayer),
    "TokenRow": lambda: nnviz.TokenRow(".an"),
    "ValueLine": lambda: mobjects.ValueLine(0.4),
    "VectorColumn": lambda: nnviz.VectorColumn([1.0, -2.0]),
    "WeightExplanation": lambda: mobjects.WeightExplanation(shared().derivative, writing=mn.Text),
    "WeightPath": lambda: mobjects.WeightPath(shared().net, shared().derivative, 1, 1),
}


def test_there_is_an_example_of_each() -> None:
    assert set(EXAMPLES) == set(public_mobjects())


@pytest.mark.slow
@pytest.mark.every(5)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_as_the_value_of_a_cell_it_is_a_picture(name: str) -> None:
    value = EXAMPLES[name]()
    assert isinstance(value, public_mobjects()[name])
    picture = np.asarray(Image.open(io.BytesIO(value._repr_png_())).convert("RGB")).astype(float)
    assert min(picture.shape[:2]) > 10
    # More than one colour, and not a speck.
    assert picture.std() > 2


def test_what_has_nothing_to_show_is_a_text() -> None:
    assert mobjects.EdgeArray(np.empty((0, 3)), np.empty((0, 3)))._repr_png_() is None
