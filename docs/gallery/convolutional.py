"""A convolutional network reads a digit.

Images and feature maps are shown as what they are, with the receptive field of one unit and, above
the maps, the kernels.

Section: Convolution
Shows: NetworkMobject, KernelGrid, ReceptiveField, FeedForward, pretrained, LAYER_PICTURES
Next: convolve, volumes
"""

from manim import Scene

from nnviz import FeedForward, NetworkMobject, mnist, pretrained


class SeesADigit(Scene):
    def construct(self):
        network = pretrained("cnn")
        x = mnist.load().test.images[0].reshape(network.input_shape)
        net = NetworkMobject(network, output_labels="0123456789", max_maps=4, map_height=1.2)
        self.add(net.show_weights().show_kernels(1))
        self.play(FeedForward(net, x, run_time=5))
        for row, column in ((3, 8), (8, 12), (16, 16)):
            net.show_receptive_field(1, channel=1, row=row, column=column)
            self.wait(0.7)
