"""Values of either sign as images.

Kernels, and what they make of a picture: blue above 0, red below, and 0 as the background.

Section: Images and numbers
Shows: PixelImage
Next: convolve, saliency
"""

from manim import DOWN, RIGHT, FadeIn, Group, LaggedStart, Scene

from nnviz import PixelImage, mnist, pretrained


class EitherSign(Scene):
    def construct(self):
        network = pretrained("cnn")
        x = mnist.load().train.images[0].reshape(1, 28, 28)
        kernels = [PixelImage.signed(k[0], height=1.2) for k in network.layers[0].kernels[:6]]
        maps = [PixelImage.signed(z, height=2) for z in network.forward_pass(x).zs[0][:6]]
        columns = [Group(*both).arrange(DOWN) for both in zip(kernels, maps, strict=True)]
        Group(*columns).arrange(RIGHT, buff=0.2)
        self.add(*kernels)
        self.play(LaggedStart(*map(FadeIn, maps), lag_ratio=0.3), run_time=2.5)
        self.wait(0.5)
