"""Cards in the place of three clips that were not animated with this library."""

from cards import ExternallyAnimatedScene


class SGDStepsCard(ExternallyAnimatedScene):
    """A card for the clip of stochastic gradient descent's hasty steps."""

    clip = "SGD Steps"


class GradientDescentStepsCard(ExternallyAnimatedScene):
    """A card for the clip of gradient descent's careful steps."""

    clip = "Gradient Descent Steps"


class BackpropCodeCard(ExternallyAnimatedScene):
    """A card for the clip that shows the code of backpropagation."""
