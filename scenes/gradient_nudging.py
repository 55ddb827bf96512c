"""A network follows its negative gradient."""

from nnviz.scene import gradient_nudging


class GradientNudging(gradient_nudging.GradientNudging):
    """Eleven real steps down the gradient: edges change, and the gradient with them."""


class TODOInsertGradientNudging(GradientNudging):
    """Eleven real steps down the gradient, where the chapter calls for them."""
