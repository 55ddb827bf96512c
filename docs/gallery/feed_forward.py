"""An input goes through a network, layer by layer, with names beside it.

`layers` says which layers light up, so that other things can happen between them.

Section: Moving
Shows: FeedForward, EngineAnimation
Next: backpropagate, explain_neuron
"""

from manim import DOWN, UP, FadeIn, Scene

from nnviz import FeedForward, Network, NetworkMobject, SansText


class LayerByLayer(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([4, 6, 6, 2], seed=7), fit=(11, 5)).to_edge(UP)
        self.add(net.show_weights())
        x = [0.9, 0.1, 0.6, 1.0]
        for layer, name in enumerate(["input", "hidden", "hidden", "output"]):
            words = SansText(name, font_size=30).to_edge(DOWN).match_x(net.layers[layer])
            self.play(FeedForward(net, x, layers=[layer], run_time=1), FadeIn(words))
        self.wait(0.5)
