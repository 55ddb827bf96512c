"""A digit goes through volumes.

Layers as papers draw them: cuboids as high and deep as their maps, and as wide as there are many.
The sides show the means of the maps.

Section: Convolution
Shows: NetworkMobject, VolumeLayer, VIEWS, VOLUME_KINDS, FeedForward, pretrained
Next: convolutional, figure
"""

from manim import Scene

from nnviz import FeedForward, NetworkMobject, mnist, pretrained


class ThroughVolumes(Scene):
    def construct(self):
        network = pretrained("cnn")
        x = mnist.load().test.images[0].reshape(network.input_shape)
        net = NetworkMobject(network, view="volumes")
        self.add(net)
        self.wait(0.7)
        self.play(FeedForward(net, x, run_time=4))
        self.wait(0.7)
