"""Reminders of clips of the chapter's other parts that the edit still needs."""

from nnviz.scene.cards import TODOStub


class TODOInsertFeedForwardAnimations(TODOStub):
    """To do: the animations of the network feeding forward."""

    message = "Insert Feed Forward Animations"


class TODOInsertStepsDownCostSurfaceStub(TODOStub):
    """To do: the steps down the cost surface."""

    message = "Insert Steps Down Cost Surface"


class TODOInsertDefinitionOfCostFunction(TODOStub):
    """To do: the definition of the cost function."""

    message = "Insert Definition of cost function"


class TODOInsertGradientNudging(TODOStub):
    """To do: the scene GradientNudging."""

    message = "Insert GradientNudging"


class TODOInsertPreviewLearning(TODOStub):
    """To do: the scene PreviewLearning."""

    message = "Insert PreviewLearning"
