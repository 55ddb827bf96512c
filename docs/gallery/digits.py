"""An image goes through the network that reads digits.

784, 16, 16 and 10 neurons, trained on MNIST. Each fill is an activation of this image.

Section: Networks
Shows: MNistMobject, pretrained, FeedForward
Next: reads, pixels
"""

from manim import LEFT, RIGHT, FadeIn, Group, Scene

from nnviz import FeedForward, MNistMobject, NetworkMobject, mnist, pretrained


class ReadsADigit(Scene):
    def construct(self):
        network, x = pretrained(), mnist.load().test.images[0]
        image = MNistMobject(x, height=2)
        net = NetworkMobject(network, output_labels="0123456789").show_weights()
        net.scale_to_fit_height(6.5)
        Group(image, net).arrange(RIGHT, buff=0.5)
        self.add(net)
        self.play(FadeIn(image, shift=LEFT), run_time=0.7)
        self.play(FeedForward(net, x, run_time=2.5))
        self.wait()
