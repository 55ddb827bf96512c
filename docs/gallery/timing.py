"""Many things, evenly one after the other.

`staggered` plays one animation on every member of a group. How long it takes does not depend on how
many there are.

Section: Moving
Shows: staggered, CreateThenErase, write
Next: feed_forward, shaken
"""

from manim import UP, YELLOW, FadeIn, GrowFromCenter, Scene, VGroup

from nnviz import Network, NetworkMobject, SansText
from nnviz.animations import CreateThenErase, staggered, write


class OneAfterTheOther(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([8, 10, 10, 4], seed=3), fit=(11, 5.6)).show_weights()
        title = SansText("one after the other", font_size=40).to_edge(UP)
        neurons = [neuron for layer in net.layers for neuron in layer.neurons]
        self.play(write(title, run_time=1))
        self.play(staggered(GrowFromCenter, VGroup(*neurons), share=0.2, run_time=2))
        self.play(staggered(FadeIn, list(net.edges), share=0.1, run_time=2))
        signals = VGroup(*(edge.copy().set_stroke(YELLOW, 3) for edge in net.edges))
        self.play(staggered(CreateThenErase, signals, share=0.3, run_time=2))
        self.wait(0.5)
