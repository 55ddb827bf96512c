"""Reminders of 2017 of clips that the edit still needed.

What they call for is there today, under their names of then; here are the reminders themselves.
"""

from cards import TODOStub


class TODOInsertFeedForwardAnimationsStub(TODOStub):
    """To do: the animations of the network feeding forward."""

    message = "Insert Feed Forward Animations"


class TODOInsertStepsDownCostSurfaceStub(TODOStub):
    """To do: the steps down the cost surface."""

    message = "Insert Steps Down Cost Surface"


class TODOInsertDefinitionOfCostFunctionStub(TODOStub):
    """To do: the definition of the cost function."""

    message = "Insert Definition of cost function"


class TODOInsertGradientNudgingStub(TODOStub):
    """To do: the scene GradientNudging."""

    message = "Insert GradientNudging"


class TODOInsertPreviewLearningStub(TODOStub):
    """To do: the scene PreviewLearning."""

    message = "Insert PreviewLearning"
