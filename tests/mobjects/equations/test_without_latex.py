"""Everything is drawn where no LaTeX is; what is a formula says clearly that it needs it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import manim as mn
import pytest

from nnviz import characters, mobjects

SETUP = """
import numpy as np, tempfile, manim as mn
from nnviz import *
from nnviz.network import *
from nnviz.mobjects import *
from nnviz.characters import *
from nnviz.mobjects.equations.chain_rule import *
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.network.layer_mobjects import Range
folder = tempfile.TemporaryDirectory()
mn.config.media_dir, mn.config.verbosity = folder.name, "WARNING"
x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
network = Network.random([2, 4, 1], seed=1)
image = np.linspace(0, 1, 36).reshape(1, 6, 6)
convolution = Conv2D(np.ones((2, 1, 3, 3)), np.zeros(2))
last = Dense(np.ones((2, 32)), np.zeros(2))
images = Network([convolution, Flatten(), last], input_shape=(1, 6, 6))
style, values = NetworkStyle(), Range(0.0, 1.0)
net = NetworkMobject(network)
derivative = ParameterDerivative(network, 0, 1, 1, x[1], y[1])
writer = pretrained("names-small").with_inputs(3)
read = writer.forward_pass([0, 1, 14])
head = attention_head(writer, read, "block0.attention")
row = TokenRow(".an")
(writing,) = writer.train([[0, 1, 14]], [[1, 14, 0]], epochs=1)
writing_names = [chr(97 + k) for k in range(27)]
asked = score_derivative(writer, [0, 1, 14], [-1, -1, 9], "block0.attention")
letter = embedding_derivative(writer, [0, 1, 14], [-1, -1, 9], 14, 0)
"""

#: Of every public mobject: how one is made.
DRAWN = {
    "Accuracy": "Accuracy((x, y))",
    "AccuracyCurve": "AccuracyCurve({'xor': (x, y)})",
    "AttentionArcs": "AttentionArcs(row, row, head.pattern)",
    "AttentionHeads": "AttentionHeads(read['block0.attention.pattern'], '.an')",
    "AttentionPattern": "AttentionPattern(head.pattern, '.an', view='cells', numbers=True)",
    "BlockInside": "BlockInside(writer, read, 'block0.attention', '.an')",
    "Brain": "Brain()",
    "Bubble": "SpeechBubble().add_content(SansText('hm'))",
    "ConfusionMatrix": "ConfusionMatrix.of_labels([0, 1, 1], [0, 1, 0])",
    "ConvolutionSum": "ConvolutionSum(images, 0, image)",
    "ColorLegend": "ColorLegend(net)",
    "CostCurve": "CostCurve({'xor': (x, y)})",
    "CostMap": "CostMap(network, x, y, resolution=9)",
    "CostNumber": "CostNumber((x, y))",
    "CostPath": "CostMap(network, x, y, resolution=9).path([network, network])",
    "CostSurface": "CostSurface(network, x, y, resolution=9)",
    "Creature": "Creature()",
    "DecisionBoundary": "DecisionBoundary(x, y)",
    "EdgeArray": "net.edges",
    "Edge": "net.edge(0, 0, 0)",
    "EdgeSelection": "net.edges_into(-1, 0)",
    "Eyes": "Eyes(mn.Square())",
    "EyePair": "Creature().eyes",
    "FittedCurve": "FittedCurve([0, 1], [0, 1], x_name='x', y_name='y')",
    "Heatmap": "Heatmap(np.eye(3), rows='abc', columns='abc', title='hidden')",
    "KernelGrid": "KernelGrid(convolution)",
    "MatrixProduct": "MatrixProduct(np.eye(3), [1, 2, 3], titles=['W', 'x', 'y'])",
    "MapLayer": "NetworkMobject(images)",
    "MNistMobject": "MNistMobject(np.zeros(784))",
    "Mortimer": "Mortimer()",
    "EmbeddingPanel": "EmbeddingPanel([writing], writing_names).show_network(writer)",
    "EmbeddingPlane": "EmbeddingPlane(np.eye(4), 'abcd')",
    "EmbeddingTable": "EmbeddingTable(np.eye(4), 'abcd', title='hidden')",
    "KeyValueCache": "KeyValueCache(head, row)",
    "LogitBars": "LogitBars(logit_sum(writer, read, 1), shown=3)",
    "ResidualStream": "ResidualStream(writer, read, '.an')",
    "NextTokens": "NextTokens(read.zs['scores'][-1])",
    "NetworkMobject": "NetworkMobject(network, input_labels='ab', output_labels=['a xor b'], "
    "layer_titles=['in', 'hidden', 'out']).show_values(network.forward_pass([0, 1]))"
    ".show_biases()",
    "NeuronExplanation": "NeuronExplanation(network, 0, 2, x[1])",
    "PatternPanel": "PatternPanel([0, 1, 14]).show_network(writer)",
    "ProjectedHeads": "ProjectedHeads(attention_output(writer, read, 'block0.attention'))",
    "SamplesPanel": "SamplesPanel([[0, 1]], 3).show_network(writer)",
    "PixelImage": "PixelImage(np.zeros((3, 3)))",
    "PixelsAsSquares": "PixelsAsSquares(PixelImage(np.zeros((3, 3))))",
    "PixelsFromVect": "PixelsFromVect(np.zeros(9))",
    "Predictions": "Predictions([image.ravel()], [1], names=['no', 'yes'])",
    "Randolph": "Randolph()",
    "ScoreExplanation": "ScoreExplanation(asked)",
    "ScoreGradients": "ScoreGradients(asked, '.an')",
    "ScoreGrid": "ScoreGrid(head, '.an')",
    "SaliencyMap": "SaliencyMap(image, 1).show_network(images)",
    "SansText": "SansText('words')",
    "SignificantNumber": "SignificantNumber(1.23e-7, 0.3)",
    "SpeechBubble": "SpeechBubble()",
    "ThoughtBubble": "ThoughtBubble()",
    "TokenExplanation": "TokenExplanation(letter)",
    "TokenRow": "row",
    "VectorColumn": "VectorColumn([1.0, -2.0])",
    "TokenLayer": "TokenLayer(4, style)",
    "MatrixLayer": "MatrixLayer((3, 4), style, values)",
    "NeuronLayer": "NeuronLayer(4, style)",
    "ValueLine": "ValueLine(0.5)",
    "WeightExplanation": "WeightExplanation(derivative)",
    "WeightPath": "WeightPath(net, derivative, 1, 1)",
}
#: What is a formula, or a number of Manim's default kind.
FORMULAS = {
    "ActivationNumber": "ActivationNumber(0.5)",
    "ChainRule": "ChainRule('C', 'a', 'w')",
    "ChangeMark": "ChangeMark([0, 0, 0], [1, 0, 0], 'w')",
    "ComputationalGraph": "ComputationalGraph([['w'], ['z']], [('w', 'z')])",
    "Derivative": "Derivative('C', 'w')",
    "FactorEquation": "FactorEquation(Derivative('C', 'w'), Formula('=', 'a'))",
    "Formula": "Formula('z', '=', 'w')",
    "QuickDecimalNumber": "QuickDecimalNumber(0.5)",
    "SignedNumber": "SignedNumber(0.5)",
    "labels": "NetworkMobject(network, output_labels=['a'], writing='latex')",
    "explanation": "WeightExplanation(derivative, writing='latex')",
}
#: What others are derived from, or put together from.
ABSTRACT = {"BoxLayer", "LayerMobject", "Panel"}


def test_every_public_mobject_is_known_here():
    names = {
        name
        for package in (mobjects, characters)
        for name in package.__all__
        if inspect.isclass(one := getattr(package, name)) and issubclass(one, mn.Mobject)
    }
    assert names <= DRAWN.keys() | FORMULAS.keys() | ABSTRACT
    assert not DRAWN.keys() & FORMULAS.keys()


def run(lines: list[str], path: str) -> str:
    code = SETUP + "\n".join(lines)
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.exhaustive
def test_where_no_latex_is_all_is_drawn_but_formulas(tmp_path):
    lines = [f"assert {made}.get_family(), {name!r}" for name, made in DRAWN.items()]
    lines += [
        "def missing(make):",
        "    try:",
        "        make()",
        "    except LatexMissingError as error:",
        "        return str(error)",
        *(f"print({name!r}, missing(lambda: {made}), sep='|')" for name, made in FORMULAS.items()),
    ]
    said = dict(line.split("|", 1) for line in run(lines, str(tmp_path)).splitlines())
    assert said.keys() == FORMULAS.keys()
    for name, error in said.items():
        assert "latex is not installed: install it (on Debian: texlive-latex-extra" in error, name
    assert "mob_class=SansText" in said["SignedNumber"]
    assert "writing='text'" in said["labels"]


@pytest.mark.parametrize("what", ["CreatureScene", "ExplainWeightScene"])
def test_scenes_write_words_without_latex(what):
    from nnviz import scene

    assert getattr(scene, what).writing == "text"
