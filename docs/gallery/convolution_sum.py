"""What one unit of a convolution computes.

The window, the kernel, their products; below, what becomes of them.

Section: Convolution
Shows: ConvolutionSum
Next: convolve, signed
"""

from manim import Scene

from nnviz import mnist, pretrained
from nnviz.mobjects import ConvolutionSum


class Products(Scene):
    def construct(self):
        x = mnist.first_of_each_digit(1)[3].reshape(1, 28, 28)
        figure = ConvolutionSum(pretrained("cnn"), 0, x, channel=0, row=5, column=12)
        self.add(figure)
        self.wait(0.7)
        for row, column in ((5, 13), (5, 14), (5, 15)):
            figure.show_unit(0, row, column)
            self.wait(0.7)
