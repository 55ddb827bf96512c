"""Creatures with moods, eyes for anything, and bubbles for what they say and think."""

from nnviz.characters.brain import Brain
from nnviz.characters.bubbles import Bubble, SpeechBubble, ThoughtBubble
from nnviz.characters.creature import Creature, Mortimer, Randolph
from nnviz.characters.eyes import Blink, EyePair, Eyes
from nnviz.characters.modes import MODES, Mode

__all__ = [
    "MODES",
    "Blink",
    "Brain",
    "Bubble",
    "Creature",
    "EyePair",
    "Eyes",
    "Mode",
    "Mortimer",
    "Randolph",
    "SpeechBubble",
    "ThoughtBubble",
]
