"""A kernel slides over an image.

It begins on a stroke, slowly, so that its products and their sum can be read. Then it goes through
the whole image, ever quicker, and the feature map fills in.

Section: Convolution
Shows: Convolve, Conv2D
Next: convolution_sum, convolutional
"""

from manim import DOWN, Scene

from nnviz import Conv2D, Convolve, Network, NetworkMobject, mnist, pretrained


class Slides(Scene):
    def construct(self):
        trained = pretrained("cnn").layers[0]
        kernel = Conv2D(trained.kernels[3:4], trained.biases[3:4], activation="relu")
        network = Network([kernel], input_shape=(1, 28, 28))
        net = NetworkMobject(network, image_height=3, map_height=3, layer_buff=4, fit=None)
        x = mnist.first_of_each_digit(1)[3].reshape(1, 28, 28)
        self.add(net.to_edge(DOWN, buff=0.4))
        self.play(Convolve(net, 1, x, run_time=10))
        self.wait(0.5)
