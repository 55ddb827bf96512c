"""A scene that one creature watches.

Section: Creatures
Shows: PiCreatureScene
Next: classroom, brain
"""

from manim import DL, FadeIn

from nnviz import Network, NetworkMobject
from nnviz.scene.creature_scenes import PiCreatureScene


class Watched(PiCreatureScene):
    def construct(self):
        network = Network.random([3, 4, 2], seed=1)
        net = NetworkMobject(network).show_weights().scale_to_fit_height(3.5).to_corner(DL)
        self.play(FadeIn(net), self.pi_creature.animate.change("pondering", net))
        self.play(net.animate.show_activations(network.forward_pass([1, 0, 0.5])))
        self.says("It computes!", target_mode="happy", look_at=net)
        self.wait()
