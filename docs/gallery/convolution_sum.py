"""What one unit of a convolution computes.

The window, the kernel, their products; below, what becomes of them.

Section: Convolution
Shows: ConvolutionSum
"""

from manim import Scene

from nnviz import ConvolutionSum, mnist, pretrained


class Products(Scene):
    def construct(self):
        x = mnist.first_of_each_digit(1)[3].reshape(1, 28, 28)
        figure = ConvolutionSum(pretrained("cnn"), 0, x, channel=1, row=4, column=9)
        self.add(figure)
        self.wait(0.7)
        for row, column in ((4, 10), (4, 11), (9, 12)):
            figure.show_unit(1, row, column)
            self.wait(0.7)
