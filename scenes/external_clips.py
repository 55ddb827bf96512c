"""Cards in the place of three clips that were not animated with this library."""

from nnviz.scene.cards import ExternallyAnimatedScene


class SGDSteps(ExternallyAnimatedScene):
    """A card for the clip of stochastic gradient descent's hasty steps."""


class GradientDescentSteps(ExternallyAnimatedScene):
    """A card for the clip of gradient descent's careful steps."""


class BackpropCodeCard(ExternallyAnimatedScene):
    """A card for the clip that shows the code of backpropagation."""
