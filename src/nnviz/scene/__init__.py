"""Base scenes for your own: with a network, with a training, with an audience.

=======================  =========================================================================
AttentionScene           One head of attention, step by step.
CreatureScene            A scene that creatures watch.
ExplainNeuronScene       A network, and beside it how one of its neurons computes its activation.
ExplainWeightScene       A network, and beside it how one of its weights acts on the cost.
GenerationScene          A text that a language model writes.
NNScene                  A Manim scene whose frames depend on the scene alone.
NetworkScene             A scene with one network on screen from the start.
PiCreatureScene          A scene that one creature watches from the lower right.
TeacherStudentsScene     A scene that three students and their teacher watch.
ToldScene                A scene that asks above, tells below, and shows between.
TrainingScene            A film of a training.
TransformerScene         A whole transformer from afar, from tokens to bars of the next one.
=======================  =========================================================================
"""

from nnviz.scene.attention_scene import AttentionScene
from nnviz.scene.creature_scenes import (
    CreatureScene,
    PiCreatureScene,
    TeacherStudentsScene,
)
from nnviz.scene.explain_scenes import ExplainNeuronScene, ExplainWeightScene
from nnviz.scene.generation_scene import GenerationScene
from nnviz.scene.network_scene import NetworkScene
from nnviz.scene.nn_scene import NNScene
from nnviz.scene.told_scene import ToldScene
from nnviz.scene.training_scene import TrainingScene
from nnviz.scene.transformer_scene import TransformerScene

__all__ = [
    "AttentionScene",
    "CreatureScene",
    "ExplainNeuronScene",
    "ExplainWeightScene",
    "GenerationScene",
    "NNScene",
    "NetworkScene",
    "PiCreatureScene",
    "TeacherStudentsScene",
    "ToldScene",
    "TrainingScene",
    "TransformerScene",
]
