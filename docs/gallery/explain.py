"""How one weight acts on the cost.

The chain rule for it, factor by factor, each beside its place in the network; then the product on
one line; and the proof: the weight is nudged, and the cost moves as was said.

Section: Calculus
Shows: ExplainWeight, WeightExplanation, ParameterDerivative
"""

from manim import LEFT, Scene

from nnviz import ExplainWeight, Network, NetworkMobject


class OneWeight(Scene):
    def construct(self):
        network = Network.random([2, 3, 1], seed=1)
        net = NetworkMobject(network, fit=(4.5, 5)).to_edge(LEFT).show_weights()
        x, y = [0.5, 1.0], [1.0]
        self.add(net.show_activations(network.forward_pass(x)))
        self.play(ExplainWeight(net, 0, 1, 2, x, y, run_time=24))
        self.wait(0.5)
