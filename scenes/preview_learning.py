"""A network learns before our eyes."""

from nnviz.scene import network_scene


class PreviewLearning(network_scene.PreviewLearning):
    """Training in progress: fifteen examples, each with its gradient and a real step."""


class TODOInsertPreviewLearning(PreviewLearning):
    """Training in progress, where the chapter calls for it."""
