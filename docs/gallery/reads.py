"""Three digits are read, and what would make the last answer better.

The network of 784, 16, 16 and 10 neurons sees three handwritten digits. Then the edges show where
a step down the gradient would move each weight.

Section: Networks
Shows: NetworkMobject, pretrained, one_hot
"""

from manim import LEFT, RIGHT, FadeIn, FadeOut, Group, Indicate, Scene

from nnviz import MNistMobject, NetworkMobject, mnist, pretrained
from nnviz.animations.network import activate_layers
from nnviz.mobjects.network import NetworkStyle
from nnviz.network import one_hot


class Reads(Scene):
    def construct(self):
        network, test = pretrained(), mnist.load().test
        style = NetworkStyle(layer_buff=2.2)
        net = NetworkMobject(network, style, output_labels="0123456789").show_weights()
        net.scale_to_fit_height(7)
        place = MNistMobject(test.images[0], height=2.5)
        Group(place, net).arrange(RIGHT, buff=0.6)
        self.add(net)
        for index in (0, 1, 4):
            x = test.images[index]
            image = MNistMobject(x, height=2.5).move_to(place)
            self.play(FadeIn(image, shift=0.5 * RIGHT), run_time=0.5)
            self.play(activate_layers(net, network.forward_pass(x)), run_time=1.2)
            answer = int(network.predict(x))
            self.play(Indicate(net.layers[-1].neurons[answer], scale_factor=1.6), run_time=0.7)
            if index != 4:
                self.play(FadeOut(image, shift=0.5 * LEFT), run_time=0.3)
        gradient = network.backprop(x, one_hot(test.labels[4]))
        self.play(net.animate.show_gradient(gradient))
        self.wait()
