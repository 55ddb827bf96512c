"""Creatures with moods, eyes for anything, and bubbles for their speech and thoughts.

=============  =========================================================================
MODES          All moods, by name.
Brain          A brain from its left side: stem, cerebellum, cerebrum and their furrows.
Bubble         A bubble with black fill and white outline.
Creature       A letter pi that looks at things and has moods.
EyePair        Two eyes that look the same way.
Eyes           A pair of eyes on top of any mobject.
Mode           One mood.
Mortimer       The grey-brown creature; faces left.
Randolph       The blue creature; faces right.
SpeechBubble   A bubble for speech: an ellipse with a pointed tail.
ThoughtBubble  A bubble for thoughts: a cloud with a trail of puffs.
=============  =========================================================================
"""

from nnviz.characters.brain import Brain
from nnviz.characters.bubbles import Bubble, SpeechBubble, ThoughtBubble
from nnviz.characters.creature import Creature, Mortimer, Randolph
from nnviz.characters.eyes import EyePair, Eyes
from nnviz.characters.modes import MODES, Mode

__all__ = [
    "MODES",
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
