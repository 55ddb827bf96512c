"""How one weight acts on the cost.

The chain rule for it, factor by factor, each beside its place in the network; then the product on
one line; and the proof: the weight is nudged, and the cost moves as was said. This clip is quicker
than it is told by default.

Section: Calculus
Shows: ExplainWeight, WeightExplanation, ParameterDerivative
Next: chain_rule, derivatives
"""

from manim import LEFT, Scene

from nnviz import ExplainWeight, Network, NetworkMobject


class OneWeight(Scene):
    def construct(self):
        network = Network.random([2, 1], seed=1)
        net = NetworkMobject(network, fit=(4.5, 5)).to_edge(LEFT).show_weights()
        x, y = [0.5, 1.0], [1.0]
        self.add(net.show_activations(network.forward_pass(x)))
        self.play(ExplainWeight(net, 0, 1, 0, x, y, run_time=11.4))
        self.wait(0.5)
