"""How one neuron comes to its activation.

The largest products come one after the other, from their edges; all others together. Then the bias,
the place on the curve of the activation function, and the neuron fills. It works for units of
convolutions and poolings, and for cells of attention patterns, too. This clip is quicker than it is
told by default.

Section: Networks
Shows: ExplainNeuron, NeuronExplanation, UnitSum, unit_sum
Next: explain, values
"""

from manim import LEFT, Scene

from nnviz import ExplainNeuron, NetworkMobject, mnist, pretrained


class OneNeuron(Scene):
    def construct(self):
        network, x = pretrained(), mnist.first_of_each_digit(1)[3].ravel()
        net = NetworkMobject(network, fit=(7, 6.5), output_labels="0123456789").to_edge(LEFT)
        self.add(net.show_weights().show_activations(network.forward_pass(x)))
        self.play(ExplainNeuron(net, 3, 3, x, max_terms=3, run_time=11.4))
        self.wait(0.5)
